package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/money"
	"tokpit/usage"
)

type scenario struct {
	name string
	test func(t *testing.T, b *bench)
}

func cases() []scenario {
	return []scenario{
		{"Empty", testEmpty},
		{"Again", testAgain},
		{"Refused", testRefused},
		{"Stop", testStop},
		{"LongDay", testLongDay},
		{"ManyDays", testManyDays},
		{"SliceBeside", testSliceBeside},
		{"LastSliceCounts", testLastSliceCounts},
		{"Charges", testCharges},
		{"Removed", testRemoved},
		{"QuarantineFull", testQuarantineFull},
		{"Cancelled", testCancelled},
		{"Decided", testDecided},
		{"Reader", testReader},
		{"Together", testTogether},
		{"OneSender", testOneSender},
	}
}

func noon() time.Time { return time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC) }

func response(id string, start time.Time, output int64) usage.Record {
	r := usage.Record{ID: id, Start: start, Requests: 1, Tokens: usage.Tokens{Input: 10, Output: output}}
	r.Dims = usage.Dims{Source: "claude-code", Provider: "anthropic", Model: "claude-opus-4-5", Session: "s", Basis: usage.Logged}
	r.Context = r.TotalInput()
	return r
}

// A store that was never written has nothing in it and no revision.
func testEmpty(t *testing.T, b *bench) {
	b.start(nil)
	b.check(usage.Span{Since: noon()})
	if c := b.cube(usage.Span{}, true); c.Len() != 0 || c.Revision != 0 {
		t.Errorf("%d cells, revision %d", c.Len(), c.Revision)
	}
	b.commit("claude-code", usage.Batch{})
	b.check()
}

// The same batch again changes nothing, whatever is in it.
func testAgain(t *testing.T, b *bench) {
	b.start(usage.NewEdges([]int64{200_000}))
	w := newWorld(3)
	for range 10 {
		batch := w.batch(40)
		batch.Removed = nil
		batch.Entities = batch.Entities[:min(len(batch.Entities), 1)] // one named twice is renamed twice each time
		first := b.commit("claude-code", batch)
		again := b.commit("claude-code", batch)
		rows := len(batch.Records)
		for _, s := range batch.Slices {
			rows += len(s.Records)
		}
		if sum := first.Added + first.Replaced + first.Duplicates; sum != int64(rows) {
			t.Fatalf("%+v speaks of %d rows, not of %d", first, sum, rows)
		}
		// Slices of one bucket replace each other each time.
		if len(batch.Slices) < 2 && (again.Added != 0 || again.Replaced != 0 || again.Revision != first.Revision) {
			t.Fatalf("the second time: %+v after %+v", again, first)
		}
		b.check()
	}
	batch := usage.Batch{Records: []usage.Record{response("one", noon(), 1)}}
	batch.Records[0].UsageAt = noon() // says nothing: it is the default
	b.commit("claude-code", batch)
	if r := b.commit("claude-code", batch); r.Duplicates != 1 {
		t.Errorf("the same record again: %+v", r)
	}
}

