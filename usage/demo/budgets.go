package demo

import "tokpit/money"

// Edition names the data that this package makes. It changes whenever anything
// does that is made up here, so that a store with data of another edition is
// known to be out of date; TestTheEditionNamesTheData notices if it was
// forgotten.
const Edition = "2026-11-21.2"

// Budget is something that the demo's people decided to spend at most. Scope and
// Warn are as people write them on the command line.
type Budget struct {
	Name     string
	Amount   money.Amount
	Currency string
	Period   string
	Scope    string
	Warn     string
	Hard     bool
}

// Budgets returns what was decided. At [DefaultNow] the company's budget and the
// week of search are kept, the support bot is likely to end above what it may
// spend, and the research agent has spent more than that already.
func Budgets() []Budget {
	return []Budget{
		{Name: "company", Amount: money.FromUnits(6000), Currency: "USD", Period: "month", Warn: "80%,forecast:100%"},
		{Name: "research-agent", Amount: money.FromUnits(120), Currency: "USD", Period: "month", Scope: "key=pipeline-research", Warn: "80%", Hard: true},
		{Name: "search-weekly", Amount: money.FromUnits(150), Currency: "USD", Period: "week", Scope: "project=" + search, Warn: "90%"},
		{Name: "support-bot", Amount: money.FromUnits(1500), Currency: "USD", Period: "month", Scope: "project=" + supportBot, Warn: "50%,80%,forecast:100%"},
	}
}
