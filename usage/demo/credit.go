package demo

import (
	"time"

	"tokpit/money"
)

// Limit is a limit of a provider that no interface tells of, as the demo's people
// noted it.
type Limit struct {
	Name, Provider, Kind string
	Amount               money.Amount // US dollars a month
	Note                 string
}

// Limits returns what was noted.
func Limits() []Limit {
	return []Limit{
		{Name: "openai-approved", Provider: "openai", Kind: "approved", Amount: money.FromUnits(5000), Note: "raised in August, on request"},
		{Name: "anthropic-hard", Provider: "anthropic", Kind: "hard", Amount: money.FromUnits(1900), Note: "set in the console"},
	}
}

// Grant is credit that a provider gave or sold, in US dollars.
type Grant struct {
	Name, Provider, Source string
	Amount                 money.Amount
	Granted, Expires       time.Time
}

// Grants returns the credit: at [DefaultNow] a promotion is about to expire with
// a part of it unused, and what was bought in summer is used up.
func Grants() []Grant {
	return []Grant{
		{Name: "summer-topup", Provider: "anthropic", Source: "purchase", Amount: money.FromUnits(500), Granted: date("2026-07-06"), Expires: date("2027-07-06")},
		{Name: "launch-promotion", Provider: "openai", Source: "promotion", Amount: money.FromUnits(4000), Granted: date("2026-10-19"), Expires: date("2026-11-27")},
	}
}
