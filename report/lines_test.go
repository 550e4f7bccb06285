package report

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
	"tokpit/usage/demo"
)

// What lines cost by day is what a report by day says, to the last digit, and
// the days of a view's span add up to what the line says of it.
func checkDays(t failer, s *Snapshot, v *View) {
	t.Helper()
	place := make(map[string]int)
	for i, p := range v.Trend {
		place[p.Day.Format(time.DateOnly)] = i
	}
	for d, lines := range map[usage.Dimension][]Line{usage.ByModel: v.Models, usage.ByProject: v.Projects, usage.ByProvider: v.Providers, usage.BySource: v.SourceLines} {
		r, err := Run(s.Cube, s.Book, s.Plans, Query{Zone: s.Zone, By: []usage.Dimension{d, usage.ByDay}, Filter: v.Filter}, s.AsOf)
		if err != nil {
			t.Fatal(err)
		}
		want := make(map[string]map[int]Sum)
		for _, row := range r.Rows {
			if want[row.Keys[0]] == nil {
				want[row.Keys[0]] = make(map[int]Sum)
			}
			if i, ok := place[row.Keys[1]]; ok {
				want[row.Keys[0]][i] = row.Sum
			}
		}
		for _, l := range lines {
			days, cash := l.Daily(len(v.Trend), false), l.Daily(len(v.Trend), true)
			var whole money.Amount
			for i, p := range v.Trend {
				whole = whole.Add(days[i])
				if got, want := days[i], want[l.Name][i]; got != want.Cost || cash[i] != want.Cost.Sub(want.PlanCost) {
					t.Errorf("%s %q on %s: cost %s, cash %s, want %s and plan %s", d, l.Name, p.Day, got, cash[i], want.Cost, want.PlanCost)
				}
			}
			if spanIsTrend(v) && whole != l.Sum.Cost {
				t.Errorf("%s %q: days add up to %s, want %s", d, l.Name, whole, l.Sum.Cost)
			}
		}
	}
}

// spanIsTrend reports that a view's days are just those of its span.
func spanIsTrend(v *View) bool {
	first := v.Trend[0].Day
	return !v.History && v.Days == 0 && !v.Span.Since.IsZero() && !v.Span.Since.Before(first)
}

func TestDaysOfLinesAgreeWithReports(t *testing.T) {
	s := BuildSnapshot(Input{Cube: demoCube(t), Book: pricing.Embedded(), Plans: demoPlans(), Zone: zone(t, "Pacific/Auckland"), AsOf: demo.DefaultNow()})
	checkDays(t, s, CycleView(s))
	if most := s.Providers[0]; len(most.Days) < 100 {
		t.Errorf("%s has %d days", most.Name, len(most.Days))
	}
	for _, period := range []string{"7d", "last-month", "2026-11-18"} {
		span, err := Calendar{Now: s.AsOf, Zone: s.Zone}.Span(period, "")
		if err != nil {
			t.Fatal(err)
		}
		v, err := NewViewer(s, nil).View(ViewQuery{Span: span, Filter: map[usage.Dimension][]string{usage.ByProject: {s.Projects[0].Name, s.Projects[1].Name}}})
		if err != nil {
			t.Fatal(err)
		}
		if !spanIsTrend(v) {
			t.Errorf("%s: the trend has other days", period)
		}
		checkDays(t, s, v)
	}
}

func TestDaysOfLinesOfAnyUsage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cube := drawCube(t)
		asOf := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
		s := BuildSnapshot(Input{Cube: cube, Book: pricing.Embedded(), Plans: drawPlans(t), Zone: drawZone(t), AsOf: asOf})
		checkDays(t, s, CycleView(s))
		first := asOf.AddDate(0, 0, -300)
		if cube.Len() > 0 {
			first = cube.Slot[0].Time()
		}
		day := (Calendar{Zone: s.Zone}).Day(first.AddDate(0, 0, rapid.IntRange(0, 3).Draw(t, "day")))
		span := usage.Span{Since: day.Since, Until: nextDay(s.Zone, nextDay(s.Zone, day.Since)).UTC()}
		v, err := NewViewer(s, nil).View(ViewQuery{Span: span})
		if err != nil {
			t.Fatal(err)
		}
		checkDays(t, s, v)
	})
}

// A line whose prices are in two currencies has no days, also if each half of the
// walk has seen only one of them.
func TestDaysOfTwoCurrencies(t *testing.T) {
	dollars, yuan := pricing.Charge{Cost: money.FromUnits(1), Currency: "USD"}, pricing.Charge{Cost: money.FromUnits(2), Currency: "CNY"}
	var one, two, same lineDays
	one.add(3, &dollars, false)
	two.add(3, &yuan, false)
	same.add(3, &dollars, true)
	same.add(4, &dollars, true)
	one.merge(&same)
	if got := one.costs(); len(got) != 2 || got[0] != (LineDay{3, money.FromUnits(2), money.FromUnits(1)}) || got[1].Day != 4 {
		t.Errorf("days are %+v", got)
	}
	if one.merge(&two); one.costs() != nil {
		t.Errorf("two currencies have days %+v", one.costs())
	}
	if same.add(5, &yuan, false); same.costs() != nil {
		t.Errorf("two currencies have days %+v", same.costs())
	}
}
