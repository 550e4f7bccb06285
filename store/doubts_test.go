package store_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"tokpit/store"
	"tokpit/usage"
)

// The counts of flagged records follow every change: copies that clear a flag,
// records that are taken back, cells that are rebuilt.
func TestDoubts(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "tokpit.db")
	s := store.New(path, store.Options{Edges: usage.Edges{200_000}})
	record := func(id string, minute int, f usage.Flags) usage.Record {
		return usage.Record{ID: id, Start: time.Date(2026, 11, 2, 9, minute, 0, 0, time.UTC), Requests: 1, Context: 10,
			Dims: usage.Dims{Model: "m"}, Tokens: usage.Tokens{Input: 10}, Flags: f}
	}
	commit := func(b usage.Batch) {
		t.Helper()
		if _, err := s.Commit(ctx, "codex", b); err != nil {
			t.Fatal(err)
		}
	}
	want := func(want store.Doubts) {
		t.Helper()
		status, err := s.Status(ctx)
		if err != nil || status.Connections[0].Doubts != want {
			t.Errorf("%+v, %v; want %+v", status.Connections[0].Doubts, err, want)
		}
		if check, err := s.Verify(ctx); err != nil || len(check.Problems) > 0 {
			t.Errorf("%q, %v", check.Problems, err)
		}
	}
	commit(usage.Batch{Records: []usage.Record{record("a", 5, usage.FlagParentMissing), record("b", 6, usage.FlagParentMissing|usage.FlagTotalMismatch),
		record("c", 7, usage.FlagSeveralRequests)}})
	want(store.Doubts{ParentMissing: 2, TotalMismatch: 1, SeveralRequests: 1})
	commit(usage.Batch{Records: []usage.Record{record("a", 1, 0)}}) // the original: it owns the response and has no doubt
	want(store.Doubts{ParentMissing: 1, TotalMismatch: 1, SeveralRequests: 1})
	commit(usage.Batch{Removed: []usage.Removed{{ID: "b"}}})
	want(store.Doubts{SeveralRequests: 1})
	s = store.New(path, store.Options{Edges: usage.Edges{100_000}}) // rebuilds
	commit(usage.Batch{Records: []usage.Record{record("d", 8, 0)}})
	want(store.Doubts{SeveralRequests: 1})
}
