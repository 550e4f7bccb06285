package budget

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tokpit/money"
	"tokpit/usage"
)

// Alerts is what has been told to whom: the one thing about budgets that cannot
// be computed again. It is a value. [Alerts.Decide] returns a new one beside the
// messages that it justifies; whoever stores both in one transaction, having
// read the old one in it, tells nothing twice and loses nothing, however many
// processes do so and whenever they die.
//
// Nothing in it depends on an order of clock readings: what has been told is
// known by budget, period, threshold and amount.
type Alerts struct {
	Alerts  []Alert
	Snoozes []Snooze
	Clocks  []Clock
}

// Alert is a threshold that was reached in a period, or a threshold on a
// forecast that is waiting to be believed.
type Alert struct {
	Budget    string
	Period    usage.Span
	Threshold Threshold
	Amount    money.Amount // what the threshold meant when it was last looked at
	Value     money.Amount // the spend, or the forecast, that reached it
	FiredAt   time.Time    `json:",omitzero"` // zero while waiting
	// Pending is the first evaluation that saw the forecast above, and Through
	// the last whole day that it rested on; both zero for spend.
	Pending, Through time.Time `json:",omitzero"`
	Told             []Told    `json:",omitempty"`
	// Armed: since it fired, the amount was raised so far that the threshold was
	// no longer reached. Reaching it again is news.
	Armed   bool      `json:",omitempty"`
	AckedAt time.Time `json:",omitzero"` // zero until somebody has seen it
	AckedBy string    `json:",omitempty"`
}

// Fired reports whether the alert is more than a suspicion.
func (a *Alert) Fired() bool { return !a.FiredAt.IsZero() }

// Told is one target and the meanings of the threshold that it has been told.
type Told struct {
	Target  string
	Amounts []money.Amount
	Armed   bool `json:",omitempty"` // as that of the alert, since this target's last message
}

// Snooze keeps a budget silent for a while. What is reached meanwhile and still
// is when the time has come, in the same period, is told then.
type Snooze struct {
	Budget    string
	Threshold string // as text; "" is all of them
	Until     time.Time
}

// Message is what one target is to be told: one or more thresholds that were
// reached at once.
type Message struct {
	// Key is the same whenever the same is told to the same target, so that a
	// receiver can drop what it already has.
	Key    string
	Target string // from Budget.Notify
	Status Status
	Marks  []Mark // lowest first
}

// The rules for when something is believed.
const (
	// A forecast must be above its threshold on two evaluations this far apart,
	// resting on different days: forecasts waver.
	holdForecast = 24 * time.Hour
	// A forecast that rests on fewer whole days is shown, but nobody is told.
	firmDays = mediumDays
	// How many alerts of one budget are remembered, by period.
	mostAlerts = 400
)

// Decide returns what to tell after an evaluation, and what has been told then.
// It changes neither a nor the status. A status of a period that Now does not
// lie in tells nothing.
func (a Alerts) Decide(st Status) (Alerts, []Message) {
	next := a.clone()
	b := st.Budget
	if st.Ended || !st.Period.Contains(st.Now) || !next.tick(b.Name, st.Period, st.Now) {
		return next, nil
	}
	fresh := make(map[string][]Mark)
	for _, m := range st.Marks {
		for _, target := range next.mark(&st, m) {
			fresh[target] = append(fresh[target], m)
		}
	}
	next.prune(b.Name)
	var out []Message
	for _, target := range b.Targets() {
		if marks := fresh[target]; len(marks) > 0 {
			slices.SortStableFunc(marks, func(x, y Mark) int { return x.At.Cmp(y.At) })
			out = append(out, Message{Key: messageKey(&st, marks, target), Target: target, Status: st, Marks: marks})
		}
	}
	return next, out
}

// DecideAll is Decide for each of several statuses, of one budget each. The work
// grows with what has been told, not with that times the number of budgets.
func (a Alerts) DecideAll(all []Status) (Alerts, []Message) {
	parts := a.ByBudget()
	var out []Message
	for _, st := range all {
		next, messages := parts[st.Budget.Name].Decide(st)
		parts[st.Budget.Name], out = next, append(out, messages...)
	}
	return JoinAlerts(parts), out
}

