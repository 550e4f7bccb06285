package report

import (
	"testing"
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// A discount from August on changes the months from August on, by what it
// takes off, and nothing else.
func TestReprice(t *testing.T) {
	cube := demoCube(t)
	before := pricing.Embedded()
	after, err := before.With(pricing.Overlay{Discounts: []pricing.Discount{
		{Provider: "anthropic", Model: "*", Percent: "10", From: at(t, "2026-08-01T00:00:00Z")}}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := Reprice(cube, before, after, demoPlans(), Query{}, at(t, "2026-11-20T15:00:00Z"))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Rows) == 0 || r.BeforeBook == r.AfterBook {
		t.Fatalf("%d rows, books %s and %s", len(r.Rows), r.BeforeBook, r.AfterBook)
	}
	var sum money.Amount
	for i := range r.Rows {
		row := &r.Rows[i]
		sum = sum.Add(row.Delta())
		if row.Provider != "anthropic" || row.Month < "2026-08" {
			t.Errorf("%s %s/%s changed", row.Month, row.Provider, row.Model)
		}
		search := money.NewRate(money.FromUnits(10)).Scale(1, 1000) // a discount is on tokens only
		tokens := row.Before.Cost
		for _, q := range row.Before.Quantities {
			tokens = tokens.Sub(search.Times(q.N))
		}
		if want := money.NewRate(tokens).Scale(-1, 10).Amount(); row.Delta() != want {
			t.Errorf("%s %s: %s, want %s", row.Month, row.Model, row.Delta(), want)
		}
	}
	if sum != r.Delta() {
		t.Errorf("rows add up to %s, totals differ by %s", sum, r.Delta())
	}
	if same, err := Reprice(cube, before, before, nil, Query{}, time.Time{}); err != nil || len(same.Rows) != 0 {
		t.Errorf("the same book changes %d rows, %v", len(same.Rows), err)
	}
}

// A model that gets a price appears with what had none before.
func TestRepriceOfTheUnpriced(t *testing.T) {
	cube := cubeOf([]cell1{one(t, "2026-10-02T10:00:00Z", usage.Dims{Provider: "self-hosted", Model: "house"}, usage.Tokens{Input: 1000})})
	before := pricing.Embedded()
	after, err := before.With(pricing.Overlay{Prices: []pricing.OwnPrice{{Provider: "self-hosted", Model: "house", Input: "2"}}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := Reprice(cube, before, after, nil, Query{}, at(t, "2026-11-20T15:00:00Z"))
	if err != nil || len(r.Rows) != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	row := r.Rows[0]
	if row.Before.Priced || row.Before.UnpricedTokens != 1000 || !row.After.Priced || row.After.Cost.String() != "0.002" {
		t.Errorf("%+v", row)
	}
}

// BenchmarkReprice prices a year of 50 models anew.
func BenchmarkReprice(b *testing.B) {
	cube := demoCube(b)
	book, err := pricing.Embedded().With(pricing.Overlay{Discounts: []pricing.Discount{{Provider: "openai", Model: "*", Percent: "5"}}})
	if err != nil {
		b.Fatal(err)
	}
	q := Query{By: []usage.Dimension{usage.ByMonth, usage.ByProvider, usage.ByModel}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Run(cube, book, nil, q, time.Time{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(cube.Len()), "cells")
}
