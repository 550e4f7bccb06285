package store_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/pricing"
	"tokpit/store"
	"tokpit/usage"
)

// What has been told is not told again, by whoever evaluates next.
func TestUpdateAlerts(t *testing.T) {
	ctx, s, now := context.Background(), alertStore(t), at15()
	if a, err := s.Alerts(ctx); err != nil || len(a.Alerts) != 0 {
		t.Fatal(a, err)
	}
	before := revision(t, s)
	if added := decide(t, s, spentOf(t, 100, now)); len(added) != 0 || revision(t, s) != before {
		t.Errorf("%d deliveries, revision %d after %d: nothing that anybody sees has changed", len(added), revision(t, s), before)
	}
	added := decide(t, s, spentOf(t, 600, now))
	if len(added) != 2 || added[0].To != "ann@example.com" || added[1].Channel != "slack" || revision(t, s) != before+1 {
		t.Fatalf("%+v", added)
	}
	all, err := s.Deliveries(ctx)
	if err != nil || !reflect.DeepEqual(all, added) {
		t.Fatalf("%+v\n%+v\n%v", all, added, err)
	}
	info := fileOf(t, s)
	for range 3 {
		if again := decide(t, s, spentOf(t, 600, now.Add(time.Minute))); len(again) != 0 {
			t.Fatalf("told again: %+v", again)
		}
	}
	if fileOf(t, s) != info {
		t.Error("an evaluation that changed nothing was written")
	}
	if next := decide(t, s, spentOf(t, 850, now.Add(2*time.Minute))); len(next) != 2 {
		t.Errorf("the next threshold: %+v", next)
	}
	sound(t, s)

	// Neither state nor deliveries if something goes wrong.
	stop := errors.New("stop")
	for name, change := range map[string]func(budget.Alerts) (budget.Alerts, []budget.Delivery, error){
		"its own error": func(budget.Alerts) (budget.Alerts, []budget.Delivery, error) { return budget.Alerts{}, nil, stop },
		"no key": func(a budget.Alerts) (budget.Alerts, []budget.Delivery, error) {
			return a.Snooze("all", "", now.Add(time.Hour), now), []budget.Delivery{budget.NewDelivery("", "slack", "s", budget.Body{}, now)}, nil
		},
		"no channel": func(a budget.Alerts) (budget.Alerts, []budget.Delivery, error) {
			return a.Snooze("all", "", now.Add(time.Hour), now), []budget.Delivery{budget.NewDelivery("k", "", "s", budget.Body{}, now)}, nil
		},
		"too long": func(a budget.Alerts) (budget.Alerts, []budget.Delivery, error) {
			return a, []budget.Delivery{budget.NewDelivery("k", "slack", "s", budget.Body{Text: strings.Repeat("x", 2<<20)}, now)}, nil
		},
		"no name": func(a budget.Alerts) (budget.Alerts, []budget.Delivery, error) {
			return a.Snooze("", "", now.Add(time.Hour), now), nil, nil
		},
	} {
		if _, err := s.UpdateAlerts(ctx, change); !errors.Is(err, stop) && !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if a, err := s.Alerts(ctx); err != nil || len(a.Snoozes) != 0 {
		t.Errorf("%+v, %v", a.Snoozes, err)
	}
	// A state that is emptied is gone.
	if _, err := s.UpdateAlerts(ctx, func(budget.Alerts) (budget.Alerts, []budget.Delivery, error) {
		return budget.Alerts{}, nil, nil
	}); err != nil {
		t.Fatal(err)
	}
	if a, err := s.Alerts(ctx); err != nil || len(a.Alerts)+len(a.Clocks) != 0 {
		t.Errorf("%+v, %v", a, err)
	}
	if again := decide(t, s, spentOf(t, 850, now.Add(3*time.Minute))); len(again) != 0 && again[0].Key == added[0].Key {
		t.Errorf("a key that is known was added again: %+v", again)
	}
	sound(t, s)
}

// Who has seen an alert and who silenced it is in the trail.
func TestAcknowledgeAndSnooze(t *testing.T) {
	ctx, s, now := context.Background(), alertStore(t), at15()
	decide(t, s, spentOf(t, 850, now))
	for want, threshold := range map[int]string{1: "50%", 0: "70%"} {
		if n, err := s.Acknowledge(ctx, owner(), "all", threshold, now); err != nil || n != want {
			t.Errorf("%s: %d, %v", threshold, n, err)
		}
	}
	if n, err := s.Acknowledge(ctx, usage.Actor{Name: "bob", Via: "cockpit"}, "all", "", now); err != nil || n != 1 {
		t.Errorf("the rest: %d, %v", n, err)
	}
	a, err := s.Alerts(ctx)
	if err != nil || len(a.Alerts) != 2 || a.Alerts[0].AckedBy != "ann" || a.Alerts[1].AckedBy != "bob" {
		t.Fatalf("%+v, %v", a.Alerts, err)
	}
	until := now.Add(time.Hour)
	for i, step := range []struct {
		until   time.Time
		changed bool
	}{{until, true}, {until, false}, {now.Add(2 * time.Hour), true}, {now, true}, {now, false}} {
		if changed, err := s.Snooze(ctx, owner(), "all", "100%", step.until, now); err != nil || changed != step.changed {
			t.Errorf("step %d: %v, %v", i, changed, err)
		}
	}
	if changed, err := s.Snooze(ctx, owner(), "all", "", until, now); err != nil || !changed {
		t.Error(changed, err)
	}
	if added := decide(t, s, spentOf(t, 1200, now)); len(added) != 0 {
		t.Errorf("told while silent: %+v", added)
	}
	if added := decide(t, s, spentOf(t, 1200, until)); len(added) != 2 {
		t.Errorf("told when the time has come: %+v", added)
	}
	if _, err := s.Snooze(ctx, owner(), "none", "", until, now); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a budget that is not there: %v", err)
	}
	rows, err := s.Audit(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, r := range rows[1:] {
		said = append(said, fmt.Sprintf("%s: %s %s: %q to %q", r.Actor.Name, r.What, r.Name, r.Before, r.After))
	}
	want := []string{
		`ann: acknowledge alerts all: "" to "50% since 2026-11-20T15:00:00Z"`,
		`bob: acknowledge alerts all: "" to "80% since 2026-11-20T15:00:00Z"`,
		`ann: snooze alerts all: "" to "100% until 2026-11-20T16:00:00Z"`,
		`ann: snooze alerts all: "100% until 2026-11-20T16:00:00Z" to "100% until 2026-11-20T17:00:00Z"`,
		`ann: snooze alerts all: "100% until 2026-11-20T17:00:00Z" to ""`,
		`ann: snooze alerts all: "" to "all until 2026-11-20T16:00:00Z"`,
	}
	if !reflect.DeepEqual(said, want) {
		t.Errorf("the trail says\n%s", strings.Join(said, "\n"))
	}
	sound(t, s)
}

// Damage to what has been told is found, and refused: it would be told again.
func TestDamagedAlerts(t *testing.T) {
	ctx, now := context.Background(), at15()
	newer := []byte(`{"Version":2}`)
	for name, c := range map[string]struct {
		spoil   func(store.Tampered) error
		alerts  error // of reading alerts
		outbox  error // of listing deliveries
		healthy bool
	}{
		"nothing":              {spoil: func(store.Tampered) error { return nil }, healthy: true},
		"a newer state":        {spoil: func(x store.Tampered) error { return x.Alerts("all", newer) }, alerts: store.ErrNewer},
		"no JSON":              {spoil: func(x store.Tampered) error { return x.Alerts("all", []byte("{")) }, alerts: store.ErrCorrupt},
		"another's state":      {spoil: func(x store.Tampered) error { return x.Move("alerts", "all", "web") }, alerts: store.ErrCorrupt},
		"a bit of the state":   {spoil: func(x store.Tampered) error { return x.Flip("alerts") }, alerts: store.ErrCorrupt},
		"a state has vanished": {spoil: func(x store.Tampered) error { return x.Lose("alerts") }},
		"a newer value":        {spoil: func(x store.Tampered) error { return x.Newer("outbox") }, outbox: store.ErrNewer},
		"a bit of a delivery":  {spoil: func(x store.Tampered) error { return x.Flip("outbox") }, outbox: store.ErrCorrupt},
		"a delivery vanished":  {spoil: func(x store.Tampered) error { return x.Lose("outbox") }},
		"the count vanished":   {spoil: func(x store.Tampered) error { return x.LoseCount() }},
	} {
		t.Run(name, func(t *testing.T) {
			s := alertStore(t)
			decide(t, s, spentOf(t, 600, now))
			if err := s.Tamper(ctx, c.spoil); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Alerts(ctx); !errors.Is(err, c.alerts) {
				t.Errorf("alerts: %v", err)
			}
			if _, err := s.UpdateAlerts(ctx, func(a budget.Alerts) (budget.Alerts, []budget.Delivery, error) { return a, nil, nil }); !errors.Is(err, c.alerts) {
				t.Errorf("an evaluation: %v", err)
			}
			if _, err := s.Deliveries(ctx); !errors.Is(err, c.outbox) {
				t.Errorf("deliveries: %v", err)
			}
			check, err := s.Verify(ctx)
			if err != nil || (len(check.Problems) == 0) != c.healthy {
				t.Errorf("verify: %q, %v", check.Problems, err)
			}
			if c.outbox != nil { // one of the two is claimed all the same
				if got, err := s.ClaimDue(ctx, "a", now, 0, nil); err != nil || len(got) != 1 {
					t.Errorf("claimed %d, %v", len(got), err)
				}
			}
			err = s.Rebuild(ctx)
			after, verr := s.Verify(ctx)
			if still := errors.Is(c.alerts, store.ErrNewer) || errors.Is(c.outbox, store.ErrNewer); err != nil || verr != nil || (len(after.Problems) > 0) != still {
				t.Errorf("after a rebuild: %v, %q, %v", err, after.Problems, verr)
			}
		})
	}
}

// alertStatus is the i-th budget's standing, always the same at one time.
func alertStatus(i int, now time.Time) budget.Status {
	b := budget.Budget{Name: fmt.Sprintf("b%03d", i), Amount: money.FromUnits(1000), Currency: "USD", Period: budget.Monthly,
		Warn: []budget.Threshold{{Percent: 50_000}, {Percent: 80_000}}, Notify: []string{"mail:ann@example.com", "slack"}}
	day := budget.DaySum{Day: time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC), Sum: budget.Sum{Cost: money.FromUnits(900)}}
	return b.Assess(budget.Spend{Days: []budget.DaySum{day}, AsOf: now}, now)
}

