package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tokpit/budget"
	"tokpit/money"
)

func byKey(list []budget.Delivery) []budget.Delivery {
	return slices.SortedFunc(slices.Values(list), func(a, b budget.Delivery) int { return strings.Compare(a.Key, b.Key) })
}

// An evaluation's state and its deliveries are kept together or not at all.
func testTogether(t *testing.T, b *bench) {
	b.start(nil)
	ctx, s, now := context.Background(), b.store, noon()
	_, err := s.SetBudgets(ctx, ann(), monthly("all"), monthly("web"))
	b.must(err)
	for i, step := range []struct {
		name  string
		spent int64
		want  int
	}{{"all", 400, 0}, {"all", 500, 2}, {"all", 600, 0}, {"web", 2000, 2}, {"all", 900, 2}, {"all", 450, 0}, {"all", 950, 0}, {"web", 2001, 0}} {
		added, err := evaluate(s, monthly(step.name), step.spent, now.Add(time.Duration(i)*time.Minute))
		if err != nil || len(added) != step.want {
			t.Fatalf("step %d tells %d, want %d; %v", i, len(added), step.want, err)
		}
	}
	before, err := s.Alerts(ctx)
	b.must(err)
	list, err := s.Deliveries(ctx)
	if err != nil || len(list) != 6 || len(before.Fired("")) != 5 {
		t.Fatalf("%d deliveries, %d alerts, %v", len(list), len(before.Fired("")), err)
	}
	good, bad := budget.NewDelivery("good", "slack", "s", budget.Body{}, now), budget.NewDelivery("", "slack", "s", budget.Body{}, now)
	for what, change := range map[string]func(budget.Alerts) (budget.Alerts, []budget.Delivery, error){
		"its own error": func(a budget.Alerts) (budget.Alerts, []budget.Delivery, error) {
			return a.Snooze("all", "", now.Add(time.Hour), now), []budget.Delivery{good}, errors.New("stop")
		},
		"a delivery without a key": func(a budget.Alerts) (budget.Alerts, []budget.Delivery, error) {
			return a.Snooze("all", "", now.Add(time.Hour), now), []budget.Delivery{good, bad}, nil
		},
	} {
		if _, err := s.UpdateAlerts(ctx, change); err == nil {
			t.Errorf("%s: no error", what)
		}
		after, err1 := s.Alerts(ctx)
		kept, err2 := s.Deliveries(ctx)
		if err := errors.Join(err1, err2); err != nil || !reflect.DeepEqual(after, before) || !reflect.DeepEqual(byKey(kept), byKey(list)) {
			t.Errorf("%s left something behind, %v", what, err)
		}
	}
	b.whole()
}

