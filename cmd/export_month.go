package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"tokpit/internal/clean"
	"tokpit/report"
	"tokpit/report/export"
	"tokpit/report/focus"
	"tokpit/tui/overlay"
	"tokpit/usage"
)

// months writes whole billing cycles for the cockpit: what tokpit export --cycle
// writes, by the same code.
type months struct {
	desk     *desk
	app      *app
	snapshot *report.Snapshot
	folder   string // where files are written
}

// Ledger returns the months of the store that a snapshot was made from. Files are
// written where tokpit was started.
func (e explorer) Ledger(s *report.Snapshot) overlay.Ledger {
	dir, err := os.Getwd()
	if err != nil {
		dir = "."
	}
	return months{e.desk, e.of(s), s, dir}
}

// Forms implements [overlay.Ledger].
func (l months) Forms() []overlay.LedgerForm {
	return []overlay.LedgerForm{
		{Name: "csv", Title: "CSV", Ending: "csv", About: "the ledger: a row for each day, account, project, key and model, with its price"},
		{Name: "xlsx", Title: "Excel", Ending: "xlsx", About: "a workbook: summary with charts, days, and all rows of the ledger"},
		{Name: "focus", Title: "FOCUS", Ending: "focus.csv", About: "FOCUS 1.2 and 1.3, the form of cloud bills, for FinOps tools"},
		{Name: "html", Title: "Page", Ending: "html", About: "a report on one page for people, for the screen and for paper"},
		{Name: "jsonl", Title: "JSON lines", Ending: "jsonl", About: "the ledger, one object a line"},
		{Name: "json", Title: "JSON", Ending: "json", About: "the ledger as one document"},
		{Name: "md", Title: "Markdown", Ending: "md", About: "the ledger as a Markdown table"},
		{Name: "report-md", Title: "Page in Markdown", Ending: "md", About: "the report on one page, as Markdown"},
	}
}

// Folder implements [overlay.Ledger].
func (l months) Folder(file string) string {
	if path, err := l.place(file); err == nil {
		return filepath.Dir(path)
	}
	return l.folder
}

// place is the path of a file that somebody calls so, by the rules of -o: from the
// folder where files are written, unless it begins with / or, as shells have it, ~.
func (l months) place(file string) (string, error) {
	if base := filepath.Base(file); file == "" || base == "." || base == ".." || os.IsPathSeparator(file[len(file)-1]) {
		return "", hint(fmt.Errorf("%q names no file", clip(file)), "give it a name")
	}
	if strings.HasPrefix(file, "~"+string(filepath.Separator)) {
		file = filepath.Join(l.app.env.Home, file[2:])
	}
	if filepath.IsAbs(file) {
		return filepath.Clean(file), nil
	}
	return filepath.Join(l.folder, file), nil
}

// Command implements [overlay.Ledger].
func (l months) Command() string {
	a, out := l.app, "tokpit"
	if a.demo {
		out += " --demo"
	}
	for _, f := range [][2]string{{"store", a.storePath}, {"config", a.configPath}, {"tz", a.zoneName}, {"book", a.bookVersion}} {
		if f[1] != "" {
			out += " --" + f[0] + " " + overlay.ShellPath(clean.Text(f[1]))
		}
	}
	return out
}

// Months implements [overlay.Ledger].
func (l months) Months(ctx context.Context) ([]overlay.Month, error) {
	sums, err := l.sums()
	if err != nil {
		return nil, l.desk.fit(err)
	}
	book, err := l.app.closed(ctx)
	if err != nil {
		return nil, l.desk.fit(err)
	}
	invoices, err := l.app.invoices(ctx)
	if err != nil {
		return nil, l.desk.fit(err)
	}
	var out []overlay.Month
	for _, c := range sums {
		state, err := book.state(ctx, c.cycle, invoices)
		if err != nil {
			return nil, l.desk.fit(err)
		}
		m := overlay.Month{Name: c.name, Title: cycleTitle(c.cycle), State: string(state), Ended: !l.app.now().Before(c.span.Until), Sums: c.sums}
		if closes := report.InCycle(book.closes, c.name); len(closes) > 0 {
			m.Sums = frozenSums(closes)
		}
		out = append(out, m)
	}
	return out, nil
}

// cycleTitle names a cycle as people do.
func cycleTitle(c cycle) string {
	if c.span.Since.Day() == 1 {
		return c.span.Since.Format("January 2006")
	}
	return "Cycle " + c.name
}

// cycleSums is what counts in a cycle.
type cycleSums struct {
	cycle
	sums []overlay.MonthSum
}

// sums are the cycles with usage or fees, newest first, as their days add up.
func (l months) sums() ([]cycleSums, error) {
	s := l.snapshot
	rep, err := report.Run(s.Cube, s.Book, s.Plans, report.Query{By: []usage.Dimension{usage.ByDay}, Zone: time.UTC, Names: s.Names}, s.AsOf)
	if err != nil {
		return nil, err
	}
	var out []cycleSums
	for i := range rep.Rows {
		day, err := time.Parse(time.DateOnly, rep.Rows[i].Keys[0])
		if err != nil || day.After(l.app.now()) {
			continue
		}
		c := l.app.cycleOf(day)
		if len(out) == 0 || out[len(out)-1].name != c.name {
			out = append(out, cycleSums{cycle: c})
		}
		addDay(&out[len(out)-1], &rep.Rows[i].Sum)
	}
	slices.Reverse(out)
	return out, nil
}

