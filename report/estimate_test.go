package report

import (
	"encoding/csv"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/tokenizer"
	"tokpit/usage"
)

const estimateDay = "2026-11-20T15:00:00Z"

// estimator is one for named models, at the reviewed prices of a day.
func estimator(t testing.TB, when string, models ...string) *Estimator {
	t.Helper()
	return NewEstimator(EstimateOptions{Book: pricing.Embedded(), At: at(t, when), Models: models})
}

// priceOf estimates for a single model with a count that is known.
func priceOf(t testing.TB, e *Estimator, input tokenizer.Estimate, q EstimateQuery) Estimated {
	t.Helper()
	if e.Len() != 1 {
		t.Fatalf("%d models", e.Len())
	}
	if input.Exact {
		q.Counted = map[pricing.ModelRef]int64{e.candidates[0].fixed.ModelRef: input.Point}
		return e.Estimate(q)[0]
	}
	// A range, as if the text had been estimated so.
	c := &e.candidates[0]
	r := c.fixed
	r.Tokens, r.Counted = input, true
	r.Output, r.OutputBasis = e.output(c, q.Output)
	r.fit(c)
	r.price(c, q.Traffic)
	return r
}

func exactly(n int64) tokenizer.Estimate { return tokenizer.Exactly(n, "exact, for a test") }

func cost(t testing.TB, low, point, high string) CostRange {
	t.Helper()
	return CostRange{amount(t, low), amount(t, point), amount(t, high)}
}

