package scenario

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/pricing"
	"tokpit/usage"
)

// TestWordsAgreeWithBigNumbers: a branch costs the same whichever way it is
// computed, and so does one whose denominators fit no word.
func TestWordsAgreeWithBigNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := func(name string) frac {
			d := rapid.SampledFrom([]uint64{1, 10, 1_000_000, 1 << 40}).Draw(t, name+" of")
			return quotient(rapid.Uint64Range(0, 2*d).Draw(t, name), rapid.Uint64Range(max(d/2, 1), d).Draw(t, name+" over"))
		}
		c := class{Dims: model("openai", "gpt-5")}
		br := newBranch(&c)
		br.share, br.fresh, br.kept, br.said, br.mused, br.price = part("share"), part("fresh"), part("kept"), part("said"), part("mused"), part("price")
		if rapid.Bool().Draw(t, "cached") {
			h := part("hits")
			if h.cmp(entire()) > 0 {
				h = entire()
			}
			br.cache = &cacheShape{nothing(), h, entire().sub(h), nothing()}
		}
		var a amounts
		for i := range a {
			a[i] = rapid.Int64Range(0, 1e12).Draw(t, "tokens")
		}
		x := newTariff(pricing.Embedded().Tariff(&c.Dims, time.Date(2026, 11, 10, 12, 0, 0, 0, time.UTC)))
		p := br.plan()
		units := roundBig(quotient(rapid.Uint64().Draw(t, "units"), 7).rat())
		if got, want := p.cost(&a, &x, likely, units), p.bigCost(&a, &x, likely, units); got != want {
			t.Fatalf("%s in words, %s in big numbers", got, want)
		}
	})
}

// TestDearRates: a price of more than $18 a token fits no word.
func TestDearRates(t *testing.T) {
	book, err := pricing.Embedded().With(pricing.Overlay{Prices: []pricing.OwnPrice{
		{Provider: "openai", Model: "gpt-5", Input: "30000000", Output: "3"},
		{Provider: "openai", Model: "gpt-5-mini", Input: "1", Output: "2", Currency: "EUR"}}})
	if err != nil {
		t.Fatal(err)
	}
	d := model("openai", "gpt-5")
	in := Input{Cube: cubeOf(t, piece{noon, 1, d, tokens(1, 1_000_000)}), Book: book, AsOf: day(t, "2026-11-21")}
	b, err := Prepare(in)
	if err != nil {
		t.Fatal(err)
	}
	// 30 × 1,000,000 × 2/3 of a share that is kept in millionths: 0.666667.
	if r := run(t, b, "input -33.3333%"); r.Before.Cost.String() != "30000000" || r.After.Cost.String() != "20000010" {
		t.Errorf("%s becomes %s", r.Before.Cost, r.After.Cost)
	}
	// Euros are not dollars: no figure.
	if r := run(t, b, "swap gpt-5=gpt-5-mini"); r.Known || !r.Delta().IsZero() || !noted(r.Notes, "unpriced-target") {
		t.Errorf("%s, %v", r.Delta(), r.Notes)
	}
	in.Cube = cubeOf(t, piece{noon, 1, d, tokens(1, 1)}, piece{noon, 1, model("openai", "gpt-5-mini"), tokens(1, 1)})
	if _, err := Prepare(in); !errors.Is(err, ErrCurrencies) {
		t.Errorf("two currencies: %v", err)
	}
}

// TestNothingToCompare: without usage there is nothing to change, and no harm.
func TestNothingToCompare(t *testing.T) {
	b, err := Prepare(Input{Cube: usage.NewBuilder(0).Cube(), Book: pricing.Embedded(), AsOf: day(t, "2026-11-21")})
	if err != nil {
		t.Fatal(err)
	}
	r := run(t, b, "growth 2x", "swap *=gpt-5-mini:50%", "batch 30%", "output-cap 10")
	if !r.Delta().IsZero() || len(r.Models) != 0 || r.Days != 1 {
		t.Errorf("%+v", r)
	}
	if l := b.Outputs(nil); l.Requests != 0 {
		t.Errorf("%+v", l)
	}
}
