package report

import (
	"errors"
	"testing"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// TestCountedCellsAreTheTotal: what is counted cell by cell adds up to what Run
// says, under a plan and under none.
func TestCountedCellsAreTheTotal(t *testing.T) {
	reported := usage.Dims{Source: "openai", Provider: "openai", Model: "gpt-5", Project: "web", Basis: usage.Reported}
	logged := usage.Dims{Source: "codex", Provider: "openai", Model: "gpt-5", Project: "web", Basis: usage.Logged}
	claude := usage.Dims{Source: "claude-code", Provider: "anthropic", Model: "claude-opus-4-6", Basis: usage.Logged}
	cube := cubeOf([]cell1{
		one(t, "2026-11-01T10:00Z", logged, usage.Tokens{Input: 1}),
		one(t, "2026-11-02T10:00Z", logged, usage.Tokens{Input: 10}),
		one(t, "2026-11-02T11:00Z", reported, usage.Tokens{Input: 100}),
		one(t, "2026-11-03T10:00Z", claude, usage.Tokens{Input: 1000}),
		one(t, "2026-11-09T10:00Z", claude, usage.Tokens{Input: 10_000}),
	})
	plans := []pricing.Plan{{Source: "claude-code", Monthly: money.FromUnits(20), Currency: "USD", From: at(t, "2026-11-05")}}
	for _, q := range []Query{{}, {Since: at(t, "2026-11-02T10:30Z")}, {Filter: map[usage.Dimension][]string{usage.ByProject: {"web"}}}, {Basis: usage.Logged}} {
		var tokens usage.Tokens
		var cost, plan money.Amount
		err := EachCounted(cube, plans, q, func(i int, planned bool) {
			tokens = tokens.Add(cube.TokensAt(i))
			c := pricing.Embedded().Tariff(&cube.Sets[cube.Set[i]], cube.Slot[i].Time())
			charge := c.Charge(cube.TokensAt(i), nil)
			if cost = cost.Add(charge.Cost); planned {
				plan = plan.Add(charge.Cost)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if total := run(t, cube, plans, q).Total; tokens != total.Tokens || cost != total.Cost || plan != total.PlanCost {
			t.Errorf("%+v: %+v cost %s, %s under plans; Run says %+v", q, tokens, cost, plan, total)
		}
	}
	var input *InputError
	if err := EachCounted(cube, nil, Query{Filter: map[usage.Dimension][]string{usage.ByPricedAs: {"gpt-5"}}}, nil); !errors.As(err, &input) {
		t.Errorf("a filter by price: %v", err)
	}
}
