package scenario

import (
	"testing"
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// golden is one lever over one piece of usage, computed by hand. Rates are USD per
// million tokens as of 2026-11-10.
type golden struct {
	name          string
	d             usage.Dims
	m             usage.Measures
	levers        []string
	before, after string
	low, high     string // "" is after
	note          string // a code that must be among the notes
}

func goldens() []golden {
	opus := model("anthropic", "claude-opus-4-6")           // 5 in, 0.50 read, 6.25 and 10 write, 25 out
	luna := banded(model("openai", "gpt-5.6-luna"), 10_000) // 0.20 in, 0.02 read, 0.25 write, 1.20 out
	five := model("openai", "gpt-5")                        // 1.25 in, 0.125 read, 10 out
	long := model("google", "gemini-2.5-pro")               // 1.25 in, above 200,000 2.50; 10 out, 15
	long.Band = pricing.Embedded().Edges().Band(240_000)
	million := tokens(100, 1_000_000)
	return []golden{
		// 700,000 × 0.50 + 300,000 × 6.25: everything else counts as written.
		{"hits", opus, million, []string{"cache-hit 70%"}, "5", "2.225", "", "", "cache-written"},
		// Written 700,000/9 × 6.25 = 0.48611…, fresh 300,000 - 700,000/9 at 5 = 1.111…, read 0.35.
		{"hits reused", opus, million, []string{"cache-hit 70% reuse=9"}, "5", "1.947222222222222222", "", "", "cache-break-even"},
		// The same with writes at 10: 0.777… + 1.111… + 0.35.
		{"hits for an hour", opus, million, []string{"cache-hit 70% reuse=9 ttl=1h"}, "5", "2.238888888888888889", "", "", "cache-break-even"},
		// The higher of two targets holds, whatever their order: 0.9 × 0.50 + 0.1 × 6.25.
		{"two targets", opus, million, []string{"cache-hit 9%", "cache-hit 90%"}, "5", "1.075", "", "", "cache-written"},
		// 9 reads for each write: at most 9/10. 900,000 × 0.50 + 100,000 × 6.25.
		{"hits capped", opus, million, []string{"cache-hit 95% reuse=9"}, "5", "1.075", "", "", "cache-reuse"},
		// 1,000 tokens a request, and 4,096 is the least that is cached.
		{"too short", opus, tokens(1000, 1_000_000), []string{"cache-hit 70%"}, "5", "5", "", "", "cache-minimum"},
		// 5 reads for each write so far: 750,000 read, 150,000 written, 100,000 fresh.
		{"reuse from the usage", opus, tokens(100, 400_000, 500_000, 100_000), []string{"cache-hit 75%"}, "2.875", "1.8125", "", "", ""},
		// The hit rate is 50 % already.
		{"already", opus, tokens(100, 400_000, 500_000, 100_000), []string{"cache-hit 40%"}, "2.875", "2.875", "", "", "cache-above"},
		// 500,000 × 0.02 + 125,000 × 0.25 + 375,000 × 0.20.
		{"write premium", luna, million, []string{"cache-hit 50% reuse=4 ttl=1h"}, "0.2", "0.11625", "", "", "cache-ttl"},
		// No premium: 500,000 × 0.125 + 500,000 × 1.25.
		{"no premium", five, million, []string{"cache-hit 50%"}, "1.25", "0.6875", "", "", ""},
		// 60 % (30 to 90): 0.6 × 0.125 + 0.4 × 1.25 = 0.575; 0.2375 at 90 %, 0.9125 at 30 %.
		{"hits in a range", five, million, []string{"cache-hit 30%..60%..90%"}, "1.25", "0.575", "0.2375", "0.9125", ""},
		// Half of everything, cached too: (1.25 + 0.125 + 1) / 2.
		{"batch with a cache", five, tokens(10, 1_000_000, 1_000_000, 0, 0, 100_000), []string{"batch 100%"}, "2.375", "1.1875", "", "", ""},
		// GPT-4.1's batches bill what a cache serves like input: 1 + 1 in place of 2 + 0.5.
		{"batch without one", model("openai", "gpt-4.1"), tokens(10, 1_000_000, 1_000_000), []string{"batch 100%"}, "2.5", "2", "", "", ""},
		{"no such tier", banded(model("xai", "grok-4.3"), 10_000), million, []string{"batch 100%"}, "1.25", "1.25", "", "", "tier-missing"},
		// 40,000 answered + half of 60,000 thought.
		{"effort", five, tokens(10, 0, 0, 0, 0, 100_000, 60_000), []string{"effort -50%"}, "1", "0.7", "", "", ""},
		{"nothing thought", five, tokens(10, 0, 0, 0, 0, 100_000), []string{"effort -50%"}, "1", "1", "", "", "no-reasoning"},
		// A mean of 10,000 against 4,000: 40,000 × 10/M.
		{"cap on a mean", five, tokens(10, 0, 0, 0, 0, 100_000), []string{"output-cap 4000"}, "1", "0.4", "", "", "cap-mean"},
		// Two completions may each have 4,000.
		{"cap on completions", five, tokens(10, 0, 0, 0, 0, 100_000), []string{"output-cap 4000", "choices 2"}, "1", "0.8", "", "", "cap-mean"},
		{"cap unknown", five, usage.Measures{Uncounted: 1, Tokens: usage.Tokens{Output: 100_000}}, []string{"output-cap 4000"}, "1", "1", "", "", "no-requests"},
		// 192,000 tokens a request: 0.24 at 1.25. Without records the band says 160,000
		// to 271,999, so 2.50 is possible.
		{"shorter than long", long, tokens(1, 240_000), []string{"input -20%"}, "0.6", "0.24", "0.24", "0.48", ""},
		// 240,000 stays above 200,000 when it grows.
		{"longer than long", long, tokens(1, 240_000), []string{"input +50%"}, "0.6", "0.9", "", "", ""},
		// Announced for 2027-01-01: 0.75 becomes 1.50.
		{"scheduled", model("google", "gemini-3.8-flash"), million, []string{"prices-at 2027-01-02"}, "0.75", "1.5", "", "", ""},
		{"no price", five, million, []string{"swap gpt-5=no-such-model"}, "1.25", "1.25", "", "", "unpriced-target"},
		{"no price before", model("openai", "no-such-model"), million, []string{"swap no-such-model=gpt-5"}, "0", "0", "", "", "unpriced-source"},
		// Prose for Claude 3 to 4.6: 1.16 (1.04 for prose, 1.50 for data) tokens for one of
		// o200k_base. 1.16 × (1,000,000 × 5 + 200,000 × 25) = 11.6.
		{"another tokenizer", model("openai", "gpt-4o"), tokens(100, 1_000_000, 0, 0, 0, 200_000), []string{"swap gpt-4o=claude-opus-4-6"}, "4.5", "11.6", "10.4", "15", "token-ratio"},
		// 300,000 a request do not fit 128,000: 1,200,000 × 2.50.
		{"window", banded(five, 300_000), tokens(4, 1_200_000), []string{"swap gpt-5=gpt-4o"}, "1.5", "3", "", "", "window"},
		// A price for what had none is no increase.
		{"priced now", model("openai", "no-such-model"), million, []string{"price no-such-model=input:1,output:2"}, "0", "1", "", "", "priced-now"},
		// Searches cost what they did: 10 × 0.01 and 1.25 × 0.5.
		{"units keep their price", five, usage.Measures{Requests: 1, Tokens: usage.Tokens{Input: 1_000_000}, Quantities: []usage.Quantity{{Meter: "web_search", N: 10}}},
			[]string{"price gpt-5 -50%"}, "1.35", "0.725", "", "", ""},
		// and are as many more as the requests.
		{"units grow", five, usage.Measures{Requests: 1, Tokens: usage.Tokens{Input: 1_000_000}, Quantities: []usage.Quantity{{Meter: "web_search", N: 10}}},
			[]string{"growth 2x"}, "1.35", "2.7", "", "", ""},
		{"no usage", five, million, []string{"swap gpt-4o=gpt-5"}, "1.25", "1.25", "", "", "no-usage"},
		// 1.25 × 2 × (0.5 + 0.5 × 0.5 of the batch) × 0.8 × 0.9.
		{"several", five, million, []string{"price gpt-5 -10%", "batch 50%", "input -20%", "growth 2x"}, "1.25", "1.35", "", "", ""},
	}
}

func banded(d usage.Dims, total int64) usage.Dims {
	d.Band = pricing.Embedded().Edges().Band(total)
	return d
}

func TestLeversByHand(t *testing.T) {
	for _, g := range goldens() {
		t.Run(g.name, func(t *testing.T) {
			r := run(t, prepare(t, cubeOf(t, piece{noon, 1, g.d, g.m})), g.levers...)
			if g.low == "" {
				g.low, g.high = g.after, g.after
			}
			for what, x := range map[string][2]string{"before": {r.Before.Cost.String(), g.before}, "after": {r.After.Cost.String(), g.after},
				"low": {r.After.Low.String(), g.low}, "high": {r.After.High.String(), g.high}} {
				if x[0] != x[1] {
					t.Errorf("%s is %s, want %s", what, x[0], x[1])
				}
			}
			if g.note != "" && !noted(r.Notes, g.note) {
				t.Errorf("no note %s in %v", g.note, r.Notes)
			}
		})
	}
}

// TestSwapsAreSimultaneous: what a swap has brought is not swapped again.
func TestSwapsAreSimultaneous(t *testing.T) {
	// gpt-4o 1,000,000 × 2.50, gpt-4o-mini 2,000,000 × 0.15.
	b := prepare(t, cubeOf(t, piece{noon, 1, model("openai", "gpt-4o"), tokens(1, 1_000_000)}, piece{noon, 1, model("openai", "gpt-4o-mini"), tokens(1, 2_000_000)}))
	r := run(t, b, "swap gpt-4o=gpt-4o-mini:50%", "swap gpt-4o-mini=gpt-4o")
	// gpt-4o: 500,000 of its own and 2,000,000; gpt-4o-mini: 500,000.
	want := map[string]string{"gpt-4o": "6.25", "gpt-4o-mini": "0.075"}
	for _, row := range r.Models {
		if row.After.Cost.String() != want[row.Model] {
			t.Errorf("%s costs %s, want %s", row.Model, row.After.Cost, want[row.Model])
		}
	}
	// In the order of their text: 2,000,000 × (2.50 - 0.15), then -2.50/2 + 0.075.
	if a, b := r.Levers[0].Cost.String(), r.Levers[1].Cost.String(); a != "4.7" || b != "-1.175" {
		t.Errorf("contributions are %s and %s", a, b)
	}
}

// TestPlansPay: usage under a plan costs no cash, whatever a lever does to it.
func TestPlansPay(t *testing.T) {
	d := model("anthropic", "claude-opus-4-6")
	d.Source, d.Basis = "claude-code", usage.Logged
	plan := pricing.Plan{Source: "claude-code", Monthly: money.FromUnits(30), Currency: "USD", From: day(t, "2026-11-01")}
	r := run(t, prepare(t, cubeOf(t, piece{noon, 1, d, tokens(1, 1_000_000)}), plan), "input -50%")
	if r.Delta().String() != "-2.5" || !r.CashDelta().IsZero() || r.Levers[0].Cash.Sign() != 0 || r.Before.Cash != r.After.Cash || r.After.PlanCost.String() != "2.5" {
		t.Errorf("cost %s, cash %s of %s", r.Delta(), r.CashDelta(), r.After.Cash)
	}
}

// TestPricesOfTheTime: a swap is priced by what the other model cost at the time.
func TestPricesOfTheTime(t *testing.T) {
	five := model("openai", "gpt-5")
	// gpt-5.6-luna went from 1 to 0.20 on 2026-07-30.
	b := prepare(t, cubeOf(t, piece{"2026-07-29T23:45:00Z", 1, five, tokens(1, 1_000_000)}, piece{"2026-07-30T00:00:00Z", 1, five, tokens(1, 1_000_000)}))
	if r := run(t, b, "swap gpt-5=gpt-5.6-luna"); r.After.Cost.String() != "1.2" {
		t.Errorf("%s, want 1.2", r.After.Cost)
	}
	// A bucket of the provider that holds the change (16:00) is a range.
	b = prepare(t, cubeOf(t, piece{"2026-08-16T00:00:00Z", 96, model("deepseek", "deepseek-v4-pro"), tokens(1, 1_000_000)}))
	if r := run(t, b, "swap deepseek-v4-pro=deepseek-v4-flash"); !r.After.Ranged {
		t.Errorf("%s to %s is no range", r.After.Low, r.After.High)
	}
}

// TestScopesLimit: a lever changes what is in its scope only.
func TestScopesLimit(t *testing.T) {
	web, api := model("openai", "gpt-5"), model("openai", "gpt-5")
	web.Project, api.Project = "web", "api"
	b := prepare(t, cubeOf(t, piece{noon, 1, web, tokens(1, 1_000_000)}, piece{noon, 1, api, tokens(1, 2_000_000)}))
	r := run(t, b, "input -40% @project=web", "input -20% @project=api")
	// -0.4 × 1.25 and -0.2 × 2.50; in the order of their text.
	if r.Levers[0].Cost.String() != "-0.5" || r.Levers[1].Cost.String() != "-0.5" || r.After.Cost.String() != "2.75" {
		t.Errorf("%v", r.Levers)
	}
}

// TestPayback: a fine-tune earns its training at the pace of the span.
func TestPayback(t *testing.T) {
	b := prepare(t, cubeOf(t, piece{"2026-11-11T00:00:00Z", 1, model("openai", "gpt-4o"), tokens(100, 100_000_000)}))
	// 250 becomes 2 × 0.6 × 15 = 18: 232 in the ten days to 2026-11-21. 1,160 take 50 days.
	r := run(t, b, "fine-tune gpt-4o=gpt-4o-mini training=1160 rate=2x saved=40%")
	if r.Delta().String() != "-232" || r.Training.String() != "1160" || !r.Levers[0].Payback.Equal(day(t, "2027-01-10")) {
		t.Errorf("%s, %s, %s", r.Delta(), r.Training, r.Levers[0].Payback)
	}
	if r.PerDay(r.Delta()).String() != "-23.2" || r.PerMonth(r.Delta()).Format(4) != "-705.6667" || r.Span.Until.Sub(r.Span.Since) != 10*24*time.Hour {
		t.Errorf("%s a day, %s a month", r.PerDay(r.Delta()), r.PerMonth(r.Delta()))
	}
}

// TestAgentsWait: batches are not for people who wait, unless they are meant.
func TestAgentsWait(t *testing.T) {
	d := model("openai", "gpt-5")
	d.Source, d.Basis = "codex", usage.Logged
	b := prepare(t, cubeOf(t, piece{noon, 1, d, tokens(1, 1_000_000)}))
	if r := run(t, b, "batch 100%"); !r.Delta().IsZero() || !noted(r.Notes, "interactive") {
		t.Errorf("%s, %v", r.Delta(), r.Notes)
	}
	if r := run(t, b, "batch 100% interactive"); r.Delta().String() != "-0.625" {
		t.Errorf("%s", r.Delta())
	}
}

// TestTokensAddUp: thirds are shown by largest remainder.
func TestTokensAddUp(t *testing.T) {
	b := prepare(t, cubeOf(t, piece{noon, 1, model("openai", "gpt-4o"), tokens(1, 100)}))
	r := run(t, b, "swap gpt-4o=gpt-4o-mini:33.3333%", "swap gpt-4o=gpt-4.1:33.3333%")
	want := map[string]int64{"gpt-4o": 34, "gpt-4o-mini": 33, "gpt-4.1": 33}
	for _, row := range r.Models {
		if row.After.Tokens.Input != want[row.Model] {
			t.Errorf("%s has %d tokens", row.Model, row.After.Tokens.Input)
		}
	}
}

// TestNeutralLeversSayNothing: a slider where it changes nothing is no trouble.
func TestNeutralLeversSayNothing(t *testing.T) {
	b := prepare(t, cubeOf(t, piece{noon, 1, banded(model("openai", "gpt-5"), 10_000), tokens(100, 1_000_000)}))
	for _, text := range []string{"growth +0%", "input +0%", "choices 1", "swap gpt-5=gpt-5-mini:0%", "batch 0%", "cache-hit 0%"} {
		if r := run(t, b, text); !r.Delta().IsZero() || r.Levers[0].Applied || noted(r.Notes, "no-usage") || !r.Known {
			t.Errorf("%s: %s, %v", text, r.Delta(), r.Notes)
		}
	}
}

// TestEveryModelThatCanBeCompared: what has no price takes no part in a swap of
// every model, and does not take its figure away.
func TestEveryModelThatCanBeCompared(t *testing.T) {
	b := prepare(t, cubeOf(t, piece{noon, 1, model("openai", "gpt-4o"), tokens(1, 1_000_000)}, piece{noon, 1, model("own", "no-such-model"), tokens(1, 1_000_000)}))
	r := run(t, b, "swap *=gpt-4o-mini")
	if !r.Known || r.After.Cost.String() != "0.15" || r.After.UnpricedTokens != 1_000_000 || !noted(r.Notes, "unpriced-source") {
		t.Errorf("known %t, %s, %d without a price, %v", r.Known, r.After.Cost, r.After.UnpricedTokens, r.Notes)
	}
	r = run(t, b, "swap own/no-such-model=openai/gpt-4o-mini")
	if r.Known || !r.Delta().IsZero() {
		t.Errorf("known %t, %s", r.Known, r.Delta())
	}
	for _, row := range r.Models {
		if row.Known != (row.Model == "gpt-4o") {
			t.Errorf("%s: known %t", row.Model, row.Known)
		}
	}
}
