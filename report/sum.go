package report

import (
	"slices"
	"strings"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// tally adds up usage and money. Currencies stay apart: nearly every tally has
// one, so the first has a place of its own.
type tally struct {
	records, requests, uncounted int64
	tokens                       usage.Tokens
	quantities                   []usage.Quantity
	unpriced                     int64

	priced, ranged, estimated bool
	open, openPriced          bool // has usage under no plan; some of it is priced
	planned                   bool // has usage under a plan
	fees                      bool

	purse
	others []purse
}

// purse is the money of a tally in one currency; "" if it holds none yet.
type purse struct {
	currency                string
	cost, low, high         money.Amount
	openCost, planCost, fee money.Amount // of usage under no plan, under a plan; plan fees
}

func (p *purse) merge(q *purse) {
	p.cost, p.low, p.high = p.cost.Add(q.cost), p.low.Add(q.low), p.high.Add(q.high)
	p.openCost, p.planCost, p.fee = p.openCost.Add(q.openCost), p.planCost.Add(q.planCost), p.fee.Add(q.fee)
}

// in returns the purse of a currency.
func (t *tally) in(currency string) *purse {
	if t.currency == currency || t.currency == "" {
		t.currency = currency
		return &t.purse
	}
	for i := range t.others {
		if t.others[i].currency == currency {
			return &t.others[i]
		}
	}
	t.others = append(t.others, purse{currency: currency})
	return &t.others[len(t.others)-1]
}

// use adds usage and its charge.
func (t *tally) use(m *usage.Measures, c *pricing.Charge, planned bool) {
	t.records += m.Records
	t.requests += m.Requests
	t.uncounted += m.Uncounted
	t.tokens = t.tokens.Add(m.Tokens)
	if len(m.Quantities) > 0 {
		t.quantities = usage.Measures{Quantities: t.quantities}.Add(usage.Measures{Quantities: m.Quantities}).Quantities
	}
	t.unpriced += c.UnpricedTokens
	t.planned = t.planned || planned
	t.open = t.open || !planned
	if !c.Priced {
		return
	}
	t.priced = true
	t.ranged = t.ranged || c.Ranged
	t.estimated = t.estimated || c.Estimated
	p := t.in(c.Currency)
	p.cost = p.cost.Add(c.Cost)
	if c.Ranged {
		p.low, p.high = p.low.Add(c.Low), p.high.Add(c.High)
	} else {
		p.low, p.high = p.low.Add(c.Cost), p.high.Add(c.Cost)
	}
	if planned {
		p.planCost = p.planCost.Add(c.Cost)
	} else {
		t.openPriced = true
		p.openCost = p.openCost.Add(c.Cost)
	}
}

// charge adds a plan's fee.
func (t *tally) charge(fee money.Amount, currency string) {
	t.fees = true
	p := t.in(currency)
	p.fee = p.fee.Add(fee)
}

// merge adds all of u.
func (t *tally) merge(u *tally) {
	t.records, t.requests, t.uncounted = t.records+u.records, t.requests+u.requests, t.uncounted+u.uncounted
	t.tokens = t.tokens.Add(u.tokens)
	if len(u.quantities) > 0 {
		t.quantities = usage.Measures{Quantities: t.quantities}.Add(usage.Measures{Quantities: u.quantities}).Quantities
	}
	t.unpriced += u.unpriced
	t.priced, t.ranged, t.estimated = t.priced || u.priced, t.ranged || u.ranged, t.estimated || u.estimated
	t.open, t.openPriced = t.open || u.open, t.openPriced || u.openPriced
	t.planned, t.fees = t.planned || u.planned, t.fees || u.fees
	if u.currency != "" {
		t.in(u.currency).merge(&u.purse)
	}
	for i := range u.others {
		t.in(u.others[i].currency).merge(&u.others[i])
	}
}

// sum returns what the tally says. Where it holds no money the currency is
// that of the whole report.
func (t *tally) sum(currency string) Sum {
	s := Sum{
		Requests: t.requests, Uncounted: t.uncounted, Tokens: t.tokens, Quantities: t.quantities,
		Priced: t.priced, Estimated: t.estimated, UnpricedTokens: t.unpriced,
		CashKnown: t.fees || t.openPriced || t.planned && !t.open,
	}
	if t.records > 0 && t.uncounted == t.records {
		s.Requests = usage.Absent
	}
	if len(t.others) > 0 {
		for _, p := range append([]purse{t.purse}, t.others...) {
			s.Costs = append(s.Costs, CurrencySum{Currency: p.currency, Cost: p.cost, Cash: p.openCost.Add(p.fee)})
		}
		slices.SortFunc(s.Costs, func(a, b CurrencySum) int { return strings.Compare(a.Currency, b.Currency) })
		return s
	}
	s.Cost, s.Low, s.High = t.cost, t.low, t.high
	s.Ranged = t.ranged && t.low != t.high
	s.PlanFee, s.PlanCost = t.fee, t.planCost
	s.Cash = t.openCost.Add(t.fee)
	s.Currency = t.currency
	if s.Currency == "" {
		s.Currency = currency
	}
	return s
}