// decideAll adds budgets, a plan, limits, what has been told and what is to be
// sent.
func decideAll(t testing.TB, s *store.Store) {
	t.Helper()
	ctx := context.Background()
	plan := pricing.Plan{Source: "claude-code", Monthly: money.FromUnits(200), Currency: "USD", From: at15()}
	_, err1 := s.SetBudgets(ctx, owner(), allBudget(), webBudget(t))
	_, err2 := s.SetDecisions(ctx, owner(), "limit", store.Decision{Name: "anthropic", Text: "1"}, store.Decision{Name: "openai", Text: "500"})
	if err := errors.Join(err1, err2, s.SetPlans(ctx, owner(), plan)); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		decide(t, s, alertStatus(i, at15()))
	}
	if _, err := s.ClaimDue(ctx, "x", at15(), 2, nil); err != nil {
		t.Fatal(err)
	}
}

// readDecided is all that people decided and what came of it, as text. When it
// was is left out: migrations note the present.
func readDecided(s *store.Store) (string, error) {
	ctx := context.Background()
	budgets, err1 := s.Budgets(ctx)
	plans, err2 := s.Plans(ctx)
	limits, err3 := s.Decisions(ctx, "limit")
	alerts, err4 := s.Alerts(ctx)
	deliveries, err5 := s.Deliveries(ctx)
	rows, err6 := s.Audit(ctx)
	if err := errors.Join(err1, err2, err3, err4, err5, err6); err != nil {
		return "", err
	}
	for i := range rows {
		rows[i].At, rows[i].Hash, rows[i].Previous = time.Time{}, store.AuditHash{}, store.AuditHash{}
	}
	state, err := alerts.Encode()
	return fmt.Sprintf("%v\n%v\n%v\n%s\n%v\n%v", budgets, plans, limits, state, deliveries, rows), err
}

