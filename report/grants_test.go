package report

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// keptOf computes limits, credit and windows from a cube.
func keptOf(t interface{ Fatal(...any) }, in BudgetsInput, cube *usage.Cube) *Budgets {
	in.Book, in.Names = pricing.Embedded(), NewNames(nil)
	in.Cells = func(*Query, bool) (*usage.Cube, error) { return cube, nil }
	b, err := BuildBudgets(in)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// ofOneGrain draws cells that all have one width, as a source's have.
func ofOneGrain(t *rapid.T) *usage.Cube {
	cells := drawCells(t)
	width := rapid.SampledFrom([]uint8{1, 4, 96}).Draw(t, "width")
	for i := range cells {
		c := &cells[i]
		c.width = width
		for int32(c.slot)%int32(width) != 0 {
			c.slot--
		}
	}
	return cubeOf(cells)
}

func drawCredit(t *rapid.T, provider string, first time.Time) []budget.Grant {
	var grants []budget.Grant
	for i := range rapid.IntRange(1, 5).Draw(t, "grants") {
		g := budget.Grant{Name: string(rune('a' + i)), Provider: provider, Amount: money.FromAtto(rapid.Int64Range(1, 9e18).Draw(t, "amount")), Currency: "USD",
			Granted: first.Add(time.Duration(rapid.IntRange(-3000, 9000).Draw(t, "granted")) * time.Minute), Source: rapid.SampledFrom(budget.GrantSources()).Draw(t, "source")}
		if rapid.Bool().Draw(t, "expires") {
			g.Expires = g.Granted.Add(time.Duration(rapid.IntRange(1, 9000).Draw(t, "for")) * time.Minute)
		}
		grants = append(grants, g)
	}
	return grants
}

// Credit is burned by what a naive look at every single cell says that usage
// cost, and grants, accounts and usage add up to the last digit.
func TestCreditAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cube, plans, provider := ofOneGrain(t), drawPlans(t), drawProvider(t)
		now := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
		first := now.AddDate(0, 0, -3)
		if cube.Len() > 0 {
			first = cube.Slot[0].Time()
			now = cube.Slot[rapid.IntRange(0, cube.Len()-1).Draw(t, "now")].Time().Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "after")) * time.Minute)
		}
		grants := drawCredit(t, provider, first)
		b := keptOf(t, BudgetsInput{Plans: plans, Now: now, Kept: &Kept{Grants: grants}}, cube)

		since := grants[0].Granted
		for _, g := range grants {
			if g.Granted.Before(since) {
				since = g.Granted
			}
		}
		counts := counting(cube, plans)
		var takings []budget.Taking
		for i := range cube.Len() {
			d, from := &cube.Sets[cube.Set[i]], cube.Slot[i].Time()
			until := from.Add(time.Duration(cube.Width[i]) * usage.SlotLength)
			if !counts(i) || d.Provider != provider || !until.After(since) || planned(plans, d.Source, from) || d.Basis == usage.Billed {
				continue
			}
			m := cube.MeasuresAt(i)
			if c := pricing.Embedded().ChargeCell(d, from, until, m.Tokens, m.Quantities); c.Priced && c.Currency == "USD" {
				takings = append(takings, budget.Taking{Since: from, Until: until, Cost: c.Cost})
			}
		}
		want, payable := budget.Burn(grants, takings, now)
		if len(b.Grants) != len(want) || len(b.Accounts) != 1 {
			t.Fatalf("%d grants, %d accounts", len(b.Grants), len(b.Accounts))
		}
		var sum AccountStanding
		for i := range want {
			g := &b.Grants[i]
			if g.Name != want[i].Name || g.Used != want[i].Used || g.Expired != want[i].Expired || g.Balance != want[i].Balance || g.Coarse != want[i].Coarse {
				t.Fatalf("%+v, want %+v", g.GrantState, want[i])
			}
			if g.Used.Add(g.Expired).Add(g.Balance) != g.Amount || g.Warn != want[i].Warning(now) {
				t.Fatalf("%+v does not add up", g)
			}
			if !g.Pending {
				sum.Granted, sum.Balance = sum.Granted.Add(g.Amount), sum.Balance.Add(g.Balance)
			}
		}
		a := b.Accounts[0]
		if a.Err != nil || a.Payable != payable || a.Granted != sum.Granted || a.Balance != sum.Balance || a.Used.Add(a.Expired).Add(a.Balance) != a.Granted {
			t.Fatalf("%+v, want %s payable", a, payable)
		}
		if a.State != budget.StateOf(a.Balance, budget.BillingUnknown) || !a.EmptyAt.IsZero() && !a.EmptyAt.After(now) {
			t.Fatalf("%+v", a)
		}
	})
}

// planned reports whether a plan pays for a source's usage at an instant.
func planned(plans []pricing.Plan, source string, at time.Time) bool {
	for _, p := range plans {
		if p.Source == source && !at.Before(p.From) && (p.To.IsZero() || at.Before(p.To)) {
			return true
		}
	}
	return false
}

