package budget

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/money"
)

// world is a budget, what was spent, and what is stored: the alert state as
// bytes and the messages, written together or not at all.
type world struct {
	t      *rapid.T
	b      Budget
	now    time.Time // the true time
	spend  map[int]money.Amount
	first  time.Time
	stored []byte
	outbox []Message
	told   map[string]int
	fooled bool      // the last evaluation was made with a clock that was behind
	looked time.Time // the last evaluation with the right clock
}

func newWorld(t *rapid.T) *world {
	first := time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)
	return &world{t: t, first: first, now: first.Add(65*24*time.Hour + 13*time.Hour), spend: make(map[int]money.Amount), told: make(map[string]int),
		b: Budget{Name: "web", Amount: money.FromUnits(100), Currency: "USD", Period: rapid.SampledFrom([]Period{Daily, Weekly, Monthly}).Draw(t, "period"),
			Notify: []string{"mail:a@example.com", "mail:b@example.com"},
			Warn:   []Threshold{{Percent: 50_000}, {Percent: 80_000}, {Amount: money.FromUnits(90)}, {Forecast: true, Percent: 100_000}}}}
}

func (w *world) days() []DaySum {
	var out []DaySum
	for i, cost := range w.spend {
		out = append(out, DaySum{w.first.AddDate(0, 0, i), Sum{Cost: cost}})
	}
	return out
}

// evaluate is one run of a process, with its clock off by skew; if dies is set
// it dies before its transaction is through.
func (w *world) evaluate(skew time.Duration, dies bool) Status {
	clock := w.now.Add(skew)
	st := w.b.Assess(Spend{Days: w.days(), AsOf: clock}, clock)
	old, err := DecodeAlerts(w.stored)
	if err != nil {
		w.t.Fatal(err)
	}
	before, _ := old.Encode()
	next, messages := old.Decide(st)
	if after, _ := old.Encode(); string(before) != string(after) {
		w.t.Fatal("deciding changed the state it was given")
	}
	again, same := old.Decide(st)
	if !reflect.DeepEqual(next, again) || !reflect.DeepEqual(keys(messages), keys(same)) {
		w.t.Fatal("two processes decide differently")
	}
	if dies {
		return st
	}
	if w.stored, err = next.Encode(); err != nil {
		w.t.Fatal(err)
	}
	for _, m := range messages {
		w.tell(m)
	}
	return st
}

func keys(messages []Message) (out []string) {
	for _, m := range messages {
		out = append(out, m.Key+m.Target)
	}
	return out
}

func (w *world) tell(m Message) {
	for _, mark := range m.Marks {
		id := fmt.Sprint(m.Status.Period.Since, mark.Threshold, mark.At, m.Target)
		if w.told[id]++; w.told[id] > 1 {
			w.t.Fatalf("told twice: %s", id)
		}
		if !mark.Reached || !m.Status.Period.Contains(m.Status.Now) {
			w.t.Fatalf("told for nothing: %+v", mark)
		}
		// That a clock is behind can be known only by who has seen a later one.
		warned := !w.looked.Before(w.b.At(w.now).Since)
		if warned && !mark.Forecast && !m.Status.Period.Contains(w.now) {
			w.t.Fatalf("told of %v at %s", m.Status.Period, w.now)
		}
	}
	for _, o := range w.outbox {
		if o.Key == m.Key {
			w.t.Fatalf("one key for two messages: %s", m.Key)
		}
	}
	w.outbox = append(w.outbox, m)
}

func (w *world) step() {
	t := w.t
	switch rapid.SampledFrom([]string{"spend", "spend", "wait", "look", "look", "die", "late", "correct", "amount", "owner", "skew"}).Draw(t, "step") {
	case "spend":
		w.add(int(w.now.Sub(w.first)/(24*time.Hour)), rapid.Int64Range(0, 40).Draw(t, "cost"))
	case "late":
		w.add(rapid.IntRange(0, int(w.now.Sub(w.first)/(24*time.Hour))).Draw(t, "day"), rapid.Int64Range(0, 300).Draw(t, "cost"))
	case "correct":
		w.add(int(w.now.Sub(w.first)/(24*time.Hour)), rapid.Int64Range(-30, 0).Draw(t, "cost"))
	case "wait":
		w.now = w.now.Add(time.Duration(rapid.Int64Range(1, 40*60).Draw(t, "minutes")) * time.Minute)
	case "look":
		w.evaluate(0, false)
		w.fooled, w.looked = false, w.now
	case "die":
		w.evaluate(0, true)
	case "skew":
		skew := time.Duration(rapid.Int64Range(-50*24, 400*24).Draw(t, "hours")) * time.Hour
		if skew < 0 && w.fooled {
			return // a clock that stays behind is one that was never ahead
		}
		w.evaluate(skew, false)
		w.fooled = skew < 0
	case "amount":
		w.b.Amount = money.FromUnits(rapid.SampledFrom([]int64{60, 100, 150, 400}).Draw(t, "amount"))
	case "owner":
		w.b.Notify = rapid.SampledFrom([][]string{{"mail:a@example.com"}, {"mail:a@example.com", "hook"}, {"hook", "mail:b@example.com", "hook"}}).Draw(t, "owners")
	}
}

