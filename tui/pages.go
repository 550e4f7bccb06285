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

// narrows reports whether a page keeps to how usage is looked at on all pages: its
// span of time, its part, and whether cash is shown. The others have times of
// their own, or none, and [instead] says what they show.
func narrows(p ui.Page) bool {
	switch p.Title() {
	case "Overview", "Explore", "Simulate":
		return true
	}
	return false
}

// instead says before the chips what a page shows that does not keep to them.
func instead(p ui.Page) string {
	what := "all usage here"
	switch p.Title() {
	case "Budgets":
		what = "each budget's own period and usage here"
	case "Prices":
		what = "all prices here"
	}
	return what + ", other pages: "
}
