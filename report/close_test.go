package report

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// cycleOf is what a cycle is made from in these tests.
func cycleOf(t testing.TB, cells []cell1, plans []pricing.Plan, book *pricing.Book, since, until string) CycleInput {
	t.Helper()
	return CycleInput{Cube: cubeOf(cells), Book: book, Plans: plans, Span: usage.Span{Since: at(t, since), Until: at(t, until)}, AsOf: at(t, "2026-11-20T15:00Z")}
}

// everything is a cycle with all that drawCells draws in it.
func everything(t testing.TB, cells []cell1, plans []pricing.Plan, book *pricing.Book) CycleInput {
	return cycleOf(t, cells, plans, book, "2026-03-01", "2026-11-08")
}

// ledgerSums adds entries up by row of the ledger, every figure by itself.
func ledgerSums(entries []Entry) map[string]string {
	type row struct {
		m          usage.Measures
		charge     map[string][2]money.Amount
		unpriced   int64
		unpricedQs int64
	}
	rows := make(map[string]*row)
	for i := range entries {
		e := &entries[i]
		k := strings.Join(e.Keys, "|") + fmt.Sprint(e.Plan != nil)
		r := rows[k]
		if r == nil {
			r = &row{charge: make(map[string][2]money.Amount)}
			rows[k] = r
		}
		r.m = r.m.Add(e.Measures)
		r.unpriced, r.unpricedQs = r.unpriced+e.Charge.UnpricedTokens, r.unpricedQs+e.Charge.UnpricedQuantities
		c := r.charge[e.Charge.Currency]
		r.charge[e.Charge.Currency] = [2]money.Amount{c[0].Add(e.Cost()), c[1].Add(e.Cash())}
	}
	out := make(map[string]string)
	for k, r := range rows {
		r.m.Reported = slices.DeleteFunc(slices.Clone(r.m.Reported), func(c usage.Charged) bool { return c.Amount.IsZero() && c.Records == 0 })
		for currency, c := range r.charge {
			if c[0].IsZero() && c[1].IsZero() {
				delete(r.charge, currency)
			}
		}
		if r.m.Records == 0 && zeroTokens(r.m.Tokens) && len(r.m.Quantities) == 0 && len(r.m.Reported) == 0 && len(r.charge) == 0 {
			continue
		}
		if len(r.m.Quantities) == 0 {
			r.m.Quantities = nil
		}
		if len(r.m.Reported) == 0 {
			r.m.Reported = nil
		}
		out[k] = fmt.Sprintf("%+v", *r)
	}
	return out
}

// revise is what sources, people and the price book may do to usage later.
func revise(t *rapid.T, cells []cell1) []cell1 {
	out := slices.Clone(cells)
	for range rapid.IntRange(0, 4).Draw(t, "revisions") {
		if len(out) == 0 {
			break
		}
		i := rapid.IntRange(0, len(out)-1).Draw(t, "which")
		switch rapid.IntRange(0, 3).Draw(t, "how") {
		case 0: // another account, by a rule
			out[i].dims.Account = rapid.SampledFrom([]string{"", "a", "b", "c"}).Draw(t, "account")
		case 1: // a revised bucket
			out[i].m.Input = rapid.Int64Range(0, 2_000_000).Draw(t, "input")
		case 2:
			out = slices.Delete(out, i, i+1)
		case 3: // late
			late := out[i]
			late.m.Records, late.m.Requests, late.m.Reported = 1, 1, nil
			out = append(out, late)
		}
	}
	return out
}

