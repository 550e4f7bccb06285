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
	// time by their place in the span: the first day with the first day.
	Before usage.Span
}

// Answer is a table: rows by the query's dimensions, and if it was pivoted a
// cell for every row and column. Rows and columns each add up to Total to the
// last digit, and cells to both (but for plan fees that belong to no row, see
// [Run]; a cell carries a fee only where its row and its column do).
type Answer struct {
	Report           // rows without the pivot
	Columns []string // values of the pivot, in order
	Sums    []Sum    // by column
	Cells   [][]Sum  // by row and column
	Moves   []Move   // by row, then the rows that have gone; nil if not compared
	Moved   Move     // of the total
}

// Move says why the cost of a row is not what it was: Price + Volume + Mix is
// exactly Change, which is Now.Cost - Before.Cost. It is about the cost of usage:
// plan fees are in the sums and in no effect.
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
