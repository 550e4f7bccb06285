package pricing

import (
	"testing"
	"time"

	"tokpit/money"
	"tokpit/usage"
)

func benchDims() []usage.Dims {
	return []usage.Dims{
		{Provider: "anthropic", Model: "claude-opus-4-5-20251101", Band: usage.Band{Lo: 0, End: 100000}},
		{Provider: "openai", Model: "gpt-5.1-codex", Band: usage.Band{Lo: 0, End: 100000}},
		{Provider: "openrouter", Model: "anthropic/claude-4.7-opus-20260416", Tier: "standard"},
		{Provider: "deepseek", Model: "deepseek-v4-flash", Band: usage.Band{Lo: 0, End: 100000}},
	}
}

func BenchmarkDecode(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(int64(len(embedded)))
	for b.Loop() {
		t, err := Decode(embedded)
		if err != nil {
			b.Fatal(err)
		}
		compile(t, fingerprint(embedded))
	}
}

func BenchmarkResolve(b *testing.B) {
	book := Embedded()
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	b.ReportAllocs()
	for b.Loop() {
		book.Resolve("openrouter", "anthropic/claude-4.7-opus-20260416", at)
	}
}

// BenchmarkResolveNew is the first look-up of a name.
func BenchmarkResolveNew(b *testing.B) {
	book := Embedded()
	b.ReportAllocs()
	for b.Loop() {
		book.resolve("openrouter", "anthropic/claude-4.7-opus-20260416", 1793000000)
	}
}

func BenchmarkTariff(b *testing.B) {
	book, dims := Embedded(), benchDims()
	at := time.Date(2026, 9, 1, 2, 0, 0, 0, time.UTC)
	for i := range dims {
		b.Run(dims[i].Model[:8], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				book.Tariff(&dims[i], at)
			}
		})
	}
}

func BenchmarkCharge(b *testing.B) {
	book, dims := Embedded(), benchDims()
	t := book.Tariff(&dims[0], time.Date(2026, 9, 1, 2, 0, 0, 0, time.UTC))
	tokens := usage.Tokens{Input: 1200, CacheRead: 80000, CacheWrite5m: 3000, Output: 900}
	var sum money.Amount
	b.ReportAllocs()
	for b.Loop() {
		c := t.Charge(tokens, nil)
		sum = sum.Add(c.Cost)
	}
}

func BenchmarkChargeRecord(b *testing.B) {
	book, dims := Embedded(), benchDims()
	r := usage.Record{Start: time.Date(2026, 9, 1, 2, 0, 0, 0, time.UTC), Context: 84200, Dims: dims[0],
		Tokens: usage.Tokens{Input: 1200, CacheRead: 80000, CacheWrite5m: 3000, Output: 900}}
	b.ReportAllocs()
	for b.Loop() {
		book.ChargeRecord(&r)
	}
}

// BenchmarkTariffOverlay is a look-up in a book with the user's entries.
func BenchmarkTariffOverlay(b *testing.B) {
	book, err := Embedded().With(Overlay{
		Prices:    []OwnPrice{{Provider: "openai", Model: "gpt-5", Input: "1", Output: "8"}},
		Discounts: []Discount{{Provider: "anthropic", Model: "*", Percent: "7"}},
		Aliases:   []Alias{{Name: "prod", Provider: "azure", Model: "gpt-4o"}},
	})
	if err != nil {
		b.Fatal(err)
	}
	dims := append(benchDims(), usage.Dims{Provider: "azure", Model: "prod"})
	at := time.Date(2026, 9, 1, 2, 0, 0, 0, time.UTC)
	for i := range dims {
		b.Run(dims[i].Model[:4], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				book.Tariff(&dims[i], at)
			}
		})
	}
}

func BenchmarkWith(b *testing.B) {
	o := Overlay{Prices: []OwnPrice{{Provider: "openai", Model: "gpt-5", Input: "1", Output: "8"}}}
	for b.Loop() {
		if _, err := Embedded().With(o); err != nil {
			b.Fatal(err)
		}
	}
}
