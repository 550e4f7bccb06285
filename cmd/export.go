package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokpit/report"
	"tokpit/report/export"
)

// exportOptions are the flags of an export.
type exportOptions struct {
	reportOptions
	format, cycle, out, columns, locale string
	force, bom, plain                   bool
}

// exportFormat is a form that an export can have.
type exportFormat struct {
	name, about string
	// table returns a writer of the form for tables.
	table func(io.Writer, *exportOptions, exportHead) (export.Writer, error)
}

// exportHead is what a document says of itself before its rows.
type exportHead struct {
	Schema string `json:"schema"`
	AsOf   string `json:"as_of"`
	Table  string `json:"table"`
}

func exportFormats() []exportFormat {
	return []exportFormat{
		{"csv", "for spreadsheets and ledgers", func(w io.Writer, o *exportOptions, _ exportHead) (export.Writer, error) {
			c := export.NewCSV(w)
			c.BOM, c.Plain, c.DecimalComma = o.bom, o.plain, o.locale == "comma"
			return c, nil
		}},
		{"json", "one document", func(w io.Writer, _ *exportOptions, h exportHead) (export.Writer, error) { return export.NewJSON(w, h) }},
		{"jsonl", "one object a line", func(w io.Writer, _ *exportOptions, _ exportHead) (export.Writer, error) {
			return export.NewJSONLines(w), nil
		}},
		{"md", "a Markdown table", func(w io.Writer, _ *exportOptions, _ exportHead) (export.Writer, error) {
			return export.NewMarkdown(w), nil
		}},
	}
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

What is not known is empty, what was measured as zero is 0. Beside the file
stands FILE.manifest.json with the number of rows, what the columns add up to
and the SHA-256 of the file.

In CSV, texts that a spreadsheet would run or change have an apostrophe in front;
take one leading apostrophe away from text cells to have what was recorded.`,
		Example: `  tokpit export --cycle 2026-10 -o october.csv
  tokpit export --since 2026-10-01 --until 2026-11-01 --by project,model --format md -o -
  tokpit export --since 30d --columns day,project,model,currency,cash -o month.csv --bom`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			return a.runExport(c, &o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.format, "format", "csv", "`form`: "+strings.Join(formatNames(), ", "))
	f.StringVarP(&o.out, "output", "o", "", "`file` to write; - is the standard output")
	f.BoolVar(&o.force, "force", false, "replace the file if it is there")
	f.StringVar(&o.since, "since", "", "first `time`, inclusive (default: all history)")
	f.StringVar(&o.until, "until", "", "last `time`, exclusive (default: now)")
	f.StringVar(&o.cycle, "cycle", "", "a billing cycle, by the `month` in which it begins: 2026-10")
	f.StringVar(&o.by, "by", "", "group by `dimensions`, separated by commas (default: the ledger)")
	f.StringVar(&o.basis, "basis", "", "one `basis` only: reported, metered, logged, imported (default: the headline's)")
	f.StringArrayVar(&o.filter, "filter", nil, "keep only `dimension=value[,value…]` (may be repeated; empty value: not known)")
	f.StringVar(&o.columns, "columns", "", "`names` of the columns to write, separated by commas (default: all)")
	f.BoolVar(&o.bom, "bom", false, "begin a CSV file with a byte order mark, for Excel")
	f.StringVar(&o.locale, "decimal", "point", "decimals of a CSV file: `point`, or comma (with semicolons between cells)")
	f.BoolVar(&o.plain, "plain", false, "leave texts in CSV as they are, for programs that run no formulas")
	return c
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
	x, err := a.newExporter(c.Context(), o)
	if err != nil {
		return err
	}
	if o.out == "-" {
		return unlessBrokenPipe(x.write(c.Context(), c.OutOrStdout(), formats[i]))
	}
	f, err := createFile(o.out, o.force)
	if err != nil {
		return err
	}
	defer f.discard()
	if err := x.write(c.Context(), f, formats[i]); err != nil {
		return err
	}
	if err := f.commit(); err != nil {
		return err
	}
	m := x.manifest(f)
	if err := writeFile(o.out+".manifest.json", true, func(w io.Writer) error { _, err := m.WriteTo(w); return err }); err != nil {
		return err
	}
	fmt.Fprintf(c.ErrOrStderr(), "tokpit: %s, %d rows; %s.manifest.json says what they add up to\n", o.out, m.Rows, filepath.Base(o.out))
	return nil
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
}

func (a *app) newExporter(ctx context.Context, o *exportOptions) (*exporter, error) {
	x := &exporter{app: a, opt: o}
	if err := x.span(); err != nil {
		return nil, err
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
	return x, err
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
	x.cycle = &export.ManifestCycle{Name: x.opt.cycle, State: "ended"}
	switch {
	case !span.Since.Before(now):
		return hint(fmt.Errorf("the cycle %s has not begun", x.opt.cycle), "give an earlier month")
	case now.Before(span.Until):
		x.cycle.State = "open"
	}
	return nil
}

func (x *exporter) write(ctx context.Context, to io.Writer, f exportFormat) error {
	x.schema = export.LedgerSchema
	if x.opt.by != "" {
		x.schema = export.ReportSchema
	}
	w, err := f.table(to, x.opt, exportHead{"tokpit.export/1", stamp(x.app.now()), x.schema})
	if err != nil {
		return err
	}
	x.tally = &export.Tally{To: &remember{w, &x.columns}}
	var out export.Writer = x.tally
	if x.opt.columns != "" {
		names := strings.Split(x.opt.columns, ",")
		for i := range names {
			names[i] = strings.TrimSpace(names[i])
		}
		out = &export.Select{To: x.tally, Names: names}
	}
	if x.opt.by != "" {
		return export.WriteReport(out, x.answer)
	}
	return x.ledger(ctx, out)
}

// ledger writes the entries of the query.
func (x *exporter) ledger(ctx context.Context, out export.Writer) error {
	q := x.query
	q.By = report.LedgerBy()
	cube, err := x.app.cube(ctx, q)
	if err != nil {
		return err
	}
	plans, err := x.app.store.Plans(ctx)
	if err != nil {
		return err
	}
	l := &export.Ledger{By: q.By, Names: q.Names, Book: x.app.book.Version()}
	return l.Write(out, func(yield func(*report.Entry) error) error {
		return report.Entries(cube, x.app.book, plans, q, x.app.now(), func(e *report.Entry) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return yield(e)
		})
	})
}

// remember notes the columns that are written.
type remember struct {
	export.Writer
	columns *[]export.Column
}

// Begin implements [export.Writer].
func (r *remember) Begin(columns []export.Column) error {
	*r.columns = columns
	return r.Writer.Begin(columns)
}

// manifest says what was written.
func (x *exporter) manifest(f *outFile) *export.Manifest {
	q := &x.query
	m := &export.Manifest{Schema: export.ManifestSchema, AsOf: stamp(x.app.now()), Version: version(), File: filepath.Base(f.path), Format: x.opt.format,
		Table: x.schema, Bytes: f.bytes, SHA256: f.digest(), Zone: q.Zone.String(), Basis: "headline", Filter: make(map[string][]string), Cycle: x.cycle,
		Rows: x.tally.Rows, Sums: x.tally.Sums(), PriceBook: x.app.book.Version(), Revision: x.rev, AuditHead: x.head,
		Columns: []export.ManifestColumn{}, Unpriced: []export.ManifestUnpriced{}, Notes: []export.ManifestNote{}}
	if q.Basis != 0 {
		m.Basis = q.Basis.String()
	}
	optional := func(t time.Time) *string {
		if t.IsZero() {
			return nil
		}
		s := stamp(t)
		return &s
	}
	m.Since, m.Until = optional(q.Since), optional(q.Until)
	for d, values := range q.Filter {
		m.Filter[string(d)] = values
	}
	for _, c := range x.columns {
		m.Columns = append(m.Columns, export.ManifestColumn{Name: c.Name, About: c.About})
	}
	orNull := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	for _, u := range x.answer.Unpriced {
		m.Unpriced = append(m.Unpriced, export.ManifestUnpriced{Provider: orNull(u.Provider), Model: orNull(u.Model), Tokens: u.Tokens})
	}
	for _, n := range x.answer.Notes {
		m.Notes = append(m.Notes, export.ManifestNote{Code: n.Code, Text: n.Text})
	}
	return m
}
