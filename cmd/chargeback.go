package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/report"
	"tokpit/report/export"
	"tokpit/usage"
)

// chargebackOptions are the flags of a chargeback.
type chargebackOptions struct {
	exportOptions
	share string
	keep  bool
}

func newChargeback(a *app) *cobra.Command {
	var o chargebackOptions
	c := &cobra.Command{
		Use:   "chargeback",
		Short: "Divide what was spent between projects, cost centers or people",
		Long: `Divides the cash of a span between its owners: projects, cost centers (see
[[allocate]] in the configuration), people, or any other dimension. What nobody
owns stands by itself: plan fees, and usage without an owner. With --share it is
spread over the owners of the same currency, by the largest remainder, so that
the parts add up to the whole to the last digit:

  none   nothing is spread (the default)
  even   every owner takes the same
  usage  in proportion to what the owners' own usage costs at list price; a plan's
         fee by the usage that the plan pays for

The printed table is rounded to cents that add up as well; csv, md and --json have
every digit. Where there is nobody to share, or nothing to share by, it is left and said so.
Usage without a price is in no part; it is listed. Currencies are never added up.`,
		Example: `  tokpit chargeback --cycle 2026-10 --by project --share usage
  tokpit chargeback --cycle 2026-10 --by cost_center --share even --keep-unallocated
  tokpit chargeback --since month --by user --format csv -o people.csv`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			return a.runChargeback(c, &o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.by, "by", "project", "the owners' `dimension`: project, cost_center, user (or person), key, account, environment, tag:<name> …")
	f.StringVar(&o.share, "share", "none", "spread what nobody owns: `none`, even or usage")
	f.BoolVar(&o.keep, "keep-unallocated", false, "with --share: spread plan fees only, and leave usage without an owner as it is")
	f.StringVar(&o.since, "since", "", "first `time`, inclusive (default: the running cycle)")
	f.StringVar(&o.until, "until", "", "last `time`, exclusive (default: now)")
	f.StringVar(&o.cycle, "cycle", "", "a billing cycle, by the `month` in which it begins: 2026-10")
	f.StringArrayVar(&o.filter, "filter", nil, "keep only `dimension=value[,value…]` (may be repeated; empty value: not known)")
	f.StringVar(&o.format, "format", "text", "`form`: text, csv, md")
	f.BoolVar(&o.json, "json", false, "print JSON")
	f.StringVarP(&o.out, "output", "o", "-", "`file` to write; - is the standard output")
	f.BoolVar(&o.force, "force", false, "replace the file if it is there")
	return c
}

func (a *app) runChargeback(c *cobra.Command, o *chargebackOptions) error {
	write, err := o.form()
	if err != nil {
		return err
	}
	back, err := a.chargeback(c.Context(), o)
	if err != nil {
		return err
	}
	if !a.store.Exists() {
		fmt.Fprintln(c.ErrOrStderr(), "tokpit: nothing has been stored yet\nhint: run: tokpit sync")
	}
	if len(back.Sides) == 0 && len(back.Unpriced) == 0 || severalValues(&back.Query) {
		if err := a.tellUnknown(c.Context(), c.ErrOrStderr(), &back.Query); err != nil {
			return err
		}
	}
	if o.out == "-" {
		return unlessBrokenPipe(write(c.OutOrStdout(), back))
	}
	return writeFile(o.out, o.force, func(w io.Writer) error { return write(w, back) })
}

// form is what writes a chargeback.
func (o *chargebackOptions) form() (func(io.Writer, *report.Chargeback) error, error) {
	switch {
	case o.json && o.format != "text" && o.format != "json":
		return nil, hint(fmt.Errorf("--json and --format %s", clean.Text(clip(o.format))), "give one or the other")
	case o.json || o.format == "json":
		return chargebackJSON, nil
	case o.format == "text":
		return chargebackText, nil
	case o.format == "csv":
		return func(w io.Writer, b *report.Chargeback) error { return export.WriteChargeback(export.NewCSV(w), b) }, nil
	case o.format == "md":
		return func(w io.Writer, b *report.Chargeback) error { return export.WriteChargeback(export.NewMarkdown(w), b) }, nil
	}
	return nil, hint(fmt.Errorf("there is no format %q", clean.Text(clip(o.format))), "formats: text, csv, md, or --json")
}

// chargeback reads what a chargeback is made from, and makes it.
func (a *app) chargeback(ctx context.Context, o *chargebackOptions) (*report.Chargeback, error) {
	share, err := report.ParseShare(o.share)
	if err != nil {
		return nil, hint(fmt.Errorf("--share %q", clean.Text(clip(o.share))), "give none, even or usage")
	}
	if o.keep && share == report.ShareNone {
		return nil, hint(errors.New("--keep-unallocated without --share"), "nothing is spread anyway; give --share even or --share usage")
	}
	if o.by == "person" {
		o.by = string(usage.ByUser)
	}
	if o.since == "" && o.until == "" && o.cycle == "" {
		o.since = "cycle"
	}
	x := &exporter{app: a, opt: &o.exportOptions}
	if err := x.span(); err != nil {
		return nil, err
	}
	q, err := a.query(o.reportOptions)
	if err != nil {
		return nil, err
	}
	if len(q.By) != 1 || q.By[0].IsTime() {
		return nil, hint(fmt.Errorf("--by %s", clean.Text(clip(o.by))), "a chargeback is by one dimension other than time, such as project, cost_center or user")
	}
	if x.cycle != nil {
		q.Since, q.Until = x.query.Since, x.query.Until
	}
	if q.Names, err = a.names(ctx); err != nil {
		return nil, err
	}
	fine := q
	fine.By = append([]usage.Dimension{q.By[0]}, usage.ByProvider, usage.ByModel)
	cube, err := a.cube(ctx, fine)
	if err != nil {
		return nil, err
	}
	plans, err := a.store.Plans(ctx)
	if err != nil {
		return nil, err
	}
	if fine.Fine() { // cells of people are whole days, and some day may have several prices
		rep, err := report.Run(cube, a.book, plans, fine, a.now())
		if err != nil {
			return nil, err
		}
		if rep.Straddling > 0 {
			if cube, err = a.store.RecordsCube(ctx, fine.Cells()); err != nil {
				return nil, err
			}
			cube = a.rules.Apply(cube, q.Names)
		}
	}
	return report.BuildChargeback(report.ChargebackInput{Cube: cube, Book: a.book, Plans: plans, Query: q, AsOf: a.now(), Share: share, Keep: o.keep})
}

// chargebackHead is what the JSON form says before its rows.
type chargebackHead struct {
	Schema string       `json:"schema"`
	AsOf   string       `json:"as_of"`
	Since  *string      `json:"since"`
	Until  *string      `json:"until"`
	Zone   string       `json:"tz"`
	By     string       `json:"by"`
	Share  string       `json:"share"`
	Keep   bool         `json:"keep_unallocated"`
	Prices string       `json:"prices"`
	Whole  []chargeJSON `json:"whole"`
}

// chargeJSON is what one currency comes to.
type chargeJSON struct {
	Currency    string `json:"currency"`
	Charged     string `json:"charged"`
	Fees        string `json:"plan_fees"`   // that nobody owns
	Unallocated string `json:"unallocated"` // usage without an owner
	Left        string `json:"left"`        // of both, in no owner's part
}

func chargebackJSON(w io.Writer, b *report.Chargeback) error {
	head := chargebackHead{Schema: export.ChargebackSchema, AsOf: stamp(b.AsOf), Zone: b.Query.Zone.String(), By: string(b.By()), Share: b.Share.String(),
		Keep: b.Keep, Prices: b.Prices, Whole: []chargeJSON{}}
	if !b.Query.Since.IsZero() {
		s := stamp(b.Query.Since)
		head.Since = &s
	}
	if !b.Query.Until.IsZero() {
		s := stamp(b.Query.Until)
		head.Until = &s
	}
	for i := range b.Sides {
		s := &b.Sides[i]
		head.Whole = append(head.Whole, chargeJSON{s.Currency, s.Whole.String(), s.Fees.String(), s.Unallocated.String(), s.FeesLeft.Add(s.UnallocatedLeft).String()})
	}
	out, err := export.NewJSON(w, head)
	if err != nil {
		return err
	}
	return export.WriteChargeback(out, b)
}

// chargebackText writes a table for people, its amounts rounded to cents that add up.
func chargebackText(w io.Writer, b *report.Chargeback) error {
	var out strings.Builder
	span := "all history"
	if q := &b.Query; !q.Since.IsZero() || !q.Until.IsZero() {
		until := b.AsOf
		if !q.Until.IsZero() {
			until = q.Until
		}
		span = "until " + until.In(q.Zone).Format("2006-01-02 15:04")
		if !q.Since.IsZero() {
			span = q.Since.In(q.Zone).Format("2006-01-02 15:04") + " " + span
		}
	}
	fmt.Fprintf(&out, "Chargeback by %s, %s (%s); shared: %s\n", b.By(), span, b.Query.Zone, sharedWords(b))
	if len(b.Sides) == 0 {
		out.WriteString("\nNothing was spent in this span.\n")
	}
	for i := range b.Sides {
		out.WriteByte('\n')
		chargeTable(&out, b, &b.Sides[i])
	}
	for i, u := range b.Unpriced {
		if i == 0 {
			out.WriteString("\nIn no part, because it has no price:\n")
		}
		name := "usage without an owner"
		if u.Key != "" {
			name = clean.Text(b.Query.Label(b.By(), u.Key))
		}
		fmt.Fprintf(&out, "  %s: %s\n", name, count(u.Tokens, "token"))
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func sharedWords(b *report.Chargeback) string {
	switch {
	case b.Share == report.ShareNone:
		return "nothing"
	case b.Keep:
		return "plan fees, by " + b.Share.String()
	}
	return "plan fees and usage without an owner, by " + b.Share.String()
}

func chargeTable(out *strings.Builder, b *report.Chargeback, s *report.ChargeSide) {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(name string, r *chargeRow) {
		fmt.Fprintf(t, "%-28s\t", clean.Limit(name, 28))
		for _, a := range append(r.parts[:], r.total) {
			fmt.Fprintf(t, "%s\t", a.Format(printed))
		}
		fmt.Fprintln(t)
	}
	fmt.Fprintf(t, "%-28s\town\tplan fees\tunallocated\tcharged, %s\t\n", clean.Limit(string(b.By()), 28), s.Currency)
	rows, total := chargeRows(s)
	for i := range rows {
		name := rows[i].left
		if name == "" {
			name = b.Query.Label(b.By(), rows[i].key)
		}
		row(name, &rows[i])
	}
	row("Total", &total)
	_ = t.Flush() // a builder takes everything
}
