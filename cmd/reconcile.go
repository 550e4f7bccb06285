package cmd

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokpit/report"
	"tokpit/usage"
)

type reconcileOptions struct {
	json                         bool
	since, until                 string
	tolerance, provider, account string
}

func newReconcile(a *app) *cobra.Command {
	var o reconcileOptions
	c := &cobra.Command{
		Use:   "reconcile",
		Short: "Compare the figures with the providers' bills",
		Long: `Sets what providers bill against tokens × price of the usage that counts, by
account, UTC day and line item, and says where they differ, by how much, and
why that is likely: late data, a missing tier, usage without a key, a price
change, a promotion. It answers whether the figures can be trusted.

Bills come with the cost reports of connected providers (tokpit sources add).
Days that are not billed yet, or not read in full, are listed and not compared.

Exit status 1 means that there is a difference that nothing explains.`,
		Example: `  tokpit reconcile
  tokpit reconcile --since last-month --tolerance 0.5%
  tokpit reconcile --since 2026-10-01 --until 2026-11-01 --provider openai --json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			return a.runReconcile(c, o)
		},
	}
	f := c.Flags()
	f.BoolVar(&o.json, "json", false, "print JSON")
	f.StringVar(&o.since, "since", "", "first `day` (UTC), inclusive (default: the last 31 days)")
	f.StringVar(&o.until, "until", "", "last `day` (UTC), exclusive (default: now)")
	f.StringVar(&o.tolerance, "tolerance", "1%", "what may differ without being a difference, in `percent` of what is billed")
	f.StringVar(&o.provider, "provider", "", "one `provider` only")
	f.StringVar(&o.account, "account", "", "one `account` only")
	return c
}

func (a *app) runReconcile(c *cobra.Command, o reconcileOptions) error {
	in := report.ReconcileInput{Book: a.book, AsOf: a.now(), Provider: o.provider, Account: o.account}
	var err error
	if in.Tolerance, err = parseTolerance(o.tolerance); err != nil {
		return err
	}
	// Providers bill UTC days, whatever zone other days are cut in.
	if in.Span, err = report.ParseSpan(o.since, o.until, time.UTC, a.now(), a.config.Cycle.AnchorDay); err != nil {
		return err
	}
	if o.since == "" {
		last := a.now()
		if !in.Span.Until.IsZero() {
			last = in.Span.Until.Add(-time.Nanosecond)
		}
		in.Span.Since = last.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1-reconciledDays)
	}
	if in.Span.Since.After(a.now()) {
		return hint(fmt.Errorf("the days from %s on are in the future", in.Span.Since.Format(time.DateOnly)), "give a --since that has begun")
	}
	r, err := a.reconcile(c.Context(), in)
	if err != nil {
		return err
	}
	if o.json {
		err = r.WriteJSON(c.OutOrStdout())
	} else {
		err = r.WriteText(c.OutOrStdout(), report.TextOptions{Width: terminalWidth(c.OutOrStdout())})
	}
	if err == nil && r.Verdict() == report.Doubtful {
		err = errNo
	}
	return err
}

// reconciledDays is how many days are compared unless a person says otherwise,
// as in the cockpit.
const reconciledDays = 31

// reconcile reads the days of a span and compares them.
func (a *app) reconcile(ctx context.Context, in report.ReconcileInput) (*report.Reconciliation, error) {
	var err error
	if in.Names, err = a.names(ctx); err != nil {
		return nil, err
	}
	if in.Plans, err = a.store.Plans(ctx); err != nil {
		return nil, err
	}
	q := report.Query{Since: in.Span.Since, Until: in.Span.Until}
	if in.Cube, err = a.ruled(ctx, q.Cells(), false, in.Names); err != nil {
		return nil, err
	}
	r, err := report.Reconcile(in)
	if err == nil && len(r.Accounts) == 0 {
		r.Bills, r.Connected, err = a.bills(ctx, in)
	}
	return r, err
}

// bills says of which days there are bills, and whether anything is connected
// that could bring some.
func (a *app) bills(ctx context.Context, in report.ReconcileInput) (days usage.Span, connected bool, err error) {
	all, err := a.connections(ctx)
	if err != nil {
		return usage.Span{}, false, err
	}
	cube, err := a.ruled(ctx, usage.Span{}, false, in.Names)
	if err != nil {
		return usage.Span{}, false, err
	}
	for i, set := range cube.Set {
		d := &cube.Sets[set]
		if d.Basis != usage.Billed || in.Provider != "" && d.Provider != in.Provider || in.Account != "" && d.Account != in.Account {
			continue
		}
		if days.Since.IsZero() {
			days.Since = cube.Slot[i].Time()
		}
		if until := (cube.Slot[i] + usage.Slot(cube.Width[i])).Time(); until.After(days.Until) {
			days.Until = until
		}
	}
	return days, len(all) > 0, nil
}

// parseTolerance reads a percentage with at most one decimal and returns
// thousandths. None at all is -1, since 0 leaves it to report.
func parseTolerance(text string) (int64, error) {
	whole, tenths, _ := strings.Cut(strings.TrimSuffix(strings.TrimSpace(text), "%"), ".")
	n, err := strconv.ParseUint(whole+(tenths + "0")[:1], 10, 16)
	if err != nil || whole == "" || len(tenths) > 1 || n > 1000 {
		return 0, hint(fmt.Errorf("tolerance %q", clip(text)), "give percent from 0 to 100 with at most one decimal, such as 1%% or 0.5%%")
	}
	if n == 0 {
		return -1, nil
	}
	return int64(n), nil
}
