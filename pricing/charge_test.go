package pricing

import (
	"testing"
	"testing/fstest"
	"time"

	"tokpit/usage"
)

func at(t testing.TB, s string) time.Time {
	t.Helper()
	for _, layout := range []string{"2006-01-02T15:04Z", time.DateOnly, time.RFC3339} {
		if when, err := time.Parse(layout, s); err == nil {
			return when.UTC()
		}
	}
	t.Fatalf("not a time: %s", s)
	return time.Time{}
}

// TestCharge holds the rules that the worked examples do not reach.
func TestCharge(t *testing.T) {
	tokens := usage.Tokens{Input: 1_000_000, Output: 100_000}
	search := []usage.Quantity{{Meter: "web_search", N: 3}}
	below := usage.Band{Lo: 0, End: 100000}
	for _, c := range []struct {
		name            string
		dims            usage.Dims
		at              string
		tokens          usage.Tokens
		quantities      []usage.Quantity
		cost, low, high string
		flags           string
		unpriced, units int64
		priced          bool
	}{
		{name: "plain", dims: usage.Dims{Provider: "openai", Model: "gpt-4o"}, at: "2026-01-01T00:00Z", tokens: tokens,
			cost: "3.5", priced: true},
		{name: "nothing used", dims: usage.Dims{Provider: "openai", Model: "gpt-4o"}, at: "2026-01-01T00:00Z", cost: "0", priced: true},
		{name: "nothing used of an unknown model", dims: usage.Dims{Provider: "openai", Model: "gpt-40"}, at: "2026-01-01T00:00Z", cost: "0",
			flags: "unpriced-model"},
		{name: "unknown model", dims: usage.Dims{Provider: "openai", Model: "gpt-40"}, at: "2026-01-01T00:00Z", tokens: tokens,
			cost: "0", unpriced: 1_100_000, flags: "unpriced-model"},
		{name: "unknown model with a search", dims: usage.Dims{Provider: "openai", Model: "gpt-40"}, at: "2026-01-01T00:00Z", tokens: tokens, quantities: search,
			cost: "0.03", unpriced: 1_100_000, flags: "unpriced-model", priced: true},
		{name: "placeholder", dims: usage.Dims{Provider: "anthropic", Model: "<synthetic>"}, at: "2026-01-01T00:00Z", tokens: tokens, cost: "0", priced: true},
		{name: "output of a model without", dims: usage.Dims{Provider: "openai", Model: "text-embedding-3-small"}, at: "2026-01-01T00:00Z", tokens: tokens,
			cost: "0.02", unpriced: 100_000, flags: "unpriced-class", priced: true},
		{name: "only output of a model without", dims: usage.Dims{Provider: "openai", Model: "text-embedding-3-small"}, at: "2026-01-01T00:00Z",
			tokens: usage.Tokens{Output: 5}, cost: "0", unpriced: 5, flags: "unpriced-class"},
		{name: "reasoning is inside output", dims: usage.Dims{Provider: "openai", Model: "gpt-4o"}, at: "2026-01-01T00:00Z",
			tokens: usage.Tokens{Output: 1000, Reasoning: 900}, cost: "0.01", priced: true},
		{name: "before the first price", dims: usage.Dims{Provider: "openai", Model: "gpt-4o"}, at: "2020-01-01T00:00Z", tokens: tokens,
			cost: "6.5", flags: "before-first-row", priced: true},
		{name: "a tier not sold", dims: usage.Dims{Provider: "openai", Model: "o1", Tier: "flex"}, at: "2026-01-01T00:00Z", tokens: tokens,
			cost: "21", flags: "tier-missing", priced: true},
		{name: "a tier not known", dims: usage.Dims{Provider: "openai", Model: "gpt-4o", Tier: "scale"}, at: "2026-01-01T00:00Z", tokens: tokens,
			cost: "3.5", flags: "tier-missing", priced: true},
		{name: "auto is standard", dims: usage.Dims{Provider: "openai", Model: "gpt-4o", Tier: " Auto "}, at: "2026-01-01T00:00Z", tokens: tokens,
			cost: "3.5", priced: true},
		{name: "a tier that is missing for long requests is the long standard", at: "2026-06-01T00:00Z", tokens: usage.Tokens{Input: 300000},
			dims: usage.Dims{Provider: "openai", Model: "gpt-5.4-pro", Tier: "priority", Band: usage.Band{Lo: 272001}},
			cost: "18", flags: "tier-missing", priced: true},
		{name: "tier of the name against tier of the record", at: "2026-06-01T00:00Z", tokens: usage.Tokens{Input: 1000},
			dims: usage.Dims{Provider: "anthropic", Model: "claude-opus-4-7-fast", Tier: "batch"}, cost: "0.03", flags: "modifier-unknown", priced: true},
		{name: "searches", dims: usage.Dims{Provider: "anthropic", Model: "claude-opus-4-5"}, at: "2026-01-01T00:00Z", quantities: search,
			cost: "0.03", priced: true},
		{name: "fetches cost only tokens", dims: usage.Dims{Provider: "anthropic", Model: "claude-opus-4-5"}, at: "2026-01-01T00:00Z",
			quantities: []usage.Quantity{{Meter: "web_fetch", N: 7}}, cost: "0", priced: true},
		{name: "file searches", dims: usage.Dims{Provider: "openai", Model: "gpt-5"}, at: "2026-01-01T00:00Z",
			quantities: []usage.Quantity{{Meter: "file_search", N: 4}}, cost: "0.01", priced: true},
		{name: "searches before they were sold", dims: usage.Dims{Provider: "anthropic", Model: "claude-3-opus"}, at: "2024-06-01T00:00Z", quantities: search,
			cost: "0.03", flags: "before-first-row", priced: true},
		{name: "a meter without a price", dims: usage.Dims{Provider: "openai", Model: "gpt-4o"}, at: "2026-01-01T00:00Z", tokens: tokens,
			quantities: []usage.Quantity{{Meter: "audio_input", N: 50}, {Meter: "web_search", N: 1}}, cost: "3.51", units: 50, flags: "unpriced-meter", priced: true},
		{name: "only a meter without a price", dims: usage.Dims{Provider: "openai", Model: "gpt-4o"}, at: "2026-01-01T00:00Z",
			quantities: []usage.Quantity{{Meter: "audio_input", N: 50}}, cost: "0", units: 50, flags: "unpriced-meter"},
		{name: "a host's meter is not the vendor's", dims: usage.Dims{Provider: "azure", Model: "gpt-4o"}, at: "2026-01-01T00:00Z", tokens: tokens, quantities: search,
			cost: "3.5", units: 3, flags: "estimate,unpriced-meter", priced: true},
		{name: "US inference", dims: usage.Dims{Provider: "anthropic", Model: "claude-opus-4-6", Region: "US", Band: below}, at: "2026-04-01T00:00Z", tokens: tokens,
			cost: "8.25", priced: true},
		{name: "US inference does not touch searches", dims: usage.Dims{Provider: "anthropic", Model: "claude-opus-4-6", Region: "us"}, at: "2026-04-01T00:00Z", quantities: search,
			cost: "0.03", priced: true},
		{name: "US inference in batch", dims: usage.Dims{Provider: "anthropic", Model: "claude-opus-4-6", Region: "us", Tier: "batch"}, at: "2026-04-01T00:00Z", tokens: tokens,
			cost: "4.125", priced: true},
		{name: "US inference of a model that had none", dims: usage.Dims{Provider: "anthropic", Model: "claude-opus-4-5", Region: "us"}, at: "2026-04-01T00:00Z", tokens: tokens,
			cost: "7.5", flags: "modifier-unknown", priced: true},
		{name: "global inference", dims: usage.Dims{Provider: "anthropic", Model: "claude-opus-4-6", Region: "global"}, at: "2026-04-01T00:00Z", tokens: tokens,
			cost: "7.5", priced: true},
		{name: "region not available", dims: usage.Dims{Provider: "anthropic", Model: "claude-opus-4-5", Region: "not_available"}, at: "2026-04-01T00:00Z", tokens: tokens,
			cost: "7.5", priced: true},
		{name: "EU at OpenAI", dims: usage.Dims{Provider: "openai", Model: "gpt-5.4-mini", Region: "eu"}, at: "2026-04-01T00:00Z", tokens: tokens,
			cost: "1.32", priced: true},
		{name: "EU at OpenAI before there was a surcharge", dims: usage.Dims{Provider: "openai", Model: "gpt-5", Region: "eu"}, at: "2026-04-01T00:00Z", tokens: tokens,
			cost: "2.25", priced: true},
		{name: "a region that the book does not know", dims: usage.Dims{Provider: "openai", Model: "gpt-5", Region: "jp"}, at: "2026-04-01T00:00Z", tokens: tokens,
			cost: "2.25", flags: "modifier-unknown", priced: true},
		{name: "a host's region", dims: usage.Dims{Provider: "vertex", Model: "claude-opus-4-6", Region: "us"}, at: "2026-04-01T00:00Z", tokens: tokens,
			cost: "7.5", flags: "estimate,modifier-unknown", priced: true},
		{name: "Azure's zone", dims: usage.Dims{Provider: "azure", Model: "azure/eu/gpt-5"}, at: "2026-04-01T00:00Z", tokens: tokens,
			cost: "2.25", flags: "estimate,modifier-unknown", priced: true},
		{name: "a likely name", dims: usage.Dims{Provider: "google", Model: "gemini-2.5-flash-preview-09-2025"}, at: "2026-04-01T00:00Z", tokens: tokens,
			cost: "0.55", flags: "likely-name", priced: true},
		{name: "a band that says nothing", dims: usage.Dims{Provider: "openai", Model: "gpt-5.4"}, at: "2026-06-01T00:00Z", tokens: tokens,
			cost: "4", low: "4", high: "7.25", flags: "context-range", priced: true},
		{name: "a band on both sides, but nothing that differs", dims: usage.Dims{Provider: "openai", Model: "gpt-5.4"}, at: "2026-06-01T00:00Z",
			quantities: search, cost: "0.03", priced: true},
		{name: "the provider's own band", dims: usage.Dims{Provider: "anthropic", Model: "claude-sonnet-4-5", Band: usage.Band{Lo: 0, End: 200001}},
			at: "2026-01-01T00:00Z", tokens: tokens, cost: "4.5", priced: true},
		{name: "the provider's upper band", dims: usage.Dims{Provider: "anthropic", Model: "claude-sonnet-4-5", Band: usage.Band{Lo: 200001, End: 1000001}},
			at: "2026-01-01T00:00Z", tokens: tokens, cost: "8.25", priced: true},
		{name: "the same band where the boundary includes", dims: usage.Dims{Provider: "xai", Model: "grok-4.3", Band: usage.Band{Lo: 0, End: 200001}},
			at: "2026-06-01T00:00Z", tokens: tokens, cost: "1.5", low: "1.5", high: "3", flags: "context-range", priced: true},
		{name: "long is cheaper than short in this tier", dims: usage.Dims{Provider: "openai", Model: "gpt-5.5", Tier: "priority"}, at: "2026-06-01T00:00Z",
			tokens: tokens, cost: "20", low: "14.5", high: "20", flags: "context-range", priced: true},
	} {
		got := Embedded().ChargeCell(&c.dims, at(t, c.at), at(t, c.at).Add(usage.SlotLength), c.tokens, c.quantities)
		if c.low == "" {
			c.low, c.high = c.cost, c.cost
		}
		if got.Cost.String() != c.cost || got.Low.String() != c.low || got.High.String() != c.high || got.Ranged != (c.low != c.high) {
			t.Errorf("%s: %s (%s to %s), want %s (%s to %s)", c.name, got.Cost, got.Low, got.High, c.cost, c.low, c.high)
		}
		if got.Flags.String() != c.flags || got.Priced != c.priced || got.UnpricedTokens != c.unpriced || got.UnpricedQuantities != c.units {
			t.Errorf("%s: flags %q, priced %v, unpriced %d tokens %d units; want %q, %v, %d, %d", c.name,
				got.Flags, got.Priced, got.UnpricedTokens, got.UnpricedQuantities, c.flags, c.priced, c.unpriced, c.units)
		}
		if got.Estimated != (got.Flags&FlagEstimate != 0) || got.Currency != "USD" {
			t.Errorf("%s: estimated %v, currency %q", c.name, got.Estimated, got.Currency)
		}
	}
}

