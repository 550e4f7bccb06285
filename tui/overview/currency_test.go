package overview

import (
	"strings"
	"testing"

	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

// inEuro turns a sum's plan fee into one of so many euros.
func inEuro(s *report.Sum, fee int64) {
	usage := s.Cash.Sub(s.PlanFee)
	s.Costs = []report.CurrencySum{
		{Currency: "EUR", Cash: money.FromUnits(fee)},
		{Currency: "USD", Cost: s.Cost, Cash: usage},
	}
	s.Cost, s.Low, s.High, s.Cash, s.PlanFee, s.PlanCost, s.Currency = money.Amount{}, money.Amount{}, money.Amount{}, money.Amount{}, money.Amount{}, money.Amount{}, ""
}

// A fee in another currency is not drawn as if it were dollars, and does not
// hide the dollars of its day.
func TestCurrenciesAreNotMixed(t *testing.T) {
	s := tuitest.Sample()
	plain := newDays(s, ui.Lens{Cash: true}, nil)
	for _, n := range newNotes(s, false, ui.Lens{}) {
		if strings.Contains(n.text, "dollars") {
			t.Errorf("a note about dollars only: %q", n.text)
		}
	}
	alone := len(s.Trend) - 2
	for i := range s.Trend {
		inEuro(&s.Trend[i].Sum, 7)
	}
	only := &s.Trend[alone]
	only.Sum = report.Sum{Cash: money.FromUnits(7), PlanFee: money.FromUnits(7), CashKnown: true, Currency: "EUR"}
	clear(only.Parts)
	clear(only.Planned)
	inEuro(&s.Cycle, 140)

	d := newDays(s, ui.Lens{Cash: true}, nil)
	fees := len(d.series) - 1
	for i := range s.Trend {
		parts, _ := d.total(i, i+1)
		if !parts[fees].IsZero() {
			t.Fatalf("%s: euros are drawn as $%s", s.Trend[i].Day, parts[fees])
		}
		want, _ := plain.total(i, i+1)
		if i != alone && parts[0] != want[0] {
			t.Fatalf("%s: %s of dollars are drawn, want %s", s.Trend[i].Day, parts[0], want[0])
		}
	}
	screen := view(newPage(s, 140, 40))
	for _, want := range []string{"€140.00 + $", "Cost per request", "chart in $ only"} {
		if !strings.Contains(screen, want) {
			t.Errorf("%q is not on\n%s", want, screen)
		}
	}
	if _, ok := s.Cycle.CostPerRequest(); ok || strings.Contains(screen, "Plan fees to date") {
		t.Errorf("one figure for two currencies on\n%s", screen)
	}
}

// Dollars among the fees of a day in two currencies are drawn.
func TestDollarFeesBesideEuros(t *testing.T) {
	s := tuitest.Sample()
	pt := &s.Trend[0]
	inEuro(&pt.Sum, 7)
	pt.Sum.Costs[1].Cash = pt.Sum.Costs[1].Cash.Add(money.FromUnits(2))
	parts := cashParts(pt)
	if fee := parts[len(parts)-1]; fee != money.FromUnits(2) {
		t.Errorf("the fee in dollars is %s", fee)
	}
}

// Where some requests are not counted, the cost of one is a bound wherever it
// stands.
func TestCostOfOneIsABound(t *testing.T) {
	s := tuitest.Sample()
	line := s.Models[0]
	line.Sum.Records, line.Sum.Uncounted = 2, 1
	r := newRows([]report.Line{line}, ui.Lens{}, "unknown")[0]
	if r.make(); !strings.HasPrefix(r.per, "≤ $") {
		t.Errorf("a row says %q", r.per)
	}
	said := 0
	for _, row := range moneyRows(ui.NewStyles(ui.Theme{}), s, &line.Sum) {
		if row.Label == "Per request" {
			said++
			if !strings.HasPrefix(row.Value, "≤ $") {
				t.Errorf("details say %q", row.Value)
			}
		}
	}
	if said != 1 {
		t.Errorf("the cost of one request is said %d times", said)
	}
}

// What one request costs is tokens × price: beneath cash that is another figure,
// and says so.
func TestCostOfOneIsNamed(t *testing.T) {
	s := tuitest.Sample()
	for _, c := range []struct {
		cash bool
		want []string
	}{{true, []string{"API-equiv. per req.", "API/req."}}, {false, []string{"Cost per request", "per req."}}} {
		p := newPage(s, 320, 60)
		p.SetLens(ui.Lens{Cash: c.cash})
		for _, want := range c.want {
			if screen := view(p); !strings.Contains(screen, want) {
				t.Errorf("cash %t: %q is not on\n%s", c.cash, want, screen)
			}
		}
	}
	line := s.Models[0].Sum
	for _, covered := range []bool{false, true} {
		if line.Cash = line.Cost; covered {
			line.Cash = money.Amount{}
		}
		for _, row := range moneyRows(ui.NewStyles(ui.Theme{}), s, &line) {
			if row.Label == "Per request" && (row.Note == "API-equivalent") != covered {
				t.Errorf("covered %t: details say %q", covered, row.Note)
			}
		}
	}
	s.Cycle.Records, s.Cycle.Uncounted = 10, 6
	if c := perRequest(s, ui.Lens{Cash: true}); c.value != ui.Unknown || c.note != "" {
		t.Errorf("most requests are not counted, and one costs %q, %q", c.value, c.note)
	}
}
