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
				if w.chance(6) {
					b.remove(pick(w, connections()...), w.chance(60))
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

// testRevisions gives a provider's buckets to two stores, each bucket revised
// several times, in another order, in other batches and beside other responses:
// where the last word on each bucket is the same, the cubes are the same.
func testRevisions(t *testing.T, open Opener, n int) {
	for seed := range uint64(n) {
		t.Run(fmt.Sprintf("seed%d", seed), func(t *testing.T) {
			t.Parallel()
			w := newWorld(2000 + seed)
			final := make(map[bucket]usage.Slice)
			var order []bucket
			for range 40 {
				s := w.slice()
				at := bucket{s.Kind, s.Start.UnixMilli()}
				if _, ok := final[at]; !ok {
					order = append(order, at)
				}
				final[at] = s
			}
			var cubes []map[spot]usage.Measures
			for range 2 {
				b := &bench{t: t, open: open, dir: t.TempDir(), says: func() string { return fmt.Sprintf("seed %d: ", seed) }}
				b.start(usage.NewEdges([]int64{200_000}))
				for _, batch := range w.revise(order, final) {
					b.commit("openai", batch)
				}
				b.check(w.span())
				cube := b.cube(usage.Span{}, true)
				cells := make(map[spot]usage.Measures)
				for i := range cube.Len() {
					cells[spot{cube.Slot[i], cube.Width[i], cube.Sets[cube.Set[i]]}] = cube.MeasuresAt(i)
				}
				cubes = append(cubes, cells)
			}
			if !reflect.DeepEqual(cubes[0], cubes[1]) {
				t.Fatalf("seed %d: the order of revisions changes the cells", seed)
			}
		})
	}
}

// revise makes batches that say something else of some buckets first, and the
// final word on each of them at last, in any order.
func (w *world) revise(order []bucket, final map[bucket]usage.Slice) (batches []usage.Batch) {
	var all []usage.Slice
	for _, at := range order {
		for range w.IntN(4) {
			s := final[at]
			s.Records = nil
			for _, r := range final[at].Records {
				if w.chance(30) {
					continue // seen later
				}
				if w.chance(50) {
					r.Tokens = w.tokens()
				}
				if w.chance(50) {
					w.charge(&r)
				}
				s.Records = append(s.Records, r)
			}
			if w.chance(30) {
				late := w.record()
				late.ID = "taken back"
				late.End = s.Start.Add(time.Hour)
				s.Records = append(s.Records, late)
			}
			all = append(all, s)
		}
		all = append(all, final[at])
	}
	// Shuffle, but leave the final word on each bucket behind its others.
	left := make(map[bucket][]usage.Slice)
	for _, s := range all {
		at := bucket{s.Kind, s.Start.UnixMilli()}
		left[at] = append(left[at], s)
	}
	w.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	var batch usage.Batch
	for _, s := range all {
		at := bucket{s.Kind, s.Start.UnixMilli()}
		n := len(left[at]) - 1
		i := 0
		if n > 0 {
			i = w.IntN(n) // the last one only when nothing else is left
		}
		batch.Slices = append(batch.Slices, left[at][i])
		left[at] = slices.Delete(left[at], i, i+1)
		if w.chance(30) {
			batches, batch = append(batches, batch), usage.Batch{}
		}
	}
	return append(batches, batch)
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
