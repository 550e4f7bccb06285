package pricing

import (
	"errors"
	"fmt"
	"time"

	"tokpit/money"
	"tokpit/usage"
)

// Plan is a flat monthly fee that covers a source's usage from From (inclusive,
// a day of UTC) to To (exclusive; zero is open). Usage under a plan is not
// billed by tokens.
type Plan struct {
	Source   string
	Monthly  money.Amount
	Currency string
	From, To time.Time
}

// ErrPlan is wrapped by the errors of [Plan.Validate].
var ErrPlan = errors.New("invalid plan")

// Validate returns an error that wraps [ErrPlan] unless the plan has a source,
// a fee of at least zero, a currency, and days that begin before they end.
func (p Plan) Validate() error {
	switch {
	case p.Source == "":
		return fmt.Errorf("%w: no source", ErrPlan)
	case p.Monthly.Sign() < 0:
		return fmt.Errorf("%w: a fee of %s is below zero", ErrPlan, p.Monthly)
	case len(p.Currency) != 3:
		return fmt.Errorf("%w: %q is not a currency code", ErrPlan, p.Currency)
	case p.From.IsZero():
		return fmt.Errorf("%w: no first day", ErrPlan)
	case p.From.Year() < 2000 || p.From.Year() > lastYear || !p.To.IsZero() && p.To.Year() > lastYear:
		return fmt.Errorf("%w: its days are not between 2000 and %d", ErrPlan, lastYear)
	case !p.To.IsZero() && !dayOf(p.From).Before(dayOf(p.To)):
		return fmt.Errorf("%w: ends on %s, before its first day has passed", ErrPlan, p.To.Format(time.DateOnly))
	}
	return nil
}

// lastYear ends every calculation over an open plan.
const lastYear = 9999

// Covers reports whether usage at t falls under the plan.
func (p Plan) Covers(t time.Time) bool {
	return !t.Before(dayOf(p.From)) && (p.To.IsZero() || t.Before(dayOf(p.To)))
}

// Fee returns the fee of the UTC day that day lies in, and zero outside the
// plan. A plan month begins on From's day of the month, or on the last day of a
// shorter month; its fee is spread over its days by largest remainder at 1e-18,
// so the days of a whole month add up to Monthly exactly.
func (p Plan) Fee(day time.Time) money.Amount {
	d := dayOf(day)
	if !p.Covers(d) {
		return money.Amount{}
	}
	m := p.monthOf(d)
	return m.fee(p.Monthly, days(m.from, d))
}

// Fees returns the fees of the UTC days whose first instant lies in span and is
// not after asOf: a day is paid when it begins.
func (p Plan) Fees(span usage.Span, asOf time.Time) money.Amount {
	from, until := dayOf(p.From), dayOf(asOf).AddDate(0, 0, 1)
	if asOf.Year() > lastYear {
		until = time.Date(lastYear+1, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if !span.Since.IsZero() {
		from = maxTime(from, dayFrom(span.Since))
	}
	if !p.To.IsZero() {
		until = minTime(until, dayOf(p.To))
	}
	if !span.Until.IsZero() {
		until = minTime(until, dayFrom(span.Until))
	}
	var sum money.Amount
	for from.Before(until) {
		m := p.monthOf(from)
		if from.Equal(m.from) && !until.Before(m.until) {
			sum = sum.Add(p.Monthly)
			from = m.until
			continue
		}
		for ; from.Before(until) && from.Before(m.until); from = from.AddDate(0, 0, 1) {
			sum = sum.Add(m.fee(p.Monthly, days(m.from, from)))
		}
	}
	return sum
}

// planMonth is one month of a plan: the UTC days of [from, until).
type planMonth struct{ from, until time.Time }

// monthOf returns the plan month that a day at or after From lies in.
func (p Plan) monthOf(day time.Time) planMonth {
	first := dayOf(p.From)
	n := (day.Year()-first.Year())*12 + int(day.Month()-first.Month())
	from := anchored(first, n)
	if day.Before(from) {
		n--
		from = anchored(first, n)
	}
	return planMonth{from, anchored(first, n+1)}
}

// anchored returns the day n months after first: on the same day of the month,
// or on the last one if that month is shorter.
func anchored(first time.Time, n int) time.Time {
	last := time.Date(first.Year(), first.Month()+time.Month(n)+1, 0, 0, 0, 0, 0, time.UTC)
	return last.AddDate(0, 0, min(first.Day(), last.Day())-last.Day())
}

// fee returns the part of a month's fee that falls on its i-th day, from 0.
func (m planMonth) fee(monthly money.Amount, i int) money.Amount {
	n := int64(days(m.from, m.until))
	part := money.NewRate(monthly).Scale(1, n).Amount()
	rest := monthly.Sub(money.NewRate(part).Times(n)) // what is left over, in 1e-18; at most half of n either way
	if rest.Sign() < 0 {
		part = part.Sub(money.FromAtto(1))
		rest = rest.Add(money.FromAtto(n))
	}
	if money.FromAtto(int64(i)).Cmp(rest) < 0 { // the remainders are equal: the earlier days get it
		part = part.Add(money.FromAtto(1))
	}
	return part
}

// days counts the UTC days from a to b, both midnights.
func days(a, b time.Time) int { return int(b.Sub(a) / (24 * time.Hour)) }

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// dayOf returns the beginning of the UTC day that t lies in.
func dayOf(t time.Time) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// dayFrom returns the first beginning of a UTC day that is not before t.
func dayFrom(t time.Time) time.Time {
	if d := dayOf(t); d.Equal(t) {
		return d
	}
	return dayOf(t).AddDate(0, 0, 1)
}
