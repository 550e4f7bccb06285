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
	// Considered is the number of changes that were computed; those that save
	// nothing are not in Savings, unless all were asked for.
	Considered int
	// LeftOut says which models were not considered and why, by reason.
	LeftOut  []LeftOut
	Before   report.Sum // the usage as it is
	Currency string
	// ByCash: the order is that of the cash. Without it no change moves cash (all
	// of the usage is under plans), and the order is that of the API-equivalent.
	ByCash bool
	Notes  []report.Note
}

// LeftOut is how many swaps were not considered for one reason.
type LeftOut struct {
	Reason string
	Swaps  int
}

// Saving is one change with what it does to the money and what is not known of
// it. It is never to be shown without Quality and Caveats: a smaller bill alone
// is no reason for a swap.
type Saving struct {
	Lever Lever
	Title string // "gpt-5 → gpt-5-mini", "batch 50%"
	// Part is what the changed usage costs now: the change is that of this.
	Part, PartCash money.Amount
	// Cost and Cash are the changes of the amounts; below zero is a saving. Low and
	// High differ from them where Ranged.
	Cost, CostLow, CostHigh money.Amount
	Cash, CashLow, CashHigh money.Amount
	Ranged                  bool
	PerMonth, CashPerMonth  money.Amount // at the pace of the span
	Swap                    *SwapFacts   // nil for other levers
	Caveats                 []Caveat     // the gravest first
}

// SwapFacts is what is known of two models beside their prices.
type SwapFacts struct {
	From, To pricing.ModelRef // of the book
	// Quality compares them on every metric that both have a score for; none is
	// "quality: unknown".
	Quality []Quality
	// Tokens is how many tokens the new model makes of the same text.
	Tokens Range
	// Window is the new model's context window, 0 if it is not known, and TooLong
	// the usage that does not fit into it.
	Window    int64
	TooLong   Misfit
	Shutdown  time.Time // announced end of the new model; zero if none is
	FromLife  time.Time // announced end of the old one
	SameMaker bool
	// FromLatency and ToLatency are seconds for one item of the same metric; nil
	// where nothing is known.
	FromLatency, ToLatency *time.Duration
}

// Misfit is usage that is too long for a context window.
type Misfit struct {
	Requests, Tokens int64 // that surely are too long
	// MaybeRequests and MaybeTokens are in ranges of size that the window divides.
	MaybeRequests, MaybeTokens int64
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
	// Only limits the swaps to those to these models; nil is every model.
	Only []pricing.ModelRef
}
