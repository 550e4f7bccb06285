package cmd

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tokpit/budget"
	"tokpit/internal/clean"
	"tokpit/report"
)

const noLimits = "tokpit: no limits, budgets or plan windows are known\nhint: note one that a provider keeps: tokpit limits set openai-approved --provider openai --kind approved --amount 1000\n"

// printLimits shows limits and windows, the one that bites first above all.
func (a *app) printLimits(w, talk io.Writer, all *report.Budgets) error {
	if len(all.Limits) == 0 && len(all.Windows) == 0 && all.Bites() == nil {
		_, err := io.WriteString(talk, noLimits)
		return err
	}
	if first := all.Bites(); first != nil {
		if _, err := fmt.Fprintf(w, "%s bites first: %s\n\n", first.Name, first.Why); err != nil {
			return err
		}
	}
	if len(all.Limits) > 0 {
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "NAME\tKIND\tSPENT\tLIMIT\tHEADROOM\tUSED\tREACHED\tRESETS")
		for i := range all.Limits {
			l := &all.Limits[i]
			if l.Err != nil {
				fmt.Fprintf(t, "%s\t%s\tnot known\t%s\t\t\t\t\n", clean.Text(l.Budget.Name), kindText(l), figure(l.Limit, l.Budget.Currency))
				continue
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%.0f%%\t%s\t%s\n", clean.Text(l.Budget.Name), kindText(l), l.Cost.Format(2), figure(l.Limit, l.Budget.Currency),
				l.Headroom.Format(2), 100*l.Used, reachedText(l), a.moment(l.Period.Until))
		}
		if err := t.Flush(); err != nil {
			return err
		}
		if err := printTiers(w, all.Limits); err != nil {
			return err
		}
		if err := printLimitNotes(w, all.Limits); err != nil {
			return err
		}
	}
	if len(all.Windows) == 0 {
		return nil
	}
	if len(all.Limits) > 0 {
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
	}
	return a.printWindows(w, all.Windows)
}

func kindText(l *report.LimitStanding) string {
	switch {
	case l.Origin == report.FromBudget && l.Budget.Hard:
		return "budget (hard)"
	case l.Origin == report.FromBudget:
		return "budget"
	case l.Origin == report.FromNote:
		return string(l.Kind) + " (noted)"
	}
	return string(l.Kind)
}

func reachedText(l *report.LimitStanding) string {
	switch {
	case l.Reached:
		return "reached"
	case !l.ReachedAt.IsZero():
		return dayIn(l.Budget, l.ReachedAt)
	case !l.Forecast.Known:
		return "not known"
	}
	return "not in this period"
}

// moment is an instant in UTC, and in the pinned zone where that differs.
func (a *app) moment(t time.Time) string {
	out := t.UTC().Format("2006-01-02 15:04 UTC")
	if local := t.In(a.zone); local.Format("15:04") != t.UTC().Format("15:04") {
		out += local.Format(" (15:04 MST)")
	}
	return out
}

// printTiers says what is missing for the next usage tier.
func printTiers(w io.Writer, all []report.LimitStanding) error {
	for i := range all {
		t := all[i].Tier
		if t == nil {
			continue
		}
		text := "the tier above is not noted"
		if n := t.Next; n != nil {
			var lacks []string
			switch m := t.Missing; {
			case !m.AmountKnown:
				lacks = append(lacks, "what has been paid is not known ("+n.Paid.Format(2)+" "+n.Currency+" in all)")
			case m.Amount.Sign() > 0:
				lacks = append(lacks, m.Amount.Format(2)+" "+n.Currency+" still to be paid")
			}
			switch m := t.Missing; {
			case !m.DaysKnown:
				lacks = append(lacks, "the first payment is not known ("+count(n.Days, "day")+" since then)")
			case m.Days > 0:
				lacks = append(lacks, count(m.Days, "day")+" more, until "+m.Since.UTC().Format(time.DateOnly))
			}
			text = clean.Text(n.Name)
			if !n.Limit.IsZero() {
				text += " (" + n.Limit.Format(2) + " " + n.Currency + ")"
			}
			if len(lacks) == 0 {
				text += " is due: nothing is missing"
			} else {
				text += " is next: " + strings.Join(lacks, ", ")
			}
		}
		if _, err := fmt.Fprintf(w, "  %s is in %s; %s\n", clean.Text(all[i].Budget.Name), clean.Text(t.Tier), text); err != nil {
			return err
		}
	}
	return nil
}

