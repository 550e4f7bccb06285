package report

import (
	"time"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/usage"
)

// LimitOrigin says who knows of a limit.
type LimitOrigin string

// The origins of limits.
const (
	FromProvider LimitOrigin = "provider" // read from the provider
	FromNote     LimitOrigin = "noted"    // a person has noted it
	FromBudget   LimitOrigin = "budget"   // a budget of ours
)

// LimitStanding is where one limit stands in its running period, whoever keeps
// it: Status says what is spent in its scope, what is left, and the forecast.
type LimitStanding struct {
	budget.Status
	Kind   budget.LimitKind // "" for a budget of ours
	Origin LimitOrigin
	// Connection names the source that it was read from; "" for the others.
	Connection        string
	Provider, Account string
	// Refuses: requests are refused beyond it. Otherwise somebody is told.
	Refuses bool
	Note    string // harmless text: whom an alert tells, or what a person noted
	Tier    *TierStanding

	// Reached: nothing is left. ReachedAt is when it will be at this pace; zero if
	// that is not known, has happened, or does not happen before the period ends.
	Reached   bool
	ReachedAt time.Time
	// First marks the one limit that bites first; Why says why, in a sentence.
	First bool
	Why   string
}

// TierStanding is the usage tier of an account, and what is missing for the next
// one. Tiers are data that people note; nothing is known that nobody noted.
type TierStanding struct {
	Provider, Account string
	Tier              string
	Next              *budget.Tier // nil if no higher tier is noted
	// Paid and Days are what counts towards the next tier, where known.
	Paid      money.Amount
	PaidKnown bool
	Days      int64 // since the first payment, whole
	DaysKnown bool
	// Missing for the next tier; 0 if nothing is. Meaningful where Paid or Days is
	// known, and there is a next tier.
	MissingAmount money.Amount
	MissingDays   int64
	// From is the instant from which the days suffice; zero if not known.
	From time.Time
}

// GrantStanding is what became of one grant of credit: Used, Expired and Balance
// add up to its Amount.
type GrantStanding struct {
	budget.GrantState
	Origin  LimitOrigin // FromNote or FromProvider
	Account *AccountStanding
	// Warn is the number of days before expiry at which the latest warning was
	// due: 14, 7 or 1; 0 if none was, or nothing is left to lose.
	Warn  int
	Notes []Note
}

// AccountStanding is what an account's credit allows, over all its grants in one
// currency.
type AccountStanding struct {
	Provider, Account string
	Currency          string
	Billing           budget.BillingState
	State             budget.AccountState
	Balance           money.Amount
	// Payable is usage since the first grant that no credit was there for.
	Payable money.Amount
	// EmptyAt is when the balance will be gone at the pace of the last 7 days;
	// zero if that is not known.
	EmptyAt time.Time
	// NextExpiry is when part of the balance expires; zero if none of it does.
	NextExpiry time.Time
}

// WindowStanding is an allowance of a plan that begins anew after some hours or
// days: what has been used in it, and what that comes to by its end.
type WindowStanding struct {
	Source string // "codex"
	Name   string // "5 hours", "week"
	Length time.Duration
	// Since and Until bound the window; Until is when it resets. Both are zero if
	// there is none at the moment: it begins with the next usage.
	Since, Until time.Time
	// Rolling: nobody says when it resets; Since is Length ago.
	Rolling bool
	Active  bool // Until is still to come

	// Used is the share of the allowance, in thousandths of a percent, as the tool
	// said at SaidAt; HasUsed is false where it says nothing.
	Used    int64
	HasUsed bool
	SaidAt  time.Time

	// Sum is the usage in the window as logs know it. Its Cost is the
	// API-equivalent of what a plan covers.
	Sum Sum
	// TokensPerHour and CostPerHour are the pace since the window's first usage,
	// if HasPace.
	TokensPerHour int64
	CostPerHour   money.Amount
	HasPace       bool
	// What the window ends at if the pace holds, if HasPace. ProjectedUsed is
	// known only if HasUsed.
	ProjectedTokens int64
	ProjectedCost   money.Amount
	ProjectedUsed   int64
	// FullAt is when the allowance is used up at this pace; zero if that is not
	// known or not before it resets.
	FullAt time.Time
	// Most is the largest number of tokens in any earlier window; 0 if there is
	// none.
	Most  int64
	Notes []Note
}

// Share returns a part of an allowance for drawing, 0 to 1 and above.
func Share(thousandths int64) float64 { return float64(thousandths) / usage.WholeShare }
