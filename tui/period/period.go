// Package period reads, names and offers spans of time, as all pages do: a few
// that are usual, and those that a person writes.
package period

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/report"
	"tokpit/tui/overlay"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// All is the period of all history.
const All = "all"

// usual are the spans that are offered, as [report.Calendar] reads them.
func usual() [][2]string {
	return [][2]string{
		{"cycle", "this billing cycle"}, {"last-cycle", "last billing cycle"},
		{"today", "today"}, {"yesterday", "yesterday"}, {"week", "this week"},
		{"7d", "last 7 days"}, {"30d", "last 30 days"}, {"90d", "last 90 days"},
		{"month", "this month"}, {"last-month", "last month"}, {"365d", "last 365 days"}, {All, "all history"},
	}
}

// Usual are the periods that are offered, the shortest words for each.
func Usual() []string {
	all := usual()
	out := make([]string, len(all))
	for i, u := range all {
		out[i] = u[0]
	}
	return out
}

// Name is what a period is called: "last 7 days"; "" for one of a person's own.
func Name(text string) string {
	for _, u := range usual() {
		if u[0] == text {
			return u[1]
		}
	}
	return ""
}

// Calendar is the calendar of a snapshot. Cycles are of UTC; one that begins
// on the 31st begins earlier in short months, and of two months in a row one is
// long.
func Calendar(s *report.Snapshot) report.Calendar {
	anchor := max(s.CycleStart.UTC().Day(), s.CycleEnd.UTC().Day())
	return report.Calendar{Now: s.AsOf, Zone: Zone(s), Anchor: anchor}
}

func Zone(s *report.Snapshot) *time.Location {
	if s.Zone == nil {
		return time.UTC
	}
	return s.Zone
}

// Parse reads what a person wrote: one word of a span, or two of its ends
// with ".." between them.
func Parse(c report.Calendar, text string) (usage.Span, error) {
	text = strings.TrimSpace(text)
	if text == All {
		return usage.Span{}, nil
	}
	since, until, ranged := strings.Cut(text, "..")
	if !ranged {
		if since, until, ranged = strings.Cut(text, " "); !ranged {
			if t, err := time.Parse(time.DateOnly, text); err == nil { // a day by itself is that day
				return c.Day(time.Date(t.Year(), t.Month(), t.Day(), 12, 0, 0, 0, zone(c))), nil
			}
			if t, err := time.Parse("2006-01", text); err == nil {
				return Of(c, usage.ByMonth, t.Format("2006-01"))
			}
		}
	}
	since, until = strings.TrimSpace(since), strings.TrimSpace(until)
	if since == "" && until == "" {
		return usage.Span{}, fmt.Errorf("write a span such as 7d, 2026-10, or 2026-10-01..2026-11-01")
	}
	return c.Span(since, until)
}

// ZoneOf is the zone of the days of a calendar.
func ZoneOf(c report.Calendar) *time.Location { return zone(c) }

func zone(c report.Calendar) *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}

// Of is the time that the name of an hour, day, week or month stands for.
func Of(c report.Calendar, d usage.Dimension, name string) (usage.Span, error) {
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

// Before is the span that one is compared with: the period before it, up to the
// same point if it is not over.
func Before(c report.Calendar, period string, s usage.Span) usage.Span {
	if s.Since.IsZero() {
		return usage.Span{}
	}
	whole, previous := s, usage.Span{}
	local := s.Since.In(zone(c))
	month := func(y int, m time.Month) usage.Span {
		out, _ := Of(c, usage.ByMonth, time.Date(y, m, 1, 0, 0, 0, 0, time.UTC).Format("2006-01"))
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

// Words writes a span briefly: "1–20 Nov 2026", "Fri 20 Nov 2026",
// "20 Nov 2026 14:00–15:00", "until 3 Oct 2026".
func Words(c report.Calendar, s usage.Span) string {
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

// Own is offered among the periods as the time that each page shows by itself.
const Own = ""

// Picker offers periods, and takes what a person writes. Take makes the message
// of a choice; current is the one that holds now.
func Picker(c report.Calendar, offered []string, current string, take func(text string) tea.Msg) *overlay.Picker {
	var choices []overlay.Choice
	at := 0
	for i, text := range offered {
		note := ""
		if text == Own {
			choices = append(choices, overlay.Choice{Name: "each page's own time", Note: "nothing chosen", Msg: take(Own)})
			continue
		}
		if s, err := Parse(c, text); err == nil {
			note = Words(c, s)
		}
		if text == current {
			at = i
		}
		choices = append(choices, overlay.Choice{Name: Name(text), Note: note, Msg: take(text)})
	}
	own := func(text string) (overlay.Choice, bool) {
		s, err := Parse(c, text)
		if err != nil {
			return overlay.Choice{}, false
		}
		return overlay.Choice{Name: text, Note: Words(c, s), Msg: take(text)}, true
	}
	return overlay.NewPicker("Span of time", "or write it: 7d, 2026-10, 2026-10-01..2026-11-01", choices).At(at).Own(own).
		Advise("A span is one of those that were offered, a day (2026-10-20), a month (2026-10), the last days (7d), or two ends: 2026-10-01..2026-11-01, where the second is not part of it.")
}