// TestChargeOverTime prices cells and buckets in which prices change.
func TestChargeOverTime(t *testing.T) {
	tokens := usage.Tokens{Input: 1_000_000}
	for _, c := range []struct {
		name, provider, model, from, to string
		cost, low, high, flags          string
	}{
		{"a day with a cut at midnight", "openai", "gpt-5.6-luna", "2026-07-29T00:00Z", "2026-07-30T00:00Z", "1", "1", "1", ""},
		{"the day after", "openai", "gpt-5.6-luna", "2026-07-30T00:00Z", "2026-07-31T00:00Z", "0.2", "0.2", "0.2", ""},
		{"two days", "openai", "gpt-5.6-luna", "2026-07-29T00:00Z", "2026-07-31T00:00Z", "1", "0.2", "1", "price-change"},
		{"a day with a change at 16:00, before peaks", "deepseek", "deepseek-v4-pro", "2026-08-16T00:00Z", "2026-08-17T00:00Z", "0.435", "0.435", "0.66", "price-change"},
		{"a quarter hour off peak", "deepseek", "deepseek-v4-pro", "2026-08-17T00:45Z", "2026-08-17T01:00Z", "0.66", "0.66", "0.66", ""},
		{"a quarter hour of peak", "deepseek", "deepseek-v4-pro", "2026-08-17T01:00Z", "2026-08-17T01:15Z", "1.32", "1.32", "1.32", ""},
		{"an hour of peak", "deepseek", "deepseek-v4-pro", "2026-08-17T03:00Z", "2026-08-17T04:00Z", "1.32", "1.32", "1.32", ""},
		{"two hours across the end of the peak", "deepseek", "deepseek-v4-pro", "2026-08-17T03:00Z", "2026-08-17T05:00Z", "0.66", "0.66", "1.32", "hours-range"},
		{"a day with peaks", "deepseek", "deepseek-v4-pro", "2026-08-18T00:00Z", "2026-08-19T00:00Z", "0.66", "0.66", "1.32", "hours-range"},
		{"a weekend day", "deepseek", "deepseek-v4-pro", "2026-11-15T00:00Z", "2026-11-16T00:00Z", "0.66", "0.66", "0.66", ""},
		{"a weekend", "deepseek", "deepseek-v4-pro", "2026-11-14T00:00Z", "2026-11-16T00:00Z", "0.66", "0.66", "0.66", ""},
		{"a weekend and an hour", "deepseek", "deepseek-v4-pro", "2026-11-14T00:00Z", "2026-11-16T01:15Z", "0.66", "0.66", "1.32", "hours-range"},
		{"the holidays", "deepseek", "deepseek-v4-pro", "2026-10-01T00:00Z", "2026-10-08T00:00Z", "0.66", "0.66", "0.66", ""},
		{"a lifetime", "deepseek", "deepseek-v4-pro", "2026-10-08T00:00Z", "9000-01-01T00:00Z", "0.66", "0.66", "1.32", "hours-range"},
		{"2025, from night to day", "deepseek", "deepseek-chat", "2025-03-01T00:00Z", "2025-03-01T01:00Z", "0.135", "0.135", "0.27", "hours-range"},
		{"2025, from day to night", "deepseek", "deepseek-chat", "2025-03-01T16:00Z", "2025-03-01T17:00Z", "0.135", "0.135", "0.27", "hours-range"},
		{"no time at all", "openai", "gpt-5.6-luna", "2026-07-30T00:00Z", "2026-07-30T00:00Z", "0.2", "0.2", "0.2", ""},
		{"time that runs backwards", "openai", "gpt-5.6-luna", "2026-07-30T00:00Z", "2026-07-01T00:00Z", "0.2", "0.2", "0.2", ""},
		{"an alias that moves", "mistral", "mistral-medium-latest", "2026-06-15T00:00Z", "2026-06-17T00:00Z", "0.4", "0.4", "1.5", "price-change"},
	} {
		d := usage.Dims{Provider: c.provider, Model: c.model, Band: usage.Band{Lo: 0, End: 100000}}
		got := Embedded().ChargeCell(&d, at(t, c.from), at(t, c.to), tokens, nil)
		if got.Cost.String() != c.cost || got.Low.String() != c.low || got.High.String() != c.high || got.Flags.String() != c.flags || !got.Priced {
			t.Errorf("%s: %s (%s to %s) %q, want %s (%s to %s) %q", c.name, got.Cost, got.Low, got.High, got.Flags, c.cost, c.low, c.high, c.flags)
		}
		rec := usage.Record{Dims: d, Start: at(t, c.from), End: at(t, c.to), Context: usage.Absent, Tokens: tokens}
		if r := Embedded().ChargeRecord(&rec); r != got {
			t.Errorf("%s: the record costs %s to %s, the cell %s to %s", c.name, r.Low, r.High, got.Low, got.High)
		}
	}
}

