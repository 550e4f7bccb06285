package pricing

import (
	"slices"
	"strings"
)

// Standard is the service tier of a request that asked for none.
const Standard = "standard"

// tiers lists the service tiers that the book can price, in the order in which
// rows are kept.
func tiers() []string { return []string{Standard, "batch", "flex", "priority", "fast"} }

func tierRank(tier string) int {
	if i := slices.Index(tiers(), tier); i >= 0 {
		return i
	}
	return len(tiers())
}

// tierOf turns a tier as a provider spells it into one of the book's. A
// spelling it does not know is kept: no row has it, so it is priced as standard
// and flagged.
func tierOf(provider, tier string) string {
	t := strings.ToLower(strings.TrimSpace(tier))
	switch t {
	case "", "default", "auto", "on_demand", "null":
		return Standard
	case "fast":
		if provider == "openai" { // OpenAI renamed priority to fast on 2026-07-30
			return "priority"
		}
	case "priority_on_demand":
		return "priority"
	case "flex_discount":
		return "flex"
	}
	return t
}
