package store_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"

	"tokpit/store"
)

func TestAbsentStoreIsEmpty(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	s := store.New(filepath.Join(dir, "deep", "tokpit.db"), store.Options{Edges: edges()})
	c, err := read(s)
	if err != nil || len(c.records) > 0 || c.coarse.Len() > 0 || len(c.cursors) > 0 {
		t.Errorf("%+v, %v", c, err)
	}
	if v, err := s.Verify(ctx); err != nil || len(v.Problems) > 0 {
		t.Errorf("verify: %+v, %v", v, err)
	}
	if err := s.EnsureEdges(ctx); err != nil {
		t.Errorf("ensure edges: %v", err)
	}
	if _, err := s.Setting(ctx, "zone"); err != nil {
		t.Error(err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("reading made %v, %v", entries, err)
	}
}

func TestModes(t *testing.T) {
	dir := t.TempDir()
	s := small(t, filepath.Join(dir, "data", "tokpit", "tokpit.db"))
	if _, err := read(s); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(filepath.Join(dir, "data"), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %o", path, info.Mode().Perm())
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	entries, _ := os.ReadDir(filepath.Dir(s.Path()))
	if len(entries) != 3 { // the store, its lock and its turn
		t.Errorf("left behind: %v", entries)
	}
}

func TestEmptyFileIsEmptyStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokpit.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := store.New(path, store.Options{Edges: edges()})
	if c, err := read(s); err != nil || len(c.records) > 0 {
		t.Fatalf("%v", err)
	}
	if err := write(s); err != nil {
		t.Fatal(err)
	}
	if c, err := read(s); err != nil || len(c.records) != 1 {
		t.Fatalf("%d records, %v", len(c.records), err)
	}
}

func TestForeignFiles(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	for _, size := range []int{1, 17, 80, 4095, 4096, 8192, 16384, 65536, 100_001} {
		t.Run(fmt.Sprintf("garbage%d", size), func(t *testing.T) {
			b := make([]byte, size)
			for i := range b {
				b[i] = byte(rng.Uint32())
			}
			path := filepath.Join(t.TempDir(), "tokpit.db")
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			refuses(t, path, store.ErrForeign)
		})
	}
	t.Run("directory", func(t *testing.T) { refuses(t, t.TempDir(), store.ErrForeign) })
	t.Run("other database", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "other.db")
		withBolt(t, path, func(tx *bolt.Tx) error {
			b, err := tx.CreateBucket([]byte("things"))
			if err != nil {
				return err
			}
			return b.Put([]byte("k"), []byte("v"))
		})
		refuses(t, path, store.ErrForeign)
	})
	t.Run("other database with a meta bucket", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "other.db")
		withBolt(t, path, func(tx *bolt.Tx) error {
			_, err := tx.CreateBucket([]byte("meta"))
			return err
		})
		refuses(t, path, store.ErrForeign)
	})
}

func withBolt(t *testing.T, path string, f func(*bolt.Tx) error) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(f), db.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestNewerStoreIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokpit.db")
	small(t, path)
	withBolt(t, path, func(tx *bolt.Tx) error {
		return tx.Bucket([]byte("meta")).Put([]byte("schema"), binary.BigEndian.AppendUint64(nil, 99))
	})
	refuses(t, path, store.ErrNewer)
}
