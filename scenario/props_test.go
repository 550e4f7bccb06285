package scenario

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/usage"
)

// anyCube draws usage of many kinds: bands, tiers, coarse cells, quantities,
// models without a price, prices that change, usage under a plan.
func anyCube(t *rapid.T) *usage.Cube {
	models := []usage.Dims{model("openai", "gpt-4o"), model("openai", "gpt-5"), model("openai", "gpt-5-mini"), model("openai", "gpt-5.6-luna"),
		model("anthropic", "claude-sonnet-4-5"), model("anthropic", "claude-opus-4-6"), model("google", "gemini-2.5-pro"),
		model("deepseek", "deepseek-v4-flash"), model("deepseek", "deepseek-v4-pro"), model("xai", "grok-4.3"), model("openai", "no-such-model"), model("openai", "gpt-4o-2024-08-06")}
	edges := pricing.Embedded().Edges()
	n := rapid.IntRange(0, 60).Draw(t, "cells")
	type one struct {
		slot  usage.Slot
		width uint8
		d     usage.Dims
		m     usage.Measures
	}
	var list []one
	first := usage.SlotOf(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC))
	for range n {
		d := rapid.SampledFrom(models).Draw(t, "model")
		d.Tier = rapid.SampledFrom([]string{"", "", "batch", "priority"}).Draw(t, "tier")
		d.Basis = rapid.SampledFrom([]usage.Basis{usage.Logged, usage.Reported}).Draw(t, "basis")
		d.Project = rapid.SampledFrom([]string{"", "web", "api"}).Draw(t, "project")
		d.Source = "api"
		if d.Basis == usage.Logged {
			d.Source, d.Account = rapid.SampledFrom([]string{"codex", "claude-code"}).Draw(t, "source"), "mine"
		}
		count := func(name string, most int64) int64 { return rapid.Int64Range(0, most).Draw(t, name) }
		m := usage.Measures{Records: 1, Requests: count("requests", 5), Tokens: usage.Tokens{Input: count("input", 400_000), CacheRead: count("read", 400_000),
			CacheWrite5m: count("write", 50_000), CacheWrite1h: count("write1h", 5_000), Output: count("output", 30_000)}}
		m.Reasoning = rapid.Int64Range(0, m.Output).Draw(t, "reasoning")
		if m.Requests == 0 {
			m.Uncounted = 1
		}
		if rapid.IntRange(0, 5).Draw(t, "searches") == 0 {
			m.Quantities = []usage.Quantity{{Meter: "web_search", N: count("n", 9) + 1}}
		}
		if rapid.Bool().Draw(t, "banded") {
			d.Band = edges.Band(m.TotalInput())
		}
		width := rapid.SampledFrom([]uint8{1, 1, 4, 96}).Draw(t, "width")
		slot := first + usage.Slot(rapid.IntRange(0, 140*96).Draw(t, "slot"))
		slot -= slot % usage.Slot(width)
		list = append(list, one{slot, width, d, m})
	}
	slices.SortStableFunc(list, func(a, b one) int { return int(a.slot) - int(b.slot) })
	b := usage.NewBuilder(n)
	for _, x := range list {
		b.Add(x.slot, x.width, b.Set(x.d), x.m)
	}
	return b.Cube()
}

func anyBase(t *rapid.T) *Base {
	in := Input{Cube: anyCube(t), Book: pricing.Embedded(), AsOf: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)}
	if rapid.Bool().Draw(t, "plan") {
		in.Plans = []pricing.Plan{{Source: "claude-code", Monthly: money.FromUnits(100), Currency: "USD", From: time.Date(2026, 8, 5, 0, 0, 0, 0, time.UTC)}}
	}
	if rapid.Bool().Draw(t, "filter") {
		in.Query.Filter = map[usage.Dimension][]string{usage.ByProject: {"web", ""}}
	}
	if rapid.Bool().Draw(t, "span") {
		in.Query.Since, in.Query.Until = time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 7, 5, 0, 0, 0, time.UTC)
	}
	b, err := Prepare(in)
	if err != nil {
		t.Fatal(err)
	}
	want, err := report.Run(in.Cube, in.Book, in.Plans, in.Query, in.AsOf)
	if err != nil {
		t.Fatal(err)
	}
	// The engine's own arithmetic says what the report says.
	var r running
	r.b = b
	var sums [variants]money.Amount
	for i := range b.partitions[0].classes {
		c := &b.partitions[0].classes[i]
		s := state{newBranch(c)}
		r.cutGroups(c, s, nil, nil, nil)
		for v := range sums {
			sums[v] = sums[v].Add(r.cost(s, v))
		}
	}
	for v, x := range [variants]money.Amount{likely: want.Total.Cost, lowest: want.Total.Low, highest: want.Total.High} {
		if sums[v] != x && want.Total.Priced {
			t.Fatalf("variant %d costs %s, a report says %s", v, sums[v], x)
		}
	}
	return b
}

