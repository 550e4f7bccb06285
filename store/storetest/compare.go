package storetest

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"
	_ "time/tzdata" // the zones below must exist everywhere

	"tokpit/usage"
)

// bench holds a store against the model.
type bench struct {
	t     testing.TB
	open  Opener
	dir   string
	store Backend
	model *model
	says  func() string // what to print with a failure: seed and step
}

func (b *bench) start(edges usage.Edges) {
	b.store, b.model = b.open(b.t, b.dir, edges), newModel(edges)
	if b.says == nil {
		b.says = func() string { return "" }
	}
}

func (b *bench) failf(format string, args ...any) {
	b.t.Helper()
	b.t.Fatalf("%s%s", b.says(), fmt.Sprintf(format, args...))
}

// commit gives a batch to both and compares the receipts.
func (b *bench) commit(name string, batch usage.Batch) usage.Receipt {
	b.t.Helper()
	want, wantErr := b.model.commit(name, batch)
	got, err := b.store.Commit(context.Background(), name, batch)
	if (err == nil) != (wantErr == nil) {
		b.failf("commit: error %v, want %v", err, wantErr)
	}
	if got != want {
		b.failf("receipt %+v, want %+v", got, want)
	}
	return got
}

// check compares everything that can be asked for.
func (b *bench) check(spans ...usage.Span) {
	b.t.Helper()
	b.checkRecords(usage.Span{})
	b.checkCubes(usage.Span{})
	for _, span := range spans {
		b.checkRecords(span)
		b.checkCubes(span)
	}
	b.checkTotal()
	b.checkNotes()
	b.checkAccounts()
	problems, err := b.store.Verify(context.Background())
	if err != nil || len(problems) > 0 {
		b.failf("verify: %v, %d problems: %.10q", err, len(problems), problems)
	}
}

func (b *bench) checkRecords(span usage.Span) {
	b.t.Helper()
	var got []named
	if err := b.store.Records(context.Background(), span, func(name string, r *usage.Record) bool {
		got = append(got, named{name, *r})
		return true
	}); err != nil {
		b.failf("records of %v: %v", span, err)
	}
	want := b.model.records(span)
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			b.failf("records of %v: %d, want %d; missing %s", span, len(got), len(want), describe(want[i]))
		case i >= len(want):
			b.failf("records of %v: %d, want %d; not expected %s", span, len(got), len(want), describe(got[i]))
		case !reflect.DeepEqual(got[i], want[i]):
			b.failf("records of %v: number %d is\n%s\nwant\n%s", span, i, describe(got[i]), describe(want[i]))
		}
	}
}

func describe(r named) string {
	if len(r.ID) > 40 {
		r.ID = r.ID[:40] + "…"
	}
	return fmt.Sprintf("%+v", r)
}

// checkCubes compares the three kinds of cubes over a span.
func (b *bench) checkCubes(span usage.Span) {
	b.t.Helper()
	all := b.model.records(usage.Span{})
	for _, fine := range []bool{false, true} {
		place := spot.coarse
		if fine {
			place = spot.fine
		}
		cube, err := b.store.Cube(context.Background(), span, fine)
		if err != nil {
			b.failf("cube of %v: %v", span, err)
		}
		b.checkCube(cube, sums(all, place, span), fmt.Sprintf("cube of %v, fine %v", span, fine))
	}
	cube, err := b.store.RecordsCube(context.Background(), span)
	if err != nil {
		b.failf("records cube of %v: %v", span, err)
	}
	want := sums(b.model.records(span), func(s spot) spot { return s }, usage.Span{})
	b.checkCube(cube, want, fmt.Sprintf("records cube of %v", span))
}

// checkTotal demands that the sum over all cells is the sum over all responses
// and slices.
func (b *bench) checkTotal() {
	b.t.Helper()
	var want usage.Measures
	for _, c := range b.model.conns {
		for _, r := range c.single {
			want = want.Add(r.Measures())
		}
		for _, slice := range c.slices {
			for _, r := range slice {
				want = want.Add(r.Measures())
			}
		}
	}
	for _, fine := range []bool{false, true} {
		if got := total(b.cube(usage.Span{}, fine)); !reflect.DeepEqual(got, want) {
			b.failf("the cells (fine: %v) add up to\n%+v, the slices and responses to\n%+v", fine, got, want)
		}
	}
}

