package budget

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/money"
)

// working is a made-up series of days: quiet weekends, noise, slow growth.
func working(seed uint64, from time.Time, days int, noise float64) []Day {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([]Day, days)
	for i := range out {
		date := from.AddDate(0, 0, i)
		v := 100 * math.Exp(0.002*float64(i)) * math.Exp(noise*r.NormFloat64())
		if d := date.Weekday(); d == time.Saturday || d == time.Sunday {
			v *= 0.3
		}
		out[i] = Day{date, v}
	}
	return out
}

// TestForecastsBeatTheRunRate on series such as a working team makes; .ci holds
// the same figures against recorded series of other things.
func TestForecastsBeatTheRunRate(t *testing.T) {
	var covered, tasks, logs float64
	for seed := range uint64(6) {
		b := RunBacktest(working(seed, time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), 730, 0.25))
		covered += b.Covered * float64(b.Tasks)
		tasks += float64(b.Tasks)
		logs += math.Log(b.Ratio())
	}
	if ratio := math.Exp(logs / 6); ratio > 0.90 {
		t.Errorf("the error is %.3f of the run rate's", ratio)
	}
	// So regular a series is held more often: the band also allows for levels that move.
	if part := covered / tasks; part < 0.75 {
		t.Errorf("the 80 %% band held %.3f of the totals", part)
	}
}

func TestForecastsAreSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		history := rapid.SliceOfN(rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(0, 1e6)), 0, 80).Draw(t, "history")
		rest := rapid.OneOf(rapid.Float64Range(0, 366), rapid.Just(0.0)).Draw(t, "rest")
		spent := money.FromUnits(rapid.Int64Range(0, 1e6).Draw(t, "spent"))
		f := Predict(spent, history, rest)
		if f.Point.Cmp(spent) < 0 || f.Low.Cmp(spent) < 0 {
			t.Fatalf("%+v is below what is spent", f)
		}
		if f.Low.Cmp(f.Point) > 0 || f.High.Cmp(f.Point) < 0 {
			t.Fatalf("%+v: the point is outside the band", f)
		}
		if rest == 0 && (f.Point != spent || f.Low != spent || f.High != spent || !f.Known) {
			t.Fatalf("%+v of a period that is over", f)
		}
		if rest > 0 && len(history) < 2 && f.Known {
			t.Fatalf("%+v from %d days", f, len(history))
		}
	})
}

// TestForecastsOfPlainSeries: what has always been the same stays so.
func TestForecastsOfPlainSeries(t *testing.T) {
	for _, n := range []int{3, 7, 10, 20, 56} {
		history := make([]float64, n)
		for i := range history {
			history[i] = 20
		}
		f := Predict(money.FromUnits(100), history, 10)
		if f.Point != money.FromUnits(300) || f.Low != f.Point || f.High != f.Point {
			t.Errorf("%d days of 20: %+v", n, f)
		}
	}
	week := []float64{10, 10, 10, 10, 10, 0, 0}
	var history []float64
	for range 6 {
		history = append(history, week...)
	}
	if f := Predict(money.Amount{}, history, 5); f.Point.Sub(money.FromUnits(50)).Abs().Cmp(money.FromUnits(2)) > 0 {
		t.Errorf("five working days of 10: %+v", f)
	}
	if f := Predict(money.Amount{}, append(history, week[:5]...), 2); f.Point.Cmp(money.FromUnits(12)) > 0 {
		t.Errorf("a weekend of 0: %+v", f)
	}
}
