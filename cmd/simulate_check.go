package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/report"
	"tokpit/scenario"
	"tokpit/usage"
)

func newSimulateCheck(a *app) *cobra.Command {
	var since, until string
	var asJSON bool
	c := &cobra.Command{
		Use:   "check NAME [--since DATE]",
		Short: "Compare what a scenario promised with what happened",
		Long: `Nobody can see what usage would have cost without the change. It is worked out:
for each project, what a request cost in the span that the scenario was computed
on, times the requests made since it was adopted. What was really spent less that
is the effect, and the promise is brought to the same volume.

This cannot tell the change apart from requests that became longer or shorter for
other reasons, from work that moved between models, and from prices that changed.
Projects that had no usage before are left out. Where requests are not counted,
tokens are the volume.`,
		Example: `  tokpit simulate adopt mini-for-support --on 2026-11-01
  tokpit simulate check mini-for-support`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			s, err := a.savedScenario(c.Context(), args[0])
			if err != nil {
				return err
			}
			o, err := a.outcome(c.Context(), &s, since, until)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(c.OutOrStdout(), outcomeDocument(a.now(), &s, o))
			}
			return a.printOutcome(c.OutOrStdout(), &s, o)
		},
	}
	c.Flags().StringVar(&since, "since", "", "first `day` (default: when it was adopted, else when it was saved)")
	c.Flags().StringVar(&until, "until", "", "last `day`, exclusive (default: now)")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// outcome compares a scenario with what happened since it was adopted, or since
// and until the given days.
func (a *app) outcome(ctx context.Context, s *scenario.Saved, since, until string) (*scenario.Outcome, error) {
	names, err := a.names(ctx)
	if err != nil {
		return nil, err
	}
	span := usage.Span{Since: s.Adopted, Until: a.now()}
	if s.Adopted.IsZero() {
		span.Since = s.SavedAt.Truncate(usage.SlotLength)
	}
	if since != "" || until != "" {
		asked, err := report.ParseSpan(since, until, a.zone, a.now(), a.config.Cycle.AnchorDay)
		if err != nil {
			return nil, err
		}
		if !asked.Since.IsZero() {
			span.Since = asked.Since
		}
		if !asked.Until.IsZero() {
			span.Until = asked.Until
		}
	}
	if !span.Since.Before(span.Until) {
		return nil, hint(errors.New("nothing has happened yet since the scenario was adopted"), "check it in some days, or give an earlier day with --since")
	}
	read := func(span usage.Span) (*report.Report, error) {
		return a.report(ctx, report.Query{Since: span.Since, Until: span.Until, Zone: a.zone, By: scenario.OutcomeBy(), Filter: s.Scope, Names: names})
	}
	then, err := read(s.Basis(span.Since))
	if err != nil {
		return nil, err
	}
	now, err := read(span)
	if err != nil {
		return nil, err
	}
	return s.Check(then, now)
}

func (a *app) printOutcome(w io.Writer, s *scenario.Saved, o *scenario.Outcome) error {
	cur := o.Currency
	planned, actual, kind := o.CashPlanned, o.CashEffect(), "cash"
	if o.CashUnchanged.IsZero() {
		planned, actual, kind = o.Planned, o.Effect(), "at list price"
	}
	day := func(t time.Time) string { return t.In(a.zone).Format(time.DateOnly) }
	since := "adopted " + day(o.Since.Since)
	if s.Adopted.IsZero() || !s.Adopted.Equal(o.Since.Since) {
		since = "since " + day(o.Since.Since)
	}
	fmt.Fprintf(w, "%s, %s: planned %s, actual %s (%s)\n\n", clean.Text(s.Name), since, change(planned, cur), change(actual, cur), kind)
	t := columnsText{left: 1}
	t.add("", "CASH", "LIST PRICE")
	row := func(name string, cash, cost money.Amount) { t.add(name, grouped(cash, cur), grouped(cost, cur)) }
	row("would have cost unchanged", o.CashUnchanged, o.Unchanged)
	row("has cost", o.CashActual, o.Actual)
	t.add("effect", change(o.CashEffect(), cur), change(o.Effect(), cur))
	t.add("planned, at this volume", change(o.CashPlanned, cur), change(o.Planned, cur))
	if o.PlannedRanged {
		t.add("  range", "", change(o.PlannedLow, "")+" to "+change(o.PlannedHigh, ""))
	}
	if err := t.write(w); err != nil {
		return err
	}
	noun := "request"
	if o.ByTokens {
		noun = "token"
	}
	fmt.Fprintf(w, "\nvolume: %s since then, %s in the span that the scenario was made for (%s until %s)\n", count(o.VolumeSince, noun), group(o.VolumeThen), day(o.Then.Since), day(o.Then.Until))
	if !o.New.IsZero() {
		fmt.Fprintf(w, "left out: %s of projects without usage before\n", grouped(o.New, cur))
	}
	for _, n := range o.Notes {
		fmt.Fprintf(w, "note: %s\n", clean.Limit(n.Text, 300))
	}
	_, err := fmt.Fprintln(w, "note: what requests would have cost is taken from that span; longer prompts, other work and new prices are not told apart from the change")
	return err
}

type outcomeDoc struct {
	Schema        string     `json:"schema"`
	AsOf          string     `json:"as_of"`
	Name          string     `json:"name"`
	Adopted       *string    `json:"adopted"`
	Since         string     `json:"since"`
	Until         string     `json:"until"`
	Currency      string     `json:"currency"`
	Planned       string     `json:"planned"` // at the volume that happened
	PlannedLow    *string    `json:"planned_low,omitempty"`
	PlannedHigh   *string    `json:"planned_high,omitempty"`
	Actual        string     `json:"actual"`
	CashPlanned   string     `json:"cash_planned"`
	CashActual    string     `json:"cash_actual"`
	Spent         string     `json:"spent"`
	Unchanged     string     `json:"unchanged"`
	CashSpent     string     `json:"cash_spent"`
	CashUnchanged string     `json:"cash_unchanged"`
	New           string     `json:"left_out_new"`
	Volume        volumeJSON `json:"volume"`
	Notes         []noteJSON `json:"notes"`
}

type volumeJSON struct {
	Unit  string `json:"unit"` // "requests" or "tokens"
	Then  int64  `json:"then"`
	Since int64  `json:"since"`
}

func outcomeDocument(now time.Time, s *scenario.Saved, o *scenario.Outcome) outcomeDoc {
	d := outcomeDoc{Schema: "tokpit.simulate.check/1", AsOf: stamp(now), Name: s.Name, Adopted: optionalTime(s.Adopted), Since: stamp(o.Since.Since), Until: stamp(o.Since.Until), Currency: o.Currency,
		Planned: o.Planned.String(), Actual: o.Effect().String(), CashPlanned: o.CashPlanned.String(), CashActual: o.CashEffect().String(), Spent: o.Actual.String(), Unchanged: o.Unchanged.String(),
		CashSpent: o.CashActual.String(), CashUnchanged: o.CashUnchanged.String(), New: o.New.String(), Volume: volumeJSON{"requests", o.VolumeThen, o.VolumeSince}, Notes: notesOf(o.Notes)}
	if o.ByTokens {
		d.Volume.Unit = "tokens"
	}
	if o.PlannedRanged {
		d.PlannedLow, d.PlannedHigh = optional(o.PlannedLow.String()), optional(o.PlannedHigh.String())
	}
	return d
}
