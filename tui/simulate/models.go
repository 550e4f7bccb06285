package simulate

import (
	"slices"

	"tokpit/money"
	"tokpit/report"
	"tokpit/scenario"
	"tokpit/tui/table"
	"tokpit/tui/ui"
)

// modelRows are the models before and after.
type modelRows struct {
	result *scenario.Result
	lens   ui.Lens
	order  []int // of the result's models: the dearest before or after first
	words  words
}

const (
	colModel = iota
	colBefore
	colArrow
	colAfter
	colChange
	colDelta
	colTokensBefore
	colTokensAfter
	colRequests
)

// Columns implements table.Rows.
func (m *modelRows) Columns() []table.Column {
	return []table.Column{
		{Title: "model", Width: 16, Flex: 1, Max: 44},
		{Title: "before a month", Right: true, Width: 14},
		{Width: 1},
		{Title: "after", Right: true, Width: 12},
		{Title: "change", Width: 9},
		{Title: "a month", Right: true, Width: 12, Priority: 2},
		{Title: "tokens", Right: true, Width: 8, Priority: 4},
		{Title: "→ tokens", Right: true, Width: 8, Priority: 4},
		{Title: "requests", Right: true, Width: 9, Priority: 5},
	}
}

// words are what cells say, worded once for each width.
type words map[[3]int]string

// say returns what a cell says.
func (w *words) say(row, col, width int, word func() string) string {
	key := [3]int{row, col, width}
	if text, ok := (*w)[key]; ok {
		return text
	}
	if *w == nil {
		*w = make(words)
	}
	text := word()
	(*w)[key] = text
	return text
}

// newModelRows orders the models of a result by what the lens sees.
func newModelRows(r *scenario.Result, lens ui.Lens) *modelRows {
	m := &modelRows{result: r, lens: lens}
	if r == nil {
		return m
	}
	m.order = make([]int, len(r.Models))
	most := make([]money.Amount, len(r.Models))
	for i := range r.Models {
		before, _ := lens.Of(&r.Models[i].Before)
		after, _ := lens.Of(&r.Models[i].After)
		if m.order[i], most[i] = i, before; after.Cmp(before) > 0 {
			most[i] = after
		}
	}
	slices.SortStableFunc(m.order, func(a, b int) int { return most[b].Cmp(most[a]) })
	return m
}

// at returns a row.
func (m *modelRows) at(row int) *scenario.Row { return &m.result.Models[m.order[row]] }

// Len implements table.Rows.
func (m *modelRows) Len() int { return len(m.order) }

// Key implements table.Rows.
func (m *modelRows) Key(row int) string {
	r := m.at(row)
	return r.Provider + "\x00" + r.Model
}

// Sort implements table.Rows: the result comes sorted.
func (m *modelRows) Sort(int, bool) {}

// Draw implements table.Rows.
func (m *modelRows) Draw(p *ui.Pen, st *ui.Styles, row, col, width int) {
	r := m.at(row)
	before, knownBefore := m.lens.Of(&r.Before)
	after, knownAfter := m.lens.Of(&r.After)
	currency := m.result.Before.Currency
	month := func(a money.Amount) string {
		return m.words.say(row, col, width, func() string { return fitted(m.result.PerMonth(a), currency, width) })
	}
	gone := r.After.Tokens.IsZero()
	switch col {
	case colModel:
		st.Name(p, st.Colours.Model(r.Provider, r.Model), st.Text, m.words.say(row, col, width, func() string { return modelName(r.Provider, r.Model, width-1) }), width)
	case colBefore:
		text, ink := amountText(&r.Before, knownBefore, month(before)), st.Text
		p.Right(ink, text, width)
	case colArrow:
		p.Left(st.Muted, "→", width)
	case colAfter:
		switch {
		case !r.Known && !knownAfter:
			p.Right(st.Warn, "unknown", width)
		case !r.Known: // what could not be computed stays as it is
			p.Right(st.Warn, "? "+month(after), width)
		case gone && !r.Before.Tokens.IsZero():
			p.Right(st.Strong, ui.Money(money.Amount{}, currency), width)
		default:
			p.Right(st.Strong, amountText(&r.After, knownAfter, month(after)), width)
		}
	case colChange:
		if r.Known && knownBefore && (knownAfter || gone) {
			_, trend := ui.ChangeOf(after, before)
			p.Left(trendInk(st, trend), m.words.say(row, col, width, func() string { s, _ := ui.ChangeOf(after, before); return s }), width)
		}
	case colDelta:
		if d := after.Sub(before); r.Known && (knownBefore || knownAfter) {
			p.Right(inkOf(st, d), m.words.say(row, col, width, func() string { return signedFit(m.result.PerMonth(d), currency, width) }), width)
		}
	case colTokensBefore:
		p.Right(st.Muted, m.words.say(row, col, width, func() string { return ui.Tokens(r.Before.Tokens.Total()) }), width)
	case colTokensAfter:
		p.Right(st.Muted, m.words.say(row, col, width, func() string { return ui.Tokens(r.After.Tokens.Total()) }), width)
	case colRequests:
		p.Right(st.Muted, m.words.say(row, col, width, func() string { return ui.Count(r.After.Requests) }), width)
	}
}

