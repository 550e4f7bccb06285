package explore

import (
	"fmt"
	"strings"
	"time"

	"tokpit/report"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// everything is the period of all history.
const everything = "all"

// periods are the spans that are offered, as [report.Calendar] reads them.
func periods() []struct{ text, name string } {
	return []struct{ text, name string }{
		{"cycle", "this billing cycle"}, {"last-cycle", "last billing cycle"},
		{"today", "today"}, {"yesterday", "yesterday"}, {"week", "this week"},
		{"7d", "last 7 days"}, {"30d", "last 30 days"}, {"90d", "last 90 days"},
		{"month", "this month"}, {"last-month", "last month"}, {"365d", "last 365 days"}, {everything, "all history"},
	}
}

// span is a step's time: what it asks for, and what that is compared with.
type span struct {
	usage.Span
	before usage.Span // zero if nothing can be compared with
	words  string     // "1–20 Nov 2026"
	name   string     // "this billing cycle"; "" for a span of one's own
	versus string     // "1–20 Oct"
}

// calendarOf is the calendar of a snapshot. Cycles are of UTC; one that begins
// on the 31st begins earlier in short months, and of two months in a row one is
// long.
func calendarOf(s *report.Snapshot) report.Calendar {
	anchor := max(s.CycleStart.UTC().Day(), s.CycleEnd.UTC().Day())
	return report.Calendar{Now: s.AsOf, Zone: zoneOf(s), Anchor: anchor}
}

func zoneOf(s *report.Snapshot) *time.Location {
	if s.Zone == nil {
		return time.UTC
	}
	return s.Zone
}

// parsePeriod reads what a person wrote: one word of a span, or two of its ends
// with ".." between them.
func parsePeriod(c report.Calendar, text string) (usage.Span, error) {
	text = strings.TrimSpace(text)
	if text == everything {
		return usage.Span{}, nil
	}
	since, until, ranged := strings.Cut(text, "..")
	if !ranged {
		if since, until, ranged = strings.Cut(text, " "); !ranged {
			if t, err := time.Parse(time.DateOnly, text); err == nil { // a day by itself is that day
				return c.Day(time.Date(t.Year(), t.Month(), t.Day(), 12, 0, 0, 0, zone(c))), nil
			}
			if t, err := time.Parse("2006-01", text); err == nil {
				return spanOf(c, usage.ByMonth, t.Format("2006-01"))
			}
		}
	}
	since, until = strings.TrimSpace(since), strings.TrimSpace(until)
	if since == "" && until == "" {
		return usage.Span{}, fmt.Errorf("write a span such as 7d, 2026-10, or 2026-10-01..2026-11-01")
	}
	return c.Span(since, until)
}

func zone(c report.Calendar) *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}

// spanOf is the time that the name of an hour, day, week or month stands for.
func spanOf(c report.Calendar, d usage.Dimension, name string) (usage.Span, error) {
	if d == usage.ByHour {
		t, err := time.Parse(time.RFC3339, name)
		return usage.Span{Since: t.UTC(), Until: t.UTC().Add(time.Hour)}, err
	}
	layout := time.DateOnly
	if d == usage.ByMonth {
		layout = "2006-01"
	}
	t, err := time.Parse(layout, name)
	if err != nil {
		return usage.Span{}, err
	}
	last := t
	switch d {
	case usage.ByWeek:
		last = t.AddDate(0, 0, 6)
	case usage.ByMonth:
		last = t.AddDate(0, 1, -1)
	}
	noon := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 12, 0, 0, 0, zone(c)) }
	return usage.Span{Since: c.Day(noon(t)).Since, Until: c.Day(noon(last)).Until}, nil
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

// newSpan works out the time of a step.
func newSpan(c report.Calendar, s *step) (span, error) {
	whole, err := parsePeriod(c, s.period)
	if err != nil {
		return span{}, err
	}
	out := span{Span: whole}
	for _, p := range periods() {
		if p.text == s.period {
			out.name = p.name
		}
	}
	period := s.period
	for _, w := range s.wheres {
		if !w.dim.IsTime() {
			continue
		}
		part, err := spanOf(c, w.dim, w.values[0])
		if err != nil {
			return span{}, err
		}
		out.Span, out.name, period = both(out.Span, part), "", ""
	}
	if !out.Since.IsZero() && !out.Until.IsZero() && !out.Since.Before(out.Until) {
		out.Until = out.Since.Add(usage.SlotLength) // two parts that have nothing in common
	}
	out.words = spanWords(c, out.Span)
	if out.before = before(c, period, out.Span); out.before != (usage.Span{}) {
		out.versus = spanWords(c, out.before)
	}
	return out, nil
}

