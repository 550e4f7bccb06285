package scenario

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

func ranked(t testing.TB, b *Base, o RankOptions) *Ranking {
	t.Helper()
	r, err := b.Rank(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func board(t testing.TB, sets ...ScoreSet) *Scoreboard {
	t.Helper()
	s, err := NewScoreboard(pricing.Embedded(), sets)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (r *Ranking) find(title string) *Saving {
	for i := range r.Savings {
		if r.Savings[i].Title == title {
			return &r.Savings[i]
		}
	}
	return nil
}

// 1M input at 2.50 and 200k output at 10 are 4.50. gpt-4o-mini: 0.15 + 0.12.
func TestRankByHand(t *testing.T) {
	b := prepare(t, fourO(t))
	r := ranked(t, b, RankOptions{Scores: board(t)})
	if !r.ByCash || r.Before.Cost.String() != "4.5" || r.Currency != "USD" {
		t.Errorf("%+v", r)
	}
	mini := r.find("gpt-4o → gpt-4o-mini")
	if mini == nil || mini.Cost.String() != "-4.23" || mini.Cash.String() != "-4.23" || mini.Ranged || !mini.Known || mini.Part.String() != "4.5" || mini.Swap.Tokens != "" || !mini.Swap.KeepsWindow {
		t.Fatalf("%+v", mini)
	}
	if !mini.has("quality") || !mini.has("latency") {
		t.Errorf("%+v", mini.Caveats)
	}
	if haiku := r.find("gpt-4o → claude-haiku-4-5-20251001 (anthropic)"); haiku == nil || !haiku.Ranged || !haiku.has("tokens") || haiku.Swap.Tokens == "" {
		t.Errorf("%+v", haiku)
	}
	if batch := r.find("half of the traffic in batches"); batch == nil || batch.Cost.String() != "-1.125" || !batch.has("batch") {
		t.Errorf("%+v", batch)
	}
	if short := r.find("prompts a fifth shorter"); short == nil || short.Cost.String() != "-0.5" {
		t.Errorf("%+v", short)
	}
}

// What the ranking says of a change is what a run of it says.
func TestRankAgreesWithRun(t *testing.T) {
	b := prepare(t, manyModels(t, 4000, 12))
	r := ranked(t, b, RankOptions{Scores: board(t)})
	if len(r.Savings) < 50 {
		t.Fatalf("only %d savings", len(r.Savings))
	}
	for i := 0; i < len(r.Savings); i += 7 {
		s := &r.Savings[i]
		got, err := b.Run([]Lever{s.Lever})
		if err != nil {
			t.Fatal(err)
		}
		c := got.Levers[0]
		if c.Cost != s.Cost || c.Cash != s.Cash || c.CostLow != s.CostLow || c.CostHigh != s.CostHigh || c.Misfit != s.Misfit || c.Known != s.Known || got.PerMonth(c.Cost) != s.PerMonth {
			t.Errorf("%s: %s, a run says %s", s.Title, s.Cost, c.Cost)
		}
	}
}

func TestRankIsSortedAndCareful(t *testing.T) {
	b := prepare(t, manyModels(t, 4000, 20))
	r := ranked(t, b, RankOptions{Scores: board(t)})
	all := ranked(t, b, RankOptions{Scores: board(t), All: true})
	for _, list := range [][]Saving{r.Savings, all.Savings} {
		for i := range list {
			s := &list[i]
			if i > 0 && list[i-1].Cash.Cmp(s.Cash) > 0 {
				t.Errorf("%s before %s", list[i-1].Title, s.Title)
			}
			if s.Swap != nil && (!s.has("quality") || !s.has("latency")) {
				t.Errorf("%s says nothing of quality or latency: %+v", s.Title, s.Caveats)
			}
			if len(s.Caveats) == 0 {
				t.Errorf("%s has no caveats", s.Title)
			}
			if s.Swap != nil && s.Swap.To == s.Swap.From {
				t.Errorf("%s is no swap", s.Title)
			}
			if life, ok := b.book.Lifecycle(s.Lever.To.Provider, s.Lever.To.Model); s.Swap != nil && ok && life.StatusAt(b.asOf) == pricing.Retired {
				t.Errorf("%s is retired", s.Lever.To.Model)
			}
		}
	}
	for i := range r.Savings {
		if s := &r.Savings[i]; s.Cost.Sign() >= 0 && s.Cash.Sign() >= 0 {
			t.Errorf("%s saves nothing: %s", s.Title, s.Cost)
		}
	}
	if len(all.Savings) <= len(r.Savings) || r.Computed > r.Considered || len(r.LeftOut) == 0 {
		t.Errorf("%d of %d, considered %d, computed %d, %+v", len(r.Savings), len(all.Savings), r.Considered, r.Computed, r.LeftOut)
	}
	// The best of all is also the best of those that were chosen by list prices.
	if all.Savings[0].Title != r.Savings[0].Title {
		t.Errorf("%s and %s", all.Savings[0].Title, r.Savings[0].Title)
	}
	keep := ranked(t, b, RankOptions{Scores: board(t), KeepWindow: true})
	for i := range keep.Savings {
		if f := keep.Savings[i].Swap; f != nil && !f.KeepsWindow {
			t.Errorf("%s: %d instead of %d", keep.Savings[i].Title, f.Window, f.FromWindow)
		}
	}
}

// Usage under a plan moves no cash, and the ranking says so.
func TestRankUnderAPlan(t *testing.T) {
	d := model("anthropic", "claude-opus-4-8")
	d.Source = "claude-code"
	plan := pricing.Plan{Source: "claude-code", Monthly: money.FromUnits(200), Currency: "USD", From: day(t, "2026-01-01")}
	r := ranked(t, prepare(t, cubeOf(t, piece{noon, 1, d, tokens(10, 1_000_000, 0, 0, 0, 100_000, 50_000)}), plan), RankOptions{Scores: board(t)})
	if r.ByCash || len(r.Savings) == 0 || len(r.Notes) != 1 || r.Notes[0].Code != "plans" {
		t.Fatalf("%v %d %+v", r.ByCash, len(r.Savings), r.Notes)
	}
	for i := range r.Savings {
		if s := &r.Savings[i]; !s.Cash.IsZero() || i > 0 && r.Savings[i-1].Cost.Cmp(s.Cost) > 0 {
			t.Errorf("%s: %s cash", s.Title, s.Cash)
		}
	}
	for i := range r.Savings {
		if s := &r.Savings[i]; s.Swap != nil && !s.has("effort") {
			t.Errorf("%s: nothing is said of thinking", s.Title)
		}
	}
}

func TestRankOfNothing(t *testing.T) {
	for name, cube := range map[string]*usage.Cube{"none": cubeOf(t), "unpriced": cubeOf(t, piece{noon, 1, model("acme", "house-7"), tokens(3, 1000, 0, 0, 0, 10)})} {
		r := ranked(t, prepare(t, cube), RankOptions{})
		if len(r.Savings) != 0 {
			t.Errorf("%s: %+v", name, r.Savings)
		}
	}
}

func TestFrontierOfAModel(t *testing.T) {
	b := prepare(t, cubeOf(t, piece{noon, 1, model("openai", "gpt-5"), tokens(100, 1_000_000, 0, 0, 0, 200_000)}))
	s := board(t)
	r := ranked(t, b, RankOptions{Scores: s})
	from := pricing.ModelRef{Provider: "openai", Model: "gpt-5"}
	metrics := r.MetricsOf(s, from)
	if len(metrics) == 0 {
		t.Fatal("no metric")
	}
	marks, unknown := r.FrontierOf(s, from, metrics[0], false)
	if len(marks) < 2 || unknown == 0 || !slices.ContainsFunc(marks, func(m Mark) bool { return m.Current }) || !slices.ContainsFunc(marks, func(m Mark) bool { return m.Best }) {
		t.Errorf("%s: %d unknown, %+v", metrics[0], unknown, marks)
	}
	if !slices.IsSortedFunc(marks, func(a, b Mark) int { return a.Cost.Cmp(b.Cost) }) {
		t.Error("not sorted by cost")
	}
	for _, m := range marks {
		if m.Cost.Sign() <= 0 {
			t.Errorf("%s costs %s", m.Model.Model, m.Cost)
		}
	}
}

// manyModels is made-up usage: cells over a year, of the models that the book
// lists as current, in two tiers and several sizes.
func manyModels(t testing.TB, cells, models int) *usage.Cube {
	t.Helper()
	var refs []pricing.ModelRef
	for _, m := range pricing.Embedded().Models() {
		l, ok := pricing.Embedded().Listing(m.Provider, m.Model, day(t, "2026-11-21"))
		if ok && l.Rates.Known.Has(pricing.Output) && l.Row.Currency == "USD" && !strings.HasPrefix(m.Model, "ft:") {
			refs = append(refs, m)
		}
	}
	random := rand.New(rand.NewPCG(7, 7))
	random.Shuffle(len(refs), func(i, j int) { refs[i], refs[j] = refs[j], refs[i] })
	refs = refs[:min(models, len(refs))]
	edges := pricing.Embedded().Edges()
	b := usage.NewBuilder(cells)
	first := usage.SlotOf(day(t, "2025-11-21"))
	for i := range cells {
		d := usage.Dims{Provider: refs[i%len(refs)].Provider, Model: refs[i%len(refs)].Model, Project: fmt.Sprint("p", random.IntN(500)), Basis: usage.Reported, Band: edges.Band(random.Int64N(60_000))}
		if i%10 == 0 {
			d.Tier = "batch"
		}
		if i%3 == 0 {
			d.Band = edges.Band(random.Int64N(400_000))
		}
		n := random.Int64N(5) + 1
		b.Add(first+usage.Slot(i*365*96/cells), 1, b.Set(d), usage.Measures{Records: n, Requests: n, Tokens: usage.Tokens{Input: n * 4000, CacheRead: n * 3000, Output: n * 700}})
	}
	return b.Cube()
}

func BenchmarkRank(b *testing.B) {
	base := prepare(b, manyModels(b, 1_000_000, 50))
	s := board(b)
	b.ResetTimer()
	for range b.N {
		ranked(b, base, RankOptions{Scores: s})
	}
}

// The first ranking of a base makes all its price tables.
func BenchmarkFirstRank(b *testing.B) {
	cube, s := manyModels(b, 1_000_000, 50), board(b)
	var spent time.Duration
	b.ResetTimer()
	for range b.N {
		b.StopTimer()
		base := prepare(b, cube)
		b.StartTimer()
		from := time.Now()
		ranked(b, base, RankOptions{Scores: s})
		spent += time.Since(from)
	}
	b.ReportMetric(float64(spent.Milliseconds())/float64(b.N), "ms/rank")
}
