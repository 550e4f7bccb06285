package scenario

import (
	"cmp"
	"slices"
	"strings"

	"tokpit/money"
	"tokpit/pricing"
)

// Mark is one model on a chart of what it costs against what it gives.
type Mark struct {
	Model  pricing.ModelRef
	Effort string // that the value was measured at, "" if it is not said
	Cost   money.Amount
	Value  Points // a score, or seconds
	// Interval is the 95 % interval of a score, nil where it is one figure.
	Interval *Interval
	Current  bool // what is in use now
	// Best: no other mark costs less, or as much, and gives more, or as much,
	// with one of the two differing.
	Best bool
}

// Frontier sorts marks by cost and marks those that nothing beats on both sides:
// the ones that are worth a choice. Values are better the higher they are, or
// the lower where lower is true, as with latency. It does not change its
// argument. An interval is not looked at: two marks whose intervals overlap may
// change places, and a chart should draw them.
func Frontier(marks []Mark, lower bool) []Mark {
	out := slices.Clone(marks)
	worth := func(m *Mark) Points {
		if lower {
			return -m.Value
		}
		return m.Value
	}
	slices.SortStableFunc(out, func(a, b Mark) int {
		return cmp.Or(a.Cost.Cmp(b.Cost), cmp.Compare(worth(&b), worth(&a)), strings.Compare(a.Model.Provider, b.Model.Provider), strings.Compare(a.Model.Model, b.Model.Model), strings.Compare(a.Effort, b.Effort))
	})
	var best *Mark
	for i := range out {
		m := &out[i]
		m.Best = best == nil || worth(m) > worth(best) || worth(m) == worth(best) && m.Cost == best.Cost
		if m.Best {
			best = m
		}
	}
	return out
}
