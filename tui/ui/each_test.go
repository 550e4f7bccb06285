package ui

import (
	"testing"

	"tokpit/money"
	"tokpit/report"
)

// A cost of one request is exact, a bound, or not there.
func TestPerRequest(t *testing.T) {
	base := report.Sum{Requests: 10, Records: 4, Cost: money.FromUnits(20), Low: money.FromUnits(10), High: money.FromUnits(30), Priced: true, Currency: "USD"}
	for _, c := range []struct {
		name   string
		change func(*report.Sum)
		want   int64
		atMost bool
		ok     bool
	}{
		{"exact", func(*report.Sum) {}, 2, false, true},
		{"a range", func(s *report.Sum) { s.Ranged = true }, 2, false, true},
		{"some are not counted", func(s *report.Sum) { s.Uncounted = 1 }, 2, true, true},
		{"some of a range", func(s *report.Sum) { s.Uncounted, s.Ranged = 2, true }, 3, true, true},
		{"most are not counted", func(s *report.Sum) { s.Uncounted = 3 }, 0, false, false},
		{"nothing is counted", func(s *report.Sum) { s.Requests = 0 }, 0, false, false},
		{"no price", func(s *report.Sum) { s.Priced = false }, 0, false, false},
	} {
		s := base
		c.change(&s)
		if a, atMost, ok := PerRequest(&s); a != money.FromUnits(c.want) || atMost != c.atMost || ok != c.ok {
			t.Errorf("%s: %s, at most %t, %t", c.name, a, atMost, ok)
		}
	}
}

// Only cash can be another figure than the API-equivalent.
func TestLensDiffers(t *testing.T) {
	same := report.Sum{Cost: money.FromUnits(3), Cash: money.FromUnits(3), CashKnown: true, Priced: true}
	less := same
	less.Cash = money.FromUnits(1)
	several := report.Sum{Costs: []report.CurrencySum{{Currency: "EUR"}, {Currency: "USD"}}}
	for _, c := range []struct {
		lens Lens
		sum  *report.Sum
		want bool
	}{
		{Lens{}, &less, false}, {Lens{Cash: true}, &same, false}, {Lens{Cash: true}, &less, true},
		{Lens{Cash: true}, &report.Sum{}, true}, {Lens{Cash: true}, &several, true}, {Lens{}, &several, false},
	} {
		if got := c.lens.Differs(c.sum); got != c.want {
			t.Errorf("cash %t of %+v: %t", c.lens.Cash, c.sum, got)
		}
	}
}
