package budget

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tokpit/usage"
)

// Period is the kind of time that an amount is for. It begins anew when it has
// ended; nothing is carried over.
type Period string

// The periods.
const (
	Daily     Period = "day"
	Weekly    Period = "week"
	Monthly   Period = "month"
	Quarterly Period = "quarter"
	Yearly    Period = "year"
)

// Periods lists them, shortest first.
func Periods() []Period { return []Period{Daily, Weekly, Monthly, Quarterly, Yearly} }

// Anchor says on which day a period begins; the zero Anchor is its natural
// first day.
//
//   - a week begins on Day, 1 for Monday to 7 for Sunday;
//   - a month begins on Day, or on its last day if it has fewer: a budget from
//     the 31st begins on 28 or 29 February, and on 31 March again;
//   - a quarter begins every three months from Day in Month on, a year on Day in
//     Month, in the same way. Month 0 is January.
type Anchor struct {
	Month time.Month
	Day   int
}

func (a Anchor) check(p Period) error {
	most, months := 31, false
	switch p {
	case Daily:
		most = 0
	case Weekly:
		most = 7
	case Monthly:
	case Quarterly, Yearly:
		months = true
	default:
		return fmt.Errorf("%w: %q is no period; there are day, week, month, quarter and year", ErrInvalid, p)
	}
	switch {
	case most == 0 && a != (Anchor{}):
		return fmt.Errorf("%w: a day has no anchor", ErrInvalid)
	case a.Day < 0 || a.Day > most:
		return fmt.Errorf("%w: the anchor of a %s lies between 1 and %d", ErrInvalid, p, most)
	case a.Month != 0 && !months || a.Month < 0 || a.Month > 12:
		return fmt.Errorf("%w: only quarters and years are anchored to a month, 1 to 12", ErrInvalid)
	}
	return nil
}

// ParseAnchor reads "15", or "04-06" for a year or quarter that begins on
// 6 April; "" is the natural first day.
func ParseAnchor(text string, p Period) (Anchor, error) {
	var a Anchor
	if text == "" {
		return a, a.check(p)
	}
	day := text
	if month, rest, ok := strings.Cut(text, "-"); ok {
		n, err := strconv.Atoi(month)
		if err != nil || n < 1 {
			return a, fmt.Errorf("%w: the anchor %q is no day such as 15 or 04-06", ErrInvalid, text)
		}
		a.Month, day = time.Month(n), rest
	}
	n, err := strconv.Atoi(day)
	if err != nil || n < 1 {
		return a, fmt.Errorf("%w: the anchor %q is no day such as 15 or 04-06", ErrInvalid, text)
	}
	a.Day = n
	return a, a.check(p)
}

// String is what [ParseAnchor] reads.
func (a Anchor) String() string {
	switch {
	case a.Month != 0:
		return fmt.Sprintf("%02d-%02d", int(a.Month), max(a.Day, 1))
	case a.Day != 0:
		return strconv.Itoa(a.Day)
	}
	return ""
}

// At returns the period of a valid budget that t lies in. The periods of a
// budget cover all time and do not overlap.
func (b *Budget) At(t time.Time) usage.Span { return b.at(b.location(), t) }

// location is the budget's zone. Finding it reads a file: who asks for many
// periods does so once.
func (b *Budget) location() *time.Location {
	zone, err := b.zone()
	if err != nil {
		return time.UTC // of a budget that was never valid
	}
	return zone
}

// at is At in the budget's zone.
func (b *Budget) at(zone *time.Location, t time.Time) usage.Span {
	y, m, d := t.In(zone).Date()
	// The date says nearly where t is; where clocks go back over midnight a date
	// comes twice, so the neighbours are looked at too.
	n := b.number(y, m, d)
	for b.start(zone, n).After(t) {
		n--
	}
	for !b.start(zone, n+1).After(t) {
		n++
	}
	return usage.Span{Since: b.start(zone, n), Until: b.start(zone, n+1)}
}

// Before returns the period that ended when p began.
func (b *Budget) Before(p usage.Span) usage.Span { return b.At(p.Since.Add(-time.Nanosecond)) }

// After returns the period that begins when p ends.
func (b *Budget) After(p usage.Span) usage.Span { return b.At(p.Until) }

// number counts periods from a fixed one: the one that a date lies in, or a
// neighbour of it.
func (b *Budget) number(y int, m time.Month, d int) int {
	switch b.Period {
	case Daily:
		return daysTo(y, m, d)
	case Weekly:
		return floorDiv(daysTo(y, m, d)-(b.weekday()-1)+3, 7) // 1970-01-01 was a Thursday
	case Quarterly:
		return floorDiv(y*12+int(m)-int(b.month()), 3)
	case Yearly:
		return floorDiv(y*12+int(m)-int(b.month()), 12)
	}
	return y*12 + int(m) - 1
}

// start returns the first instant of period n.
func (b *Budget) start(zone *time.Location, n int) time.Time {
	switch b.Period {
	case Daily:
		return usage.StartOfDay(zone, 1970, 1, 1+n)
	case Weekly:
		return usage.StartOfDay(zone, 1970, 1, 1+n*7+b.weekday()-1-3)
	case Quarterly:
		return b.startOfMonth(zone, n*3+int(b.month())-1)
	case Yearly:
		return b.startOfMonth(zone, n*12+int(b.month())-1)
	}
	return b.startOfMonth(zone, n)
}

// startOfMonth returns the anchor day of a month, counted from January of the
// year 0.
func (b *Budget) startOfMonth(zone *time.Location, months int) time.Time {
	y, m := floorDiv(months, 12), time.Month(months-floorDiv(months, 12)*12+1)
	last := time.Date(y, m+1, 0, 12, 0, 0, 0, time.UTC).Day()
	return usage.StartOfDay(zone, y, m, min(max(b.Anchor.Day, 1), last))
}

func (b *Budget) weekday() int      { return max(b.Anchor.Day, 1) }
func (b *Budget) month() time.Month { return max(b.Anchor.Month, 1) }

// daysTo counts days from 1970-01-01.
func daysTo(y int, m time.Month, d int) int {
	return floorDiv(int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix()), 86400)
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// Days returns the first instants of the days of a period in the budget's zone,
// and its end: day i is [days[i], days[i+1]).
func (b *Budget) Days(p usage.Span) []time.Time {
	day, zone := Budget{Period: Daily}, b.location()
	var out []time.Time
	for t := p.Since; t.Before(p.Until); t = day.at(zone, t).Until {
		out = append(out, t)
	}
	return append(out, p.Until)
}
