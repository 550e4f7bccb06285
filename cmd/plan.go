package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/pricing"
	"tokpit/store"
	"tokpit/usage"
)

func newPlan(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "plan",
		Short: "Say which usage a flat subscription covers",
		Long: `Usage under a flat subscription is not spend: it costs the monthly fee. A plan
names the source, the fee and the dates. The cockpit and reports then show as
cash the fee plus whatever is not covered, and the price of the covered tokens
as their API-equivalent beside it.`,
		Example: `  tokpit plan set claude-code --monthly 200 --from 2026-05-01
  tokpit plan list
  tokpit plan rm claude-code --yes`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newPlanSet(a), newPlanList(a), newPlanRemove(a), newPlanApply(a))
	return c
}

type planFlags struct{ monthly, currency, from, to string }

func newPlanSet(a *app) *cobra.Command {
	var o planFlags
	c := &cobra.Command{
		Use:   "set SOURCE --monthly AMOUNT --from DATE [--to DATE]",
		Short: "Add or replace a plan",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			p, err := parsePlan(args[0], o)
			if err != nil {
				return err
			}
			if err := a.open(c); err != nil {
				return err
			}
			if err := a.addPlans(c, []pricing.Plan{p}); err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), describePlan(p))
			return err
		},
	}
	f := c.Flags()
	f.StringVar(&o.monthly, "monthly", "", "the fee of a month, e.g. 200 or 19.99")
	f.StringVar(&o.currency, "currency", "USD", "its currency")
	f.StringVar(&o.from, "from", "", "first `day` (UTC) that the plan covers, YYYY-MM-DD; fees fall due on its day of the month")
	f.StringVar(&o.to, "to", "", "the `day` after the last one, YYYY-MM-DD")
	_ = c.MarkFlagRequired("monthly")
	_ = c.MarkFlagRequired("from")
	return c
}

func parsePlan(source string, o planFlags) (pricing.Plan, error) {
	var p pricing.Plan
	fee, err := money.Parse(strings.TrimPrefix(o.monthly, "$"))
	if err != nil {
		return p, hint(fmt.Errorf("monthly fee: %w", err), "give a plain number such as 200 or 19.99")
	}
	p = pricing.Plan{Source: clean.Text(source), Monthly: fee, Currency: strings.ToUpper(o.currency)}
	if p.From, err = parseDay("from", o.from); err != nil {
		return p, err
	}
	if o.to != "" {
		if p.To, err = parseDay("to", o.to); err != nil {
			return p, err
		}
	}
	if err := p.Validate(); err != nil {
		return p, hint(err, "run: tokpit plan set --help")
	}
	return p, nil
}

func parseDay(name, text string) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return t, hint(fmt.Errorf("%s: %q is not a day", name, clip(text)), "give it as YYYY-MM-DD")
	}
	return t, nil
}

// addPlans stores plans, all or none.
func (a *app) addPlans(c *cobra.Command, plans []pricing.Plan) error {
	known, err := a.knownSources(c.Context())
	if err != nil {
		return err
	}
	for _, p := range plans {
		if !slices.Contains(known, p.Source) {
			return hint(fmt.Errorf("unknown source %q: a plan covers the usage of one source", clean.Text(clip(p.Source))),
				"known sources: %s", strings.Join(known, ", "))
		}
	}
	err = a.store.SetPlans(c.Context(), a.actor(), plans...)
	var overlap *store.OverlapError
	if errors.As(err, &overlap) {
		q := overlap.Old
		return hint(fmt.Errorf("the plan would overlap another: %s", describePlan(q)),
			"end that one first: tokpit plan set %s --monthly %s --from %s --to %s",
			q.Source, q.Monthly, q.From.Format(time.DateOnly), overlap.New.From.Format(time.DateOnly))
	}
	return err
}

