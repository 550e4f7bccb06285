package storetest

import (
	"context"
	"reflect"
	"testing"
	"time"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// Ledger is the part of a store that keeps what people decided, what has been
// told about it, and what is to be sent. Verbs that take an actor refuse a
// reader, and leave rows in the trail if they change anything.
type Ledger interface {
	SetBudgets(ctx context.Context, by usage.Actor, budgets ...budget.Budget) (changed int, err error)
	RemoveBudget(ctx context.Context, by usage.Actor, name string) error
	Budgets(ctx context.Context) ([]budget.Budget, error)
	SetPlans(ctx context.Context, by usage.Actor, plans ...pricing.Plan) error
	RemovePlans(ctx context.Context, by usage.Actor, source string) (int, error)
	Plans(ctx context.Context) ([]pricing.Plan, error)
	SetDecision(ctx context.Context, by usage.Actor, kind, name, text string) (changed bool, err error)
	RemoveDecision(ctx context.Context, by usage.Actor, kind, name string) error
	Decided(ctx context.Context, kind string) (map[string]string, error) // texts by name
	NoteChange(ctx context.Context, by usage.Actor, what, name, before, after string) error
	Trail(ctx context.Context) ([]Row, error) // oldest first

	Alerts(ctx context.Context) (budget.Alerts, error)
	// UpdateAlerts keeps the state and the deliveries with new keys, or neither,
	// and neither if a budget is not what was seen.
	UpdateAlerts(ctx context.Context, change func(budget.Alerts) (budget.Alerts, []budget.Delivery, error), seen ...budget.Budget) (added []budget.Delivery, err error)
	Acknowledge(ctx context.Context, by usage.Actor, name, threshold string, now time.Time) (int, error)
	Snooze(ctx context.Context, by usage.Actor, name, threshold string, until, now time.Time) (bool, error)
	Enqueue(ctx context.Context, deliveries ...budget.Delivery) (added int, err error)
	Deliveries(ctx context.Context) ([]budget.Delivery, error)
	// ClaimDue returns claims that are kept already.
	ClaimDue(ctx context.Context, by string, now time.Time, most int, own func(*budget.Delivery) bool) ([]budget.Delivery, error)
	FinishDelivery(ctx context.Context, key, by string, sendErr error, now time.Time) error
	RetryDelivery(ctx context.Context, by usage.Actor, key string, now time.Time) error
}

// Row is what the trail says of one change.
type Row struct {
	By            usage.Actor
	What, Name    string
	Before, After string
}

func ann() usage.Actor { return usage.Actor{Name: "ann", Via: "test"} }
func eve() usage.Actor { return usage.Actor{Name: "eve", Via: "test", Reader: true} }

// monthly is a budget of 1000 with three thresholds and two targets.
func monthly(name string) budget.Budget {
	return budget.Budget{Name: name, Amount: money.FromUnits(1000), Currency: "USD", Period: budget.Monthly,
		Warn:   []budget.Threshold{{Percent: 50_000}, {Percent: 80_000}, {Percent: 100_000}},
		Notify: []string{"mail:ann@example.com", "slack"}}
}

// evaluate tells what a budget's spend of this month justifies.
func evaluate(s Ledger, b budget.Budget, spent int64, now time.Time) ([]budget.Delivery, error) {
	day := budget.DaySum{Day: time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC), Sum: budget.Sum{Cost: money.FromUnits(spent)}}
	st := b.Assess(budget.Spend{Days: []budget.DaySum{day}, AsOf: now}, now)
	return s.UpdateAlerts(context.Background(), func(a budget.Alerts) (budget.Alerts, []budget.Delivery, error) {
		next, messages := a.Decide(st)
		var out []budget.Delivery
		for i := range messages {
			out = append(out, messages[i].Delivery())
		}
		return next, out, nil
	})
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.failf("%v", err)
	}
}

// trail demands rows with these words, and that all is well.
func (b *bench) trail(want ...string) {
	b.t.Helper()
	rows, err := b.store.Trail(context.Background())
	b.must(err)
	var got []string
	for _, r := range rows {
		got = append(got, r.By.Name+": "+r.What+" "+r.Name)
	}
	if len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
		b.failf("the trail says %q, want %q", got, want)
	}
	b.whole()
}

func (b *bench) whole() {
	b.t.Helper()
	if problems, err := b.store.Verify(context.Background()); err != nil || len(problems) > 0 {
		b.failf("verify: %v, %.10q", err, problems)
	}
}

