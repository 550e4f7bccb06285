package pricing

import (
	"slices"
	"time"
)

// at returns the tariff at a Unix second.
func (t *timeline) at(second int64) Tariff {
	s := &t.segments[t.index(second)]
	if len(s.windows) == 0 {
		return s.tariff
	}
	return s.during(second)
}

// index is the segment that a second lies in.
func (t *timeline) index(second int64) int {
	lo, hi := 0, len(t.segments)
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; t.segments[mid].from <= second {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// during returns the tariff of a segment with windows at a second: it is
// constant at most until the next edge of a window, or midnight.
func (s *segment) during(second int64) Tariff {
	out := s.tariff
	day := midnight(second)
	from, until := max(s.from, day), min(s.until, day+daySeconds)
	for i := range s.windows {
		w := &s.windows[i]
		start, end, ok := w.on(day)
		switch {
		case !ok:
		case second < start:
			until = min(until, start)
		case second >= end:
			from = max(from, end)
		default:
			from, until = max(from, start), min(until, end)
			out.Base, out.Low, out.High, out.ranged = w.rates, w.rates, w.rates, false
		}
	}
	out.setTime(from, until)
	return out
}

// midnight is the beginning of the UTC day that a second lies in.
func midnight(second int64) int64 {
	rest := second % daySeconds
	if rest < 0 {
		rest += daySeconds
	}
	return second - rest
}

// on returns when the window is open on a day, and whether it is at all.
func (w *window) on(day int64) (start, end int64, ok bool) {
	// 1970-01-01 was a Thursday.
	weekday := time.Weekday(((day/daySeconds+int64(time.Thursday))%7 + 7) % 7)
	if w.hours.Weekdays && (weekday == time.Saturday || weekday == time.Sunday) {
		return 0, 0, false
	}
	return day + int64(w.hours.Start)*60, day + int64(w.hours.End)*60, true
}

// over returns the tariff for use somewhere in [from, to).
func (t *timeline) over(from, to int64) Tariff {
	first := t.index(from)
	if to <= from+1 {
		return t.at(from)
	}
	last := t.index(to - 1)
	if first == last {
		if s := &t.segments[first]; len(s.windows) == 0 {
			return s.tariff
		} else if c := s.during(from); c.Until.IsZero() || c.Until.Unix() >= to {
			return c
		}
	}
	out := t.segments[first].tariff // the base row, whatever the hour
	var rates []*Rates
	for i := first; i <= last; i++ {
		s := &t.segments[i]
		if i > first && s.tariff.Base != t.segments[i-1].tariff.Base {
			out.Flags |= FlagPriceChange
		}
		out.Flags |= s.tariff.Flags
		out.Estimated = out.Estimated || s.tariff.Estimated
		if !s.tariff.Priced || s.tariff.Currency != out.Currency {
			out.Priced = false
			out.Flags |= FlagUnpricedModel
		}
		plain, open := s.touched(max(from, s.from), min(to, s.until))
		if plain {
			rates = append(rates, &s.tariff.Low, &s.tariff.High)
		}
		for _, w := range open {
			rates = append(rates, &w.rates)
			out.Flags |= FlagHours
		}
	}
	if !slices.ContainsFunc(rates, func(r *Rates) bool { return *r == out.Base }) {
		out.Base = t.at(from).Base
	}
	out.Low, out.High = out.Base, out.Base
	for _, r := range rates {
		out.widen(r)
	}
	return out
}

// touched returns which windows are open at some time in [from, to), which lies
// within the segment, and whether there is a time when none is.
func (s *segment) touched(from, to int64) (plain bool, open []*window) {
	if len(s.windows) == 0 {
		return true, nil
	}
	// After eight days every hour of every weekday has passed.
	for day := midnight(from); day < to && day <= midnight(from)+8*daySeconds; day += daySeconds {
		left := min(to, day+daySeconds) - max(from, day)
		for i := range s.windows {
			w := &s.windows[i]
			start, end, ok := w.on(day)
			if inside := min(to, end) - max(from, start); ok && inside > 0 {
				left -= inside
				if !slices.Contains(open, w) {
					open = append(open, w)
				}
			}
		}
		plain = plain || left > 0
	}
	return plain, open
}
