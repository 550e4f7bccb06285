package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tokpit/usage"
)

// Calendar turns what people say about time into instants. Days, weeks and
// months are those of Zone; billing cycles have a zone of their own, because
// providers close their books in UTC.
type Calendar struct {
	Now       time.Time
	Zone      *time.Location // nil is UTC
	CycleZone *time.Location // nil is UTC
	Anchor    int            // day of the month on which a cycle begins, 1 to 31; 0 is 1
}

// InputError is something that a person wrote and that means nothing, with
// advice on what to write instead.
type InputError struct{ what, advice string }

func (e *InputError) Error() string { return e.what }

// Hint says what to do next.
func (e *InputError) Hint() string { return e.advice }

const timeAdvice = "write a day (2026-11-20), an instant (2026-11-20T15:00:00Z), or one of 7d, 30d, today, yesterday, week, month, last-month, cycle, last-cycle"

// Span reads --since and --until, each a day, an instant or a shorthand, or ""
// for open. A shorthand means its beginning; the ones that name a period that
// is over (yesterday, last-month, last-cycle) close the span at its end when
// they stand alone in since. "7d" is seven days of Zone, of which today is the
// last.
func (c Calendar) Span(since, until string) (usage.Span, error) {
	var span usage.Span
	if since != "" {
		from, err := c.period(since)
		if err != nil {
			return usage.Span{}, err
		}
		span.Since = from.Since
		if until == "" {
			span.Until = from.Until
		}
	}
	if until != "" {
		to, err := c.period(until)
		if err != nil {
			return usage.Span{}, err
		}
		span.Until = to.Since
	}
	if !span.Since.IsZero() && !span.Until.IsZero() && !span.Since.Before(span.Until) {
		return usage.Span{}, &InputError{fmt.Sprintf("the span from %s until %s is empty", since, until),
			"since is inside the span and until is not: for one day give the next day as until"}
	}
	return span, nil
}

// period returns the beginning of what s names, and its end if it is over.
func (c Calendar) period(s string) (usage.Span, error) {
	today := c.Day(c.Now)
	y, m, d := c.Now.In(c.zone()).Date()
	switch word := strings.ToLower(strings.TrimSpace(s)); word {
	case "today":
		return usage.Span{Since: today.Since}, nil
	case "yesterday":
		return c.Day(usage.StartOfDay(c.zone(), y, m, d).Add(-time.Nanosecond)), nil
	case "week":
		return usage.Span{Since: usage.StartOfDay(c.zone(), y, m, d-sinceMonday(c.Now.In(c.zone())))}, nil
	case "month":
		return usage.Span{Since: usage.StartOfDay(c.zone(), y, m, 1)}, nil
	case "last-month":
		return usage.Span{Since: usage.StartOfDay(c.zone(), y, m-1, 1), Until: usage.StartOfDay(c.zone(), y, m, 1)}, nil
	case "cycle":
		return usage.Span{Since: c.Cycle(c.Now).Since}, nil
	case "last-cycle":
		return c.Cycle(c.Cycle(c.Now).Since.Add(-time.Nanosecond)), nil
	default:
		if n, ok := strings.CutSuffix(word, "d"); ok {
			if days, err := strconv.Atoi(n); err == nil && days >= 1 && days <= 36_600 {
				return usage.Span{Since: usage.StartOfDay(c.zone(), y, m, d-days+1)}, nil
			}
		}
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return usage.Span{Since: usage.StartOfDay(c.zone(), t.Year(), t.Month(), t.Day())}, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return usage.Span{Since: t.UTC()}, nil
	}
	return usage.Span{}, &InputError{fmt.Sprintf("cannot read the time %.40q", s), timeAdvice}
}

// Day returns the day of Zone that t lies in.
func (c Calendar) Day(t time.Time) usage.Span {
	y, m, d := t.In(c.zone()).Date()
	return usage.Span{Since: usage.StartOfDay(c.zone(), y, m, d), Until: usage.StartOfDay(c.zone(), y, m, d+1)}
}

// Cycle returns the billing cycle that t lies in. An anchor after the end of a
// month means its last day.
func (c Calendar) Cycle(t time.Time) usage.Span {
	zone := c.CycleZone
	if zone == nil {
		zone = time.UTC
	}
	y, m, _ := t.In(zone).Date()
	start := c.anchor(zone, y, m)
	if t.Before(start) {
		return usage.Span{Since: c.anchor(zone, y, m-1), Until: start}
	}
	return usage.Span{Since: start, Until: c.anchor(zone, y, m+1)}
}

func (c Calendar) anchor(zone *time.Location, y int, m time.Month) time.Time {
	last := time.Date(y, m+1, 0, 12, 0, 0, 0, time.UTC).Day()
	return usage.StartOfDay(zone, y, m, min(max(c.Anchor, 1), last))
}

func (c Calendar) zone() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}

// sinceMonday counts the days since the week began.
func sinceMonday(t time.Time) int { return (int(t.Weekday()) + 6) % 7 }

// ParseSpan reads --since and --until as [Calendar.Span] does, for cycles of
// UTC that begin on the anchor day.
func ParseSpan(since, until string, zone *time.Location, now time.Time, anchor int) (usage.Span, error) {
	return Calendar{Now: now, Zone: zone, Anchor: anchor}.Span(since, until)
}
