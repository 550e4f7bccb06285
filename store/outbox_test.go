package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
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
	t.Parallel()
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
	count(1011, "k000007") // until more come
	clock = clock.Add(400 * 24 * time.Hour)
	send(3000, 1)
	count(1002, "k000007")
	send(10_000, 10_500)
	finish("k000007")
	send(30_000, 1)
	count(10_002, "k000007") // so many are not kept, however young
	sound(t, s)
}

func fileOf(t testing.TB, s *store.Store) string {
	t.Helper()
	b, err := os.ReadFile(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
