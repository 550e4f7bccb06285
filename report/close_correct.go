package report

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// Correction says what a closed cycle's entry has changed by.
type Correction struct {
	Cycle string       // that was closed: "2026-10"
	Cash  money.Amount // the difference, see [Entry.Cash]
	// Causes divide the difference; there is at least one.
	Causes []CorrectionCause
	// Further: it belongs to the correction before it, in another currency, and
	// has money only.
	Further bool
}

// CorrectionCause is the part of a correction that has one cause.
type CorrectionCause struct {
	Code       string // see the constants
	Text       string // for people
	Cost, Cash money.Amount
}

// What closed figures change by.
const (
	CorrectLate    = "late_usage"     // usage that was not known yet
	CorrectRevised = "revised_bucket" // the source revised what it had said
	CorrectRemoved = "removed_usage"  // usage that is not there any more
	CorrectPrice   = "changed_price"  // the price book knows better, or has a price now
	CorrectRule    = "changed_rule"   // the same usage belongs elsewhere: account, environment, cost centre
	CorrectBasis   = "other_basis"    // another basis counts for the account and day
	CorrectPlan    = "plan_change"    // a plan was set, changed or removed
)

// Correct returns what has to be added to the entries that a closed cycle stands
// at, its frozen ones and all corrections that were booked, to have those of
// today: one correction for each row of the ledger that differs, and more where
// it has several currencies. It adds up to the last digit.
func Correct(cycle string, standing, current []Entry) []Entry {
	c := &corrector{cycle: cycle, rows: make(map[string]*correctedRow)}
	for i := range standing {
		c.row(&standing[i]).was.add(&standing[i])
	}
	for i := range current {
		c.row(&current[i]).is.add(&current[i])
	}
	var rows []*correctedRow
	for _, r := range c.rows {
		if r.differs() {
			rows = append(rows, r)
		}
	}
	slices.SortFunc(rows, func(a, b *correctedRow) int {
		return cmp.Or(a.entry.Span.Since.Compare(b.entry.Span.Since), strings.Compare(a.key, b.key))
	})
	findCauses(rows)
	var out []Entry
	for _, r := range rows {
		out = append(out, r.corrections(cycle)...)
	}
	return out
}

// Standing is what a cycle stands at: its frozen entries, and the corrections of
// it that were booked later, of the accounts that holds lets in; nil lets all in.
func Standing(cycle string, closed []*Frozen, holds func(account string) bool) []Entry {
	var out []Entry
	for _, f := range closed {
		for i := range f.Entries {
			e := &f.Entries[i]
			of := f.Cycle
			if e.Correction != nil {
				of = e.Correction.Cycle
			}
			if of == cycle && (holds == nil || holds(e.Dims.Account)) {
				out = append(out, *e)
			}
		}
	}
	return out
}

type corrector struct {
	cycle string
	rows  map[string]*correctedRow
}

// correctedRow is a row of the ledger, whatever its price.
type correctedRow struct {
	key     string
	entry   *Entry // says what the row is about: the newest
	was, is side
	// moved, replaced and replanned are found by looking at other rows.
	moved, replaced, replanned bool
}

// side is one of the two things that a row is compared by.
type side struct {
	present  bool
	measures usage.Measures
	tokens   int64 // without a price
	units    int64
	money    map[string]*CloseTotal
	priced   bool
	// What the newest entries say: how the row is paid for, and its prices.
	planned bool
	mixed   bool
	prices  []*Entry
}

func (s *side) add(e *Entry) {
	s.present = true
	s.measures = s.measures.Add(e.Measures)
	s.tokens += e.Charge.UnpricedTokens
	s.units += e.Charge.UnpricedQuantities
	s.priced = s.priced || e.Charge.Priced
	if e.Charge.Currency != "" {
		if s.money == nil {
			s.money = make(map[string]*CloseTotal)
		}
		t := s.money[e.Charge.Currency]
		if t == nil {
			t = &CloseTotal{Currency: e.Charge.Currency}
			s.money[e.Charge.Currency] = t
		}
		t.Cost, t.Cash = t.Cost.Add(e.Cost()), t.Cash.Add(e.Cash())
	}
	switch c := e.Correction; {
	case c == nil:
		s.planned, s.mixed = s.planned || e.Planned, s.mixed || e.Mixed
		s.prices = append(s.prices, e)
	case !c.Further: // it says how things stood when it was booked
		s.planned, s.mixed, s.prices = e.Planned, e.Mixed, []*Entry{e}
	}
}

