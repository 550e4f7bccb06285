package report

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tokpit/pricing"
	"tokpit/usage"
)

// TestTraceIsTheCharge: the steps add up to what the record costs, which is
// what Run says of a cube with that record alone.
func TestTraceIsTheCharge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells, plans := drawCells(t), drawPlans(t)
		book := pricing.Embedded()
		for _, c := range cells {
			r := usage.Record{ID: "r", Start: c.slot.Time(), Dims: c.dims, Context: usage.Absent, Requests: 1, Tokens: c.m.Tokens, Quantities: c.m.Quantities}
			if c.width > 1 {
				r.End = (c.slot + usage.Slot(c.width)).Time()
			}
			if rapid.Bool().Draw(t, "one request") {
				r.Context = r.TotalInput()
			}
			if len(c.m.Reported) > 0 {
				r.Reported, r.Currency = c.m.Reported[0].Amount, "USD"
			}
			got := TraceRecord("work", &r, book, plans, true)
			if got.Connection != "work" || !reflect.DeepEqual(got.Record, r) {
				t.Fatalf("the trace is of %+v", got.Record)
			}
			var sum, low = got.Total.Cost, book.ChargeRecord(&r)
			for _, s := range got.Steps {
				if s.Cost != s.Rate.Times(s.N) || !s.Priced && !s.Cost.IsZero() {
					t.Fatalf("%+v", s)
				}
				sum = sum.Sub(s.Cost)
			}
			if !sum.IsZero() {
				t.Fatalf("the steps %+v are off by %s", got.Steps, sum)
			}
			if r.Basis == usage.Billed {
				if len(got.Steps) > 0 || got.Total.Priced {
					t.Fatalf("a bill is priced: %+v", got)
				}
				continue
			}
			if got.Total.Cost != low.Cost || got.Total.Low != low.Low || got.Total.High != low.High || got.Total.UnpricedTokens != low.UnpricedTokens {
				t.Fatalf("the trace says %+v, the book %+v", got.Total, low)
			}
			d := r.Dims
			d.Band = r.BandIn(book.Edges())
			alone := cubeOf([]cell1{{c.slot, max(c.width, 1), d, r.Measures()}})
			all, err := Run(alone, book, plans, Query{Basis: r.Basis}, asOf())
			if err != nil {
				t.Fatal(err)
			}
			if r.Basis != usage.BasisUnknown && (c.width > 1 || !all.Total.Ranged) {
				all.Total.Cash, all.Total.PlanFee = got.Total.Cash, got.Total.PlanFee // fees are of days, not of records
				sameSum(t, "Run", all.Total, got.Total)
			}
		}
	})
}

func TestTrace(t *testing.T) {
	r := usage.Record{ID: "msg_1", Start: at(t, "2026-11-03T10:07:00Z"), Context: 250_000, Requests: 1,
		Dims:   usage.Dims{Source: "claude-code", Provider: "anthropic", Model: "claude-opus-4-5-20251101", Basis: usage.Logged},
		Tokens: usage.Tokens{Input: 1000, CacheRead: 249_000, Output: 500}, Quantities: []usage.Quantity{{Meter: "unheard_of", N: 2}, {Meter: "web_search", N: 3}}}
	got := TraceRecord("", &r, pricing.Embedded(), nil, true)
	var lines []string
	for _, s := range got.Steps {
		lines = append(lines, fmt.Sprintf("%s %d × %s = %s %v", s.Class, s.N, s.Rate.PerMillion(), s.Cost, s.Priced))
	}
	want := []string{"input 1000 × 5 = 0.005 true", "cache read 249000 × 0.5 = 0.1245 true", "output 500 × 25 = 0.0125 true",
		"unheard_of 2 × 0 = 0 false", "web_search 3 × 10000 = 0.03 true"}
	if !slices.Equal(lines, want) {
		t.Errorf("steps are %q, want %q", lines, want)
	}
	if got.PricedAs != "anthropic/claude-opus-4-5-20251101" || got.Source == "" || got.Since.IsZero() || got.Since.After(r.Start) {
		t.Errorf("priced as %q since %s by %q", got.PricedAs, got.Since, got.Source)
	}
	wantAmount(t, "total", got.Total.Cost, "0.172")
}
