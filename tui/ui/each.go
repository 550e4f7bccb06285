package ui

import (
	"tokpit/money"
	"tokpit/report"
)

// PerRequest is the API-equivalent of one request. Where some requests are not
// counted it is a bound, atMost, which takes the high end of a range; ok is false
// if it is not known, or if most records have no count, because then it would say
// nothing.
func PerRequest(s *report.Sum) (a money.Amount, atMost, ok bool) {
	a, ok = s.CostPerRequest()
	if !ok || s.Uncounted > s.Records-s.Uncounted {
		return money.Amount{}, false, false
	}
	if atMost = s.Uncounted > 0; atMost && s.Ranged {
		a = money.NewRate(s.High).Scale(1, s.Requests).Amount()
	}
	return a, atMost, true
}

// Differs reports a lens that sees another figure of a sum than its
// API-equivalent, so that what is made of that one has to be named.
func (l Lens) Differs(s *report.Sum) bool {
	if !l.Cash || len(s.Costs) > 0 {
		return l.Cash
	}
	return !s.CashKnown || s.Cash.Cmp(s.Cost) != 0
}
