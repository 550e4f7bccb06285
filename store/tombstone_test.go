package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/store"
	"tokpit/usage"
)

const logs = "codex"

func ctx() context.Context { return context.Background() }

// desk is a store of one machine, and what tests do with it.
type desk struct {
	t interface {
		Helper()
		Fatal(...any)
		Fatalf(string, ...any)
	}
	*store.Store
}

func newDesk(t *testing.T, name string) desk {
	at := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	return desk{t, store.New(filepath.Join(t.TempDir(), name+".db"), store.Options{Now: func() time.Time { return at }})}
}

func (d desk) commit(b usage.Batch) usage.Receipt {
	d.t.Helper()
	r, err := d.Commit(ctx(), logs, b)
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

func call(id string, output int64) usage.Record {
	r := usage.Record{ID: id, Start: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), Requests: 1, Context: 10, Tokens: usage.Tokens{Input: 10, Output: output}}
	r.Dims = usage.Dims{Source: logs, Model: "m"}
	return r
}

func back(ids ...string) (out []usage.Removed) {
	for _, id := range ids {
		out = append(out, usage.Removed{ID: id})
	}
	return out
}

// batches is what a bundle of the store would bring, in batches of so many.
func (d desk) batches(size int) (out []usage.Batch) {
	d.t.Helper()
	b := usage.Batch{Merged: true}
	full := func() {
		if len(b.Records)+len(b.Fates) >= size {
			out, b = append(out, b), usage.Batch{Merged: true}
		}
	}
	err := d.View(ctx(), func(v *store.View) error {
		if err := v.Gone(logs, func(f usage.Fate) error {
			b.Fates = append(b.Fates, f)
			full()
			return nil
		}); err != nil {
			return err
		}
		return v.Records(logs, usage.Span{}, func(r *usage.Record, turns int64) error {
			if turns > 0 {
				b.Fates = append(b.Fates, usage.Fate{ID: r.ID, Turns: turns})
			}
			b.Records = append(b.Records, *r)
			full()
			return nil
		})
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return append(out, b)
}

func (d desk) take(all []usage.Batch) {
	d.t.Helper()
	for _, b := range all {
		d.commit(b)
	}
}

// says lists the records as text to compare.
func (d desk) says() (out []string) {
	d.t.Helper()
	if err := d.Records(ctx(), usage.Span{}, func(_ string, r *usage.Record) bool {
		out = append(out, fmt.Sprintf("%s %d %d %s", r.ID, r.Input, r.Output, r.Session))
		return true
	}); err != nil {
		d.t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

func (d desk) want(ids ...string) {
	d.t.Helper()
	var got []string
	if err := d.Records(ctx(), usage.Span{}, func(_ string, r *usage.Record) bool { got = append(got, r.ID); return true }); err != nil {
		d.t.Fatal(err)
	}
	slices.Sort(got)
	if !slices.Equal(got, ids) {
		d.t.Fatalf("there are %q, want %q", got, ids)
	}
}

func (d desk) sound() {
	d.t.Helper()
	if c, err := d.Verify(ctx()); err != nil || len(c.Problems) > 0 {
		d.t.Fatalf("%v, %q", err, c.Problems)
	}
}

// TestTakenBackStaysGone: what one machine took back does not come again from
// another, and goes there.
func TestTakenBackStaysGone(t *testing.T) {
	a, b := newDesk(t, "a"), newDesk(t, "b")
	a.commit(usage.Batch{Records: []usage.Record{call("wrong", 1), call("right", 1)}})
	old := a.batches(1)
	b.take(old)
	a.commit(usage.Batch{Removed: back("wrong")})
	a.take(b.batches(1))
	a.want("right")
	b.take(a.batches(1))
	b.want("right")
	b.take(old) // an old bundle
	b.want("right")
	// A log here that still says so does not know better than who took it back.
	if r := b.commit(usage.Batch{Records: []usage.Record{call("wrong", 9)}}); r.Duplicates != 1 || r.Added != 0 {
		t.Errorf("%+v", r)
	}
	b.want("right")
	a.sound()
	b.sound()
}

// TestTakenBackHereComesAgainHere: as before there were tombstones.
func TestTakenBackHereComesAgainHere(t *testing.T) {
	a, b := newDesk(t, "a"), newDesk(t, "b")
	a.commit(usage.Batch{Records: []usage.Record{call("x", 5)}})
	b.take(a.batches(10))
	a.commit(usage.Batch{Removed: back("x")})
	a.want()
	a.commit(usage.Batch{Records: []usage.Record{call("x", 3)}})
	a.want("x")
	a.take(b.batches(10)) // the larger copy is of before
	b.take(a.batches(10))
	for _, d := range []desk{a, b} {
		if got := d.says(); !slices.Equal(got, []string{"x 10 3 "}) {
			t.Errorf("%q", got)
		}
		d.sound()
	}
}

// TestUndoneImports: an import that was undone here does not come back from
// elsewhere; imported again, here or there, it comes back everywhere.
func TestUndoneImports(t *testing.T) {
	imported := func(output int64, id string) usage.Record {
		r := call("row:1", output)
		r.Tags = usage.NewTags(map[string]string{"import": id})
		return r
	}
	for again := range 2 {
		a, b := newDesk(t, "a"), newDesk(t, "b")
		a.commit(usage.Batch{Records: []usage.Record{imported(900, "20260101T000000-ab")}})
		b.take(a.batches(10))
		a.commit(usage.Batch{Removed: back("row:1")})
		a.take(b.batches(10))
		a.want()
		b.take(a.batches(10))
		b.want()
		[]desk{a, b}[again].commit(usage.Batch{Records: []usage.Record{imported(7, "20260102T000000-cd")}})
		for range 2 {
			a.take(b.batches(10))
			b.take(a.batches(10))
		}
		for _, d := range []desk{a, b} {
			if got := d.says(); !slices.Equal(got, []string{"row:1 10 7 "}) {
				t.Errorf("again on %d: %q", again, got)
			}
			d.sound()
		}
	}
}

// TestReplacedBySmaller: a record that its source replaced by a smaller one, in
// one batch, is not made larger again by a copy of before.
func TestReplacedBySmaller(t *testing.T) {
	a, b := newDesk(t, "a"), newDesk(t, "b")
	a.commit(usage.Batch{Records: []usage.Record{call("x", 500)}})
	b.take(a.batches(10))
	before := a.turns(t)
	a.commit(usage.Batch{Removed: back("x"), Records: []usage.Record{call("x", 500)}}) // no change at all
	if a.turns(t) != before {
		t.Error("replaced by itself, the record has turned")
	}
	a.commit(usage.Batch{Removed: back("x"), Records: []usage.Record{call("x", 2)}})
	a.take(b.batches(10))
	b.take(a.batches(10))
	for _, d := range []desk{a, b} {
		if got := d.says(); !slices.Equal(got, []string{"x 10 2 "}) {
			t.Errorf("%q", got)
		}
	}
}

// turns counts those of the records that are there.
func (d desk) turns(t *testing.T) (n int64) {
	t.Helper()
	if err := d.View(ctx(), func(v *store.View) error {
		return v.Records(logs, usage.Span{}, func(_ *usage.Record, turns int64) error { n += turns; return nil })
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestPurgeForgetsTombstones: nothing of a purged connection is left, so that it
// can be brought again.
func TestPurgeForgetsTombstones(t *testing.T) {
	a, b := newDesk(t, "a"), newDesk(t, "b")
	a.commit(usage.Batch{Records: []usage.Record{call("x", 1), call("y", 1)}})
	b.take(a.batches(10))
	a.commit(usage.Batch{Removed: back("x")})
	if err := a.RemoveConnection(ctx(), logs, true); err != nil {
		t.Fatal(err)
	}
	a.take(b.batches(10))
	a.want("x", "y")
	a.sound()
}

// TestHostileFates: what cannot be is refused, and nothing of the batch is kept.
func TestHostileFates(t *testing.T) {
	a := newDesk(t, "a")
	a.commit(usage.Batch{Records: []usage.Record{call("x", 1)}})
	for _, f := range []usage.Fate{{ID: "x"}, {ID: "x", Turns: -1}, {ID: "x", Turns: usage.MaxTurns + 1}, {Key: "short", Turns: 1}, {Turns: 1}} {
		if _, err := a.Commit(ctx(), logs, usage.Batch{Merged: true, Fates: []usage.Fate{f}}); err == nil {
			t.Errorf("%+v is taken", f)
		}
	}
	// A record that is said to have come again, and did not come, stays what it is.
	a.commit(usage.Batch{Merged: true, Fates: []usage.Fate{{ID: "x", Turns: 2}}})
	a.want("x")
	a.sound()
}

// TestAnyInterleaving: whatever three machines add, take back, replace, import
// and tell each other, in the end they agree, and telling it again changes
// nothing.
func TestAnyInterleaving(t *testing.T) {
	t.Parallel()
	rounds := 0
	rapid.Check(t, func(rt *rapid.T) {
		rounds++
		var all [3]desk
		for i := range all {
			all[i] = newDesk(t, fmt.Sprint(rounds, i))
			all[i].t = rt
		}
		var sent [][]usage.Batch // old bundles lie about
		for range rapid.IntRange(3, 25).Draw(rt, "steps") {
			d := all[rapid.IntRange(0, 2).Draw(rt, "machine")]
			id := func() string { return rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(rt, "id") }
			record := func() usage.Record {
				r := call(id(), rapid.Int64Range(1, 4).Draw(rt, "output"))
				r.Start = r.Start.Add(time.Duration(rapid.IntRange(0, 2).Draw(rt, "day")) * 24 * time.Hour)
				r.Session = rapid.SampledFrom([]string{"", "s", "t"}).Draw(rt, "session")
				if rapid.Bool().Draw(rt, "imported") {
					r.Tags = usage.NewTags(map[string]string{"import": "1"})
				}
				return r
			}
			switch rapid.IntRange(0, 5).Draw(rt, "what") {
			case 0, 1:
				d.commit(usage.Batch{Records: []usage.Record{record(), record()}})
			case 2:
				d.commit(usage.Batch{Removed: back(id())})
			case 3:
				d.commit(usage.Batch{Removed: back(id(), id()), Records: []usage.Record{record()}})
			case 4:
				sent = append(sent, d.batches(rapid.IntRange(1, 5).Draw(rt, "size")))
			case 5:
				if len(sent) > 0 {
					d.take(sent[rapid.IntRange(0, len(sent)-1).Draw(rt, "bundle")])
				}
			}
		}
		exchange := func() {
			for _, i := range rapid.Permutation([]int{0, 1, 2, 3, 4, 5}).Draw(rt, "order") {
				from := i / 2
				all[(from+1+i%2)%3].take(all[from].batches(rapid.IntRange(1, 9).Draw(rt, "size")))
			}
		}
		exchange()
		exchange()
		for _, bundle := range sent { // old ones, once more
			all[0].take(bundle)
		}
		want := all[0].says()
		for _, d := range all[1:] {
			if got := d.says(); !slices.Equal(got, want) {
				rt.Fatalf("machines disagree:\n%q\n%q", want, got)
			}
		}
		var revisions [3]uint64
		for i, d := range all {
			d.sound()
			revisions[i] = d.revision()
		}
		exchange()
		for i, d := range all {
			if d.revision() != revisions[i] {
				rt.Fatalf("telling it again changes machine %d", i)
			}
		}
	})
}

func (d desk) revision() uint64 {
	d.t.Helper()
	s, err := d.Status(ctx())
	if err != nil {
		d.t.Fatal(err)
	}
	return s.Revision
}

// TestDamagedTombstone: it is named, holds nobody up for longer than a rebuild,
// and is gone then.
func TestDamagedTombstone(t *testing.T) {
	a := newDesk(t, "a")
	a.commit(usage.Batch{Records: []usage.Record{call("x", 1), call("y", 1)}})
	a.commit(usage.Batch{Removed: back("x")})
	if err := store.DamageTombstones(a.Store); err != nil {
		t.Fatal(err)
	}
	if c, err := a.Verify(ctx()); err != nil || len(c.Problems) != 1 {
		t.Fatalf("%v, %q", err, c.Problems)
	}
	if _, err := a.Commit(ctx(), logs, usage.Batch{Records: []usage.Record{call("x", 1)}}); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("%v", err)
	}
	if err := a.Rebuild(ctx()); err != nil {
		t.Fatal(err)
	}
	a.sound()
	a.commit(usage.Batch{Records: []usage.Record{call("x", 1)}})
	a.want("x", "y")
}
