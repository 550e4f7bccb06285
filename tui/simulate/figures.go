package simulate

import (
	"tokpit/money"
	"tokpit/report"
	"tokpit/scenario"
	"tokpit/tui/ui"
)

// amounts are the figures at the top, in what the lens sees, of the whole span.
type amounts struct {
	before, after, delta money.Amount
	low, high            money.Amount // of the delta, where ranged
	ranged, known        bool
	whole                bool // every lever could be computed; without it some usage stays as it is
	currency             string
}

// amountsOf reads a result through a lens.
func amountsOf(r *scenario.Result, lens ui.Lens) amounts {
	a := amounts{currency: r.Before.Currency}
	before, knownBefore := lens.Of(&r.Before)
	after, knownAfter := lens.Of(&r.After)
	a.before, a.after, a.known = before, after, knownBefore && (knownAfter || r.After.Tokens.IsZero())
	a.whole = r.Known
	a.delta = after.Sub(before)
	spread, cash := r.Spread()
	if lens.Cash {
		spread = cash
	}
	a.low, a.high = spread.Low, spread.High
	a.ranged = a.low != a.high
	return a
}

// monthly is the same at the pace of the span.
func (a amounts) monthly(r *scenario.Result) amounts {
	for _, x := range []*money.Amount{&a.before, &a.after, &a.delta, &a.low, &a.high} {
		*x = r.PerMonth(*x)
	}
	a.delta = a.after.Sub(a.before)
	return a
}

// deltaOf is what one lever does, in what the lens sees.
func deltaOf(c *scenario.Contribution, lens ui.Lens) (delta, low, high money.Amount) {
	if lens.Cash {
		return c.Cash, c.CashLow, c.CashHigh
	}
	return c.Cost, c.CostLow, c.CostHigh
}

// signed writes a change: "−$12.40", "+$3.00", "$0.00".
func signed(a money.Amount, currency string) string {
	switch a.Sign() {
	case -1:
		return "−" + ui.Money(a.Neg(), currency)
	case 1:
		return "+" + ui.Money(a, currency)
	}
	return ui.Money(a, currency)
}

// briefSigned is signed for a narrow column.
func briefSigned(a money.Amount, currency string) string {
	switch a.Sign() {
	case -1:
		return "−" + ui.CompactMoney(a.Neg(), currency)
	case 1:
		return "+" + ui.CompactMoney(a, currency)
	}
	return ui.CompactMoney(a, currency)
}

// span writes both ends of a change, or one if they are the same.
func rangeOf(low, high money.Amount, currency string) string {
	if low == high {
		return signed(low, currency)
	}
	return signed(low, currency) + " to " + signed(high, currency)
}

// savedText writes how much is saved, as a sentence's end: "saves $12.40",
// "costs $3.00 more", "changes nothing".
func savedText(delta money.Amount, currency string) string {
	switch delta.Sign() {
	case -1:
		return "saves " + ui.Money(delta.Neg(), currency)
	case 1:
		return "costs " + ui.Money(delta, currency) + " more"
	}
	return "changes nothing"
}

// ink is how a change is drawn: money saved is good.
func inkOf(st *ui.Styles, delta money.Amount) ui.Ink {
	switch delta.Sign() {
	case -1:
		return st.Good
	case 1:
		return st.Warn
	}
	return st.Muted
}

// briefKind is [kindOf] in a word or two, for the head.
func briefKind(s *report.Snapshot, lens ui.Lens) string {
	switch {
	case lens.Cash:
		return "cash"
	case s.PlanSet, s.Subscribable:
		return "API-equivalent"
	}
	return "list price"
}

// kindOf says what the figures are. Without a plan nobody knows whether an agent's
// usage was paid by tokens.
func kindOf(s *report.Snapshot, lens ui.Lens) string {
	switch {
	case lens.Cash:
		return "Cash"
	case s.PlanSet:
		return "API-equivalent"
	case s.Subscribable:
		return "API-equivalent (no plan set)"
	}
	return "Cost at list price"
}
