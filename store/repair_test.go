package store_test

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"testing"

	bolt "go.etcd.io/bbolt"

	"tokpit/store"
	"tokpit/usage"
)

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

// Names that are damaged or have vanished are missed, and forgotten, so that
// they can be given again; and if it is not known what was covered, all is read
// again.
func TestRebuildOfNamesAndCoverage(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "tokpit.db")
	s := small(t, path)
	truth, err := read(s)
	if err != nil {
		t.Fatal(err)
	}
	withBolt(t, path, func(tx *bolt.Tx) error {
		names := tx.Bucket([]byte("names")).Bucket([]byte("claude-code"))
		k, v := names.Cursor().First()
		v = bytes.Clone(v)
		v[3] ^= 1
		last, _ := names.Cursor().Last()
		return errors.Join(names.Put(bytes.Clone(k), v), names.Delete(bytes.Clone(last)))
	})
	if check, err := s.Verify(ctx); err != nil || len(check.Problems) != 2 {
		t.Errorf("%q, %v", check.Problems, err)
	}
	if err := s.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	if check, err := s.Verify(ctx); err != nil || len(check.Problems) > 0 {
		t.Errorf("%q, %v", check.Problems, err)
	}
	got, err := read(s)
	if all := truth.entities["claude-code"]; err != nil || !reflect.DeepEqual(got.entities["claude-code"], all[1:len(all)-1]) ||
		!reflect.DeepEqual(got.coverage, truth.coverage) || !reflect.DeepEqual(got.cursors, truth.cursors) {
		t.Errorf("%+v, %v", got.entities, err)
	}

	withBolt(t, path, func(tx *bolt.Tx) error { return tx.Bucket([]byte("meta")).Delete([]byte("accounts")) })
	if err := write(s); err != nil {
		t.Errorf("a commit that says nothing of coverage: %v", err)
	}
	if err := s.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	if check, err := s.Verify(ctx); err != nil || len(check.Problems) > 0 {
		t.Errorf("%q, %v", check.Problems, err)
	}
	again, err := read(s)
	if err != nil || len(again.coverage)+len(again.cursors)+len(again.standings) > 0 || !reflect.DeepEqual(again.entities, got.entities) {
		t.Errorf("%v, %v, %v, %v", again.coverage, again.cursors, again.standings, err)
	}
}

// A bucket that has vanished is not an empty one.
func TestMissingBucket(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"blocks", "prints", "cells", "cursors", "quarantine", "names", "syncs", "plans", "documents",
		"budgets", "audit", "decisions", "alerts", "outbox"} {
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