// checkCube compares cells, and that the cube is well formed: slots in order,
// sets distinct, no place twice.
func (b *bench) checkCube(cube *usage.Cube, want map[spot]usage.Measures, what string) {
	b.t.Helper()
	if cube.Revision != b.model.revision || !cube.Edges.Equal(b.model.edges) && b.model.revision > 0 {
		b.failf("%s: revision %d, edges %v; want %d, %v", what, cube.Revision, cube.Edges, b.model.revision, b.model.edges)
	}
	if want := b.model.covered(); !slices.Equal(cube.Coverage, want) {
		b.failf("%s: covers %v, want %v", what, cube.Coverage, want)
	}
	if !slices.IsSorted(cube.Slot) {
		b.failf("%s: slots are not sorted", what)
	}
	distinct := make(map[usage.Dims]bool)
	for _, d := range cube.Sets {
		if distinct[d] {
			b.failf("%s: the set %+v stands twice", what, d)
		}
		distinct[d] = true
	}
	got := make(map[spot]usage.Measures, cube.Len())
	for i := range cube.Len() {
		at := spot{cube.Slot[i], cube.Width[i], cube.Sets[cube.Set[i]]}
		if _, again := got[at]; again {
			b.failf("%s: the cell %+v stands twice", what, at)
		}
		got[at] = cube.MeasuresAt(i)
	}
	for at, m := range want {
		if !reflect.DeepEqual(got[at], m) {
			b.failf("%s: at %s %+v is\n%+v, want\n%+v", what, at.slot.Time(), at, got[at], m)
		}
	}
	for at, m := range got {
		if _, ok := want[at]; !ok {
			b.failf("%s: not expected at %s: %+v %+v", what, at.slot.Time(), at, m)
		}
	}
}

func (b *bench) checkNotes() {
	b.t.Helper()
	for name, c := range b.model.conns {
		got, err := b.store.Cursors(context.Background(), name)
		if err != nil || !maps.EqualFunc(got, c.cursors, slices.Equal) {
			b.failf("cursors of %q: %v, %v; want %v", name, got, err, c.cursors)
		}
	}
	got, err := b.store.Quarantined(context.Background(), 0)
	if want := b.model.quarantined(); err != nil || !slices.Equal(got, want) {
		b.failf("quarantined: %v, %v; want %v", got, err, want)
	}
}

// total adds up a cube.
func total(cube *usage.Cube) (m usage.Measures) {
	for i := range cube.Len() {
		m = m.Add(cube.MeasuresAt(i))
	}
	return m
}

func (b *bench) cube(span usage.Span, fine bool) *usage.Cube {
	b.t.Helper()
	cube, err := b.store.Cube(context.Background(), span, fine)
	if err != nil {
		b.failf("cube of %v: %v", span, err)
	}
	return cube
}

// checkDays adds up single days of a zone, which must give the whole range, and
// the range must be what its records say.
func (b *bench) checkDays(zone string, from time.Time, days int) {
	b.t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		b.failf("%v", err)
	}
	y, month, d := from.In(loc).Date()
	day := func(i int) time.Time { return time.Date(y, month, d+i, 0, 0, 0, 0, loc) }
	var sum usage.Measures
	for i := range days {
		sum = sum.Add(total(b.cube(usage.Span{Since: day(i), Until: day(i + 1)}, false)))
	}
	whole := usage.Span{Since: day(0), Until: day(days)}
	if got := total(b.cube(whole, false)); !reflect.DeepEqual(got, sum) {
		b.failf("%d days of %s from %v are %+v, one by one %+v", days, zone, day(0), got, sum)
	}
	var records usage.Measures
	for _, r := range b.model.records(whole) {
		records = records.Add(r.Measures())
	}
	if !reflect.DeepEqual(records, sum) {
		b.failf("%d days of %s from %v are %+v, their records %+v", days, zone, day(0), sum, records)
	}
}
