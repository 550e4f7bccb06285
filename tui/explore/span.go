package explore

import (
	"errors"
	"time"

	"tokpit/report"
	"tokpit/tui/period"
	"tokpit/usage"
)

// span is a step's time: what it asks for, and what that is compared with.
type span struct {
	usage.Span
	before usage.Span // zero if nothing can be compared with
	words  string     // "1–20 Nov 2026"
	name   string     // "this billing cycle"; "" for a span of one's own
	versus string     // "1–20 Oct"
}

// both is the part of time that lies in two spans; an end of zero is open.
func both(a, b usage.Span) usage.Span {
	if b.Since.After(a.Since) {
		a.Since = b.Since
	}
	if a.Until.IsZero() || !b.Until.IsZero() && b.Until.Before(a.Until) {
		a.Until = b.Until
	}
	return a
}

// newSpan works out the time of a step in a period.
func newSpan(c report.Calendar, in string, s *step) (span, error) {
	whole, err := period.Parse(c, in)
	if err != nil {
		return span{}, err
	}
	out := span{Span: whole, name: period.Name(in)}
	asked := in
	for _, w := range s.wheres {
		if !w.dim.IsTime() {
			continue
		}
		part, err := hull(c, w)
		if err != nil {
			return span{}, err
		}
		out.Span, out.name, asked = both(out.Span, part), "", ""
	}
	if !out.Since.IsZero() && !out.Until.IsZero() && !out.Since.Before(out.Until) {
		out.Until = out.Since.Add(usage.SlotLength) // two parts that have nothing in common
	}
	out.words = period.Words(c, out.Span)
	if out.before = period.Before(c, asked, out.Span); s.weekly && asked == "" { // a day, not all of a period
		out.before = period.WeekBefore(c, out.Span)
	}
	if out.before != (usage.Span{}) {
		out.versus = period.Words(c, out.before)
	}
	return out, nil
}

// hull is the time from the first to the last of a condition's.
func hull(c report.Calendar, w where) (usage.Span, error) {
	out, err := period.Of(c, w.dim, w.values[0])
	for _, name := range w.values[1:] {
		one, other := period.Of(c, w.dim, name)
		err = errors.Join(err, other)
		if one.Since.Before(out.Since) {
			out.Since = one.Since
		}
		if one.Until.After(out.Until) {
			out.Until = one.Until
		}
	}
	return out, err
}

// timeName is how people read the name of a span of time.
func timeName(d usage.Dimension, name string) string {
	layout := time.DateOnly
	switch d {
	case usage.ByHour:
		layout = time.RFC3339
	case usage.ByMonth:
		layout = "2006-01"
	}
	t, err := time.Parse(layout, name)
	if err != nil {
		return name
	}
	switch d {
	case usage.ByHour:
		return t.Format("Mon 2 Jan 15:04")
	case usage.ByDay:
		return t.Format("Mon 2 Jan 2006")
	case usage.ByWeek:
		return "week of " + t.Format("2 Jan 2006")
	}
	return t.Format("Jan 2006")
}

// axisTime returns how the names of a unit of time are written beneath or above
// a place of some width: as much as tells them apart.
func axisTime(d usage.Dimension, names []string, width int) func(name string) string {
	layout, short := time.DateOnly, "2 Jan"
	switch d {
	case usage.ByHour:
		layout, short = time.RFC3339, "2. 15h"
	case usage.ByMonth:
		layout, short = "2006-01", "Jan 06"
	}
	first, last := time.Time{}, time.Time{}
	for i, n := range names {
		if t, err := time.Parse(layout, n); err == nil {
			if i == 0 || t.Before(first) {
				first = t
			}
			if t.After(last) {
				last = t
			}
		}
	}
	switch {
	case d == usage.ByHour && last.Sub(first) < 24*time.Hour && first.Day() == last.Day():
		short = "15:04"
	case d == usage.ByHour && last.Sub(first) < 6*24*time.Hour:
		short = "Mon 15h"
	case d != usage.ByHour && d != usage.ByMonth && first.Year() != last.Year() && width >= len("20 Nov 2026"):
		short = "2 Jan 2006"
	}
	return func(name string) string {
		t, err := time.Parse(layout, name)
		if err != nil {
			return name
		}
		return t.Format(short)
	}
}

// hourOf returns the beginning of the hour that a local time lies in: where a
// zone is off by half an hour, that is at half past in UTC.
func hourOf(local time.Time) time.Time {
	_, offset := local.Zone()
	into := (local.Unix() + int64(offset)) % 3600
	return time.Unix(local.Unix()-into, 0).In(time.FixedZone("", offset))
}

// timeNames lists the names of the units of time that a span touches, also of
// those in which there was nothing.
func timeNames(c report.Calendar, unit usage.Dimension, from, until time.Time) []string {
	var out []string
	add := func(name string) {
		if n := len(out); n == 0 || out[n-1] != name {
			out = append(out, name)
		}
	}
	step, layout := 24*time.Hour, time.DateOnly
	switch unit {
	case usage.ByHour:
		step, layout = time.Hour, time.RFC3339
	case usage.ByMonth:
		layout = "2006-01"
	}
	if unit == usage.ByHour {
		from = hourOf(from.In(c.Zone))
	} else {
		local := from.In(c.Zone)
		from = time.Date(local.Year(), local.Month(), local.Day(), 12, 0, 0, 0, c.Zone)
		until = c.Day(until.Add(-time.Nanosecond)).Until
	}
	for t := from; t.Before(until) && len(out) < 4000; t = t.Add(step) {
		local := t.In(c.Zone)
		if unit == usage.ByWeek {
			local = local.AddDate(0, 0, -((int(local.Weekday()) + 6) % 7))
		}
		if unit == usage.ByHour {
			local = hourOf(local)
		}
		add(local.Format(layout))
	}
	return out
}
