package store_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"tokpit/store"
	"tokpit/usage"
)

// Reopened days take records again, and end where they would have been.
func TestReopen(t *testing.T) {
	ctx := context.Background()
	rng := rand.New(rand.NewPCG(5, 5))
	all := careBatches(rng)
	s := store.New(filepath.Join(t.TempDir(), "tokpit.db"), careOptions())
	commitAll(t, s, all)
	if _, err := s.Commit(ctx, "codex", usage.Batch{Cursors: usage.Cursors{"x": []byte("1")}}); err != nil {
		t.Fatal(err)
	}
	want := threeWays(t, s, true)
	if _, err := s.Prune(ctx, owner(), store.Pruning{Before: careDay(20), Cells: true}); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []time.Time{careDay(20), careDay(25), careDay(3).Add(time.Hour)} {
		if err := s.Reopen(ctx, owner(), bad); !errors.Is(err, store.ErrHorizon) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if err := s.Reopen(ctx, owner(), careDay(7)); err != nil {
		t.Fatal(err)
	}
	sound(t, s)
	if cursors, err := s.Cursors(ctx, "codex"); err != nil || len(cursors) > 0 {
		t.Errorf("%v, %v", cursors, err)
	}
	commitAll(t, s, all)
	sound(t, s)
	if got := threeWays(t, s, true); !reflect.DeepEqual(got, want) {
		t.Error("the sums are others")
	}
	if n := recordsBefore(t, s, careDay(7)); n > 0 {
		t.Errorf("%d records before", n)
	}
}

// Sums of pruned days that vanish, change or stand in the wrong place are
// found; cells that are not the sums of their records are never taken for them.
func TestDamagedHorizon(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	pruned := func(before int) *store.Store {
		s := store.New(filepath.Join(t.TempDir(), "tokpit.db"), careOptions())
		commitAll(t, s, careBatches(rand.New(rand.NewPCG(6, 6))))
		if before > 0 {
			if _, err := s.Prune(ctx, owner(), store.Pruning{Before: careDay(before), Cells: true}); err != nil {
				t.Fatal(err)
			}
		}
		return s
	}
	for name, damage := range map[string]func(*bolt.Bucket) error{
		"no sums":       func(b *bolt.Bucket) error { return b.Bucket([]byte("sums")).DeleteBucket([]byte("codex")) },
		"no horizon":    func(b *bolt.Bucket) error { return b.Delete([]byte("day")) },
		"other horizon": func(b *bolt.Bucket) error { return b.Put([]byte("day"), []byte("nonsense")) },
		"a byte": func(b *bolt.Bucket) error {
			sums := b.Bucket([]byte("sums")).Bucket([]byte("codex"))
			k, v := sums.Cursor().First()
			v = append([]byte{}, v...)
			v[len(v)/2] ^= 1
			return sums.Put(append([]byte{}, k...), v)
		},
		"another day": func(b *bolt.Bucket) error {
			sums := b.Bucket([]byte("sums")).Bucket([]byte("codex"))
			k, v := sums.Cursor().First()
			k = append([]byte{}, k...)
			k[3] ^= 1
			return sums.Put(k, append([]byte{}, v...))
		},
		"a print": func(b *bolt.Bucket) error {
			seen := b.Bucket([]byte("prints")).Bucket([]byte("codex"))
			k, _ := seen.Cursor().First()
			return seen.Put(append([]byte{}, k...), []byte("nonsense"))
		},
	} {
		s := pruned(10)
		withBolt(t, s.Path(), func(tx *bolt.Tx) error { return damage(tx.Bucket([]byte("horizon"))) })
		if c, err := s.Verify(ctx); err == nil && len(c.Problems) == 0 {
			t.Errorf("%s: not noticed", name)
		}
	}
	s := pruned(0)
	withBolt(t, s.Path(), func(tx *bolt.Tx) error { // a day's cells under the next one's key would count twice
		blocks := tx.Bucket([]byte("blocks")).Bucket([]byte("codex"))
		k, _ := blocks.Cursor().First()
		return errors.Join(blocks.Delete(append([]byte{}, k...)), tx.Bucket([]byte("prints")).Bucket([]byte("codex")).Delete(append([]byte{}, k...)))
	})
	before := fileOf(t, s)
	if _, err := s.Prune(ctx, owner(), store.Pruning{Before: careDay(10), Cells: true}); !errors.Is(err, store.ErrCorrupt) || fileOf(t, s) != before {
		t.Errorf("wrong cells were taken for sums: %v", err)
	}
	if _, err := os.Stat(s.Path() + ".new"); err == nil {
		t.Error("something is left behind")
	}
}
