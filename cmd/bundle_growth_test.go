package cmd_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// droid sets the sums that a session of Droid's has reached.
func (m *machine) droid(session, day string, input, output int) {
	m.t.Helper()
	path := m.write(".factory/sessions/-w/"+session+".settings.json", fmt.Sprintf(
		`{"model":"gpt-5","providerLockTimestamp":"2026-03-01T08:00:00Z","tokenUsage":{"inputTokens":%d,"outputTokens":%d}}`, input, output))
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		m.t.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		m.t.Fatal(err)
	}
}

// tokens is the total that a machine shows.
func (m *machine) tokens() (n int64) {
	m.t.Helper()
	var doc struct {
		Total struct {
			Tokens struct{ Input, Output int64 }
		}
	}
	if err := json.Unmarshal([]byte(m.run("report", "--json", "--since", "2026-01-01").ok().stdout), &doc); err != nil {
		m.t.Fatal(err)
	}
	return doc.Total.Tokens.Input + doc.Total.Tokens.Output
}

// TestSessionsReadTwice: a session whose sums two machines have read at different
// moments counts once, on both, and on a third that has never seen it, in
// whatever order bundles come.
func TestSessionsReadTwice(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 3)
	daily, late, third := f.machines[0], f.machines[1], f.machines[2]
	daily.droid("s", "2026-03-01", 100, 20)
	daily.run("sync").ok()
	first := f.export(daily)
	daily.droid("s", "2026-03-02", 150, 25)
	daily.run("sync").ok()
	late.droid("s", "2026-03-02", 150, 25)
	late.droid("other", "2026-03-02", 7, 0)
	late.run("sync").ok()
	f.export(daily)
	f.export(late)
	for range 2 {
		for _, i := range f.dice.Perm(3) {
			for _, m := range f.machines {
				m.run("bundle", "import", f.bundles[i]).ok()
			}
		}
	}
	for i, m := range f.machines {
		if n := m.tokens(); n != 182 {
			t.Errorf("machine %d: %d tokens, want 182", i, n)
		}
		rowsMatch(t, m.doctor(), nil)
	}
	// Each goes on reading; what it knew of the session comes before.
	daily.droid("s", "2026-03-03", 200, 25)
	daily.run("sync").ok()
	late.droid("s", "2026-03-03", 200, 25)
	late.run("sync").ok()
	f.exchange()
	third.run("bundle", "import", first).ok()
	for i, m := range f.machines {
		if n := m.tokens(); n != 232 {
			t.Errorf("machine %d: %d tokens, want 232", i, n)
		}
		rowsMatch(t, m.doctor(), nil)
	}
	f.exchange()
	if n := third.tokens(); n != 232 {
		t.Errorf("once more: %d tokens", n)
	}
}

// TestSessionsInParts: bundles of parts of a session are joined, and a store that
// was made anew and reads the session late does not add what it hears of its own
// earlier readings.
func TestSessionsInParts(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2)
	reads, hears := f.machines[0], f.machines[1]
	for day := 1; day <= 4; day++ {
		reads.droid("s", fmt.Sprintf("2026-03-%02d", day), 100*day, 0)
		reads.run("sync").ok()
		part := filepath.Join(f.folder, fmt.Sprint("part", day))
		reads.run("bundle", "export", part, "--since", fmt.Sprintf("2026-03-%02d", day)).ok()
		hears.run("bundle", "import", part).ok()
		if n := hears.tokens(); n != int64(100*day) {
			t.Fatalf("day %d: %d tokens", day, n)
		}
	}
	if err := os.Remove(reads.store()); err != nil {
		t.Fatal(err)
	}
	reads.run("sync").ok()
	reads.run("bundle", "import", f.export(hears)).ok()
	if n := reads.tokens(); n != 400 {
		t.Errorf("a new store: %d tokens, want 400", n)
	}
}