func printLimitNotes(w io.Writer, all []report.LimitStanding) error {
	for i := range all {
		l := &all[i]
		if l.Err != nil {
			if _, err := fmt.Fprintf(w, "  %s: %s\n", clean.Text(l.Budget.Name), clean.Text(l.Err.Error())); err != nil {
				return err
			}
		}
		if l.UnpricedTokens > 0 {
			if _, err := fmt.Fprintf(w, "  %s: %s have no known price and are not in it\n", clean.Text(l.Budget.Name), count(l.UnpricedTokens, "token")); err != nil {
				return err
			}
		}
	}
	return nil
}

func newLimitsWindows(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "windows",
		Short: "Show how full the windows of plans are",
		Long: `Codex says with every answer how much of its allowances is used; the latest of
that is shown. Claude Code says nothing of limits: its five-hour windows begin
with the hour (UTC) of the first request after the last one ended, and show
tokens and what they would cost without the plan.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			r, err := a.budgetReader(c.Context())
			if err != nil {
				return err
			}
			in := r.input(c.Context())
			in.Kept = &report.Kept{}
			all, err := report.BuildBudgets(in)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(c.OutOrStdout(), windowsDocument{"tokpit.limits.windows/1", stamp(a.now()), windowsJSON(all.Windows)})
			}
			if len(all.Windows) == 0 {
				_, err := fmt.Fprintln(c.ErrOrStderr(), "tokpit: no window of a plan is known\nhint: Codex and Claude Code leave them in their logs; run: tokpit sync")
				return err
			}
			return a.printWindows(c.OutOrStdout(), all.Windows)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (a *app) printWindows(w io.Writer, all []report.WindowStanding) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "WINDOW\tUSED\tTOKENS\tAPI-EQUIVALENT\tPER HOUR\tENDS AT\tRESETS")
	for i := range all {
		x := &all[i]
		name := clean.Text(x.Source) + " " + clean.Text(x.Name)
		if !x.Active {
			fmt.Fprintf(t, "%s\t\t\t\t\t\tno window is open\n", name)
			continue
		}
		used, pace, ends, resets := "not said", "too early", "", "not known"
		if x.HasUsed {
			used = x.UsedText()
		}
		if x.HasPace {
			pace = count(x.TokensPerHour, "token")
			if !x.Until.IsZero() {
				ends = count(x.ProjectedTokens, "token")
			}
		}
		if x.HasProjected {
			ends = report.ShareText(x.ProjectedUsed)
		}
		if !x.FullAt.IsZero() {
			ends += ", full " + a.moment(x.FullAt)
		}
		if !x.Until.IsZero() {
			resets = a.moment(x.Until)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", name, used, count(x.Sum.Tokens.Total(), "token"), equivalent(x), pace, ends, resets)
	}
	return t.Flush()
}

// equivalent is what the usage of a window would cost without a plan.
func equivalent(x *report.WindowStanding) string {
	if !x.Sum.Priced || x.Sum.Currency == "" {
		return "not priced"
	}
	return figure(x.Sum.Cost, x.Sum.Currency)
}

func newLimitsList(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List the limits that were noted by hand",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			k, err := a.openKept(c)
			if err != nil {
				return err
			}
			budget.SortLimits(k.Limits)
			if asJSON {
				d := notedDocument{"tokpit.limits.list/1", stamp(a.now()), []notedJSON{}}
				for i := range k.Limits {
					d.Limits = append(d.Limits, notedOf(&k.Limits[i]))
				}
				return writeJSON(c.OutOrStdout(), d)
			}
			if len(k.Limits) == 0 {
				_, err := io.WriteString(c.ErrOrStderr(), "tokpit: no limit has been noted\nhint: tokpit limits set openai-approved --provider openai --kind approved --amount 1000\n")
				return err
			}
			t := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(t, "NAME\tPROVIDER\tKIND\tAMOUNT\tPERIOD\tSCOPE\tTIER\tNOTE")
			for i := range k.Limits {
				l := &k.Limits[i]
				b := l.Budget()
				provider := clean.Text(l.Provider)
				if l.Account != "" {
					provider += "/" + clean.Text(l.Account)
				}
				b.Scope = l.Scope
				fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", clean.Text(l.Name), provider, l.Kind, figure(l.Amount, l.Currency), periodText(&b), scopeText(&b), clean.Text(l.Tier), clean.Text(l.Note))
			}
			return t.Flush()
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
