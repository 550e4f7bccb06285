package scenario

import "tokpit/money"

// Spread is how far the changes of cost and of cash may lie apart because levers
// or token ratios are ranges: the ranges of the levers, each after those before
// it, add up to it. What is not known of a price beforehand (which side of a
// long-context threshold a request was on) is on both sides of a change and is
// not in it; that is the range of [Result].Before and After.
func (r *Result) Spread() (cost, cash AmountRange) {
	for i := range r.Levers {
		c := &r.Levers[i]
		cost = cost.add(AmountRange{c.CostLow, c.CostHigh})
		cash = cash.add(AmountRange{c.CashLow, c.CashHigh})
	}
	return cost, cash
}

// AmountRange is an amount with its ends; they are equal where it is exact.
type AmountRange struct{ Low, High money.Amount }

// Exact reports whether the ends are one.
func (a AmountRange) Exact() bool { return a.Low == a.High }

func (a AmountRange) add(b AmountRange) AmountRange {
	return AmountRange{a.Low.Add(b.Low), a.High.Add(b.High)}
}