// modelName is a model, with who bills it where there is room for both.
func modelName(provider, model string, width int) string {
	name := ui.Text(model)
	if name == "" {
		name = ui.Unknown
	}
	if p := ui.Text(provider); p != "" && ui.Width(name)+ui.Width(p)+3 <= width && width >= 30 {
		return name + " · " + p
	}
	return ui.CutName(name, width)
}

// amountText is an amount of a sum, or why there is none.
func amountText(s *report.Sum, known bool, text string) string {
	switch {
	case known:
		return text
	case s.UnpricedTokens > 0:
		return ui.Unpriced
	}
	return ui.Unknown
}

// fitted writes an amount in full, or short where there is no room.
func fitted(a money.Amount, currency string, width int) string {
	if s := ui.Money(a, currency); ui.Width(s) <= width {
		return s
	}
	return ui.CompactMoney(a, currency)
}

func signedFit(a money.Amount, currency string, width int) string {
	if s := signed(a, currency); ui.Width(s) <= width {
		return s
	}
	return briefSigned(a, currency)
}

func trendInk(st *ui.Styles, t ui.Trend) ui.Ink {
	switch t {
	case ui.Up:
		return st.Warn
	case ui.Down:
		return st.Good
	}
	return st.Muted
}

// feet is how many lines stand under the models: what the fees of plans are, and
// the total.
func (p *Page) feet() int {
	if p.view == ideasView && len(p.marked()) > 0 {
		return 1
	}
	if p.view != modelsView || p.rows.Len() == 0 || p.result == nil {
		return 0
	}
	if fee := p.result.Before.PlanFee; p.sees().Cash && !fee.IsZero() {
		return 2
	}
	return 1
}

// drawFoot writes the total in the places of the columns.
func (p *Page) drawFoot() []string {
	r := p.plan.foot
	if p.view == ideasView && !r.Empty() {
		pen := ui.NewPen(r.Dx(), r.Dy())
		p.drawJoint(pen)
		return pen.Lines(r.Dy())
	}
	if r.Empty() || p.rows.Len() == 0 {
		return nil
	}
	st, res, lens := p.styles, p.result, p.sees()
	pen := ui.NewPen(r.Dx(), r.Dy())
	currency := res.Before.Currency
	line := func(name string, before, after money.Amount, ink ui.Ink) {
		p.models.Foot(pen, func(col, width int) {
			month := func(a money.Amount) string { return fitted(res.PerMonth(a), currency, width) }
			switch col {
			case colModel:
				pen.Left(ink, name, width)
			case colBefore:
				pen.Right(ink, month(before), width)
			case colArrow:
				pen.Left(st.Muted, "→", width)
			case colAfter:
				pen.Right(ink, month(after), width)
			case colChange:
				text, trend := ui.ChangeOf(after, before)
				pen.Left(trendInk(st, trend), text, width)
			case colDelta:
				d := res.PerMonth(after.Sub(before))
				pen.Right(inkOf(st, d), signedFit(d, currency, width), width)
			}
		})
	}
	if r.Dy() > 1 {
		line("plan fees", res.Before.PlanFee, res.After.PlanFee, st.Muted)
	}
	before, _ := lens.Of(&res.Before)
	after, _ := lens.Of(&res.After)
	line("Total", before, after, st.Strong)
	return pen.Lines(r.Dy())
}

// fillModels shows the present result.
func (p *Page) fillModels() {
	p.rows = newModelRows(p.result, p.sees())
	p.models.SetRows(p.rows)
}

// fill shows everything again, after another lens.
func (p *Page) fill() {
	if p.snap == nil {
		return
	}
	p.fillModels()
	p.fillIdeas()
	p.join() // what has to be grouped for it is so once the page is told that it is shown
	p.chart.build(p)
}
