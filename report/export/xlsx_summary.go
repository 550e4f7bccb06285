package export

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

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

// sheetPen writes tables and lines from top to bottom.
type sheetPen struct {
	*sheet
	b    *Workbook
	name string // of the sheet
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

// pen begins a sheet of sums.
func (b *Workbook) pen(place int, name string, nameWidth int, v view) (*sheetPen, error) {
	w, err := b.create(sheetPath(place))
	if err != nil {
		return nil, err
	}
	v.widths = []int{nameWidth, 10, 16, 16, 18, 14, 16, 30, 30}
	p := &sheetPen{newSheet(w, columnNames(columnCostExact), &b.cut), b, name}
	p.begin(v)
	return p, nil
}

// summary writes the sheets that are not rows, and the charts. The days come
// first, so that the summary can say how many texts were cut.
func (b *Workbook) summary() error {
	days, err := b.days()
	if err != nil {
		return err
	}
	p, err := b.pen(1, summarySheet, 34, view{first: true})
	if err != nil {
		return err
	}
	s := &b.Summary
	p.line(styleTitle, s.Title)
	if s.Total != nil {
		for _, line := range s.Total.Heading() {
			p.line(styleMuted, line)
		}
		p.endRow()
		p.sums("Total", "", []*report.Row{{Keys: []string{"all"}, Sum: s.Total.Total}}, nil)
	}
	p.table("By month", "month", s.Months)
	p.table("By project", "project", s.Projects)
	models := p.table("By model", "model", s.Models)
	charts := s.charts(days, models)
	p.made(len(charts))
	after := ""
	if len(charts) > 0 {
		after = `<drawing r:id="rId1"/>`
	}
	if err := p.end(after); err != nil {
		return err
	}
	return b.drawCharts(charts)
}

// charts are of the days and of the models that cost most. Amounts in several
// currencies do not stand side by side.
func (s *Summary) charts(days, models plot) []chart {
	costs := s.Total != nil && s.Total.PlanSet // else they are the cash
	var out []chart
	if c := days.currency(); c != "" {
		out = append(out, chart{"Spend per day in " + c, days, false, costs})
	}
	if c := models.currency(); c != "" {
		models.points = models.points[:min(len(models.points), mostBars)]
		out = append(out, chart{"Spend by model in " + c, models, true, costs})
	}
	return out
}

// put writes a text; columns are counted from 1.
func (p *sheetPen) put(column int, s string, look style) { p.text(column-1, s, look) }

// line writes a row with texts in the first columns: the first in a look, the
// others as text.
func (p *sheetPen) line(look style, texts ...string) {
	for i, s := range texts {
		p.put(i+1, s, look)
		look = styleText
	}
	p.endRow()
}

func (p *sheetPen) table(title, by string, r *report.Report) plot {
	if r == nil {
		return plot{}
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
func (p *sheetPen) sums(title, by string, rows []*report.Row, r *report.Report) plot {
	if title != "" {
		p.line(styleBold, title)
	}
	for i, name := range []string{by, "currency", "cash", "cost", "tokens", "requests", "unpriced tokens", "cash, exact", "cost, exact"} {
		look := styleHead
		if i+1 >= columnCash && i+1 <= columnUnpriced {
			look = styleHeadRight
		}
		p.put(i+1, name, look)
	}
	p.endRow()
	out := plot{sheet: p.name, first: p.row}
	for _, row := range rows {
		name := row.Keys[0]
		if r != nil {
			name = r.Query.Label(r.Query.By[0], row.Keys[0])
		}
		out.points = append(out.points, p.sum(name, &row.Sum)...)
	}
	if r != nil {
		if rest, ok := feesApart(r); ok {
			p.entry("plan fees, which belong to no row", r.Total.Currency, &rest, nil, nil)
		}
	}
	p.endRow()
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

// sum writes the rows of one sum.
func (p *sheetPen) sum(name string, s *report.Sum) []point {
	if len(s.Costs) > 0 {
		var out []point
		usage := s
		for i := range s.Costs {
			c := &s.Costs[i]
			out = append(out, p.entry(name, c.Currency, &c.Cash, &c.Cost, usage))
			usage = nil
		}
		return out
	}
	var cash, cost *money.Amount
	if s.CashKnown {
		cash = &s.Cash
	}
	if s.Priced {
		cost = &s.Cost
	}
	return []point{p.entry(name, s.Currency, cash, cost, s)}
}

// entry writes one row: amounts as numbers for people and, at its end, as text;
// the usage of a sum. What is nil is not known, or belongs to another row.
func (p *sheetPen) entry(name, currency string, cash, cost *money.Amount, used *report.Sum) point {
	out := point{name: name, currency: currency}
	p.put(columnName, name, styleText)
	p.put(columnCurrency, currency, styleText)
	out.cash = p.amount(columnCash, cash)
	out.cost = p.amount(columnCost, cost)
	if used != nil {
		p.count(columnTokens-1, used.Tokens.Total())
		if used.Requests >= 0 {
			p.count(columnRequests-1, used.Requests)
		}
		p.count(columnUnpriced-1, used.UnpricedTokens)
	}
	if cash != nil {
		p.amountText(columnCashExact-1, *cash)
	}
	if cost != nil {
		p.amountText(columnCostExact-1, *cost)
	}
	p.endRow()
	return out
}

// amount writes a number for people, and returns it as it is written.
func (p *sheetPen) amount(column int, a *money.Amount) string {
	if a == nil {
		return ""
	}
	f := a.Float()
	p.number(column-1, f, styleCents)
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// made says how the file was made, and what it lacks.
func (p *sheetPen) made(charts int) {
	b, s := p.b, &p.b.Summary
	pair := func(name, text string) { p.line(styleBold, name, text) }
	p.line(styleBold, "How this was made")
	for _, one := range s.Made {
		pair(one[0], one[1])
	}
	pair("rows", fmt.Sprintf("%d, on %d sheet(s)", b.rows, b.sheets))
	pair("amounts", "numbers are rounded to 15 digits; columns of text named \"exact\" have every digit")
	if charts == 0 && s.Total != nil && len(s.Total.Total.Costs) > 1 {
		pair("charts", "none: the amounts are in several currencies")
	}
	if b.cut > 0 {
		pair("cut", fmt.Sprintf("%d text(s) too long for a cell end in …", b.cut))
	}
	if s.Total != nil {
		for _, text := range s.Total.Footing() {
			pair("note", text)
		}
		for _, u := range s.Total.Unpriced {
			pair("unpriced", fmt.Sprintf("%d tokens of %s", u.Tokens, s.Total.Query.Label("model", u.Model)))
		}
	}
	p.endRow()
	p.line(styleBold, "Columns")
	for _, c := range b.columns {
		if c.About != "" {
			pair(c.Name, c.About)
		}
	}
}

// days writes the sheet that the chart of the days is drawn from.
func (b *Workbook) days() (plot, error) {
	r := b.Summary.Daily
	p, err := b.pen(2, daysSheet, 14, view{frozen: r != nil})
	if err != nil {
		return plot{}, err
	}
	if r == nil {
		p.line(styleMuted, "no days")
		return plot{}, p.end("")
	}
	rows := make([]*report.Row, len(r.Rows))
	for i := range r.Rows {
		rows[i] = &r.Rows[i]
	}
	out := p.sums("", "day", rows, nil)
	return out, p.end("")
}