// cheaper is the embedded book with a price of one's own.
func cheaper(t testing.TB) *pricing.Book {
	t.Helper()
	book, err := pricing.Embedded().With(pricing.Overlay{Prices: []pricing.OwnPrice{{Provider: "self-hosted", Model: "ours", Input: "1.5", Output: "0.000001", Currency: "EUR"},
		{Provider: "openai", Model: "gpt-5.6-sol", Input: "1.5", Output: "0.000001"}}})
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// What was frozen and all its corrections are what the figures are today, row by
// row and to the last digit, whatever happens after the close, however often.
func TestFrozenAndCorrectionsAreToday(t *testing.T) {
	books := []*pricing.Book{pricing.Embedded(), cheaper(t)}
	rapid.Check(t, func(rt *rapid.T) {
		draw := func(cells []cell1) CycleInput {
			return everything(t, cells, drawPlans(rt), rapid.SampledFrom(books).Draw(rt, "book"))
		}
		cells := drawCells(rt)
		f, err := Freeze(FreezeInput{CycleInput: draw(cells), Cycle: "2026-03"})
		if err != nil {
			rt.Fatal(err)
		}
		before, closed := f.hash(), []*Frozen{f}
		for i := range 3 {
			cells = revise(rt, cells)
			today, err := CycleEntries(draw(cells), nil)
			if err != nil {
				rt.Fatal(err)
			}
			standing := Standing("2026-03", closed, nil)
			corrections := Correct("2026-03", standing, today)
			got, want := ledgerSums(append(standing, corrections...)), ledgerSums(today)
			if !reflect.DeepEqual(got, want) {
				rt.Fatalf("after %d\n got %v\nwant %v", i, got, want)
			}
			for j := range corrections {
				c := &corrections[j]
				var cost, cash money.Amount
				for _, cause := range c.Correction.Causes {
					cost, cash = cost.Add(cause.Cost), cash.Add(cause.Cash)
				}
				if cost != c.Cost() || cash != c.Correction.Cash || len(c.Correction.Causes) == 0 {
					rt.Fatalf("causes of %v: %s and %s, want %s and %s", c.Keys, cost, cash, c.Cost(), c.Correction.Cash)
				}
			}
			next := &Frozen{Close: Close{Cycle: fmt.Sprint("later", i)}, Entries: corrections}
			document, err := next.Document()
			if err != nil {
				rt.Fatal(err)
			}
			next.Close.Entries, next.Hash = int64(len(corrections)), next.hash()
			if next, err = OpenFrozen(next.Close, document); err != nil { // as they come back
				rt.Fatal(err)
			}
			closed = append(closed, next)
			if again := Correct("2026-03", Standing("2026-03", closed, nil), today); len(again) != 0 {
				rt.Fatalf("%d corrections after all were booked: %+v", len(again), again[0])
			}
		}
		if f.hash() != before {
			rt.Fatal("a frozen cycle has changed")
		}
	})
}

// A frozen ledger comes back as it was, and is the report's to the last digit.
func TestFrozenLedgersComeBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		in := everything(t, drawCells(rt), drawPlans(rt), cheaper(t))
		f, err := Freeze(FreezeInput{CycleInput: in, Cycle: "2026-03", Revision: 7})
		if err != nil {
			rt.Fatal(err)
		}
		document, err := f.Document()
		if err != nil {
			rt.Fatal(err)
		}
		kept, err := DecodeClose(f.Name(), f.Encode())
		if err != nil {
			rt.Fatal(err)
		}
		back, err := OpenFrozen(kept, document)
		if err != nil {
			rt.Fatal(err)
		}
		if back.hash() != f.Hash || !reflect.DeepEqual(ledgerSums(back.Entries), ledgerSums(f.Entries)) || !reflect.DeepEqual(back.Totals, f.Totals) {
			rt.Fatal("another ledger came back")
		}
		again, err := Freeze(FreezeInput{CycleInput: in, Cycle: "2026-03", Revision: 7})
		if err != nil || again.Hash != f.Hash {
			rt.Fatalf("the same usage has another hash: %v", err)
		}
		rep, err := Run(in.Cube, in.Book, in.Plans, Query{Since: in.Span.Since, Until: in.Span.Until}, in.AsOf)
		if err != nil {
			rt.Fatal(err)
		}
		if len(rep.Total.Costs) == 0 {
			var total CloseTotal
			if len(f.Totals) > 0 {
				total = f.Totals[0]
			}
			if total.Cost != rep.Total.Cost || total.Cash != rep.Total.Cash {
				rt.Fatalf("frozen %+v, reported %s and %s", total, rep.Total.Cost, rep.Total.Cash)
			}
		}
	})
}

func someFrozen(t testing.TB) (*Frozen, []byte) {
	t.Helper()
	d := usage.Dims{Source: "openai", Provider: "openai", Account: "acme", Project: "p", Model: "gpt-5", Basis: usage.Reported, Band: usage.Band{End: 200_001}}
	in := cycleOf(t, []cell1{one(t, "2026-10-03T10:00Z", d, usage.Tokens{Input: 1_000_000}, usage.Quantity{Meter: "web_search", N: 3})}, nil, pricing.Embedded(), "2026-10-01", "2026-11-01")
	in.Names = NewNames([]usage.Known{{Entity: usage.Entity{Kind: usage.ByProject, ID: "p", Name: "Web shop"}}})
	f, err := Freeze(FreezeInput{CycleInput: in, Cycle: "2026-10"})
	if err != nil {
		t.Fatal(err)
	}
	document, err := f.Document()
	if err != nil {
		t.Fatal(err)
	}
	return f, document
}

