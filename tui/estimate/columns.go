package estimate

import (
	"cmp"
	"slices"
	"strings"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/tui/table"
	"tokpit/tui/ui"
)

// column is what a column of the table shows.
type column uint8

const (
	colMark column = iota
	colModel
	colProvider
	colTokens
	colRange
	colInput
	colOutput
	colCall
	colAgainst
	colDifference
	colMonth
	colDay
	colFit
	colCached
	colFill
	colBatch
	colAnswer
	colWindow
	colUsed
	colEnds
	colMethod
	allColumns
)

// about says what a column is: its title, how it is called where columns are
// chosen, and how soon it is left out (0 never).
func (c column) about() (title, name string, priority int) {
	switch c {
	case colMark:
		return "●", "", 0
	case colModel:
		return "model", "model", 0
	case colProvider:
		return "provider", "provider", 7
	case colTokens:
		return "tokens", "tokens of the input", 0
	case colRange:
		return "from–to", "range of the tokens", 12
	case colInput:
		return "input", "cost of the input", 3
	case colOutput:
		return "output", "cost of the answer", 4
	case colCall:
		return "per call", "cost of a call", 0
	case colAgainst:
		return "against", "against the baseline, in percent", 1
	case colDifference:
		return "difference", "against the baseline, as an amount", 6
	case colMonth:
		return "per month", "cost of a month", 2
	case colDay:
		return "per day", "cost of a day", 8
	case colFit:
		return "context", "part of the context window", 5
	case colCached:
		return "cached", "a call with the input from the cache", 6
	case colFill:
		return "cache fill", "the call that fills the cache", 13
	case colBatch:
		return "batch", "a call in the batch tier", 9
	case colAnswer:
		return "answer", "tokens of the answer", 10
	case colWindow:
		return "window", "context window", 14
	case colUsed:
		return "yours", "requests of yours", 13
	case colEnds:
		return "ends", "announced end", 14
	case colMethod:
		return "counted how", "how the tokens were counted", 15
	}
	return "", "", 0
}

// usualColumns are shown until a person chooses others, as far as there is room.
func usualColumns() []column {
	return []column{colProvider, colTokens, colInput, colOutput, colCall, colAgainst, colMonth, colDay, colFit, colCached, colBatch, colAnswer, colMethod}
}

// choosable are the columns that a person may choose.
func choosable() []column {
	out := make([]column, 0, allColumns)
	for c := colProvider; c < allColumns; c++ {
		out = append(out, c)
	}
	return out
}

// place is where a column is in a listing, -1 if it is not shown.
func (c column) place(l *listing) int { return slices.Index(l.columns, c) }

// listing is the rows of the table.
type listing struct {
	rows    []report.Estimated
	order   []int // of rows, as they are shown
	columns []column
	money   map[column]moneyFormat
	tokens  int // width of the column of tokens
	count   int // of all models, with those that the filter leaves out
}

var _ table.Rows = (*listing)(nil)

func newListing() *listing {
	l := &listing{}
	l.choose(usualColumns(), false, false)
	return l
}

// choose sets the columns; those of a month and of a baseline need one.
func (l *listing) choose(columns []column, traffic, baseline bool) {
	l.columns = append(l.columns[:0], colMark, colModel)
	for _, c := range columns {
		switch c {
		case colMonth, colDay:
			if !traffic {
				continue
			}
		case colAgainst, colDifference:
			if !baseline {
				continue
			}
		}
		l.columns = append(l.columns, c)
	}
}

