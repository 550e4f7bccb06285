package cmd

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tokpit/budget"
	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/report"
)

func newBudgetList(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List the budgets",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			all, err := a.store.Budgets(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				d := definitionsDocument{"tokpit.budget.list/1", stamp(a.now()), []definitionJSON{}}
				for i := range all {
					d.Budgets = append(d.Budgets, definitionOf(&all[i]))
				}
				return writeJSON(c.OutOrStdout(), d)
			}
			return printBudgets(c.OutOrStdout(), c.ErrOrStderr(), all)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

const noBudgets = "tokpit: no budgets\nhint: tokpit budget set all --amount 500 --warn 50%,80%,forecast:100%\n"

func printBudgets(w, talk io.Writer, all []budget.Budget) error {
	if len(all) == 0 {
		_, err := io.WriteString(talk, noBudgets)
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "NAME\tAMOUNT\tPERIOD\tSCOPE\tWARN")
	for i := range all {
		b := &all[i]
		amount := b.Amount.Format(2) + " " + b.Currency
		if b.Hard {
			amount += " (hard)"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", clean.Text(b.Name), amount, periodText(b), scopeText(b), strings.Join(thresholdTexts(b.Warn), ","))
	}
	return t.Flush()
}

func periodText(b *budget.Budget) string {
	text := "each " + string(b.Period)
	if anchor := b.Anchor.String(); anchor != "" {
		text += " from " + anchor
	}
	if b.Zone != "" && b.Zone != "UTC" {
		text += ", " + b.Zone
	}
	return text
}

func scopeText(b *budget.Budget) string {
	if len(b.Scope) == 0 {
		return "everything"
	}
	return clean.Text(b.Scope.String())
}

func newBudgetShow(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "show [NAME]",
		Short: "Show where budgets stand",
		Long: `Prints all that is known of one budget, or a line for each of them. It is what
tokpit budget check prints, but the exit status does not depend on it.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			if len(args) == 0 {
				if err := a.checkBudgets(c, nil, asJSON); !errors.Is(err, errNo) {
					return err
				}
				return nil
			}
			b, err := a.budget(c.Context(), args[0])
			if err != nil {
				return err
			}
			r, err := a.budgetReader(c.Context())
			if err != nil {
				return err
			}
			s, err := r.inFull(c.Context(), &b)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(c.OutOrStdout(), s.document())
			}
			_, err = io.WriteString(c.OutOrStdout(), s.text())
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// figure is an amount for a person.
func figure(a money.Amount, currency string) string { return a.Format(2) + " " + currency }

// text says where a budget stands, the answer first.
func (s *budgetStanding) text() string {
	st, cur := &s.Status, s.Budget.Currency
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s, %s of %s spent (%.0f%%)\n", clean.Text(st.Budget.Name), stateText(st), st.Cost.Format(2), figure(st.Limit, cur), 100*st.Used)
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-10s %s\n", name, fmt.Sprintf(format, args...))
	}
	line("period", "%s, %.0f%% elapsed", spanIn(st.Budget, st.Period), 100*st.Elapsed)
	line("scope", "%s", scopeText(st.Budget))
	line("headroom", "%s", figure(st.Headroom, cur))
	switch f := st.Forecast; {
	case f.Known && f.Method != "complete":
		line("forecast", "%s, 80%% band %s to %s (%s, %s)", figure(f.Point, cur), f.Low.Format(2), f.High.Format(2), f.Method, count(int64(f.Days), "day"))
	case st.Why != "":
		line("forecast", "none: %s", st.Why)
	}
	if st.HasRunRate {
		line("run rate", "%s by the end of the period", figure(st.RunRate, cur))
	}
	if e := st.Exhaustion; e.Known && e.Within && e.Days > 0 {
		line("lasts", "%.1f days at this pace, until %s", e.Days, dayIn(st.Budget, e.At))
	}
	for _, m := range st.Marks {
		state := "not reached"
		if m.Reached {
			state = "reached"
		} else if !m.Known {
			state = "not known"
		}
		line("warn", "%s (%s): %s", m.Threshold, m.At.Format(2), state)
	}
	s.parts(line)
	s.doubts(line)
	lag := ""
	if st.HasLag && st.Lag >= time.Minute {
		lag = fmt.Sprintf(", %s ago", st.Lag.Round(time.Minute))
	}
	if s.Source != "" {
		lag += ", by " + clean.Text(s.Source)
	}
	line("as of", "%s%s", stamp(st.AsOf), lag)
	for _, n := range s.Spend.Notes {
		fmt.Fprintf(&b, "  note: %s\n", clean.Text(n.Text))
	}
	return b.String()
}

// parts says whose spend it is, by the dimension that says most.
func (s *budgetStanding) parts(line func(name, format string, args ...any)) {
	width := 0
	var weights []int64
	for _, p := range s.Contributors {
		width, weights = max(width, len(p.Cost.Format(2))), append(weights, p.Share)
	}
	percents := report.Shares(weights, 100)
	for i, p := range s.Contributors {
		name := ""
		if i == 0 {
			name = "by " + string(p.By)
		}
		line(name, "%*s  %2d%%  %s", width, p.Cost.Format(2), percents[i], clean.Text(p.Label))
	}
}

// doubts says what of the spend is not certain, or whose it is not known.
func (s *budgetStanding) doubts(line func(name, format string, args ...any)) {
	st, cur := &s.Status, s.Budget.Currency
	if !s.Fees.IsZero() {
		line("plan fees", "%s of it", figure(s.Fees, cur))
	}
	if st.Ranged {
		line("range", "%s to %s: some prices depend on what is not known", st.Low.Format(2), figure(st.High, cur))
	}
	if !st.Untracked.IsZero() {
		line("untracked", "%s of it without a key", figure(st.Untracked, cur))
	}
	if !st.Unallocated.IsZero() {
		line("unallocated", "%s of it without a project", figure(st.Unallocated, cur))
	}
	if st.UnpricedTokens > 0 {
		line("unpriced", "%s beside it, which may cost something", count(st.UnpricedTokens, "token"))
	}
}

func stateText(st *budget.Status) string {
	switch st.State {
	case budget.StateOver:
		if st.Headroom.IsZero() {
			return "nothing is left"
		}
		return "over by " + figure(st.Headroom.Neg(), st.Budget.Currency)
	case budget.StateWarn:
		return "a threshold is reached"
	}
	return "ok"
}

func newBudgetCheck(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "check [NAME…]",
		Short: "Check whether budgets are kept; exit status 1 if one is over",
		Long: `Prints where budgets stand (all of them, or those that are named). The exit
status is 1 if any has nothing left, for scripts.`,
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			return a.checkBudgets(c, args, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (a *app) checkBudgets(c *cobra.Command, names []string, asJSON bool) error {
	all, err := a.store.Budgets(c.Context())
	if err != nil {
		return err
	}
	chosen := all
	if len(names) > 0 {
		chosen = nil
		for _, name := range names {
			b, err := a.budget(c.Context(), name)
			if err != nil {
				return err
			}
			chosen = append(chosen, b)
		}
	}
	r, err := a.budgetReader(c.Context())
	if err != nil {
		return err
	}
	standings, err := r.standings(c.Context(), chosen...)
	if err != nil {
		return err
	}
	over := slices.ContainsFunc(standings, func(s budgetStanding) bool { return s.State == budget.StateOver })
	a.warnOfTargets(c.ErrOrStderr(), chosen...)
	if asJSON {
		d := checkDocument{"tokpit.budget.check/1", stamp(a.now()), []checkJSON{}}
		for i := range standings {
			d.Budgets = append(d.Budgets, standings[i].check())
		}
		err = writeJSON(c.OutOrStdout(), d)
	} else {
		err = printStandings(c.OutOrStdout(), c.ErrOrStderr(), standings)
	}
	if err == nil && over {
		return errNo
	}
	return err
}

func printStandings(w, talk io.Writer, all []budgetStanding) error {
	if len(all) == 0 {
		_, err := io.WriteString(talk, noBudgets)
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "NAME\tSTATE\tSPENT\tLIMIT\tHEADROOM\tUSED\tFORECAST\tPERIOD")
	for i := range all {
		st := &all[i].Status
		forecast := "not known"
		if st.Forecast.Known {
			forecast = st.Forecast.Point.Format(2)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s %s\t%s\t%.0f%%\t%s\t%s\n", clean.Text(st.Budget.Name), st.State, st.Cost.Format(2), st.Limit.Format(2), st.Budget.Currency,
			st.Headroom.Format(2), 100*st.Used, forecast, spanIn(st.Budget, st.Period))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for i := range all { // what is not in the figures must not look like nothing
		s := &all[i]
		for _, n := range s.Spend.Notes {
			if n.Code == "other_currencies" {
				if _, err := fmt.Fprintf(w, "  %s: %s\n", clean.Text(s.Budget.Name), clean.Text(n.Text)); err != nil {
					return err
				}
			}
		}
		if s.UnpricedTokens > 0 {
			if _, err := fmt.Fprintf(w, "  %s: %s have no known price and are not in it\n", clean.Text(s.Budget.Name), count(s.UnpricedTokens, "token")); err != nil {
				return err
			}
		}
	}
	return nil
}
