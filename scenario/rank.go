package scenario

import (
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/report"
)

// Ranking answers "what would save most?": every sensible single change, the one
// that saves most first.
type Ranking struct {
	Savings []Saving
	// Considered is the number of changes that were looked at, and Computed how many
	// of them to the last digit. Those that save nothing are not in Savings, unless
	// all were asked for.
	Considered, Computed int
	// LeftOut says which models were not considered and why, by reason.
	LeftOut  []LeftOut
	Before   report.Sum // the usage as it is
	Currency string
	// ByCash: the order is that of the cash. Without it no change moves cash (all
	// of the usage is under plans), and the order is that of the API-equivalent.
	ByCash bool
	Notes  []report.Note
}

// Whole is the money that a saving is a share of, wherever one is said: what there
// is now, plan fees included, as cash or as API-equivalent.
func (r *Ranking) Whole(cash bool) money.Amount {
	if cash {
		return r.Before.Cash
	}
	return r.Before.Cost
}

// LeftOut is how many swaps were not considered for one reason.
type LeftOut struct {
	Reason string
	Swaps  int
}

// Saving is one change with what it does to the money and what is not known of
// it. It is never to be shown without Swap and Caveats: a smaller bill alone is
// no reason for a swap.
type Saving struct {
	// Contribution is what the change does by itself: the lever, the changes of
	// cost and cash (below zero is a saving) with their ranges, and notes.
	Contribution
	Title string // "gpt-5 → gpt-5-mini", "batch 50%"
	// Part is what the usage that it is about costs now, PartCash what of that is
	// paid by tokens.
	Part, PartCash         money.Amount
	PerMonth, CashPerMonth money.Amount // of the changes, at the pace of the span
	Swap                   *SwapFacts   // nil for other levers
	Caveats                []Caveat     // the gravest first
}

// SwapFacts is what is known of two models beside their prices.
type SwapFacts struct {
	From, To pricing.ModelRef // of the book
	// Quality compares them on every metric that both have a score for, what the
	// user has measured first; none is "quality: unknown".
	Quality []Quality
	// Tokens says how many tokens the new model makes of the same text
	// ("×1.16 (1.04 to 1.48)"), "" if it is as many.
	Tokens string
	// FromWindow and Window are the context windows, 0 if not known. KeepsWindow:
	// the new one is not smaller.
	FromWindow, Window int64
	KeepsWindow        bool
	MeanInput          int64     // tokens of a mean request, 0 if not known
	FromEnds, Ends     time.Time // announced ends of the models; zero if none is
}

// Caveat is something that a person should know before making a change.
type Caveat struct {
	Code  string // "quality", "window", "tokens", "retiring", "latency", "effort", "estimate", …
	Text  string
	Grave bool // the change may not work at all
}

// RankOptions say what is ranked.
type RankOptions struct {
	Scores *Scoreboard // nil knows nothing
	All    bool        // also what saves nothing
	// KeepWindow leaves out swaps to models whose context window is smaller, or not
	// known.
	KeepWindow bool
	// Most is how many swaps are computed exactly, the most promising ones by
	// today's list prices; 0 is 300.
	Most int
}