// TestEstimatesAgreeWithTheWorkedExamples prices every request that the price book
// is held to.
func TestEstimatesAgreeWithTheWorkedExamples(t *testing.T) {
	f, err := os.Open("../pricing/testdata/examples.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, fields := range lines[1:] {
		r := map[string]string{}
		for i, h := range lines[0] {
			r[h] = fields[i]
		}
		n := func(column string) int64 {
			v, err := strconv.ParseInt(r[column], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		tokens := usage.Tokens{Input: n("input"), CacheRead: n("cache_read"), CacheWrite5m: n("cache_write_5m"), CacheWrite1h: n("cache_write_1h"), Output: n("output")}
		e := &Estimator{options: EstimateOptions{Book: pricing.Embedded(), At: at(t, r["at"]), Tier: r["service_tier"]}}
		c := e.named(r["provider"], r["model"], true)
		got, ok := charge(c.standard, exactly(tokens.TotalInput()), func(int64) usage.Tokens { return tokens })
		if r["amount_usd"] == "" {
			if ok && c.fixed.Priced {
				t.Errorf("%s %s: got %v, want unpriced", r["id"], r["title"], got)
			}
			continue
		}
		want := amount(t, r["amount_usd"])
		switch {
		case !ok:
			t.Errorf("%s %s: unpriced, want %s", r["id"], r["title"], want)
		case len(c.standard) == 1 && c.standard[0].tariff.Flags&pricing.FlagHours != 0:
			// What depends on the hour is a range over the hours to come.
			if got.Low.Cmp(want) > 0 || got.High.Cmp(want) < 0 {
				t.Errorf("%s %s: %v does not hold %s", r["id"], r["title"], got, want)
			}
		case got != CostRange{want, want, want}:
			t.Errorf("%s %s: got %v, want %s", r["id"], r["title"], got, want)
		}
		checked++
	}
	if checked < 50 {
		t.Fatalf("%d examples", checked)
	}
}

// The figures are computed by hand from the prices in force on estimateDay (USD
// per 1M): gpt-5.4 2.5/15, cached 0.25, batch 1.25/7.5, and over 272,000 tokens
// 5/22.5; claude-haiku-4-5 1/5, cached 0.1, writes 1.25, batch half.
func TestEstimatesByHand(t *testing.T) {
	day := Traffic{1000, 1}
	for _, c := range []struct {
		name, model string
		input       tokenizer.Estimate
		output      int64
		traffic     Traffic
		want        Estimated
	}{
		{"exact", "gpt-5.4", exactly(10_000), 2_000, day, Estimated{
			Input: cost(t, "0.025", "0.025", "0.025"), OutputCost: cost(t, "0.03", "0.03", "0.03"), Total: cost(t, "0.055", "0.055", "0.055"),
			Cached: OptionalCost{cost(t, "0.0325", "0.0325", "0.0325"), true}, Batch: OptionalCost{cost(t, "0.0275", "0.0275", "0.0275"), true},
			PerDay: OptionalCost{cost(t, "55", "55", "55"), true}, PerMonth: OptionalCost{cost(t, "1672.916666666666666667", "1672.916666666666666667", "1672.916666666666666667"), true},
			Fit: Fits,
		}},
		{"at the threshold", "gpt-5.4", exactly(272_000), 0, Traffic{}, Estimated{
			Input: cost(t, "0.68", "0.68", "0.68"), Total: cost(t, "0.68", "0.68", "0.68"),
			Cached: OptionalCost{cost(t, "0.068", "0.068", "0.068"), true}, Batch: OptionalCost{cost(t, "0.34", "0.34", "0.34"), true}, Fit: Fits,
		}},
		{"over it", "gpt-5.4", exactly(272_001), 0, Traffic{}, Estimated{
			Input: cost(t, "1.360005", "1.360005", "1.360005"), Total: cost(t, "1.360005", "1.360005", "1.360005"),
			Cached: OptionalCost{cost(t, "0.1360005", "0.1360005", "0.1360005"), true}, Batch: OptionalCost{cost(t, "0.6800025", "0.6800025", "0.6800025"), true},
			Fit: Fits, LongOver: 272_000, LongLow: true,
		}},
		{"a range on both sides", "gpt-5.4", tokenizer.Estimate{Low: 200_000, Point: 272_001, High: 300_000}, 1000, Traffic{}, Estimated{
			Input:      cost(t, "0.5", "1.360005", "1.5"),
			OutputCost: cost(t, "0.015", "0.0225", "0.0225"),
			Total:      cost(t, "0.515", "1.382505", "1.5225"),
			Cached:     OptionalCost{cost(t, "0.065", "0.1585005", "0.1725"), true}, Batch: OptionalCost{cost(t, "0.2575", "0.6912525", "0.76125"), true},
			Fit: Fits, LongOver: 272_000,
		}},
		{"a range", "claude-haiku-4-5", tokenizer.Estimate{Low: 1000, Point: 1500, High: 2000}, 100, Traffic{7, 7}, Estimated{
			Input: cost(t, "0.001", "0.0015", "0.002"), OutputCost: cost(t, "0.0005", "0.0005", "0.0005"), Total: cost(t, "0.0015", "0.002", "0.0025"),
			Cached: OptionalCost{cost(t, "0.0006", "0.00065", "0.0007"), true}, CacheFill: OptionalCost{cost(t, "0.00175", "0.002375", "0.003"), true},
			Batch:  OptionalCost{cost(t, "0.00075", "0.001", "0.00125"), true},
			PerDay: OptionalCost{cost(t, "0.0015", "0.002", "0.0025"), true}, PerMonth: OptionalCost{cost(t, "0.045625", "0.060833333333333333", "0.076041666666666667"), true},
			Fit: Fits,
		}},
	} {
		got := priceOf(t, estimator(t, estimateDay, c.model), c.input, EstimateQuery{Output: ExpectedOutput{Tokens: c.output}, Traffic: c.traffic})
		if !got.Priced || got.Currency != "USD" {
			t.Errorf("%s: priced %v in %s (%s)", c.name, got.Priced, got.Currency, got.Why)
		}
		for _, f := range []struct {
			what      string
			got, want any
		}{
			{"input", got.Input, c.want.Input}, {"output", got.OutputCost, c.want.OutputCost}, {"total", got.Total, c.want.Total},
			{"cached", got.Cached, c.want.Cached}, {"cache fill", got.CacheFill, c.want.CacheFill}, {"batch", got.Batch, c.want.Batch},
			{"per day", got.PerDay, c.want.PerDay}, {"per month", got.PerMonth, c.want.PerMonth},
			{"fit", got.Fit, c.want.Fit}, {"long", got.LongOver, c.want.LongOver}, {"long low", got.LongLow, c.want.LongLow},
		} {
			if f.got != f.want {
				t.Errorf("%s: %s is %v, want %v", c.name, f.what, f.got, f.want)
			}
		}
	}
}

// TestACostRangeHoldsEveryCount compares the bounds with every number of tokens in
// a range, priced one by one.
func TestACostRangeHoldsEveryCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var bands []banded
		lo := int64(0)
		for range rapid.IntRange(1, 4).Draw(t, "bands") {
			end := lo + rapid.Int64Range(1, 30).Draw(t, "width")
			rates := pricing.Rates{}
			rates.Set(pricing.Input, money.NewRate(money.FromUnits(rapid.Int64Range(0, 9).Draw(t, "in"))))
			rates.Set(pricing.Output, money.NewRate(money.FromUnits(rapid.Int64Range(0, 9).Draw(t, "out"))))
			bands = append(bands, banded{lo: lo, end: end, tariff: pricing.Tariff{Priced: true, Base: rates, Low: rates, High: rates}})
			lo = end
		}
		bands[len(bands)-1].end = 0
		low := rapid.Int64Range(0, 100).Draw(t, "low")
		n := tokenizer.Estimate{Low: low, High: low + rapid.Int64Range(0, 60).Draw(t, "wide")}
		n.Point = rapid.Int64Range(n.Low, n.High).Draw(t, "point")
		request := func(in int64) usage.Tokens { return usage.Tokens{Input: in, Output: 3} }
		got, ok := charge(bands, n, request)
		if !ok {
			t.Fatal("unpriced")
		}
		var want CostRange
		for k := n.Low; k <= n.High; k++ {
			i := slices.IndexFunc(bands, func(b banded) bool { return b.holds(k, k) })
			c := bands[i].tariff.Charge(request(k), nil).Cost
			if k == n.Low || c.Cmp(want.Low) < 0 {
				want.Low = c
			}
			if k == n.Low || c.Cmp(want.High) > 0 {
				want.High = c
			}
			if k == n.Point {
				want.Point = c
			}
		}
		if got != want {
			t.Fatalf("%v over %v: got %v, want %v", n, bands, got, want)
		}
	})
}

