// Package report joins usage, prices and plans into what every front end
// shows: grouped reports ([Query], [Report]) and the [Snapshot] that all pages
// of the cockpit share. Whatever the screen, the command line or an export
// says comes from here, so that they say the same.
package report

import (
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// Sum is usage and what it costs. Cost is always tokens × price; Cash is what
// leaves the bank account: the cost of usage under no plan, plus plan fees.
type Sum struct {
	// Requests counts responses; usage.Absent if no source of the sum counts them.
	Requests int64
	// Uncounted is the number of records from sources that do not count: where
	// it is not zero, Requests is a lower bound.
	Uncounted  int64
	Tokens     usage.Tokens
	Quantities []usage.Quantity

	// Cost is exact over what is priced. It means nothing unless Priced.
	Cost   money.Amount
	Priced bool // something in the sum has a price (an amount of 0 that is free counts)
	// Low and High differ from Cost only if Ranged: a band or a bucket straddles
	// a threshold or a price change.
	Low, High money.Amount
	Ranged    bool
	// Estimated: part of Cost uses another vendor's price.
	Estimated bool

	Cash      money.Amount // meaningful if CashKnown
	CashKnown bool
	PlanFee   money.Amount // the part of Cash that is flat fees
	// PlanCost is the cost of usage under a plan: its API-equivalent.
	PlanCost money.Amount

	UnpricedTokens int64
	// UnpricedUnits are quantities that no price is known for, added up over
	// all meters: a sign that something is missing, not a measure of it.
	UnpricedUnits int64

	// Reported is what the sources themselves say it cost, if HasReported. It is
	// never added to Cost. It may stand for some of the records only.
	Reported        money.Amount
	HasReported     bool
	ReportedRecords int64 // of Records
	Records         int64

	// Currency of all amounts above; "" if several (see Costs).
	Currency string
	Costs    []CurrencySum // only with several currencies
}

// CurrencySum is the money of a sum in one of several currencies.
type CurrencySum struct {
	Currency    string
	Cost, Cash  money.Amount
	Reported    money.Amount
	HasReported bool
}

// Line is one row of a table of sums: the same span in the previous period
// stands beside it.
type Line struct {
	Name     string // "" is untracked, unallocated or unpriced, by the dimension
	Sum      Sum
	Previous Sum
	// Days are the days of the trend on which the line cost something, oldest
	// first: also those before the span of Sum. They are nil for a line whose
	// prices are in several currencies.
	Days []LineDay
}

// LineDay is what a line cost on one day, in the currency of its prices. The
// days that lie in the span of Line.Sum add up to its Cost.
type LineDay struct {
	Day     int // index in the trend
	Cost    money.Amount
	Planned money.Amount // what of Cost is usage under a plan, and so not in the cash
}

// Daily lists what the line cost on each of the first n days of the trend, or
// what of it is cash.
func (l *Line) Daily(n int, cash bool) []money.Amount {
	out := make([]money.Amount, n)
	for _, d := range l.Days {
		if d.Day >= n {
			break
		}
		if out[d.Day] = d.Cost; cash {
			out[d.Day] = d.Cost.Sub(d.Planned)
		}
	}
	return out
}

// Point is one local day of the trend.
type Point struct {
	Day time.Time // midnight in the snapshot's zone
	Sum Sum
	// Parts are the day's costs in US dollars by the series named in
	// Snapshot.Series. They add up to Sum.Cost if that is in dollars.
	Parts []money.Amount
	// Planned is what of Parts is usage under a plan, and so not in the cash.
	Planned []money.Amount
}

// Use is usage that one set of prices applies to at any one time.
type Use struct {
	// Dims holds what decides about the price, as recorded: Provider, Model,
	// Tier, Region and Band. The rest is empty.
	Dims usage.Dims
	Sum  Sum
}

// PriceChange marks a day on which the price of a model in use changed.
type PriceChange struct {
	At              time.Time
	Provider, Model string
	Text            string // "input 5 → 4, output 30 → 20 per 1M"
	Up              bool
}

// Unpriced is usage of a model that the book does not know, or of a class of
// tokens that it has no price for.
type Unpriced struct {
	Provider, Model string
	Tokens          int64
	Requests        int64    // of a model without any price
	Candidates      []string // nearest names in the book, best first
}

// SourceStatus is what is known of one source.
type SourceStatus struct {
	Name        string
	Kind        string // "agent log", "provider API", "demo"
	Basis       usage.Basis
	Records     int64
	Files       int64
	Quarantined int64
	Pending     int64
	First, Last time.Time // of its records; zero if none
	Synced      time.Time // end of the last successful sync; zero if never
	Places      []usage.Place
	Doubts      []string // what a person should know about its records, harmless text

	// Of a connection to a provider that somebody added; Type is "" for sources
	// that are found by themselves.
	Type     string // "openai", "anthropic", "openrouter", "litellm"
	Account  string
	KeyRef   string // where its key is: "env:OPENAI_ADMIN_KEY"; never the key
	BaseURL  string
	Grain    string    // "1d", "1h" or "1m"
	Added    time.Time // when it was added
	Coverage []usage.Coverage
	Standing *usage.Standing // what the provider says of the account; nil if nothing
	Entities []usage.Known   // projects, keys, users … that it named

	Err  string // of the last sync, harmless text; "" if it went well
	Hint string
}

// Snapshot is everything that the pages of the cockpit show, at one revision.
// It is immutable.
type Snapshot struct {
	AsOf     time.Time // the clock when it was made
	Zone     *time.Location
	Revision uint64
	Demo     bool
	Prices   string // version of the price book
	// Book is what everything is priced by, for pages that ask it themselves.
	Book *pricing.Book
	// Plans are what some usage is paid by.
	Plans []pricing.Plan

	// Bases of the usage in the current cycle, highest first, with their tokens.
	Bases []BasisShare
	// PlanSet: at least one plan is configured. Without one, Cash is not known
	// to be spend and front ends label figures "API-equivalent (no plan set)".
	PlanSet bool
	// Subscribable: some source of the usage is one that is commonly paid flat
	// (an agent's log), so the label above matters.
	Subscribable bool

	CycleStart, CycleEnd time.Time
	Today                Sum // local day so far
	Yesterday            Sum // the same local day before, to the same time
	Cycle                Sum // cycle so far
	Previous             Sum // previous cycle, to the same point
	PreviousFull         Sum // previous cycle, whole
	All                  Sum // all history

	Trend        []Point // one per local day, oldest first, no gaps, ends today
	Series       []string
	PriceChanges []PriceChange // within the trend

	// Top lines of the cycle, largest cost first.
	Models, Projects, Providers, SourceLines []Line

	// Uses is the usage of the cycle by what decides about its price, by
	// provider and model.
	Uses []Use

	Unpriced    []Unpriced // in the cycle
	Quarantined int64
	Sources     []SourceStatus
	// Names are what people call projects, keys, users and organizations; lines
	// and cells hold ids.
	Names      *Names
	LastRecord time.Time // newest usage; zero if there is none
	LastSync   time.Time
	Empty      bool // no usage at all

	// Reconcile compares the last 31 UTC days with what the providers billed for
	// them; nil if no bill has been read.
	Reconcile *Reconciliation

	// Budgets is where budgets stand; nil until that is known. It is made beside
	// the snapshot, by who reads the store.
	Budgets *Budgets

	// Cube is the cells that the snapshot was made from, for pages that group
	// them in their own way.
	Cube *usage.Cube
}

// BasisShare is how much of a span is known on one basis.
type BasisShare struct {
	Basis  usage.Basis
	Tokens int64
	// Counted is the part of Tokens that is in the headline; the rest is known
	// on a higher basis too.
	Counted int64
	Sum     Sum
}

// CacheShare is the part of all input that was served by a cache, in
// thousandths; ok is false if there was no input.
func (s Sum) CacheShare() (perMille int64, ok bool) {
	in := s.Tokens.TotalInput()
	if in <= 0 {
		return 0, false
	}
	return s.Tokens.CacheRead * 1000 / in, true
}

// CostPerRequest is Cost divided by Requests, for showing; ok is false where
// either is unknown, there were no requests, or the cost is in several
// currencies.
func (s Sum) CostPerRequest() (money.Amount, bool) {
	if s.Requests <= 0 || !s.Priced || len(s.Costs) > 0 {
		return money.Amount{}, false
	}
	return money.NewRate(s.Cost).Scale(1, s.Requests).Amount(), true
}
