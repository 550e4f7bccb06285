package pricing

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"tokpit/money"
	"tokpit/usage"
)

func date(t testing.TB, s string) time.Time {
	t.Helper()
	if s == "" {
		return time.Time{}
	}
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func plan(t testing.TB, monthly, from, to string) Plan {
	t.Helper()
	a, err := money.Parse(monthly)
	if err != nil {
		t.Fatal(err)
	}
	return Plan{Source: "claude-code", Monthly: a, Currency: "USD", From: date(t, from), To: date(t, to)}
}

func TestTheDaysOfAMonthAddUp(t *testing.T) {
	for _, c := range []struct {
		from, month, next string // the plan's first day; a plan month, and the one after
		days              int
	}{
		{"2026-05-01", "2026-05-01", "2026-06-01", 31},
		{"2026-05-01", "2026-06-01", "2026-07-01", 30},
		{"2026-05-01", "2027-02-01", "2027-03-01", 28},
		{"2026-05-01", "2028-02-01", "2028-03-01", 29},
		{"2026-05-15", "2026-12-15", "2027-01-15", 31},
		{"2026-01-31", "2026-01-31", "2026-02-28", 28},
		{"2026-01-31", "2026-02-28", "2026-03-31", 31},
		{"2026-01-31", "2026-03-31", "2026-04-30", 30},
		{"2026-01-31", "2028-01-31", "2028-02-29", 29},
		{"2026-01-31", "2028-02-29", "2028-03-31", 31},
		{"2026-01-30", "2026-02-28", "2026-03-30", 30},
		{"2026-01-29", "2027-02-28", "2027-03-29", 29},
		{"2028-02-29", "2028-02-29", "2028-03-29", 29},
		{"2028-02-29", "2029-02-28", "2029-03-29", 29},
		{"2026-12-31", "2026-12-31", "2027-01-31", 31},
	} {
		for _, monthly := range []string{"200", "20", "0.000000000000000007", "0", "100.01"} {
			p := plan(t, monthly, c.from, "")
			var sum money.Amount
			n := 0
			var first, last money.Amount
			for d := date(t, c.month); d.Before(date(t, c.next)); d = d.AddDate(0, 0, 1) {
				fee := p.Fee(d)
				if n == 0 {
					first = fee
				}
				sum, last = sum.Add(fee), fee
				n++
			}
			if sum != p.Monthly || n != c.days {
				t.Errorf("%s a month from %s: the %d days from %s add up to %s", monthly, c.from, n, c.month, sum)
			}
			if d := first.Sub(last); d.Sign() < 0 || d.Cmp(money.FromAtto(1)) > 0 {
				t.Errorf("%s a month from %s: days cost from %s to %s", monthly, c.from, last, first)
			}
			if got := p.Fees(usage.Span{Since: date(t, c.month), Until: date(t, c.next)}, date(t, "2030-01-01")); got != p.Monthly {
				t.Errorf("%s a month from %s: the month from %s costs %s", monthly, c.from, c.month, got)
			}
		}
	}
}

func TestFee(t *testing.T) {
	p := plan(t, "310", "2026-05-10", "2026-07-01")
	for day, want := range map[string]string{
		"2026-05-09T23:59:59Z":      "0",
		"2026-05-10T00:00:00Z":      "10",
		"2026-05-10T23:59:59Z":      "10",
		"2026-05-10T01:00:00+02:00": "0", // still the 9th in UTC
		"2026-06-09T12:00:00Z":      "10",
		"2026-06-10T00:00:00Z":      "10.333333333333333334", // 30 days; the ten first carry the rest
		"2026-06-19T00:00:00Z":      "10.333333333333333334",
		"2026-06-20T00:00:00Z":      "10.333333333333333333",
		"2026-06-30T23:59:59Z":      "10.333333333333333333",
		"2026-07-01T00:00:00Z":      "0",
	} {
		at, err := time.Parse(time.RFC3339, day)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Fee(at).String(); got != want {
			t.Errorf("%s costs %s, want %s", day, got, want)
		}
		if covers := p.Covers(at); covers != (want != "0") {
			t.Errorf("%s is covered: %v", day, covers)
		}
	}
}

func TestCovers(t *testing.T) {
	open := plan(t, "20", "2026-05-01", "")
	if open.Covers(date(t, "2026-05-01").Add(-time.Nanosecond)) || !open.Covers(date(t, "2026-05-01")) || !open.Covers(date(t, "9999-12-31")) {
		t.Error("an open plan covers everything from its first day on")
	}
	late := open
	late.From = late.From.Add(15 * time.Hour) // a plan begins with its day
	if !late.Covers(date(t, "2026-05-01")) {
		t.Error("a plan covers the whole of its first day")
	}
}

func TestFees(t *testing.T) {
	for _, c := range []struct {
		name, monthly, from, to, since, until, asOf, want string
	}{
		{"a whole month", "310", "2026-05-01", "", "2026-05-01", "2026-06-01", "2026-12-01", "310"},
		{"a month so far", "310", "2026-05-01", "", "2026-05-01", "2026-06-01", "2026-05-10", "100"},
		{"everything so far", "310", "2026-05-01", "", "", "", "2026-06-01", "320.333333333333333334"},
		{"before it began", "310", "2026-05-01", "", "", "2026-05-01", "2026-12-01", "0"},
		{"before it was known", "310", "2026-05-01", "", "", "", "2026-04-30", "0"},
		{"after it ended", "310", "2026-05-01", "2026-05-02", "2026-05-02", "", "2026-12-01", "0"},
		{"its last day", "310", "2026-05-01", "2026-06-01", "2026-05-31", "", "2026-12-01", "10"},
		{"two years", "310", "2026-05-01", "", "2026-05-01", "2028-05-01", "2030-01-01", "7440"},
		{"a span that ends before it begins", "310", "2026-05-01", "", "2026-06-01", "2026-05-15", "2026-12-01", "0"},
	} {
		p := plan(t, c.monthly, c.from, c.to)
		if got := p.Fees(usage.Span{Since: date(t, c.since), Until: date(t, c.until)}, date(t, c.asOf)).String(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	p := plan(t, "310", "2026-05-01", "")
	if got := p.Fees(usage.Span{}, time.Time{}); !got.IsZero() {
		t.Errorf("at no time %s is due", got)
	}
	// A day counts where its first instant lies.
	span := usage.Span{Since: date(t, "2026-05-03").Add(time.Second), Until: date(t, "2026-05-05").Add(time.Second)}
	if got := p.Fees(span, date(t, "2026-12-01")).String(); got != "20" {
		t.Errorf("from a second after the 3rd to a second after the 5th begins: %s, want the 4th and the 5th", got)
	}
	if got := p.Fees(usage.Span{Since: date(t, "2026-05-03")}, date(t, "2026-05-03").Add(-time.Nanosecond)); !got.IsZero() {
		t.Errorf("the moment before a day begins it costs %s", got)
	}
}

// TestFeesAreTheSumOfDays compares random spans with their single days.
func TestFeesAreTheSumOfDays(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	zero := date(t, "2026-01-01")
	hours := func(n int) time.Time { return zero.Add(time.Duration(r.IntN(n)) * time.Hour) }
	for range 500 {
		p := Plan{Source: "s", Monthly: money.FromAtto(r.Int64()), Currency: "USD", From: hours(24 * 800)}
		if r.IntN(2) == 0 {
			p.To = hours(24 * 800)
		}
		span := usage.Span{Since: hours(24 * 800), Until: hours(24 * 800)}
		if r.IntN(4) == 0 {
			span.Since = time.Time{}
		}
		if r.IntN(4) == 0 {
			span.Until = time.Time{}
		}
		asOf := hours(24 * 900)
		var want money.Amount
		for d := zero; !d.After(asOf); d = d.AddDate(0, 0, 1) {
			if span.Contains(d) {
				want = want.Add(p.Fee(d))
			}
		}
		if got := p.Fees(span, asOf); got != want {
			t.Fatalf("%+v over %+v as of %s: %s, the days add up to %s", p, span, asOf, got, want)
		}
	}
}

func TestValidate(t *testing.T) {
	good := plan(t, "200", "2026-05-01", "2026-06-01")
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	free := plan(t, "0", "2026-05-01", "")
	if err := free.Validate(); err != nil {
		t.Errorf("a plan that costs nothing: %v", err)
	}
	for name, change := range map[string]func(*Plan){
		"no source":         func(p *Plan) { p.Source = "" },
		"a negative fee":    func(p *Plan) { p.Monthly = money.FromAtto(-1) },
		"no currency":       func(p *Plan) { p.Currency = "" },
		"no first day":      func(p *Plan) { p.From = time.Time{} },
		"no day":            func(p *Plan) { p.To = p.From },
		"an early end":      func(p *Plan) { p.To = p.From.AddDate(0, -1, 0) },
		"the same day":      func(p *Plan) { p.To = p.From.Add(time.Hour) },
		"before computers":  func(p *Plan) { p.From = date(t, "1926-01-01") },
		"after every clock": func(p *Plan) { p.To = time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC) },
	} {
		p := good
		change(&p)
		if err := p.Validate(); !errors.Is(err, ErrPlan) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAPlanWithoutEndComesToAnEnd(t *testing.T) {
	p := plan(t, "1", "2026-01-01", "")
	if got := p.Fees(usage.Span{}, time.Date(1_000_000, 1, 1, 0, 0, 0, 0, time.UTC)).String(); got != "95688" {
		t.Errorf("%s, want 7974 years of 12", got)
	}
}

func BenchmarkFees(b *testing.B) {
	p := plan(b, "200", "2024-01-31", "")
	asOf := date(b, "2026-11-21")
	b.ReportAllocs()
	for b.Loop() {
		p.Fees(usage.Span{}, asOf)
	}
}
