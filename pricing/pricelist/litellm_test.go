package pricelist

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tokpit/pricing"
	"tokpit/usage"
)

func at(t testing.TB, s string) time.Time {
	t.Helper()
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if v, err := time.Parse(layout, s); err == nil {
			return v.UTC()
		}
	}
	t.Fatalf("not a time: %s", s)
	return time.Time{}
}

func parse(t testing.TB, text string) *List {
	t.Helper()
	l, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// lite is a list in LiteLLM's shape with its three keys that are no models.
func lite(entries ...string) string {
	return `{"sample_spec": {"litellm_provider": "one of https://docs", "input_cost_per_token": 0.0, "max_tokens": "a number", "mode": "one of: chat"},
	"fallback_generalizations": [{"pattern": "^gpt-.*", "model": "gpt-4o"}], "last_updated": "2026-11-01",
	` + strings.Join(entries, ",\n") + `}`
}

func model(key, provider, fields string) string {
	return fmt.Sprintf(`%q: {"litellm_provider": %q, "mode": "chat", "max_input_tokens": 400000, "max_output_tokens": 128000.0, %s}`, key, provider, fields)
}

// newest is a book and what was imported into it.
type newest struct {
	book *pricing.Book
	adds pricing.Additions
}

// take imports a list and fails the test if that does not work.
func (n *newest) take(t testing.TB, text, when string, force bool) (*Changes, bool) {
	t.Helper()
	c := Compare(n.book, parse(t, text), "list.json", at(t, when))
	adds, applied, err := c.Apply(n.adds, force)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := pricing.ReadAdditions(adds.Encode())
	if err != nil {
		t.Fatalf("%v in\n%s", err, adds.Encode())
	}
	book, err := pricing.Embedded().Adding(stored)
	if err != nil {
		t.Fatal(err)
	}
	n.book, n.adds = book, stored
	return c, applied
}

func start() *newest { return &newest{book: pricing.Embedded()} }

// price is what a request costs per million of each class, as text.
func price(b *pricing.Book, d usage.Dims, total int64, when time.Time) string {
	d.Band = b.Edges().Band(total)
	t := b.Tariff(&d, when)
	if !t.Priced {
		return "unpriced"
	}
	var out []string
	for k := pricing.Input; k <= pricing.Output; k++ {
		text := "-"
		if rate, ok := t.Base.Of(k); ok {
			text = rate.PerMillion()
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

func TestLiteLLMFields(t *testing.T) {
	n := start()
	text := lite(
		model("gpt-77-nova", "openai", `"input_cost_per_token": 3.0001999999999996E-7, "output_cost_per_token": 2.4e-06, "cache_read_input_token_cost": 3e-08,
			"cache_creation_input_token_cost": 3.75e-07, "cache_creation_input_token_cost_above_1hr": 6e-07,
			"input_cost_per_token_above_272k_tokens": 6e-07, "output_cost_per_token_above_272k_tokens": 3.6e-06, "cache_read_input_token_cost_above_272k_tokens": 6e-08,
			"cache_creation_input_token_cost_above_272k_tokens": 7.5e-07, "cache_creation_input_token_cost_above_1hr_above_272k_tokens": 1.2e-06,
			"input_cost_per_token_priority": 6e-07, "output_cost_per_token_priority": 4.8e-06, "cache_read_input_token_cost_priority": 6e-08,
			"input_cost_per_token_above_272k_tokens_priority": 1.2e-06, "output_cost_per_token_above_272k_tokens_priority": 7.2e-06,
			"input_cost_per_token_batches": 1.5e-07, "output_cost_per_token_batches": 1.2e-06,
			"input_cost_per_token_flex": 1.5e-07, "output_cost_per_token_flex": 1.2e-06, "cache_read_input_token_cost_flex": 1.5e-08,
			"input_cost_per_audio_token": 1e-05, "output_cost_per_image": 0.04, "search_context_cost_per_query": {"search_context_size_low": 0.01},
			"provider_specific_entry": {"us": 1.1, "fast": 6.0}`),
		model("xai/grok-77", "xai", `"input_cost_per_token": "2e-06", "output_cost_per_token": 1e-05, "input_cost_per_token_above_200k_tokens": 4e-06, "output_cost_per_token_above_200k_tokens": 2e-05`),
		model("gemini/gemini-77-pro", "gemini", `"input_cost_per_token": 1.25e-06, "output_cost_per_token": 1e-05, "tiered_pricing": [
			{"range": [0, 32000], "input_cost_per_token": 1.25e-06, "output_cost_per_token": 1e-05},
			{"range": [32000, 128000.0], "input_cost_per_token": 1.5e-06, "output_cost_per_token": 1.2e-05},
			{"range": [128000.0, 1000000], "input_cost_per_token": 2.5e-06, "output_cost_per_token": 2e-05}]`),
		model("deepseek/deepseek-77", "deepseek", `"input_cost_per_token": 1.4e-07, "input_cost_per_token_cache_hit": 1.4e-08, "cache_creation_input_token_cost": 0.0, "output_cost_per_token": 2.8e-07`),
		`"text-embedding-77": {"litellm_provider": "openai", "mode": "embedding", "input_cost_per_token": 2e-08, "output_cost_per_token": 0.0}`,
		`"dall-e-77": {"litellm_provider": "openai", "mode": "image_generation", "input_cost_per_token": 5e-06}`,
		model("gpt-77-realtime", "openai", `"input_cost_per_token": 5e-06, "output_cost_per_token": 2e-05`),
		model("novita/x", "novita", `"input_cost_per_token": 5e-06, "output_cost_per_token": 2e-05`),
		model("azure/eu/gpt-77-nova", "azure", `"input_cost_per_token": 5e-06, "output_cost_per_token": 2e-05`),
		model("azure/gpt-5", "azure", `"input_cost_per_token": 1.25e-06, "output_cost_per_token": 1e-05`),
		`"per-second": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_second": 0.1}`,
		`"broken": 7`, model("negative", "openai", `"input_cost_per_token": -1e-06, "output_cost_per_token": 1e-06`),
	)
	c, applied := n.take(t, text, "2026-11-25T10:07:33Z", false)
	if !applied || len(c.Refused) != 0 || len(c.Changed) != 0 {
		t.Fatalf("refused %+v, changed %+v", c.Refused, c.Changed)
	}
	when := at(t, "2026-12-01")
	for _, tc := range []struct {
		provider, model, tier string
		total                 int64
		want                  string
	}{
		{"openai", "gpt-77-nova", "", 1000, "0.30002 0.03 0.375 0.6 2.4"},
		{"openai", "gpt-77-nova", "", 272000, "0.30002 0.03 0.375 0.6 2.4"},
		{"openai", "gpt-77-nova", "", 272001, "0.6 0.06 0.75 1.2 3.6"},
		{"openai", "gpt-77-nova", "priority", 1000, "0.6 0.06 0.74995 1.19992 4.8"},
		{"openai", "gpt-77-nova", "priority", 272001, "1.2 0.119992 1.4999 2.39984 7.2"},
		{"openai", "gpt-77-nova", "flex", 1000, "0.15 0.015 0.187488 0.29998 1.2"},
		{"openai", "gpt-77-nova", "batch", 1000, "0.15 0.03 0.187488 0.29998 1.2"},
		{"xai", "grok-77", "", 199999, "2 2 2 2 10"},
		{"xai", "grok-77", "", 200000, "4 4 4 4 20"},
		{"google", "gemini-77-pro", "", 32000, "1.25 1.25 1.25 1.25 10"},
		{"google", "gemini-77-pro", "", 32001, "1.5 1.5 1.5 1.5 12"},
		{"google", "gemini-77-pro", "", 128001, "2.5 2.5 2.5 2.5 20"},
		{"deepseek", "deepseek-77", "", 1, "0.14 0.014 0.14 0.14 0.28"},
		{"openai", "text-embedding-77", "", 1, "0.02 0.02 0.02 0.02 -"},
		{"azure", "azure/gpt-5", "", 1, "1.25 1.25 1.25 1.25 10"},
		{"novita", "x", "", 1, "unpriced"},
		{"openai", "gpt-77-realtime", "", 1, "unpriced"},
	} {
		d := usage.Dims{Provider: tc.provider, Model: tc.model, Tier: tc.tier}
		if got := price(n.book, d, tc.total, when); got != tc.want {
			t.Errorf("%s %s %d: %s, want %s", tc.model, tc.tier, tc.total, got, tc.want)
		}
	}
	if r := n.book.Resolve("azure", "gpt-5", when); r.PricedText() != "own" {
		t.Errorf("azure's own price is not its own: %s", r.PricedText())
	}
	row := n.book.History("openai", "gpt-77-nova")[0]
	if row.From != at(t, "2026-11-25T10:00:00Z") || row.Learned != at(t, "2026-11-25T10:07:33Z") || row.Window != 400000 ||
		row.MaxOutput != 128000 || row.Source != "litellm: list.json" || row.Confidence != pricing.FirstSeen || row.Origin != pricing.Imported {
		t.Errorf("%+v", row)
	}
	ignored := map[string]int{}
	for _, n := range c.Ignored {
		ignored[n.What] = n.N
	}
	for what, n := range map[string]int{"input_cost_per_audio_token": 1, "output_cost_per_image": 1, "search_context_cost_per_query": 1,
		"cache prices of zero": 1, "models for image generation": 1, "audio and realtime models": 1,
		"models of providers that the book does not have": 1, "names of a region, a tier or a variant": 1, "models without a price per token": 1} {
		if ignored[what] != n {
			t.Errorf("ignored %q %d times, want %d: %v", what, ignored[what], n, c.Ignored)
		}
	}
	if len(c.Problems) != 2 || c.Problems[0].Where != "broken" || !strings.Contains(c.Problems[1].Reason, "input_cost_per_token: below zero") {
		t.Errorf("problems: %v", c.Problems)
	}
	if again, applied := n.take(t, text, "2026-11-26T00:00:00Z", false); applied || !again.Empty() {
		t.Errorf("the same list again: %+v", again)
	}
}

func TestSlipsAreRefused(t *testing.T) {
	luna := `"cache_read_input_token_cost": 2e-08, "cache_creation_input_token_cost": 2.5e-07,`
	for _, tc := range []struct{ entry, want string }{
		{model("gpt-5.6-luna", "openai", luna+`"input_cost_per_token": 0.0002, "output_cost_per_token": 0.0012`), "input moves more than 5 times, from 0.2 to 200 per 1M, exactly 1000 times"},
		{model("gpt-5.6-luna", "openai", luna+`"input_cost_per_token": 1.2e-06, "output_cost_per_token": 2e-07`), "output costs less than half of input"},
		{model("gpt-5.6-luna", "openai", `"cache_read_input_token_cost": 2.5e-07, "cache_creation_input_token_cost": 2e-08, "input_cost_per_token": 2e-07, "output_cost_per_token": 1.2e-06`), "a cached token costs more"},
		{model("claude-opus-4-5-20251101", "anthropic", `"cache_read_input_token_cost": 5e-06, "cache_creation_input_token_cost": 4e-07, "input_cost_per_token": 5e-06, "output_cost_per_token": 25e-06`), "a cache write costs less than a read"},
		{model("gpt-5.6-luna", "openai", luna+`"input_cost_per_token": 0, "output_cost_per_token": 0`), "input price of zero"},
		{model("gpt-5.6-luna", "openai", luna+`"input_cost_per_token": 2e-07, "output_cost_per_token": 0.0`), "output price of zero"},
		{model("gpt-5.6-luna", "openai", `"input_cost_per_token": 1e-07, "output_cost_per_token": 6e-07`), "no cache_"},
		{model("gpt-5.6-luna", "openai", luna+`"input_cost_per_token": 1e-07, "output_cost_per_token": 6e-07`), "over 272000 tokens, which the book has"},
		{model("deepseek/deepseek-v4-flash", "deepseek", `"input_cost_per_token": 2e-07, "output_cost_per_token": 3e-07, "cache_read_input_token_cost": 5e-09`), "by the hour"},
		{model("gpt-88", "openai", `"input_cost_per_token": 0.25, "output_cost_per_token": 1.25`), "input costs 250000 per 1M"},
		{model("gpt-88", "openai", `"input_cost_per_token": 1e-10, "output_cost_per_token": 5e-10`), "a thousand times too little"},
		{model("gpt-5.6-luna-2026-12-12", "openai", `"input_cost_per_token": 0.00002, "output_cost_per_token": 0.00012`), "input moves more than 5 times"},
		{model("gpt-88", "openai", `"input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6, "input_cost_per_token_flex": 5e-7`), "flex is incomplete"},
	} {
		n := start()
		before := n.book.Version()
		c, applied := n.take(t, lite(tc.entry), "2026-11-25", false)
		if applied || len(c.Refused) == 0 || !strings.Contains(c.Refused[0].Reason, tc.want) {
			t.Errorf("%s: %+v, want %q", tc.entry, c.Refused, tc.want)
			continue
		}
		if n.book.Version() != before {
			t.Error("a refused price changed the book")
		}
		if _, applied = n.take(t, lite(tc.entry), "2026-11-25", true); !applied || !n.adds.Imports[0].Forced {
			t.Errorf("%s: not let in by force", tc.entry)
		}
	}
}

// catalogue is a list of n made-up models.
func catalogue(from, to int) string {
	var entries []string
	for i := from; i < to; i++ {
		entries = append(entries, model(fmt.Sprintf("gpt-9%02d", i), "openai", `"input_cost_per_token": 1e-06, "output_cost_per_token": 4e-06`))
	}
	return lite(entries...)
}

func TestAShrunkenListIsRefused(t *testing.T) {
	n := start()
	n.take(t, catalogue(0, 20), "2026-11-25", false)
	c := Compare(n.book, parse(t, catalogue(5, 25)), "", at(t, "2026-11-26"))
	if len(c.Shrunk) != 0 || len(c.Kept) != 5 || len(c.New) != 5 {
		t.Errorf("a quarter less: %+v", c)
	}
	small := catalogue(8, 21)
	c = Compare(n.book, parse(t, small), "", at(t, "2026-11-26"))
	if _, _, err := c.Apply(n.adds, false); !errors.Is(err, ErrShrunk) || len(c.Kept) != 8 {
		t.Errorf("8 of 20 gone: %v", err)
	}
	n.take(t, small, "2026-11-26", true)
	if got := price(n.book, usage.Dims{Provider: "openai", Model: "gpt-900"}, 1, at(t, "2026-12-01")); got != "1 1 1 1 4" {
		t.Errorf("a model that the list dropped costs %s", got)
	}
	if c = Compare(n.book, parse(t, small), "", at(t, "2026-11-27")); len(c.Shrunk) != 0 {
		t.Errorf("by force it became what is known, but %v", c.Shrunk)
	}
}

func TestAnImportIsDatedAndCanBeTakenBack(t *testing.T) {
	n := start()
	original := n.book
	cut := lite(model("gpt-4o", "openai", `"input_cost_per_token": 2e-06, "output_cost_per_token": 8e-06, "cache_read_input_token_cost": 1e-06,
		"input_cost_per_token_batches": 1e-06, "output_cost_per_token_batches": 4e-06, "input_cost_per_token_priority": 3.4e-06, "output_cost_per_token_priority": 1.36e-05`))
	c, _ := n.take(t, cut, "2026-11-25T10:07:33Z", false)
	if len(c.Changed) != 3 || c.Changed[0].Factor != "×0.8" || !c.Changed[0].Had || c.Changed[0].Before.Rates.Input.PerMillion() != "2.5" {
		t.Errorf("%+v", c.Changed)
	}
	d := usage.Dims{Provider: "openai", Model: "gpt-4o"}
	for _, tc := range []struct{ when, tier, want string }{
		{"2026-11-25T09:59:59Z", "", "2.5 1.25 2.5 2.5 10"}, {"2026-11-25T10:00:00Z", "", "2 1 2 2 8"},
		{"2026-11-25T09:59:59Z", "batch", "1.25 1.25 1.25 1.25 5"}, {"2026-11-25T10:00:00Z", "batch", "1 1 1 1 4"},
		{"2026-11-25T10:00:00Z", "priority", "3.4 1.7 3.4 3.4 13.6"},
	} {
		d.Tier = tc.tier
		if got := price(n.book, d, 1, at(t, tc.when)); got != tc.want {
			t.Errorf("%s %s: %s, want %s", tc.when, tc.tier, got, tc.want)
		}
	}
	versions := n.book.Versions()
	if len(versions) != 2 || versions[1].Version != n.book.Version() || versions[0].Version != original.Version() || versions[1].Rows != 3 {
		t.Errorf("%+v", versions)
	}
	old, ok := n.book.ByVersion(original.Version())
	if !ok || !old.Equal(original) || old.Version() != original.Version() {
		t.Error("the book as it was known before is not the book before")
	}
	if n.book.AsKnown(at(t, "2030-01-01")) != n.book {
		t.Error("as known now is another book")
	}
	if changes := pricing.ChangedRows(original, n.book); len(changes) < 4 {
		t.Errorf("%d changed rows", len(changes))
	}
	back, taken, ok := n.adds.Rollback()
	if !ok || taken.ID != 1 || len(back.Imports) != 0 {
		t.Fatal("nothing taken back")
	}
	book, err := n.book.Adding(back)
	if err != nil || !book.Equal(original) || len(pricing.ChangedRows(original, book)) != 0 {
		t.Errorf("taken back, but not the book before: %v", err)
	}
	if _, _, err := Compare(n.book, parse(t, catalogue(0, 3)), "", at(t, "2026-11-01")).Apply(n.adds, true); !errors.Is(err, ErrOrder) {
		t.Errorf("an import before the last one: %v", err)
	}
}
