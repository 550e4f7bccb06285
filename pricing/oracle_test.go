package pricing

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tokpit/usage"
)

// The oracle looks a price up the slow way: straight from the rows, one
// condition after the other. It shares nothing with the book but the table.

// oracleRow returns the one row for a request, and fails the test if there are
// several.
func oracleRow(t *testing.T, rows []Row, tier string, at time.Time, total int64) Row {
	t.Helper()
	if row, ok := oracleTier(t, rows, tier, at, total); ok {
		return row
	}
	row, ok := oracleTier(t, rows, Standard, at, total)
	if ok {
		return row
	}
	for _, r := range rows {
		if r.Base() && !at.Before(r.From) && (r.To.IsZero() || at.Before(r.To)) {
			if ok {
				t.Fatalf("two base rows for %s/%s at %s", r.Provider, r.Model, at)
			}
			row, ok = r, true
		}
	}
	if !ok {
		t.Fatalf("no base row for %s/%s at %s", rows[0].Provider, rows[0].Model, at)
	}
	return row
}

func oracleTier(t *testing.T, rows []Row, tier string, at time.Time, total int64) (best Row, ok bool) {
	t.Helper()
	minute := at.Hour()*60 + at.Minute()
	weekend := at.Weekday() == time.Saturday || at.Weekday() == time.Sunday
	matches := 0
	for _, r := range rows {
		over := r.Context.Over == 0 || total > r.Context.Over || r.Context.Inclusive && total == r.Context.Over
		open := r.Hours == Hours{} || minute >= int(r.Hours.Start) && minute < int(r.Hours.End) && !(r.Hours.Weekdays && weekend)
		if r.Base() || r.Tier != tier || !over || !open || at.Before(r.From) || !r.To.IsZero() && !at.Before(r.To) {
			continue
		}
		switch {
		case !ok || r.Context.Over > best.Context.Over:
			best, ok, matches = r, true, 1
		case r.Context.Over == best.Context.Over:
			matches++
		}
	}
	if matches > 1 {
		t.Fatalf("%d rows match %s/%s %s at %s with %d tokens", matches, best.Provider, best.Model, tier, at, total)
	}
	return best, ok
}

// byModel groups the rows of the table.
func byModel(tab *Table) map[ModelRef][]Row {
	out := map[ModelRef][]Row{}
	for _, r := range tab.Rows {
		k := ModelRef{r.Provider, r.Model}
		out[k] = append(out[k], r)
	}
	return out
}

