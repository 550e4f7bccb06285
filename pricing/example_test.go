package pricing_test

import (
	"fmt"
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// A request as Claude Code logs it.
func ExampleBook_ChargeRecord() {
	r := usage.Record{
		Dims:       usage.Dims{Provider: "anthropic", Model: "claude-opus-4-5-20251101"},
		Start:      time.Date(2026, 1, 15, 9, 30, 0, 0, time.UTC),
		Context:    71_200,
		Requests:   1,
		Tokens:     usage.Tokens{Input: 1_200, CacheRead: 60_000, CacheWrite5m: 10_000, Output: 800},
		Quantities: []usage.Quantity{{Meter: "web_search", N: 2}},
	}
	c := pricing.Embedded().ChargeRecord(&r)
	fmt.Println(c.Cost, c.Currency)
	// Output: 0.1385 USD
}

// A bucket of a usage report that does not say how large its requests were.
func ExampleBook_ChargeCell() {
	d := usage.Dims{Provider: "openai", Model: "gpt-5.4-2026-03-05"}
	day := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	c := pricing.Embedded().ChargeCell(&d, day, day.AddDate(0, 0, 1), usage.Tokens{Input: 2_000_000, Output: 50_000}, nil)
	fmt.Println("from", c.Low, "to", c.High, "because of", c.Flags)
	// Output: from 5.75 to 11.125 because of context-range
}

func ExampleBook_Resolve() {
	b := pricing.Embedded()
	for _, name := range []string{"anthropic/claude-4.7-opus-20260416", "gpt-40"} {
		r := b.Resolve("openrouter", name, time.Time{})
		fmt.Printf("%s %q %v\n", r.PricedText(), r.Model, r.Candidates)
	}
	// Output:
	// as:anthropic "claude-opus-4-7" []
	// no "" [openai/gpt-4o openai/gpt-4 openai/gpt-4.1]
}

func ExamplePlan_Fee() {
	monthly, _ := money.Parse("200")
	p := pricing.Plan{Source: "claude-code", Monthly: monthly, Currency: "USD", From: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)}
	fmt.Println(p.Fee(p.From))
	fmt.Println(p.Fees(usage.Span{}, time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)))
	// Output:
	// 6.451612903225806452
	// 400
}
