package cmd

import (
	"context"
	"testing"
	"time"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/report"
	"tokpit/usage"
)

// seededDemo is an app on a demo store of its own.
func seededDemo(t testing.TB) *app {
	t.Helper()
	home := t.TempDir()
	a := newApp(&Env{Getenv: func(name string) string {
		return map[string]string{"XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home, "HOME": home}[name]
	}, LocalTZ: func() string { return "UTC" }})
	a.demo = true
	if err := a.settle(context.Background(), "test"); err != nil {
		t.Fatal(err)
	}
	if err := a.seedDemo(context.Background()); err != nil {
		t.Fatal(err)
	}
	return a
}

// The cockpit shows the figures that the commands print, whatever cells each has
// read.
func TestTheCockpitSaysWhatCommandsSay(t *testing.T) {
	a := seededDemo(t)
	ctx := context.Background()
	base := budget.Budget{Amount: money.FromUnits(500), Currency: "USD", Period: budget.Monthly, Warn: []budget.Threshold{{Percent: 50_000}}}
	for name, change := range map[string]func(*budget.Budget){
		"user":      func(b *budget.Budget) { b.Scope = budget.Scope{usage.ByUser: {"ada@lighthouse.example"}} },
		"no user":   func(b *budget.Budget) { b.Scope = budget.Scope{usage.ByUser: {""}} },
		"elsewhere": func(b *budget.Budget) { b.Scope, b.Zone = budget.Scope{usage.ByUser: {""}}, "Asia/Kolkata" },
		"untracked": func(b *budget.Budget) { b.Scope, b.Zone = budget.Scope{usage.ByKey: {""}}, "America/New_York" },
		"anchored":  func(b *budget.Budget) { b.Anchor, b.Period = budget.Anchor{Day: 31}, budget.Quarterly },
		"year":      func(b *budget.Budget) { b.Period = budget.Yearly },
	} {
		b := base
		b.Name = name
		change(&b)
		if _, err := a.store.SetBudgets(ctx, a.actor(), b); err != nil {
			t.Fatal(err)
		}
	}
	snap, err := a.snapshot(ctx, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	budgets, err := a.store.Budgets(ctx)
	if err != nil || len(budgets) < 10 {
		t.Fatalf("%d budgets, %v", len(budgets), err)
	}
	for i := range budgets {
		r, err := a.budgetReader(ctx)
		if err != nil {
			t.Fatal(err)
		}
		want, err := r.status(ctx, &budgets[i])
		if err != nil {
			t.Fatal(err)
		}
		got := snap.Budgets.Standing(budgets[i].Name)
		if got == nil || got.Err != nil {
			t.Fatalf("%s: %+v", budgets[i].Name, got)
		}
		if got.Cost != want.Cost || got.Headroom != want.Headroom || got.State != want.State || got.Forecast != want.Forecast || !got.AsOf.Equal(want.AsOf) || got.Fees != want.Fees {
			t.Errorf("%s: the cockpit says %s, %s and %+v, a command %s, %s and %+v", budgets[i].Name, got.Cost, got.State, got.Forecast, want.Cost, want.State, want.Forecast)
		}
		if len(got.Breakdowns) != len(want.Breakdowns) {
			t.Errorf("%s: %d breakdowns, %d", budgets[i].Name, len(got.Breakdowns), len(want.Breakdowns))
		}
	}
	in := a.mustInput(t)
	in.Unusual = unusualDays
	days, err := report.BuildBudgets(in)
	if err != nil || len(days.Unusual) != len(snap.Budgets.Unusual) {
		t.Fatalf("%d unusual days, the cockpit has %d: %v", len(days.Unusual), len(snap.Budgets.Unusual), err)
	}
	for i := range days.Unusual {
		if days.Unusual[i].Text != snap.Budgets.Unusual[i].Text || days.Unusual[i].Rise != snap.Budgets.Unusual[i].Rise {
			t.Errorf("%s; the cockpit says %s", days.Unusual[i].Text, snap.Budgets.Unusual[i].Text)
		}
	}
}

func (a *app) mustInput(t testing.TB) report.BudgetsInput {
	t.Helper()
	r, err := a.budgetReader(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return r.input(context.Background())
}

func BenchmarkSnapshotOfDemo(b *testing.B) {
	a := seededDemo(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.snapshot(context.Background(), time.Time{}); err != nil {
			b.Fatal(err)
		}
	}
}
