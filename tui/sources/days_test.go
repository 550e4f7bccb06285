package sources

import (
	"testing"

	"tokpit/money"
	"tokpit/tui/chart"
	"tokpit/usage"
)

// billLane is what a bill says of two days.
func billLane(of string, billed map[string][]money.Amount) lane {
	return lane{of: of, basis: usage.Billed, days: make([]chart.StripDay, 2), records: []int64{1, 1}, billed: billed, to: 2}
}

// Money of one currency adds up over bills that share a column; several currencies
// are never one sum, nor tokens.
func TestBillsOfADay(t *testing.T) {
	five, err := money.Parse("5")
	if err != nil {
		t.Fatal(err)
	}
	var none money.Amount
	all := fold([]lane{
		billLane("a", map[string][]money.Amount{"USD": {five, five}}),
		billLane("b", map[string][]money.Amount{"USD": {five, none}}),
		billLane("c", map[string][]money.Amount{"EUR": {none, five}}),
	})
	for _, c := range []struct {
		lane       lane
		day, width int
		want       string
	}{
		{all, 0, 20, "$10.00"},
		{all, 1, 20, "€5.00 + $5.00"},
		{all, 1, 8, "several"},
		{billLane("d", map[string][]money.Amount{"EUR": {none, five}}), 0, 20, "€0.00"},
	} {
		if got := c.lane.money(c.day, c.width); got != c.want {
			t.Errorf("day %d in %d cells is %q, want %q", c.day, c.width, got, c.want)
		}
	}
	if all.records[0] != 3 {
		t.Errorf("%d records", all.records[0])
	}
}
