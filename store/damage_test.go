package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"tokpit/store"
	"tokpit/usage"
)

// small fills a store with every kind of value, in a few dozen pages.
func small(t testing.TB, path string) *store.Store {
	t.Helper()
	ctx := context.Background()
	s := store.New(path, store.Options{Edges: edges(), Timeout: 2 * time.Second})
	s.SetBlockSize(40)
	records := history(400)
	for i, batch := range slices.Collect(slices.Chunk(records, 200)) {
		cursors := make(usage.Cursors)
		for k := range 30 {
			cursors[fmt.Sprintf("/logs/%02d/%02d.jsonl", i, k)] = fmt.Appendf(nil, "offset %d", 1000*i+k)
		}
		if _, err := s.Commit(ctx, "claude-code", usage.Batch{Records: batch, Cursors: cursors,
			Quarantined: []usage.Quarantined{{File: "/logs/x.jsonl", Line: int64(i), Reason: "not JSON"}}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.RecordSync(ctx, store.Sync{Connection: "claude-code", At: time.Unix(1795000000, 0), Files: 3}); err != nil {
		t.Fatal(err)
	}
	return s
}

// contents is all that a store says.
type contents struct {
	records      []usage.Record
	coarse, fine *usage.Cube
	cursors      usage.Cursors
	coverage     map[string][]usage.Coverage
	entities     map[string][]usage.Known
	standings    map[string]usage.Standing
}

// read asks for everything. It returns the first error.
func read(s *store.Store) (c contents, err error) {
	ctx := context.Background()
	if err := s.Records(ctx, usage.Span{}, func(_ string, r *usage.Record) bool {
		c.records = append(c.records, *r)
		return true
	}); err != nil {
		return c, err
	}
	if c.coarse, err = s.Cube(ctx, usage.Span{}, false); err != nil {
		return c, err
	}
	if c.fine, err = s.Cube(ctx, usage.Span{}, true); err != nil {
		return c, err
	}
	if c.cursors, err = s.Cursors(ctx, "claude-code"); err != nil {
		return c, err
	}
	if c.coverage, err = s.Coverage(ctx); err != nil {
		return c, err
	}
	if c.entities, err = s.Entities(ctx); err != nil {
		return c, err
	}
	if c.standings, err = s.Standings(ctx); err != nil {
		return c, err
	}
	if _, err := s.Quarantined(ctx, 0); err != nil {
		return c, err
	}
	_, err = s.Status(ctx)
	return c, err
}

func (c contents) equal(d contents) bool {
	return reflect.DeepEqual(c.records, d.records) && reflect.DeepEqual(c.coarse, d.coarse) &&
		reflect.DeepEqual(c.fine, d.fine) && reflect.DeepEqual(c.cursors, d.cursors) &&
		reflect.DeepEqual(c.coverage, d.coverage) && reflect.DeepEqual(c.entities, d.entities) && reflect.DeepEqual(c.standings, d.standings)
}

func write(s *store.Store) error {
	r := history(1)[0]
	r.ID = "another"
	_, err := s.Commit(context.Background(), "claude-code", usage.Batch{Records: []usage.Record{r}})
	return err
}

// everything calls whatever touches the file and returns the errors.
func everything(s *store.Store) map[string]error {
	ctx := context.Background()
	errs := make(map[string]error)
	_, errs["read"] = read(s)
	errs["commit"] = write(s)
	_, errs["verify"] = s.Verify(ctx)
	errs["rebuild"] = s.Rebuild(ctx)
	errs["edges"] = store.New(s.Path(), store.Options{Edges: usage.Edges{5}}).EnsureEdges(ctx)
	_, errs["setting"] = s.Setting(ctx, "zone")
	errs["set setting"] = s.SetSetting(ctx, "zone", "UTC")
	errs["record sync"] = s.RecordSync(ctx, store.Sync{Connection: "claude-code"})
	_, errs["plans"] = s.Plans(ctx)
	errs["put document"] = s.PutDocument(ctx, "view", "x", []byte("y"))
	return errs
}

// refuses demands one error of every call, and that the file stays as it is.
func refuses(t *testing.T, path string, want error) {
	t.Helper()
	before, _ := os.ReadFile(path)
	for call, err := range everything(store.New(path, store.Options{Edges: edges(), Timeout: time.Second})) {
		if !errors.Is(err, want) {
			t.Errorf("%s: %s gives %v, want %v", t.Name(), call, err, want)
		}
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Errorf("%s: the file was changed", t.Name())
	}
}

// damaged reports that an error admits damage.
func damaged(err error) bool {
	return errors.Is(err, store.ErrCorrupt) || errors.Is(err, store.ErrForeign)
}

func TestTruncatedStore(t *testing.T) {
	dir := t.TempDir()
	whole := small(t, filepath.Join(dir, "whole.db"))
	truth, err := read(whole)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(whole.Path())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "cut.db")
	for at := 1; at < len(b); at += 4096 {
		for _, size := range []int{at - 1, at, at + 2000} {
			if size <= 0 || size >= len(b) {
				continue
			}
			if err := os.WriteFile(path, b[:size], 0o600); err != nil {
				t.Fatal(err)
			}
			s := store.New(path, store.Options{Edges: edges(), Timeout: time.Second})
			got, err := read(s)
			if err == nil && !got.equal(truth) || err != nil && !damaged(err) {
				t.Fatalf("%d of %d bytes: %d records, %v", size, len(b), len(got.records), err)
			}
			if werr := write(s); (werr == nil) != (err == nil) || werr != nil && !damaged(werr) {
				t.Fatalf("%d of %d bytes: read says %v, write %v", size, len(b), err, werr)
			}
		}
	}
}

// TestFlippedBytes damages single bytes. Whatever a store then still says is
// true, or Verify denies it; and nothing panics, hangs or is held locked.
func TestFlippedBytes(t *testing.T) {
	dir := t.TempDir()
	whole := small(t, filepath.Join(dir, "whole.db"))
	truth, err := read(whole)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(whole.Path())
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(uint64(len(b)), 3))
	var offsets []int
	for page := 0; page < len(b); page += 4096 {
		for i := range 96 { // the heads of pages are what a tree hangs on
			if i%8 == 0 || soak() {
				offsets = append(offsets, page+i)
			}
		}
	}
	more := 400
	switch {
	case soak():
		more = 20_000
	case testing.Short():
		more = 100
	}
	for range more {
		offsets = append(offsets, rng.IntN(len(b)))
	}
	path := filepath.Join(dir, "flipped.db")
	noticed := 0
	for _, at := range offsets {
		bad := slices.Clone(b)
		if rng.IntN(2) == 0 {
			bad[at] ^= 1 << rng.IntN(8)
		} else {
			bad[at] ^= byte(1 + rng.IntN(255))
		}
		if flip(t, path, bad, at, truth) {
			noticed++
		}
	}
	t.Logf("%d of %d flips noticed in a store of %d bytes", noticed, len(offsets), len(b))
	if noticed < len(offsets)/10 {
		t.Error("hardly any damage was noticed")
	}
}

// soak reports whether to take the time that `make soak` has.
func soak() bool { return os.Getenv("TOKPIT_SOAK") == "1" }

// flip tries a damaged store and reports whether the damage was noticed.
func flip(t *testing.T, path string, bad []byte, at int, truth contents) bool {
	t.Helper()
	if err := os.WriteFile(path, bad, 0o600); err != nil {
		t.Fatal(err)
	}
	s := store.New(path, store.Options{Edges: edges(), Timeout: time.Second})
	got, err := read(s)
	if err != nil && !damaged(err) && !errors.Is(err, store.ErrNewer) {
		t.Fatalf("byte %d: %v", at, err)
	}
	check, verr := s.Verify(context.Background())
	sound := verr == nil && len(check.Problems) == 0
	if err == nil && !got.equal(truth) && sound {
		// The revision has no checksum: no figure depends on it. A cursor that
		// has vanished is one that was never set.
		got.coarse.Revision, got.fine.Revision = truth.coarse.Revision, truth.fine.Revision
		for k, v := range truth.cursors {
			if _, ok := got.cursors[k]; !ok {
				got.cursors[k] = v
			}
		}
		if !got.equal(truth) {
			t.Fatalf("byte %d: the store says something else and Verify agrees", at)
		}
	}
	if err := write(s); err != nil && !damaged(err) && !errors.Is(err, store.ErrNewer) {
		t.Fatalf("byte %d: write: %v", at, err)
	} else if err == nil && sound {
		if check, err := s.Verify(context.Background()); err != nil || len(check.Problems) > 0 {
			t.Fatalf("byte %d: sound before a write, then %v, %q", at, err, check.Problems)
		}
	}
	return err != nil || !sound
}

// A value that stands under another key than it was written for is as bad as
// one with a wrong byte: it would count usage on the wrong day.
func TestValueUnderWrongKey(t *testing.T) {
	move := func(from, to []byte) func(*bolt.Bucket) error {
		return func(b *bolt.Bucket) error { return b.Put(to, bytes.Clone(b.Get(from))) }
	}
	first := func(b *bolt.Bucket) ([]byte, []byte) {
		k, _ := b.Cursor().First()
		k = bytes.Clone(k)
		other := bytes.Clone(k)
		other[len(other)-1] ^= 'q' ^ 's' // the other kind of cells; another instant of blocks
		return k, other
	}
	for name, c := range map[string]struct {
		path  []string
		spoil func(*bolt.Bucket) error
		op    func(*store.Store) error
	}{
		"cells of another kind": {[]string{"cells"}, func(b *bolt.Bucket) error {
			k, other := first(b)
			return move(k, other)(b)
		}, func(s *store.Store) error { _, err := read(s); return err }},
		"cells of another day": {[]string{"cells"}, func(b *bolt.Bucket) error {
			k, _ := first(b)
			other := bytes.Clone(k)
			other[3] ^= 1
			return errors.Join(move(k, other)(b), b.Delete(k))
		}, func(s *store.Store) error { _, err := read(s); return err }},
		"block of another time": {[]string{"blocks", "claude-code"}, func(b *bolt.Bucket) error {
			k, other := first(b)
			return errors.Join(move(k, other)(b), b.Delete(k))
		}, func(s *store.Store) error { _, err := read(s); return err }},
		"fingerprints with a wrong bit": {[]string{"prints", "claude-code"}, func(b *bolt.Bucket) error {
			k, _ := first(b)
			v := bytes.Clone(b.Get(k))
			v[len(v)/2] ^= 1
			return b.Put(k, v)
		}, write},
		"fingerprints of another block": {[]string{"prints", "claude-code"}, func(b *bolt.Bucket) error {
			k, _ := first(b)
			last, _ := b.Cursor().Last()
			return move(k, bytes.Clone(last))(b)
		}, write},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "tokpit.db")
			s := small(t, path)
			withBolt(t, path, func(tx *bolt.Tx) error {
				b := tx.Bucket([]byte(c.path[0]))
				for _, name := range c.path[1:] {
					b = b.Bucket([]byte(name))
				}
				return c.spoil(b)
			})
			if err := c.op(s); !errors.Is(err, store.ErrCorrupt) {
				t.Errorf("gives %v", err)
			}
			if check, err := s.Verify(context.Background()); err == nil && len(check.Problems) == 0 {
				t.Error("Verify sees nothing")
			}
		})
	}
}

