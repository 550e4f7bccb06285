package tui

import (
	"context"

	"tokpit/tui/budgets"
	"tokpit/tui/estimate"
	"tokpit/tui/explore"
	"tokpit/tui/overview"
	"tokpit/tui/prices"
	"tokpit/tui/simulate"
	"tokpit/tui/sources"
	"tokpit/tui/ui"
)

// newPages lists the pages in the order of their tabs: one line a page.
func newPages(ctx context.Context, opts Options) []ui.Page {
	return []ui.Page{
		overview.New(overview.Options{Demo: opts.Demo != nil}),
		explore.New(explore.Options{Context: ctx, Actions: opts.Explorer}),
		estimate.New(estimate.Options{Context: ctx, Desk: opts.Desk}),
		simulate.New(simulate.Options{Context: ctx, Actions: opts.Simulator, Demo: opts.Demo != nil}),
		budgets.New(budgets.Options{Context: ctx, Actions: opts.Budgets, ReadOnly: opts.ReadOnly}),
		prices.New(),
		sources.New(sources.Options{Context: ctx, Connector: opts.Connector, ReadOnly: opts.ReadOnly}),
	}
}

// narrows reports whether a page keeps to the span of time and the part of the
// usage that hold on all pages. The others have times of their own, or none.
func narrows(p ui.Page) bool {
	switch p.Title() {
	case "Overview", "Explore", "Simulate":
		return true
	}
	return false
}