func addDay(c *cycleSums, s *report.Sum) {
	costs := s.Costs
	if len(costs) == 0 {
		costs = []report.CurrencySum{{Currency: s.Currency, Cost: s.Cost, Cash: s.Cash}}
	}
	for _, one := range costs {
		if one.Currency == "" { // nothing of the day has a price
			continue
		}
		i := slices.IndexFunc(c.sums, func(m overlay.MonthSum) bool { return m.Currency == one.Currency })
		if i < 0 {
			i = len(c.sums)
			c.sums = append(c.sums, overlay.MonthSum{Currency: one.Currency, CashKnown: true})
		}
		m := &c.sums[i]
		m.Cost, m.Cash = m.Cost.Add(one.Cost), m.Cash.Add(one.Cash)
		m.CashKnown = m.CashKnown && (s.CashKnown || len(s.Costs) > 0)
	}
}

// frozenSums is what the ledger of a closed cycle comes to, with the corrections
// that were booked with it; nil if accounts of it are open, which takes reading it.
func frozenSums(closes []report.Close) []overlay.MonthSum {
	if !slices.ContainsFunc(closes, func(c report.Close) bool { return c.Account == "" }) {
		return nil
	}
	var out []overlay.MonthSum
	for i := range closes {
		for _, t := range slices.Concat(closes[i].Totals, closes[i].Booked) {
			at := slices.IndexFunc(out, func(m overlay.MonthSum) bool { return m.Currency == t.Currency })
			if at < 0 {
				at = len(out)
				out = append(out, overlay.MonthSum{Currency: t.Currency, CashKnown: true})
			}
			out[at].Cost, out[at].Cash = out[at].Cost.Add(t.Cost), out[at].Cash.Add(t.Cash)
		}
	}
	return out
}

// Write implements [overlay.Ledger].
func (l months) Write(ctx context.Context, order overlay.LedgerOrder, rows *atomic.Int64) (*overlay.LedgerFile, error) {
	l.desk.writing.Add(1)
	defer l.desk.writing.Done()
	var out *overlay.LedgerFile
	err := l.desk.safely(func() (err error) {
		out, err = l.write(ctx, order, rows)
		return err
	})
	if errors.Is(err, overlay.ErrThere) {
		return nil, err
	}
	return out, l.desk.fit(err)
}

func (l months) write(ctx context.Context, order overlay.LedgerOrder, rows *atomic.Int64) (*overlay.LedgerFile, error) {
	formats := exportFormats()
	i := slices.IndexFunc(formats, func(f exportFormat) bool { return f.name == order.Form })
	if i < 0 {
		return nil, fmt.Errorf("export as %q", clip(order.Form))
	}
	path, err := l.place(order.File)
	if err != nil {
		return nil, err
	}
	o := &exportOptions{format: order.Form, cycle: order.Month, out: path, locale: "point", force: order.Replace}
	o.page = formats[i].page != nil
	if !order.Replace {
		for _, path := range []string{o.out, o.out + manifestEnding} {
			if _, err := os.Lstat(path); err == nil {
				return nil, overlay.ErrThere
			} else if !errors.Is(err, fs.ErrNotExist) {
				return nil, unwritable(path, err)
			}
		}
	}
	x, err := l.app.newExporter(ctx, o)
	if err != nil {
		return nil, err
	}
	x.told = rows
	m, err := x.file(ctx, formats[i])
	if err != nil {
		return nil, err
	}
	return &overlay.LedgerFile{Path: o.out, Manifest: filepath.Base(o.out) + manifestEnding, Rows: m.Rows, Sums: x.headlines(), Lacks: x.warnings(m)}, nil
}

// headlines are the sums of a file by which somebody knows it again.
func (x *exporter) headlines() (out []overlay.LedgerSum) {
	if x.opt.page {
		all := x.answer.Total.Costs
		if len(all) == 0 {
			all = []report.CurrencySum{{Currency: x.answer.Total.Currency, Cost: x.answer.Total.Cost, Cash: x.answer.Total.Cash}}
		}
		for _, c := range all {
			out = append(out, overlay.LedgerSum{Column: "cost", Currency: c.Currency, Amount: c.Cost.String()}, overlay.LedgerSum{Column: "cash", Currency: c.Currency, Amount: c.Cash.String()})
		}
		return out
	}
	names := []string{"cost", "cash"}
	if x.schema == focus.Schema {
		names = []string{"BilledCost", "EffectiveCost", "ListCost"}
	}
	sums := x.tally.Sums()
	for _, name := range names {
		by, _ := sums[name].(map[string]string)
		for _, currency := range slices.Sorted(maps.Keys(by)) {
			out = append(out, overlay.LedgerSum{Column: name, Currency: currency, Amount: by[currency]})
		}
	}
	return out
}

// warnings say what is not in the amounts of a file, and its notes.
func (x *exporter) warnings(m *export.Manifest) (out []string) {
	if x.cycle.State == string(report.CycleOpen) {
		out = append(out, "the month is still running: this is what is known of it so far")
	}
	for _, l := range x.lacks {
		out = append(out, fmt.Sprintf("left out: %s of %s, which have no price", count(l.Tokens, "token"), clean.Text(cmp.Or(l.Model, "no model"))))
	}
	for _, u := range x.answer.Unpriced {
		if len(x.lacks) == 0 {
			out = append(out, fmt.Sprintf("in no amount: %s of %s, which have no price", count(u.Tokens, "token"), clean.Text(cmp.Or(u.Model, "no model"))))
		}
	}
	for _, n := range m.Notes {
		out = append(out, n.Text)
	}
	return out
}