// TestTimePartlyUnpriced leaves a cell unpriced if the name meant nothing for
// part of its time: zero is not a bound.
func TestTimePartlyUnpriced(t *testing.T) {
	d := usage.Dims{Provider: "mistral", Model: "codestral-latest"}
	got := Embedded().ChargeCell(&d, at(t, "2024-05-28T00:00Z"), at(t, "2024-05-30T00:00Z"), usage.Tokens{Input: 7}, nil)
	if got.Priced || got.UnpricedTokens != 7 || !got.Cost.IsZero() || got.Flags&FlagUnpricedModel == 0 {
		t.Errorf("got %+v", got)
	}
}

// tiny is a book of one model with prices a person can follow.
func tiny(t *testing.T, rows string) *Book {
	t.Helper()
	files := fstest.MapFS{}
	for name, text := range map[string]string{
		"providers.csv": "alias,provider,kind\nv,v,vendor\n", "names.csv": "", "meters.csv": "", "regions.csv": "", "lifecycle.csv": "",
		"prices/v.csv": "model,tier,over,hours,from,to,input,output,currency,confidence,learned,source\n" + rows} {
		if text == "" {
			text = "provider\n"
		}
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	tab, err := ReadTable(files)
	if err != nil {
		t.Fatal(err)
	}
	return NewBook(tab)
}

func TestAClassThatComesOrGoesIsUnpriced(t *testing.T) {
	b := tiny(t, "m,,,,2025-01-01,2025-01-02,1,2,,exact,2025-01-01,s\nm,,,,2025-01-02,,3,,,exact,2025-01-01,s\n")
	d := usage.Dims{Provider: "v", Model: "m"}
	c := b.ChargeCell(&d, at(t, "2025-01-01T12:00Z"), at(t, "2025-01-02T12:00Z"), usage.Tokens{Input: 1_000_000, Output: 4}, nil)
	if c.UnpricedTokens != 4 || c.Cost.String() != "1" || c.High.String() != "3" || !c.Ranged {
		t.Errorf("got %+v", c)
	}
}

func TestACellWithinWindowsOnly(t *testing.T) {
	b := tiny(t, "m,,,,2025-01-01,,1,,,exact,2025-01-01,s\n"+
		"m,,,01:00-02:00,2025-01-01,,2,,,exact,2025-01-01,s\nm,,,02:00-03:00,2025-01-01,,4,,,exact,2025-01-01,s\n")
	d := usage.Dims{Provider: "v", Model: "m"}
	c := b.ChargeCell(&d, at(t, "2025-01-05T01:00Z"), at(t, "2025-01-05T03:00Z"), usage.Tokens{Input: 1_000_000}, nil)
	if c.Cost.String() != "2" || c.Low.String() != "2" || c.High.String() != "4" || c.Flags != FlagHours {
		t.Errorf("%s (%s to %s) %s", c.Cost, c.Low, c.High, c.Flags)
	}
}

// TestCurrenciesAreNotMixed leaves out what is billed in another currency.
func TestCurrenciesAreNotMixed(t *testing.T) {
	b := tiny(t, "m,,,,2025-01-01,2025-01-02,1,,USD,exact,2025-01-01,s\nm,,,,2025-01-02,,3,,EUR,exact,2025-01-01,s\n")
	d := usage.Dims{Provider: "v", Model: "m"}
	if c := b.ChargeCell(&d, at(t, "2025-01-01T12:00Z"), at(t, "2025-01-02T12:00Z"), usage.Tokens{Input: 5}, nil); c.Priced || c.UnpricedTokens != 5 {
		t.Errorf("two currencies: %+v", c)
	}
	c := b.ChargeCell(&d, at(t, "2025-01-03T00:00Z"), at(t, "2025-01-03T01:00Z"), usage.Tokens{Input: 1_000_000}, nil)
	if c.Currency != "EUR" || c.Cost.String() != "3" {
		t.Errorf("euros: %+v", c)
	}
}

func TestTimesBefore1970(t *testing.T) {
	for second, want := range map[int64]int64{-1: -86400, -86400: -86400, -86401: -172800, 0: 0, 86399: 0} {
		if got := midnight(second); got != want {
			t.Errorf("the day of %d begins at %d, want %d", second, got, want)
		}
	}
}

// TestARecordIsPricedByItsOwnSize sets the record's total against its band.
func TestARecordIsPricedByItsOwnSize(t *testing.T) {
	r := usage.Record{Dims: usage.Dims{Provider: "openai", Model: "gpt-5.4", Band: usage.Band{}}, Start: at(t, "2026-06-01T00:00Z"),
		Tokens: usage.Tokens{Input: 272001}, Context: 272001}
	if got := Embedded().ChargeRecord(&r); got.Cost.String() != "1.360005" || got.Ranged {
		t.Errorf("one long request costs %s", got.Cost)
	}
	r.Context = usage.Absent
	if got := Embedded().ChargeRecord(&r); got.Cost.String() != "0.6800025" || !got.Ranged || got.High.String() != "1.360005" {
		t.Errorf("several requests cost %s to %s", got.Low, got.High)
	}
	r.Band = usage.Band{Lo: 0, End: 272000}
	if got := Embedded().ChargeRecord(&r); got.Cost.String() != "0.6800025" || got.Ranged {
		t.Errorf("several short requests cost %s to %s", got.Low, got.High)
	}
}

func TestLookUpsDoNotAllocate(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	b, dims := Embedded(), benchDims()
	when := at(t, "2026-09-01T02:00Z")
	tokens := usage.Tokens{Input: 1200, CacheRead: 80000, CacheWrite5m: 3000, Output: 900}
	quantities := []usage.Quantity{{Meter: "web_search", N: 2}}
	for i := range dims {
		if n := testing.AllocsPerRun(100, func() {
			tariff := b.Tariff(&dims[i], when)
			tariff.Charge(tokens, quantities)
			b.ChargeCell(&dims[i], when, when.Add(usage.SlotLength), tokens, quantities)
			b.Resolve(dims[i].Provider, dims[i].Model, when)
		}); n > 0 {
			t.Errorf("%s: %v allocations", dims[i].Model, n)
		}
	}
}
