package report

import (
	"cmp"
	"slices"
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// TraceRecord shows what a record costs, class by class, and which price that
// is: the steps add up to Total.Cost, which is what [pricing.Book.ChargeRecord]
// says. Where the price leaves a range (the time holds a price change, the
// band a threshold), the steps are the arithmetic of Cost, and Total has the
// ends.
//
// The connection is the one that the record is stored under; counts says
// whether the headline holds the record, see [Counts].
func TraceRecord(connection string, r *usage.Record, book *pricing.Book, plans []pricing.Plan, counts bool) Trace {
	t := Trace{Connection: connection, Record: *r, Counts: counts}
	t.Planned = slices.ContainsFunc(plans, func(p pricing.Plan) bool { return p.Source == r.Source && p.Covers(r.Start) })
	var charge pricing.Charge
	if r.Basis != usage.Billed { // money by itself, which nothing is priced by
		charge = t.price(book)
	}
	m := r.Measures()
	var all tally
	all.use(&m, &charge, t.Planned)
	t.Total = all.sum(cmp.Or(all.currency, charge.Currency, defaultCurrency))
	return t
}

// price fills in the steps.
func (t *Trace) price(book *pricing.Book) pricing.Charge {
	r := &t.Record
	d := r.Dims
	d.Band = r.BandIn(book.Edges())
	tariff := book.Tariff(&d, r.Start)
	if !r.End.IsZero() {
		tariff = book.TariffOver(&d, r.Start, r.End)
	}
	for class, n := range perClass(&r.Tokens) {
		if n == 0 {
			continue
		}
		s := Step{Class: className(pricing.Class(class)), N: n, Currency: tariff.Currency}
		if rate, known := tariff.Base.Of(pricing.Class(class)); known && tariff.Priced {
			s.Rate, s.Priced, s.Cost = rate, true, rate.Times(n)
		}
		t.Steps = append(t.Steps, s)
	}
	for _, q := range r.Quantities {
		s := Step{Class: q.Meter, N: q.N, Currency: tariff.Currency}
		if one := tariff.Charge(usage.Tokens{}, []usage.Quantity{{Meter: q.Meter, N: 1}}); one.UnpricedQuantities == 0 {
			s.Rate, s.Priced = money.NewRate(one.Cost), true
			s.Cost = s.Rate.Times(q.N)
		}
		t.Steps = append(t.Steps, s)
	}
	if tariff.Priced {
		t.PricedAs, t.Since = tariff.Model, tariff.From
		if tariff.Provider != "" {
			t.PricedAs = tariff.Provider + "/" + tariff.Model
		}
		row := priceRow(book, &tariff, d.Band, r.Start)
		t.Source = row.Source
		if !row.From.IsZero() {
			t.Since = row.From
		}
	}
	return tariff.Charge(r.Tokens, r.Quantities)
}

// className is how the arithmetic names a class of tokens.
func className(c pricing.Class) string {
	switch c {
	case pricing.Input:
		return "input"
	case pricing.CacheRead:
		return "cache read"
	case pricing.CacheWrite5m:
		return "cache write 5m"
	case pricing.CacheWrite1h:
		return "cache write 1h"
	}
	return "output"
}

// priceRow finds the row of the book that a tariff was made from; zero if there
// is none, as for free use.
func priceRow(book *pricing.Book, t *pricing.Tariff, band usage.Band, at time.Time) pricing.Row {
	var out pricing.Row
	in := func(r *pricing.Row) bool {
		return !at.Before(r.From) && (r.To.IsZero() || at.Before(r.To))
	}
	history := book.History(t.Provider, t.Model)
	for i := range history {
		if in(&history[i]) || i == 0 { // what is older than the first price is priced by it
			out = history[i]
		}
	}
	refined := pricing.Row{}
	for _, r := range book.Refinements(t.Provider, t.Model) {
		first := r.Context.Over
		if !r.Context.Inclusive && first > 0 {
			first++
		}
		if in(&r) && r.Tier == cmp.Or(t.Tier, pricing.Standard) && r.Hours == (pricing.Hours{}) && (first == 0 || band.Known() && band.Lo >= first) &&
			(refined.Provider == "" || r.Context.Over >= refined.Context.Over) {
			refined = r
		}
	}
	if refined.Provider != "" {
		return refined
	}
	return out
}
