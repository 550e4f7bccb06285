package period

import (
	"time"

	"tokpit/report"
	"tokpit/usage"
)

// WeekBefore is the same days a week earlier, up to the same point if they are
// not over; the zero span if they have not begun, or have no beginning.
func WeekBefore(c report.Calendar, s usage.Span) usage.Span {
	if s.Since.IsZero() {
		return usage.Span{}
	}
	earlier := func(t time.Time) time.Time {
		local := t.In(zone(c))
		return c.Day(time.Date(local.Year(), local.Month(), local.Day()-7, 12, 0, 0, 0, local.Location())).Since.Add(t.Sub(c.Day(t).Since)).UTC()
	}
	until := s.Until
	if until.IsZero() || until.After(c.Now) {
		until = c.Now
	}
	if !s.Since.Before(until) {
		return usage.Span{}
	}
	return usage.Span{Since: earlier(s.Since), Until: earlier(until)}
}
