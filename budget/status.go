package budget

import (
	"math"
	"sort"
	"time"

	"tokpit/money"
	"tokpit/usage"
)

// Sum is what the usage in a budget's scope cost. Untracked and Unallocated are
// parts of Cost, never beside it.
type Sum struct {
	Cost money.Amount
	// Low and High differ from Cost only if Ranged.
	Low, High money.Amount
	Ranged    bool

	Untracked      money.Amount // cost of usage without a key
	Unallocated    money.Amount // cost of usage without a project
	UnpricedTokens int64        // tokens that no price is known for; they are not in Cost
	Estimated      bool         // part of Cost uses another vendor's price
}

// Add returns the sum of both. The ends of a sum that is not ranged are its cost.
func (s Sum) Add(o Sum) Sum {
	low, high := s.ends()
	otherLow, otherHigh := o.ends()
	return Sum{Cost: s.Cost.Add(o.Cost), Low: low.Add(otherLow), High: high.Add(otherHigh), Ranged: s.Ranged || o.Ranged,
		Untracked: s.Untracked.Add(o.Untracked), Unallocated: s.Unallocated.Add(o.Unallocated),
		UnpricedTokens: s.UnpricedTokens + o.UnpricedTokens, Estimated: s.Estimated || o.Estimated}
}

func (s Sum) ends() (low, high money.Amount) {
	if !s.Ranged {
		return s.Cost, s.Cost
	}
	return s.Low, s.High
}

// DaySum is the usage of one day in the budget's scope and zone.
type DaySum struct {
	Day time.Time // an instant of the day; its first by custom
	Sum
}

// Spend is what is known of a budget's usage.
type Spend struct {
	// Days of the period and of the weeks before it, in any order. Days that are
	// missing cost nothing. Several sums of one day are added up.
	Days []DaySum
	// AsOf is the instant up to which usage is known; zero if nobody can say.
	AsOf time.Time
}

// State is where a budget stands, in a word.
type State string

// The states, from good to bad.
const (
	StateOK   State = "ok"
	StateWarn State = "warn" // a threshold is reached
	StateOver State = "over" // nothing is left
)

// Mark is a threshold in a period.
type Mark struct {
	Threshold
	At      money.Amount // what the threshold means: spend, or forecast, of that much
	Value   money.Amount // what it is compared with: the spend, or the forecast's point
	Reached bool
	Known   bool // false for thresholds on a forecast where there is none
}

// BurnPoint is the spend of a period up to an instant, beside an even plan.
type BurnPoint struct {
	At    time.Time
	Plan  money.Amount // the part of the limit that an even pace would have spent
	Spent money.Amount // meaningful if Known
	Known bool         // false for instants that have not been seen yet
}

// Status is where a budget stands in one period. It is computed from usage
// whenever it is asked for, and nothing in it is ever stored.
type Status struct {
	Budget *Budget
	Period usage.Span
	Now    time.Time
	AsOf   time.Time     // up to when usage is known, never after Now or the period's end
	Lag    time.Duration // Now - AsOf in a running period; 0 if HasLag is false
	HasLag bool
	Ended  bool // the period is over

	Limit money.Amount // the budget's amount
	Sum                // what is spent: Cost, and what of it is in doubt
	// Headroom is Limit - Cost; below zero when more is spent.
	Headroom money.Amount
	State    State

	Elapsed float64 // part of the period's time that is over, 0 to 1
	Used    float64 // Cost as a part of Limit, for drawing

	Forecast Forecast
	// Why says why there is no forecast; "" if there is one.
	Why string
	// RunRate is what the period ends at if it goes on as it has so far, if
	// HasRunRate: at least one whole day of it has been seen.
	RunRate    money.Amount
	HasRunRate bool
	// Through is the end of the last whole day that the forecast rests on.
	Through time.Time

	Marks []Mark // in the order of the budget's thresholds
	Burn  []BurnPoint

	Exhaustion Exhaustion
}

// Exhaustion says when nothing will be left if days go on as forecast.
type Exhaustion struct {
	Known bool
	Days  float64   // from AsOf on; 0 if nothing is left
	At    time.Time // zero if Days is 0
	// Within is false when the period ends first: then the budget holds.
	Within bool
}

