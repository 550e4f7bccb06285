package estimate

import (
	"cmp"
	"slices"
	"strings"

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
	colTimes
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
	case colTimes:
		return "times", "multiple of the baseline's cost", 1
	case colAgainst:
		return "against", "against the baseline, in percent", 1
	case colDifference:
		return "difference", "against the baseline, as an amount", 2
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
		return "answer", "tokens of the answer, if they differ", 10
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
	return []column{colProvider, colTokens, colInput, colOutput, colCall, colTimes, colDifference, colMonth, colDay, colFit, colCached, colBatch, colAnswer, colMethod}
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
	order   []int // of rows, as they are shown beneath the pinned ones, with those
	pins    []int // of rows, in the order in which they were pinned
	columns []column
	money   map[column]moneyFormat
	tokens  int // width of the column of tokens
	count   int // of all models, with those that the filter leaves out
	marks   int // columns of the marks
}

var _ table.Rows = (*listing)(nil)

func newListing() *listing {
	l := &listing{}
	l.choose(usualColumns(), false, false)
	return l
}

// choose sets the columns; those of a month and of a baseline need one, and that of
// answers needs some of different lengths: the head says the one of all.
func (l *listing) choose(columns []column, traffic, baseline bool) {
	l.columns = append(l.columns[:0], colMark, colModel)
	for _, c := range columns {
		switch c {
		case colMonth, colDay:
			if !traffic {
				continue
			}
		case colAgainst, colDifference, colTimes:
			if !baseline {
				continue
			}
		case colAnswer:
			if _, same := l.oneLength(); same {
				continue
			}
		}
		l.columns = append(l.columns, c)
	}
}

// fill takes new estimates over, of which the filter keeps some.
func (l *listing) fill(rows []report.Estimated, filter string, pins []pricing.ModelRef, columns []column) {
	l.rows, l.count, l.order, l.pins = rows, len(rows), l.order[:0], l.pins[:0]
	found := report.NameFilter(filter)
	for _, ref := range pins {
		if i := slices.IndexFunc(rows, func(r report.Estimated) bool { return r.ModelRef == ref }); i >= 0 {
			l.pins = append(l.pins, i)
		}
	}
	baseline, traffic := false, false
	for i := range rows {
		r := &rows[i]
		baseline, traffic = baseline || r.Baseline, traffic || r.PerMonth.Known
		if found(r.ModelRef) {
			l.order = append(l.order, i)
		}
	}
	l.marks = 1
	if len(l.pins) > 0 {
		l.marks = 3
	}
	l.tokens = len("tokens") + 1
	for _, i := range l.shown() {
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

// shown is all rows that are, each once, the pinned ones first.
func (l *listing) shown() []int {
	others := slices.DeleteFunc(slices.Clone(l.order), func(i int) bool { return slices.Contains(l.pins, i) })
	return slices.Concat(l.pins, others)
}

// refs are the models of the pinned rows, or of the whole list, as they stand.
func (l *listing) refs(pins bool) []pricing.ModelRef {
	order := l.order
	if pins {
		order = l.pins
	}
	out := make([]pricing.ModelRef, len(order))
	for i, at := range order {
		out[i] = l.rows[at].ModelRef
	}
	return out
}

// has reports whether there is an estimate for a model, shown or not.
func (l *listing) has(ref pricing.ModelRef) bool {
	return slices.ContainsFunc(l.rows, func(r report.Estimated) bool { return r.ModelRef == ref })
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
			col.Right, col.Width = false, l.marks
			if l.marks > 1 {
				col.Title = "  " + title
			}
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
		case colTimes:
			col.Width = 7
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
	case colAgainst, colTimes:
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
		if a.Mute != b.Mute && c != colInput { // the others have an answer's cost in it
			return first(b.Mute, a.Mute), true
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
