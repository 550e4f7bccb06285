package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"tokpit/report"
	"tokpit/report/export"
	"tokpit/report/focus"
	"tokpit/report/paper"
)

// exportOptions are the flags of an export.
type exportOptions struct {
	reportOptions
	format, cycle, out, columns, locale string
	force, bom, plain, allowUnpriced    bool
	totals                              bool
	records, check, json, page          bool
}

// exportFormat is a form that an export can have.
type exportFormat struct {
	name, about string
	// focus is a file with columns of its own, for which --by means nothing.
	focus bool
	// table returns a writer of the form for tables.
	table func(io.Writer, *exportOptions, exportHead) (export.Writer, error)
	// book returns a writer of the form for tables that come with more figures of
	// the same query; used if table is nil.
	book func(*exporter, context.Context, io.Writer) (export.Writer, error)
	// page writes the one-page report; the form then is no table.
	page func(io.Writer, *paper.Input) error
}

// exportHead is what a document says of itself before its rows.
type exportHead struct {
	Schema string `json:"schema"`
	AsOf   string `json:"as_of"`
	Table  string `json:"table"`
}

func exportFormats() []exportFormat {
	return []exportFormat{
		{name: "csv", about: "for spreadsheets and ledgers", table: func(w io.Writer, o *exportOptions, _ exportHead) (export.Writer, error) {
			return csvOf(w, o, export.Guard), nil
		}},
		{name: "focus", about: "FOCUS 1.2 and 1.3, CSV", focus: true, table: func(w io.Writer, o *exportOptions, _ exportHead) (export.Writer, error) {
			return csvOf(w, o, export.GuardFormulas), nil
		}},
		{name: "json", about: "one document", table: func(w io.Writer, _ *exportOptions, h exportHead) (export.Writer, error) {
			return export.NewJSON(w, h)
		}},
		{name: "jsonl", about: "one object a line", table: func(w io.Writer, _ *exportOptions, _ exportHead) (export.Writer, error) {
			return export.NewJSONLines(w), nil
		}},
		{name: "md", about: "a Markdown table", table: func(w io.Writer, _ *exportOptions, _ exportHead) (export.Writer, error) {
			return export.NewMarkdown(w), nil
		}},
		{name: "xlsx", about: "an Excel workbook with a summary and charts", book: (*exporter).workbook},
		{name: "html", about: "a page for people, to be read on a screen, a phone and paper", page: paper.HTML},
		{name: "report-md", about: "the same page in Markdown", page: paper.Markdown},
	}
}

func csvOf(w io.Writer, o *exportOptions, guard func(string) string) *export.CSV {
	c := export.NewCSV(w)
	c.BOM, c.DecimalComma, c.Guard = o.bom, o.locale == "comma", guard
	if o.plain {
		c.Guard = export.Unguarded
	}
	return c
}

func newExport(a *app) *cobra.Command {
	var o exportOptions
	c := &cobra.Command{
		Use:   "export",
		Short: "Write usage and cost to a file that adds up",
		Long: `Writes what counts in the headline as a table. Without --by it is the ledger: one
row for each day, account, project, key and model at one price, with that price
and where it comes from. Rows never overlap; every amount has all its digits, and
the columns add up to what tokpit report says of the same span.

A billing cycle that has been closed (tokpit close) is written as it was frozen,
and with the corrections of earlier cycles that were booked with it; --by,
--records and --basis show figures of today.

What is not known is empty, what was measured as zero is 0. Beside the file
stands FILE.manifest.json with the number of rows, what the columns add up to
and the SHA-256 of the file.

In CSV, texts that a spreadsheet would run or change have an apostrophe in front;
take one leading apostrophe away from text cells to have what was recorded.

An xlsx workbook has a summary with charts, the days, and the rows. A spreadsheet
keeps 15 digits of a number: the exact amounts are texts at the right, in columns
that end in _exact.

html is a page for people who use no terminal: one file without scripts, for the
screen, the phone and paper; report-md is the same in Markdown. Without a span
they are about the running billing cycle.`,
		Example: `  tokpit export --cycle 2026-10 -o october.csv
  tokpit export --since 2026-10-01 --until 2026-11-01 --by project,model --format md -o -
  tokpit export --cycle 2026-10 --format focus --check -o october.focus.csv
  tokpit export --cycle 2026-10 --format html -o october.html
  tokpit export --since 30d --columns day,project,model,currency,cash -o month.csv --bom`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 || o.check && o.out == "" {
				return a.checkFile(c, args, &o)
			}
			if err := a.open(c); err != nil {
				return err
			}
			return a.runExport(c, &o)
		},
	}
	o.flags(c)
	return c
}