// before is the span that one is compared with: the period before it, up to the
// same point if it is not over.
func before(c report.Calendar, period string, s usage.Span) usage.Span {
	if s.Since.IsZero() {
		return usage.Span{}
	}
	whole, previous := s, usage.Span{}
	local := s.Since.In(zone(c))
	month := func(y int, m time.Month) usage.Span {
		out, _ := spanOf(c, usage.ByMonth, time.Date(y, m, 1, 0, 0, 0, 0, time.UTC).Format("2006-01"))
		return out
	}
	switch period {
	case "cycle", "last-cycle":
		whole, previous = c.Cycle(s.Since), c.Cycle(s.Since.Add(-time.Nanosecond))
	case "month", "last-month":
		whole, previous = month(local.Year(), local.Month()), month(local.Year(), local.Month()-1)
	default:
		if m := month(local.Year(), local.Month()); m == s { // a month of one's own
			previous = month(local.Year(), local.Month()-1)
			break
		}
		if whole.Until.IsZero() {
			whole.Until = c.Day(c.Now).Until
		}
		previous = daysBefore(c, whole)
	}
	if s.Until.IsZero() {
		if end := previous.Since.Add(c.Now.Sub(s.Since)); end.Before(previous.Until) {
			previous.Until = end
		}
	}
	if !previous.Since.Before(previous.Until) {
		return usage.Span{}
	}
	return previous
}

// daysBefore is the span of as many days before one; a span that is not made of
// days is moved by its length.
func daysBefore(c report.Calendar, s usage.Span) usage.Span {
	if c.Day(s.Since).Since.Equal(s.Since) && c.Day(s.Until).Since.Equal(s.Until) {
		days := int(s.Until.Sub(s.Since)+12*time.Hour) / int(24*time.Hour)
		local := s.Since.In(zone(c))
		first := time.Date(local.Year(), local.Month(), local.Day()-days, 12, 0, 0, 0, zone(c))
		return usage.Span{Since: c.Day(first).Since, Until: s.Since}
	}
	return usage.Span{Since: s.Since.Add(-s.Until.Sub(s.Since)), Until: s.Since}
}

// spanWords writes a span briefly: "1–20 Nov 2026", "Fri 20 Nov 2026",
// "20 Nov 2026 14:00–15:00", "until 3 Oct 2026".
func spanWords(c report.Calendar, s usage.Span) string {
	z := zone(c)
	if s.Until.IsZero() || s.Until.After(c.Day(c.Now).Until) {
		s.Until = c.Day(c.Now).Until
	}
	if s.Since.IsZero() {
		if !s.Until.Before(c.Now) {
			return "all history"
		}
		return "until " + s.Until.In(z).Format("2 Jan 2006")
	}
	a, b := s.Since.In(z), s.Until.In(z)
	whole := func(t time.Time) bool { return c.Day(t).Since.Equal(t) }
	last := s.Until.Add(-time.Nanosecond).In(z)
	switch {
	case whole(s.Since) && c.Day(a).Until.Equal(s.Until):
		return a.Format("Mon 2 Jan 2006")
	case whole(s.Since) && c.Day(a).Since.Equal(c.Day(last).Since):
		return a.Format("2 Jan 2006") + " until " + b.Format("15:04")
	case !whole(s.Since) && c.Day(a).Since.Equal(c.Day(last).Since):
		return a.Format("2 Jan 2006 15:04") + "–" + b.Format("15:04")
	case !whole(s.Since):
		return a.Format("2 Jan 15:04") + " – " + b.Format("2 Jan 2006 15:04")
	}
	if a.Year() != last.Year() {
		return a.Format("2 Jan 2006") + " – " + last.Format("2 Jan 2006")
	}
	return ui.Days(a, last) + last.Format(" 2006")
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
		from = hourOf(from.In(zone(c)))
	} else {
		local := from.In(zone(c))
		from = time.Date(local.Year(), local.Month(), local.Day(), 12, 0, 0, 0, zone(c))
		until = c.Day(until.Add(-time.Nanosecond)).Until
	}
	for t := from; t.Before(until) && len(out) < 4000; t = t.Add(step) {
		local := t.In(zone(c))
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
