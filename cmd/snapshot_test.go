package cmd

import (
	"context"
	"path/filepath"
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
	seedFile(t, filepath.Join(home, "tokpit", "demo.db"))
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
	t.Parallel()
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

// What was read for one snapshot serves the next one, until the store changes.
func TestRecordsAreReadOncePerRevision(t *testing.T) {
	t.Parallel()
	var s shelvedCells
	reads := 0
	revision := uint64(7)
	read := func() (*usage.Cube, error) {
		reads++
		return &usage.Cube{Revision: revision}, nil
	}
	for _, c := range []struct {
		key      cubeKey
		snapshot uint64
		stored   uint64
		reads    int
	}{{cubeKey{since: 1}, 7, 7, 1}, {cubeKey{since: 1}, 7, 7, 1}, {cubeKey{since: 1, exact: true}, 7, 7, 2}, {cubeKey{since: 1}, 8, 8, 3}, {cubeKey{since: 1}, 8, 8, 3},
		{cubeKey{since: 1}, 9, 10, 4}, {cubeKey{since: 1}, 9, 10, 5}, {cubeKey{since: 1}, 10, 10, 6}, {cubeKey{since: 1}, 10, 10, 6}} {
		revision = c.stored
		if got, err := s.keep(c.key, c.snapshot, read)(); err != nil || got.Revision < c.snapshot || reads != c.reads {
			t.Errorf("%+v: %d reads, %v", c, reads, err)
		}
	}
}

// With budgets of people whose days are not UTC's, which only records answer.
func BenchmarkSnapshotOfDemo(b *testing.B) {
	a := seededDemo(b)
	mine := budget.Budget{Name: "mine", Amount: money.FromUnits(500), Currency: "USD", Period: budget.Monthly, Zone: "Asia/Kolkata", Scope: budget.Scope{usage.ByUser: {"ada@lighthouse.example"}}}
	for _, with := range []string{"no people", "people"} {
		b.Run(with, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := a.snapshot(context.Background(), time.Time{}); err != nil {
					b.Fatal(err)
				}
			}
		})
		if _, err := a.store.SetBudgets(context.Background(), a.actor(), mine); err != nil {
			b.Fatal(err)
		}
	}
}