func (w *world) add(day int, units int64) {
	w.spend[day] = w.spend[day].Add(money.FromUnits(units))
}

// TestAlertsAreToldOnce: at most once each whatever happens, and at least once
// if the crossing holds.
func TestAlertsAreToldOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			w.step()
		}
		// A clock that had been ahead is believed after an hour.
		var st Status
		for range 3 {
			st = w.evaluate(0, false)
			w.now = w.now.Add(believeClock + time.Minute)
		}
		for _, m := range st.Marks {
			for _, target := range w.b.Targets() {
				if m.Reached && !m.Forecast && !w.heard(st.Period.Since, m.Threshold, target) {
					t.Fatalf("%s was never told %s, which stands at %s", target, m.Threshold, m.Value)
				}
			}
		}
	})
}

func (w *world) heard(since time.Time, th Threshold, target string) bool {
	return slices.ContainsFunc(w.outbox, func(m Message) bool {
		return m.Target == target && m.Status.Period.Since.Equal(since) && slices.ContainsFunc(m.Marks, func(x Mark) bool { return x.Threshold == th })
	})
}

// desk is one budget and its state, for stories.
type desk struct {
	t *testing.T
	b Budget
	a Alerts
}

func newDesk(t *testing.T, warn ...Threshold) *desk {
	return &desk{t: t, b: Budget{Name: "web", Amount: money.FromUnits(500), Currency: "USD", Period: Monthly, Warn: warn, Notify: []string{"mail:owner@example.com"}}}
}

// look evaluates with so much spent on the first of the month.
func (d *desk) look(now string, spent int64) []Message {
	d.t.Helper()
	clock := at(d.t, now)
	first := d.b.At(clock).Since
	var messages []Message
	d.a, messages = d.a.Decide(d.b.Assess(Spend{Days: even(first, 1, money.FromUnits(spent)), AsOf: clock}, clock))
	return messages
}

func (d *desk) want(n int, messages []Message) {
	d.t.Helper()
	if len(messages) != n {
		d.t.Errorf("%d messages, want %d: %+v", len(messages), n, keys(messages))
	}
}

func TestAlertStory(t *testing.T) {
	d := newDesk(t, Threshold{Percent: 80_000}, Threshold{Percent: 50_000})
	d.want(0, d.look("2026-11-02T10:00", 100))
	first := d.look("2026-11-03T10:00", 260)
	d.want(1, first)
	d.want(0, d.look("2026-11-03T10:05", 260))
	d.want(0, d.look("2026-11-03T11:00", 200)) // corrected
	d.want(0, d.look("2026-11-03T12:00", 300)) // and back
	d.want(1, d.look("2026-11-04T10:00", 410))
	d.b.Amount = money.FromUnits(510) // 80 % is 408: still reached
	d.want(0, d.look("2026-11-05T10:00", 410))
	d.b.Amount = money.FromUnits(1000) // neither is reached any more
	d.want(0, d.look("2026-11-06T10:00", 410))
	if fired := d.a.Fired("web"); len(fired) != 2 || !fired[0].Armed {
		t.Errorf("%+v", fired)
	}
	d.want(1, d.look("2026-11-07T10:00", 520)) // 50 % of 1000
	d.b.Amount = money.FromUnits(500)
	d.want(0, d.look("2026-11-08T10:00", 520)) // known since the fourth
	d.want(0, d.look("2026-12-01T10:00", 0))
	second := d.look("2026-12-02T10:00", 300)
	d.want(1, second)
	if first[0].Key == second[0].Key {
		t.Error("two periods share a key")
	}
	d.b.Notify = append(d.b.Notify, "hook")
	if m := d.look("2026-12-03T10:00", 300); len(m) != 1 || m[0].Target != "hook" {
		t.Errorf("a new owner: %+v", keys(m))
	}
	// Both thresholds at once are one message.
	d.b.Name = "other"
	if m := d.look("2026-12-03T10:00", 450); len(m) != 2 || len(m[0].Marks) != 2 || m[0].Marks[1].Percent != 80_000 {
		t.Errorf("%+v", m)
	}
}