// What is derived from the records can be made again from them.
func TestRebuildRepairsWhatIsDerived(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokpit.db")
	s := small(t, path)
	truth, err := read(s)
	if err != nil {
		t.Fatal(err)
	}
	var forgotten string
	withBolt(t, path, func(tx *bolt.Tx) error {
		prints, cells := tx.Bucket([]byte("prints")).Bucket([]byte("claude-code")), tx.Bucket([]byte("cells"))
		k, v := prints.Cursor().First()
		v = bytes.Clone(v)
		v[20] ^= 1
		day, _ := cells.Cursor().Last()
		cursors := tx.Bucket([]byte("cursors")).Bucket([]byte("claude-code"))
		file, offset := cursors.Cursor().Last()
		offset = bytes.Clone(offset)
		offset[len(offset)/2] ^= 1
		forgotten = string(file)
		return errors.Join(cursors.Put(bytes.Clone(file), offset), prints.Put(bytes.Clone(k), v), cells.Put(bytes.Clone(day), []byte("nonsense")))
	})
	if check, err := s.Verify(context.Background()); err != nil || len(check.Problems) < 3 {
		t.Fatalf("%+v, %v", check, err)
	}
	if _, err := s.Cursors(context.Background(), "claude-code"); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("a damaged cursor gives %v", err)
	}
	if err := s.Rebuild(context.Background()); err != nil {
		t.Fatal(err)
	}
	got, err := read(s)
	if err != nil {
		t.Fatal(err)
	}
	got.coarse.Revision, got.fine.Revision = truth.coarse.Revision, truth.fine.Revision
	delete(truth.cursors, forgotten)
	if check, err := s.Verify(context.Background()); err != nil || len(check.Problems) > 0 || !got.equal(truth) {
		t.Errorf("%q, %v", check.Problems, err)
	}
}

