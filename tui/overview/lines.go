package overview

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/chart"
	"tokpit/tui/table"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// row is one line of a table with what is written of it. The words are made
// when the row is first drawn, since most rows never are.
type row struct {
	line    *report.Line
	lens    ui.Lens
	missing string          // what a line without a name is called
	names   *report.Names   // of projects; nil if the line is not one
	by      usage.Dimension // what the line is one of
	whole   money.Amount
	days    []report.Point // of the trend that the line's days are of

	amount money.Amount
	known  bool

	made                                            bool
	name, cost, other, tokens, requests, cache, per string
	change                                          string
	trend                                           ui.Trend
	part                                            int64
	hasPart                                         bool
}

// notable is the change, in thousandths, from which a row's colour says it too:
// if every row is coloured, none is.
const notable = 100

// newRows turns lines into rows, largest amount first.
func newRows(lines []report.Line, lens ui.Lens, missing string) []row {
	rows := make([]row, len(lines))
	var whole money.Amount
	for i := range lines {
		r := &rows[i]
		r.line, r.lens, r.missing = &lines[i], lens, missing
		r.amount, r.known = lens.Of(&lines[i].Sum)
		if r.known && r.amount.Sign() > 0 {
			whole = whole.Add(r.amount)
		}
	}
	for i := range rows {
		rows[i].whole = whole
	}
	slices.SortStableFunc(rows, func(a, b row) int { return compareAmount(&b, &a) })
	return rows
}

// make writes the words of a row.
func (r *row) make() *row {
	if r.made {
		return r
	}
	r.made = true
	s, before := &r.line.Sum, &r.line.Previous
	if r.name = ui.Text(r.names.Of(usage.ByProject, r.line.Name)); r.name == "" {
		r.name = r.missing
	}
	r.cost, r.tokens, r.requests = r.lens.Cost(s), ui.Tokens(s.Tokens.Total()), ui.Requests(s.Requests, s.Uncounted > 0)
	r.other = (ui.Lens{Cash: !r.lens.Cash}).Cost(s)
	r.cache, r.per = ui.Unknown, costOfOne(s)
	if c, ok := s.CacheShare(); ok {
		r.cache = ui.Percent(c)
	}
	r.part, r.hasPart = ui.ShareOf(r.amount, r.whole)
	r.hasPart = r.hasPart && r.known
	if was, ok := r.lens.Of(before); ok && r.known {
		r.change, r.trend = ui.ChangeOf(r.amount, was)
		if part, known := ui.ShareOf(r.amount.Sub(was).Abs(), was); known && part < notable {
			r.trend = ui.Flat // its sign still says it
		}
	} else if r.known && before.Tokens.IsZero() {
		r.change = "new"
	} else if ok && s.Tokens.IsZero() {
		r.change = "gone"
	}
	return r
}

// compareAmount puts what has no amount below every amount.
func compareAmount(a, b *row) int {
	switch {
	case a.known != b.known:
		if a.known {
			return 1
		}
		return -1
	case !a.known:
		return cmp.Compare(a.line.Sum.Tokens.Total(), b.line.Sum.Tokens.Total())
	}
	return a.amount.Cmp(b.amount)
}

