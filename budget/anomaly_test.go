package budget

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// watch judges every third day of a series as it is and half as large again,
// and every day for false alarms.
func watch(values []float64, from int) (alarms, found, tried int) {
	for i := from; i < len(values); i++ {
		if Judge(values[:i], values[i]).Alarm {
			alarms++
		}
		if i%3 == 0 {
			tried++
			if Judge(values[:i], 1.5*values[i]).Alarm {
				found++
			}
		}
	}
	return alarms, found, tried
}

// TestSpikesAreFound in days such as a working team makes, that scatter by a tenth.
func TestSpikesAreFound(t *testing.T) {
	var alarms, found, tried, days int
	for seed := range uint64(4) {
		var values []float64
		for _, d := range working(seed, time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), 400, 0.09) {
			values = append(values, d.Value)
		}
		a, f, n := watch(values, 60)
		alarms, found, tried, days = alarms+a, found+f, tried+n, days+len(values)-60
	}
	if part, monthly := float64(found)/float64(tried), float64(alarms)*30.44/float64(days); part < 0.85 || monthly > 0.6 {
		t.Errorf("%.1f %% found at %.2f false alarms a month", 100*part, monthly)
	}
}

func TestJudgeIsSound(t *testing.T) {
	if Judge(make([]float64, anomalyLeast-1), 1e6).Known {
		t.Error("something is said about too few days")
	}
	rapid.Check(t, func(t *rapid.T) {
		history := rapid.SliceOfN(rapid.OneOf(rapid.Just(0.0), rapid.Just(7.0), rapid.Float64Range(0, 1e6)), 25, 120).Draw(t, "history")
		day := rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(0, 1e9)).Draw(t, "day")
		u := Judge(history, day)
		if u.Known != (len(history) >= anomalyLeast) || u.Alarm != (u.Known && u.Score > u.Limit) {
			t.Fatalf("%+v of %d days", u, len(history))
		}
		for _, x := range []float64{u.Expected, u.Score, u.Limit} {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				t.Fatalf("%+v", u)
			}
		}
		if more := Judge(history, day*2+1); more.Score < u.Score-1e-9 {
			t.Fatalf("%v is less unusual than %v", more, u)
		}
	})
}

// TestPlainDaysAreNoNews: what has always been so, and what is a little more.
func TestPlainDaysAreNoNews(t *testing.T) {
	var history []float64
	for i := range 100 {
		history = append(history, []float64{50, 52, 51, 49, 50, 5, 4}[i%7])
	}
	usual := []float64{50, 52, 51, 49, 50, 5, 4}[100%7]
	if u := Judge(history, usual*1.05); u.Alarm || math.Abs(u.Expected-usual) > 2 {
		t.Errorf("%+v", u)
	}
	if u := Judge(history, 3*usual); !u.Alarm {
		t.Errorf("%+v", u)
	}
	if u := Judge(history, 0); u.Alarm {
		t.Errorf("a day without spend: %+v", u)
	}
}
