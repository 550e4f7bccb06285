package export

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/xuri/excelize/v2"

	"tokpit/money"
	"tokpit/report"
)

// Summary is what the first sheets of a workbook show: answers to one query by
// nothing, by month, by project, by model and by day. Any but the first may be
// nil.
type Summary struct {
	Title                           string
	Total                           *report.Report
	Months, Projects, Models, Daily *report.Report
	// Made says how the file was made, as pairs of a word and its meaning.
	Made [][2]string
}

// mostBars is how many models a chart names.
const mostBars = 12

// summary makes the sheets that are not rows.
func (b *Workbook) summary() error {
	if err := b.book.SetSheetName("Sheet1", summarySheet); err != nil {
		return err
	}
	if _, err := b.book.NewSheet(daysSheet); err != nil {
		return err
	}
	p := &sheetPen{b: b, sheet: summarySheet, row: 1}
	s := &b.Summary
	p.put(1, s.Title, b.styles.title)
	p.row++
	if s.Total != nil {
		for _, line := range s.Total.Heading() {
			p.put(1, line, b.styles.muted)
			p.row++
		}
		p.row++
		p.sums("Total", "", []*report.Row{{Keys: []string{"all"}, Sum: s.Total.Total}}, nil)
	}
	p.table("By month", "month", s.Months)
	p.table("By project", "project", s.Projects)
	models := p.table("By model", "model", s.Models)
	p.made()
	p.widths(map[string]float64{"A": 34, "B": 10, "C": 16, "D": 16, "E": 18, "F": 14, "G": 16, "H": 30, "I": 30})
	days := b.days(p)
	p.charts(models, days)
	return p.err
}

// sheetPen writes cells from top to bottom; the first error stays.
type sheetPen struct {
	b     *Workbook
	sheet string
	row   int
	err   error
}

// span is a range of rows, both ends inclusive; last < first is none.
type span struct{ first, last int }

func (p *sheetPen) at(column int) string {
	name, _ := excelize.CoordinatesToCellName(column, p.row)
	return name
}

func (p *sheetPen) do(err error) {
	if p.err == nil {
		p.err = err
	}
}

func (p *sheetPen) put(column int, s string, style int) {
	s, cut := fit(s)
	if cut {
		p.b.cut++
	}
	p.do(p.b.book.SetCellStr(p.sheet, p.at(column), s))
	p.style(column, style)
}

func (p *sheetPen) style(column, style int) {
	p.do(p.b.book.SetCellStyle(p.sheet, p.at(column), p.at(column), style))
}

func (p *sheetPen) count(column int, n int64) {
	if n > maxExact || n < -maxExact {
		p.put(column, strconv.FormatInt(n, 10), p.b.styles.text)
		return
	}
	p.do(p.b.book.SetCellInt(p.sheet, p.at(column), n))
	p.style(column, p.b.styles.count)
}

// amount writes a number for people, and the amount itself as text.
func (p *sheetPen) amount(column, exact int, a money.Amount) {
	p.do(p.b.book.SetCellFloat(p.sheet, p.at(column), a.Float(), -1, 64))
	p.style(column, p.b.styles.cents)
	p.put(exact, a.String(), p.b.styles.text)
}

func (p *sheetPen) widths(all map[string]float64) {
	for column, width := range all {
		p.do(p.b.book.SetColWidth(p.sheet, column, column, width))
	}
}

// The columns of a table of sums.
const (
	columnName = iota + 1
	columnCurrency
	columnCash
	columnCost
	columnTokens
	columnRequests
	columnUnpriced
	columnCashExact
	columnCostExact
)

func (p *sheetPen) table(title, by string, r *report.Report) span {
	if r == nil {
		return span{1, 0}
	}
	rows := make([]*report.Row, len(r.Rows))
	for i := range r.Rows {
		rows[i] = &r.Rows[i]
	}
	if !r.Query.By[0].IsTime() {
		slices.SortStableFunc(rows, func(x, y *report.Row) int {
			return cmp.Or(y.Sum.Cash.Cmp(x.Sum.Cash), y.Sum.Cost.Cmp(x.Sum.Cost), cmp.Compare(y.Sum.Tokens.Total(), x.Sum.Tokens.Total()))
		})
	}
	return p.sums(title, by, rows, r)
}

// sums writes a table of sums and returns where its rows are. A sum in several
// currencies has a row for each, the usage in the first.
func (p *sheetPen) sums(title, by string, rows []*report.Row, r *report.Report) span {
	b := p.b
	if title != "" {
		p.put(columnName, title, b.styles.bold)
		p.row++
	}
	for i, name := range []string{by, "currency", "cash", "cost", "tokens", "requests", "unpriced tokens", "cash, exact", "cost, exact"} {
		style := b.styles.head
		if i+1 >= columnCash && i+1 <= columnUnpriced {
			style = b.styles.headRight
		}
		p.put(i+1, name, style)
	}
	p.row++
	out := span{p.row, p.row - 1}
	for _, row := range rows {
		name := row.Keys[0]
		if r != nil {
			name = r.Query.Label(r.Query.By[0], row.Keys[0])
		}
		p.sum(name, &row.Sum)
	}
	out.last = p.row - 1
	if r != nil {
		if rest, ok := feesApart(r); ok {
			p.put(columnName, "plan fees, which belong to no row", b.styles.text)
			p.put(columnCurrency, r.Total.Currency, b.styles.text)
			p.amount(columnCash, columnCashExact, rest)
			p.row++
		}
	}
	p.row++
	return out
}

