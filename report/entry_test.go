package report

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// The entries of a ledger are what a report of the same grain says, divided by
// price: nothing is missing, nothing is there twice, and each is its price times
// its usage.
func TestEntriesAreTheReport(t *testing.T) {
	book := pricing.Embedded()
	rapid.Check(t, func(t *rapid.T) {
		cube, plans := cubeOf(drawCells(t)), drawPlans(t)
		q := Query{Zone: drawZone(t), By: rapid.SampledFrom([][]usage.Dimension{LedgerBy(), {usage.ByHour, usage.ByProvider, usage.ByModel, usage.ByPricedAs},
			{usage.ByMonth, usage.BySource, usage.ByProvider, usage.ByModel}, {usage.ByProvider, usage.ByModel}}).Draw(t, "by")}
		if rapid.Bool().Draw(t, "bounded") {
			q.Since = time.Date(2026, 3, rapid.IntRange(1, 240).Draw(t, "since"), 0, 0, 0, 0, time.UTC)
			q.Until = q.Since.AddDate(0, 0, rapid.IntRange(1, 60).Draw(t, "days"))
		}
		asOf := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
		want, err := Run(cube, book, plans, q, asOf)
		if err != nil {
			t.Fatal(err)
		}
		var total tally
		rows := make(map[string]*tally)
		seen := make(map[string]bool)
		last := time.Time{}
		err = Entries(cube, book, plans, q, asOf, func(e *Entry) error {
			if e.Span.Since.Before(last) || !e.Span.Since.Before(e.Span.Until) {
				t.Fatalf("interval %v comes after %v", e.Span, last)
			}
			last = e.Span.Since
			if d := e.Span.Since.In(q.Zone); q.By[0] == usage.ByDay && q.Since.IsZero() && (!e.Span.Since.Equal(usage.StartOfDay(q.Zone, d.Year(), d.Month(), d.Day())) || e.Span.Until.Sub(e.Span.Since) < 22*time.Hour) {
				t.Fatalf("%v is no day of %v", e.Span, q.Zone)
			}
			name := strings.Join(e.Keys, "\x00")
			line := fmt.Sprint(name, e.Planned, e.Mixed, e.Plan, e.Tariff.Provider, e.Tariff.Model, e.Tariff.Base, e.Tariff.Low, e.Tariff.High, e.Tariff.From, e.Dims.Band, e.Dims.Tier, e.Dims.Region, e.Dims.Basis)
			if seen[line] && slices.Equal(q.By, LedgerBy()) {
				t.Fatalf("twice: %s", line)
			}
			seen[line] = true
			if rows[name] == nil {
				rows[name] = &tally{}
			}
			if e.Plan != nil {
				rows[name].charge(e.Charge.Cost, e.Charge.Currency)
				total.charge(e.Charge.Cost, e.Charge.Currency)
				return nil
			}
			if !e.Mixed {
				if c := e.Tariff.Charge(e.Tokens, e.Quantities); c.Cost != e.Charge.Cost || c.Low != e.Charge.Low || c.High != e.Charge.High || c.UnpricedTokens != e.Charge.UnpricedTokens {
					t.Fatalf("%+v is not %+v at its price: %+v", e.Charge, e.Measures, c)
				}
			}
			rows[name].use(&e.Measures, &e.Charge, e.Planned)
			total.use(&e.Measures, &e.Charge, e.Planned)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		same := func(what string, got, want Sum) {
			if got.Cost != want.Cost || got.Cash != want.Cash || got.PlanFee != want.PlanFee || got.Low != want.Low || got.High != want.High ||
				got.Tokens != want.Tokens || got.Requests != want.Requests || got.UnpricedTokens != want.UnpricedTokens ||
				got.UnpricedUnits != want.UnpricedUnits || got.Records != want.Records || got.Reported != want.Reported || got.Priced != want.Priced {
				t.Fatalf("%s:\n%+v, a report says\n%+v", what, got, want)
			}
		}
		same("total", total.sum("USD"), want.Total)
		for _, r := range want.Rows {
			name := strings.Join(r.Keys, "\x00")
			if rows[name] == nil {
				t.Fatalf("no entry for %q", r.Keys)
			}
			if carriesFees(q.By) || rows[name].fee.IsZero() {
				same(name, rows[name].sum("USD"), r.Sum)
			}
		}
	})
}

// Whoever reads a ledger may stop.
func TestEntriesStop(t *testing.T) {
	cube := cubeOf([]cell1{one(t, "2026-11-10T10:00Z", usage.Dims{Source: "openai", Provider: "openai", Model: "gpt-5"}, usage.Tokens{Input: 1}),
		one(t, "2026-11-11T10:00Z", usage.Dims{Source: "openai", Provider: "openai", Model: "gpt-5"}, usage.Tokens{Input: 1})})
	full, n := errors.New("the disk is full"), 0
	err := Entries(cube, pricing.Embedded(), nil, Query{By: LedgerBy()}, at(t, "2026-11-20"), func(*Entry) error { n++; return full })
	if !errors.Is(err, full) || n != 1 {
		t.Errorf("%d entries, %v", n, err)
	}
}

// A fee without any usage is an entry of its own day.
func TestFeesAreEntries(t *testing.T) {
	plan := pricing.Plan{Source: "codex", Monthly: money.FromUnits(30), Currency: "USD", From: at(t, "2026-11-01")}
	var sum money.Amount
	days := 0
	err := Entries(cubeOf(nil), pricing.Embedded(), []pricing.Plan{plan}, Query{By: LedgerBy()}, at(t, "2026-11-20T15:00Z"), func(e *Entry) error {
		if e.Plan == nil || e.Keys[0] != e.Span.Since.Format(time.DateOnly) || e.Dims.Source != "codex" {
			t.Errorf("%+v", e)
		}
		sum, days = sum.Add(e.Charge.Cost), days+1
		return nil
	})
	if err != nil || sum != money.FromUnits(20) || days != 20 {
		t.Errorf("%d days, %s, %v", days, sum, err)
	}
}
