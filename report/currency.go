package report

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/usage"
)

// ExchangeRate says what one unit of a currency was worth in another on a day.
type ExchangeRate struct {
	Day      time.Time // a date, at midnight UTC
	From, To string
	Rate     money.Amount // units of To for one of From
	Source   string       // who says so
}

// ExchangeRates are dated rates of pairs of currencies. Only the pairs that are
// named are known: none is turned around or chained, so a converted figure is
// one rate times one amount. A nil *ExchangeRates knows nothing.
type ExchangeRates struct {
	pairs map[[2]string][]ExchangeRate // by day
}

// rateHolds is for how long a rate holds if no newer one is known: over weekends
// and holidays.
const rateHolds = 7 // days

// ReadExchangeRates reads CSV with a header and the columns date (2006-01-02),
// currency, rate and source, and if the rates are not of US dollars, from. A rate
// is how many units of currency one unit of from (USD without it) is worth. An
// error names the line.
func ReadExchangeRates(r io.Reader) (*ExchangeRates, error) {
	in := csv.NewReader(bufio.NewReader(r))
	in.FieldsPerRecord = -1
	in.TrimLeadingSpace = true
	head, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("line 1: no header: it must name date, currency, rate and source")
	}
	at := make(map[string]int)
	for i, name := range head {
		at[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))] = i
	}
	for _, name := range []string{"date", "currency", "rate", "source"} {
		if _, ok := at[name]; !ok {
			return nil, fmt.Errorf("line 1: there is no column %s", name)
		}
	}
	x := &ExchangeRates{pairs: make(map[[2]string][]ExchangeRate)}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var bad *csv.ParseError
		switch {
		case errors.As(err, &bad):
			return nil, fmt.Errorf("line %d: this is no CSV", bad.StartLine)
		case err != nil:
			return nil, err
		}
		line, _ := in.FieldPos(0)
		one, err := exchangeRate(row, at)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		pair := [2]string{one.From, one.To}
		x.pairs[pair] = append(x.pairs[pair], one)
	}
	for pair, all := range x.pairs {
		slices.SortStableFunc(all, func(a, b ExchangeRate) int { return a.Day.Compare(b.Day) })
		for i := 1; i < len(all); i++ {
			if all[i].Day.Equal(all[i-1].Day) && all[i].Rate != all[i-1].Rate {
				return nil, fmt.Errorf("two rates of %s in %s on %s", pair[0], pair[1], all[i].Day.Format(time.DateOnly))
			}
		}
	}
	return x, nil
}

func exchangeRate(row []string, at map[string]int) (ExchangeRate, error) {
	of := func(name string) string {
		if i, ok := at[name]; ok && i < len(row) {
			return strings.TrimSpace(row[i])
		}
		return ""
	}
	one := ExchangeRate{From: "USD", To: strings.ToUpper(of("currency")), Source: clean.Text(of("source"))}
	if from := of("from"); from != "" {
		one.From = strings.ToUpper(from)
	}
	var err error
	if one.Day, err = time.Parse(time.DateOnly, of("date")); err != nil {
		return one, fmt.Errorf("date %.40q is not YYYY-MM-DD", of("date"))
	}
	for _, currency := range []string{one.From, one.To} {
		if !CurrencyCode(currency) {
			return one, fmt.Errorf("%.40q is no ISO 4217 code", currency)
		}
	}
	if one.Rate, err = money.Parse(of("rate")); err != nil || one.Rate.Sign() <= 0 {
		return one, fmt.Errorf("rate %.40q is no decimal above zero", of("rate"))
	}
	if one.Source == "" {
		return one, errors.New("a rate without a source")
	}
	return one, nil
}

// CurrencyCode reports whether a text is three capital letters.
func CurrencyCode(s string) bool {
	return len(s) == 3 && strings.IndexFunc(s, func(r rune) bool { return r < 'A' || r > 'Z' }) < 0
}

// On returns the rate of a pair on a day: that day's, or the newest one of the
// week before. A currency is worth one of itself.
func (x *ExchangeRates) On(from, to string, day time.Time) (ExchangeRate, bool) {
	if from == to {
		return ExchangeRate{Day: day, From: from, To: to, Rate: money.FromUnits(1), Source: "the same currency"}, true
	}
	if x == nil {
		return ExchangeRate{}, false
	}
	all := x.pairs[[2]string{from, to}]
	i, found := slices.BinarySearchFunc(all, day, func(r ExchangeRate, t time.Time) int { return r.Day.Compare(t) })
	if !found {
		i--
	}
	if i < 0 || day.Sub(all[i].Day) > rateHolds*24*time.Hour {
		return ExchangeRate{}, false
	}
	return all[i], true
}

// Display shows figures in another currency beside the one that they are in. It
// changes no figure.
type Display struct {
	Currency string
	Rates    *ExchangeRates
}

// Converted is the money of a sum in the display currency.
type Converted struct {
	Day                  time.Time // whose rates these are, at midnight UTC
	Cost, Cash           money.Amount
	CostKnown, CashKnown bool
	// Rates are those that were used, one for each currency of the sum. Amounts in
	// several currencies are added up only here, after each was converted.
	Rates   []ExchangeRate
	Missing []string // currencies without a rate; then no amount is known
}

