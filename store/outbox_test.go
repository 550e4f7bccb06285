package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/store"
	"tokpit/usage"
)

func at15() time.Time { return time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC) }

// spentOf is where a budget of 1000 a month stands when so much is spent.
func spentOf(t testing.TB, spent int64, now time.Time) budget.Status {
	t.Helper()
	warn, err := budget.ParseThresholds("50%,80%,100%")
	if err != nil {
		t.Fatal(err)
	}
	b := allBudget()
	b.Warn, b.Notify = warn, []string{"mail:ann@example.com", "slack"}
	days := []budget.DaySum{{Day: time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC), Sum: budget.Sum{Cost: money.FromUnits(spent)}}}
	return b.Assess(budget.Spend{Days: days, AsOf: now}, now)
}

// decide is one evaluation.
func decide(t testing.TB, s *store.Store, st budget.Status) []budget.Delivery {
	t.Helper()
	added, err := s.UpdateAlerts(context.Background(), func(a budget.Alerts) (budget.Alerts, []budget.Delivery, error) {
		next, messages := a.Decide(st)
		var out []budget.Delivery
		for i := range messages {
			out = append(out, messages[i].Delivery())
		}
		return next, out, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return added
}

// fixed4 is what testdata/v4.db.gz holds. It must never change.
func fixed4(t testing.TB, s *store.Store) {
	t.Helper()
	fixed3(t, s)
	ctx, now := context.Background(), at15()
	month := usage.Span{Since: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)}
	state := budget.Alerts{Alerts: []budget.Alert{{Budget: "all", Period: month, Threshold: budget.Threshold{Percent: 50_000},
		Amount: money.FromUnits(600), Value: dollars(t, "610.000000000000000001"), FiredAt: now,
		Told: []budget.Told{{Target: "mail:ann@example.com", Amounts: []money.Amount{money.FromUnits(600)}}}}, {
		Budget: "web & co", Period: month, Threshold: budget.Threshold{Forecast: true, Amount: money.FromUnits(450)}, Amount: money.FromUnits(450),
		Pending: now, Through: now.Add(-15 * time.Hour)}},
		Clocks: []budget.Clock{{Budget: "all", Latest: now}}}
	mail := budget.NewDelivery("0123456789abcdef", "mail:ann@example.com", "Budget all", budget.Body{Kind: "budget", Level: "warn", Text: "one\ntwo\n",
		Fields: []budget.Field{{Name: "spent", Label: "Spent", Value: "610.000000000000000001"}}}, now)
	hook := budget.NewDelivery("fedcba9876543210", "slack", "Budget all", budget.Body{}, now)
	if added, err := s.UpdateAlerts(ctx, func(budget.Alerts) (budget.Alerts, []budget.Delivery, error) {
		return state, []budget.Delivery{mail, hook}, nil
	}); err != nil || len(added) != 2 {
		t.Fatalf("%d deliveries, %v", len(added), err)
	}
	first, err1 := s.ClaimDue(ctx, "one", now, 1, nil)
	_, err2 := s.SetDecision(ctx, owner(), "limit", "openai", `{"hard":"500"}`)
	_, err3 := s.SetDecision(ctx, owner(), "limit", "anthropic", `{"hard":"50"}`)
	_, err4 := s.SetDecision(ctx, owner(), "limit", "openai", `{"hard":"900"}`)
	_, err5 := s.Acknowledge(ctx, owner(), "all", "50%", now.Add(time.Minute))
	_, err6 := s.Snooze(ctx, owner(), "all", "100%", now.Add(48*time.Hour), now)
	if err := errors.Join(err1, err2, err3, err4, err5, err6, s.RemoveDecision(ctx, owner(), "limit", "anthropic"),
		s.NoteChange(ctx, owner(), store.AuditAdoptPrices, "list.csv", "", "3 prices")); err != nil || len(first) != 1 {
		t.Fatal(len(first), err)
	}
	if err := s.FinishDelivery(ctx, first[0].Key, "one", nil, now.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	second, err := s.ClaimDue(ctx, "one", now, 1, nil)
	if err != nil || len(second) != 1 {
		t.Fatal(len(second), err)
	}
	if err := s.FinishDelivery(ctx, second[0].Key, "one", errors.New("refused"), now.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
}

// alertStore has the budget "all", and a clock that stands.
func alertStore(t testing.TB) *store.Store {
	t.Helper()
	s := store.New(t.TempDir()+"/tokpit.db", store.Options{Now: at15})
	if _, err := s.SetBudgets(context.Background(), owner(), allBudget()); err != nil {
		t.Fatal(err)
	}
	return s
}

func sound(t testing.TB, s *store.Store) {
	t.Helper()
	if c, err := s.Verify(context.Background()); err != nil || len(c.Problems) > 0 {
		t.Fatalf("%q, %v", c.Problems, err)
	}
}

func revision(t testing.TB, s *store.Store) uint64 {
	t.Helper()
	st, err := s.Status(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return st.Revision
}

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

// A claim holds until it ends, and outcomes are kept.
func TestClaims(t *testing.T) {
	ctx, s, now := context.Background(), alertStore(t), at15()
	if list, err := s.ClaimDue(ctx, "a", now, 0, nil); err != nil || list != nil {
		t.Fatal(list, err)
	}
	var list []budget.Delivery
	for _, key := range []string{"m", "a", "z"} {
		list = append(list, budget.NewDelivery(key, "slack", "subject "+key, budget.Body{Kind: "test", Text: "x\ny", Level: "info",
			Fields: []budget.Field{{Name: "limit", Label: "Limit", Value: "1.000000000000000001"}}}, now.Add(1234567)))
	}
	list[2].Channel, list[2].To = "mail", "ann@example.com"
	if n, err := s.Enqueue(ctx, append(list, list[0])...); err != nil || n != 3 {
		t.Fatal(n, err)
	}
	if n, err := s.Enqueue(ctx, list...); err != nil || n != 0 {
		t.Fatal(n, err)
	}
	now = now.Add(time.Second)
	before := revision(t, s)
	mine, err := s.ClaimDue(ctx, "one", now, 1, func(d *budget.Delivery) bool { return d.Channel == "mail" })
	if err != nil || len(mine) != 1 || mine[0].Key != "z" || mine[0].Claimed != "one" || mine[0].Attempts != 1 || mine[0].To != "ann@example.com" {
		t.Fatalf("%+v, %v", mine, err)
	}
	rest, err := s.ClaimDue(ctx, "two", now, 0, nil)
	if err != nil || len(rest) != 2 || rest[0].Key != "a" && rest[0].Key != "m" {
		t.Fatalf("%+v, %v", rest, err)
	}
	if none, err := s.ClaimDue(ctx, "three", now, 0, nil); err != nil || len(none) != 0 {
		t.Fatalf("claimed twice: %+v, %v", none, err)
	}
	if revision(t, s) != before {
		t.Error("a claim is nothing that anybody sees")
	}
	for _, by := range []string{"", strings.Repeat("x", 2000)} {
		if _, err := s.ClaimDue(ctx, by, now, 0, nil); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("a sender of the name %.10q: %v", by, err)
		}
	}
	if err := errors.Join(s.FinishDelivery(ctx, "z", "one", nil, now), s.FinishDelivery(ctx, "z", "one", errors.New("late"), now),
		s.FinishDelivery(ctx, "a", "two", errors.New("ü"+strings.Repeat("ü", 5000)), now),
		s.FinishDelivery(ctx, "m", "one", errors.New("not mine"), now)); err != nil {
		t.Fatal(err)
	}
	if err := s.FinishDelivery(ctx, "none", "one", nil, now); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
	all, err := s.Deliveries(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		switch {
		case d.Key == "z" && (!d.Done.Equal(now) || d.LastErr != ""), d.Key == "a" && (d.Claimed != "" || len(d.LastErr) > 2100 || !strings.HasSuffix(d.LastErr, "ü…")),
			d.Key == "m" && d.Claimed != "two", d.Body.Fields[0].Value != "1.000000000000000001", d.Body.Text != "x\ny", d.Subject != "subject "+d.Key:
			t.Errorf("%+v", d)
		}
	}
	// Whoever dies with a claim loses it.
	later := now.Add(budget.LeaseTime)
	if got, err := s.ClaimDue(ctx, "three", later, 0, nil); err != nil || len(got) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	if err := errors.Join(s.RetryDelivery(ctx, owner(), "a", later), s.RetryDelivery(ctx, owner(), "z", later)); err != nil {
		t.Fatal(err)
	}
	if err := s.RetryDelivery(ctx, owner(), "none", later); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
	again, err := s.ClaimDue(ctx, "four", later, 0, nil)
	if err != nil || len(again) != 1 || again[0].Key != "a" || again[0].Attempts != 1 {
		t.Errorf("%+v, %v", again, err)
	}
	rows, err := s.Audit(ctx)
	if err != nil || len(rows) != 2 || rows[1].What != store.AuditRetry || rows[1].Name != "a" {
		t.Errorf("%+v, %v", rows, err)
	}
	sound(t, s)
}

// Finished deliveries are forgotten when there are many and they are old; open
// ones never.
func TestOldDeliveriesAreForgotten(t *testing.T) {
	ctx, now := context.Background(), at15()
	clock := now
	s := store.New(t.TempDir()+"/tokpit.db", store.Options{Now: func() time.Time { return clock }})
	send := func(from, n int) {
		t.Helper()
		var list []budget.Delivery
		for i := range n {
			list = append(list, budget.NewDelivery(fmt.Sprintf("k%06d", from+i), "slack", "s", budget.Body{}, clock))
		}
		if added, err := s.Enqueue(ctx, list...); err != nil || added != n {
			t.Fatal(added, err)
		}
	}
	finish := func(leave string) {
		t.Helper()
		claimed, err := s.ClaimDue(ctx, "a", clock, 0, func(d *budget.Delivery) bool { return d.Key != leave })
		if err != nil {
			t.Fatal(err)
		}
		if err := s.FinishAll(ctx, "a", clock, claimed); err != nil {
			t.Fatal(err)
		}
	}
	count := func(want int, first string) {
		t.Helper()
		all, err := s.Deliveries(ctx)
		if err != nil || len(all) != want || all[0].Key != first {
			t.Fatalf("%d deliveries, want %d from %s on; %v", len(all), want, first, err)
		}
	}
	send(0, 1500)
	finish("k000007")
	count(1500, "k000000") // all are young
	clock = clock.Add(91 * 24 * time.Hour)
	send(2000, 10)
	count(1011, "k000007") // the open one, the last thousand, and ten new
	finish("k000007")
	count(1001, "k000007")
	clock = clock.Add(400 * 24 * time.Hour)
	send(3000, 1)
	count(1002, "k000007")
	send(10_000, 10_500)
	finish("k000007")
	count(10_001, "k000007")
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

func fileOf(t testing.TB, s *store.Store) string {
	t.Helper()
	b, err := os.ReadFile(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
