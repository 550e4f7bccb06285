package store_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"tokpit/store"
	"tokpit/usage"
)

// What a connection left behind can be told by its kinds, also after its
// cursors are gone.
func TestKinds(t *testing.T) {
	s := store.New(filepath.Join(t.TempDir(), "tokpit.db"), store.Options{Edges: edges()})
	kinds := func(want ...string) {
		t.Helper()
		if got, err := s.Kinds(t.Context(), "a"); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
	kinds()
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	record := func(id string) usage.Record {
		return usage.Record{ID: id, Start: at, Requests: 1, Context: usage.Absent, Tokens: usage.Tokens{Input: 1}}
	}
	for _, b := range []usage.Batch{
		{Slices: []usage.Slice{{Kind: "x/1h", Start: at, Records: []usage.Record{record("1")}}, {Kind: "x/1d", Start: at, Records: []usage.Record{record("2")}}}},
		{Records: []usage.Record{record("3")}, Slices: []usage.Slice{{Kind: "x/1d", Start: at}}},
	} {
		if _, err := s.Commit(t.Context(), "a", b); err != nil {
			t.Fatal(err)
		}
	}
	kinds("", "x/1h")
	if err := s.RemoveConnection(t.Context(), "a", false); err != nil {
		t.Fatal(err)
	}
	kinds("", "x/1h")
	if err := s.RemoveConnection(t.Context(), "a", true); err != nil {
		t.Fatal(err)
	}
	kinds()
}
