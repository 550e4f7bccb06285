package simulate

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

// periods are the spans that are offered, as [report.Calendar] reads them. They
// end with a whole day where that is possible: a part of a day makes a poor
// month.
func periods() []struct{ text, name string } {
	return []struct{ text, name string }{
		{"30d", "last 30 days"}, {"7d", "last 7 days"}, {"90d", "last 90 days"}, {"365d", "last 365 days"},
		{"last-month", "last month"}, {"cycle", "this billing cycle"}, {"last-cycle", "last billing cycle"}, {everything, "all history"},
	}
}

// usualPeriod is what a page begins with.
const usualPeriod = "30d"

// calendarOf is the calendar of a snapshot.
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

// parsePeriod reads what a person wrote: a shorthand, a day, a month, or two ends
// with ".." between them.
func parsePeriod(c report.Calendar, text string) (usage.Span, error) {
	text = strings.TrimSpace(text)
	if text == everything {
		return usage.Span{}, nil
	}
	since, until, _ := strings.Cut(text, "..")
	if t, err := time.Parse("2006-01", text); err == nil {
		since, until = t.Format(time.DateOnly), t.AddDate(0, 1, 0).Format(time.DateOnly)
	}
	since, until = strings.TrimSpace(since), strings.TrimSpace(until)
	if since == "" && until == "" {
		return usage.Span{}, fmt.Errorf("write a span such as 30d, 2026-10, or 2026-10-01..2026-11-01")
	}
	return c.Span(since, until)
}

// periodName is what a period is called, or the days that it is.
func periodName(text string) string {
	for _, p := range periods() {
		if p.text == text {
			return p.name
		}
	}
	return ui.Text(text)
}

// spanWords writes the days of a span: "22 Oct – 20 Nov 2026".
func spanWords(c report.Calendar, s usage.Span) string {
	z := c.Zone
	if s.Until.IsZero() || s.Until.After(c.Day(c.Now).Until) {
		s.Until = c.Day(c.Now).Until
	}
	last := s.Until.Add(-time.Nanosecond).In(z)
	if s.Since.IsZero() {
		return "until " + last.Format("2 Jan 2006")
	}
	first := s.Since.In(z)
	if first.Year() != last.Year() {
		return first.Format("2 Jan 2006") + " – " + last.Format("2 Jan 2006")
	}
	return ui.Days(first, last) + last.Format(" 2006")
}
