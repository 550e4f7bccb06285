package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
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
	for _, file := range []string{"x/", "", ".", "..", "nowhere/x.csv"} {
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

// A month goes where a path says, by the rules of the command's -o, and the screen
// says the folder; the command that writes the same reads the same store.
func TestMonthsGoIntoOtherFolders(t *testing.T) {
	t.Parallel()
	d, s := demoDesk(t)
	l := months{d, d.app, s, filepath.Join(t.TempDir(), "start")}
	home := t.TempDir()
	d.app.env.Home = home
	if err := os.MkdirAll(filepath.Join(l.folder, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	above := filepath.Dir(l.folder)
	for file, want := range map[string]string{"sub/a.csv": filepath.Join(l.folder, "sub", "a.csv"), "../b.csv": filepath.Join(above, "b.csv"),
		filepath.Join(above, "c.csv"): filepath.Join(above, "c.csv"), "~/d.csv": filepath.Join(home, "d.csv"), "e.csv": filepath.Join(l.folder, "e.csv")} {
		got, err := l.Write(t.Context(), overlay.LedgerOrder{Month: "2026-10", Form: "csv", File: file}, new(atomic.Int64))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if got.Path != want || got.Manifest != filepath.Base(want)+".manifest.json" || l.Folder(file) != filepath.Dir(want) {
			t.Errorf("%s: %+v in %s", file, got, l.Folder(file))
		}
		for _, path := range []string{want, want + ".manifest.json"} {
			if _, err := os.Stat(path); err != nil {
				t.Error(err)
			}
		}
	}
	_, err := l.Write(t.Context(), overlay.LedgerOrder{Month: "2026-10", Form: "csv", File: "nowhere/x.csv"}, new(atomic.Int64))
	if err == nil || !strings.Contains(err.Error(), filepath.Join(l.folder, "nowhere", "x.csv")) {
		t.Errorf("into a folder that is not there: %v", err)
	}
	if got := l.Command(); got != "tokpit --demo" {
		t.Errorf("the demo's command is %q", got)
	}
	other := newApp(d.app.env)
	other.storePath, other.zoneName = "/srv/our books/t.db", "Europe/Berlin"
	if got := (months{d, other, s, ""}).Command(); got != "tokpit --store '/srv/our books/t.db' --tz Europe/Berlin" {
		t.Errorf("another store's command is %q", got)
	}
}

// A month's state is called on the screen what the file's manifest calls it.
func TestMonthsAreCalledWhatTheirManifestsSay(t *testing.T) {
	t.Parallel()
	d, s := demoDesk(t)
	l := months{d, d.app, s, t.TempDir()}
	all, err := l.Months(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all[:2] {
		file, err := l.Write(t.Context(), overlay.LedgerOrder{Month: m.Name, Form: "csv", File: m.Name + ".csv"}, new(atomic.Int64))
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(file.Path + manifestEnding)
		if err != nil {
			t.Fatal(err)
		}
		var said struct{ Cycle struct{ State string } }
		if err := json.Unmarshal(text, &said); err != nil || said.Cycle.State != m.State {
			t.Errorf("%s: %q on the screen, the manifest says %q, %v", m.Name, m.State, said.Cycle.State, err)
		}
	}
}

// A manifest that cannot be written leaves no file without one, and what was there
// stays.
func TestNoFileWithoutItsManifest(t *testing.T) {
	t.Parallel()
	d, s := demoDesk(t)
	l := months{d, d.app, s, t.TempDir()}
	file := filepath.Join(l.folder, "x.csv")
	if err := os.Mkdir(file+manifestEnding, 0o700); err != nil {
		t.Fatal(err)
	}
	order := overlay.LedgerOrder{Month: "2026-10", Form: "csv", File: "x.csv", Replace: true}
	for _, there := range []string{"", "mine\n"} {
		if there != "" {
			if err := os.WriteFile(file, []byte(there), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := l.Write(t.Context(), order, new(atomic.Int64)); err == nil || errors.Is(err, overlay.ErrPart) {
			t.Errorf("with a folder in the manifest's place: %v", err)
		}
		if got, _ := os.ReadFile(file); string(got) != there {
			t.Errorf("%d bytes are under the name", len(got))
		}
	}
	if left, _ := filepath.Glob(filepath.Join(l.folder, ".*.part")); left != nil {
		t.Errorf("left behind: %q", left)
	}
	if err := error(partError{errors.New("x")}); !errors.Is(err, overlay.ErrPart) {
		t.Error("a part is none")
	}
}
