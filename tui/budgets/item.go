package budgets

import (
	"slices"
	"time"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/chart"
	"tokpit/tui/ui"
)

// item is a budget with what the page works out of it once.
type item struct {
	*report.BudgetStanding
	zone    *time.Location
	alerts  []budget.Alert // that fired in the running period, newest first
	snoozes []budget.Snooze
	// Messages about this budget that have not arrived: given up, or failed and to
	// be tried again.
	failed []budget.Delivery
	gauge  chart.Budget
	points []chart.BurnPoint
	days   []time.Time // the first instants of the period's days, and its end
}

// widest is the most over its limit, as a part of it, that a gauge shows.
const widest = 1.6

// newItems prepares all budgets of a snapshot, in their order. The right edge of
// their gauges stands for the same part of each limit, so that all limits stand
// in one column.
func newItems(s *report.Snapshot) (items []item) {
	most := 1.0
	if s.Budgets == nil {
		return nil
	}
	for i := range s.Budgets.Standings {
		it := newItem(s, &s.Budgets.Standings[i])
		most = max(most, it.Used, it.gauge.Point)
		if it.gauge.Foreseen {
			most = max(most, it.gauge.High)
		}
		items = append(items, it)
	}
	most = min(most*1.04, widest)
	for i := range items {
		items[i].gauge.Most = most
	}
	return items
}

func newItem(s *report.Snapshot, standing *report.BudgetStanding) item {
	it := item{BudgetStanding: standing, zone: zoneOf(standing.Budget.Zone), days: standing.Budget.Days(standing.Period)}
	all := s.Budgets
	if all == nil {
		all = &report.Budgets{}
	}
	for _, a := range all.Alerts.Fired(it.Budget.Name) {
		if a.Period == it.Period {
			it.alerts = append(it.alerts, a)
		}
	}
	for _, z := range all.Alerts.Snoozes {
		if z.Budget == it.Budget.Name && z.Until.After(s.AsOf) {
			it.snoozes = append(it.snoozes, z)
		}
	}
	for _, d := range all.Deliveries {
		if d.Done.IsZero() && d.LastErr != "" && about(&d) == it.Budget.Name {
			it.failed = append(it.failed, d)
		}
	}
	limit := it.Limit.Float()
	part := func(a money.Amount) float64 {
		if limit <= 0 {
			return 0
		}
		return a.Float() / limit
	}
	it.gauge = chart.Budget{Used: it.Used, Elapsed: it.Elapsed, Most: 1}
	for _, m := range it.Marks {
		if !m.Forecast {
			it.gauge.Marks = append(it.gauge.Marks, part(m.At))
		}
	}
	if f := it.Forecast; f.Known && !it.Ended {
		it.gauge.Foreseen, it.gauge.Point, it.gauge.Low, it.gauge.High = true, part(f.Point), part(f.Low), part(f.High)
	}
	for _, b := range it.Burn {
		if b.Known {
			it.points = append(it.points, chart.BurnPoint{At: b.At, Served: b.Spent.Float(), Total: b.Spent.Float()})
		}
	}
	return it
}

// about is the budget that a message is about; "" if it is about none.
func about(d *budget.Delivery) string {
	if i := slices.IndexFunc(d.Body.Fields, func(f budget.Field) bool { return f.Name == "budget" }); i >= 0 {
		return d.Body.Fields[i].Value
	}
	return ""
}

func zoneOf(name string) *time.Location {
	if zone, err := time.LoadLocation(name); err == nil { // "" is UTC
		return zone
	}
	return time.UTC
}

// unseen are the alerts that nobody has acknowledged.
func (it *item) unseen() []budget.Alert {
	return slices.DeleteFunc(slices.Clone(it.alerts), func(a budget.Alert) bool { return !a.AckedAt.IsZero() })
}

// silent is until when nothing is told about the budget; zero if things are.
func (it *item) silent() time.Time {
	for _, z := range it.snoozes {
		if z.Threshold == "" {
			return z.Until
		}
	}
	return time.Time{}
}

// willBeOver is the word of a budget that is expected to end over its limit.
const willBeOver = "! will be over"

// willBeOver reports whether a budget that still holds is expected not to.
func (it *item) willBeOver() bool {
	return it.Err == nil && !it.Ended && it.State != budget.StateOver && it.Exceeds()
}

// outlook is the state with what is expected: a budget that will be over is not ok.
func (it *item) outlook() budget.State {
	if it.willBeOver() {
		return budget.StateWarn
	}
	return it.State
}

// ink is the colour of a state.
func ink(st *ui.Styles, s budget.State) ui.Ink {
	switch s {
	case budget.StateOver:
		return st.Bad
	case budget.StateWarn:
		return st.Warn
	case budget.StateOK:
		return st.Good
	}
	return st.Muted
}

// word names where the budget stands, with a sign so that colour is not needed.
// That it is going to be over says more than which threshold is reached.
func (it *item) word() string {
	if it.willBeOver() {
		return willBeOver
	}
	switch it.State {
	case budget.StateOver:
		return "× over"
	case budget.StateWarn:
		return "! warn"
	case budget.StateOK:
		return "✓ ok"
	}
	return "? unknown"
}
