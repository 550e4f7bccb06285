// Package scenario answers "what if": the user's own usage with other models,
// shorter prompts, more caching, batches or other prices, compared exactly with
// what it is.
//
// A [Lever] changes one thing. A [Scenario] is a set of levers over a scope and
// a span. However they were added, levers apply in one fixed order:
//
//	traffic  growth, choices
//	route    swap, fine-tune (all swaps look at the original models, at once)
//	prompt   input
//	output   output, output-cap, effort
//	cache    cache-hit
//	tier     tier (batch, flex, priority)
//	price    price, prices-at
//
// [Prepare] reads usage once and groups it by what decides about its price;
// [Base.Run] applies levers to the groups, which is quick enough for a slider.
// Amounts of tokens stay rational until the end. Money is rounded once, half to
// even at 1e-18, for each group: one set of dimensions that prices depend on, as
// levers have left it, over one interval in which no price involved changes. The
// contribution of a lever is the difference that it makes when it is applied
// after those before it, so contributions add up exactly to the difference of the
// totals.
//
// Where a lever or a token ratio is a range, so is the result. Usage that is
// known by single requests ([Input].Requests) moves across the thresholds of
// long-context prices exactly; other usage gives a range there.
//
// Cost is tokens × price. Cash is what leaves the account: usage under a plan
// costs nothing, and its fees stay. Both are in every result.
//
// What has no price stays unpriced: a swap to a model without a price gives no
// figure and says so, instead of saving everything.
package scenario

import (
	"iter"
	"time"

	"tokpit/budget"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/usage"
)

// Scenario is what a person saves: levers over some usage, with a name.
type Scenario struct {
	Name   string
	Scope  budget.Scope // of the usage that it is about; empty is everything
	Span   usage.Span
	Levers []Lever
}

// Input is what a scenario is computed from.
type Input struct {
	// Cube holds the cells of Query.Cells(), at session level if the query or the
	// scope of a lever is fine; see [Lever.Fine].
	Cube  *usage.Cube
	Book  *pricing.Book
	Plans []pricing.Plan
	// Query says which usage it is about: its span, zone, filter, basis and names.
	// By is ignored.
	Query report.Query
	// AsOf is the clock: it ends an open span, and decides which fees are due and
	// which prices are meant where a lever names none.
	AsOf time.Time
	// Requests are the records of the same usage, where there are any, in any
	// order. What a cap on outputs cuts off, and which requests come to lie on the
	// other side of a long-context threshold, is exact for usage that they know;
	// without them it is a mean or a range, and says so. Nil is none.
	Requests iter.Seq[*usage.Record]
}

// ModelUse is what the usage says of one model as it was recorded.
type ModelUse struct {
	pricing.ModelRef
	Sum report.Sum
}
