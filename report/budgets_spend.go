package report

import "tokpit/budget"

// SpendFor returns what counts against a budget, kept or only thought of, in the
// period that is running, so many earlier ones, and the weeks that a forecast
// rests on. Whoever tries amounts and thresholds asks once and assesses often.
func SpendFor(in BudgetsInput, b *budget.Budget, earlier int) (BudgetSpend, error) {
	f, err := in.spend(b, earlier)
	return f.spend, err
}