// Many handles at once, as many processes would have: each alert is told once,
// each delivery has one sender.
func testOneSender(t *testing.T, b *bench) {
	b.start(nil)
	ctx, now := context.Background(), noon()
	_, err := b.store.SetBudgets(ctx, ann(), monthly("all"))
	b.must(err)
	const senders = 8
	var mu sync.Mutex
	var all sync.WaitGroup
	claims := make(map[string][]string)
	added := 0
	for i := range senders {
		s, by := b.open(b.t, b.dir, nil), fmt.Sprint("sender ", i)
		all.Go(func() {
			told, err := evaluate(s, monthly("all"), 850, now)
			if err == nil {
				_, err = s.Enqueue(ctx, budget.NewDelivery("digest", "slack", "s", budget.Body{}, now))
			}
			var got []budget.Delivery
			if err == nil {
				got, err = s.ClaimDue(ctx, by, now.Add(time.Second), 2, nil)
			}
			mu.Lock()
			defer mu.Unlock()
			added += len(told)
			for _, d := range got {
				claims[d.Key] = append(claims[d.Key], by)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	list, err := b.store.Deliveries(ctx)
	if err != nil || len(list) != 3 || added != 2 || len(claims) != 3 {
		t.Fatalf("%d deliveries (want 3), %d told (want 2), claims %v, %v", len(list), added, claims, err)
	}
	for _, d := range list {
		if by := claims[d.Key]; len(by) != 1 || by[0] != d.Claimed || d.Attempts != 1 {
			t.Errorf("%s is held by %q, claimed by %q in %d attempts", d.Key, d.Claimed, by, d.Attempts)
		}
	}
	b.whole()
}

// outboxModel is the ledger as plainly as it can be said: package budget's own
// values.
type outboxModel struct {
	alerts budget.Alerts
	list   map[string]budget.Delivery
}

// testOutbox plays random histories: evaluations, claims, outcomes, silences,
// clocks that jump.
func testOutbox(t *testing.T, open Opener, histories int) {
	for seed := range histories {
		rng := rand.New(rand.NewPCG(uint64(seed), 5))
		b := &bench{t: t, open: open, dir: t.TempDir()}
		step := 0
		b.says = func() string { return fmt.Sprintf("seed %d, step %d: ", seed, step) }
		b.start(nil)
		_, err := b.store.SetBudgets(context.Background(), ann(), monthly("a"), monthly("b"))
		b.must(err)
		m := &outboxModel{list: make(map[string]budget.Delivery)}
		now := noon()
		for ; step < 40; step++ {
			jump := time.Duration(rng.IntN(300)) * time.Second
			if rng.IntN(15) == 0 {
				jump = time.Duration(rng.IntN(40)-8) * 24 * time.Hour
			}
			now = now.Add(jump)
			m.play(b, rng, now)
			m.compare(b)
		}
		b.whole()
	}
}

func (m *outboxModel) play(b *bench, rng *rand.Rand, now time.Time) {
	ctx, s := context.Background(), b.store
	name := []string{"a", "b"}[rng.IntN(2)]
	threshold := []string{"", "50%", "80%", "100%"}[rng.IntN(4)]
	who := []string{"one", "two"}[rng.IntN(2)]
	keys := slices.Sorted(maps.Keys(m.list))
	key := "none"
	if len(keys) > 0 {
		key = keys[rng.IntN(len(keys))]
	}
	switch rng.IntN(8) {
	case 0, 1:
		m.evaluate(b, monthly(name), int64(rng.IntN(1300)), now)
	case 2, 3:
		m.claim(b, who, now, rng.IntN(4), []string{"", "mail", "slack"}[rng.IntN(3)])
	case 4, 5:
		var outcome error
		if rng.IntN(2) == 0 {
			outcome = errors.New("refused")
		}
		err := s.FinishDelivery(ctx, key, who, outcome, now)
		if (err == nil) != (key != "none") {
			b.failf("finish %q: %v", key, err)
		}
		if err == nil {
			m.list[key] = inMillis(m.list[key].Finish(who, outcome, now))
		}
	case 6:
		until := now.Add(time.Duration(rng.IntN(72)-8) * time.Hour)
		_, err := s.Snooze(ctx, ann(), name, threshold, until, now)
		b.must(err)
		m.alerts = m.alerts.Snooze(name, threshold, until, now)
		n, err := s.Acknowledge(ctx, ann(), name, threshold, now)
		b.must(err)
		next := m.alerts.Acknowledge(name, threshold, "ann", now)
		if (n > 0) == reflect.DeepEqual(next, m.alerts) {
			b.failf("%d acknowledged", n)
		}
		m.alerts = next
	case 7:
		err := s.RetryDelivery(ctx, ann(), key, now)
		if (err == nil) != (key != "none") {
			b.failf("retry %q: %v", key, err)
		}
		if err == nil {
			m.list[key] = inMillis(m.list[key].Again(now))
		}
	}
}

func (m *outboxModel) evaluate(b *bench, limit budget.Budget, spent int64, now time.Time) {
	added, err := evaluate(b.store, limit, spent, now)
	b.must(err)
	var want []budget.Delivery
	day := budget.DaySum{Day: time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)}
	day.Cost = money.FromUnits(spent)
	next, messages := m.alerts.Decide(limit.Assess(budget.Spend{Days: []budget.DaySum{day}, AsOf: now}, now))
	m.alerts = next
	for i := range messages {
		d := inMillis(messages[i].Delivery())
		if _, known := m.list[d.Key]; !known {
			m.list[d.Key] = d
			want = append(want, d)
		}
	}
	if !reflect.DeepEqual(byKey(added), byKey(want)) {
		b.failf("told\n%+v\nwant\n%+v", added, want)
	}
}

// claim accepts whichever are taken, as long as they are due and as many as may
// be.
func (m *outboxModel) claim(b *bench, who string, now time.Time, most int, channel string) {
	own := func(d *budget.Delivery) bool { return channel == "" || d.Channel == channel }
	got, err := b.store.ClaimDue(context.Background(), who, now, most, own)
	b.must(err)
	due := 0
	for _, d := range m.list {
		if d.Due(now) && own(&d) {
			due++
		}
	}
	if most > 0 {
		due = min(due, most)
	}
	if len(got) != due {
		b.failf("%d claimed, want %d", len(got), due)
	}
	for _, d := range got {
		want, ok := m.list[d.Key].Claim(who, now)
		if want = inMillis(want); !ok || !own(&d) || !reflect.DeepEqual(d, want) {
			b.failf("claimed\n%+v, want\n%+v", d, want)
		}
		m.list[d.Key] = want
	}
}

func (m *outboxModel) compare(b *bench) {
	list, err := b.store.Deliveries(context.Background())
	b.must(err)
	if want := byKey(slices.Collect(maps.Values(m.list))); len(list) != len(want) || len(want) > 0 && !reflect.DeepEqual(byKey(list), want) {
		b.failf("deliveries are\n%+v, want\n%+v", byKey(list), want)
	}
	alerts, err := b.store.Alerts(context.Background())
	b.must(err)
	if got, want := sortedState(alerts), sortedState(m.alerts); got != want {
		b.failf("alerts are\n%s\nwant\n%s", got, want)
	}
}

// sortedState is a state as text: the order between budgets says nothing.
func sortedState(a budget.Alerts) string {
	var lines []string
	for _, name := range []string{"a", "b"} {
		var part budget.Alerts
		for _, x := range a.Alerts {
			if x.Budget == name {
				part.Alerts = append(part.Alerts, x)
			}
		}
		for _, x := range a.Snoozes {
			if x.Budget == name {
				part.Snoozes = append(part.Snoozes, x)
			}
		}
		for _, x := range a.Clocks {
			if x.Budget == name {
				part.Clocks = append(part.Clocks, x)
			}
		}
		encoded, err := part.Encode()
		lines = append(lines, fmt.Sprintf("%s %v", encoded, err))
	}
	return strings.Join(lines, "\n")
}

func inMillis(d budget.Delivery) budget.Delivery {
	for _, t := range []*time.Time{&d.Created, &d.NextTry, &d.Lease, &d.Done, &d.GaveUp} {
		*t = cut(*t)
	}
	return d
}
