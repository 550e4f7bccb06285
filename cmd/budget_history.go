package cmd

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tokpit/budget"
	"tokpit/internal/clean"
	"tokpit/report"
	"tokpit/store"
	"tokpit/usage"
)

type historyOptions struct {
	json    bool
	periods int
}

func newBudgetHistory(a *app) *cobra.Command {
	var o historyOptions
	c := &cobra.Command{
		Use:   "history NAME",
		Short: "Show earlier periods of a budget, and who changed it",
		Long: `Shows what was spent in earlier periods, beside the amount that the budget has
today, and every change of the budget with who made it.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if o.periods < 0 || o.periods > maxPeriods {
				return hint(fmt.Errorf("%d periods", o.periods), "give a number between 0 and %d", maxPeriods)
			}
			if err := a.open(c); err != nil {
				return err
			}
			b, err := a.budget(c.Context(), args[0])
			if err != nil {
				return err
			}
			past, err := a.pastOf(c.Context(), &b, o.periods)
			if err != nil {
				return err
			}
			changes, err := a.changesOf(c.Context(), b.Name)
			if err != nil {
				return err
			}
			if o.json {
				return writeJSON(c.OutOrStdout(), historyOf(a, &b, past, changes))
			}
			return printHistory(c.OutOrStdout(), &b, past, changes)
		},
	}
	f := c.Flags()
	f.BoolVar(&o.json, "json", false, "print JSON")
	f.IntVar(&o.periods, "periods", 12, "how many earlier periods, a `number`")
	return c
}

// maxPeriods bounds how far history looks back.
const maxPeriods = 400

// pastOf returns where the budget stands and ended, newest period first. Periods
// before the first spend are left out.
func (a *app) pastOf(ctx context.Context, b *budget.Budget, earlier int) ([]budget.Status, error) {
	r, err := a.budgetReader(ctx)
	if err != nil {
		return nil, err
	}
	out, err := report.BudgetPeriods(r.input(ctx), b, earlier)
	last := 1 // the running one is always shown
	for i := range out {
		if st := &out[i]; !st.Cost.IsZero() || st.UnpricedTokens > 0 {
			last = i + 1
		}
	}
	return out[:min(last, len(out))], err
}

func (a *app) changesOf(ctx context.Context, name string) ([]store.AuditRow, error) {
	rows, err := a.store.Audit(ctx)
	var out []store.AuditRow
	for _, r := range rows {
		if r.Name == name && (r.What == store.AuditSetBudget || r.What == store.AuditRemoveBudget) {
			out = append(out, r)
		}
	}
	return out, err
}

type historyDocument struct {
	Schema  string       `json:"schema"`
	AsOf    string       `json:"as_of"`
	Name    string       `json:"name"`
	Periods []periodJSON `json:"periods"`
	Changes []auditJSON  `json:"changes"`
}

type periodJSON struct {
	Since    string `json:"since"`
	Until    string `json:"until"`
	Ended    bool   `json:"ended"`
	Limit    string `json:"limit"`
	Spent    string `json:"spent"`
	Headroom string `json:"headroom"`
	Currency string `json:"currency"`
	State    string `json:"state"`
	Unpriced int64  `json:"unpriced_tokens"`
}

type auditJSON struct {
	N      uint64  `json:"n"`
	At     string  `json:"at"`
	Actor  *string `json:"actor"`
	Via    *string `json:"via"`
	What   string  `json:"what"`
	Name   string  `json:"name"`
	Before *string `json:"before"`
	After  *string `json:"after"`
	Hash   string  `json:"hash"`
	// Redacted: what it quotes was forgotten since; placeholders stand for it.
	Redacted bool `json:"redacted"`
}

func auditOf(r *store.AuditRow) auditJSON {
	return auditJSON{N: r.N, At: stamp(r.At), Actor: optional(clean.Text(r.Actor.Name)), Via: optional(clean.Text(r.Actor.Via)), What: r.What, Name: r.Name,
		Before: optional(r.Before), After: optional(r.After), Hash: r.Hash.String(), Redacted: r.Redacted}
}

func historyOf(a *app, b *budget.Budget, past []budget.Status, changes []store.AuditRow) historyDocument {
	d := historyDocument{Schema: "tokpit.budget.history/1", AsOf: stamp(a.now()), Name: b.Name, Periods: []periodJSON{}, Changes: []auditJSON{}}
	for i := range past {
		st := &past[i]
		d.Periods = append(d.Periods, periodJSON{stamp(st.Period.Since), stamp(st.Period.Until), st.Ended, st.Limit.String(), st.Cost.String(),
			st.Headroom.String(), b.Currency, string(st.State), st.UnpricedTokens})
	}
	for i := range changes {
		d.Changes = append(d.Changes, auditOf(&changes[i]))
	}
	return d
}

func printHistory(w io.Writer, b *budget.Budget, past []budget.Status, changes []store.AuditRow) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "PERIOD\tSPENT\tOF %s %s\tHEADROOM\tSTATE\n", b.Amount.Format(2), b.Currency)
	for i := range past {
		st := &past[i]
		state := string(st.State)
		if !st.Ended {
			state += ", running"
		}
		fmt.Fprintf(t, "%s to %s\t%s\t%.0f%%\t%s\t%s\n", dayIn(b, st.Period.Since), dayIn(b, st.Period.Until.Add(-1)), st.Cost.Format(2), 100*st.Used, st.Headroom.Format(2), state)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if len(changes) > 0 {
		fmt.Fprintln(w, "\nChanges:")
	}
	for i := range changes {
		if err := printAudit(w, &changes[i]); err != nil {
			return err
		}
	}
	return nil
}

// printAudit writes a row of the trail.
func printAudit(w io.Writer, r *store.AuditRow) error {
	who := clean.Text(r.Actor.Name)
	if who == "" {
		who = "somebody"
	}
	_, err := fmt.Fprintf(w, "%d  %s  %s (%s): %s %s\n", r.N, stamp(r.At), who, clean.Text(r.Actor.Via), r.What, clean.Text(r.Name))
	for _, side := range []struct{ name, text string }{{"before", r.Before}, {"after", r.After}} {
		if side.text != "" && err == nil {
			_, err = fmt.Fprintf(w, "     %-6s %s\n", side.name, clean.Text(side.text))
		}
	}
	return err
}

// periodAt is the period of a budget that a time given by a person lies in.
func (a *app) periodAt(b *budget.Budget, cycle, since string) (usage.Span, error) {
	now := b.At(a.now())
	switch {
	case cycle != "" && since != "":
		return now, hint(fmt.Errorf("--cycle and --since exclude each other"), "--cycle last, or --since with any day of the period")
	case since != "":
		if day, err := time.Parse(time.DateOnly, since); err == nil { // its noon lies in that day in nearly every zone
			zone, err := time.LoadLocation(b.Zone)
			return b.At(time.Date(day.Year(), day.Month(), day.Day(), 12, 0, 0, 0, zone)), err
		}
		t, err := a.day(since)
		return b.At(t), err
	case cycle == "" || cycle == "this":
		return now, nil
	case cycle == "last":
		return b.Before(now), nil
	}
	return now, hint(fmt.Errorf("--cycle %q", clip(cycle)), "give this or last, or any day of the period with --since")
}