// ByBudget divides a state by the budgets that its parts are about.
func (a Alerts) ByBudget() map[string]Alerts {
	parts := make(map[string]Alerts)
	for _, x := range a.Alerts {
		p := parts[x.Budget]
		p.Alerts = append(p.Alerts, x)
		parts[x.Budget] = p
	}
	for _, x := range a.Snoozes {
		p := parts[x.Budget]
		p.Snoozes = append(p.Snoozes, x)
		parts[x.Budget] = p
	}
	for _, x := range a.Clocks {
		p := parts[x.Budget]
		p.Clocks = append(p.Clocks, x)
		parts[x.Budget] = p
	}
	return parts
}

// JoinAlerts puts together what [Alerts.ByBudget] divided, in the order of names.
func JoinAlerts(parts map[string]Alerts) Alerts {
	var all Alerts
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		p := parts[name]
		all.Alerts, all.Snoozes, all.Clocks = append(all.Alerts, p.Alerts...), append(all.Snoozes, p.Snoozes...), append(all.Clocks, p.Clocks...)
	}
	return all
}

// Targets returns whom the budget tells, each once.
func (b *Budget) Targets() []string {
	var out []string
	for _, target := range b.Notify {
		if target = strings.TrimSpace(target); target != "" && !slices.Contains(out, target) {
			out = append(out, target)
		}
	}
	return out
}

// mark brings one threshold up to date and returns the targets to be told.
func (a *Alerts) mark(st *Status, m Mark) (targets []string) {
	i := slices.IndexFunc(a.Alerts, func(x Alert) bool { return x.is(st, m.Threshold) })
	if !m.Reached {
		if i >= 0 {
			a.Alerts[i].fall(m)
			if !a.Alerts[i].Fired() {
				a.Alerts = slices.Delete(a.Alerts, i, i+1)
			}
		}
		return nil
	}
	if i < 0 {
		a.Alerts = append(a.Alerts, Alert{Budget: st.Budget.Name, Period: st.Period, Threshold: m.Threshold, Amount: m.At})
		i = len(a.Alerts) - 1
	}
	alert := &a.Alerts[i]
	alert.Amount = m.At
	if !alert.believed(st, m) || a.snoozed(st.Budget.Name, m.Threshold, st.Now) {
		return nil
	}
	if !alert.Fired() || alert.Armed {
		alert.FiredAt, alert.Value, alert.AckedAt, alert.AckedBy, alert.Armed = st.Now, m.Value, time.Time{}, "", false
	}
	for _, target := range st.Budget.Targets() {
		if alert.tell(target, m.At) {
			targets = append(targets, target)
		}
	}
	return targets
}

func (a *Alert) is(st *Status, t Threshold) bool {
	return a.Budget == st.Budget.Name && a.Period.Since.Equal(st.Period.Since) && a.Threshold == t
}

// fall is what happens when the threshold is not reached: what was told stays
// told, unless an owner has moved the threshold away from it.
func (a *Alert) fall(m Mark) {
	a.Pending, a.Through = time.Time{}, time.Time{}
	if m.Known && m.At.Cmp(a.Amount) > 0 {
		a.Armed = a.Fired()
		for i := range a.Told {
			a.Told[i].Armed = true
		}
		a.Amount = m.At
	}
}

// believed reports whether a reached threshold has held long enough.
func (a *Alert) believed(st *Status, m Mark) bool {
	if !m.Forecast || a.Fired() && !a.Armed {
		return true
	}
	if st.Forecast.Days < firmDays {
		return false
	}
	if a.Pending.IsZero() || st.Now.Before(a.Pending) {
		a.Pending, a.Through = st.Now, st.Through
		return false
	}
	return st.Now.Sub(a.Pending) >= holdForecast && st.Through.After(a.Through)
}

// tell notes that a target is told, and reports whether that is news.
func (a *Alert) tell(target string, amount money.Amount) bool {
	i := slices.IndexFunc(a.Told, func(t Told) bool { return t.Target == target })
	if i < 0 {
		a.Told = append(a.Told, Told{Target: target, Amounts: []money.Amount{amount}})
		return true
	}
	t := &a.Told[i]
	news := t.Armed && !slices.Contains(t.Amounts, amount)
	t.Armed = false
	if news {
		t.Amounts = append(t.Amounts, amount)
	}
	return news
}

func (a *Alerts) snoozed(budget string, t Threshold, now time.Time) bool {
	return slices.ContainsFunc(a.Snoozes, func(s Snooze) bool {
		return s.Budget == budget && (s.Threshold == "" || s.Threshold == t.String()) && now.Before(s.Until)
	})
}