// A bucket that has vanished is not an empty one.
func TestMissingBucket(t *testing.T) {
	for _, name := range []string{"blocks", "prints", "cells", "cursors", "quarantine", "syncs", "plans", "documents"} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "tokpit.db")
			small(t, path)
			withBolt(t, path, func(tx *bolt.Tx) error { return tx.DeleteBucket([]byte(name)) })
			refuses(t, path, store.ErrCorrupt)
		})
	}
	t.Run("a value for a bucket", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "tokpit.db")
		s := small(t, path)
		withBolt(t, path, func(tx *bolt.Tx) error {
			prints := tx.Bucket([]byte("prints"))
			return errors.Join(prints.DeleteBucket([]byte("claude-code")), prints.Put([]byte("claude-code"), []byte("x")))
		})
		if err := write(s); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("a commit gives %v", err)
		}
	})
	t.Run("fingerprints without a block", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "tokpit.db")
		s := small(t, path)
		withBolt(t, path, func(tx *bolt.Tx) error {
			return tx.Bucket([]byte("prints")).Bucket([]byte("claude-code")).Put([]byte("8 bytes."), []byte("x"))
		})
		if check, err := s.Verify(context.Background()); err != nil || len(check.Problems) == 0 {
			t.Errorf("%q, %v", check.Problems, err)
		}
	})
}

// A panic inside a transaction must not leave the file locked by ourselves.
func TestPanicReleasesTheFile(t *testing.T) {
	s := small(t, filepath.Join(t.TempDir(), "tokpit.db"))
	if err := s.HoldForWriting(context.Background(), func() { panic("page 7 is not page 8") }); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("a panic gives %v", err)
	}
	err := s.Records(context.Background(), usage.Span{}, func(string, *usage.Record) bool { panic("page 7 is not page 8") })
	if !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("a panic gives %v", err)
	}
	if err := write(s); err != nil {
		t.Error(err)
	}
}