// fill takes new estimates over, of which the filter keeps some.
func (l *listing) fill(rows []report.Estimated, filter string, columns []column) {
	l.rows, l.count, l.order = rows, len(rows), l.order[:0]
	words := strings.Fields(strings.ToLower(filter))
	baseline, traffic := false, false
	for i := range rows {
		r := &rows[i]
		baseline, traffic = baseline || r.Baseline, traffic || r.PerMonth.Known
		if len(words) > 0 {
			name := strings.ToLower(r.Provider + "/" + r.Model)
			if slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(name, w) }) {
				continue
			}
		}
		l.order = append(l.order, i)
	}
	l.tokens = len("tokens") + 1
	for _, i := range l.order {
		l.tokens = max(l.tokens, ui.Width(tokensText(&rows[i])))
	}
	l.choose(columns, traffic, baseline)
	l.money = make(map[column]moneyFormat)
	for _, c := range l.columns {
		if c.isMoney() {
			l.money[c] = l.format(c)
		}
	}
}

func (l *listing) at(row int) *report.Estimated { return &l.rows[l.order[row]] }

// refAt is the model of a row, or another if there is none.
func (l *listing) refAt(row int, or pricing.ModelRef) pricing.ModelRef {
	if row < len(l.order) {
		return l.at(row).ModelRef
	}
	return or
}

// Len implements [table.Rows].
func (l *listing) Len() int { return len(l.order) }

// Key implements [table.Rows].
func (l *listing) Key(row int) string { return keyOf(l.at(row).ModelRef) }

// Columns implements [table.Rows].
func (l *listing) Columns() []table.Column {
	out := make([]table.Column, len(l.columns))
	for i, c := range l.columns {
		title, _, priority := c.about()
		col := table.Column{Title: title, Priority: priority, Right: true, Sortable: true, Width: max(ui.Width(title)+1, 7)}
		switch c {
		case colMark:
			col.Right, col.Width = false, 1
		case colModel:
			col.Right, col.Width, col.Flex, col.Max = false, 18, 3, 30
		case colProvider:
			col.Right, col.Width = false, 10
		case colMethod:
			col.Right, col.Width, col.Flex = false, 24, 2
		case colEnds:
			col.Width = 11
		case colTokens:
			col.Width = l.tokens
		case colRange:
			col.Width = 17
		case colAgainst, colFit:
			col.Width = 9
		case colAnswer, colUsed, colWindow:
			col.Width = 7
		default:
			col.Width = max(ui.Width(title)+1, l.money[c].width)
		}
		out[i] = col
	}
	return out
}

func (c column) isMoney() bool {
	switch c {
	case colInput, colOutput, colCall, colDifference, colMonth, colDay, colCached, colFill, colBatch:
		return true
	}
	return false
}

// amount is the amount that a column shows of a row; false if it has none.
func (c column) amount(r *report.Estimated) (report.CostRange, bool) {
	optional := func(o report.OptionalCost) (report.CostRange, bool) { return o.CostRange, o.Known && r.Priced }
	switch c {
	case colInput:
		return r.Input, r.Priced
	case colOutput:
		return r.OutputCost, r.Priced
	case colCall:
		return r.Total, r.Priced
	case colDifference:
		return optional(r.Difference)
	case colMonth:
		return optional(r.PerMonth)
	case colDay:
		return optional(r.PerDay)
	case colCached:
		return optional(r.Cached)
	case colFill:
		return optional(r.CacheFill)
	case colBatch:
		return optional(r.Batch)
	}
	return report.CostRange{}, false
}

// number is what other columns are sorted by; false if it is not known.
func (c column) number(r *report.Estimated) (int64, bool) {
	switch c {
	case colMark:
		return r.Requests, r.Requests > 0
	case colTokens:
		return r.Tokens.Point, r.Counted
	case colRange:
		return r.Tokens.High - r.Tokens.Low, r.Counted
	case colAgainst:
		return r.PerMille, r.Relative || r.Baseline
	case colFit:
		return share(r), r.Fit != report.FitUnknown && r.Window > 0
	case colAnswer:
		return r.Output, true
	case colWindow:
		return r.Window, r.Window > 0
	case colUsed:
		return r.Requests, r.Requests > 0
	case colEnds:
		return r.Shutdown.Unix(), !r.Shutdown.IsZero()
	}
	return 0, false
}

