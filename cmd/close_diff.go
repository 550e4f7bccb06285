package cmd

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/report"
	"tokpit/usage"
)

func newCloseDiff(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "diff CYCLE",
		Short: "Show what has changed about a closed cycle",
		Long: `Shows the corrections of a closed cycle: today's figures less what it stands at,
which is what was frozen and all corrections that have been booked since. They
are listed by cause, as far as it can be told, and by row of the ledger; they
are booked with the cycle that is closed next.

Causes: late_usage, revised_bucket, removed_usage, changed_price, changed_rule,
other_basis, plan_change.`,
		Example: `  tokpit close diff 2026-10
  tokpit close diff 2026-10 --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			d, err := a.closeDiff(c.Context(), args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(c.OutOrStdout(), d.document())
			}
			return d.print(c.OutOrStdout())
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// closeDiff is what a closed cycle stands at, and what it would be today.
type closeDiff struct {
	cycle   cycle
	asOf    time.Time
	state   report.CycleState
	names   *report.Names
	frozen  []report.CloseTotal
	booked  []report.CloseTotal
	due     []report.Entry
	today   []report.CloseTotal
	byCause []causeSum
}

// causeSum is what corrections of one cause come to.
type causeSum struct {
	code string
	rows int64
	report.CloseTotal
}

func (a *app) closeDiff(ctx context.Context, name string) (*closeDiff, error) {
	c, err := a.cycleNamed(name)
	if err != nil {
		return nil, err
	}
	b, err := a.closed(ctx)
	if err != nil {
		return nil, err
	}
	of := report.InCycle(b.closes, c.name)
	if len(of) == 0 {
		return nil, hint(fmt.Errorf("the cycle %s is not closed", c.name), "close it: tokpit close %s; what is closed: tokpit close list", c.name)
	}
	c.span = of[0].Span
	invoices, err := a.invoices(ctx)
	if err != nil {
		return nil, err
	}
	d := &closeDiff{cycle: c, asOf: a.now(), names: b.names}
	if d.state, err = b.state(ctx, c, invoices); err != nil {
		return nil, err
	}
	standing, due, err := b.due(ctx, c, nil)
	if err != nil {
		return nil, err
	}
	var frozen, booked []report.Entry
	for _, e := range standing {
		if e.Correction != nil {
			booked = append(booked, e)
		} else {
			frozen = append(frozen, e)
		}
	}
	d.due, d.frozen, d.booked, d.today = due, report.Totals(frozen), report.Totals(booked), report.Totals(append(standing, due...))
	d.byCause = causeSums(due)
	return d, nil
}

// causeSums adds corrections up by cause, the largest first.
func causeSums(due []report.Entry) []causeSum {
	var out []causeSum
	for i := range due {
		e := &due[i]
		for _, c := range e.Correction.Causes {
			at := slices.IndexFunc(out, func(s causeSum) bool { return s.code == c.Code && s.Currency == e.Charge.Currency })
			if at < 0 {
				at = len(out)
				out = append(out, causeSum{code: c.Code, CloseTotal: report.CloseTotal{Currency: e.Charge.Currency}})
			}
			s := &out[at]
			s.rows++
			s.Cost, s.Cash = s.Cost.Add(c.Cost), s.Cash.Add(c.Cash)
		}
	}
	slices.SortStableFunc(out, func(a, b causeSum) int {
		return cmp.Or(strings.Compare(a.Currency, b.Currency), b.Cash.Abs().Cmp(a.Cash.Abs()), strings.Compare(a.code, b.code))
	})
	return out
}

// correctionsShown is how many rows are printed for people.
const correctionsShown = 40

func (d *closeDiff) print(w io.Writer) error {
	var b strings.Builder
	line := func(name string, totals []report.CloseTotal, sign bool) {
		var parts []string
		for _, t := range totals {
			text := figure(t.Cash, t.Currency)
			if sign {
				text = signed(t.Cash, t.Currency)
			}
			parts = append(parts, text)
		}
		fmt.Fprintf(&b, "  %-12s %s\n", name, cmp.Or(strings.Join(parts, ", "), "0.00"))
	}
	fmt.Fprintf(&b, "%s: %s", d.cycle.name, d.state)
	if len(d.due) == 0 {
		b.WriteString(", and nothing has changed since\n")
	} else {
		fmt.Fprintf(&b, ", and %s to be booked with the next close\n", count(int64(len(d.due)), "correction"))
	}
	line("frozen", d.frozen, false)
	if len(d.booked) > 0 {
		line("booked since", d.booked, true)
	}
	line("to be booked", report.Totals(d.due), true)
	line("today", d.today, false)
	if _, err := io.WriteString(w, b.String()); err != nil || len(d.due) == 0 {
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nCAUSE\tROWS\tCOST\tCASH")
	for _, c := range d.byCause {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", c.code, group(c.rows), signed(c.Cost, c.Currency), signed(c.Cash, c.Currency))
	}
	fmt.Fprintln(t, "\nDAY\tPROVIDER\tACCOUNT\tPROJECT\tMODEL\tTOKENS\tCOST\tCASH\tWHY")
	for i := range d.due[:min(len(d.due), correctionsShown)] {
		e := &d.due[i]
		var why []string
		for _, c := range e.Correction.Causes {
			why = append(why, c.Text)
		}
		tokens := e.Total()
		sign := ""
		if tokens > 0 {
			sign = "+"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", e.Span.Since.Format(time.DateOnly), clean.Text(e.BilledBy()), clean.Text(e.Dims.Account),
			clean.Text(clean.Limit(d.names.Of(usage.ByProject, e.Dims.Project), 30)), clean.Text(e.Dims.Model), sign+group(tokens), signed(e.Cost(), e.Charge.Currency),
			signed(e.Cash(), e.Charge.Currency), clean.Text(strings.Join(why, "; ")))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if more := len(d.due) - correctionsShown; more > 0 {
		_, err := fmt.Fprintf(w, "%s more: --json lists them all\n", group(int64(more)))
		return err
	}
	return nil
}

type closeDiffJSON struct {
	Schema string                `json:"schema"`
	AsOf   string                `json:"as_of"`
	Cycle  string                `json:"cycle"`
	State  string                `json:"state"`
	Since  string                `json:"since"`
	Until  string                `json:"until"`
	Frozen []totalJSON           `json:"frozen"`
	Booked []totalJSON           `json:"booked"`      // corrections, with later closes
	Due    []totalJSON           `json:"corrections"` // frozen + booked + corrections is today
	Today  []totalJSON           `json:"today"`
	Causes []correctionCauseJSON `json:"causes"` // they add up to corrections
	Rows   []correctionJSON      `json:"rows"`
}

type correctionCauseJSON struct {
	Code     string  `json:"code"`
	Text     *string `json:"text,omitempty"`
	Rows     *int64  `json:"rows,omitempty"`
	Currency *string `json:"currency"`
	Cost     string  `json:"cost"`
	Cash     string  `json:"cash"`
}

// correctionJSON is a row of the ledger: all figures are differences.
type correctionJSON struct {
	Keys     map[string]*string    `json:"keys"`
	Fee      bool                  `json:"fee"`
	Records  int64                 `json:"records"`
	Tokens   map[string]int64      `json:"tokens"`
	Unpriced int64                 `json:"unpriced_tokens"`
	Currency *string               `json:"currency"`
	Cost     string                `json:"cost"`
	Cash     string                `json:"cash"`
	Causes   []correctionCauseJSON `json:"causes"`
}

func (d *closeDiff) document() closeDiffJSON {
	out := closeDiffJSON{Schema: "tokpit.close.diff/1", AsOf: stamp(d.asOf), Cycle: d.cycle.name, State: string(d.state), Since: stamp(d.cycle.span.Since),
		Until: stamp(d.cycle.span.Until), Frozen: totalsOf(d.frozen), Booked: totalsOf(d.booked), Due: totalsOf(report.Totals(d.due)), Today: totalsOf(d.today),
		Causes: []correctionCauseJSON{}, Rows: []correctionJSON{}}
	for i := range d.byCause {
		c := &d.byCause[i]
		out.Causes = append(out.Causes, correctionCauseJSON{c.code, nil, &c.rows, optional(c.Currency), c.Cost.String(), c.Cash.String()})
	}
	by := report.LedgerBy()
	for i := range d.due {
		e := &d.due[i]
		row := correctionJSON{Keys: make(map[string]*string), Fee: e.Plan != nil, Records: e.Records, Unpriced: e.Charge.UnpricedTokens,
			Currency: optional(e.Charge.Currency), Cost: e.Cost().String(), Cash: e.Cash().String(), Causes: []correctionCauseJSON{},
			Tokens: map[string]int64{"input": e.Input, "cache_read": e.CacheRead, "cache_write_5m": e.CacheWrite5m, "cache_write_1h": e.CacheWrite1h, "output": e.Output, "reasoning": e.Reasoning}}
		for j, key := range e.Keys {
			row.Keys[string(by[j])] = optional(key)
		}
		for _, c := range e.Correction.Causes {
			row.Causes = append(row.Causes, correctionCauseJSON{c.Code, optional(c.Text), nil, optional(e.Charge.Currency), c.Cost.String(), c.Cash.String()})
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}
