package tuitest

import (
	"errors"
	"math"
	"time"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/report"
	"tokpit/usage"
)

// spendOf is a spend of many days with weekends, in cents a day, known up to a
// few minutes ago. A part of every hundredth counts.
func spendOf(now time.Time, days int, level, growth float64) budget.Spend {
	s := budget.Spend{AsOf: now.Add(-4 * time.Minute)}
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	for i := range days {
		day := today.AddDate(0, 0, i-days+1)
		v := level + growth*float64(i) + level*0.25*math.Sin(float64(i)*0.9)
		switch day.Weekday() {
		case time.Saturday, time.Sunday:
			v *= 0.3
		}
		if i == days-1 {
			v *= 0.6
		}
		cost := cents(int64(v))
		s.Days = append(s.Days, budget.DaySum{Day: day, Sum: budget.Sum{Cost: cost, Low: cost, High: cost}})
	}
	return s
}

// budgetStanding assesses a budget and divides its spend by shares in thousandths.
func budgetStanding(b budget.Budget, s budget.Spend, now time.Time, by usage.Dimension, labels []string, shares []int64) report.BudgetStanding {
	st := report.BudgetStanding{Status: b.Assess(s, now), Spend: report.BudgetSpend{Spend: s}, Source: "openai"}
	if st.Cost.IsZero() {
		return st
	}
	for i, part := range money.Split(st.Cost, shares) {
		c := report.Contributor{By: by, Value: labels[i], Label: labels[i], Cost: part, Share: shares[i]}
		switch labels[i] {
		case "untracked", "unallocated":
			c.Kind, c.Value = report.PartNone, ""
		case "plan fees":
			c.Kind, c.Value, st.Fees = report.PartFees, "", part
		case "4 others":
			c.Kind, c.Value = report.PartOther, ""
		}
		st.Contributors = append(st.Contributors, c)
	}
	st.Breakdowns = []report.Breakdown{{By: by, Parts: st.Contributors}}
	return st
}

// Budgeted is the sample with budgets in every state, alerts that were told, and
// a message that did not arrive.
func Budgeted() *report.Snapshot {
	s := Sample()
	now := s.AsOf
	warn := []budget.Threshold{{Percent: 50_000}, {Percent: 80_000}, {Forecast: true, Percent: 100_000}}
	all := budget.Budget{Name: "all", Amount: money.FromUnits(4500), Currency: "USD", Period: budget.Monthly, Zone: "UTC", Warn: warn,
		Notify: []string{"mail:owner@example.com", "ops"}}
	ci := budget.Budget{Name: "ci", Amount: money.FromUnits(300), Currency: "USD", Period: budget.Monthly, Zone: "UTC", Hard: true,
		Scope: budget.Scope{usage.ByKey: {"key_ci"}}, Warn: []budget.Threshold{{Percent: 80_000}}}
	web := budget.Budget{Name: "web", Amount: money.FromUnits(400), Currency: "USD", Period: budget.Weekly, Zone: "Europe/Berlin",
		Scope: budget.Scope{usage.ByProject: {"checkout-api", "mobile-app"}}, Warn: []budget.Threshold{{Percent: 80_000}}}
	lab := budget.Budget{Name: "lab", Amount: money.FromUnits(50), Currency: "USD", Period: budget.Monthly, Anchor: budget.Anchor{Day: 15}, Zone: "UTC",
		Scope: budget.Scope{usage.ByUser: {"mara"}}}
	b := &report.Budgets{AsOf: now}
	b.Standings = []report.BudgetStanding{
		budgetStanding(all, spendOf(now, 90, 14_000, 90), now, usage.ByProject, []string{"checkout-api", "mobile-app", "search-relevance", "4 others", "unallocated", "plan fees"}, []int64{402, 251, 148, 61, 74, 64}),
		budgetStanding(ci, spendOf(now, 60, 2_300, 4), now, usage.ByModel, []string{"gpt-5.2", "gpt-5-mini"}, []int64{811, 189}),
		budgetStanding(lab, spendOf(now, 4, 210, 10), now, usage.ByModel, []string{"claude-opus-4-8"}, []int64{1000}),
		budgetStanding(web, spendOf(now, 90, 4_300, 2), now, usage.ByKey, []string{"web-prod", "untracked"}, []int64{930, 70}),
	}
	first := &b.Standings[0]
	fired := func(budgetName string, t budget.Threshold, of *report.BudgetStanding, at time.Time, who ...string) budget.Alert {
		a := budget.Alert{Budget: budgetName, Period: of.Period, Threshold: t, Amount: t.At(of.Limit), Value: t.At(of.Limit).Add(cents(312)), FiredAt: at}
		for _, w := range who {
			a.Told = append(a.Told, budget.Told{Target: w})
		}
		return a
	}
	half := fired("all", warn[0], first, now.AddDate(0, 0, -8), "mail:owner@example.com", "ops")
	half.AckedAt, half.AckedBy = now.AddDate(0, 0, -8).Add(time.Hour), "mara"
	b.Alerts.Alerts = []budget.Alert{half, fired("all", warn[1], first, now.Add(-5*time.Hour), "mail:owner@example.com"),
		fired("ci", ci.Warn[0], &b.Standings[1], now.AddDate(0, 0, -3))}
	b.Alerts.Snoozes = []budget.Snooze{{Budget: "web", Until: now.Add(15 * time.Hour)}}
	lost := budget.NewDelivery("k1", "ops", "Budget all: 80 %", budget.Body{Kind: "budget", Level: "warn", Fields: []budget.Field{{Name: "budget", Label: "Budget", Value: "all"}}}, now.Add(-5*time.Hour))
	lost.Attempts, lost.NextTry, lost.LastErr = 3, now.Add(12*time.Minute), "the receiver answered 503"
	b.Deliveries = []budget.Delivery{lost}
	b.Unusual = []report.UnusualDay{{Day: time.Date(2026, 11, 10, 0, 0, 0, 0, time.UTC), Label: "all usage", Text: "Tue 10 Nov is 2.1× its usual, 81 % of the rise is key ci-bot on gpt-5.2"}}
	s.Budgets = b
	return s
}

