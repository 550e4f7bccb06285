package ui

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"tokpit/internal/clean"
	"tokpit/report"
	"tokpit/report/export"
	"tokpit/usage"
)

// Sheet is a table that can leave the program: what a page shows, in its order,
// with every digit.
type Sheet struct {
	Title string // what it is of, for people
	Name  string // of a file, without its ending; see [SheetName]
	// Head is what a JSON document says of itself before its rows: an object. The
	// default is [SheetHead].
	Head    any
	Columns []export.Column
	Rows    [][]export.Cell
}

// SheetHead is what the JSON form of a sheet says of itself.
type SheetHead struct {
	Schema string `json:"schema"`
	Title  string `json:"title"`
	AsOf   string `json:"as_of"`
	Prices string `json:"prices"`
	// What somebody has limited the figures to: instants, half open, and values of
	// dimensions.
	Since  string                       `json:"since,omitempty"`
	Until  string                       `json:"until,omitempty"`
	Filter map[usage.Dimension][]string `json:"filter,omitempty"`
}

// NewSheet returns a sheet without rows of a snapshot.
func NewSheet(s *report.Snapshot, title, name string, columns []export.Column) *Sheet {
	head := SheetHead{Schema: "tokpit.sheet/1", Title: clean.Text(title), AsOf: s.AsOf.UTC().Format(time.RFC3339), Prices: s.Prices}
	return &Sheet{Title: title, Name: SheetName(name), Head: head, Columns: columns}
}

// Of says in the head of a sheet what view its figures are of; nil is none.
func (t *Sheet) Of(v *report.View) *Sheet {
	head, ok := t.Head.(SheetHead)
	if v == nil || !ok {
		return t
	}
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format(time.RFC3339)
	}
	if !v.History {
		head.Since, head.Until = at(v.Span.Since), at(v.Span.Until)
	}
	for d, values := range v.Filter {
		if head.Filter == nil {
			head.Filter = make(map[usage.Dimension][]string)
		}
		for _, x := range values {
			head.Filter[d] = append(head.Filter[d], clean.Text(x))
		}
	}
	t.Head = head
	return t
}

// SheetName makes the name of a file from words: lower case, digits and dashes.
func SheetName(words string) string {
	name := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return '-'
	}, strings.ToLower(words))
	for strings.Contains(name, "--") {
		name = strings.ReplaceAll(name, "--", "-")
	}
	const longest = 80
	return "tokpit-" + strings.Trim(name[:min(len(name), longest)], "-")
}

// TextCell is a cell of harmless text; "" is not known.
func TextCell(s string) export.Cell { return export.TextCell(clean.Text(s)) }

// CountCell is a cell of a count, which may be [usage.Absent].
func CountCell(n int64) export.Cell {
	if n == usage.Absent {
		return export.Cell{}
	}
	return export.CountCell(n)
}

// SumColumns are the columns of a sum, which [Sheet.AddSum] fills.
func SumColumns() []export.Column {
	return []export.Column{
		{Name: "requests", Kind: export.Count, Sum: true}, {Name: "input_tokens", Kind: export.Count, Sum: true},
		{Name: "cache_read_tokens", Kind: export.Count, Sum: true}, {Name: "cache_write_5m_tokens", Kind: export.Count, Sum: true},
		{Name: "cache_write_1h_tokens", Kind: export.Count, Sum: true}, {Name: "output_tokens", Kind: export.Count, Sum: true},
		{Name: "reasoning_tokens", Kind: export.Count, Sum: true}, {Name: "unpriced_tokens", Kind: export.Count, Sum: true},
		{Name: "cost", Kind: export.Amount, Sum: true}, {Name: "cash", Kind: export.Amount, Sum: true},
		{Name: "reported_cost", Kind: export.Amount, Sum: true}, {Name: export.Currency, Kind: export.Text},
	}
}

// usageColumns is how many of SumColumns are not money.
const usageColumns = 8

// SumCells are the cells of a sum in one currency; of several, those of the
// first.
func SumCells(s *report.Sum) []export.Cell {
	t := &s.Tokens
	out := []export.Cell{CountCell(s.Requests), CountCell(t.Input), CountCell(t.CacheRead), CountCell(t.CacheWrite5m), CountCell(t.CacheWrite1h),
		CountCell(t.Output), CountCell(t.Reasoning), CountCell(s.UnpricedTokens)}
	if len(s.Costs) > 0 {
		return append(out, currencyCells(&s.Costs[0])...)
	}
	var cost, cash, reported export.Cell
	if s.Priced {
		cost = export.AmountCell(s.Cost)
	}
	if s.CashKnown {
		cash = export.AmountCell(s.Cash)
	}
	if s.HasReported {
		reported = export.AmountCell(s.Reported)
	}
	return append(out, cost, cash, reported, export.TextCell(s.Currency))
}

func currencyCells(c *report.CurrencySum) []export.Cell {
	reported := export.Cell{}
	if c.HasReported {
		reported = export.AmountCell(c.Reported)
	}
	return []export.Cell{export.AmountCell(c.Cost), export.AmountCell(c.Cash), reported, export.TextCell(c.Currency)}
}

// AddSum appends the row of a sum: its keys, the cells of [SumColumns], and the
// rest. Money in more currencies than one has a row each, with the same keys and
// nothing else, so that nothing is counted twice.
func (t *Sheet) AddSum(keys []export.Cell, s *report.Sum, rest ...export.Cell) {
	t.Rows = append(t.Rows, slices.Concat(keys, SumCells(s), rest))
	for k := 1; k < len(s.Costs); k++ {
		t.Rows = append(t.Rows, slices.Concat(keys, make([]export.Cell, usageColumns), currencyCells(&s.Costs[k]), make([]export.Cell, len(rest))))
	}
}

// SheetForm is a form that a sheet can have.
type SheetForm struct {
	Title  string // "CSV"
	Ending string // of a file, without the dot
	writer func(*bytes.Buffer, *Sheet) (export.Writer, error)
}

// SheetForms lists the forms of files.
func SheetForms() []SheetForm {
	return []SheetForm{
		{"CSV", "csv", func(b *bytes.Buffer, _ *Sheet) (export.Writer, error) { return export.NewCSV(b), nil }},
		{"JSON", "json", func(b *bytes.Buffer, t *Sheet) (export.Writer, error) { return export.NewJSON(b, t.Head) }},
		{"JSON lines", "jsonl", func(b *bytes.Buffer, _ *Sheet) (export.Writer, error) { return export.NewJSONLines(b), nil }},
		{"Markdown", "md", func(b *bytes.Buffer, _ *Sheet) (export.Writer, error) { return export.NewMarkdown(b), nil }},
	}
}

// Tabbed is what spreadsheets take from a clipboard: tabs between columns.
func Tabbed() SheetForm {
	return SheetForm{"tabs between columns", "tsv", func(b *bytes.Buffer, _ *Sheet) (export.Writer, error) {
		c := export.NewCSV(b)
		c.Tabs = true
		return c, nil
	}}
}

// Encode writes the first rows of a sheet, all of them if most is negative.
func (t *Sheet) Encode(f SheetForm, most int) ([]byte, error) {
	var b bytes.Buffer
	w, err := f.writer(&b, t)
	if err != nil {
		return nil, err
	}
	if err := w.Begin(t.Columns); err != nil {
		return nil, err
	}
	for i, row := range t.Rows {
		if i == most {
			break
		}
		if err := w.Row(row); err != nil {
			return nil, err
		}
	}
	if err := w.End(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