var leverTexts = []string{"growth 2x", "growth +10%..+20%..+50%", "choices 2", "swap gpt-5=gpt-5-mini:60%", "swap gpt-5=gpt-4o:25%", "swap gpt-4o=anthropic/claude-sonnet-4-5:50%",
	"swap claude-sonnet-4-5=deepseek/deepseek-v4-flash", "swap gemini-2.5-pro=no-such-model", "swap gpt-5.6-luna=gpt-5.6-terra:33.3333% @project=web", "fine-tune gpt-5-mini=gpt-4.1-mini:50% training=20 rate=2x saved=40%",
	"input -20%", "input -30%..-20%..+10% all", "input +70% all", "output -10%", "output-cap 2000", "effort -50%", "cache-hit 70%", "cache-hit 30%..60%..90% ttl=1h reuse=4",
	"batch 30%", "flex 50% interactive", "priority 10% @project=api", "price gpt-5 -15%", "price *=input:1,output:8", "prices-at 2026-12-15"}

func anyLevers(t *rapid.T) []Lever {
	var out []Lever
	for _, text := range rapid.SliceOfNDistinct(rapid.SampledFrom(leverTexts), 0, 6, rapid.ID[string]).Draw(t, "levers") {
		l, err := ParseLever(text)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, l)
	}
	return out
}

type tester interface {
	Helper()
	Errorf(string, ...any)
	Fatalf(string, ...any)
}

func ran(t tester, b *Base, levers []Lever) *Result {
	t.Helper()
	r, err := b.Run(levers)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return r
}

// TestProperties asserts what holds of any levers over any usage.
func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := anyBase(t)
		none := ran(t, b, nil)
		if !equalSums(&none.After, &b.before) {
			t.Fatalf("no levers make %+v of %+v", none.After, b.before)
		}
		list := anyLevers(t)
		r := ran(t, b, list)
		parts(t, r)
		mixed := slices.Clone(list)
		seed := rapid.Uint64().Draw(t, "seed")
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		if other := ran(t, b, mixed); !equalSums(&other.After, &r.After) || len(other.Levers) != len(r.Levers) {
			t.Fatalf("in another order: %+v and %+v", other.After, r.After)
		}
	})
}

func equalSums(a, b *report.Sum) bool {
	return a.Cost == b.Cost && a.Cash == b.Cash && a.Low == b.Low && a.High == b.High && a.Tokens == b.Tokens && a.Requests == b.Requests &&
		a.UnpricedTokens == b.UnpricedTokens && a.PlanCost == b.PlanCost && a.PlanFee == b.PlanFee && a.Priced == b.Priced && a.CashKnown == b.CashKnown
}

// TestGrowthScales: growth by whole numbers multiplies exactly.
func TestGrowthScales(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := anyBase(t)
		k := rapid.Int64Range(0, 50).Draw(t, "k")
		r := ran(t, b, []Lever{NewFactor(Growth, Exactly(Ratio(k)*Whole))})
		if want := times(b.before.Cost, k); r.After.Cost != want {
			t.Fatalf("%d × %s is %s, not %s", k, b.before.Cost, want, r.After.Cost)
		}
		if want := times(b.before.Cash.Sub(b.before.PlanFee), k).Add(b.before.PlanFee); r.After.Cash != want {
			t.Fatalf("cash is %s, not %s", r.After.Cash, want)
		}
		if r.After.Tokens.Total() != b.before.Tokens.Total()*k {
			t.Fatalf("%d tokens of %d", r.After.Tokens.Total(), b.before.Tokens.Total())
		}
	})
}

