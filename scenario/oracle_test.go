package scenario

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tokpit/report"
	"tokpit/usage"
)

// rewritten is the cube with other dimensions and measures, cell by cell.
func rewritten(c *usage.Cube, change func(*usage.Dims, *usage.Measures)) *usage.Cube {
	b := usage.NewBuilder(c.Len())
	for i := range c.Len() {
		d, m := c.Sets[c.Set[i]], c.MeasuresAt(i)
		change(&d, &m)
		b.Add(c.Slot[i], c.Width[i], b.Set(d), m)
	}
	return b.Cube()
}

// TestSwapsSayWhatReportsSay: a whole swap between models that cut text alike
// costs what a report says of usage that had been the other model's.
func TestSwapsSayWhatReportsSay(t *testing.T) {
	pairs := [][2]string{{"gpt-5", "gpt-5.6-luna"}, {"gpt-5.6-luna", "gpt-5.4"}, {"gpt-4o", "gpt-5.6-sol"}, {"deepseek-v4-pro", "deepseek-v4-flash"}, {"claude-opus-4-6", "claude-haiku-4-5"}}
	rapid.Check(t, func(t *rapid.T) {
		b := anyBase(t)
		pair := rapid.SampledFrom(pairs).Draw(t, "pair")
		var from usage.Dims
		for i := range b.cube.Sets {
			if b.cube.Sets[i].Model == pair[0] {
				from = b.cube.Sets[i]
			}
		}
		if from.Model == "" {
			return
		}
		r := ran(t, b, []Lever{mustParse(t, "swap "+from.Provider+"/"+pair[0]+"="+from.Provider+"/"+pair[1])})
		parts(t, r)
		cube := rewritten(b.cube, func(d *usage.Dims, _ *usage.Measures) {
			if d.Model == pair[0] {
				d.Model = pair[1]
			}
		})
		if from.Provider == "deepseek" { // not measured: the figure is likely, not sure
			r.After.Low, r.After.High = report.Sum{}.Low, report.Sum{}.High
		}
		agrees(t, b, cube, r)
	})
}

// TestTiersSayWhatReportsSay: n times the requests, in another tier, is a report of cells n
// times as large.
func TestTiersSayWhatReportsSay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := anyBase(t)
		r := ran(t, b, []Lever{mustParse(t, "priority 100% @model=gpt-5,model=gpt-4o"), mustParse(t, "growth 3x"), mustParse(t, "choices 2")})
		parts(t, r)
		cube := rewritten(b.cube, func(d *usage.Dims, m *usage.Measures) {
			if d.Model == "gpt-5" || d.Model == "gpt-4o" {
				d.Tier = "priority"
			}
			var all usage.Measures
			for range 3 {
				all = all.Add(*m)
			}
			all.Output, all.Reasoning = 2*all.Output, 2*all.Reasoning
			*m = all
		})
		agrees(t, b, cube, r)
	})
}

func mustParse(t tester, s string) Lever {
	l, err := ParseLever(s)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return l
}

func agrees(t tester, b *Base, cube *usage.Cube, r *Result) {
	t.Helper()
	in := b.input
	want, err := report.Run(cube, in.Book, in.Plans, in.Query, in.AsOf)
	if err != nil {
		t.Fatalf("%v", err)
	}
	w, got := &want.Total, &r.After
	if w.Cost != got.Cost || w.Cash != got.Cash || w.Tokens != got.Tokens || !slices.Equal(w.Quantities, got.Quantities) || w.UnpricedTokens != got.UnpricedTokens ||
		!got.High.IsZero() && (w.Low != got.Low || w.High != got.High) {
		t.Fatalf("after is\n%+v, a report says\n%+v", *got, *w)
	}
}