// gone reports whether there is nothing of the row, perhaps because corrections
// took everything away again.
func (s *side) gone() bool {
	return !s.present || s.measures.Records == 0 && s.measures.Tokens.IsZero() && len(s.measures.Quantities) == 0
}

func (c *corrector) row(e *Entry) *correctedRow {
	kind := "usage"
	if e.Plan != nil {
		kind = "fee"
	}
	key := strings.Join(e.Keys, "\x00") + "\x00" + kind
	r := c.rows[key]
	if r == nil {
		r = &correctedRow{key: key}
		c.rows[key] = r
	}
	r.entry = e
	return r
}

func (r *correctedRow) differs() bool {
	m := r.change()
	if r.is.tokens != r.was.tokens || r.is.units != r.was.units || m.Records != 0 || m.Requests != 0 || m.Uncounted != 0 || !zeroTokens(m.Tokens) ||
		len(m.Quantities) > 0 || len(m.Reported) > 0 {
		return true
	}
	for _, currency := range r.currencies() {
		if d := r.difference(currency); !d.Cost.IsZero() || !d.Cash.IsZero() {
			return true
		}
	}
	return false
}

// zeroTokens reports whether no class has changed; classes may be negative here.
func zeroTokens(t usage.Tokens) bool { return t == usage.Tokens{} }

func (r *correctedRow) change() usage.Measures {
	m := r.is.measures.Sub(r.was.measures)
	m.Reported = slices.DeleteFunc(slices.Clone(m.Reported), func(c usage.Charged) bool { return c.Amount.IsZero() && c.Records == 0 })
	return m
}

func (r *correctedRow) currencies() []string {
	all := make(map[string]bool)
	for _, s := range []*side{&r.was, &r.is} {
		for currency := range s.money {
			all[currency] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

func (r *correctedRow) difference(currency string) CloseTotal {
	d := CloseTotal{Currency: currency}
	if t := r.is.money[currency]; t != nil {
		d.Cost, d.Cash = t.Cost, t.Cash
	}
	if t := r.was.money[currency]; t != nil {
		d.Cost, d.Cash = d.Cost.Sub(t.Cost), d.Cash.Sub(t.Cash)
	}
	return d
}

// corrections are the entries that make the row what it is today.
func (r *correctedRow) corrections(cycle string) []Entry {
	first := *r.entry
	first.Book = "" // they are made with today's
	first.Measures, first.Planned, first.Mixed, first.Tariff, first.Price, first.frozen, first.units = r.change(), r.is.planned, r.is.mixed, pricing.Tariff{}, pricing.Row{}, true, nil
	if len(r.is.prices) == 1 {
		first.Tariff, first.units = r.is.prices[0].Tariff, r.is.prices[0].kept().units
	} else if len(r.is.prices) > 1 {
		first.Mixed = true
	}
	first.Charge = pricing.Charge{UnpricedTokens: r.is.tokens - r.was.tokens, UnpricedQuantities: r.is.units - r.was.units}
	out := []Entry{}
	add := func(e Entry, d CloseTotal) {
		e.Charge.Cost, e.Charge.Currency = d.Cost, d.Currency
		if e.Plan != nil {
			e.Charge.Cost = d.Cash
		}
		e.Charge.Low, e.Charge.High = e.Charge.Cost, e.Charge.Cost
		e.Charge.Priced = d.Currency != "" && (r.was.priced || r.is.priced)
		e.Correction = &Correction{Cycle: cycle, Cash: d.Cash, Causes: r.causes(d), Further: len(out) > 0}
		out = append(out, e)
	}
	for _, currency := range r.currencies() {
		d := r.difference(currency)
		switch {
		case len(out) == 0:
			add(first, d)
		case !d.Cost.IsZero() || !d.Cash.IsZero():
			further := first
			further.Measures, further.Tariff, further.units = usage.Measures{}, pricing.Tariff{}, nil
			further.Charge = pricing.Charge{}
			add(further, d)
		}
	}
	if len(out) == 0 {
		add(first, CloseTotal{})
	}
	return out
}