// feesApart is what the total of a report has and its rows have not.
func feesApart(r *report.Report) (money.Amount, bool) {
	if len(r.Total.Costs) > 0 || !r.Total.CashKnown {
		return money.Amount{}, false
	}
	rest := r.Total.Cash
	for i := range r.Rows {
		rest = rest.Sub(r.Rows[i].Sum.Cash)
	}
	return rest, !rest.IsZero()
}

func (p *sheetPen) sum(name string, s *report.Sum) {
	style := p.b.styles.text
	p.put(columnName, name, style)
	p.count(columnTokens, s.Tokens.Total())
	if s.Requests >= 0 {
		p.count(columnRequests, s.Requests)
	}
	p.count(columnUnpriced, s.UnpricedTokens)
	if len(s.Costs) > 0 {
		for i, c := range s.Costs {
			if i > 0 {
				p.row++
				p.put(columnName, name, style)
			}
			p.put(columnCurrency, c.Currency, style)
			p.amount(columnCash, columnCashExact, c.Cash)
			p.amount(columnCost, columnCostExact, c.Cost)
		}
		p.row++
		return
	}
	p.put(columnCurrency, s.Currency, style)
	if s.CashKnown {
		p.amount(columnCash, columnCashExact, s.Cash)
	}
	if s.Priced {
		p.amount(columnCost, columnCostExact, s.Cost)
	}
	p.row++
}

// made says how the file was made, and what it lacks.
func (p *sheetPen) made() {
	b, s := p.b, &p.b.Summary
	line := func(name, text string) {
		p.put(1, name, b.styles.bold)
		p.put(2, text, b.styles.text)
		p.row++
	}
	p.put(1, "How this was made", b.styles.bold)
	p.row++
	for _, pair := range s.Made {
		line(pair[0], pair[1])
	}
	line("rows", fmt.Sprintf("%d, on %d sheet(s)", b.rows, b.sheets))
	line("amounts", "numbers are rounded to 15 digits; columns of text named \"exact\" have every digit")
	if b.cut > 0 {
		line("cut", fmt.Sprintf("%d text(s) too long for a cell end in …", b.cut))
	}
	if s.Total != nil {
		for _, text := range s.Total.Footing() {
			line("note", text)
		}
		for _, u := range s.Total.Unpriced {
			line("unpriced", fmt.Sprintf("%d tokens of %s", u.Tokens, s.Total.Query.Label("model", u.Model)))
		}
	}
	p.row++
	p.put(1, "Columns", b.styles.bold)
	p.row++
	for _, c := range b.columns {
		if c.About != "" {
			line(c.Name, c.About)
		}
	}
}

// days writes the sheet that the chart of the days is drawn from, and returns its
// rows.
func (b *Workbook) days(above *sheetPen) span {
	p := &sheetPen{b: b, sheet: daysSheet, row: 1}
	var out span
	if r := b.Summary.Daily; r != nil {
		rows := make([]*report.Row, len(r.Rows))
		for i := range r.Rows {
			rows[i] = &r.Rows[i]
		}
		out = p.sums("", "day", rows, nil)
		p.do(b.book.SetPanes(daysSheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}))
	} else {
		p.put(1, "no days", b.styles.muted)
		out = span{1, 0}
	}
	p.widths(map[string]float64{"A": 14, "B": 10, "C": 16, "D": 16, "E": 18, "F": 14, "G": 16, "H": 30, "I": 30})
	above.do(p.err)
	return out
}

// charts draws the days and the models beside the tables.
func (p *sheetPen) charts(models, days span) {
	if days.first <= days.last {
		p.do(p.b.book.AddChart(summarySheet, "K2", p.chart(excelize.Col, "Spend per day", daysSheet, days, 0)))
	}
	if models.first <= models.last {
		models.last = min(models.last, models.first+mostBars-1)
		p.do(p.b.book.AddChart(summarySheet, "K24", p.chart(excelize.Bar, "Spend by model", summarySheet, models, 1)))
	}
}

func (p *sheetPen) chart(kind excelize.ChartType, title, sheet string, rows span, order int) *excelize.Chart {
	column := func(name string) string {
		return fmt.Sprintf("'%s'!$%s$%d:$%s$%d", sheet, name, rows.first, name, rows.last)
	}
	head := func(name string) string { return fmt.Sprintf("'%s'!$%s$%d", sheet, name, rows.first-1) }
	gap := uint(40)
	fill := func(color string) excelize.Fill {
		return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{color}}
	}
	c := &excelize.Chart{
		Type:      kind,
		Title:     []excelize.RichTextRun{{Text: title}},
		Series:    []excelize.ChartSeries{{Name: head("C"), Categories: column("A"), Values: column("C"), Fill: fill("2F6690")}},
		Dimension: excelize.ChartDimension{Width: 860, Height: 400},
		Legend:    excelize.ChartLegend{Position: "bottom"},
		GapWidth:  &gap,
		Format:    excelize.GraphicOptions{AltText: title},
	}
	if t := p.b.Summary.Total; t != nil && t.PlanSet { // else they are the same
		c.Series = append(c.Series, excelize.ChartSeries{Name: head("D"), Categories: column("A"), Values: column("D"), Fill: fill("A9BCD0")})
	}
	c.YAxis.MajorGridLines = true
	c.YAxis.NumFmt = excelize.ChartNumFmt{CustomNumFmt: "#,##0"}
	c.XAxis.ReverseOrder = order == 1 // largest at the top
	return c
}
