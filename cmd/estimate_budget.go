package cmd

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/report"
)

// holdAgainst finds out whether the one estimate fits into what is left of the
// budget that was named; nil if none was.
func (a *app) holdAgainst(c *cobra.Command, o *estimateOptions, rows []report.Estimated) (*report.EstimateBudget, error) {
	if o.budget == "" || len(rows) != 1 {
		return nil, nil
	}
	r := &rows[0]
	if a.store == nil {
		if err := a.open(c); err != nil {
			return nil, err
		}
	}
	b, err := a.budget(c.Context(), o.budget)
	if err != nil {
		return nil, err
	}
	reader, err := a.budgetReader(c.Context())
	if err != nil {
		return nil, err
	}
	s, err := reader.status(c.Context(), &b)
	if err != nil {
		return nil, err
	}
	name := clean.Text(b.Name)
	if err := priced(r); err != nil {
		return nil, err
	}
	if r.Currency != b.Currency && !r.Total.High.IsZero() {
		return nil, hint(fmt.Errorf("%s is priced in %s, the budget %s is in %s", clean.Text(r.Model), r.Currency, name, b.Currency), "name a budget in that currency")
	}
	if d := s.Foreign(r, reader.names); d != "" {
		return nil, hint(fmt.Errorf("the budget %s does not count %s", name, clean.Text(r.Model)), "its scope is %s: %s is another %s", scopeText(&b), clean.Text(r.Model), d)
	}
	held := report.HoldAgainst(s.BudgetStanding, r, o.traffic)
	return &held, nil
}

// priced says why an estimate has no cost; nil if it has.
func priced(r *report.Estimated) error {
	name := clean.Text(r.Model)
	switch {
	case !r.Counted:
		return fmt.Errorf("the tokens for %s are not known: %s", name, r.Why)
	case !r.Priced:
		return hint(fmt.Errorf("%s has no price", name), "%s", nearestAdvice(r.Candidates))
	}
	return nil
}

// tellHeld says on standard error how an estimate and a budget compare; the
// error is the answer no.
func tellHeld(c *cobra.Command, held *report.EstimateBudget) error {
	if held == nil {
		return nil
	}
	what := "one call of " + clean.Text(held.Model)
	if !held.Until.IsZero() {
		what = fmt.Sprintf("the calls of %s until %s", clean.Text(held.Model), stamp(held.Until))
	}
	verdict := fmt.Sprintf("which leaves %s", held.Left)
	if !held.Fits {
		verdict = fmt.Sprintf("which is %s too much", held.Left.Neg())
	}
	fmt.Fprintf(c.ErrOrStderr(), "tokpit: %s may cost %s %s, %s: the budget %s has %s left of %s, as of %s\n", what, held.Currency, held.Cost, verdict,
		clean.Text(held.Name), held.Headroom, held.Limit, stamp(held.AsOf))
	if !held.Fits {
		return errNo
	}
	return nil
}

// nearestAdvice names what a person may have meant.
func nearestAdvice(candidates []string) string {
	if len(candidates) == 0 {
		return "tokpit prices list shows what there is"
	}
	return "nearest names: " + clean.Limit(strings.Join(candidates, ", "), 400)
}
