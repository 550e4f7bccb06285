package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokpit/config"
	"tokpit/internal/clean"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/store"
	"tokpit/usage"
)

type reportOptions struct {
	json                    bool
	since, until, by, basis string
	currency                string
	filter                  []string
}

func newReport(a *app) *cobra.Command {
	var o reportOptions
	c := &cobra.Command{
		Use:   "report",
		Short: "Print usage and its cost",
		Long: `Prints usage and what it costs, grouped by any dimensions. It reads what has
been stored; tokpit sync brings new usage in.

Dimensions: hour day week month provider account organization environment
project key user agent session machine model priced_as tier region band source
basis cost_center line_item tag:<name>. A filter takes ids and names.

Times: YYYY-MM-DD is a day in --tz; RFC 3339 instants; 7d, 30d, month,
last-month, cycle. --since is inclusive, --until exclusive.`,
		Example: `  tokpit report --since 30d --by day,model
  tokpit report --since month --by project --filter provider=anthropic
  tokpit report --since 2026-10-01 --until 2026-11-01 --json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			return a.runReport(c, o)
		},
	}
	f := c.Flags()
	f.BoolVar(&o.json, "json", false, "print JSON")
	f.StringVar(&o.since, "since", "", "first `time`, inclusive (default: all history, by month)")
	f.StringVar(&o.until, "until", "", "last `time`, exclusive (default: now)")
	f.StringVar(&o.by, "by", "", "`dimensions`, separated by commas (default: month, or day with --since)")
	f.StringVar(&o.basis, "basis", "", "one `basis` only: reported, metered, logged, imported, billed (default: the headline's)")
	f.StringArrayVar(&o.filter, "filter", nil, "keep only `dimension=value[,value…]` (may be repeated; empty value: not known)")
	currencyFlag(c, &o.currency)
	return c
}

func (a *app) runReport(c *cobra.Command, o reportOptions) error {
	q, err := a.query(o)
	if err != nil {
		return err
	}
	display, err := a.display(o.currency)
	if err != nil {
		return err
	}
	rep, err := a.report(c.Context(), q)
	if err != nil {
		return err
	}
	rep.Display = display
	if !a.store.Exists() {
		fmt.Fprintln(c.ErrOrStderr(), "tokpit: nothing has been stored yet\nhint: run: tokpit sync")
	}
	if rep.Total.Records == 0 || severalValues(&q) {
		if err := a.tellUnknown(c.Context(), c.ErrOrStderr(), &q); err != nil {
			return err
		}
	}
	if o.json {
		return rep.WriteJSON(c.OutOrStdout())
	}
	return rep.WriteText(c.OutOrStdout(), report.TextOptions{Width: terminalWidth(c.OutOrStdout())})
}

// query turns the flags into plain values.
func (a *app) query(o reportOptions) (report.Query, error) {
	q := report.Query{Zone: a.zone}
	span, err := report.ParseSpan(o.since, o.until, a.zone, a.now(), a.config.Cycle.AnchorDay)
	if err != nil {
		return q, err
	}
	q.Since, q.Until = span.Since, span.Until
	by := o.by
	switch {
	case by == "" && o.since == "":
		by = string(usage.ByMonth)
	case by == "":
		by = string(usage.ByDay)
	}
	if q.By, err = usage.ParseDimensions(by); err != nil {
		return q, hint(err, "dimensions: %s tag:<name>", dimensionNames())
	}
	if o.basis != "" && o.basis != "headline" {
		if q.Basis, err = usage.ParseBasis(o.basis); err != nil {
			return q, hint(err, "bases: headline reported metered logged imported billed")
		}
	}
	for _, f := range o.filter {
		if config.LooksLikeKey(f) { // a report shows what it is filtered by
			return q, hint(errors.New("a filter holds what looks like a key itself, and is not repeated here"), "filter by the key's id or name: tokpit report --by key lists them")
		}
		name, values, ok := strings.Cut(f, "=")
		dims, err := usage.ParseDimensions(name)
		switch {
		case !ok:
			return q, hint(fmt.Errorf("filter %q", clip(f)), "write it as dimension=value, e.g. --filter project=web,api")
		case err != nil:
			return q, hint(fmt.Errorf("filter %q: %w", clip(f), err), "dimensions: %s tag:<name>", dimensionNames())
		case len(dims) != 1 || dims[0].IsTime():
			return q, hint(fmt.Errorf("filter %q", clip(f)), "filter by one dimension other than time; for times there are --since and --until")
		}
		if q.Filter == nil {
			q.Filter = make(map[usage.Dimension][]string)
		}
		q.Filter[dims[0]] = append(q.Filter[dims[0]], strings.Split(values, ",")...)
	}
	return q, nil
}

func dimensionNames() string {
	var names []string
	for _, d := range usage.Dimensions() {
		names = append(names, string(d))
	}
	return strings.Join(names, " ")
}

// report reads the cells that a query needs and runs it.
func (a *app) report(ctx context.Context, q report.Query) (*report.Report, error) {
	names, err := a.names(ctx)
	if err != nil {
		return nil, err
	}
	q.Names = names
	cube, err := a.cube(ctx, q)
	if err != nil {
		return nil, err
	}
	plans, err := a.store.Plans(ctx)
	if err != nil {
		return nil, err
	}
	status, err := a.store.Status(ctx)
	if err != nil {
		return nil, err
	}
	rep, err := report.Run(cube, a.book, plans, q, a.now())
	if err == nil && q.Fine() && rep.Straddling > 0 {
		// Session-level cells are whole days, and some day has several prices.
		if cube, err = a.store.RecordsCube(ctx, q.Cells()); err == nil {
			rep, err = report.Run(a.rules.Apply(cube, names), a.book, plans, q, a.now())
		}
	}
	if err != nil {
		return nil, err
	}
	if note := a.billsOnly(rep, cube, plans, q); note != nil {
		rep.Notes = append(rep.Notes, *note)
	}
	if note := pastOf(status.Horizon, q, q.Fine()); note != nil {
		rep.Notes = append(rep.Notes, *note)
	}
	for _, conn := range status.Connections {
		rep.Quarantined += conn.Quarantined
		for _, d := range doubts(conn.Doubts) {
			rep.Notes = append(rep.Notes, report.Note{Code: "doubt", Text: clean.Text(conn.Name) + ": " + d + " (in all history)"})
		}
	}
	return rep, nil
}

// billsOnly says that there are bills where there is no usage.
func (a *app) billsOnly(rep *report.Report, cube *usage.Cube, plans []pricing.Plan, q report.Query) *report.Note {
	if q.Basis != usage.BasisUnknown || len(rep.Rows) > 0 || rep.Total.Records > 0 {
		return nil
	}
	q.Basis, q.By = usage.Billed, nil
	bills, err := report.Run(cube, a.book, plans, q, a.now())
	if err != nil || bills.Total.Records == 0 {
		return nil
	}
	return &report.Note{Code: "bills", Text: "there is no usage, but there are bills, which stand beside it: see them with --basis billed"}
}

// names reads what everything is called.
func (a *app) names(ctx context.Context) (*report.Names, error) {
	entities, err := a.store.Entities(ctx)
	s := standing{entities: entities}
	return s.names(), err
}

// cube reads what answers q exactly: cells where they can, else the records.
// The person's rules are applied to it.
func (a *app) cube(ctx context.Context, q report.Query) (*usage.Cube, error) {
	cube, err := a.rawCube(ctx, q)
	if err != nil {
		return nil, err
	}
	return a.rules.Apply(cube, q.Names), nil
}

func (a *app) rawCube(ctx context.Context, q report.Query) (*usage.Cube, error) {
	if a.needsRecords(&q, q.Fine()) {
		return a.store.RecordsCube(ctx, q.Cells())
	}
	return a.store.Cube(ctx, q.Cells(), q.Fine())
}

// needsRecords reports whether only the records themselves answer a query: spans
// that cut through a quarter hour, and sessions by anything but UTC days.
func (a *app) needsRecords(q *report.Query, fine bool) bool {
	aligned := func(t time.Time) bool { return t.IsZero() || t.Equal(t.Truncate(usage.SlotLength)) }
	open := !q.Until.Before(a.now()) // nothing lies beyond it yet
	return !aligned(q.Since) || !aligned(q.Until) && !open || fine && !a.daysAnswer(*q) || a.rules.Fine() && !fine
}

// daysAnswer reports whether session-level cells, which are UTC days, can
// answer a query: no hours, and no local days that are cut elsewhere.
func (a *app) daysAnswer(q report.Query) bool {
	for _, d := range q.By {
		if d == usage.ByHour || d.IsTime() && a.zone != time.UTC {
			return false
		}
	}
	for _, t := range []time.Time{q.Since, q.Until} {
		if !t.Equal(t.Truncate(24 * time.Hour)) {
			return false
		}
	}
	return true
}

// doubts says in words which records of a connection carry a flag.
func doubts(d store.Doubts) []string {
	var out []string
	for _, c := range []struct {
		n    int64
		text string
	}{
		{d.ParentMissing, "%s of forks whose original log is not there; copies count once"},
		{d.TotalMismatch, "%s whose own total differs from its parts; the parts count"},
		{d.SeveralRequests, "%s of several requests each; long-context prices are ranges"},
	} {
		if c.n > 0 {
			out = append(out, fmt.Sprintf(c.text, count(c.n, "record")))
		}
	}
	return out
}