// No bit of a frozen ledger, or of its close, changes unseen.
func TestDamageIsFound(t *testing.T) {
	f, document := someFrozen(t)
	if back, err := OpenFrozen(f.Close, document); err != nil || back.Names().Of(usage.ByProject, "p") != "Web shop" {
		t.Fatal(err)
	}
	for i := range document {
		for bit := range 8 {
			bad := slices.Clone(document)
			bad[i] ^= 1 << bit
			if _, err := OpenFrozen(f.Close, bad); !errors.Is(err, ErrDamaged) {
				t.Fatalf("byte %d, bit %d: %v", i, bit, err)
			}
		}
	}
	for i := range document {
		if _, err := OpenFrozen(f.Close, document[:i]); !errors.Is(err, ErrDamaged) {
			t.Fatalf("%d bytes: %v", i, err)
		}
	}
	other := *f
	other.Entries = slices.Clone(f.Entries)
	other.Entries[0].Charge.Cost = other.Entries[0].Charge.Cost.Add(money.FromAtto(1))
	forged, err := other.Document()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFrozen(f.Close, forged); !errors.Is(err, ErrDamaged) {
		t.Errorf("a forged ledger: %v", err)
	}
	newer := strings.Replace(f.Encode(), `"v":1`, `"v":2`, 1)
	if _, err := DecodeClose("2026-10", newer); !errors.Is(err, ErrNewerClose) {
		t.Error(err)
	}
	for _, bad := range []string{"", "{", `{"v":1}`, f.Encode()[1:]} {
		if _, err := DecodeClose("2026-10", bad); !errors.Is(err, ErrDamaged) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := DecodeClose("2026-09", f.Encode()); !errors.Is(err, ErrDamaged) {
		t.Errorf("under another name: %v", err)
	}
}

// A cycle is closed once, when it has ended, account by account or as a whole.
func TestWhatMayBeClosed(t *testing.T) {
	f, _ := someFrozen(t)
	in := cycleOf(t, nil, nil, pricing.Embedded(), "2026-11-01", "2026-12-01")
	var early *InputError
	if _, err := Freeze(FreezeInput{CycleInput: in, Cycle: "2026-11"}); !errors.As(err, &early) {
		t.Errorf("a cycle that has not ended: %v", err)
	}
	october := f.Span
	whole := Close{Cycle: "2026-10", Span: october}
	acme := Close{Cycle: "2026-10", Span: october, Account: "acme"}
	rest := Close{Cycle: "2026-10", Span: october, Except: []string{"acme"}}
	shifted := Close{Cycle: "2026-09", Span: usage.Span{Since: at(t, "2026-09-15"), Until: at(t, "2026-10-15")}}
	september := Close{Cycle: "2026-09", Span: usage.Span{Since: at(t, "2026-09-01"), Until: at(t, "2026-10-01")}}
	for name, x := range map[string]struct {
		c      Close
		closed []Close
		ok     bool
	}{
		"the first":             {whole, nil, true},
		"after another":         {whole, []Close{september}, true},
		"before another":        {september, []Close{whole}, true},
		"twice":                 {whole, []Close{whole}, false},
		"an account twice":      {acme, []Close{acme}, false},
		"another account":       {Close{Cycle: "2026-10", Span: october, Account: "b"}, []Close{acme}, true},
		"the rest":              {rest, []Close{acme}, true},
		"all with one closed":   {whole, []Close{acme}, false},
		"an account of a whole": {acme, []Close{whole}, false},
		"the rest's account":    {Close{Cycle: "2026-10", Span: october, Account: "b"}, []Close{acme, rest}, false},
		"an overlapping one":    {shifted, []Close{whole}, false},
	} {
		if err := MayClose(&x.c, x.closed); (err == nil) != x.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !rest.Holds("b") || rest.Holds("acme") || !acme.Holds("acme") || acme.Holds("") || !whole.Holds("") {
		t.Error("who holds what")
	}
}

// Corrections say why, as far as it can be told.
func TestCorrectionsHaveCauses(t *testing.T) {
	log := usage.Dims{Source: "codex", Provider: "openai", Project: "p", Model: "gpt-5.6-sol", Basis: usage.Logged, Band: usage.Band{End: 100_000}}
	rep := log
	rep.Source, rep.Account, rep.Basis = "openai", "acme", usage.Reported
	moved := rep
	moved.Account = "other"
	input := func(n int64) usage.Tokens { return usage.Tokens{Input: n} }
	day := "2026-10-03T10:00Z"
	plan := []pricing.Plan{{Source: "codex", Monthly: money.FromUnits(31), Currency: "USD", From: at(t, "2026-10-03"), To: at(t, "2026-10-04")}}
	for name, x := range map[string]struct {
		before, after []cell1
		plans         []pricing.Plan
		book          *pricing.Book
		want          []string
	}{
		"late":    {nil, []cell1{one(t, day, log, input(9))}, nil, nil, []string{CorrectLate}},
		"more":    {[]cell1{one(t, day, log, input(9))}, []cell1{one(t, day, log, input(9)), one(t, day, log, input(1))}, nil, nil, []string{CorrectLate}},
		"revised": {[]cell1{one(t, day, rep, input(9))}, []cell1{one(t, day, rep, input(8))}, nil, nil, []string{CorrectRevised}},
		"gone":    {[]cell1{one(t, day, log, input(9))}, nil, nil, nil, []string{CorrectRemoved}},
		"price":   {[]cell1{one(t, day, log, input(9))}, []cell1{one(t, day, log, input(9))}, nil, cheaper(t), []string{CorrectPrice}},
		"both":    {[]cell1{one(t, day, log, input(9))}, []cell1{one(t, day, log, input(9)), one(t, day, log, input(1))}, nil, cheaper(t), []string{CorrectPrice, CorrectLate}},
		"rule":    {[]cell1{one(t, day, rep, input(9))}, []cell1{one(t, day, moved, input(9))}, nil, nil, []string{CorrectRule, CorrectRule}},
		"basis":   {[]cell1{one(t, day, log, input(9))}, []cell1{one(t, day, log, input(9)), one(t, day, rep, input(9))}, nil, nil, []string{CorrectBasis, CorrectBasis}},
		"plan and logs": {[]cell1{one(t, day, log, input(9)), one(t, day, rep, input(7))}, []cell1{one(t, day, log, input(9)), one(t, day, rep, input(7))}, plan, nil,
			[]string{CorrectPlan, CorrectPlan}},
		"plan": {[]cell1{one(t, day, log, input(9))}, []cell1{one(t, day, log, input(9))}, plan, nil, []string{CorrectPlan, CorrectPlan}},
	} {
		entries := func(cells []cell1, plans []pricing.Plan, book *pricing.Book) []Entry {
			if book == nil {
				book = pricing.Embedded()
			}
			out, err := CycleEntries(cycleOf(t, cells, plans, book, "2026-10-01", "2026-11-01"), nil)
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		var got []string
		for _, e := range Correct("2026-10", entries(x.before, nil, nil), entries(x.after, x.plans, x.book)) {
			for _, c := range e.Correction.Causes {
				got = append(got, c.Code)
			}
		}
		if !slices.Equal(got, x.want) {
			t.Errorf("%s: %v, want %v", name, got, x.want)
		}
	}
}

// Closing 2026-10 in the middle of the night is closing it at its end.
func TestCyclesHaveStates(t *testing.T) {
	f, _ := someFrozen(t)
	for _, x := range []struct {
		now    string
		closed []Close
		want   CycleState
	}{
		{"2026-10-31T23:59Z", nil, CycleOpen}, {"2026-11-01T00:00Z", nil, CycleClosing}, {"2026-11-20T00:00Z", nil, CycleClosing},
		{"2026-11-20T00:00Z", []Close{f.Close}, CycleClosed},
		{"2026-11-20T00:00Z", []Close{{Cycle: "2026-10", Account: "acme"}}, CycleClosing},
		{"2026-11-20T00:00Z", []Close{{Cycle: "2026-10", Except: []string{"acme"}}, {Cycle: "2026-10", Account: "acme"}}, CycleClosed},
	} {
		if got := StateOf(f.Span, InCycle(x.closed, "2026-10"), at(t, x.now)); got != x.want {
			t.Errorf("%s, %d closed: %s, want %s", x.now, len(x.closed), got, x.want)
		}
	}
	if LateWindow != 72*time.Hour {
		t.Error("the window is documented as 3 days")
	}
}