// What was decided about a budget that has changed since is not told.
func TestAlertsOfAChangedBudget(t *testing.T) {
	ctx, s, now := context.Background(), alertStore(t), at15()
	all, err := s.Budgets(ctx)
	if err != nil || len(all) == 0 {
		t.Fatal(all, err)
	}
	tell := func(seen ...budget.Budget) error {
		_, err := s.UpdateAlerts(ctx, func(a budget.Alerts) (budget.Alerts, []budget.Delivery, error) {
			return a, []budget.Delivery{budget.NewDelivery("k", "slack", "s", budget.Body{}, now)}, nil
		}, seen...)
		return err
	}
	raised := all[0]
	raised.Amount = raised.Amount.Add(raised.Amount)
	if _, err := s.ReplaceBudget(ctx, owner(), &all[0], raised); err != nil {
		t.Fatal(err)
	}
	if err := tell(all...); !errors.Is(err, store.ErrChanged) {
		t.Errorf("raised: %v", err)
	}
	// Nor does somebody undo what they have not seen.
	other := all[0]
	other.Hard = !other.Hard
	for name, seen := range map[string]*budget.Budget{"the old one": &all[0], "none": nil} {
		if _, err := s.ReplaceBudget(ctx, owner(), seen, other); !errors.Is(err, store.ErrChanged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if list, err := s.Deliveries(ctx); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if err := tell(raised); err != nil {
		t.Error(err)
	}
	if err := errors.Join(s.RemoveBudget(ctx, owner(), raised.Name)); err != nil {
		t.Fatal(err)
	}
	if err := tell(raised); !errors.Is(err, store.ErrChanged) {
		t.Errorf("removed: %v", err)
	}
	sound(t, s)
}