func TestFit(t *testing.T) {
	for _, c := range []struct {
		model  string
		input  tokenizer.Estimate
		output int64
		fit    Fit
		over   int64
	}{
		{"claude-haiku-4-5", exactly(190_000), 10_000, Fits, 0}, // window 200,000, answers up to 64,000
		{"claude-haiku-4-5", exactly(190_000), 10_001, TooLong, 1},
		{"claude-haiku-4-5", exactly(1000), 64_001, TooLong, 1},
		{"claude-haiku-4-5", tokenizer.Estimate{Low: 190_000, Point: 195_000, High: 201_000}, 10_000, MayFit, 11_000},
		{"gemini-3.5-flash", exactly(1_048_576), 65_536, Fits, 0}, // the window is of the input alone
		{"gemini-3.5-flash", exactly(1_048_577), 0, TooLong, 1},
		{"ministral-3b-2512", exactly(10), 10, FitUnknown, 0}, // nothing is known of it
		{"no-such-model", exactly(10), 10, FitUnknown, 0},
	} {
		got := priceOf(t, estimator(t, estimateDay, c.model), c.input, EstimateQuery{Output: ExpectedOutput{Tokens: c.output}})
		if got.Fit != c.fit || got.Over != c.over {
			t.Errorf("%s with %v + %d: %s, over by %d; want %s, %d", c.model, c.input, c.output, got.Fit, got.Over, c.fit, c.over)
		}
	}
}

func TestDifferences(t *testing.T) {
	e := estimator(t, estimateDay, "gpt-5.4", "claude-haiku-4-5", "no-such-model")
	base, ok := e.Find("openai/gpt-5.4")
	if !ok {
		t.Fatal("the baseline is not found")
	}
	q := EstimateQuery{Prompt: prompt(t, e, strings.Repeat("A price is a promise. ", 500)), Output: ExpectedOutput{Tokens: 1000}, Baseline: base}
	rows := e.Estimate(q)
	g, h, u := rows[0], rows[1], rows[2]
	if !g.Baseline || g.Difference.Known || h.Baseline || u.Difference.Known {
		t.Errorf("baseline %v %v, differences %v %v", g.Baseline, h.Baseline, g.Difference, u.Difference)
	}
	d := h.Difference
	if !d.Known || d.Point != h.Total.Point.Sub(g.Total.Point) || d.Low != h.Total.Low.Sub(g.Total.High) || d.High != h.Total.High.Sub(g.Total.Low) {
		t.Errorf("difference %v", d)
	}
	if want := (h.Total.Point.Float()/g.Total.Point.Float() - 1) * 1000; !h.Relative || float64(h.PerMille) < want-1 || float64(h.PerMille) > want+1 {
		t.Errorf("%d ‰, want %f", h.PerMille, want)
	}
}