// probes are the instants and totals at which something may change for a
// model, with both neighbours.
func probes(rows []Row) (times []time.Time, totals []int64) {
	totals = []int64{0}
	hours := false
	for _, r := range rows {
		for _, at := range []time.Time{r.From, r.To} {
			if !at.IsZero() {
				times = append(times, at.Add(-time.Second), at, at.Add(time.Second))
			}
		}
		if r.Context.Over > 0 {
			totals = append(totals, r.Context.Over-1, r.Context.Over, r.Context.Over+1)
		}
		hours = hours || r.Hours != Hours{}
	}
	if hours {
		for _, at := range slices.Clone(times) {
			day := at.Truncate(24 * time.Hour).Add(-24 * time.Hour)
			for i := range 9 * 48 {
				half := day.Add(time.Duration(i) * 30 * time.Minute)
				times = append(times, half.Add(-time.Second), half)
			}
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	slices.Sort(totals)
	return slices.CompactFunc(times, time.Time.Equal), slices.Compact(totals)
}

// TestEveryPriceHasItsInstant compares the book with the oracle one second
// before, at and after every change, for every tier, and one token below, at
// and above every threshold.
func TestEveryPriceHasItsInstant(t *testing.T) {
	b := Embedded()
	n := 0
	for ref, rows := range byModel(table(t)) {
		first := b.History(ref.Provider, ref.Model)[0].From
		times, totals := probes(rows)
		for _, tier := range tiers() {
			for _, total := range totals {
				d := usage.Dims{Provider: ref.Provider, Model: ref.Model, Tier: tier, Band: b.edges.Band(total)}
				for _, at := range times {
					n++
					want := oracleRow(t, rows, tierOf(ref.Provider, tier), maxTime(at, first), total)
					got := b.Tariff(&d, at)
					if got.Base != want.Rates.billed() || got.ranged || got.Low != got.Base || got.High != got.Base || !got.Priced || got.Model != ref.Model {
						t.Fatalf("%s %s %d tokens at %s: got %+v, want %s", ref, tier, total, at, got, &want)
					}
					if before := at.Before(first); got.Flags&FlagBeforeFirst != 0 != before {
						t.Fatalf("%s at %s: before-first is %v, want %v", ref, at, !before, before)
					}
				}
			}
		}
	}
	t.Logf("%d probes", n)
	if n < 50000 {
		t.Errorf("only %d probes", n)
	}
}

// TestATariffHoldsAsLongAsItSays looks up the edges of every tariff's time.
func TestATariffHoldsAsLongAsItSays(t *testing.T) {
	b := Embedded()
	for ref, rows := range byModel(table(t)) {
		times, _ := probes(rows)
		d := usage.Dims{Provider: ref.Provider, Model: ref.Model, Band: b.edges.Band(0)}
		for _, at := range times {
			got := b.Tariff(&d, at)
			if !got.From.IsZero() && at.Before(got.From) || !got.Until.IsZero() && !at.Before(got.Until) {
				t.Fatalf("%s at %s: holds from %s to %s", ref, at, got.From, got.Until)
			}
			for _, edge := range []time.Time{got.From, got.Until.Add(-time.Second)} {
				if edge.Year() < 2000 {
					continue
				}
				if same := b.Tariff(&d, edge); !same.equal(&got) || !same.From.Equal(got.From) || !same.Until.Equal(got.Until) {
					t.Fatalf("%s at %s: not what it is at %s", ref, edge, at)
				}
			}
		}
	}
}

// TestARangeHoldsEveryRequest prices random requests one by one, and together
// as a cell that knows neither their times nor their sizes.
func TestARangeHoldsEveryRequest(t *testing.T) {
	b := Embedded()
	models := b.Models()
	r := rand.New(rand.NewPCG(3, 5))
	widths := []time.Duration{15 * time.Minute, time.Hour, 24 * time.Hour, 31 * 24 * time.Hour}
	ranged := 0
	for range 20000 {
		m := models[r.IntN(len(models))]
		rows := append(b.History(m.Provider, m.Model), b.Refinements(m.Provider, m.Model)...)
		width := widths[r.IntN(len(widths))]
		from := rows[r.IntN(len(rows))].From.Add(-time.Duration(r.Int64N(int64(2 * width)))).Truncate(15 * time.Minute)
		d := usage.Dims{Provider: m.Provider, Model: m.Model, Tier: tiers()[r.IntN(5)]}
		if r.IntN(2) == 0 {
			d.Band = usage.Band{Lo: r.Int64N(300000)}
		}
		var sum Charge
		var all usage.Tokens
		for range 3 {
			one := usage.Record{Dims: d, Start: from.Add(time.Duration(r.Int64N(int64(width)))), Requests: 1}
			one.Context = d.Band.Lo + r.Int64N(400000)
			one.CacheRead = r.Int64N(one.Context + 1)
			one.Input = one.Context - one.CacheRead
			one.Output = r.Int64N(5000)
			c := b.ChargeRecord(&one)
			if c.Ranged {
				t.Fatalf("one request of known size at a known time is a range: %+v", one)
			}
			sum.Cost = sum.Cost.Add(c.Cost)
			all = all.Add(one.Tokens)
		}
		cell := b.ChargeCell(&d, from, from.Add(width), all, nil)
		if cell.UnpricedTokens == 0 && (sum.Cost.Cmp(cell.Low) < 0 || sum.Cost.Cmp(cell.High) > 0) {
			t.Fatalf("%s %s from %s for %s: requests cost %s, the cell says %s to %s", m, d.Tier, from, width, sum.Cost, cell.Low, cell.High)
		}
		if cell.Cost.Cmp(cell.Low) < 0 || cell.Cost.Cmp(cell.High) > 0 {
			t.Fatalf("%s: %s is not between %s and %s", m, cell.Cost, cell.Low, cell.High)
		}
		if cell.Ranged != (cell.Flags&rangeFlags != 0) {
			t.Fatalf("%s: ranged %v, flags %s", m, cell.Ranged, cell.Flags)
		}
		if cell.Ranged {
			ranged++
		}
	}
	if ranged < 1000 {
		t.Errorf("only %d of the cells were ranges", ranged)
	}
}