// lineTable is the columns of a table of lines. Cost, share and change follow
// the lens; once there is a plan, the other figure has a column too.
func lineTable(s *report.Snapshot, rows []row, lens ui.Lens, f form) *table.Slice[row] {
	cost, other := columnTitle(s, lens), columnTitle(s, ui.Lens{Cash: !lens.Cash})
	each := "per req."
	if lens.Differs(&s.Cycle) {
		each = "API/req."
	}
	number := func(title string, width, priority int, text func(*row) string, compare func(a, b *row) int) table.SliceColumn[row] {
		return table.SliceColumn[row]{
			Column: table.Column{Title: title, Right: true, Width: width, Priority: priority},
			Draw: func(p *ui.Pen, st *ui.Styles, r *row, w int) {
				p.Right(st.Text, text(r.make()), w)
			},
			Compare: compare,
		}
	}
	cols := []table.SliceColumn[row]{
		{
			Column: table.Column{Width: max(f.name, nameLeast), Flex: 6, Max: 40},
			Draw: func(p *ui.Pen, st *ui.Styles, r *row, w int) {
				st.Name(p, st.Hue(r.by, r.line.Name), nameInk(st, r), r.make().name, w)
			},
			Compare: func(a, b *row) int { return strings.Compare(a.make().name, b.make().name) },
		},
		{
			Column:  table.Column{Title: cost, Right: true, Width: 10},
			Draw:    func(p *ui.Pen, st *ui.Styles, r *row, w int) { p.Right(costInk(st, r), fitCost(r.make(), w), w) },
			Compare: compareAmount,
		},
		sparkColumn(f.spark),
		{
			Column: table.Column{Title: "share", Width: 6, Flex: 1, Max: 12, Priority: 4},
			Draw:   drawShare,
			Say: func(r *row) string {
				if r.make(); !r.hasPart {
					return ""
				}
				return ui.Percent(r.part)
			},
		},
		number("change", 8, 1, nil, func(a, b *row) int { return a.delta().Cmp(b.delta()) }),
		number("tokens", 6, 3, func(r *row) string { return r.tokens }, func(a, b *row) int {
			return cmp.Compare(a.line.Sum.Tokens.Total(), b.line.Sum.Tokens.Total())
		}),
		number("requests", 11, 6, func(r *row) string { return r.requests }, func(a, b *row) int {
			return cmp.Compare(a.line.Sum.Requests, b.line.Sum.Requests)
		}),
		number("cache", 6, 7, func(r *row) string { return r.cache }, nil),
		number(each, 10, 8, func(r *row) string { return r.per }, nil),
	}
	if f.spark == 0 { // narrow: tokens take less room than a change
		cols[4].Priority, cols[5].Priority = 3, 1
	}
	cols[4].Draw = func(p *ui.Pen, st *ui.Styles, r *row, w int) { p.Right(goodBad(st, r.make().trend), r.change, w) }
	if s.PlanSet {
		cols = append(cols, number(other, 10, 5, func(r *row) string { return r.other }, nil))
	}
	return table.NewSlice(cols, func(r *row) string { return r.line.Name }, rows)
}

func columnTitle(s *report.Snapshot, lens ui.Lens) string {
	switch shortKind(s, lens) {
	case "Cash":
		return "cash"
	case "API-equivalent":
		return "API-equiv."
	}
	return "cost"
}

func (r *row) delta() money.Amount {
	was, _ := r.lens.Of(&r.line.Previous)
	return r.amount.Sub(was)
}

func nameInk(st *ui.Styles, r *row) ui.Ink {
	if r.line.Name == "" {
		return st.Muted
	}
	return st.Text
}

func costInk(st *ui.Styles, r *row) ui.Ink {
	switch {
	case r.known:
		return st.Strong
	case r.line.Sum.Tokens.IsZero():
		return st.Muted
	}
	return st.Warn
}

// fitCost writes an amount that is too long for its column in short form,
// because a cut figure would be a wrong one.
func fitCost(r *row, width int) string {
	if ui.Width(r.cost) <= width || !r.known || len(r.line.Sum.Costs) > 0 {
		return r.cost
	}
	return ui.CompactMoney(r.amount, r.line.Sum.Currency)
}

func drawShare(p *ui.Pen, st *ui.Styles, r *row, w int) {
	if r.make(); !r.hasPart {
		p.Space(w)
		return
	}
	chart.Share(p, st, st.Accent, r.part, w)
}

// sparkColumn shows the last days of a line. It is there, without room, also
// where it is not shown, so that the others keep their numbers.
func sparkColumn(days int) table.SliceColumn[row] {
	c := table.SliceColumn[row]{
		Column: table.Column{Title: strconv.Itoa(days) + " days", Width: days, Priority: 2},
		Draw: func(p *ui.Pen, st *ui.Styles, r *row, w int) {
			chart.Spark(p, st, st.Calendar[ui.HeatLevels/2], r.daily(), -1, w)
		},
		Say: func(r *row) string { return r.sayDays(days) },
	}
	if days == 0 {
		c.Column = table.Column{Width: sparkNothing, Priority: sparkNothing}
	}
	return c
}

// daily is what the line cost on each day; nil if that is not known.
func (r *row) daily() []float64 {
	if len(r.line.Days) == 0 || !r.known {
		return nil
	}
	return floats(r.line.Daily(len(r.days), r.lens.Cash))
}

// sayDays says what a sparkline of so many days shows.
func (r *row) sayDays(days int) string {
	most, at := money.Amount{}, -1
	for i, a := range r.line.Daily(len(r.days), r.lens.Cash) {
		if i >= len(r.days)-days && a.Cmp(most) > 0 {
			most, at = a, i
		}
	}
	if at < 0 || !r.known {
		return ""
	}
	return "most " + ui.Money(most, r.line.Sum.Currency) + " on " + ui.Day(r.days[at].Day)
}
