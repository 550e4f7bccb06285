package budget

import (
	"slices"
	"time"

	"tokpit/usage"
)

// Clock is the latest evaluation of a budget, or of something else that has
// periods, to notice a clock that was set
// back into a period that is over. Inside a period it is noted once an hour, so
// that evaluating again changes nothing.
type Clock struct {
	Budget string
	Latest time.Time
	// Back is when an earlier period was first seen again; zero normally.
	Back time.Time `json:",omitzero"`
}

const (
	// A clock that was set back into an earlier period is believed after this
	// long. Until then nothing is told: for all we know that period has ended.
	believeClock = time.Hour
	noteClock    = time.Hour
)

// Tick notes an evaluation of what has a name, in a period, and reports whether
// the clock is to be believed: not if that period is over by an earlier one.
// Inside a period it is noted once an hour.
func (a Alerts) Tick(name string, period usage.Span, now time.Time) (next Alerts, believed bool) {
	next = a.clone()
	believed = next.tick(name, period, now)
	return next, believed
}

func (a *Alerts) tick(name string, period usage.Span, now time.Time) (believed bool) {
	i := slices.IndexFunc(a.Clocks, func(c Clock) bool { return c.Budget == name })
	if i < 0 {
		a.Clocks = append(a.Clocks, Clock{Budget: name, Latest: now})
		return true
	}
	c := &a.Clocks[i]
	switch {
	case c.Latest.Before(period.Until):
		if !c.Back.IsZero() || !period.Contains(c.Latest) || now.Sub(c.Latest).Abs() >= noteClock {
			c.Latest, c.Back = now, time.Time{}
		}
		return true
	case c.Back.IsZero() || now.Before(c.Back):
		c.Back = now
		return false
	case now.Sub(c.Back) < believeClock:
		return false
	}
	c.Latest, c.Back = now, time.Time{} // the clock had been ahead
	return true
}
