package storetest

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"tokpit/usage"
)

func connections() []string { return []string{"claude-code", "openai", "c\x00d"} }

// testHistories plays random histories to a store and to the model.
func testHistories(t *testing.T, open Opener, n int) {
	for seed := range uint64(n) {
		t.Run(fmt.Sprintf("seed%d", seed), func(t *testing.T) {
			t.Parallel()
			steps := 40
			if testing.Short() {
				steps = 15
			}
			step := 0
			b := &bench{t: t, open: open, dir: t.TempDir(), says: func() string { return fmt.Sprintf("seed %d, step %d: ", seed, step) }}
			b.start(usage.NewEdges([]int64{200_000}))
			b.check()
			w := newWorld(seed)
			for step = range steps {
				if w.chance(5) {
					b.store = open(t, b.dir, b.model.edges)
				}
				b.commit(pick(w, connections()...), w.batch(pick(w, 3, 12, 60)))
				b.check(w.span())
				b.checkDays(pick(w, "UTC", "Europe/Zurich", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"),
					pick(w, w.instants[3:12]...).AddDate(0, 0, -2), 1+w.IntN(5))
			}
		})
	}
}

// span begins and ends anywhere, or nowhere.
func (w *world) span() usage.Span {
	end := func() time.Time {
		if w.chance(15) {
			return time.Time{}
		}
		t := w.instant().UTC()
		switch w.IntN(4) {
		case 0:
			t = t.Truncate(24 * time.Hour)
		case 1:
			t = t.Truncate(15 * time.Minute)
		case 2:
			t = t.Add(time.Duration(w.IntN(3)-1) * 500 * time.Microsecond)
		}
		return t
	}
	s := usage.Span{Since: end(), Until: end()}
	if !s.Until.IsZero() && s.Until.Before(s.Since) && w.chance(90) {
		s.Since, s.Until = s.Until, s.Since
	}
	return s
}

// testOrder gives the same rows to two stores, in other batches and another
// order. Slices are given once each: of those, the last word counts.
func testOrder(t *testing.T, open Opener, n int) {
	for seed := range uint64(n) {
		t.Run(fmt.Sprintf("seed%d", seed), func(t *testing.T) {
			t.Parallel()
			w := newWorld(1000 + seed)
			var rows []usage.Record
			for range 150 {
				rows = append(rows, w.record())
			}
			given := make(map[bucket]bool)
			var replace []usage.Slice
			for range 12 {
				s := w.slice()
				if at := (bucket{s.Kind, s.Start.UnixMilli()}); !given[at] {
					given[at] = true
					replace = append(replace, s)
				}
			}
			var stores []*bench
			for range 2 {
				b := &bench{t: t, open: open, dir: t.TempDir(), says: func() string { return fmt.Sprintf("seed %d: ", seed) }}
				b.start(nil)
				w.deliver(b, rows, replace)
				b.check(w.span())
				stores = append(stores, b)
			}
			one, other := stores[0].model.records(usage.Span{}), stores[1].model.records(usage.Span{})
			if !reflect.DeepEqual(one, other) {
				t.Fatalf("seed %d: the order of the input changes the records", seed)
			}
		})
	}
}

// deliver commits rows and slices in random order, some rows twice.
func (w *world) deliver(b *bench, rows []usage.Record, replace []usage.Slice) {
	rows, replace = slices.Clone(rows), slices.Clone(replace)
	rows = append(rows, rows[:w.IntN(len(rows))]...)
	w.Shuffle(len(rows), func(i, k int) { rows[i], rows[k] = rows[k], rows[i] })
	w.Shuffle(len(replace), func(i, k int) { replace[i], replace[k] = replace[k], replace[i] })
	for len(rows)+len(replace) > 0 {
		n, k := min(len(rows), 1+w.IntN(60)), min(len(replace), w.IntN(4))
		b.commit("claude-code", usage.Batch{Records: rows[:n], Slices: replace[:k]})
		rows, replace = rows[n:], replace[k:]
	}
}

// testEdges cuts the same records at other edges: the bands differ, the totals
// do not.
func testEdges(t *testing.T, open Opener) {
	w := newWorld(7)
	b := &bench{t: t, open: open, dir: t.TempDir()}
	b.start(usage.NewEdges([]int64{200_000}))
	for range 4 {
		b.commit("claude-code", w.batch(60))
	}
	b.check()
	before := total(b.cube(usage.Span{}, false))
	for _, edges := range []usage.Edges{nil, usage.NewEdges([]int64{128_000, 199_995, 200_000, 272_000}), usage.NewEdges([]int64{1})} {
		b.store = open(t, b.dir, edges)
		b.model.edges = edges
		b.model.revision++ // cells were rebuilt
		b.commit("claude-code", usage.Batch{})
		b.check(w.span())
		if after := total(b.cube(usage.Span{}, false)); !reflect.DeepEqual(before, after) {
			t.Fatalf("edges %v: total %+v, want %+v", edges, after, before)
		}
	}
	b.commit("claude-code", usage.Batch{}) // the same edges: nothing to do
}