func TestForecastAlertsWaitADay(t *testing.T) {
	d := newDesk(t, Threshold{Forecast: true, Percent: 100_000})
	look := func(now string, days int) []Message {
		clock := at(t, now)
		var m []Message
		d.a, m = d.a.Decide(d.b.Assess(Spend{Days: even(clock.Truncate(24*time.Hour).AddDate(0, 0, -days), days, money.FromUnits(20)), AsOf: clock}, clock))
		return m
	}
	d.want(0, look("2026-11-10T10:00", 10)) // too little history
	d.want(0, look("2026-11-12T10:00", 10))
	d.want(0, look("2026-11-16T10:00", 20)) // the first to be believed
	d.want(0, look("2026-11-16T23:00", 20))
	d.want(0, look("2026-11-17T09:59", 20))
	d.want(1, look("2026-11-17T10:00", 20))
	d.want(0, look("2026-11-19T10:00", 20))
	// One evaluation that does not hold begins the wait anew.
	d.b.Name = "wavers"
	d.want(0, look("2026-11-20T10:00", 20))
	d.want(0, d.look("2026-11-20T16:00", 10))
	d.want(0, look("2026-11-21T10:00", 20))
	d.want(1, look("2026-11-22T10:00", 20))
	// In another period, too.
	d.b.Name = "turns"
	d.want(0, look("2026-11-30T10:00", 30))
	d.want(0, look("2026-12-01T11:00", 31))
}

func TestSnoozeAndAcknowledge(t *testing.T) {
	d := newDesk(t, Threshold{Percent: 50_000}, Threshold{Percent: 80_000})
	d.a = d.a.Snooze("web", "", at(t, "2026-11-05T00:00"), at(t, "2026-11-02T00:00"))
	d.want(0, d.look("2026-11-03T10:00", 300))
	if len(d.a.Fired("")) != 0 {
		t.Error("fired while snoozed")
	}
	d.want(1, d.look("2026-11-05T00:00", 300))
	d.a = d.a.Snooze("web", "80%", at(t, "2026-12-15T00:00"), at(t, "2026-11-06T00:00"))
	d.want(0, d.look("2026-11-07T10:00", 450))
	d.want(0, d.look("2026-12-02T10:00", 100)) // November is over: never told
	d.want(1, d.look("2026-12-03T10:00", 300)) // the other threshold speaks
	d.a = d.a.Acknowledge("web", "", "ann", at(t, "2026-12-04T00:00"))
	d.a = d.a.Acknowledge("web", "", "bob", at(t, "2026-12-05T00:00"))
	for _, x := range d.a.Fired("web") {
		if x.AckedBy != "ann" {
			t.Errorf("%+v", x)
		}
	}
	d.a = d.a.Snooze("web", "", time.Time{}, at(t, "2026-12-06T00:00"))
	d.want(1, d.look("2026-12-06T10:00", 450))
}

func TestClockSetBack(t *testing.T) {
	d := newDesk(t, Threshold{Percent: 50_000})
	d.want(0, d.look("2026-11-20T10:00", 10))
	// October was back-filled since; the clock says it is October for a moment.
	d.want(0, d.look("2026-10-20T10:00", 400))
	d.want(0, d.look("2026-10-20T10:30", 400))
	d.want(1, d.look("2026-11-20T11:00", 300))
	// The clock was ahead: the running period is late by an hour, not lost.
	d.b.Name = "ahead"
	d.want(0, d.look("2031-01-01T00:00", 0))
	d.want(0, d.look("2026-11-20T11:00", 300))
	d.want(1, d.look("2026-11-20T12:00", 300))
}