// A batch with a record that must not be stored leaves no trace.
func testRefused(t *testing.T, b *bench) {
	b.start(nil)
	b.commit("claude-code", usage.Batch{Records: []usage.Record{response("one", noon(), 1)}, Cursors: usage.Cursors{"k": []byte("1")}})
	bad := map[string]func(*usage.Record){
		"no id":             func(r *usage.Record) { r.ID = "" },
		"no start":          func(r *usage.Record) { r.Start = time.Time{} },
		"before 1971":       func(r *usage.Record) { r.Start = time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC) },
		"after 9999":        func(r *usage.Record) { r.Start = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"end at the start":  func(r *usage.Record) { r.End = r.Start },
		"end out of range":  func(r *usage.Record) { r.End = time.Date(300_000_000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"usage at no time":  func(r *usage.Record) { r.UsageAt = time.Date(-300_000_000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"negative tokens":   func(r *usage.Record) { r.Output = -1 },
		"too many tokens":   func(r *usage.Record) { r.Input = usage.MaxTokens + 1 },
		"negative requests": func(r *usage.Record) { r.Requests = -2 },
		"too many requests": func(r *usage.Record) { r.Requests = usage.MaxTokens + 1 },
		"negative context":  func(r *usage.Record) { r.Context = -2 },
		"too much context":  func(r *usage.Record) { r.Context = 1 << 62 },
		"negative quantity": func(r *usage.Record) { r.Quantities = []usage.Quantity{{Meter: "m", N: -1}} },
		"too much money":    func(r *usage.Record) { r.Currency, r.Reported = "USD", money.Max() },
		"too much credit":   func(r *usage.Record) { r.Currency, r.Reported = "USD", money.Min() },
		"too much quantity": func(r *usage.Record) { r.Quantities = []usage.Quantity{{Meter: "m", N: 1 << 62}} },
	}
	for name, spoil := range bad {
		r := response("two", noon().Add(time.Hour), 1)
		spoil(&r)
		if name != "no start" && !strings.Contains(name, "1971") && !strings.Contains(name, "9999") {
			slice := usage.Slice{Kind: "completions/1h", Start: noon(), Records: []usage.Record{r}}
			if name == "end at the start" {
				slice.Records[0].End = noon()
			}
			b.refuse(name+" in a slice", "claude-code", usage.Batch{Slices: []usage.Slice{slice}})
		}
		b.refuse(name, "claude-code", usage.Batch{Records: []usage.Record{response("three", noon(), 1), r}, Cursors: usage.Cursors{"k": []byte("2")}})
	}
	ok := response("four", noon(), 1)
	sliced := ok
	sliced.Slice = "completions/1h"
	b.refuse("a slice's record outside a slice", "claude-code", usage.Batch{Records: []usage.Record{sliced}})
	b.refuse("a record twice", "claude-code", usage.Batch{Slices: []usage.Slice{{Kind: "k", Start: noon(), Records: []usage.Record{ok, ok}}}})
	b.refuse("no kind", "claude-code", usage.Batch{Slices: []usage.Slice{{Start: noon(), Records: []usage.Record{ok}}}})
	b.refuse("no slice start", "claude-code", usage.Batch{Slices: []usage.Slice{{Kind: "k", Records: []usage.Record{ok}}}})
	b.refuse("coverage of half a day", "claude-code", usage.Batch{Records: []usage.Record{ok},
		Covered: []usage.Coverage{{Basis: usage.Reported, Span: usage.Span{Since: noon(), Until: noon().Add(24 * time.Hour)}}}})
	b.refuse("an entity without an id", "claude-code", usage.Batch{Records: []usage.Record{ok}, NamedAt: noon(), Entities: []usage.Entity{{Kind: usage.ByKey}}})
	b.refuse("no connection", "", usage.Batch{Records: []usage.Record{ok}})
	b.refuse("cursor without a name", "claude-code", usage.Batch{Records: []usage.Record{ok}, Cursors: usage.Cursors{"": nil}})
	b.check()
}

func (b *bench) refuse(what, name string, batch usage.Batch) {
	b.t.Helper()
	if _, err := b.store.Commit(context.Background(), name, batch); err == nil {
		b.failf("%s: was stored", what)
	}
	b.checkRecords(usage.Span{})
}

// A listing ends when it is told to.
func testStop(t *testing.T, b *bench) {
	b.start(nil)
	for _, name := range connections() {
		b.commit(name, usage.Batch{Records: []usage.Record{response("a", noon(), 1), response("b", noon(), 1)}})
	}
	seen := 0
	if err := b.store.Records(context.Background(), usage.Span{}, func(string, *usage.Record) bool {
		seen++
		return seen < 3
	}); err != nil || seen != 3 {
		t.Errorf("saw %d, %v", seen, err)
	}
}

// A day with many records, many of them at one instant, grows in any order and
// shrinks again. In short it is a third as long.
func testLongDay(t *testing.T, b *bench) {
	b.start(nil)
	n := 14_000
	if testing.Short() {
		n = 4_200
	}
	var rows []usage.Record
	for i := range n {
		at := noon().Add(time.Duration(i/2) * time.Second)
		if i%3 == 0 {
			at = noon().Add(time.Hour)
		}
		rows = append(rows, response(fmt.Sprintf("m%05d", i), at, int64(i)))
	}
	w := newWorld(5)
	w.Shuffle(len(rows), func(i, k int) { rows[i], rows[k] = rows[k], rows[i] })
	b.commit("claude-code", usage.Batch{Records: rows[:n/14*9]})
	b.commit("claude-code", usage.Batch{Records: rows[n/14*8:]})
	slice := usage.Slice{Kind: "completions/1h", Start: noon().Add(time.Hour)}
	for i := range 50 {
		slice.Records = append(slice.Records, response(fmt.Sprintf("m%05d", i), noon(), 9))
	}
	b.commit("claude-code", usage.Batch{Slices: []usage.Slice{slice}})
	b.check(usage.Span{Since: noon().Add(time.Hour), Until: noon().Add(time.Hour + time.Millisecond)})
	var gone []usage.Removed
	for _, r := range rows[:n-10] {
		gone = append(gone, usage.Removed{ID: r.ID, Start: r.Start})
	}
	b.commit("claude-code", usage.Batch{Removed: gone})
	b.check(usage.Span{Since: noon()})
	b.commit("claude-code", usage.Batch{Records: rows})
	slice.Records = nil
	b.commit("claude-code", usage.Batch{Slices: []usage.Slice{slice}})
	b.check()
}

// One batch reaches over ten years; in short it has a fifth of their days.
func testManyDays(t *testing.T, b *bench) {
	b.start(nil)
	every := 1
	if testing.Short() {
		every = 5
	}
	var rows []usage.Record
	for i := range 4000 / every {
		rows = append(rows, response(fmt.Sprintf("m%d", i), noon().AddDate(0, 0, -i*every), 1))
	}
	b.commit("claude-code", usage.Batch{Records: rows})
	for i := range rows { // and every copy is better, and years away
		rows[i].Start = rows[i].Start.AddDate(-8, 0, 0)
		rows[i].Output = 2
	}
	if r := b.commit("claude-code", usage.Batch{Records: rows}); r.Replaced != int64(len(rows)) {
		t.Errorf("%+v", r)
	}
	b.check(usage.Span{Since: noon().AddDate(-9, 0, 0), Until: noon().AddDate(-8, 0, 0)})
}

// A slice and a response of the same id are two things.
func testSliceBeside(_ *testing.T, b *bench) {
	b.start(nil)
	single := response("same", noon(), 5)
	in := func(kind string) usage.Slice {
		return usage.Slice{Kind: kind, Start: noon(), Records: []usage.Record{response("same", noon(), 3)}}
	}
	b.commit("openai", usage.Batch{Slices: []usage.Slice{in("b/1h"), in("a/1h")}})
	b.commit("openai", usage.Batch{Records: []usage.Record{single}, Slices: []usage.Slice{in("c/1h")}})
	b.check()
	b.commit("openai", usage.Batch{Records: []usage.Record{single}})
	b.commit("openai", usage.Batch{Removed: []usage.Removed{{ID: "same"}}})
	b.check()
	b.commit("openai", usage.Batch{Slices: []usage.Slice{{Kind: "a/1h", Start: noon()}}})
	b.check()
}

// Of slices of one bucket in a batch the last one counts.
func testLastSliceCounts(_ *testing.T, b *bench) {
	b.start(nil)
	var batch usage.Batch
	for i := range 60 {
		s := usage.Slice{Kind: "completions/1h", Start: noon().Add(time.Duration(i%2) * time.Hour)}
		for k := range 1 + i%3 {
			s.Records = append(s.Records, response(fmt.Sprint("r", k), s.Start, int64(i)))
		}
		batch.Slices = append(batch.Slices, s)
	}
	b.commit("openai", batch)
	b.check()
}

// Amounts of several currencies in one cell come and go one by one; what
// charges 0 is not what charges nothing.
func testCharges(t *testing.T, b *bench) {
	b.start(nil)
	bill := func(amounts ...usage.Charged) usage.Batch {
		s := usage.Slice{Kind: "costs/1d", Start: noon().Truncate(24 * time.Hour)}
		for i, c := range amounts {
			r := response(fmt.Sprint("line ", i), s.Start, 0)
			r.Tokens, r.Requests, r.Currency, r.Reported = usage.Tokens{}, usage.Absent, c.Currency, c.Amount
			s.Records = append(s.Records, r)
		}
		return usage.Batch{Slices: []usage.Slice{s}}
	}
	usd := func(n int64) usage.Charged { return usage.Charged{Currency: "USD", Amount: money.FromAtto(n)} }
	eur := func(n int64) usage.Charged { return usage.Charged{Currency: "EUR", Amount: money.FromAtto(n)} }
	for _, step := range []struct {
		amounts []usage.Charged
		want    []usage.Charged
	}{
		{[]usage.Charged{usd(5), {}}, []usage.Charged{{Currency: "USD", Amount: money.FromAtto(5), Records: 1}}},
		{[]usage.Charged{usd(5), usd(-5), eur(1)}, []usage.Charged{{Currency: "EUR", Amount: money.FromAtto(1), Records: 1}, {Currency: "USD", Records: 2}}},
		{[]usage.Charged{usd(0)}, []usage.Charged{{Currency: "USD", Records: 1}}},
		{[]usage.Charged{{}}, nil},
		{[]usage.Charged{eur(-7)}, []usage.Charged{{Currency: "EUR", Amount: money.FromAtto(-7), Records: 1}}},
		{nil, nil},
	} {
		b.commit("openai", bill(step.amounts...))
		b.check()
		if got := total(b.cube(usage.Span{}, false)).Reported; !slices.Equal(got, step.want) {
			t.Errorf("%+v are charged, want %+v", got, step.want)
		}
	}
}

// A connection that is removed can be read again.
func testRemoved(_ *testing.T, b *bench) {
	b.start(nil)
	w := newWorld(11)
	for _, purge := range []bool{false, true} {
		for _, name := range connections() {
			b.commit(name, w.batch(60))
		}
		b.check()
		for _, name := range connections() {
			b.remove(name, purge)
			b.check(w.span())
			b.remove(name, purge)
			b.commit(name, w.batch(60))
			b.check()
		}
	}
	for _, name := range connections() {
		b.remove(name, true)
	}
	b.check()
}

// A file with very many bad rows is read again: the new rows are remembered.
func testQuarantineFull(t *testing.T, b *bench) {
	b.start(nil)
	bad := func(reason string) (out []usage.Quarantined) {
		for i := range 12_000 {
			out = append(out, usage.Quarantined{File: "/logs/a.jsonl", Line: int64(i + 1), Reason: reason})
		}
		return out
	}
	rows := func() []usage.Quarantined {
		t.Helper()
		got, err := b.store.Quarantined(context.Background(), 0)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if _, err := b.store.Commit(context.Background(), "claude-code", usage.Batch{Quarantined: bad("first")}); err != nil {
		t.Fatal(err)
	}
	remembered := len(rows())
	if _, err := b.store.Commit(context.Background(), "claude-code", usage.Batch{Quarantined: bad("second"), Reread: []string{"/logs/a.jsonl"}}); err != nil {
		t.Fatal(err)
	}
	got := rows()
	if remembered == 0 || len(got) != remembered || got[0].Reason != "second" {
		t.Errorf("%d rows, then %d", remembered, len(got))
	}
	if some, err := b.store.Quarantined(context.Background(), 3); err != nil || len(some) != 3 {
		t.Errorf("of three: %d, %v", len(some), err)
	}
}

// A context that has ended stops a call before it does anything.
func testCancelled(t *testing.T, b *bench) {
	b.start(nil)
	b.commit("claude-code", usage.Batch{Records: []usage.Record{response("one", noon(), 1)}})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := b.store.Commit(ctx, "claude-code", usage.Batch{Records: []usage.Record{response("two", noon(), 1)}}); err == nil {
		t.Error("committed after the end of the context")
	}
	if _, err := b.store.Cube(ctx, usage.Span{}, false); err == nil {
		t.Error("read after the end of the context")
	}
	b.check()
}