func gpt5(t testing.TB, when string, output int64) cell1 {
	c := one(t, when, usage.Dims{Provider: "openai", Model: "gpt-5", Source: "openai", Basis: usage.Reported}, usage.Tokens{Output: output})
	return c
}

// An account whose credit is gone: what it says depends on its billing, and the
// fact of the account itself comes before that of the provider.
func TestAccountsWithoutCredit(t *testing.T) {
	cube := cubeOf([]cell1{gpt5(t, "2026-11-02T10:00Z", 1_000_000)}) // 10 USD
	now := at(t, "2026-11-20T15:00Z")
	trial := budget.Grant{Name: "trial", Provider: "openai", Amount: money.FromUnits(5), Currency: "USD", Granted: at(t, "2026-11-01"), Expires: at(t, "2026-12-01"), Source: budget.GrantTrial}
	for want, facts := range map[budget.AccountState][]budget.Billing{
		budget.AccountUnknown:   nil,
		budget.AccountBilled:    {{Provider: "openai", State: budget.BillingYes}},
		budget.AccountNoBilling: {{Provider: "anthropic", State: budget.BillingYes}, {Provider: "openai", State: budget.BillingNo}},
	} {
		b := keptOf(t, BudgetsInput{Now: now, Kept: &Kept{Grants: []budget.Grant{trial}, Billing: facts}}, cube)
		a := b.Grants[0].Account
		if a.State != want || !a.Balance.IsZero() || a.Payable != money.FromUnits(5) || !a.EmptyAt.IsZero() {
			t.Errorf("%+v, want %s", a, want)
		}
	}
	b := keptOf(t, BudgetsInput{Now: now, Kept: &Kept{Billing: []budget.Billing{{Provider: "openai", State: budget.BillingNo}}}}, cube)
	if len(b.Accounts) != 1 || b.Accounts[0].State != budget.AccountNoBilling || b.Accounts[0].Currency != "" {
		t.Errorf("without any credit: %+v", b.Accounts)
	}
}

// Credit lasts until it is used up at the pace of the last week, or expires.
func TestHowLongCreditLasts(t *testing.T) {
	now := at(t, "2026-11-20T00:00Z")
	var cells []cell1
	for day := 10; day < 20; day++ {
		cells = append(cells, gpt5(t, now.AddDate(0, 0, day-20).Format("2006-01-02T")+"10:00Z", 100_000)) // 1 USD a day
	}
	for expires, want := range map[string]string{"": "2026-11-30T00:00Z", "2026-12-24": "2026-11-30T00:00Z", "2026-11-25": "2026-11-25T00:00Z"} {
		g := budget.Grant{Name: "g", Provider: "openai", Amount: money.FromUnits(20), Currency: "USD", Granted: at(t, "2026-11-01"), Source: budget.GrantPurchase}
		if expires != "" {
			g.Expires = at(t, expires)
		}
		b := keptOf(t, BudgetsInput{Now: now, Kept: &Kept{Grants: []budget.Grant{g}}}, cubeOf(cells))
		a := b.Accounts[0]
		if a.Balance != money.FromUnits(10) || !a.EmptyAt.Equal(at(t, want)) {
			t.Errorf("expires %q: %s left until %s, want until %s", expires, a.Balance, a.EmptyAt, want)
		}
	}
}

// What a provider says of credit stands beside what was noted.
func TestCreditThatAProviderTellsOf(t *testing.T) {
	src := SourceStatus{Name: "router", Type: "openrouter", Account: "main", Standing: &usage.Standing{Currency: "USD", Granted: amount(t, "100.5"), Used: amount(t, "100.75")}}
	b := keptOf(t, BudgetsInput{Now: at(t, "2026-11-20"), Sources: []SourceStatus{src, {Name: "openai", Type: "openai", Standing: &usage.Standing{}}}, Kept: &Kept{}}, cubeOf(nil))
	if len(b.Grants) != 1 || len(b.Accounts) != 1 {
		t.Fatalf("%+v", b.Grants)
	}
	g := b.Grants[0]
	if g.Origin != FromProvider || g.Name != "router credit" || g.Used.Add(g.Expired).Add(g.Balance) != g.Amount || g.Account.State != budget.AccountUnknown {
		t.Errorf("%+v, %+v", g, g.Account)
	}
}

// What cannot be read is said of the account, and does not hide the rest.
func TestCreditThatCannotBeComputed(t *testing.T) {
	bad := errors.New("the disk is on fire")
	in := BudgetsInput{Book: pricing.Embedded(), Names: NewNames(nil), Now: at(t, "2026-11-20"), Kept: &Kept{
		Grants: []budget.Grant{{Name: "g", Provider: "openai", Amount: money.FromUnits(1), Currency: "USD", Granted: at(t, "2026-11-01"), Source: budget.GrantTrial}}}}
	in.Cells = func(q *Query, _ bool) (*usage.Cube, error) {
		if len(q.Filter) > 0 {
			return nil, bad
		}
		return cubeOf(nil), nil
	}
	b, err := BuildBudgets(in)
	if err != nil || len(b.Accounts) != 1 || !errors.Is(b.Accounts[0].Err, bad) {
		t.Errorf("%+v, %v", b, err)
	}
}
