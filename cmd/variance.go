package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/report"
)

type varianceOptions struct {
	cycle, tolerance, least string
	json                    bool
}

func newVariance(a *app) *cobra.Command {
	var o varianceOptions
	c := &cobra.Command{
		Use:   "variance",
		Short: "Compare what was metered, what providers report and what they invoiced",
		Long: `Sets three figures of a billing cycle against each other, for every provider and
account: metered (tokens × price of usage under no plan, frozen if the cycle is
closed; or the fee of a subscription), what the provider's cost report says (or
what it says beside its usage), and what it has invoiced, without tax
(tokpit invoice). Where they differ it says why that is likely.

A difference within the tolerance, or within --least, is none. Exit status 1
means that there is one beyond both.`,
		Example: `  tokpit variance
  tokpit variance --cycle 2026-10 --tolerance 1% --least 5
  tokpit variance --cycle 2026-10 --json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			return a.runVariance(c, &o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.cycle, "cycle", "", "the billing cycle, by the `month` in which it begins (default: the last one that has ended)")
	f.StringVar(&o.tolerance, "tolerance", "0.5%", "what may differ, in `percent`")
	f.StringVar(&o.least, "least", "1", "the `amount` that may differ, in the account's currency")
	f.BoolVar(&o.json, "json", false, "print JSON")
	return c
}

func (a *app) runVariance(c *cobra.Command, o *varianceOptions) error {
	in := report.VarianceInput{AsOf: a.now()}
	var err error
	if in.Tolerance, err = parseTolerance(o.tolerance); err != nil {
		return err
	}
	in.Tolerance = max(in.Tolerance, 0)
	if in.Least, err = parseMoney("least amount", o.least); err != nil {
		return err
	}
	if in.Least.Sign() < 0 {
		return hint(errors.New("the least amount is below zero"), "give a plain number such as 1")
	}
	cy := a.cycleOf(a.cycleOf(a.now()).span.Since.Add(-time.Nanosecond))
	if o.cycle != "" {
		if cy, err = a.cycleNamed(o.cycle); err != nil {
			return err
		}
	}
	v, err := a.variance(c.Context(), cy, in)
	if err != nil {
		return err
	}
	if o.json {
		err = writeJSON(c.OutOrStdout(), varianceOf(v))
	} else {
		err = printVariance(c.OutOrStdout(), v)
	}
	if err == nil && v.OutOfTolerance() {
		err = errNo
	}
	return err
}

// variance reads the figures of a cycle: what was frozen, or is today where
// nothing is.
func (a *app) variance(ctx context.Context, cy cycle, in report.VarianceInput) (*report.Variance, error) {
	b, err := a.closed(ctx)
	if err != nil {
		return nil, err
	}
	if in.Invoices, err = a.invoices(ctx); err != nil {
		return nil, err
	}
	closes := report.InCycle(b.closes, cy.name)
	if len(closes) > 0 {
		cy.span = closes[0].Span
	}
	in.Cycle, in.Span = cy.name, cy.span
	if in.State, err = b.state(ctx, cy, in.Invoices); err != nil {
		return nil, err
	}
	today, err := b.today(ctx, cy.span)
	if err != nil {
		return nil, err
	}
	if in.Today, err = report.CycleEntries(today, nil); err != nil {
		return nil, err
	}
	holds := b.holds(cy.name)
	for i := range in.Today {
		if !holds(in.Today[i].Dims.Account) {
			in.Entries = append(in.Entries, in.Today[i])
		}
	}
	for i := range closes {
		f, err := b.open(ctx, &closes[i])
		if err != nil {
			return nil, err
		}
		in.Entries = append(in.Entries, f.Own()...)
	}
	in.Reconciled, err = a.reconcile(ctx, report.ReconcileInput{Book: a.book, AsOf: a.now(), Span: cy.span, Tolerance: max(in.Tolerance, 1)})
	if err != nil {
		return nil, err
	}
	return report.BuildVariance(in), nil
}

func printVariance(w io.Writer, v *report.Variance) error {
	fmt.Fprintf(w, "%s (%s): %s\n\n", v.Cycle, v.State, v.Answer())
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "PROVIDER\tACCOUNT\tCURRENCY\tMETERED\tREPORTED\tINVOICED\tREPORTED-METERED\tINVOICED-METERED\t")
	text := func(f report.Figure) string {
		if !f.Known {
			return "-"
		}
		return f.Amount.Format(2)
	}
	change := func(f report.Figure) string {
		if !f.Known {
			return "-"
		}
		return signed(f.Amount, "")
	}
	for i := range v.Accounts {
		a := &v.Accounts[i]
		state := "ok"
		switch {
		case a.Out:
			state = "DIFFERS"
		case !a.Billed.Known && !a.Invoiced.Known:
			state = "nothing to compare with"
		}
		account := clean.Text(a.Account)
		if a.Whole {
			account = "(all)"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", clean.Text(a.Provider), account, a.Currency, text(a.Metered), text(a.Billed), text(a.Invoiced),
			change(a.Billed.Less(a.Metered)), change(a.Invoiced.Less(a.Metered)), state)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for i := range v.Accounts {
		a := &v.Accounts[i]
		if len(a.Causes) == 0 || !a.Out {
			continue
		}
		name := strings.TrimSuffix(clean.Text(a.Provider)+"/"+clean.Text(a.Account), "/")
		fmt.Fprintf(w, "\n%s:\n", name)
		for _, c := range a.Causes {
			amount := ""
			if c.Amount.Known {
				amount = " (" + signed(c.Amount.Amount, a.Currency) + ")"
			}
			if _, err := fmt.Fprintf(w, "  %s: %s%s\n", c.Code, clean.Text(c.Text), amount); err != nil {
				return err
			}
		}
	}
	return nil
}

type varianceJSON struct {
	Schema    string                `json:"schema"`
	AsOf      string                `json:"as_of"`
	Cycle     string                `json:"cycle"`
	State     string                `json:"state"`
	Since     string                `json:"since"`
	Until     string                `json:"until"`
	Tolerance int64                 `json:"tolerance_per_mille"`
	Least     string                `json:"least"`
	Prices    string                `json:"price_book"`
	OK        bool                  `json:"ok"`
	Accounts  []accountVarianceJSON `json:"accounts"`
}

type accountVarianceJSON struct {
	Provider       *string             `json:"provider"`
	Account        *string             `json:"account"`      // null: not known, or all
	All            bool                `json:"all_accounts"` // an invoice is about all
	Currency       string              `json:"currency"`
	Metered        *string             `json:"metered"`
	Reported       *string             `json:"reported"`
	ReportedBy     *string             `json:"reported_by"` // bill, or usage
	Invoiced       *string             `json:"invoiced"`    // without tax
	Tax            *string             `json:"tax"`
	Invoices       []string            `json:"invoices"`
	Unpriced       int64               `json:"unpriced_tokens"`
	ReportedLess   *string             `json:"reported_less_metered"`
	InvoicedLess   *string             `json:"invoiced_less_metered"`
	InvoicedBilled *string             `json:"invoiced_less_reported"`
	OK             bool                `json:"ok"`
	Causes         []varianceCauseJSON `json:"causes"`
}

type varianceCauseJSON struct {
	Code   string  `json:"code"`
	Text   string  `json:"text"`
	Amount *string `json:"amount"`
}

func varianceOf(v *report.Variance) varianceJSON {
	figure := func(f report.Figure) *string {
		if !f.Known {
			return nil
		}
		return digits(f.Amount)
	}
	out := varianceJSON{Schema: "tokpit.variance/1", AsOf: stamp(v.AsOf), Cycle: v.Cycle, State: string(v.State), Since: stamp(v.Span.Since), Until: stamp(v.Span.Until),
		Tolerance: v.Tolerance, Least: v.Least.String(), Prices: v.Prices, OK: !v.OutOfTolerance(), Accounts: []accountVarianceJSON{}}
	for i := range v.Accounts {
		a := &v.Accounts[i]
		j := accountVarianceJSON{Provider: optional(a.Provider), Account: optional(a.Account), All: a.Whole, Currency: a.Currency, Metered: figure(a.Metered),
			Reported: figure(a.Billed), Invoiced: figure(a.Invoiced), Invoices: append([]string{}, a.Numbers...), Unpriced: a.UnpricedTokens,
			ReportedLess: figure(a.Billed.Less(a.Metered)), InvoicedLess: figure(a.Invoiced.Less(a.Metered)), InvoicedBilled: figure(a.Invoiced.Less(a.Billed)),
			OK: !a.Out, Causes: []varianceCauseJSON{}}
		if a.Billed.Known {
			by := "bill"
			if a.FromUsage {
				by = "usage"
			}
			j.ReportedBy = &by
		}
		if a.Invoiced.Known {
			j.Tax = digits(a.Tax)
		}
		for _, c := range a.Causes {
			j.Causes = append(j.Causes, varianceCauseJSON{c.Code, c.Text, figure(c.Amount)})
		}
		out.Accounts = append(out.Accounts, j)
	}
	return out
}

// digits are all that an amount has.
func digits(a money.Amount) *string {
	s := a.String()
	return &s
}
