package scenario

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/usage"
)

func day(t testing.TB, s string) time.Time {
	t.Helper()
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if v, err := time.Parse(layout, s); err == nil {
			return v.UTC()
		}
	}
	t.Fatalf("bad time %q", s)
	return time.Time{}
}

// piece is one entry of a test cube.
type piece struct {
	when  string
	width uint8
	dims  usage.Dims
	m     usage.Measures
}

func cubeOf(t testing.TB, pieces ...piece) *usage.Cube {
	t.Helper()
	pieces = slices.Clone(pieces)
	slices.SortStableFunc(pieces, func(a, b piece) int { return cmp.Compare(usage.SlotOf(day(t, a.when)), usage.SlotOf(day(t, b.when))) })
	b := usage.NewBuilder(len(pieces))
	for _, p := range pieces {
		if p.dims.Basis == 0 {
			p.dims.Basis = usage.Reported
		}
		if p.m.Requests == 0 && p.m.Uncounted == 0 {
			p.m.Requests = 1
		}
		p.m.Records = 1
		b.Add(usage.SlotOf(day(t, p.when)), max(p.width, 1), b.Set(p.dims), p.m)
	}
	return b.Cube()
}

const noon = "2026-11-10T12:00:00Z"

func model(provider, name string) usage.Dims { return usage.Dims{Provider: provider, Model: name} }

// tokens is input, cache read, write 5m, write 1h, output, reasoning.
func tokens(requests int64, n ...int64) usage.Measures {
	n = append(n, make([]int64, 6)...)
	return usage.Measures{Requests: requests, Tokens: usage.Tokens{Input: n[0], CacheRead: n[1], CacheWrite5m: n[2], CacheWrite1h: n[3], Output: n[4], Reasoning: n[5]}}
}

func prepare(t testing.TB, cube *usage.Cube, plans ...pricing.Plan) *Base {
	t.Helper()
	b, err := Prepare(Input{Cube: cube, Book: pricing.Embedded(), Plans: plans, AsOf: day(t, "2026-11-21T00:00:00Z")})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func levers(t testing.TB, texts ...string) []Lever {
	t.Helper()
	var out []Lever
	for _, s := range texts {
		l, err := ParseLever(s)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, l)
	}
	return out
}

func run(t testing.TB, b *Base, texts ...string) *Result {
	t.Helper()
	r, err := b.Run(levers(t, texts...))
	if err != nil {
		t.Fatal(err)
	}
	checkParts(t, r)
	return r
}

// checkParts asserts what holds of every result.
func checkParts(t testing.TB, r *Result) {
	t.Helper()
	var cost, cash money.Amount
	for _, l := range r.Levers {
		cost, cash = cost.Add(l.Cost), cash.Add(l.Cash)
		if l.CostLow.Cmp(l.Cost) > 0 || l.CostHigh.Cmp(l.Cost) < 0 {
			t.Errorf("%s: %s is not in %s to %s", l.Lever, l.Cost, l.CostLow, l.CostHigh)
		}
	}
	if cost != r.Delta() || cash != r.CashDelta() {
		t.Errorf("parts are %s and %s, the difference %s and %s", cost, cash, r.Delta(), r.CashDelta())
	}
	sums := [2]report.Sum{}
	for _, row := range r.Models {
		for i, s := range []report.Sum{row.Before, row.After} {
			sums[i].Cost, sums[i].Tokens, sums[i].UnpricedTokens = sums[i].Cost.Add(s.Cost), sums[i].Tokens.Add(s.Tokens), sums[i].UnpricedTokens+s.UnpricedTokens
			sums[i].Low, sums[i].High = sums[i].Low.Add(s.Low), sums[i].High.Add(s.High)
		}
	}
	for i, s := range []report.Sum{r.Before, r.After} {
		if s.Cost != sums[i].Cost || s.Tokens != sums[i].Tokens || s.UnpricedTokens != sums[i].UnpricedTokens || s.Low != sums[i].Low || s.High != sums[i].High {
			t.Errorf("rows %d add up to %+v, the total is %+v", i, sums[i], s)
		}
	}
}

func noted(notes []report.Note, code string) bool {
	return slices.ContainsFunc(notes, func(n report.Note) bool { return n.Code == code })
}

// gpt-4o: 2.50 input, 1.25 cached, 10 output; gpt-4o-mini: 0.15, 0.075, 0.60 per
// million; both count with o200k_base.
func fourO(t testing.TB) *usage.Cube {
	return cubeOf(t, piece{noon, 1, model("openai", "gpt-4o"), tokens(100, 1_000_000, 0, 0, 0, 200_000)})
}

func TestGoldens(t *testing.T) {
	// Before: 1,000,000 × 2.50/M + 200,000 × 10/M = 2.5 + 2 = 4.5.
	for _, c := range []struct{ lever, after string }{
		{"growth 2x", "9"},                       // twice everything
		{"growth +50%", "6.75"},                  // 4.5 × 1.5
		{"choices 3", "8.5"},                     // 2.5 + 3 × 2
		{"input -20%", "4"},                      // 2.5 × 0.8 + 2
		{"output -50%", "3.5"},                   // 2.5 + 2 × 0.5
		{"batch 30%", "3.825"},                   // 0.7 × 4.5 + 0.3 × 2.25
		{"batch 100%", "2.25"},                   // half of everything
		{"price gpt-4o -10%", "4.05"},            // 4.5 × 0.9
		{"price gpt-4o=input:2,output:8", "3.6"}, // 2 + 0.2 × 8
		{"swap gpt-4o=gpt-4o-mini", "0.27"},      // 0.15 + 0.2 × 0.6
		{"swap gpt-4o=gpt-4o-mini:60%", "1.962"}, // 0.4 × 4.5 + 0.6 × 0.27
		{"fine-tune gpt-4o=gpt-4o-mini training=10 rate=2x saved=40%", "0.42"}, // 2 × (0.6 × 0.15 + 0.12)
	} {
		r := run(t, prepare(t, fourO(t)), c.lever)
		if got := r.After.Cost.String(); got != c.after || r.Before.Cost.String() != "4.5" {
			t.Errorf("%s: %s becomes %s, want %s; %v", c.lever, r.Before.Cost, got, c.after, r.Notes)
		}
	}
}
