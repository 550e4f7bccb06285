package store_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"tokpit/store"
	"tokpit/usage"
)

// two fills a store with two connections, and returns what it would say of the
// second alone.
func two(t *testing.T) (s *store.Store, alone contents) {
	t.Helper()
	ctx := context.Background()
	dir := t.TempDir()
	only := store.New(filepath.Join(dir, "only.db"), store.Options{Edges: edges()})
	s = small(t, filepath.Join(dir, "tokpit.db"))
	for _, s := range []*store.Store{s, only} {
		b := usage.Batch{Records: history(900)[300:], Cursors: usage.Cursors{"at": []byte("x")}}
		told(&b, 5)
		if _, err := s.Commit(ctx, "codex", b); err != nil {
			t.Fatal(err)
		}
	}
	alone, err := read(only)
	if err != nil {
		t.Fatal(err)
	}
	return s, alone
}

// figures is what a store says, but for cursors, the revision, and the order in
// which cells of one slot stand, which depends on what was there before.
func (c contents) figures() []any {
	type cell struct {
		slot  usage.Slot
		width uint8
		dims  usage.Dims
	}
	cells := func(c *usage.Cube) map[cell]usage.Measures {
		out := make(map[cell]usage.Measures)
		for i := range c.Len() {
			out[cell{c.Slot[i], c.Width[i], c.Sets[c.Set[i]]}] = c.MeasuresAt(i)
		}
		return out
	}
	return []any{c.records, cells(c.coarse), cells(c.fine), c.coarse.Coverage, c.coverage, c.entities, c.standings}
}

func TestPurgeLeavesTheOthers(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, alone := two(t)
	before, err := s.Status(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveConnection(ctx, "claude-code", true); err != nil {
		t.Fatal(err)
	}
	got, err := read(s)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.figures(), alone.figures()) {
		t.Errorf("%d records and %d cells are left, want %d and %d", len(got.records), got.coarse.Len(), len(alone.records), alone.coarse.Len())
	}
	after, err := s.Status(ctx)
	if err != nil || len(after.Connections) != 1 || after.Connections[0].Name != "codex" || after.Revision != before.Revision+1 {
		t.Errorf("%+v, %v", after, err)
	}
	if cursors, err := s.Cursors(ctx, "codex"); err != nil || len(cursors) != 1 {
		t.Errorf("cursors of the other: %v, %v", cursors, err)
	}
	if check, err := s.Verify(ctx); err != nil || len(check.Problems) > 0 {
		t.Errorf("%q, %v", check.Problems, err)
	}
	file, err := os.ReadFile(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	for _, trace := range []string{"claude-code\x01", "/logs/00/", "not JSON"} {
		if bytes.Contains(file, []byte(trace)) {
			t.Errorf("the file still has %q in it", trace)
		}
	}
	if int64(len(file)) >= before.Size {
		t.Errorf("the file had %d bytes and has %d", before.Size, len(file))
	}
	if err := s.RemoveConnection(ctx, "claude-code", true); err != nil {
		t.Errorf("once more: %v", err)
	}
	if again, err := s.Status(ctx); err != nil || again.Revision != after.Revision {
		t.Errorf("to remove nothing gives revision %d, want %d; %v", again.Revision, after.Revision, err)
	}
}

func TestKeepLeavesTheRecords(t *testing.T) {
	ctx := context.Background()
	s, _ := two(t)
	before, err := read(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveConnection(ctx, "claude-code", false); err != nil {
		t.Fatal(err)
	}
	after, err := read(s)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := after.standings["claude-code"]; ok || len(after.cursors) > 0 {
		t.Errorf("%+v, %v", after.standings, after.cursors)
	}
	if after.coarse.Revision != before.coarse.Revision+1 {
		t.Errorf("revision %d after %d", after.coarse.Revision, before.coarse.Revision)
	}
	after.standings = before.standings
	if !reflect.DeepEqual(after.figures(), before.figures()) {
		t.Error("records, cells, coverage or names have changed")
	}
	if rows, err := s.Quarantined(ctx, 0); err != nil || len(rows) > 0 {
		t.Errorf("%+v, %v", rows, err)
	}
	st, err := s.Status(ctx)
	if err != nil || len(st.Connections) != 2 {
		t.Fatalf("%+v, %v", st, err)
	}
	c := st.Connections[0]
	if c.Name != "claude-code" || c.Records != 400 || c.Names != 30 || len(c.Coverage) != 2 || c.Standing != nil || !c.Sync.At.IsZero() || c.Quarantined != 0 {
		t.Errorf("%+v", c)
	}
	if check, err := s.Verify(ctx); err != nil || len(check.Problems) > 0 {
		t.Errorf("%q, %v", check.Problems, err)
	}
}

// What cannot be read cannot be subtracted, but it can be thrown away.
func TestPurgeOfDamagedRecords(t *testing.T) {
	ctx := context.Background()
	s, alone := two(t)
	withBolt(t, s.Path(), func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte("blocks")).Bucket([]byte("claude-code"))
		k, _ := b.Cursor().Last()
		return b.Put(bytes.Clone(k), []byte("nonsense"))
	})
	if err := s.RemoveConnection(ctx, "codex", true); err != nil { // the sound one, beside it
		t.Fatal(err)
	}
	if err := s.RemoveConnection(ctx, "claude-code", true); err != nil {
		t.Fatal(err)
	}
	if check, err := s.Verify(ctx); err != nil || len(check.Problems) > 0 || check.Records+check.Cells > 0 {
		t.Errorf("%+v, %v", check, err)
	}
	b := usage.Batch{Records: history(900)[300:]}
	told(&b, 5)
	if _, err := s.Commit(ctx, "codex", b); err != nil {
		t.Fatal(err)
	}
	if got, err := read(s); err != nil || !reflect.DeepEqual(got.figures(), alone.figures()) {
		t.Errorf("%v", err)
	}
}

func TestRemoveNothing(t *testing.T) {
	ctx := context.Background()
	s := store.New(filepath.Join(t.TempDir(), "tokpit.db"), store.Options{})
	for _, purge := range []bool{false, true} {
		if err := s.RemoveConnection(ctx, "openai", purge); err != nil || s.Exists() {
			t.Errorf("%v, the file exists: %v", err, s.Exists())
		}
		if err := s.RemoveConnection(ctx, "", purge); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("without a name: %v", err)
		}
	}
}

// A connection that has named and covered, but not counted anything yet, is
// listed.
func TestStatusListsWhatIsOnlyCovered(t *testing.T) {
	ctx := context.Background()
	s := store.New(filepath.Join(t.TempDir(), "tokpit.db"), store.Options{})
	for i, b := range []usage.Batch{{}, {}, {}} {
		told(&b, i)
		b.Covered = b.Covered[:i%2]
		if i == 2 {
			b.Entities, b.Covered = nil, nil
		}
		if i < 2 {
			b.Standing = nil
		}
		if _, err := s.Commit(ctx, []string{"named", "covered", "standing"}[i], b); err != nil {
			t.Fatal(err)
		}
	}
	st, err := s.Status(ctx)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string][3]bool)
	for _, c := range st.Connections {
		got[c.Name] = [3]bool{c.Names == 30, len(c.Coverage) == 1, c.Standing != nil && c.Standing.At.Equal(time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC))}
	}
	if want := map[string][3]bool{"named": {true}, "covered": {true, true}, "standing": {false, false, true}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
}