func (o *exportOptions) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.format, "format", "csv", "`form`: "+strings.Join(formatNames(), ", "))
	f.StringVarP(&o.out, "output", "o", "", "`file` to write; - is the standard output")
	f.BoolVar(&o.force, "force", false, "replace the file if it is there")
	f.StringVar(&o.since, "since", "", "first `time`, inclusive (default: all history)")
	f.StringVar(&o.until, "until", "", "last `time`, exclusive (default: now)")
	f.StringVar(&o.cycle, "cycle", "", "a billing cycle, by the `month` in which it begins: 2026-10")
	f.StringVar(&o.by, "by", "", "group by `dimensions`, separated by commas (default: the ledger)")
	f.BoolVar(&o.records, "records", false, "write every record by itself, with users, agents, sessions and machines; plan fees are in no record")
	f.StringVar(&o.basis, "basis", "", "one `basis` only: reported, metered, logged, imported (default: the headline's)")
	f.StringArrayVar(&o.filter, "filter", nil, "keep only `dimension=value[,value…]` (may be repeated; empty value: not known)")
	f.StringVar(&o.columns, "columns", "", "`names` of the columns to write, separated by commas (default: all)")
	f.BoolVar(&o.totals, "totals", false, "end the table with a row of what its columns add up to, for each currency")
	f.BoolVar(&o.bom, "bom", false, "begin a CSV file with a byte order mark, for Excel")
	f.StringVar(&o.locale, "decimal", "point", "decimals of a CSV file: `point`, or comma (with semicolons between cells)")
	f.BoolVar(&o.allowUnpriced, "allow-unpriced", false, "end well also if a FOCUS file lacks usage without a price")
	f.StringVar(&o.currency, "currency", "", "add columns with the money in this `currency`, at the dated rates of [currency] in the configuration")
	f.BoolVar(&o.check, "check", false, "hold a FOCUS file against the rules of FOCUS 1.2: the one that is written, or the one that is named")
	f.BoolVar(&o.json, "json", false, "with --check: print the verdict as JSON")
	f.BoolVar(&o.plain, "plain", false, "leave texts in CSV as they are, for programs that run no formulas")
}

func formatNames() []string {
	var names []string
	for _, f := range exportFormats() {
		names = append(names, f.name)
	}
	return names
}

func (a *app) runExport(c *cobra.Command, o *exportOptions) error {
	formats := exportFormats()
	i := slices.IndexFunc(formats, func(f exportFormat) bool { return f.name == o.format })
	switch {
	case i < 0:
		return hint(fmt.Errorf("there is no format %q", clip(o.format)), "formats: %s", strings.Join(formatNames(), ", "))
	case o.out == "":
		return hint(errors.New("there is no place to write to"), "give a file with -o, or -o - for the standard output")
	case o.locale != "point" && o.locale != "comma":
		return hint(fmt.Errorf("decimals %q", clip(o.locale)), "write --decimal point or --decimal comma")
	case !a.store.Exists():
		return hint(errors.New("nothing has been stored yet"), "run: tokpit sync")
	}
	if err := o.misused(&formats[i]); err != nil {
		return err
	}
	if o.page = formats[i].page != nil; o.page {
		a.pageCycle(o)
	}
	x, err := a.newExporter(c.Context(), o)
	if err != nil {
		return err
	}
	if x.answer.Total.Records == 0 || severalValues(&x.query) {
		if err := a.tellUnknown(c.Context(), c.ErrOrStderr(), &x.query); err != nil {
			return err
		}
	}
	if o.out == "-" {
		if err := unlessBrokenPipe(x.write(c.Context(), c.OutOrStdout(), formats[i])); err != nil {
			return err
		}
		return x.verdict(c.ErrOrStderr())
	}
	m, err := x.file(c.Context(), formats[i])
	if err != nil {
		return err
	}
	if o.page {
		fmt.Fprintf(c.ErrOrStderr(), "tokpit: %s\n", o.out)
		return nil
	}
	fmt.Fprintf(c.ErrOrStderr(), "tokpit: %s, %s; %s.manifest.json says what they add up to\n", o.out, count(m.Rows, "row"), filepath.Base(o.out))
	return x.verdict(c.ErrOrStderr())
}

// exporter writes one export and remembers what its manifest says.
type exporter struct {
	app     *app
	opt     *exportOptions
	query   report.Query
	cycle   *export.ManifestCycle
	answer  *report.Report // of the same query, by its keys or without any
	tally   *export.Tally
	columns []export.Column
	schema  string
	head    string // of the audit trail
	rev     uint64
	lacks   []focus.LeftOut
	held    *focusCheck     // against the rules; nil if nobody asked
	closed  *closedCycle    // what has been closed and invoiced
	display *report.Display // nil: money in its own currency only
	past    string          // what records are not there any more; "" if nothing
	told    *atomic.Int64   // how many rows were written so far; nil if nobody asks
}

func (a *app) newExporter(ctx context.Context, o *exportOptions) (*exporter, error) {
	x := &exporter{app: a, opt: o}
	if err := x.span(); err != nil {
		return nil, err
	}
	var err error
	if o.currency != "" {
		if x.display, err = a.display(o.currency); err != nil {
			return nil, err
		}
	}
	q, err := a.query(o.reportOptions)
	if err != nil {
		return nil, err
	}
	if o.by == "" {
		q.By = nil
	}
	if x.cycle != nil {
		q.Since, q.Until = x.query.Since, x.query.Until
	}
	if x.answer, err = a.report(ctx, q); err != nil {
		return nil, err
	}
	x.query = x.answer.Query
	head, err := a.store.AuditHead(ctx)
	if err != nil {
		return nil, err
	}
	status, err := a.store.Status(ctx)
	x.head, x.rev = head.String(), status.Revision
	if err != nil {
		return nil, err
	}
	return x, x.closedCycle(ctx)
}