// TestNoFigureWithoutItsMethod: whatever the prompt, every figure says how it was
// found, or why there is none.
func TestNoFigureWithoutItsMethod(t *testing.T) {
	e := NewEstimator(EstimateOptions{Book: pricing.Embedded(), At: at(t, estimateDay), All: true})
	text := prompt(t, e, "Übergrößen: 12 €\n\tif x := f(); x > 0 { return }\n").Text
	for _, p := range []Prompt{
		{}, {Text: text}, {Images: []tokenizer.Image{{Width: 800, Height: 600}}},
		{Text: text, Images: []tokenizer.Image{{Width: 800, Height: 600}, {Width: 10, Height: 10, Low: true}}, Chat: tokenizer.Chat{Messages: 2, Tools: []tokenizer.Tool{{Name: "f"}}}},
		{Text: Measured{Bytes: 5, Forced: 1, Profile: text.Profile}},
	} {
		for _, r := range e.Estimate(EstimateQuery{Prompt: p, Output: ExpectedOutput{Share: 90}}) {
			name := r.Provider + "/" + r.Model
			if r.Counted != (r.Tokens.Method != "") || r.Counted != (r.Why == "") && r.Priced {
				t.Errorf("%s: counted %v, method %q, why %q", name, r.Counted, r.Tokens.Method, r.Why)
			}
			if !r.Counted && (r.Priced || !r.Total.High.IsZero() || r.Fit != FitUnknown) {
				t.Errorf("%s has figures without a count", name)
			}
			if r.OutputBasis == "" {
				t.Errorf("%s: no basis for its output", name)
			}
			if r.Tokens.Low > r.Tokens.Point || r.Tokens.Point > r.Tokens.High || r.Total.Low.Cmp(r.Total.Point) > 0 || r.Total.Point.Cmp(r.Total.High) > 0 {
				t.Errorf("%s: %v costs %v", name, r.Tokens, r.Total)
			}
			if r.Tokens.Exact && r.Tokens.Low != r.Tokens.High {
				t.Errorf("%s: exact, but %v", name, r.Tokens)
			}
		}
	}
}

// TestImagesWithoutAFormulaGiveNoFigure: a text-only price would look cheap.
func TestImagesWithoutAFormulaGiveNoFigure(t *testing.T) {
	e := estimator(t, estimateDay, "deepseek-v4-pro", "gpt-5.4")
	rows := e.Estimate(EstimateQuery{Prompt: Prompt{Images: []tokenizer.Image{{Width: 1024, Height: 1024}}}})
	if rows[0].Counted || rows[0].Priced || rows[0].Why == "" {
		t.Errorf("%+v", rows[0])
	}
	if !rows[1].Counted || rows[1].Tokens.Point != 1229 { // ⌈1024 patches × 1.2⌉
		t.Errorf("%+v", rows[1].Tokens)
	}
}

func TestChatAndImagesAddUp(t *testing.T) {
	e := estimator(t, estimateDay, "gpt-4o")
	p := prompt(t, e, "Hello, world!") // 4 tokens
	p.Chat = tokenizer.Chat{Messages: 1}
	p.Images = []tokenizer.Image{{Width: 512, Height: 512}} // 85 + 170
	r := e.Estimate(EstimateQuery{Prompt: p})[0]
	if r.Tokens.Point != 4+255+7 || r.Tokens.Exact {
		t.Errorf("%+v", r.Tokens)
	}
	for _, part := range []string{"exact, o200k_base", "images: OpenAI tiles", "roles: OpenAI cookbook"} {
		if !strings.Contains(r.Tokens.Method, part) {
			t.Errorf("the method %q does not say %q", r.Tokens.Method, part)
		}
	}
}

// TestCountsOfProvidersNarrow: what was counted before moves the estimates of the
// family, and of no other.
func TestCountsOfProvidersNarrow(t *testing.T) {
	o := EstimateOptions{Book: pricing.Embedded(), At: at(t, estimateDay), Models: []string{"claude-opus-5-5", "claude-haiku-4-5", "gpt-5.4"}}
	before := NewEstimator(o)
	q := EstimateQuery{Prompt: prompt(t, before, strings.Repeat("A price is a promise. ", 500))}
	o.Observed = map[tokenizer.Family][]tokenizer.Observation{tokenizer.Claude47: slices.Repeat([]tokenizer.Observation{{Estimated: 1000, Actual: 800}}, 60), tokenizer.OpenAI: {{Estimated: 1, Actual: 9}}}
	a, b := before.Estimate(q), NewEstimator(o).Estimate(q)
	wide, narrow := a[0].Tokens, b[0].Tokens
	if narrow.High-narrow.Low >= wide.High-wide.Low || narrow.Point >= wide.Point || !strings.HasSuffix(narrow.Method, "narrowed by your own requests") {
		t.Errorf("%+v became %+v", wide, narrow)
	}
	for i := 1; i < 3; i++ {
		if a[i].Tokens != b[i].Tokens {
			t.Errorf("%+v became %+v", a[i].Tokens, b[i].Tokens)
		}
	}
}
