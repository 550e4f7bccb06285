package cmd

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"tokpit/tui/overlay"
)

// What the list of months says a month comes to is what its file adds up to,
// wherever billing cycles begin; a month that is stopped or may not be written
// leaves nothing.
func TestMonthsAreTheirFiles(t *testing.T) {
	t.Parallel()
	d, s := demoDesk(t)
	for _, anchor := range []int{1, 15} {
		d.app.config.Cycle.AnchorDay = anchor
		l := months{d, d.app, s, t.TempDir()}
		all, err := l.Months(t.Context())
		if err != nil || len(all) < 6 || all[0].Ended || !all[1].Ended {
			t.Fatalf("%+v, %v", all, err)
		}
		for _, m := range all {
			var rows atomic.Int64
			file, err := l.Write(t.Context(), overlay.LedgerOrder{Month: m.Name, Form: "csv", File: m.Name + ".csv"}, &rows)
			if err != nil {
				t.Fatal(err)
			}
			if rows.Load() != file.Rows || file.Rows == 0 {
				t.Errorf("%s: told of %d rows, there are %d", m.Title, rows.Load(), file.Rows)
			}
			if len(m.Sums) != 1 || len(file.Sums) != 2 || m.Sums[0].Cost.String() != file.Sums[0].Amount || m.Sums[0].Cash.String() != file.Sums[1].Amount {
				t.Errorf("anchor %d, %s: listed with %+v, its file adds up to %+v", anchor, m.Title, m.Sums, file.Sums)
			}
		}
	}
	l := months{d, d.app, s, t.TempDir()}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Write(ctx, overlay.LedgerOrder{Month: "2026-10", Form: "csv", File: "x.csv"}, new(atomic.Int64)); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	for _, file := range []string{"../x.csv", "", "."} {
		if _, err := l.Write(t.Context(), overlay.LedgerOrder{Month: "2026-10", Form: "csv", File: file}, new(atomic.Int64)); err == nil {
			t.Errorf("%q was written", file)
		}
	}
	if left, _ := os.ReadDir(l.folder); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := os.WriteFile(filepath.Join(l.folder, "x.csv.manifest.json"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Write(t.Context(), overlay.LedgerOrder{Month: "2026-10", Form: "csv", File: "x.csv"}, new(atomic.Int64)); !errors.Is(err, overlay.ErrThere) {
		t.Errorf("over a manifest: %v", err)
	}
}