// Snooze returns a with a budget silent until an instant; threshold "" is all of
// its thresholds. An instant that is past ends the silence.
func (a Alerts) Snooze(budget, threshold string, until, now time.Time) Alerts {
	next := a.clone()
	next.Snoozes = slices.DeleteFunc(next.Snoozes, func(s Snooze) bool {
		return s.Budget == budget && (threshold == "" || s.Threshold == threshold)
	})
	if until.After(now) {
		next.Snoozes = append(next.Snoozes, Snooze{budget, threshold, until})
	}
	return next
}

// Acknowledge returns a with the alerts of a budget that have fired marked as
// seen; threshold "" is all of them. The first to see an alert stays named.
func (a Alerts) Acknowledge(budget, threshold, by string, now time.Time) Alerts {
	next := a.clone()
	for i := range next.Alerts {
		x := &next.Alerts[i]
		if x.Budget == budget && x.Fired() && x.AckedAt.IsZero() && (threshold == "" || x.Threshold.String() == threshold) {
			x.AckedAt, x.AckedBy = now, by
		}
	}
	return next
}

// Fired returns the alerts of a budget that have fired ("" for all budgets),
// newest first.
func (a Alerts) Fired(budget string) []Alert {
	var out []Alert
	for _, x := range a.clone().Alerts {
		if x.Fired() && (budget == "" || x.Budget == budget) {
			out = append(out, x)
		}
	}
	slices.SortStableFunc(out, func(x, y Alert) int { return y.FiredAt.Compare(x.FiredAt) })
	return out
}

// prune forgets the oldest periods of a budget. It goes by count, not by age:
// a clock that jumps ahead must not make anything forgotten.
func (a *Alerts) prune(budget string) {
	var own []time.Time
	for i := range a.Alerts {
		if a.Alerts[i].Budget == budget {
			own = append(own, a.Alerts[i].Period.Since)
		}
	}
	if len(own) <= mostAlerts {
		return
	}
	slices.SortFunc(own, time.Time.Compare)
	oldest := own[len(own)-mostAlerts]
	a.Alerts = slices.DeleteFunc(a.Alerts, func(x Alert) bool { return x.Budget == budget && x.Period.Since.Before(oldest) })
}

func (a Alerts) clone() Alerts {
	out := Alerts{Alerts: slices.Clone(a.Alerts), Snoozes: slices.Clone(a.Snoozes), Clocks: slices.Clone(a.Clocks)}
	for i := range out.Alerts {
		told := slices.Clone(out.Alerts[i].Told)
		for j := range told {
			told[j].Amounts = slices.Clone(told[j].Amounts)
		}
		out.Alerts[i].Told = told
	}
	return out
}

// messageKey names what is told to whom: nothing in it changes when the same is
// decided again elsewhere or later.
func messageKey(st *Status, marks []Mark, target string) string {
	h := sha256.New()
	fmt.Fprintf(h, "tokpit-alert-1\x00%s\x00%d\x00%s", st.Budget.Name, st.Period.Since.Unix(), target)
	for _, m := range marks {
		fmt.Fprintf(h, "\x00%s\x00%s", m.Threshold, m.At)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// alertsVersion is the version of the encoding.
const alertsVersion = 1

// ErrNewer is wrapped by the error of a state that a newer program has written:
// reading it in part would tell things twice.
var ErrNewer = errors.New("written by a newer version of tokpit")

type encodedAlerts struct {
	Version int
	Alerts
}

// Encode returns the state as bytes that [DecodeAlerts] reads.
func (a Alerts) Encode() ([]byte, error) { return json.Marshal(encodedAlerts{alertsVersion, a}) }

// DecodeAlerts reads a state; no bytes are the state in which nothing has been told.
func DecodeAlerts(data []byte) (Alerts, error) {
	if len(data) == 0 {
		return Alerts{}, nil
	}
	var e encodedAlerts
	if err := json.Unmarshal(data, &e); err != nil {
		return Alerts{}, fmt.Errorf("read alert state: %w", err)
	}
	if e.Version != alertsVersion {
		return Alerts{}, fmt.Errorf("read alert state of version %d: %w", e.Version, ErrNewer)
	}
	return e.Alerts, nil
}
