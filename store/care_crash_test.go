//go:build unix

package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"tokpit/store"
)

func careMain(path string) {
	if err := careChild(strings.TrimPrefix(os.Getenv("TOKPIT_CHILD"), "care:"), path, os.Getenv("TOKPIT_CHILD_ARG")); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// careChild does one of the long jobs over and over, until it is killed.
func careChild(what, path, arg string) error {
	ctx := context.Background()
	opt := crashOptions()
	opt.Now = careOptions().Now
	s := store.New(path, opt)
	fmt.Println("ready")
	for n := 0; ; n++ {
		var err error
		switch what {
		case "prune": // a day at a time
			_, err = s.Prune(ctx, owner(), store.Pruning{Before: careDay(n % 45), Cells: true})
		case "compact":
			_, err = s.Compact(ctx)
		case "restore":
			_, err = s.Restore(ctx, owner(), arg, true)
		}
		if err != nil {
			return err
		}
	}
}

// TestKilledCare kills processes that prune, compact and restore, at random
// moments: what is left is the one state or the other, whole.
func TestKilledCare(t *testing.T) {
	t.Parallel()
	kills := 4
	if soak() {
		kills = 120
	}
	opt := crashOptions()
	opt.Now = careOptions().Now
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 5))
	wait := func() time.Duration { return time.Duration(rng.Int64N(int64(50 * time.Millisecond))) }
	fresh := func(t *testing.T) *store.Store {
		s := store.New(filepath.Join(t.TempDir(), "tokpit.db"), opt)
		if err := commitFrom(s, 12); err != nil {
			t.Fatal(err)
		}
		return s
	}
	t.Run("prune", func(t *testing.T) {
		s := fresh(t)
		want := threeWays(t, s, true)
		for range kills {
			killAfter(t, child(t, "care:prune", s.Path(), ""), wait())
			sound(t, s)
			if got := threeWays(t, s, true); !reflect.DeepEqual(got, want) {
				t.Fatal("the sums have changed")
			}
		}
		h, err := s.Horizon(context.Background())
		if horizon := h.Records; err != nil || !horizon.IsZero() && recordsBefore(t, s, horizon) > 0 {
			t.Errorf("records before %v, %v", horizon, err)
		}
	})
	t.Run("compact", func(t *testing.T) {
		s := fresh(t)
		want, err := read(s)
		if err != nil {
			t.Fatal(err)
		}
		for range kills {
			killAfter(t, child(t, "care:compact", s.Path(), ""), wait())
			sound(t, s)
			if got, err := read(s); err != nil || !got.equal(want) {
				t.Fatalf("the store is another, %v", err)
			}
		}
		if _, err := s.Compact(context.Background()); err != nil {
			t.Fatal(err)
		}
		if left, _ := filepath.Glob(s.Path() + ".new*"); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	})
	t.Run("restore", func(t *testing.T) {
		s := fresh(t)
		b, err := s.Backup(context.Background(), filepath.Join(t.TempDir(), "b.db"), false)
		if err != nil {
			t.Fatal(err)
		}
		old, err := read(s)
		if err != nil {
			t.Fatal(err)
		}
		for range kills {
			if err := commitFrom(s, 15); err != nil {
				t.Fatal(err)
			}
			later, err := read(s)
			if err != nil {
				t.Fatal(err)
			}
			killAfter(t, child(t, "care:restore", s.Path(), b.Path), wait())
			sound(t, s)
			got, err := read(s)
			if err != nil || !reflect.DeepEqual(got.figures(), old.figures()) && !reflect.DeepEqual(got.figures(), later.figures()) {
				t.Fatalf("%d records are neither the %d nor the %d; %v", len(got.records), len(old.records), len(later.records), err)
			}
		}
		if _, err := s.Restore(context.Background(), owner(), b.Path, true); err != nil {
			t.Fatal(err)
		}
		now, _ := os.Stat(s.Path())
		names, _ := filepath.Glob(s.Path() + ".before-restore-*")
		for _, name := range names {
			if twin, err := os.Stat(name); err != nil || os.SameFile(now, twin) {
				t.Errorf("%s is the store itself, %v", name, err)
			}
			sound(t, store.New(name, opt))
		}
	})
}
