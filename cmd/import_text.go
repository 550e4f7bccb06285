package cmd

import (
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/usage"
	"tokpit/usage/importer/columns"
)

func base(path string) string { return clean.Limit(filepath.Base(path), 200) }

// print says what became of a file.
func (x *imported) print(w io.Writer, r *importRun) error {
	var b strings.Builder
	switch {
	case x.state == importCounted:
		x.receipt.sayCounted(&b, x.sayAmount(), x.saved)
		sayLeft(&b, x.left)
		x.sayOverlaps(&b)
		if x.billed {
			b.WriteString("a bill stands beside usage and is never added to it: tokpit report --basis billed --since " + dayOrNone(x.receipt.First) + "\n")
		}
	case x.state == importAlready:
		fmt.Fprintf(&b, "%s: already imported as %s on %s; nothing has been counted\n", clean.Limit(x.file.name, 200), x.receipt.ID, x.receipt.At.Format(time.DateOnly))
	case x.state == importLeft:
		x.sayUnheard(&b)
	case x.preview != nil && !x.preview.shown:
		x.sayPreview(&b, r)
	case x.preview != nil && x.state == importPreview:
		b.WriteString("nothing has been counted\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// sayAmount says what the rows of a file that was counted come to.
func (x *imported) sayAmount() string {
	var out []string
	said := amounts(x.sum.reported)
	switch {
	case x.billed:
		out = append(out, "billed: "+said)
	case x.sum.price() != "":
		out = append(out, "at list price: "+x.sum.price())
	}
	if said != "" && !x.billed {
		out = append(out, "the file itself says "+said)
	}
	if len(out) > 0 && x.receipt.Added != x.receipt.Rows {
		out[0] = "all its rows " + out[0]
	}
	return strings.Join(out, "; ")
}

func (x *importReceipt) sayCounted(b *strings.Builder, amount string, saved bool) {
	fmt.Fprintf(b, "%s: %s, %s added", clean.Text(x.File), count(x.Rows, "row"), group(x.Added))
	if x.Replaced > 0 {
		fmt.Fprintf(b, ", %s updated", group(x.Replaced))
	}
	if x.Duplicates > 0 {
		fmt.Fprintf(b, ", %s known already", group(x.Duplicates))
	}
	if x.Forgotten > 0 {
		fmt.Fprintf(b, ", %s turned away (tokpit forget --list)", group(x.Forgotten))
	}
	if x.TooOld > 0 {
		fmt.Fprintf(b, ", %s older than the retention", group(x.TooOld))
	}
	if x.Bad > 0 {
		fmt.Fprintf(b, ", %s quarantined (tokpit doctor lists them)", group(x.Bad))
	}
	if !x.First.IsZero() {
		fmt.Fprintf(b, ", %s to %s", dayOrNone(x.First), dayOrNone(x.Last))
	}
	if amount != "" {
		fmt.Fprintf(b, "\n%s", amount)
	}
	fmt.Fprintf(b, "\nimported as %s (%s); to take it back: tokpit undo import %s\n", x.ID, clean.Text(x.Format), x.ID)
	if saved {
		fmt.Fprintf(b, "the map is kept: further files with --map %s\n", clean.Text(x.Format))
	}
}

// sayPreview shows what would be counted.
func (x *imported) sayPreview(b *strings.Builder, r *importRun) {
	f, p := x.file, x.preview
	fmt.Fprintf(b, "%s: %s\n", clean.Limit(f.name, 200), clean.Text(f.title()))
	if f.table != nil {
		b.WriteString("\nhow it is read\n")
		for _, line := range f.table.Words() {
			fmt.Fprintf(b, "  %s\n", clean.Limit(line, 300))
		}
	}
	if f.guess != nil {
		for _, c := range f.guess.Columns {
			if c.As != "" && !c.Sure || c.Why != "" {
				fmt.Fprintf(b, "  ? %s as %s: %s\n", clean.Limit(c.Column, 100), c.As, clean.Text(c.Why))
			}
		}
		for _, open := range f.guess.Open {
			fmt.Fprintf(b, "  ! %s\n", clean.Limit(open, 300))
		}
	}
	if ignored := f.ignored(p); len(ignored) > 0 {
		fmt.Fprintf(b, "  not read: %s\n", clean.Limit(strings.Join(ignored, ", "), 500))
	}
	p.sayRows(b)
	p.saySums(b)
	if p.bad > 0 {
		fmt.Fprintf(b, "\n%s cannot be counted\n", count(p.bad, "row"))
		for _, q := range p.reasons {
			fmt.Fprintf(b, "  line %d: %s\n", q.Line, clean.Limit(q.Reason, 300))
		}
		if more := p.bad - int64(len(p.reasons)); more > 0 {
			fmt.Fprintf(b, "  and %s more\n", group(more))
		}
	}
	if p.forgotten > 0 {
		fmt.Fprintf(b, "%s turned away: somebody had their like forgotten (tokpit forget --list)\n", count(p.forgotten, "row"))
	}
	sayLeft(b, p.read.Left)
	b.WriteString("\nnothing has been counted")
	switch {
	case x.saved:
		fmt.Fprintf(b, "; the map is kept. To count: tokpit import %s --map %s", clean.Limit(f.name, 200), clean.Text(f.table.Name))
	case p.rows == 0:
	case f.fresh && f.guess != nil && len(f.guess.Open) > 0:
		fmt.Fprintf(b, ": first settle what is marked with !. tokpit import %s --print-map > map.toml, edit it, then --map-file map.toml", clean.Limit(f.name, 200))
	case f.fresh && f.guess != nil:
		fmt.Fprintf(b, ". To keep the map and count: tokpit import %s --save NAME --yes", clean.Limit(f.name, 200))
	case f.fresh:
		fmt.Fprintf(b, ". To keep the map and count: the same with --save NAME --yes")
	}
	b.WriteByte('\n')
}

func (f *importFile) title() string {
	if f.guess != nil {
		return "a table that is not known; its map is guessed"
	}
	return f.format.Title()
}

// columnNames are the names of a file's columns, for a person who explains them.
func columnNames(g *columns.Guessing) string {
	var names []string
	for _, c := range g.Columns {
		names = append(names, c.Column)
	}
	return clean.Limit(strings.Join(headings(names), ", "), 500)
}

// maxHeading is how long the name of a column may be, in bytes, to be shown.
const maxHeading = 64

// headings leaves out what is no name of a column but a text, as the first row of a
// table without names has it, or a broken one: it may be anything that was said.
func headings(names []string) []string {
	if slices.ContainsFunc(names, isValue) {
		return []string{count(int64(len(names)), "column") + " whose first row has values, not names"}
	}
	short := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return len(name) > maxHeading })
	if n := len(names) - len(short); n > 0 {
		short = append(short, count(int64(n), "column")+" with texts for names")
	}
	return short
}

// isValue reports whether the name of a column is a number or begins with a day.
func isValue(name string) bool {
	name = strings.TrimSpace(name)
	if _, err := strconv.ParseFloat(name, 64); err == nil {
		return true
	}
	_, err := time.Parse(time.DateOnly, name[:min(len(name), len(time.DateOnly))])
	return err == nil
}

// ignored lists columns that are not read: of JSON the ones seen in the first rows.
func (f *importFile) ignored(p *preview) []string {
	out := slices.Clone(p.read.Ignored)
	if f.guess != nil && len(out) == 0 {
		for _, c := range f.guess.Columns {
			if c.As == "" {
				out = append(out, c.Column)
			}
		}
	}
	return headings(out)
}

// sayRows shows the first rows as they would be counted.
func (p *preview) sayRows(b *strings.Builder) {
	if len(p.samples) == 0 {
		return
	}
	b.WriteString("\nfirst rows\n")
	rows := [][]string{{"  time", "model", "input", "cache read", "cache write", "output", "file's amount", "tokpit's price"}}
	for _, s := range p.samples {
		r := &s.record
		amount, cost := "", "unpriced"
		if r.Currency != "" {
			amount = r.Reported.String() + " " + r.Currency
		}
		if s.charge.Priced {
			cost = inCurrency(s.charge.Cost, s.charge.Currency)
		}
		if r.Basis == usage.Billed {
			cost = ""
		}
		rows = append(rows, []string{"  " + stamp(r.Start), clean.Limit(r.Model, 40), group(r.Input), group(r.CacheRead), group(r.CacheWrite5m + r.CacheWrite1h), group(r.Output), amount, cost})
	}
	writeTable(b, rows, 2, 3, 4, 5, 6, 7)
}

// saySums shows the models and the total.
func (p *preview) saySums(b *strings.Builder) {
	fmt.Fprintf(b, "\nwould be counted: %s", count(p.rows, "row"))
	if p.rows > 0 {
		fmt.Fprintf(b, ", %s – %s", stamp(p.first), stamp(p.last))
	}
	b.WriteByte('\n')
	if p.rows == 0 {
		return
	}
	rows := [][]string{{"  model", "provider", "rows", "input", "cache read", "cache write", "output", "file's amount", "tokpit's price"}}
	line := func(name, provider string, m *modelSum) {
		rows = append(rows, []string{"  " + name, provider, group(m.rows), group(m.tokens.Input), group(m.tokens.CacheRead),
			group(m.tokens.CacheWrite5m + m.tokens.CacheWrite1h), group(m.tokens.Output), amounts(m.reported), m.price()})
	}
	sums := p.sums()
	const most = 20
	for _, m := range sums[:min(len(sums), most)] {
		line(clean.Limit(m.model, 40), clean.Limit(m.provider, 30), m)
	}
	if len(sums) > most {
		rows = append(rows, []string{"  and " + count(int64(len(sums)-most), "model") + " more", "", "", "", "", "", "", "", ""})
	}
	line("total", "", p.total())
	writeTable(b, rows, 2, 3, 4, 5, 6, 7, 8)
}

// amounts writes amounts of several currencies.
func amounts(all map[string]money.Amount) string {
	var out []string
	for _, currency := range slices.Sorted(maps.Keys(all)) {
		out = append(out, inCurrency(all[currency], currency))
	}
	return strings.Join(out, " + ")
}

// inCurrency writes an amount for people, with more decimals the smaller it is.
func inCurrency(a money.Amount, currency string) string {
	decimals := 2
	if a.Abs().Cmp(money.FromUnits(1)) < 0 && !a.IsZero() {
		decimals = 6
	}
	return a.Format(decimals) + " " + currency
}
