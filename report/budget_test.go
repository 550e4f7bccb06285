package report

import (
	"context"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
	"tokpit/usage/demo"
)

func drawBudget(t *rapid.T) *budget.Budget {
	b := &budget.Budget{Name: "b", Amount: money.FromUnits(100), Currency: "USD", Zone: drawZone(t).String(),
		Period: rapid.SampledFrom(budget.Periods()).Draw(t, "period")}
	scope := budget.Scope{}
	for d, values := range map[usage.Dimension][]string{usage.ByProject: {"", "x"}, usage.ByKey: {"", "k"}, usage.ByProvider: {"openai", "anthropic"},
		usage.BySource: {"claude-code", "codex"}} {
		if picked := rapid.SliceOfNDistinct(rapid.SampledFrom(values), 0, 2, rapid.ID[string]).Draw(t, string(d)); len(picked) > 0 && rapid.Bool().Draw(t, "scope "+string(d)) {
			scope[d] = picked
		}
	}
	if len(scope) > 0 {
		b.Scope = scope
	}
	return b
}

// asked is what a report says that counts against a budget.
func asked(t *rapid.T, cube *usage.Cube, plans []pricing.Plan, b *budget.Budget, q Query) Sum {
	s := mustRun(t, cube, plans, q).Total
	if len(b.Scope) > 0 {
		s.Cash = s.Cash.Sub(s.PlanFee)
	}
	return s
}

func narrowed(q Query, d usage.Dimension) (Query, bool) {
	filter := map[usage.Dimension][]string{d: {""}}
	for other, values := range q.Filter {
		if other == d && !slices.Contains(values, "") {
			return q, false
		}
		if other != d {
			filter[other] = values
		}
	}
	q.Filter = filter
	return q, true
}

// What counts against a budget is what a report says: in sum, day by day, and
// as to what is untracked, unallocated and unpriced.
func TestBudgetsAgreeWithReports(t *testing.T) {
	now := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		cube, plans, b := drawCube(t), drawPlans(t), drawBudget(t)
		q := BudgetQuery(b, nil, now, rapid.IntRange(0, 3).Draw(t, "earlier"))
		if cube.Len() > 0 { // usage lies in the past, so look at the time that it is in
			q = BudgetQuery(b, nil, cube.Slot[rapid.IntRange(0, cube.Len()-1).Draw(t, "now")].Time(), 0)
		}
		got, err := BudgetInput(cube, pricing.Embedded(), plans, b, q, now)
		if err != nil {
			t.Fatal(err)
		}
		want := asked(t, cube, plans, b, q)
		var sum budget.Sum
		days := make(map[string]money.Amount)
		for _, d := range got.Days {
			sum = sum.Add(d.Sum)
			days[d.Day.In(q.Zone).Format(time.DateOnly)] = days[d.Day.In(q.Zone).Format(time.DateOnly)].Add(d.Cost)
		}
		if sum.Cost != want.Cash {
			t.Fatalf("%s counts, a report says %s", sum.Cost, want.Cash)
		}
		if sum.Low.Cmp(sum.Cost) > 0 || sum.High.Cmp(sum.Cost) < 0 {
			t.Fatalf("%s lies outside %s to %s", sum.Cost, sum.Low, sum.High)
		}
		if len(plans) == 0 && (sum.Low != want.Low || sum.High != want.High || sum.UnpricedTokens != want.UnpricedTokens) {
			t.Fatalf("%s to %s, %d unpriced; a report says %s to %s, %d", sum.Low, sum.High, sum.UnpricedTokens, want.Low, want.High, want.UnpricedTokens)
		}
		for d, part := range map[usage.Dimension]money.Amount{usage.ByKey: sum.Untracked, usage.ByProject: sum.Unallocated} {
			var lacks money.Amount
			if n, ok := narrowed(q, d); ok {
				s := mustRun(t, cube, plans, n).Total
				lacks = s.Cash.Sub(s.PlanFee)
			}
			if part != lacks {
				t.Fatalf("without %s: %s, a report says %s", d, part, lacks)
			}
		}
		byDay := q
		if len(b.Scope) == 0 {
			for _, r := range mustRun(t, cube, plans, byDay).Rows {
				if days[r.Keys[0]] != r.Sum.Cash {
					t.Fatalf("%s: %s counts, a report says %s", r.Keys[0], days[r.Keys[0]], r.Sum.Cash)
				}
			}
		}
	})
}

