package overview

import (
	"time"

	"tokpit/report"
	"tokpit/tui/filter"
	"tokpit/tui/period"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// through returns a snapshot as a lens sees it: where somebody has chosen a span
// of time or a part of the usage, the figures of the cycle are those of it.
// It is nil while they are still being worked out.
func through(s *report.Snapshot, lens ui.Lens) *report.Snapshot {
	if s == nil || !lens.Narrow() || s.Empty {
		return s
	}
	v := lens.View
	if v == nil {
		return nil
	}
	out := *s
	out.AsOf = v.AsOf
	out.Cycle, out.Previous, out.Today, out.Yesterday = v.Sum, v.Previous, v.Today, v.Yesterday
	out.PreviousFull, out.All = report.Sum{}, report.Sum{}
	if v.PreviousFull != nil {
		out.PreviousFull = *v.PreviousFull
	}
	out.Trend, out.Series, out.PriceChanges = v.Trend, v.Series, v.PriceChanges
	out.Models, out.Projects, out.Providers, out.SourceLines = v.Models, v.Projects, v.Providers, v.SourceLines
	out.Bases, out.Unpriced = v.Bases, v.Unpriced
	return &out
}

// ownTime reports whether the figures are of a span of time that somebody has
// chosen. While another is being worked out they are of the one before.
func ownTime(lens ui.Lens) bool { return lens.View != nil && !lens.View.History }

// oneDay reports whether the figures are of a single day.
func oneDay(lens ui.Lens) bool {
	if !ownTime(lens) {
		return false
	}
	span, end := lens.View.Span, lens.View.Span.Until
	if end.IsZero() {
		end = lens.View.AsOf
	}
	return !span.Since.IsZero() && end.Sub(span.Since) <= 25*time.Hour
}

// spanWords is the time of the figures.
func spanWords(s *report.Snapshot, lens ui.Lens) string {
	if ownTime(lens) {
		return period.Words(period.Calendar(s), lens.View.Span)
	}
	return ui.Days(s.CycleStart, s.AsOf.In(s.CycleStart.Location()))
}

// versus is what the figures are compared with, in full and in brief.
func versus(s *report.Snapshot, lens ui.Lens) (full, brief string) {
	if ownTime(lens) {
		words := period.Words(period.Calendar(s), lens.View.Before)
		return words, words
	}
	return "previous cycle by now", "last cycle by now"
}

// nothingBefore says why there is no comparison.
func nothingBefore(lens ui.Lens) string {
	switch {
	case !ownTime(lens):
		return "nothing in the previous cycle"
	case lens.View.Before == (usage.Span{}):
		return "no time before to compare with"
	}
	return "nothing in the time before"
}

// feesLeftOut reports whether there are plan fees of which the figures have no
// part, because they cannot be divided by what the lens's filter is by.
func feesLeftOut(lens ui.Lens) bool { return lens.View != nil && lens.View.FeesLeftOut }

// running reports whether the time of the figures goes on.
func running(s *report.Snapshot, lens ui.Lens) bool {
	return !ownTime(lens) || lens.View.Span.Until.IsZero() || lens.View.Span.Until.After(s.AsOf)
}

// spanCards are the cards of a time that somebody has chosen, in place of those
// about the cycle.
func spanCards(s *report.Snapshot, lens ui.Lens) (first, rest []card) {
	days, most := int64(0), -1
	span := lens.View.Span
	for i := range s.Trend {
		pt := &s.Trend[i]
		if pt.Day.Before(span.Since) && !span.Contains(pt.Day.Add(12*time.Hour)) {
			continue
		}
		days++
		a, ok := lens.Of(&pt.Sum)
		if b, known := lens.Of(&s.Trend[max(most, 0)].Sum); ok && len(pt.Sum.Costs) == 0 && (most < 0 || !known || a.Cmp(b) > 0) {
			most = i
		}
	}
	if a, ok := lens.Of(&s.Cycle); ok && days > 1 && len(s.Cycle.Costs) == 0 {
		average := card{label: "A day, on average", value: ui.Money(perDay(a, days), s.Cycle.Currency), note: "of " + plural(days, "day"), short: "a day"}
		first = append(first, average)
	}
	if most >= 0 && days > 1 {
		pt := &s.Trend[most]
		rest = append(rest, card{label: "Costliest day", value: lens.Cost(&pt.Sum), note: ui.Day(pt.Day), short: "costliest day"})
	}
	if lens.View.Before != (usage.Span{}) {
		full, _ := versus(s, lens)
		rest = append(rest, card{label: "The time before", value: lens.Cost(&s.Previous), note: full, short: "before"})
	}
	return first, rest
}

// filterWords is the part of the usage that the figures are of, "" for all.
func filterWords(s *report.Snapshot, lens ui.Lens) string {
	if lens.View == nil {
		return ""
	}
	return filter.Text(s.Names, lens.View.Filter)
}
