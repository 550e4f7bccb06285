package report

import (
	"time"

	"tokpit/money"
	"tokpit/usage"
)

// ExploreQuery asks a question of the usage: what, by what, when, and beside
// what.
type ExploreQuery struct {
	Query
	// Pivot spreads each row over the values of one more dimension, which may be
	// a span of time; "" does not.
	Pivot usage.Dimension
	// Before is the span to compare with, as long as the query's own as a rule;
	// the zero span does not compare. Rows are matched by their keys, but keys of
	// time by their place in the span: the first day with the first day. If the
	// query's span is not over, each has the plan fees of all days that have begun.
	Before usage.Span
}

// Answer is a table: rows by the query's dimensions, and if it was pivoted a
// cell for every row and column. Rows and columns each add up to Total to the
// last digit, and cells to both, but for plan fees that belong to no row (see
// [Run]); those of a pivot are in Apart. Cells carry fees where rows and columns
// together are of days or longer and of sources; then rows and columns do too,
// also those by source alone.
type Answer struct {
	Report           // rows without the pivot
	Columns []string // values of the pivot, in order
	Sums    []Sum    // by column
	Cells   [][]Sum  // by row and column
	Apart   Apart    // fees that cells cannot carry, if pivoted
	Moves   []Move   // by row, then the rows that have gone; nil if not compared
	Moved   Move     // of the total
	// Between is what the total has and the rows have not, as one more move, so
	// that every column of amounts adds up to Moved: a shift between rows is
	// volume in the rows and mix in the total. Its change is zero, but that in
	// the cash it has the fees that belong to no row. It is zero without rows.
	Between Move
}

// Apart are the plan fees that no cell carries, as one more row and one more
// column of the table. With them its rows add up to the rows' sums, its columns
// to the columns' sums, and both to the total.
type Apart struct {
	Row    []Sum // by column: its fees that belong to no row
	Column []Sum // by row: its fees that belong to no column
	Corner Sum   // the fees that belong to neither
}

// Move says why the cost of a row is not what it was: Price + Volume + Mix is
// exactly Change, which is Now.Cost - Before.Cost. It is about the cost of usage:
// plan fees are in the sums and in no effect but those of Cash.
//
// The effects of the total are those of all usage together, however it is
// grouped, and not the sums of the rows' effects: a shift between rows is volume
// in the rows and mix in the total. The rows' changes add up to the total's.
type Move struct {
	Keys        []string
	Before, Now Sum
	Change      money.Amount
	// Price is what changed because a unit costs more or less than before.
	Price money.Amount
	// Volume is what changed because there was more or less of everything.
	Volume money.Amount
	// Mix is what changed because it was spread differently over models and
	// classes of tokens.
	Mix money.Amount
	// Known is false where a side has usage and no price for any of it: the
	// effects then explain what is priced. It is false too, and all amounts are
	// zero, where there are several currencies.
	Known bool
	// Cash says the same of what is paid.
	Cash Effects
}

// Effects say why an amount is not what it was: Price + Volume + Mix + Fees is
// exactly Change. In the cash usage under a plan has no part, and Fees is what
// the plans' fees changed: where a plan has taken usage over there is less
// volume and more fees. In the cost Fees is zero.
type Effects struct {
	Change, Price, Volume, Mix, Fees money.Amount
	// Known is false where an amount of either side is not known, as in [Move].
	Known bool
}

// In returns the effects on the cash, or else on the cost.
func (m *Move) In(cash bool) Effects {
	if cash {
		return m.Cash
	}
	return Effects{Change: m.Change, Price: m.Price, Volume: m.Volume, Mix: m.Mix, Known: m.Known}
}

// Trace is a record with where it came from and what it costs, class by class.
type Trace struct {
	Connection string
	Record     usage.Record
	Counts     bool // in the headline
	Planned    bool // paid for by a plan
	Steps      []Step
	Total      Sum
	// PricedAs ("provider/model" of the book), Source and Since say which price
	// was used; "" where there is none.
	PricedAs, Source string
	Since            time.Time
}

// Step is one line of the arithmetic of a record: N units at Rate make Cost.
type Step struct {
	Class    string // "input", "cache read", "output", or a meter
	N        int64
	Rate     money.Rate // per unit
	Priced   bool
	Cost     money.Amount
	Currency string
}
