package focus

import (
	"testing"
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/usage"
)

// Corrections are booked in the period that is exported, about the day that they
// correct; tax has a row of its own; both keep the invoice's number.
func TestCorrectionsAndTax(t *testing.T) {
	month := func(m time.Month) usage.Span {
		return usage.Span{Since: time.Date(2026, m, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2026, m+1, 1, 0, 0, 0, 0, time.UTC)}
	}
	s := &sheet{}
	w, err := New(s, Options{Provider: func(id string) string { return id }, Cycle: func(time.Time) usage.Span { return month(9) }, Book: "b", Period: month(10),
		Invoice: func(provider, account string, period usage.Span) string {
			return provider + " " + account + " " + period.Since.Format("2006-01")
		}})
	if err != nil {
		t.Fatal(err)
	}
	day := usage.Span{Since: month(9).Since, Until: month(9).Since.AddDate(0, 0, 1)}
	cost := pricing.Charge{Priced: true, Currency: "USD", Cost: money.FromUnits(-3)}
	why := []report.CorrectionCause{{Code: report.CorrectLate}}
	entries := []*report.Entry{
		{Span: day, Dims: &usage.Dims{Provider: "openai", Account: "acme", Model: "gpt-5"}, Measures: usage.Measures{Tokens: usage.Tokens{Input: -7}}, Charge: cost,
			Correction: &report.Correction{Cycle: "2026-09", Cash: money.FromUnits(-2), Causes: why}},
		{Span: day, Dims: &usage.Dims{Source: "codex"}, Plan: &pricing.Plan{Source: "codex"}, Charge: cost,
			Correction: &report.Correction{Cycle: "2026-09", Cash: money.FromUnits(-3), Causes: why}},
		{Span: day, Dims: &usage.Dims{Model: "ours"}, Charge: pricing.Charge{UnpricedTokens: 5}, Correction: &report.Correction{Cycle: "2026-09", Causes: why}},
	}
	for _, e := range entries {
		if err := w.Entry(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Tax(&report.Invoice{Provider: "openai", Number: "I-1", Currency: "USD", Amount: money.FromUnits(11), Tax: money.FromUnits(1)}, month(10)); err != nil {
		t.Fatal(err)
	}
	if err := w.Tax(&report.Invoice{Provider: "openai", Number: "I-2"}, month(10)); err != nil {
		t.Fatal(err)
	}
	want := []map[string]string{
		{"ChargeClass": "Correction", "ChargeCategory": "Usage", "ListCost": "-3", "BilledCost": "-2", "EffectiveCost": "-2", "ConsumedQuantity": "-7", "InvoiceId": "openai acme 2026-10",
			"BillingPeriodStart": "2026-10-01T00:00:00Z", "ChargePeriodStart": "2026-09-01T00:00:00Z", "ChargeDescription": "correction of 2026-09: gpt-5, late usage", "SkuId": "", "PricingQuantity": ""},
		{"ChargeClass": "Correction", "ChargeCategory": "Purchase", "BilledCost": "-3", "EffectiveCost": "0", "InvoiceId": "codex  2026-10", "ConsumedQuantity": ""},
		{"ChargeClass": "Correction", "ChargeCategory": "Usage", "BilledCost": "0", "EffectiveCost": "-3"},
		{"ChargeClass": "", "ChargeCategory": "Tax", "BilledCost": "1", "EffectiveCost": "1", "InvoiceId": "I-1", "ChargePeriodEnd": "2026-11-01T00:00:00Z", "SkuId": "", "PricingCategory": ""},
	}
	if len(s.rows) != len(want) {
		t.Fatalf("%d rows: %v", len(s.rows), s.rows)
	}
	for i, row := range want {
		for column, value := range row {
			if s.rows[i][column] != value {
				t.Errorf("row %d: %s is %q, want %q", i, column, s.rows[i][column], value)
			}
		}
	}
	if lacks := w.LeftOut(); len(lacks) != 1 || lacks[0].Tokens != 5 {
		t.Errorf("left out: %+v", lacks)
	}
}
