package budget

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/money"
	"tokpit/usage"
)

func amount(t testing.TB, text string) money.Amount {
	t.Helper()
	a, err := money.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func at(t testing.TB, text string) time.Time {
	t.Helper()
	out, err := time.Parse("2006-01-02T15:04", text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// even is the same spend on each of n days.
func even(first time.Time, n int, cost money.Amount) []DaySum {
	var out []DaySum
	for i := range n {
		out = append(out, DaySum{first.AddDate(0, 0, i), Sum{Cost: cost}})
	}
	return out
}

func TestStatus(t *testing.T) {
	b := Budget{Name: "web", Amount: money.FromUnits(300), Currency: "USD", Period: Monthly,
		Warn: []Threshold{{Percent: 50_000}, {Amount: money.FromUnits(250)}, {Forecast: true, Percent: 100_000}}}
	now := at(t, "2026-11-16T12:00")
	days := even(at(t, "2026-10-01T00:00"), 31+15, money.FromUnits(12)) // to 15 November
	days = append(days, DaySum{at(t, "2026-11-16T00:00"), Sum{Cost: money.FromUnits(6), Untracked: money.FromUnits(2), UnpricedTokens: 70}})
	st := b.Assess(Spend{Days: days, AsOf: now.Add(-20 * time.Minute)}, now)
	if st.Cost != money.FromUnits(186) || st.Headroom != money.FromUnits(114) || st.State != StateWarn {
		t.Errorf("spent %s, left %s, %s", st.Cost, st.Headroom, st.State)
	}
	if st.Untracked != money.FromUnits(2) || st.UnpricedTokens != 70 || st.Low != st.Cost || st.High != st.Cost {
		t.Errorf("%+v", st.Sum)
	}
	if st.Lag != 20*time.Minute || !st.HasLag || st.Elapsed < 0.516 || st.Elapsed > 0.517 {
		t.Errorf("lag %s, elapsed %f", st.Lag, st.Elapsed)
	}
	// 14 days of 12 and the rest of the sixteenth are still to come.
	if !st.Forecast.Known || st.Forecast.Point.Sub(amount(t, "360.1667")).Abs().Cmp(amount(t, "0.01")) > 0 {
		t.Errorf("%+v", st.Forecast)
	}
	for i, want := range []bool{true, false, true} {
		if st.Marks[i].Reached != want {
			t.Errorf("%s: %+v", b.Warn[i], st.Marks[i])
		}
	}
	if e := st.Exhaustion; !e.Known || !e.Within || e.Days < 9.4 || e.Days > 9.6 {
		t.Errorf("%+v", e)
	}
}

func TestStatusWithoutMuch(t *testing.T) {
	now := at(t, "2026-11-03T06:00")
	b := Budget{Name: "new", Amount: money.FromUnits(10), Period: Monthly, Warn: []Threshold{{Forecast: true, Percent: 1000}}}
	st := b.Assess(Spend{Days: even(at(t, "2026-11-01T00:00"), 2, money.FromUnits(2))}, now)
	if st.Forecast.Known || st.Why == "" || st.Marks[0].Reached || st.Marks[0].Known || st.HasLag {
		t.Errorf("%+v", st)
	}
	if !st.HasRunRate || st.RunRate.Cmp(money.FromUnits(40)) < 0 {
		t.Errorf("run rate %s", st.RunRate)
	}
	b.Period = Daily
	if st := b.Assess(Spend{Days: even(at(t, "2026-10-01T00:00"), 34, money.FromUnits(2))}, now); st.Forecast.Known || st.Why == "" || st.Cost != money.FromUnits(2) {
		t.Errorf("a day was forecast: %+v", st.Forecast)
	}
	// What costs nothing so far is never exhausted; what is spent has no days left.
	b.Period = Monthly
	if st := b.Assess(Spend{}, now); st.Exhaustion.Known || st.State != StateOK {
		t.Errorf("%+v", st)
	}
	if st := b.Assess(Spend{Days: even(at(t, "2026-11-01T00:00"), 1, money.FromUnits(10))}, now); st.Exhaustion.Days != 0 || !st.Exhaustion.Known || st.State != StateOver {
		t.Errorf("%+v", st)
	}
	// Usage that is not in yet is expected, not taken for nothing.
	days := even(at(t, "2026-10-01T00:00"), 25, money.FromUnits(3))
	late := b.AssessIn(b.At(at(t, "2026-10-31T00:00")), Spend{Days: days, AsOf: at(t, "2026-10-26T00:00")}, at(t, "2026-10-31T00:00"))
	if late.Forecast.Point != money.FromUnits(93) || late.Lag != 5*24*time.Hour {
		t.Errorf("%+v after %s", late.Forecast, late.Lag)
	}
}

func TestEndedPeriod(t *testing.T) {
	b := Budget{Name: "x", Amount: money.FromUnits(100), Period: Monthly}
	p := b.At(at(t, "2026-10-05T00:00"))
	st := b.AssessIn(p, Spend{Days: even(at(t, "2026-09-01T00:00"), 70, money.FromUnits(1)), AsOf: at(t, "2026-11-09T00:00")}, at(t, "2026-11-10T00:00"))
	if !st.Ended || st.Cost != money.FromUnits(31) || st.Forecast.Point != st.Cost || !st.Forecast.Known || st.Elapsed != 1 || st.HasLag {
		t.Errorf("%+v", st)
	}
}

// TestStatusIdentities holds what pages, commands and alerts rely on.
func TestStatusIdentities(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := Budget{Name: "x", Amount: money.FromAtto(rapid.Int64Range(1, 1e18).Draw(t, "amount")),
			Period: rapid.SampledFrom(Periods()).Draw(t, "period"),
			Zone:   rapid.SampledFrom([]string{"", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia"}).Draw(t, "zone"),
			Warn:   []Threshold{{Percent: 50_000}, {Forecast: true, Percent: 90_000}}}
		now := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.Int64Range(-4e6, 4e6).Draw(t, "now")) * time.Second)
		s := Spend{AsOf: now.Add(-time.Duration(rapid.Int64Range(-1e5, 1e6).Draw(t, "lag")) * time.Second)}
		period := b.At(now)
		var total, untracked money.Amount
		for range rapid.IntRange(0, 90).Draw(t, "n") {
			d := DaySum{Day: now.Add(-time.Duration(rapid.Int64Range(-100, 80*24).Draw(t, "day")) * time.Hour)}
			d.Cost = money.FromAtto(rapid.Int64Range(-1e15, 1e17).Draw(t, "cost"))
			d.Untracked = money.FromAtto(rapid.Int64Range(0, 1e15).Draw(t, "untracked"))
			if d.Ranged = rapid.Bool().Draw(t, "ranged"); d.Ranged {
				d.Low, d.High = d.Cost.Sub(money.FromAtto(5)), d.Cost.Add(money.FromAtto(7))
			}
			if period.Contains(d.Day) {
				total, untracked = total.Add(d.Cost), untracked.Add(d.Untracked)
			}
			s.Days = append(s.Days, d)
		}
		checkStatus(t, b.Assess(s, now), total, untracked)
	})
}

func checkStatus(t *rapid.T, st Status, total, untracked money.Amount) {
	if st.Cost != total || st.Untracked != untracked {
		t.Fatalf("spent %s of which untracked %s, want %s and %s", st.Cost, st.Untracked, total, untracked)
	}
	if st.Headroom != st.Limit.Sub(st.Cost) || (st.State == StateOver) != (st.Cost.Cmp(st.Limit) >= 0) {
		t.Fatalf("%s - %s is not %s (%s)", st.Limit, st.Cost, st.Headroom, st.State)
	}
	if st.Low.Cmp(st.Cost) > 0 || st.High.Cmp(st.Cost) < 0 || st.Elapsed < 0 || st.Elapsed > 1 || st.Lag < 0 {
		t.Fatalf("%+v", st)
	}
	if st.AsOf.After(st.Now) || st.AsOf.After(st.Period.Until) || st.Budget.Period == Daily && st.Forecast.Known && !st.Ended {
		t.Fatalf("%+v", st)
	}
	if len(st.Marks) != len(st.Budget.Warn) {
		t.Fatal("marks are lost")
	}
	known := BurnPoint{}
	for i, p := range st.Burn {
		if i > 0 && !p.At.After(st.Burn[i-1].At) || p.Plan.Cmp(st.Limit) > 0 {
			t.Fatalf("burn %+v", st.Burn)
		}
		if p.Known {
			known = p
		}
	}
	if known.Spent != st.Cost || st.Burn[len(st.Burn)-1].Plan != st.Limit {
		t.Fatalf("the burn-down ends at %s of %s", known.Spent, st.Cost)
	}
	if e := st.Exhaustion; e.Known && (e.Days < 0 || e.Days > farthest) {
		t.Fatalf("%+v", e)
	}
}

func TestRestIsThePeriodInDays(t *testing.T) {
	b := Budget{Period: Weekly, Zone: "Europe/Berlin"}
	p := b.At(time.Date(2026, 10, 25, 12, 0, 0, 0, time.UTC)) // 25 hours on Sunday
	if got := b.rest(p, p.Since); got != 7 {
		t.Errorf("%f days", got)
	}
	if got := b.rest(p, p.Until.Add(-12*time.Hour-30*time.Minute)); got != 0.5 {
		t.Errorf("%f days", got)
	}
	if b.rest(p, p.Until) != 0 || b.rest(usage.Span{Since: p.Since, Until: p.Until}, p.Since.Add(-time.Hour)) != 7 {
		t.Error("ends")
	}
}