// Budgets, plans and decisions come back as they were set; every change has a
// row, and what changes nothing has none.
func testDecided(t *testing.T, b *bench) {
	b.start(nil)
	ctx, s := context.Background(), b.store
	all, err := s.Budgets(ctx)
	plans, err2 := s.Plans(ctx)
	texts, err3 := s.Decided(ctx, "limit")
	if err != nil || err2 != nil || err3 != nil || len(all)+len(plans)+len(texts) != 0 {
		t.Fatalf("nothing was decided: %v %v %v", all, plans, texts)
	}
	web := monthly("web")
	web.Scope, web.Hard, web.Zone, web.Anchor = budget.Scope{usage.ByProject: {"a, \"b\"", ""}}, true, "Asia/Kolkata", budget.Anchor{Day: 31}
	plan := pricing.Plan{Source: "codex", Monthly: money.FromUnits(20), Currency: "USD", From: noon().Truncate(24 * time.Hour)}
	for range 2 { // the second time nothing changes
		_, err := s.SetBudgets(ctx, ann(), web, monthly("all"))
		b.must(err)
		b.must(s.SetPlans(ctx, ann(), plan))
		_, err = s.SetDecision(ctx, ann(), "limit", "openai", `{"hard":"500"}`)
		b.must(err)
	}
	if all, err := s.Budgets(ctx); err != nil || len(all) != 2 || all[0].Name != "all" || all[1].Scope.Holds(&usage.Dims{Project: "x"}) ||
		!all[1].Scope.Holds(&usage.Dims{}) || all[1].Anchor != web.Anchor || len(all[1].Warn) != 3 {
		t.Errorf("%+v, %v", all, err)
	}
	if plans, err := s.Plans(ctx); err != nil || !reflect.DeepEqual(plans, []pricing.Plan{plan}) {
		t.Errorf("%+v, %v", plans, err)
	}
	overlapping := plan
	overlapping.From = plan.From.AddDate(0, 0, 1)
	if err := s.SetPlans(ctx, ann(), overlapping); err == nil {
		t.Error("a day was planned twice")
	}
	changed, err := s.SetDecision(ctx, ann(), "limit", "openai", `{"hard":"900"}`)
	if texts, err2 := s.Decided(ctx, "limit"); err != nil || err2 != nil || !changed || !reflect.DeepEqual(texts, map[string]string{"openai": `{"hard":"900"}`}) {
		t.Errorf("%v, %v, %v", texts, err, err2)
	}
	if texts, err := s.Decided(ctx, "grant"); err != nil || len(texts) != 0 {
		t.Errorf("another kind: %v, %v", texts, err)
	}
	b.must(s.NoteChange(ctx, ann(), "adopt price list", "l.csv", "", "3 prices"))
	n, err := s.RemovePlans(ctx, ann(), "codex")
	if err != nil || n != 1 {
		t.Errorf("%d plans, %v", n, err)
	}
	b.must(s.RemoveDecision(ctx, ann(), "limit", "openai"))
	b.must(s.RemoveBudget(ctx, ann(), "web"))
	if err := s.RemoveBudget(ctx, ann(), "web"); err == nil {
		t.Error("removed twice")
	}
	if err := s.RemoveDecision(ctx, ann(), "limit", "openai"); err == nil {
		t.Error("removed twice")
	}
	b.trail("ann: set budget web", "ann: set budget all", "ann: set plan codex from 2026-11-01", "ann: set limit openai", "ann: set limit openai",
		"ann: adopt price list l.csv", "ann: remove plan codex from 2026-11-01", "ann: remove limit openai", "ann: remove budget web")
	rows, err := s.Trail(ctx)
	if r := rows[4]; err != nil || r.Before != `{"hard":"500"}` || r.After != `{"hard":"900"}` {
		t.Errorf("%+v, %v", r, err)
	}
}

// Somebody who may only look changes nothing and leaves no row.
func testReader(t *testing.T, b *bench) {
	b.start(nil)
	ctx, s, now := context.Background(), b.store, noon()
	_, err := s.SetBudgets(ctx, ann(), monthly("all"))
	b.must(err)
	b.must(s.SetPlans(ctx, ann(), pricing.Plan{Source: "codex", Monthly: money.FromUnits(20), Currency: "USD", From: now}))
	_, err = s.SetDecision(ctx, ann(), "limit", "openai", "5")
	b.must(err)
	added, err := evaluate(s, monthly("all"), 600, now)
	if err != nil || len(added) != 2 {
		t.Fatal(added, err)
	}
	for name, change := range map[string]func() error{
		"set a budget":    func() error { _, err := s.SetBudgets(ctx, eve(), monthly("x")); return err },
		"remove a budget": func() error { return s.RemoveBudget(ctx, eve(), "all") },
		"set a plan": func() error {
			return s.SetPlans(ctx, eve(), pricing.Plan{Source: "x", Monthly: money.FromUnits(20), Currency: "USD", From: now})
		},
		"remove plans":    func() error { _, err := s.RemovePlans(ctx, eve(), "codex"); return err },
		"set a limit":     func() error { _, err := s.SetDecision(ctx, eve(), "limit", "openai", "6"); return err },
		"remove a limit":  func() error { return s.RemoveDecision(ctx, eve(), "limit", "openai") },
		"note a change":   func() error { return s.NoteChange(ctx, eve(), "adopt price list", "x", "", "y") },
		"acknowledge":     func() error { _, err := s.Acknowledge(ctx, eve(), "all", "", now); return err },
		"snooze":          func() error { _, err := s.Snooze(ctx, eve(), "all", "", now.Add(time.Hour), now); return err },
		"send once again": func() error { return s.RetryDelivery(ctx, eve(), added[0].Key, now) },
	} {
		if err := change(); err == nil {
			t.Errorf("a reader may %s", name)
		}
	}
	a, err := s.Alerts(ctx)
	if err != nil || len(a.Snoozes) != 0 || len(a.Alerts) != 1 || !a.Alerts[0].AckedAt.IsZero() {
		t.Errorf("%+v, %v", a, err)
	}
	b.trail("ann: set budget all", "ann: set plan codex from 2026-11-01T12:00:00.000Z", "ann: set limit openai")
}
