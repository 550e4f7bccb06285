package report

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// Every limit, whoever keeps it: headroom is limit - spent, spent is what a
// budget of the same scope has spent, and exactly one bites first.
func TestLimitsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cube, plans, b := drawCube(t), drawPlans(t), drawBudget(t)
		now := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
		if cube.Len() > 0 {
			now = cube.Slot[rapid.IntRange(0, cube.Len()-1).Draw(t, "now")].Time()
		}
		var kept Kept
		for i := range rapid.IntRange(0, 4).Draw(t, "limits") {
			kept.Limits = append(kept.Limits, budget.Limit{Name: fmt.Sprint("l", i), Provider: drawProvider(t), Account: rapid.SampledFrom([]string{"", "a"}).Draw(t, "account"),
				Kind: rapid.SampledFrom(budget.LimitKinds()).Draw(t, "kind"), Amount: money.FromAtto(rapid.Int64Range(1, 9e18).Draw(t, "amount")), Currency: "USD",
				Period: rapid.SampledFrom(budget.Periods()).Draw(t, "period")})
		}
		all := keptOf(t, BudgetsInput{Plans: plans, Now: now, Kept: &kept, Budgets: []budget.Budget{*b}}, cube)
		first := 0
		for i := range all.Limits {
			l := &all.Limits[i]
			if l.Err != nil || l.Headroom.Add(l.Cost) != l.Limit || l.Limit != l.Budget.Amount || l.Reached != (l.Headroom.Sign() <= 0) {
				t.Fatalf("%+v does not add up", l)
			}
			if !l.ReachedAt.IsZero() && (l.Reached || !l.ReachedAt.After(now) || l.ReachedAt.After(l.Period.Until)) {
				t.Fatalf("reached %s, now %s, %+v", l.ReachedAt, now, l.Period)
			}
			if l.Origin == FromBudget && l.Cost != all.Standings[0].Cost {
				t.Fatalf("%s is spent, the budget says %s", l.Cost, all.Standings[0].Cost)
			}
			if l.Origin == FromNote {
				q := BudgetQuery(l.Budget, nil, now, 0)
				q.Since, q.Until = l.Period.Since, l.Period.Until
				r, err := Run(cube, pricing.Embedded(), plans, q, now)
				if err != nil || l.Cost != r.Total.Cash.Sub(r.Total.PlanFee) {
					t.Fatalf("%s is spent, a report says %s; %v", l.Cost, r.Total.Cash, err)
				}
			}
			if l.First {
				first++
				checkFirst(t, l, all.Limits)
			}
		}
		if len(all.Limits) != len(kept.Limits)+1 || first != 1 || all.FirstLimit() == nil {
			t.Fatalf("%d limits, %d of them bite first", len(all.Limits), first)
		}
	})
}

func checkFirst(t *rapid.T, first *LimitStanding, all []LimitStanding) {
	for i := range all {
		l := &all[i]
		will := l.Reached || !l.ReachedAt.IsZero()
		switch {
		case l.Refuses && l.Reached && !(first.Refuses && first.Reached):
			t.Fatalf("%s refuses already, %s is said to be first", l.Budget.Name, first.Budget.Name)
		case l.Refuses && will && (!first.Refuses || !first.Reached && l.ReachedAt.Before(first.ReachedAt)):
			t.Fatalf("%s refuses before %s", l.Budget.Name, first.Budget.Name)
		case will && !first.Reached && first.ReachedAt.IsZero():
			t.Fatalf("%s is reached, %s is not", l.Budget.Name, first.Budget.Name)
		}
	}
	if first.Why == "" {
		t.Fatal("nobody says why")
	}
}

// daily makes a steady 10 USD of gpt-5 a day, from 1 to 19 November.
func daily(t testing.TB, d usage.Dims) []cell1 {
	var out []cell1
	d.Provider, d.Model, d.Source, d.Basis = "openai", "gpt-5", "openai", usage.Reported
	for day := 1; day < 20; day++ {
		out = append(out, one(t, fmt.Sprintf("2026-11-%02dT10:00Z", day), d, usage.Tokens{Output: 1_000_000}))
	}
	return out
}

func noted(name string, kind budget.LimitKind, amount int64) budget.Limit {
	return budget.Limit{Name: name, Provider: "openai", Kind: kind, Amount: money.FromUnits(amount), Currency: "USD", Period: budget.Monthly}
}