func times(a money.Amount, k int64) money.Amount { return money.NewRate(a).Times(k) }

// TestThereAndBack: a swap and one back is no change where the models cut text
// alike and none of the second was used before.
func TestThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := anyBase(t)
		a, other := pricing.ModelRef{Provider: "openai", Model: "gpt-5"}, pricing.ModelRef{Provider: "openai", Model: "gpt-4.1"}
		share := Ratio(rapid.Int64Range(0, int64(Whole)).Draw(t, "share"))
		r, err := b.RunChain([]Lever{NewSwap(a, other, share)}, []Lever{NewSwap(other, a, Whole)})
		if err != nil {
			t.Fatal(err)
		}
		parts(t, r)
		if !equalSums(&r.After, &r.Before) {
			t.Fatalf("%+v became %+v", r.Before, r.After)
		}
	})
}

// parts asserts that contributions and rows add up.
func parts(t tester, r *Result) {
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
	if r.After.Low.Cmp(r.After.Cost) > 0 || r.After.High.Cmp(r.After.Cost) < 0 {
		t.Errorf("%s is not in %s to %s", r.After.Cost, r.After.Low, r.After.High)
	}
	for i, total := range []report.Sum{r.Before, r.After} {
		var s report.Sum
		for _, row := range r.Models {
			x := [2]report.Sum{row.Before, row.After}[i]
			s.Cost, s.Tokens, s.UnpricedTokens = s.Cost.Add(x.Cost), s.Tokens.Add(x.Tokens), s.UnpricedTokens+x.UnpricedTokens
			s.Requests += max(x.Requests, 0)
		}
		if s.Cost != total.Cost || s.Tokens != total.Tokens || s.UnpricedTokens != total.UnpricedTokens || s.Requests != max(total.Requests, 0) {
			t.Errorf("rows %d add up to %+v, the total is %+v", i, s, total)
		}
	}
}

// TestFastIsExact holds the arithmetic in words against that in big numbers.
func TestFastIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := func(name string) uint64 { return rapid.Uint64Range(0, 1<<62).Draw(t, name) }
		f, g := quotient(n("a"), n("b")+1), quotient(n("c"), n("d")+1)
		for what, got := range map[string][2]*big.Rat{
			"product": {f.mul(g).rat(), new(big.Rat).Mul(f.rat(), g.rat())},
			"sum":     {f.add(g).rat(), new(big.Rat).Add(f.rat(), g.rat())},
		} {
			if got[0].Cmp(got[1]) != 0 {
				t.Fatalf("%s is %s, not %s", what, got[0], got[1])
			}
		}
		if d := new(big.Rat).Sub(f.rat(), g.rat()); d.Sign() >= 0 && f.sub(g).rat().Cmp(d) != 0 {
			t.Fatalf("%s - %s is %s", f.rat(), g.rat(), f.sub(g).rat())
		}
		if f.cmp(g) != f.rat().Cmp(g.rat()) {
			t.Fatal("comparison differs")
		}
		a, d := n("tokens"), rapid.Uint64Range(1, 1<<40).Draw(t, "den")
		var w wide
		b, c := rapid.Uint64Range(0, 1<<40).Draw(t, "num"), rapid.Uint64Range(0, 1<<50).Draw(t, "rate")
		if !w.addProduct(a, b, c) || !w.addProduct(c, b, a) {
			t.Fatal("does not fit")
		}
		x := new(big.Int).Mul(new(big.Int).Mul(new(big.Int).SetUint64(a), new(big.Int).SetUint64(b)), new(big.Int).SetUint64(c))
		want := roundBig(new(big.Rat).SetFrac(x.Lsh(x, 1), new(big.Int).SetUint64(d)))
		if got, ok := w.divide(d); ok && got != want {
			t.Fatalf("%s, not %s", got, want)
		}
	})
}