// knownSources lists what a plan may be for: what this program reads, and what
// usage in the store says it comes from.
func (a *app) knownSources(ctx context.Context) ([]string, error) {
	var names []string
	for _, s := range a.local(nil) {
		names = append(names, s.Name())
	}
	cube, err := a.store.Cube(ctx, usage.Span{}, false)
	if err != nil {
		return nil, err
	}
	for i := range cube.Sets {
		names = append(names, cube.Sets[i].Source)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func describePlan(p pricing.Plan) string {
	until := "on"
	if !p.To.IsZero() {
		until = "until " + p.To.Format(time.DateOnly)
	}
	return fmt.Sprintf("%s: %s %s a month from %s %s", clean.Text(p.Source), p.Monthly.Format(2), p.Currency, p.From.Format(time.DateOnly), until)
}

type planDocument struct {
	Schema string     `json:"schema"`
	AsOf   string     `json:"as_of"`
	Plans  []planJSON `json:"plans"`
}

type planJSON struct {
	Source   string  `json:"source"`
	Monthly  string  `json:"monthly"`
	Currency string  `json:"currency"`
	From     string  `json:"from"`
	To       *string `json:"to"`
}

func newPlanList(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List the plans",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			plans, err := a.store.Plans(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(c.OutOrStdout(), planDocument{"tokpit.plan/1", stamp(a.now()), plansJSON(plans)})
			}
			return printPlans(c.OutOrStdout(), c.ErrOrStderr(), plans)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func plansJSON(plans []pricing.Plan) []planJSON {
	out := []planJSON{}
	for _, p := range plans {
		j := planJSON{Source: p.Source, Monthly: p.Monthly.String(), Currency: p.Currency, From: p.From.Format(time.DateOnly)}
		if !p.To.IsZero() {
			to := p.To.Format(time.DateOnly)
			j.To = &to
		}
		out = append(out, j)
	}
	return out
}

func printPlans(w, talk io.Writer, plans []pricing.Plan) error {
	if len(plans) == 0 {
		_, err := fmt.Fprintln(talk, "tokpit: no plans: every token is counted at its price\nhint: tokpit plan set claude-code --monthly 200 --from 2026-05-01")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "SOURCE\tMONTHLY\tFROM\tTO")
	for _, p := range plans {
		to := "open"
		if !p.To.IsZero() {
			to = p.To.Format(time.DateOnly)
		}
		fmt.Fprintf(t, "%s\t%s %s\t%s\t%s\n", clean.Text(p.Source), p.Monthly.Format(2), p.Currency, p.From.Format(time.DateOnly), to)
	}
	return t.Flush()
}

func newPlanRemove(a *app) *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use:   "rm SOURCE --yes",
		Short: "Remove the plans of a source",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if !yes {
				return hint(fmt.Errorf("this removes every plan of %s", clean.Text(clip(args[0]))), "say --yes to do it; tokpit plan list shows them")
			}
			if err := a.open(c); err != nil {
				return err
			}
			n, err := a.store.RemovePlans(c.Context(), a.actor(), args[0])
			if err != nil {
				return err
			}
			if n == 0 {
				return hint(fmt.Errorf("%s has no plan", clean.Text(clip(args[0]))), "tokpit plan list shows what there is")
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "removed %s\n", count(int64(n), "plan"))
			return err
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do it")
	return c
}

// planFile is the shape of a reviewable file of plans.
type planFile struct {
	Plan []struct {
		Source   string `toml:"source"`
		Monthly  string `toml:"monthly"`
		Currency string `toml:"currency"`
		From     string `toml:"from"`
		To       string `toml:"to"`
	} `toml:"plan"`
}

func newPlanApply(a *app) *cobra.Command {
	var path string
	c := &cobra.Command{
		Use:   "apply -f FILE",
		Short: "Set the plans that a TOML file lists",
		Long: `Sets every [[plan]] of the file:

  [[plan]]
  source  = "claude-code"
  monthly = "200"
  from    = "2026-05-01"

Plans that the file does not name stay as they are.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			plans, err := readPlans(path)
			if err != nil {
				return err
			}
			if err := a.open(c); err != nil {
				return err
			}
			if err := a.addPlans(c, plans); err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "set %s\n", count(int64(len(plans)), "plan"))
			return err
		},
	}
	c.Flags().StringVarP(&path, "file", "f", "", "the `file`")
	_ = c.MarkFlagRequired("file")
	return c
}

func readPlans(path string) ([]pricing.Plan, error) {
	var file planFile
	if err := readFile(path, "plans", "tokpit plan apply", &file); err != nil {
		return nil, err
	}
	var plans []pricing.Plan
	for i, p := range file.Plan {
		if p.Currency == "" {
			p.Currency = "USD"
		}
		plan, err := parsePlan(p.Source, planFlags{p.Monthly, p.Currency, p.From, p.To})
		if err != nil {
			return nil, hint(fmt.Errorf("%s, plan %d: %w", path, i+1, err), "nothing has been changed")
		}
		plans = append(plans, plan)
	}
	return plans, nil
}