func demoRecords(t testing.TB) (all []usage.Record) {
	t.Helper()
	if _, err := demo.New(demo.DefaultNow()).Pull(context.Background(), nil, func(b usage.Batch) error {
		all = append(all, b.Records...)
		for _, s := range b.Slices {
			all = append(all, s.Records...)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	edges := pricing.Embedded().Edges()
	for i := range all {
		if all[i].Context != usage.Absent {
			all[i].Band = edges.Band(all[i].Context)
		}
	}
	return all
}

// A replay goes through exactly what counts against the budget, but for flat
// fees: every period, every scope, with and without plans.
func TestReplaysAddUpToBudgets(t *testing.T) {
	cube, records := demoCube(t), demoRecords(t)
	now := demo.DefaultNow()
	for name, c := range map[string]struct {
		scope  budget.Scope
		period budget.Period
		zone   string
		plans  []pricing.Plan
	}{
		"everything":          {nil, budget.Monthly, "", demoPlans()},
		"everything, no plan": {nil, budget.Monthly, "", nil},
		"a provider":          {budget.Scope{usage.ByProvider: {"openai"}}, budget.Monthly, "America/New_York", demoPlans()},
		"no key":              {budget.Scope{usage.ByKey: {""}}, budget.Quarterly, "", demoPlans()},
		"a week elsewhere":    {nil, budget.Weekly, "Asia/Kolkata", demoPlans()},
		"a source":            {budget.Scope{usage.BySource: {"openai"}}, budget.Yearly, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			b := &budget.Budget{Name: "b", Amount: money.FromUnits(1000), Currency: "USD", Period: c.period, Zone: c.zone, Scope: c.scope}
			q := BudgetQuery(b, nil, now, 0)
			spend, err := BudgetInput(cube, pricing.Embedded(), c.plans, b, q, now)
			if err != nil {
				t.Fatal(err)
			}
			status := b.Assess(spend.Spend, now)
			var fees money.Amount
			if len(c.scope) == 0 {
				eachFee(c.plans, status.Period, q.Zone, now, func(p *pricing.Plan, noon time.Time) { fees = fees.Add(p.Fee(noon)) })
			}
			held := NewBudgetRecords()
			for i := range records {
				if span := q.Cells(); span.Contains(records[i].Start) {
					held.Add(&records[i])
				}
			}
			r, err := held.Replay(b, status.Period, q, nil, cube.Coverage, pricing.Embedded(), c.plans)
			if err != nil {
				t.Fatal(err)
			}
			if r.Total.Add(fees) != status.Cost || len(r.Pieces) == 0 || r.Total.Sign() <= 0 {
				t.Errorf("%d pieces of %s and fees of %s; the budget counts %s", len(r.Pieces), r.Total, fees, status.Cost)
			}
			if r.UnpricedTokens != status.UnpricedTokens {
				t.Errorf("%d unpriced tokens, the budget says %d", r.UnpricedTokens, status.UnpricedTokens)
			}
			var sum money.Amount
			for i, p := range r.Pieces {
				sum = sum.Add(p.Cost)
				if !status.Period.Contains(p.At) || int(p.Group) >= len(r.Groups) {
					t.Fatalf("piece %d: %+v", i, p)
				}
			}
			if sum != r.Total {
				t.Errorf("pieces add up to %s, not %s", sum, r.Total)
			}
			checkRefusals(t, r)
		})
	}
}

// checkRefusals asks what half of the spend as a limit would have refused: by
// any dimension it is what was saved.
func checkRefusals(t *testing.T, r *BudgetReplay) {
	half := money.NewRate(r.Total).Scale(1, 2).Amount()
	o := budget.NewReplay(r.Period, r.Pieces).Ask(half, 10*time.Minute, nil)
	if !o.Stopped || o.Total != r.Total || o.Spent.Add(o.Saved) != r.Total {
		t.Errorf("%+v", o)
	}
	for _, by := range []usage.Dimension{usage.ByKey, usage.ByProject, usage.ByUser, usage.ByModel} {
		var cost money.Amount
		var pieces int64
		list := r.RefusedBy(&o, by)
		for i, x := range list {
			cost, pieces = cost.Add(x.Cost), pieces+x.Pieces
			if i > 0 && list[i-1].Cost.Cmp(x.Cost) < 0 {
				t.Errorf("by %s: %s comes after %s", by, x.Cost, list[i-1].Cost)
			}
		}
		if cost != o.Saved || pieces != o.Refused {
			t.Errorf("by %s: %d pieces of %s are refused, %d of %s in all", by, pieces, cost, o.Refused, o.Saved)
		}
	}
}

// Amounts in another currency never count; they are told.
func TestBudgetsCountOneCurrency(t *testing.T) {
	now := at(t, "2026-11-20T15:00Z")
	plan := pricing.Plan{Source: "codex", Monthly: money.FromUnits(30), Currency: "EUR", From: at(t, "2026-11-01")}
	cube := cubeOf([]cell1{one(t, "2026-11-10T10:00Z", usage.Dims{Source: "openai", Provider: "openai", Model: "gpt-5"}, usage.Tokens{Input: 1_000_000})})
	b := &budget.Budget{Name: "b", Amount: money.FromUnits(10), Currency: "EUR", Period: budget.Monthly}
	got, err := BudgetInput(cube, pricing.Embedded(), []pricing.Plan{plan}, b, BudgetQuery(b, nil, now, 0), now)
	if err != nil {
		t.Fatal(err)
	}
	if st := b.Assess(got.Spend, now); st.Cost != money.FromUnits(20) || len(got.FeeDays) != 20 {
		t.Errorf("20 days of fees: %s, %d", st.Cost, len(got.FeeDays))
	}
	if len(got.Elsewhere) != 1 || got.Elsewhere[0].Currency != "USD" || got.Elsewhere[0].Cash != amount(t, "1.25") || len(got.Notes) != 1 {
		t.Errorf("%+v, %+v", got.Elsewhere, got.Notes)
	}
	b.Scope = budget.Scope{usage.BySource: {"codex"}}
	if got, err = BudgetInput(cube, pricing.Embedded(), []pricing.Plan{plan}, b, BudgetQuery(b, nil, now, 0), now); err != nil || len(got.Days) != 0 {
		t.Errorf("a scope has no fees: %+v, %v", got, err)
	}
}