// enoughDays is the least history that a forecast is shown for; with less only
// the run rate is.
const enoughDays = shortDays

// farthest is how many days ahead exhaustion is looked for.
const farthest = 366

// Assess returns where a valid budget stands in the period that now lies in.
func (b *Budget) Assess(s Spend, now time.Time) Status { return b.AssessIn(b.At(now), s, now) }

// AssessIn returns where a valid budget stands, or ended, in a period.
func (b *Budget) AssessIn(period usage.Span, s Spend, now time.Time) Status {
	st := Status{Budget: b, Period: period, Now: now, Limit: b.Amount, Ended: !now.Before(period.Until)}
	for _, d := range s.Days {
		if period.Contains(d.Day) {
			st.Sum = st.Sum.Add(d.Sum)
		}
	}
	st.Low, st.High = st.ends()
	st.Headroom = st.Limit.Sub(st.Cost)
	st.Used = st.Cost.Float() / st.Limit.Float()
	st.Elapsed = share(period, now)
	st.clock(s.AsOf)
	st.foresee(s.Days)
	st.marks()
	st.Burn = st.burn(s.Days)
	return st
}

// share is the part of a period that is over at t.
func share(p usage.Span, t time.Time) float64 {
	return min(1, max(0, t.Sub(p.Since).Seconds()/p.Until.Sub(p.Since).Seconds()))
}

// clock sets AsOf and Lag. Without an AsOf, usage is taken to be known up to now.
func (st *Status) clock(asOf time.Time) {
	known := !asOf.IsZero()
	if !known || asOf.After(st.Now) {
		asOf = st.Now
	}
	if known && !st.Ended {
		st.Lag, st.HasLag = st.Now.Sub(asOf), true
	}
	if asOf.After(st.Period.Until) {
		asOf = st.Period.Until
	}
	st.AsOf = asOf
}

// foresee fills the forecast, the run rate and the exhaustion.
func (st *Status) foresee(days []DaySum) {
	b := st.Budget
	history, through := b.complete(days, st.AsOf)
	rest := b.rest(st.Period, st.AsOf)
	st.Through = through
	if seen := st.seenDays(); seen >= 1 {
		st.HasRunRate = true
		st.RunRate = st.Cost.Add(amountOf(st.Cost.Float() / seen * rest))
	}
	switch {
	case st.Ended && rest == 0:
		st.Forecast = Predict(st.Cost, history, 0)
	case b.Period == Daily:
		st.Why = "a day is too short to forecast"
	case len(history) < enoughDays:
		st.Why = "too little history: a forecast needs 7 whole days"
	default:
		st.Forecast = Predict(st.Cost, history, rest)
	}
	if !st.Forecast.Known {
		st.Forecast = Forecast{Point: st.Cost, Low: st.Cost, High: st.Cost, Days: len(history)}
	}
	st.Exhaustion = st.exhaust(history, rest)
}

// seenDays is the length of the period up to AsOf, in its own days.
func (st *Status) seenDays() float64 {
	return st.Budget.rest(st.Period, st.Period.Since) - st.Budget.rest(st.Period, st.AsOf)
}

// rest is the number of days from t to the end of a period; the day that t lies
// in counts for the part that is left of it, whatever its length.
func (b *Budget) rest(p usage.Span, t time.Time) (days float64) {
	bounds := b.Days(p)
	for i := 0; i+1 < len(bounds); i++ {
		since, until := bounds[i], bounds[i+1]
		switch {
		case !since.Before(t):
			days++
		case until.After(t):
			days += until.Sub(t).Seconds() / until.Sub(since).Seconds()
		}
	}
	return days
}