func TestWhichLimitBitesFirst(t *testing.T) {
	cube, now := cubeOf(daily(t, usage.Dims{})), at(t, "2026-11-20T00:00Z") // 190 USD; 300 at the end
	own := budget.Budget{Name: "ours", Amount: money.FromUnits(200), Currency: "USD", Period: budget.Monthly}
	for name, c := range map[string]struct {
		limits     []budget.Limit
		budgets    []budget.Budget
		first, why string
	}{
		"the one that refuses, though another tells before": {[]budget.Limit{noted("hard", budget.LimitHard, 250), noted("soft", budget.LimitSoft, 200)}, nil, "hard", "first that refuses requests, on 2026-11-26"},
		"the earlier of two":             {[]budget.Limit{noted("approved", budget.LimitApproved, 280), noted("hard", budget.LimitHard, 250)}, nil, "hard", "2026-11-26"},
		"the one that is reached":        {[]budget.Limit{noted("approved", budget.LimitApproved, 190), noted("hard", budget.LimitHard, 250)}, nil, "approved", "is reached and refuses requests: USD 190.00 of USD 190.00"},
		"one that tells, if none will":   {[]budget.Limit{noted("hard", budget.LimitHard, 5000), noted("soft", budget.LimitSoft, 250)}, nil, "soft", "2026-11-26 at this pace and tells somebody; none that refuses"},
		"a budget that is over":          {[]budget.Limit{noted("hard", budget.LimitHard, 5000)}, []budget.Budget{func() budget.Budget { b := own; b.Amount = money.FromUnits(100); return b }()}, "ours", "is reached and tells somebody"},
		"the nearest, if none will":      {[]budget.Limit{noted("far", budget.LimitHard, 5000), noted("near", budget.LimitHard, 400), noted("soft", budget.LimitSoft, 350)}, nil, "near", "is the nearest, and is not reached"},
		"our budget alone":               {nil, []budget.Budget{own}, "ours", "it is reached on 2026-11-21 at this pace and tells somebody"},
		"names decide between the equal": {[]budget.Limit{noted("b", budget.LimitHard, 250), noted("a", budget.LimitHard, 250)}, nil, "a", "2026-11-26"},
	} {
		b := keptOf(t, BudgetsInput{Now: now, Budgets: c.budgets, Kept: &Kept{Limits: c.limits}}, cube)
		f := b.FirstLimit()
		if f == nil || f.Budget.Name != c.first || !strings.Contains(f.Why, c.why) {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if b := keptOf(t, BudgetsInput{Now: now, Kept: &Kept{}}, cube); b.FirstLimit() != nil || len(b.Limits) != 0 {
		t.Errorf("there is no limit: %+v", b.Limits)
	}
	var none *Budgets
	if none.FirstLimit() != nil {
		t.Error("nothing is known")
	}
	early := keptOf(t, BudgetsInput{Now: at(t, "2026-11-02T00:00Z"), Kept: &Kept{Limits: []budget.Limit{noted("hard", budget.LimitHard, 250)}}}, cubeOf(daily(t, usage.Dims{})[:1]))
	if f := early.FirstLimit(); f == nil || !strings.Contains(f.Why, "no forecast yet") {
		t.Errorf("on the second day: %+v", f)
	}
}

// What OpenAI says is set: limits and alerts of the account and of projects.
func TestLimitsThatAProviderTellsOf(t *testing.T) {
	set := func(scope usage.Dimension, id string, amount int64, enforced bool, note string) usage.SpendLimit {
		return usage.SpendLimit{Scope: scope, ID: id, Amount: money.FromUnits(amount), Currency: "USD", Interval: "month", Enforced: enforced, Note: note}
	}
	odd := set(usage.ByOrganization, "", 5, true, "")
	odd.Interval = "fortnight"
	cells := append(daily(t, usage.Dims{Account: "acme", Project: "p1"}), daily(t, usage.Dims{Account: "other", Project: "p1"})...)
	src := SourceStatus{Name: "acme", Type: "openai", Account: "acme", Standing: &usage.Standing{Limits: []usage.SpendLimit{
		set(usage.ByOrganization, "", 1000, true, "enforcing\x1b[31m"), set(usage.ByOrganization, "", 150, false, "e-mail to ann@example.com"),
		set(usage.ByOrganization, "", 300, false, "e-mail to bob@example.com"), set(usage.ByProject, "p1", 200, true, ""), odd,
		set(usage.ByOrganization, "", 0, true, "")}}}
	in := BudgetsInput{Now: at(t, "2026-11-20T00:00Z"), Sources: []SourceStatus{src}, Kept: &Kept{}, Book: pricing.Embedded(),
		Names: NewNames([]usage.Known{{Entity: usage.Entity{Kind: usage.ByProject, ID: "p1", Name: "Web\u202e"}}}), Cells: func(*Query, bool) (*usage.Cube, error) { return cubeOf(cells), nil }}
	b, err := BuildBudgets(in)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range b.Limits {
		got = append(got, fmt.Sprintf("%s|%s|%s|%v|%s|%s|%s", l.Budget.Name, l.Kind, l.Connection, l.Refuses, l.Cost, l.Note, l.Budget.Scope))
	}
	want := []string{
		"acme limit|hard|acme|true|190|enforcing|account=,account=acme,provider=openai",
		"acme alert|soft|acme|false|190|e-mail to ann@example.com|account=,account=acme,provider=openai",
		"acme alert 2|soft|acme|false|190|e-mail to bob@example.com|account=,account=acme,provider=openai",
		"acme Web limit|hard|acme|true|190||account=,account=acme,project=p1,provider=openai"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// What is missing for the next tier: from noted payments, or from credit that was
// bought; nothing is said where nobody noted anything.
func TestTierStandings(t *testing.T) {
	now := at(t, "2026-11-20T12:00Z")
	ladder := []budget.Tier{{Provider: "openai", Name: "two", Paid: money.FromUnits(50), Currency: "USD"},
		{Provider: "openai", Name: "three", Paid: money.FromUnits(100), Days: 30, Limit: money.FromUnits(1000), Currency: "USD"}}
	limit := noted("approved", budget.LimitApproved, 500)
	limit.Tier = "two"
	bought := func(amount int64, day string, source budget.GrantSource) budget.Grant {
		return budget.Grant{Name: day, Provider: "openai", Amount: money.FromUnits(amount), Currency: "USD", Granted: at(t, day), Source: source}
	}
	for name, c := range map[string]struct {
		kept Kept
		want budget.Missing
	}{
		"nothing is noted": {Kept{}, budget.Missing{}},
		"payments": {Kept{Billing: []budget.Billing{{Provider: "openai", State: budget.BillingYes, Paid: money.FromUnits(60), Currency: "USD", First: at(t, "2026-11-01")}}},
			budget.Missing{Amount: money.FromUnits(40), AmountKnown: true, Days: 11, DaysKnown: true, Since: at(t, "2026-12-01")}},
		"purchases, gifts do not count": {Kept{Grants: []budget.Grant{bought(30, "2026-10-01", budget.GrantPurchase), bought(500, "2026-09-01", budget.GrantPromotion), bought(25, "2026-11-10", budget.GrantPurchase), bought(500, "2026-12-10", budget.GrantPurchase)}},
			budget.Missing{Amount: money.FromUnits(45), AmountKnown: true, DaysKnown: true, Since: at(t, "2026-10-31")}},
	} {
		c.kept.Limits, c.kept.Tiers = []budget.Limit{limit}, ladder
		b := keptOf(t, BudgetsInput{Now: now, Kept: &c.kept}, cubeOf(nil))
		tier := b.Limits[0].Tier
		if tier == nil || tier.Tier != "two" || tier.Next == nil || tier.Next.Name != "three" || tier.Missing != c.want {
			t.Errorf("%s: %+v", name, tier)
		}
	}
	limit.Tier = "three"
	if b := keptOf(t, BudgetsInput{Now: now, Kept: &Kept{Limits: []budget.Limit{limit}, Tiers: ladder}}, cubeOf(nil)); b.Limits[0].Tier.Next != nil {
		t.Errorf("above the highest: %+v", b.Limits[0].Tier)
	}
}

// BenchmarkKept is limits, credit and windows beside a budget, over a million
// cells.
func BenchmarkKept(b *testing.B) {
	cube := largeCube(1_000_000)
	now := cube.Slot[cube.Len()-1].Time()
	kept := &Kept{Limits: []budget.Limit{noted("approved", budget.LimitApproved, 5000), noted("hard", budget.LimitHard, 4000), noted("soft", budget.LimitSoft, 3000)}}
	for i := range 4 {
		kept.Grants = append(kept.Grants, budget.Grant{Name: fmt.Sprint(i), Provider: "openai", Amount: money.FromUnits(1000), Currency: "USD",
			Granted: now.AddDate(0, -2*i, 0), Expires: now.AddDate(0, i, 3), Source: budget.GrantPurchase})
	}
	b.ReportAllocs()
	for b.Loop() {
		in := BudgetsInput{Now: now, Kept: kept, Book: pricing.Embedded(), Names: NewNames(nil), Cells: func(*Query, bool) (*usage.Cube, error) { return cube, nil }}
		if _, err := BuildBudgets(in); err != nil {
			b.Fatal(err)
		}
	}
}