// Unbudgeted is the sample without any budget.
func Unbudgeted() *report.Snapshot {
	s := Sample()
	s.Budgets = &report.Budgets{AsOf: s.AsOf}
	return s
}

// HostileBudgets is the sample of budgets with names that try to break the
// screen, amounts at the end of their range, and one that cannot be computed.
func HostileBudgets() *report.Snapshot {
	s, names := Budgeted(), HostileNames()
	for i := range s.Budgets.Standings {
		st := &s.Budgets.Standings[i]
		b := *st.Budget
		was := b.Name
		b.Name, b.Notify = names[i], names
		for j := range s.Budgets.Alerts.Alerts {
			a := &s.Budgets.Alerts.Alerts[j]
			if a.Budget == was {
				a.Budget, a.AckedBy = b.Name, names[5]
				a.Told = append(a.Told, budget.Told{Target: names[j]})
			}
		}
		st.Budget, st.Source = &b, names[4]
		b.Scope = budget.Scope{usage.ByKey: names, usage.Dimension("tag:" + names[0]): {names[1]}}
		for j := range st.Contributors {
			st.Contributors[j].Label = names[(i+j)%len(names)]
		}
		st.Spend.Notes = append(st.Spend.Notes, report.Note{Code: "x", Text: names[i]})
	}
	d := &s.Budgets.Deliveries[0]
	d.Body.Fields[0].Value, d.LastErr, d.To, d.Channel = s.Budgets.Standings[0].Budget.Name, names[0], names[5], names[2]
	s.Budgets.Unusual[0].Text = names[0]
	huge := &s.Budgets.Standings[1]
	huge.Limit, huge.Cost, huge.Headroom, huge.Used = money.FromUnits(1), money.Max(), money.Max().Neg(), math.Inf(1)
	huge.Forecast = budget.Forecast{Known: true, Point: money.Max(), Low: money.Max(), High: money.Max(), Method: names[3]}
	broken := &s.Budgets.Standings[3]
	broken.Err, broken.State = errors.New("the name "+names[0]+" is of two keys"), ""
	return s
}
