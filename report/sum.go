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
	unpriced                     int64 // tokens
	unpricedUnits                int64

	priced, estimated bool
	hasPlan, hasOpen  bool // has usage under a plan, under no plan
	hasOpenPrice      bool // some usage under no plan is priced
	blank, openBlank  bool // has records of nothing, at a known price; the same under no plan
	hasFee            bool
	told              int64 // records that say what they cost

	purse
	others []purse
}

// purse is the money of a tally in one currency; "" if it holds none yet.
type purse struct {
	currency    string
	open, plan  money.Amount // cost of usage under no plan, under a plan
	under, over money.Amount // how far the ends of the range are from the cost
	fee         money.Amount // plan fees
	reported    money.Amount // what the sources say it cost
	charged     int64        // records that do
}

func (p *purse) cost() money.Amount { return p.open.Add(p.plan) }

func (p *purse) cash() money.Amount { return p.open.Add(p.fee) }

func (p *purse) merge(q *purse) {
	p.open, p.plan, p.fee = p.open.Add(q.open), p.plan.Add(q.plan), p.fee.Add(q.fee)
	p.under, p.over = p.under.Add(q.under), p.over.Add(q.over)
	p.reported, p.charged = p.reported.Add(q.reported), p.charged+q.charged
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
	t.unpricedUnits += c.UnpricedQuantities
	t.hasPlan = t.hasPlan || planned
	t.hasOpen = t.hasOpen || !planned
	for i := range m.Reported {
		said := &m.Reported[i]
		p := t.in(said.Currency)
		p.reported, p.charged = p.reported.Add(said.Amount), p.charged+said.Records
		t.told += said.Records
	}
	if !c.Priced {
		return
	}
	if m.Total() == 0 && len(m.Quantities) == 0 {
		t.blank, t.openBlank = true, t.openBlank || !planned
		return
	}
	t.priced = true
	t.estimated = t.estimated || c.Estimated
	p := t.in(c.Currency)
	if planned {
		p.plan = p.plan.Add(c.Cost)
	} else {
		t.hasOpenPrice = true
		p.open = p.open.Add(c.Cost)
	}
	if c.Ranged {
		p.under, p.over = p.under.Add(c.Cost.Sub(c.Low)), p.over.Add(c.High.Sub(c.Cost))
	}
}

// charge adds a plan's fee.
func (t *tally) charge(fee money.Amount, currency string) {
	t.hasFee = true
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
	t.unpricedUnits += u.unpricedUnits
	t.priced, t.estimated = t.priced || u.priced, t.estimated || u.estimated
	t.hasOpen, t.hasOpenPrice = t.hasOpen || u.hasOpen, t.hasOpenPrice || u.hasOpenPrice
	t.blank, t.openBlank = t.blank || u.blank, t.openBlank || u.openBlank
	t.hasPlan, t.hasFee = t.hasPlan || u.hasPlan, t.hasFee || u.hasFee
	t.told += u.told
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
	// Nothing at a known price costs nothing, unless it stands beside something
	// without one: then only that says what the sum is.
	whole := t.unpriced == 0 && t.unpricedUnits == 0
	s := Sum{
		Requests: t.requests, Uncounted: t.uncounted, Tokens: t.tokens, Quantities: t.quantities,
		Priced: t.priced || t.blank && whole, Estimated: t.estimated, UnpricedTokens: t.unpriced, UnpricedUnits: t.unpricedUnits,
		CashKnown: t.hasFee || t.hasOpenPrice || t.openBlank && whole || t.hasPlan && !t.hasOpen,
		Records:   t.records, HasReported: t.told != 0, ReportedRecords: t.told,
	}
	if t.records > 0 && t.uncounted == t.records {
		s.Requests = usage.Absent
	}
	if len(t.others) > 0 {
		for _, p := range append([]purse{t.purse}, t.others...) {
			s.Costs = append(s.Costs, CurrencySum{Currency: p.currency, Cost: p.cost(), Cash: p.cash(), Reported: p.reported, HasReported: p.charged != 0})
		}
		slices.SortFunc(s.Costs, func(a, b CurrencySum) int { return strings.Compare(a.Currency, b.Currency) })
		return s
	}
	s.Cost = t.cost()
	s.Low, s.High = s.Cost.Sub(t.under), s.Cost.Add(t.over)
	s.Ranged = s.Low != s.High
	s.PlanFee, s.PlanCost, s.Cash, s.Reported = t.fee, t.plan, t.cash(), t.reported
	s.Currency = t.currency
	if s.Currency == "" {
		s.Currency = currency
	}
	return s
}