// share is how much of the window a request takes, in thousandths.
func share(r *report.Estimated) int64 {
	if r.Window <= 0 {
		return 0
	}
	return (r.Tokens.Point + r.Output) * 1000 / r.Window
}

// Sort implements [table.Rows]. What is not known comes last either way, and
// amounts of different currencies stay apart.
func (l *listing) Sort(col int, descending bool) {
	c := l.columns[col]
	slices.SortStableFunc(l.order, func(x, y int) int {
		a, b := &l.rows[x], &l.rows[y]
		order, known := c.compare(a, b)
		if descending && !known {
			order = -order
		}
		return cmp.Or(order, strings.Compare(a.Model, b.Model), strings.Compare(a.Provider, b.Provider))
	})
}

// compare orders two rows; settled says that the order is the same whichever way
// the column is sorted.
func (c column) compare(a, b *report.Estimated) (order int, settled bool) {
	first := func(x, y bool) int {
		switch {
		case x == y:
			return 0
		case x:
			return -1
		}
		return 1
	}
	switch {
	case c == colModel:
		return strings.Compare(a.Model, b.Model), false
	case c == colProvider:
		return strings.Compare(a.Provider, b.Provider), false
	case c == colMethod:
		return strings.Compare(a.Tokens.Method, b.Tokens.Method), false
	case c.isMoney():
		x, xok := c.amount(a)
		y, yok := c.amount(b)
		if xok != yok {
			return first(xok, yok), true
		}
		if a.Currency != b.Currency {
			return cmp.Or(first(a.Currency == "USD", b.Currency == "USD"), strings.Compare(a.Currency, b.Currency)), true
		}
		return x.Point.Cmp(y.Point), false
	}
	x, xok := c.number(a)
	y, yok := c.number(b)
	if xok != yok {
		return first(xok, yok), true
	}
	return cmp.Compare(x, y), false
}

// moneyFormat is how the amounts of a column are written: with one number of
// decimals, so that they can be compared by eye.
type moneyFormat struct{ decimals, width int }

// widest is the most that a column of amounts takes.
const widest = 14

// format chooses the decimals that show three digits of the amount in the middle.
func (l *listing) format(c column) moneyFormat {
	amounts := make([]money.Amount, 0, len(l.order))
	top, mark := money.Amount{}, 0
	for _, i := range l.order {
		r := &l.rows[i]
		a, ok := c.amount(r)
		if !ok || a.Point.IsZero() {
			continue
		}
		amounts = append(amounts, a.Point.Abs())
		if a.Point.Abs().Cmp(top) > 0 {
			top = a.Point.Abs()
		}
		w := ui.Width(ui.Symbol(r.Currency))
		if !a.Exact() {
			w++
		}
		if a.Point.Sign() < 0 || c == colDifference {
			w++
		}
		mark = max(mark, w)
	}
	if len(amounts) == 0 {
		return moneyFormat{2, 0}
	}
	slices.SortFunc(amounts, func(a, b money.Amount) int { return a.Cmp(b) })
	f := moneyFormat{decimals: 2}
	if whole, frac, _ := strings.Cut(amounts[len(amounts)/2].String(), "."); whole == "0" {
		f.decimals = min(max(len(frac)-len(strings.TrimLeft(frac, "0"))+3, 2), 6)
	}
	f.width = min(ui.Width(amountText(top, f.decimals))+mark, widest)
	return f
}

// amountText writes an amount without its currency; one that would look like
// nothing keeps a digit.
func amountText(a money.Amount, decimals int) string {
	s := a.Format(decimals)
	if strings.Trim(s, "0.") == "" && !a.IsZero() {
		_, frac, _ := strings.Cut(a.String(), ".")
		s = a.Format(len(frac) - len(strings.TrimLeft(frac, "0")) + 1)
	}
	whole, frac, found := strings.Cut(s, ".")
	if found {
		frac = "." + frac
	}
	return ui.Group(whole) + frac
}