// Of converts a sum at the rates of a day.
func (d *Display) Of(s *Sum, day time.Time) Converted {
	out := Converted{Day: day, CostKnown: s.Priced, CashKnown: s.CashKnown}
	costs := s.Costs
	if len(costs) == 0 {
		if !s.Priced && !s.CashKnown {
			return out
		}
		costs = []CurrencySum{{Currency: s.Currency, Cost: s.Cost, Cash: s.Cash}}
	} else {
		out.CostKnown = true
	}
	for i := range costs {
		rate, ok := d.Rates.On(costs[i].Currency, d.Currency, day)
		if !ok {
			out.Missing = append(out.Missing, costs[i].Currency)
			continue
		}
		cost, fits := money.Convert(costs[i].Cost, rate.Rate)
		cash, also := money.Convert(costs[i].Cash, rate.Rate)
		if !fits || !also {
			out.Missing = append(out.Missing, costs[i].Currency)
			continue
		}
		out.Cost, out.Cash, out.Rates = out.Cost.Add(cost), out.Cash.Add(cash), append(out.Rates, rate)
	}
	if len(out.Missing) > 0 {
		out.CostKnown, out.CashKnown, out.Cost, out.Cash = false, false, money.Amount{}, money.Amount{}
	}
	return out
}

// LastDay is the date whose rate a figure of the whole report is converted at.
func (r *Report) LastDay() time.Time { return r.lastDay(nil) }

// lastDay is the date whose rate a figure is converted at: the last day of what
// it covers, in the zone of the query, and not after today.
func (r *Report) lastDay(keys []string) time.Time {
	q := &r.Query
	end := r.AsOf
	if !q.Until.IsZero() && q.Until.Before(end) {
		end = q.Until.Add(-time.Nanosecond)
	}
	day := dateOf(end.In(q.Zone))
	for i, d := range q.By {
		if i < len(keys) && d.IsTime() {
			if last, ok := LastDay(d, keys[i]); ok && last.Before(day) {
				day = last
			}
		}
	}
	return day
}

func dateOf(local time.Time) time.Time {
	return time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
}

// LastDay is the last date of an hour, a day, a week or a month as reports name
// it.
func LastDay(d usage.Dimension, key string) (time.Time, bool) {
	switch d {
	case usage.ByMonth:
		t, err := time.Parse("2006-01", key[:min(len(key), 7)])
		return t.AddDate(0, 1, -1), err == nil
	case usage.ByWeek:
		t, err := time.Parse(time.DateOnly, key)
		return t.AddDate(0, 0, 6), err == nil
	}
	t, err := time.Parse(time.DateOnly, key[:min(len(key), len(time.DateOnly))])
	return t, err == nil
}

// shownText is a row's figure in the display currency and the rate behind it.
func (r *Report) shownText(s *Sum, keys []string) (figure, rate string) {
	c := r.Display.Of(s, r.lastDay(keys))
	for i, one := range c.Rates {
		if i > 0 {
			rate += " + "
		}
		rate += one.Rate.String() + " of " + one.Day.Format(time.DateOnly)
	}
	switch {
	case len(c.Missing) > 0:
		return "no rate", unknown
	case r.PlanSet && c.CashKnown:
		return amountText(c.Cash, r.Display.Currency), rate
	case !r.PlanSet && c.CostKnown:
		return amountText(c.Cost, r.Display.Currency), rate
	}
	return unknown, unknown
}

// shownFooting says where converted figures come from.
func (r *Report) shownFooting() []string {
	var sources, missing []string
	note := func(s *Sum, keys []string) {
		c := r.Display.Of(s, r.lastDay(keys))
		for _, one := range c.Rates {
			if !slices.Contains(sources, one.Source) && one.From != one.To {
				sources = append(sources, one.Source)
			}
		}
		for _, m := range c.Missing {
			if text := m + " on " + c.Day.Format(time.DateOnly); !slices.Contains(missing, text) {
				missing = append(missing, text)
			}
		}
	}
	for i := range r.Rows {
		note(&r.Rows[i].Sum, r.Rows[i].Keys)
	}
	note(&r.Total, nil)
	out := []string{fmt.Sprintf("%s: each figure converted at the rate beside it, of the last day of its row (or the newest of the week before); rows of several days need not add up", r.Display.Currency)}
	if len(sources) > 0 {
		out[0] += ". Rates: " + clean.Limit(strings.Join(sources, ", "), 300)
	}
	if len(missing) > 0 {
		more := ""
		if n := len(missing) - 4; n > 0 {
			missing, more = missing[:4], fmt.Sprintf(" and %d more", n)
		}
		out = append(out, fmt.Sprintf("no rate in %s for %s%s", r.Display.Currency, strings.Join(missing, ", "), more))
	}
	return out
}

// display appends the converted money of a sum.
func (e *encoder) display(r *Report, s *Sum, keys []string) {
	if r.Display == nil {
		return
	}
	c := r.Display.Of(s, r.lastDay(keys))
	e.key("display")
	e.raw("{")
	e.text("currency", r.Display.Currency)
	e.amount("cost", c.Cost, c.CostKnown)
	e.amount("cash", c.Cash, c.CashKnown)
	e.text("rates_of", c.Day.Format(time.DateOnly))
	e.key("rates")
	e.raw("[")
	for i, one := range c.Rates {
		if i > 0 {
			e.raw(",")
		}
		e.raw("{")
		e.text("from", one.From)
		e.text("rate", one.Rate.String())
		e.text("date", one.Day.Format(time.DateOnly))
		e.text("source", one.Source)
		e.raw("}")
	}
	e.raw("]")
	e.strings("missing", c.Missing)
	e.raw("}")
}
