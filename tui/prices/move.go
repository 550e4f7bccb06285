package prices

import (
	"cmp"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// move is what the cycle's tokens would have cost on another model, at the
// prices in force now and with the same biller, tier and size of requests.
type move struct {
	to            string
	why           string // why it cannot be said; "" if it can
	before, after money.Amount
	low, high     money.Amount // of after
	currency      string
	estimated     bool
}

// moving compares what usage cost with what it would cost on another model.
// Every token is priced as the class it was recorded in.
func (sh *shelf) moving(m *mine, to string) move {
	v := move{to: to}
	switch {
	case m.currency == "":
		v.why = "usage is billed in several currencies"
		return v
	case !m.priced:
		v.why = "not all of the usage has a price"
		return v
	}
	v.before, v.currency = m.cost, m.currency
	sh.charge(&v, m, func(d *usage.Dims) { d.Model = to })
	return v
}

// costOn is what the cycle's tokens cost at today's prices on a model of whichever
// vendor, billed by that.
func (sh *shelf) costOn(m *mine, ref pricing.ModelRef) move {
	v := move{to: ref.Model}
	sh.charge(&v, m, func(d *usage.Dims) { d.Provider, d.Model = ref.Provider, ref.Model })
	return v
}

// charge works out what usage costs elsewhere.
func (sh *shelf) charge(v *move, m *mine, turn func(*usage.Dims)) {
	for i := range m.uses {
		u := &m.uses[i]
		d := u.Dims
		turn(&d)
		t := sh.book.Tariff(&d, sh.at)
		c := t.Charge(u.Sum.Tokens, u.Sum.Quantities)
		switch {
		case !t.Priced:
			v.why = "the book has no price for it"
		case c.UnpricedTokens > 0:
			v.why = ui.Tokens(c.UnpricedTokens) + " tokens would have no price"
		case c.UnpricedQuantities != u.Sum.UnpricedUnits:
			v.why = "fees besides tokens differ and are not known"
		case v.currency != "" && c.Currency != v.currency && c.Currency != "":
			v.why = "it is priced in " + ui.Text(c.Currency)
		}
		if v.why != "" {
			return
		}
		v.currency = cmp.Or(v.currency, c.Currency)
		v.after, v.low, v.high = v.after.Add(c.Cost), v.low.Add(c.Low), v.high.Add(c.High)
		v.estimated = v.estimated || c.Estimated
	}
}

// difference is positive if the move costs more.
func (v *move) difference() money.Amount { return v.after.Sub(v.before) }

// figure is the signed difference, or "–" if there is none to give.
func (v *move) figure() string {
	if v.why != "" {
		return ui.Unknown
	}
	s := signed(v.difference(), v.currency)
	if v.estimated || v.low != v.high {
		s = "≈" + s
	}
	return s
}

// replacement is the first model that a vendor proposes, or "".
func replacement(l *pricing.Life) string {
	if len(l.Replacements) == 0 {
		return ""
	}
	return l.Replacements[0]
}