// complete returns the costs of the whole days before asOf, oldest first, from
// the first one with spend on, and the end of the last.
func (b *Budget) complete(days []DaySum, asOf time.Time) (history []float64, through time.Time) {
	day, zone := Budget{Period: Daily}, b.location()
	through = day.at(zone, asOf).Since
	earliest := through.AddDate(0, 0, -longHistory-2)
	costs := make(map[int64]money.Amount)
	for _, d := range days {
		if d.Day.Before(through) && !d.Day.Before(earliest) {
			key := day.at(zone, d.Day).Since.Unix()
			costs[key] = costs[key].Add(d.Cost)
		}
	}
	var back []float64
	last := 0
	at := through
	for range longHistory {
		at = day.at(zone, at.Add(-time.Nanosecond)).Since
		cost := costs[at.Unix()]
		back = append(back, max(0, cost.Float())) // a day of credits forebodes no more of them
		if !cost.IsZero() {
			last = len(back)
		}
	}
	history = make([]float64, last)
	for i := range history {
		history[i] = back[last-1-i]
	}
	return history, through
}

// exhaust finds the day on which the expected spend passes what is left.
func (st *Status) exhaust(history []float64, rest float64) Exhaustion {
	if st.Headroom.Sign() <= 0 {
		return Exhaustion{Known: true, Within: true}
	}
	if st.Ended || len(history) < enoughDays {
		return Exhaustion{}
	}
	left := st.Headroom.Float()
	spends := func(days float64) float64 { total, _ := expect(recent(history), days); return total }
	n := sort.Search(farthest, func(i int) bool { return spends(float64(i+1)) >= left })
	if n == farthest {
		return Exhaustion{}
	}
	before, after := 0.0, spends(float64(n+1))
	if n > 0 {
		before = spends(float64(n))
	}
	days := float64(n) + min(1, max(0, (left-before)/math.Max(after-before, 1e-12)))
	return Exhaustion{Known: true, Days: days, At: st.AsOf.Add(time.Duration(days * 24 * float64(time.Hour))).Truncate(time.Minute), Within: days < rest}
}

// marks compares the thresholds, and sets the state.
func (st *Status) marks() {
	st.State = StateOK
	for _, t := range st.Budget.Warn {
		m := Mark{Threshold: t, At: t.At(st.Limit), Value: st.Cost, Known: true}
		if t.Forecast {
			m.Value, m.Known = st.Forecast.Point, st.Forecast.Known
		}
		m.Reached = m.Known && m.Value.Cmp(m.At) >= 0
		if m.Reached {
			st.State = StateWarn
		}
		st.Marks = append(st.Marks, m)
	}
	if st.Headroom.Sign() <= 0 {
		st.State = StateOver
	}
}

// burn returns the spend at the period's start, at the end of each of its days
// and at AsOf; the last known point is all that is spent.
func (st *Status) burn(days []DaySum) []BurnPoint {
	bounds := st.Budget.Days(st.Period)
	costs := make([]money.Amount, len(bounds))
	for _, d := range days {
		if st.Period.Contains(d.Day) {
			i := sort.Search(len(bounds), func(i int) bool { return bounds[i].After(d.Day) })
			costs[i] = costs[i].Add(d.Cost)
		}
	}
	out := []BurnPoint{{At: bounds[0], Known: true}}
	if st.AsOf.Before(bounds[0]) {
		out[0].Spent = st.Cost
	}
	var spent money.Amount
	for i := 1; i < len(bounds); i++ {
		if bounds[i].After(st.AsOf) && !bounds[i-1].After(st.AsOf) {
			// Usage that is dated after AsOf is spent all the same.
			if out[len(out)-1].At.Equal(st.AsOf) {
				out = out[:len(out)-1]
			}
			out = append(out, BurnPoint{At: st.AsOf, Plan: st.plan(st.AsOf), Spent: st.Cost, Known: true})
		}
		spent = spent.Add(costs[i])
		p := BurnPoint{At: bounds[i], Plan: st.plan(bounds[i]), Known: !bounds[i].After(st.AsOf)}
		if p.Known {
			p.Spent = spent
		}
		out = append(out, p)
	}
	return out
}

// plan is the limit's part for the time up to t, by whole seconds.
func (st *Status) plan(t time.Time) money.Amount {
	whole := int64(st.Period.Until.Sub(st.Period.Since) / time.Second)
	done := int64(t.Sub(st.Period.Since) / time.Second)
	if done >= whole {
		return st.Limit
	}
	return money.NewRate(st.Limit).Scale(max(0, done), whole).Amount()
}
