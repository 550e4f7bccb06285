package pricing

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/money"
	"tokpit/usage"
)

func with(t testing.TB, b *Book, o Overlay) *Book {
	t.Helper()
	out, err := b.With(o)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// perMillionText is what a request costs per million of each class.
func perMillionText(b *Book, d usage.Dims, total int64, when time.Time) string {
	d.Band = b.edges.Band(total)
	tariff := b.Tariff(&d, when)
	if !tariff.Priced {
		return "unpriced"
	}
	var out []string
	for k := Input; k < classCount; k++ {
		text := "-"
		if rate, ok := tariff.Base.Of(k); ok {
			text = rate.PerMillion()
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

// TestFOCUSCaching holds the amounts of the FOCUS specification's example of
// prompt caching, for a vendor that only the user knows.
func TestFOCUSCaching(t *testing.T) {
	b := with(t, Embedded(), Overlay{Prices: []OwnPrice{{Provider: "Solora AI", Model: "solora-reasoning-pro",
		Input: "3", CacheWrite5m: "3.75", CacheRead: "0.30", Output: "15", Note: "contract 7"}}})
	d := usage.Dims{Provider: "solora ai", Model: "Solora-Reasoning-Pro"}
	when := at(t, "2025-01-15")
	for _, tc := range []struct {
		tokens usage.Tokens
		want   string
	}{
		{usage.Tokens{Input: 500_000}, "1.5"}, {usage.Tokens{CacheWrite5m: 2_000_000}, "7.5"},
		{usage.Tokens{CacheRead: 8_000_000}, "2.4"}, {usage.Tokens{Output: 1_500_000}, "22.5"},
		{usage.Tokens{Input: 500_000, CacheWrite5m: 2_000_000, CacheRead: 8_000_000, Output: 1_500_000}, "33.9"},
	} {
		if c := b.ChargeCell(&d, when, when.Add(time.Hour), tc.tokens, nil); c.Cost.String() != tc.want || !c.Priced || c.Ranged || c.Estimated {
			t.Errorf("%+v cost %s, want %s", tc.tokens, c.Cost, tc.want)
		}
	}
}

func TestOwnPrices(t *testing.T) {
	march := at(t, "2026-03-01")
	june := at(t, "2026-06-01")
	b := with(t, Embedded(), Overlay{
		Prices: []OwnPrice{
			{Provider: "openai", Model: "gpt-5", From: march, To: june, Input: "1", CacheRead: "0.1", Output: "8"},
			{Provider: "anthropic", Model: "claude-opus-4.5", From: march, Input: "4"},
			{Provider: "openai", Model: "ft:gpt-4o-2024-08-06", From: march, Input: "3", Output: "12"},
			{Provider: "acme", Model: "Large", From: march, To: june, Input: "0", Output: "0"},
			{Provider: "acme", Model: "Large", Tier: "batch", From: march, Input: "2", Output: "3"},
			{Provider: "google", Model: "gemini-2.5-pro", From: march, Input: "1", Output: "9"},
			{Provider: "google", Model: "gemini-2.5-pro", From: march, Input: "2", Output: "12", ContextOver: 100000},
			{Provider: "xai", Model: "grok-3", Currency: "eur", From: march, Input: "2", Output: "10"},
		},
		Discounts: []Discount{
			{Provider: "openai", Model: "*", Percent: "10", From: march},
			{Provider: "openai", Model: "gpt-4o", Percent: "12.5%", From: march, To: june},
			{Provider: "azure", Model: "*", Num: 1, Den: 3},
		},
		Aliases: []Alias{
			{Name: "prod-chat", Provider: "azure", Model: "gpt-4o", To: june}, {Name: "prod-chat", Provider: "azure", Model: "gpt-4.1", From: june},
			{Name: "GPT-4o-mini", Provider: "openrouter", Model: "openai/gpt-4o"},
		},
	})
	for _, tc := range []struct {
		provider, model, tier, when string
		total                       int64
		want                        string
	}{
		{"openai", "gpt-5", "", "2026-02-28T23:59:59Z", 1, "1.25 0.125 1.25 1.25 10"},
		{"openai", "gpt-5", "", "2026-03-01", 1, "1 0.1 1 1 8"}, // and no discount
		{"openai", "gpt-5", "", "2026-05-31T23:59:59Z", 1, "1 0.1 1 1 8"},
		{"openai", "gpt-5", "", "2026-06-01", 1, "1.125 0.1125 1.125 1.125 9"},
		{"openai", "gpt-5", "batch", "2026-04-01", 1, "0.5625 0.05625 0.5625 0.5625 4.5"},
		{"openai", "gpt-4o", "", "2026-03-01", 1, "2.1875 1.09375 2.1875 2.1875 8.75"},
		{"openai", "gpt-4o", "", "2026-06-01", 1, "2.25 1.125 2.25 2.25 9"},
		{"anthropic", "claude-opus-4-5-20251101", "", "2026-03-02", 1, "4 4 4 4 -"},
		{"openai", "ft:gpt-4o-2024-08-06:org:name:id", "", "2026-03-02", 1, "3 3 3 3 12"},
		{"acme", "large", "", "2026-03-01", 1, "0 0 0 0 0"},
		{"acme", "large", "batch", "2026-03-01", 1, "2 2 2 2 3"},
		{"acme", "large", "", "2026-06-01", 1, "unpriced"},
		{"google", "gemini-2.5-pro", "", "2026-03-01", 100000, "1 1 1 1 9"},
		{"google", "gemini-2.5-pro", "", "2026-03-01", 100001, "2 2 2 2 12"},
		{"google", "gemini-2.5-pro", "", "2026-02-01", 100001, "1.25 0.125 1.25 1.25 10"},
		{"azure", "prod-chat", "", "2026-05-01", 1, "0.833333333333 0.416666666667 0.833333333333 0.833333333333 3.333333333333"},
		{"azure", "Prod-Chat", "", "2026-06-01", 1, "0.666666666667 0.166666666667 0.666666666667 0.666666666667 2.666666666667"},
		{"openrouter", "gpt-4o-mini", "", "2026-06-01", 1, "2.5 1.25 2.5 2.5 10"},
		{"openai", "gpt-4o-mini", "", "2026-06-01", 1, "0.135 0.0675 0.135 0.135 0.54"},
		{"", "prod-chat", "", "2026-05-01", 1, "0.833333333333 0.416666666667 0.833333333333 0.833333333333 3.333333333333"},
		{"openai", "prod-chat", "", "2026-05-01", 1, "unpriced"},
	} {
		if got := perMillionText(b, usage.Dims{Provider: tc.provider, Model: tc.model, Tier: tc.tier}, tc.total, at(t, tc.when)); got != tc.want {
			t.Errorf("%+v: got %s", tc, got)
		}
	}
	d := usage.Dims{Provider: "xai", Model: "grok-3"}
	if tariff := b.Tariff(&d, june); tariff.Currency != "EUR" || tariff.Origin != Override {
		t.Errorf("%+v", tariff)
	}
	d = usage.Dims{Provider: "openai", Model: "gpt-4o"}
	if tariff := b.Tariff(&d, march); tariff.Discount.Percent() != "12.5" || tariff.Origin != Reviewed {
		t.Errorf("%+v", tariff.Discount)
	}
	l, ok := b.Listing("openai", "gpt-4o", march)
	if rate := l.Rates.Input.PerMillion(); !ok || rate != "2.1875" || l.Row.Rates.Input.PerMillion() != "2.5" || l.Discount.Percent() != "12.5" {
		t.Errorf("%+v", l)
	}
	if l, _ := b.Listing("openai", "gpt-5", march); l.Row.Origin != Override || !l.Next.From.Equal(june) || l.Discount != (Factor{}) {
		t.Errorf("%+v", l)
	}
	if c := b.ChargeCell(&usage.Dims{Provider: "acme", Model: "large"}, june, june.Add(time.Hour), usage.Tokens{Input: 9}, nil); c.UnpricedTokens != 9 || c.Priced {
		t.Errorf("after its end a price is %+v", c)
	}
	if b.Knowledge() != Embedded().Version() || !strings.HasPrefix(b.Version(), Embedded().Version()+"+") {
		t.Errorf("version %s", b.Version())
	}
}

func TestOverlayErrorsNameTheEntry(t *testing.T) {
	day := at(t, "2026-03-01")
	for _, tc := range []struct {
		o    Overlay
		want string
	}{
		{Overlay{Prices: []OwnPrice{{Provider: "openai", Model: "gpt-5", Input: "1"}, {Provider: "openai", Model: "GPT-5", Input: "2"}}}, "price 2 (openai/GPT-5): another price"},
		{Overlay{Prices: []OwnPrice{{Provider: "openai", Model: "gpt-5"}}}, "price 1 (openai/gpt-5): no rate"},
		{Overlay{Prices: []OwnPrice{{Provider: "openai", Model: "gpt-5", Input: "1e-6"}}}, "input: "},
		{Overlay{Prices: []OwnPrice{{Provider: "openai", Model: "gpt-5", Output: "-1"}}}, "output: -1 is below zero"},
		{Overlay{Prices: []OwnPrice{{Provider: "openai", Model: "gpt-5", Input: "1", Tier: "turbo"}}}, "unknown tier"},
		{Overlay{Prices: []OwnPrice{{Provider: "openai", Model: "gpt-5", Input: "1", Currency: "dollars"}}}, "currency"},
		{Overlay{Prices: []OwnPrice{{Provider: "openai", Model: "gpt-5", Input: "1", From: day, To: day}}}, "before it begins"},
		{Overlay{Prices: []OwnPrice{{Provider: "openai", Model: "gpt-5", Input: "1", From: day.Add(time.Minute)}}}, "quarter hour"},
		{Overlay{Prices: []OwnPrice{{Provider: "acme", Model: "x", Input: "1", Tier: "batch"}}}, "no standard price"},
		{Overlay{Prices: []OwnPrice{{Provider: "", Model: "x", Input: "1"}}}, "no provider"},
		{Overlay{Prices: []OwnPrice{{Provider: "acme", Model: "x", Input: "1", Inclusive: true}}}, "context_over"},
		{Overlay{Discounts: []Discount{{Provider: "openai", Percent: "101"}}}, "discount 1 (openai/): 101 percent"},
		{Overlay{Discounts: []Discount{{Provider: "openai", Percent: "x"}}}, "not a percentage"},
		{Overlay{Discounts: []Discount{{Provider: "openai", Percent: "1", Num: 1, Den: 2}}}, "not both"},
		{Overlay{Discounts: []Discount{{Provider: "openai", Num: 11, Den: 1}}}, "between 0 and 10"},
		{Overlay{Discounts: []Discount{{Provider: "openai"}}}, "factor 0/0"},
		{Overlay{Discounts: []Discount{{Provider: "openai", Percent: "1"}, {Provider: "OpenAI", Model: "*", Percent: "2"}}}, "discount 2 (OpenAI/*): another discount"},
		{Overlay{Aliases: []Alias{{Name: "a", Provider: "openai", Model: "gpt-55555"}}}, "alias 1 (openai/a): there is no price for gpt-55555; the nearest are"},
		{Overlay{Aliases: []Alias{{Name: "a", Provider: "openai", Model: "gpt-5"}, {Name: "A", Provider: "openai", Model: "gpt-4o"}}}, "alias 2"},
	} {
		if _, err := Embedded().With(tc.o); !errors.Is(err, ErrOverlay) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%v, want %q", err, tc.want)
		}
	}
}

// randomOverlay returns entries for distinct models, so that none decide about
// the same usage.
func randomOverlay(r *rand.Rand, b *Book) Overlay {
	models := b.Models()
	r.Shuffle(len(models), func(i, j int) { models[i], models[j] = models[j], models[i] })
	day := func() time.Time {
		return time.Date(2023+r.IntN(4), time.Month(1+r.IntN(12)), 1+r.IntN(28), 0, 0, 0, 0, time.UTC)
	}
	var o Overlay
	for i, m := range models[:12] {
		from := day()
		to := from.AddDate(0, r.IntN(9), 1)
		if r.IntN(3) == 0 {
			to = time.Time{}
		}
		switch i % 3 {
		case 0:
			o.Prices = append(o.Prices, OwnPrice{Provider: m.Provider, Model: m.Model, From: from, To: to, Input: "7", CacheRead: "0.7", Output: "9.000001"})
		case 1:
			o.Prices = append(o.Prices, OwnPrice{Provider: m.Provider, Model: m.Model, From: from, To: to, Input: "8", Output: "11", ContextOver: 50000, Inclusive: r.IntN(2) == 0})
		default:
			o.Discounts = append(o.Discounts, Discount{Provider: m.Provider, Model: m.Model, From: from, To: to, Num: 1 + r.Int64N(300), Den: 300})
		}
	}
	return o
}

// TestTheOrderOfOverlaysDoesNotMatter puts entries over the book at once, in
// another order and one by one.
func TestTheOrderOfOverlaysDoesNotMatter(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 10 {
		o := randomOverlay(r, Embedded())
		once := with(t, Embedded(), o)
		slices.Reverse(o.Prices)
		slices.Reverse(o.Discounts)
		single := Embedded()
		for _, d := range o.Discounts {
			single = with(t, single, Overlay{Discounts: []Discount{d}})
		}
		for _, p := range o.Prices {
			single = with(t, single, Overlay{Prices: []OwnPrice{p}})
		}
		single = with(t, single, Overlay{})
		if once.Version() != single.Version() || len(compareAll(once, single)) != 0 {
			t.Fatalf("%s and %s differ: %v", once.Version(), single.Version(), compareAll(once, single))
		}
		if !Embedded().Equal(Embedded()) || once.Equal(Embedded()) {
			t.Error("equal to the book without it")
		}
	}
}

// compareAll compares rows whatever the versions say.
func compareAll(a, b *Book) []RowChange {
	var out []RowChange
	for _, m := range a.models {
		out = compareModel(out, m, b.byName[modelKey{m.provider, strings.ToLower(m.name)}])
	}
	return out
}

// TestEveryPriceHasItsInstantUnderAnOverlay compares overlaid books with the
// oracle: one second before, at and after every change, one token below, at and
// above every threshold.
func TestEveryPriceHasItsInstantUnderAnOverlay(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	n := 0
	for range 4 {
		o := randomOverlay(r, Embedded())
		b := with(t, Embedded(), o)
		for _, m := range overlaid(b, o) {
			rows := slices.Concat(m.base, m.refined)
			times, totals := probes(rows)
			for _, d := range b.discounts[m.provider] {
				for _, edge := range []time.Time{d.from, d.to} {
					if !edge.IsZero() {
						times = append(times, edge.Add(-time.Second), edge, edge.Add(time.Second))
					}
				}
			}
			for _, tier := range tiers() {
				for _, total := range totals {
					d := usage.Dims{Provider: m.provider, Model: m.name, Tier: tier, Band: b.edges.Band(total)}
					for _, when := range times {
						n++
						if second := maxTime(when, m.base[0].From).Unix(); !slices.ContainsFunc(m.base, func(r Row) bool { return r.in(second) }) {
							continue // a price of the user's that ends before the vendor's begins
						}
						want := oracleRow(t, rows, tierOf(m.provider, tier), maxTime(when, m.base[0].From), total)
						rates := want.Rates.billed()
						if want.Origin != Override {
							rates = discounted(b, m, rates, when)
						}
						if got := b.Tariff(&d, when); got.Base != rates || got.ranged || !got.Priced {
							t.Fatalf("%s/%s %s %d tokens at %s: got %+v, want %+v by %s", m.provider, m.name, tier, total, when, got.Base, rates, &want)
						}
					}
				}
			}
		}
	}
	if t.Logf("%d probes", n); n < 5000 {
		t.Errorf("only %d probes", n)
	}
}

func overlaid(b *Book, o Overlay) []*model {
	var out []*model
	for _, p := range o.Prices {
		out = append(out, b.byName[modelKey{p.Provider, strings.ToLower(p.Model)}])
	}
	for _, d := range o.Discounts {
		out = append(out, b.byName[modelKey{d.Provider, strings.ToLower(d.Model)}])
	}
	return out
}

// discounted applies a discount the slow way.
func discounted(b *Book, m *model, rates Rates, when time.Time) Rates {
	for _, d := range b.discounts[m.provider] {
		if d.model == strings.ToLower(m.name) && !when.Before(d.from) && (d.to.IsZero() || when.Before(d.to)) {
			for k := Input; k < classCount; k++ {
				if rate, ok := rates.Of(k); ok {
					rates.Set(k, rate.Scale(d.factor.Num, d.factor.Den))
				}
			}
		}
	}
	return rates
}

func TestUnits(t *testing.T) {
	rate, err := money.ParsePerMillion("0.003625")
	if err != nil {
		t.Fatal(err)
	}
	for u, want := range map[Unit]string{PerMillion: "0.003625", PerThousand: "0.000003625", PerToken: "0.000000003625", Per750Words: "0.000003625"} {
		if got := u.Of(rate).String(); got != want {
			t.Errorf("%s: %s, want %s", u, got, want)
		}
	}
	if len(Units()) != 4 || !Per750Words.Approximate() {
		t.Error("units")
	}
}
