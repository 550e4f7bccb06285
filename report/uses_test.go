package report

import (
	"testing"
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
	"tokpit/usage/demo"
)

// The uses are the cycle, told apart by what decides about prices.
func TestUsesAddUpToTheCycle(t *testing.T) {
	s := BuildSnapshot(Input{Cube: demoCube(t), Book: pricing.Embedded(), Zone: time.UTC, AsOf: demo.DefaultNow()})
	if s.Book != pricing.Embedded() || len(s.Uses) == 0 {
		t.Fatalf("no book or no uses: %d", len(s.Uses))
	}
	var cost money.Amount
	var tokens usage.Tokens
	for i, u := range s.Uses {
		cost, tokens = cost.Add(u.Sum.Cost), tokens.Add(u.Sum.Tokens)
		d := u.Dims
		if d != (usage.Dims{Provider: d.Provider, Model: d.Model, Tier: d.Tier, Region: d.Region, Band: d.Band}) {
			t.Errorf("use %d has more dimensions than decide about its price: %+v", i, d)
		}
		if i > 0 && s.Uses[i-1].Dims.Compare(d) >= 0 {
			t.Errorf("use %d is out of order or repeated", i)
		}
	}
	if cost != s.Cycle.Cost || tokens != s.Cycle.Tokens {
		t.Errorf("uses cost %s with %+v, the cycle %s with %+v", cost, tokens, s.Cycle.Cost, s.Cycle.Tokens)
	}
}