// span reads --cycle.
func (x *exporter) span() error {
	if x.opt.cycle == "" {
		return nil
	}
	if x.opt.since != "" || x.opt.until != "" {
		return hint(errors.New("--cycle and --since or --until"), "give one or the other")
	}
	month, err := time.Parse("2006-01", x.opt.cycle)
	if err != nil {
		return hint(fmt.Errorf("cycle %q", clip(x.opt.cycle)), "write the month in which it begins, such as 2026-10")
	}
	now := x.app.now()
	calendar := report.Calendar{Now: now, Anchor: x.app.config.Cycle.AnchorDay}
	span := calendar.Cycle(month.AddDate(0, 1, -1)) // the anchor's day of that month is not later
	x.query.Since, x.query.Until = span.Since, span.Until
	x.cycle = &export.ManifestCycle{Name: x.opt.cycle, State: string(report.CycleClosing), Closes: []export.ManifestClose{}}
	switch {
	case !span.Since.Before(now):
		return hint(fmt.Errorf("the cycle %s has not begun", x.opt.cycle), "give an earlier month")
	case now.Before(span.Until):
		x.cycle.State = string(report.CycleOpen)
	}
	return nil
}

func (x *exporter) write(ctx context.Context, to io.Writer, f exportFormat) error {
	if f.page != nil {
		x.schema, x.tally = paper.Schema, &export.Tally{}
		return x.page(ctx, to, f.page)
	}
	switch {
	case f.focus:
		x.schema = focus.Schema
	case x.opt.by != "":
		x.schema = export.ReportSchema
	case x.opt.records:
		x.schema = export.RecordSchema
	default:
		x.schema = export.LedgerSchema
	}
	w, err := x.begin(ctx, to, f)
	if err != nil {
		return err
	}
	if x.opt.totals {
		w = &export.Totals{To: w}
	}
	x.tally = &export.Tally{To: &remember{w, &x.columns, x.told}}
	var out export.Writer = x.tally
	if x.opt.columns != "" {
		names := strings.Split(x.opt.columns, ",")
		for i := range names {
			names[i] = strings.TrimSpace(names[i])
		}
		out = &export.Select{To: x.tally, Names: names}
	}
	if x.display != nil {
		out = &export.Convert{To: out, Display: x.display, Day: x.answer.LastDay()}
	}
	switch {
	case f.focus:
		x.tally.Currency = focus.CurrencyColumn
		return x.focus(ctx, out)
	case x.opt.by != "":
		return export.WriteReport(out, x.answer)
	case x.opt.records:
		return x.records(ctx, out)
	}
	l := &export.Ledger{By: report.LedgerBy(), Names: x.query.Names, Book: x.priceBook()}
	return l.Write(out, func(yield func(*report.Entry) error) error { return x.entries(ctx, x.query.Zone, yield) })
}

// begin returns a writer of a form.
func (x *exporter) begin(ctx context.Context, to io.Writer, f exportFormat) (export.Writer, error) {
	if f.table == nil {
		return f.book(x, ctx, to)
	}
	return f.table(to, x.opt, exportHead{"tokpit.export/1", stamp(x.app.now()), x.schema})
}

// records writes every record that counts.
func (x *exporter) records(ctx context.Context, out export.Writer) error {
	cube, err := x.app.cube(ctx, x.query)
	if err != nil {
		return err
	}
	plans, err := x.app.store.Plans(ctx)
	if err != nil {
		return err
	}
	scan, err := x.app.newRecordScan(cube, x.app.book, plans, x.query, x.app.now())
	if err != nil {
		return err
	}
	horizon, err := x.app.store.Horizon(ctx)
	if err != nil {
		return err
	}
	if note := pastOf(horizon, x.query, true); note != nil {
		x.answer.Notes = append(x.answer.Notes, *note)
		x.past = note.Text
	}
	l := &export.Ledger{By: report.RecordBy(), Names: x.query.Names, Book: x.app.book.Version()}
	each := report.NewRecordEntries(x.app.book, plans, l.By)
	return l.Write(out, func(yield func(*report.Entry) error) error {
		return scan.each(ctx, func(f *found) error { return yield(each.Of(&f.record)) })
	})
}

// entries hands out the ledger of the query, in days of a zone.
func (x *exporter) entries(ctx context.Context, zone *time.Location, yield func(*report.Entry) error) error {
	if x.closed != nil && len(x.closed.frozen) > 0 {
		return x.ledger(ctx, yield)
	}
	q := x.query
	q.By, q.Zone = report.LedgerBy(), zone
	cube, err := x.app.cube(ctx, q)
	if err != nil {
		return err
	}
	plans, err := x.app.store.Plans(ctx)
	if err != nil {
		return err
	}
	return report.Entries(cube, x.app.book, plans, q, x.app.now(), func(e *report.Entry) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return yield(e)
	})
}
