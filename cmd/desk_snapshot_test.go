package cmd

import (
	"runtime/debug"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/store"
	"tokpit/tui"
	"tokpit/usage"
)

// TestWhatIsShownIsNoNews: the screen is told to load again when the store has
// changed since the first snapshot, and not for what that snapshot shows.
func TestWhatIsShownIsNoNews(t *testing.T) {
	t.Parallel()
	a, ctx := seededDemo(t), t.Context()
	d, news := newDesk(a, 0), 0
	d.send = func(msg tea.Msg) {
		if _, ok := msg.(tui.DataChanged); ok {
			news++
		}
	}
	if s, err := d.Snapshot(ctx); err != nil || s.Empty || s.Budgets == nil {
		t.Fatalf("no snapshot: %v", err)
	}
	if d.changed(ctx); news != 0 {
		t.Errorf("%d times told of what is on the screen", news)
	}
	r := usage.Record{ID: "new", Start: a.now().Add(-time.Hour), Requests: 1, Tokens: usage.Tokens{Output: 1},
		Dims: usage.Dims{Source: "claude-code", Provider: "anthropic", Model: "claude-opus-4-8", Basis: usage.Logged}}
	if _, err := store.New(a.store.Path(), store.Options{Edges: a.latest.Edges()}).Commit(ctx, "claude-code", usage.Batch{Records: []usage.Record{r}}); err != nil {
		t.Fatal(err)
	}
	if d.changed(ctx); news != 1 {
		t.Errorf("%d times told of a change", news)
	}
	if d.changed(ctx); news != 1 {
		t.Errorf("%d times told of one change", news)
	}
}

// TestCalm: memory is collected again afterwards as before, and what a person
// has set is left alone.
func TestCalm(t *testing.T) {
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	for _, c := range []struct{ set, during int }{{80, startPercent}, {-1, -1}, {900, 900}} {
		debug.SetGCPercent(c.set)
		end := calm()
		if got := debug.SetGCPercent(c.during); got != c.during {
			t.Errorf("set to %d %%, it starts with %d %%", c.set, got)
		}
		if end(); debug.SetGCPercent(c.set) != c.set {
			t.Errorf("afterwards it is not %d %%", c.set)
		}
	}
}

// TestACrashBesideIsSaid and does not end the program.
func TestACrashBesideIsSaid(t *testing.T) {
	t.Parallel()
	if err := <-beside(func() { panic("out of cheese") }); err == nil || !strings.Contains(err.Error(), "desk_snapshot_test.go") {
		t.Errorf("a crash is told as %v", err)
	}
	ran := false
	if err := <-beside(func() { ran = true }); err != nil || !ran {
		t.Errorf("%v, ran %v", err, ran)
	}
}
