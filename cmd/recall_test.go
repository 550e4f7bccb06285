package cmd

import (
	"os"
	"testing"
	"time"

	"tokpit/store"
	"tokpit/usage"
)

// TestNothingIsReadTwice: a store that has not changed is neither summed up nor
// read again, and whatever changes it is seen.
func TestNothingIsReadTwice(t *testing.T) {
	t.Parallel()
	a, ctx := seededDemo(t), t.Context()
	path := a.store.Path()
	old := time.Now().Add(-time.Minute)
	settled := func() {
		t.Helper()
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
		old = old.Add(time.Second)
	}
	settled()
	first, err := a.snapshot(ctx, time.Time{})
	if err != nil || first.Cube.Len() == 0 {
		t.Fatal(err)
	}
	again, err := a.snapshot(ctx, time.Time{})
	if err != nil || again.Cube != first.Cube || a.recall.file == nil {
		t.Errorf("cells are read again: %v", err)
	}
	commit := func(s *store.Store, id string, tokens int64) {
		t.Helper()
		at := a.now().Add(-time.Hour)
		r := usage.Record{ID: id, Start: at, Requests: 1, Tokens: usage.Tokens{Output: tokens},
			Dims: usage.Dims{Source: "claude-code", Provider: "anthropic", Model: "claude-opus-4-8", Basis: usage.Logged}}
		if _, err := s.Commit(ctx, "claude-code", usage.Batch{Records: []usage.Record{r}}); err != nil {
			t.Fatal(err)
		}
	}
	output := func() int64 {
		t.Helper()
		s, err := a.snapshot(ctx, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		return s.All.Tokens.Output
	}
	base := first.All.Tokens.Output
	for i, tokens := range []int64{1, 10} { // at once, while the clock of the file system stands still
		commit(a.store, string(rune('a'+i)), tokens)
		if base += tokens; output() != base {
			t.Fatalf("%d tokens, %d expected", output(), base)
		}
	}

	// Another file of the same revision is put in place, as by a restore.
	settled()
	before, err := a.statusNow(ctx)
	if err != nil || output() != base {
		t.Fatal(err)
	}
	if _, err := a.store.Backup(ctx, path+".copy", false); err != nil {
		t.Fatal(err)
	}
	commit(a.store, "kept by nobody", 100)
	commit(store.New(path+".copy", store.Options{Edges: a.latest.Edges()}), "restored", 1000)
	if output() != base+100 {
		t.Fatal("a commit is not seen")
	}
	if err := os.Rename(path+".copy", path); err != nil {
		t.Fatal(err)
	}
	if status, err := a.statusNow(ctx); err != nil || status.Revision != before.Revision+1 || output() != base+1000 {
		t.Errorf("revision %d, %d tokens, %d expected; %v", status.Revision, output(), base+1000, err)
	}
}

// TestCellsReadAheadAreTheStores: cells that were read before the store went on,
// or before another file took its place, are not taken.
func TestCellsReadAheadAreTheStores(t *testing.T) {
	t.Parallel()
	a, ctx := seededDemo(t), t.Context()
	status, err := a.statusNow(ctx)
	if err != nil {
		t.Fatal(err)
	}
	early := a.readAhead(ctx)
	cells, err := a.wholeCells(ctx, status.Revision, nil, early)
	same := func(a, b *usage.Cube) bool { return b != nil && &a.Slot[0] == &b.Slot[0] }
	if err != nil || !same(cells, early.cube) {
		t.Fatalf("cells that were read ahead are read again: %v", err)
	}
	for name, change := range map[string]func() uint64{
		"the store went on": func() uint64 {
			r := usage.Record{ID: "new", Start: a.now().Add(-time.Hour), Requests: 1, Tokens: usage.Tokens{Output: 1}, Dims: usage.Dims{Source: "claude-code", Basis: usage.Logged}}
			if _, err := a.store.Commit(ctx, "claude-code", usage.Batch{Records: []usage.Record{r}}); err != nil {
				t.Fatal(err)
			}
			return status.Revision + 1
		},
		"another file of the same revision": func() uint64 {
			now, err := a.store.Status(ctx)
			if err == nil {
				_, err = a.store.Backup(ctx, a.store.Path()+".copy", false)
			}
			if err == nil {
				err = os.Rename(a.store.Path()+".copy", a.store.Path())
			}
			if err != nil {
				t.Fatal(err)
			}
			return now.Revision
		},
	} {
		a.recall.cells = nil
		early := a.readAhead(ctx)
		<-early.done
		revision := change()
		cells, err := a.wholeCells(ctx, revision, nil, early)
		if err != nil || same(cells, early.cube) || cells.Revision != revision {
			t.Errorf("%s: cells of before are taken: %v", name, err)
		}
	}
}