// TestLookingAgainChangesNothing: a state that stays as it is need not be
// written. What the clock is noted for still holds.
func TestLookingAgainChangesNothing(t *testing.T) {
	d := newDesk(t, Threshold{Percent: 50_000})
	d.want(1, d.look("2026-10-31T22:50", 300))
	before := d.a
	for _, now := range []string{"2026-10-31T22:51", "2026-10-31T23:49", "2026-10-31T22:00", "2026-10-31T22:50"} {
		if d.want(0, d.look(now, 310)); !reflect.DeepEqual(d.a, before) {
			t.Errorf("at %s the state is another", now)
		}
	}
	for _, now := range []string{"2026-10-31T23:50", "2026-11-01T00:01"} { // an hour has passed; a period has begun
		if d.want(0, d.look(now, 10)); reflect.DeepEqual(d.a, before) {
			t.Errorf("at %s the clock is not noted", now)
		}
		before = d.a
	}
	d.want(0, d.look("2026-10-31T23:59", 400)) // set back by minutes, into what is over
	d.want(0, d.look("2026-11-01T00:02", 10))
	d.want(1, d.look("2026-11-01T00:03", 260))
}

func TestAlertEncoding(t *testing.T) {
	d := newDesk(t, Threshold{Percent: 62_500}, Threshold{Amount: amount(t, "0.000000000000000001")})
	d.look("2026-11-02T10:00", 400)
	d.a = d.a.Snooze("web", "80%", at(t, "2026-12-01T00:00"), at(t, "2026-11-03T00:00"))
	data, err := d.a.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := DecodeAlerts(data)
	if err != nil || !reflect.DeepEqual(back, d.a) {
		t.Errorf("%v\n%+v\n%+v", err, back, d.a)
	}
	if _, err := DecodeAlerts([]byte(`{"Version":2}`)); !errors.Is(err, ErrNewer) {
		t.Errorf("a newer state: %v", err)
	}
	if _, err := DecodeAlerts([]byte(`{"Vers`)); err == nil {
		t.Error("half a state was read")
	}
}

func TestOldPeriodsAreForgotten(t *testing.T) {
	d := newDesk(t, Threshold{Percent: 50_000})
	d.b.Period = Daily
	clock := at(t, "2026-01-01T12:00")
	for range mostAlerts + 50 {
		d.want(1, d.look(clock.Format("2006-01-02T15:04"), 400))
		clock = clock.AddDate(0, 0, 1)
	}
	if n := len(d.a.Alerts); n != mostAlerts {
		t.Errorf("%d alerts are kept", n)
	}
}

func TestMessage(t *testing.T) {
	d := newDesk(t, Threshold{Percent: 80_000})
	m := d.look("2026-11-18T10:00", 412)
	d.want(1, m)
	got := m[0].Delivery()
	if got.Channel != "mail" || got.To != "owner@example.com" || got.Key != m[0].Key || got.Subject != "Budget web: 412.00 USD of 500.00 USD spent (82 %)" {
		t.Errorf("%+v", got)
	}
	for _, want := range []string{"Spend has reached 80%", "2026-11-01 to 2026-11-30", "Headroom  88.00 USD"} {
		if !strings.Contains(got.Body.Text, want) {
			t.Errorf("%q is not in\n%s", want, got.Body.Text)
		}
	}
}

// TestDecideAll: several budgets at once are what they are one after the other.
func TestDecideAll(t *testing.T) {
	now := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	var all []Status
	for i, name := range []string{"web", "all", "api"} {
		b := Budget{Name: name, Amount: money.FromUnits(10), Currency: "USD", Period: Monthly, Warn: []Threshold{{Percent: 50_000}, {Percent: 90_000}}, Notify: []string{"a", "b"}}
		day := DaySum{Day: now.AddDate(0, 0, -1), Sum: Sum{Cost: money.FromUnits(int64(4 * i))}}
		all = append(all, b.Assess(Spend{Days: []DaySum{day}, AsOf: now}, now))
	}
	was := Alerts{}.Snooze("gone", "", now.Add(time.Hour), now)
	one, count := was, 0
	for _, st := range all {
		next, messages := one.Decide(st)
		one, count = next, count+len(messages)
	}
	next, messages := was.DecideAll(all)
	if len(messages) != count || count != 2 || len(next.Fired("")) != len(one.Fired("")) || len(next.Snoozes) != 1 || len(next.Clocks) != 3 {
		t.Errorf("%d messages, want %d: %+v", len(messages), count, next)
	}
	if again, messages := next.DecideAll(all); len(messages) != 0 || !reflect.DeepEqual(again, next) {
		t.Errorf("told again: %+v", messages)
	}
	if len(was.Alerts) != 0 {
		t.Error("the old state was changed")
	}
}
