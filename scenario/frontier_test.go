package scenario

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tokpit/money"
	"tokpit/pricing"
)

func TestFrontier(t *testing.T) {
	mark := func(name string, cost int64, value Points) Mark {
		return Mark{Model: pricing.ModelRef{Model: name}, Cost: money.FromUnits(cost), Value: value}
	}
	in := []Mark{mark("dear", 10, 90), mark("waste", 12, 80), mark("cheap", 1, 30), mark("mid", 5, 70), mark("twin", 5, 70), mark("worse", 5, 60)}
	before := slices.Clone(in)
	names := func(lower bool) (out []string) {
		for _, m := range Frontier(in, lower) {
			if m.Best {
				out = append(out, m.Model.Model)
			}
		}
		return out
	}
	if got := names(false); !slices.Equal(got, []string{"cheap", "mid", "twin", "dear"}) {
		t.Errorf("%v", got)
	}
	if got := names(true); !slices.Equal(got, []string{"cheap"}) {
		t.Errorf("%v", got)
	}
	if !slices.Equal(in, before) {
		t.Error("the argument was changed")
	}
	if Frontier(nil, false) != nil {
		t.Error("no marks are no marks")
	}
}

// The naive definition, for every pair.
func TestFrontierIsWhatNothingBeats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lower := rapid.Bool().Draw(t, "lower")
		var in []Mark
		for range rapid.IntRange(0, 30).Draw(t, "n") {
			in = append(in, Mark{Cost: money.FromUnits(rapid.Int64Range(0, 6).Draw(t, "cost")), Value: Points(rapid.Int64Range(0, 6).Draw(t, "value"))})
		}
		out := Frontier(in, lower)
		if !slices.IsSortedFunc(out, func(a, b Mark) int { return a.Cost.Cmp(b.Cost) }) || len(out) != len(in) {
			t.Fatal("not sorted by cost")
		}
		for _, m := range out {
			beaten := slices.ContainsFunc(out, func(o Mark) bool {
				better, asGood := o.Value > m.Value, o.Value >= m.Value
				if lower {
					better, asGood = o.Value < m.Value, o.Value <= m.Value
				}
				return asGood && o.Cost.Cmp(m.Cost) <= 0 && (better || o.Cost.Cmp(m.Cost) < 0)
			})
			if m.Best == beaten {
				t.Fatalf("%+v: best %v, beaten %v", m, m.Best, beaten)
			}
		}
	})
}
