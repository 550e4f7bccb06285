package explore

import (
	"math"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/ui"
)

// A pivot is drawn as a table of cells: names at the left, the total of the row
// after them, and then the columns, as many as there is room for. The shade of a
// cell says how much it is of the largest.

const (
	cellWidth  = 7
	cellGap    = 1
	totalWidth = 9
	leastNames = 20
	mostNames  = 40
)

// grid is how a pivot lies in its place.
type grid struct {
	names, left int // width of the names; where the columns begin
	shown       int // columns
	fees        int // width of the column of fees, with its gap; 0 without
}

func (p *Page) grid() grid {
	width := p.plan.table.Dx()
	n := len(p.reply.answer.Columns)
	g := grid{names: leastNames}
	for i := range p.reply.answer.Apart.Column {
		if a, ok := p.reply.shaped.lens.Of(&p.reply.answer.Apart.Column[i]); ok && !a.IsZero() {
			g.fees = cellWidth + cellGap
		}
	}
	longest := 0
	for _, l := range p.reply.shaped.lines[p.table.First():min(len(p.reply.shaped.lines), p.table.First()+200)] {
		longest = max(longest, ui.Width(strings.Join(l.names, " / ")))
	}
	spare := width - 2 - totalWidth - 2 - n*(cellWidth+cellGap) - cellGap
	g.names = max(leastNames, min(longest, mostNames, max(spare, width/4)))
	g.left = 2 + g.names + 2 + totalWidth + 1 + g.fees
	g.shown = max(0, min(n, (width-g.left)/(cellWidth+cellGap)))
	return g
}

// columnAt is the column of the pivot at x: 0 is the total, -1 none.
func (p *Page) columnAt(x int) int {
	g := p.grid()
	switch {
	case x >= g.left:
		if i := (x - g.left) / (cellWidth + cellGap); i < g.shown {
			return p.offset + i + 1
		}
	case x >= g.left-g.fees-totalWidth-1:
		return 0
	}
	return -1
}

// sideways moves the cursor to another column, and the columns with it.
func (p *Page) sideways(by int) tea.Cmd {
	if p.reply == nil || p.reply.answer == nil || p.reply.answer.Cells == nil {
		return nil
	}
	s := p.step()
	s.column = max(0, min(s.column+by, len(p.reply.answer.Columns)))
	p.show()
	p.frame = ""
	return nil
}

// show scrolls the columns such that the cursor is on screen.
func (p *Page) show() {
	g, c := p.grid(), p.step().column
	if c > 0 {
		p.offset = max(min(p.offset, c-1), c-g.shown)
	}
	p.offset = max(0, min(p.offset, len(p.reply.answer.Columns)-g.shown))
}

// sortCells sorts the rows by the column under the cursor.
func (p *Page) sortCells(reverse bool) tea.Cmd {
	s := p.step()
	id := colAmount
	if s.column > 0 && s.column <= len(p.reply.answer.Columns) {
		id = cellColumn + p.reply.answer.Columns[s.column-1]
	}
	switch {
	case reverse:
		s.order.descending = !s.order.descending
		if s.order.column == "" {
			s.order.column, s.order.descending = id, false
		}
	default:
		s.order = order{id, true}
	}
	return p.look()
}

// clickHead sorts by the column whose head was clicked.
func (p *Page) clickHead(x int) tea.Cmd {
	s := p.step()
	column := p.columnAt(x)
	if column < 0 {
		s.order = order{"by:" + string(s.by[0]), s.order.column == "by:"+string(s.by[0]) && !s.order.descending}
		return p.look()
	}
	was := s.order
	s.column = column
	id := colAmount
	if column > 0 {
		id = cellColumn + p.reply.answer.Columns[column-1]
	}
	s.order = order{id, was.column != id || !was.descending}
	return p.look()
}

// drawMatrix draws the pivot in place of the table.
func (p *Page) drawMatrix() []string {
	st, s, r := p.styles, p.step(), p.reply
	width, height := p.plan.table.Dx(), p.plan.table.Dy()
	g := p.grid()
	p.show()
	pen := ui.NewPen(width, height)
	p.matrixHead(pen, g)
	lines := r.shaped.lines
	for y := range min(max(height-1, 0), len(lines)-p.table.First()) {
		row := p.table.First() + y
		l := lines[row]
		here := row == p.table.Cursor()
		if here {
			pen.Text(st.AccentBold, "▸")
		}
		if pen.To(1); r.shaped.Marked(row) {
			pen.Text(st.AccentBold, "✓")
		}
		pen.To(2)
		ink := st.Text
		if len(l.keys) > 0 && l.keys[0] == "" {
			ink = st.Muted
		}
		if here {
			ink = st.Strong
		}
		hue := ui.Unmarked
		if len(l.keys) > 0 {
			hue = st.Hue(r.step.by[0], l.keys[0])
		}
		st.Name(pen, hue, ink, strings.Join(l.names, " / "), g.names)
		pen.Space(2)
		p.cell(pen, l.sum, totalWidth, here && s.column == 0, st.Strong)
		pen.Space(1)
		if g.fees > 0 {
			if l.at >= 0 && l.at < len(r.answer.Apart.Column) {
				p.cell(pen, &r.answer.Apart.Column[l.at], cellWidth, false, st.Muted)
			}
			pen.To(g.left)
		}
		for i := range g.shown {
			column := p.offset + i
			if l.at < 0 {
				break
			}
			sum := &r.answer.Cells[l.at][column]
			p.cell(pen, sum, cellWidth, here && s.column == column+1, p.heat(sum))
			pen.Space(cellGap)
		}
		pen.End()
	}
	return pen.Lines(height)
}

func (p *Page) matrixHead(pen *ui.Pen, g grid) {
	st, s, r := p.styles, p.step(), p.reply
	pen.Space(2)
	pen.Left(st.Muted, byText(s.by)+pivotUnit(r), g.names)
	pen.Space(2)
	head := func(text, id string, width int, under bool) {
		ink := st.Muted
		if s.order.column == id || s.order.column == "" && id == colAmount {
			ink = st.Text
			arrow := "↓"
			if s.order.column != "" && !s.order.descending {
				arrow = "↑"
			}
			if ui.Width(text) < width {
				text = arrow + text
			}
		}
		if under {
			ink = st.AccentBold
		}
		pen.Right(ink, ui.CutName(text, width), width)
	}
	head("total", colAmount, totalWidth, s.column == 0)
	mark := " "
	if p.offset > 0 {
		mark = "‹"
	}
	if g.fees > 0 {
		pen.Space(1)
		pen.Right(st.Muted, "fees", cellWidth)
	}
	pen.Text(st.Accent, mark)
	label := axisTime(s.pivot, r.answer.Columns, cellWidth)
	for i := range g.shown {
		name := r.answer.Columns[p.offset+i]
		text := label(name)
		if !s.pivot.IsTime() {
			text = nameOf(r.snap.Names, s.pivot, name)
		}
		head(text, cellColumn+name, cellWidth, s.column == p.offset+i+1)
		if i == g.shown-1 && p.offset+g.shown < len(r.answer.Columns) {
			pen.Text(st.Accent, "›")
		} else {
			pen.Space(cellGap)
		}
	}
	pen.End()
}

// pivotUnit names the currency of cells, if they have one; otherwise each names
// its own.
func pivotUnit(r *reply) string {
	if len(r.answer.Total.Costs) > 0 || r.answer.Total.Currency == "" {
		return ""
	}
	return ", in " + strings.TrimSpace(ui.Symbol(r.answer.Total.Currency))
}

// cell writes the amount of a sum, without its currency where the head names it.
func (p *Page) cell(pen *ui.Pen, s *report.Sum, width int, cursor bool, ink ui.Ink) {
	lens := p.lens.For(p.snap)
	text := ""
	a, ok := lens.Of(s)
	switch {
	case len(s.Costs) > 0:
		text = "several"
	case ok:
		text = p.cellText(a, s.Currency, width-1)
	case s.UnpricedTokens > 0 || s.Tokens.Total() > 0:
		if text, ink = "?", p.styles.Muted; width == totalWidth { // once a row is enough
			ink = p.styles.Warn
		}
	default:
		text, ink = "·", p.styles.Faint
	}
	text = ui.Cut(text, width-1)
	// The shade fills the whole cell, so the blanks are part of the text.
	pad := strings.Repeat(" ", max(0, width-1-ui.Width(text)))
	if cursor {
		pen.Text(p.styles.AccentBold, "▸")
		pen.Text(p.styles.TabActive, pad+text)
		return
	}
	pen.Text(ink, " "+pad+text)
}

// cellText writes an amount in few characters, with its currency if others have
// another one.
func (p *Page) cellText(a money.Amount, currency string, width int) string {
	symbol := ""
	if len(p.reply.answer.Total.Costs) > 0 {
		symbol = ui.Symbol(currency)
	}
	return symbol + cellText(a, width-ui.Width(symbol))
}

// cellText writes an amount without currency in few characters.
func cellText(a money.Amount, width int) string {
	s := strings.TrimPrefix(ui.Money(a.Abs(), "USD"), "$")
	if a.Sign() < 0 {
		s = "-" + s
	}
	if ui.Width(s) <= width && (a.IsZero() || a.Abs().Cmp(money.FromAtto(1e16)) >= 0) {
		return s
	}
	if a.Sign() > 0 && a.Cmp(money.FromAtto(1e16)) < 0 {
		return "<0.01"
	}
	if whole := ui.Group(a.Abs().Format(0)); a.Sign() >= 0 && len(whole) <= width {
		return whole // the cents go first
	}
	return strings.Replace(ui.CompactMoney(a, "USD"), "$", "", 1)
}

// heat is how a cell is shaded.
func (p *Page) heat(s *report.Sum) ui.Ink {
	a, ok := p.lens.For(p.snap).Of(s)
	most := p.reply.shaped.most
	if !ok || len(s.Costs) > 0 || a.Sign() <= 0 || most.Sign() <= 0 {
		return p.styles.Muted
	}
	level := int(math.Sqrt(a.Float()/most.Float()) * ui.HeatLevels) // little is told apart beside much
	return p.styles.Heat[max(0, min(level, ui.HeatLevels-1))]
}

// feesOf is the fees that belong to no column, of all rows.
func feesOf(a *report.Apart) *report.Sum {
	out := a.Corner
	for i := range a.Column {
		c := &a.Column[i]
		if len(c.Costs) > 0 || len(out.Costs) > 0 || out.CashKnown && c.CashKnown && c.Currency != out.Currency {
			return &report.Sum{} // several currencies are not added up
		}
		if c.CashKnown {
			out.Cash, out.CashKnown, out.Currency = out.Cash.Add(c.Cash), true, c.Currency
		}
	}
	return &out
}

// matrixFoot writes the totals of the columns, and the fees that are in none of
// the rows.
func (p *Page) matrixFoot(pen *ui.Pen) {
	st, r, g := p.styles, p.reply, p.grid()
	lens := r.shaped.lens
	fee := func(s *report.Sum, width int) {
		text := ""
		if a, ok := lens.Of(s); ok && !a.IsZero() {
			text = p.cellText(a, s.Currency, width-1)
		}
		pen.Right(st.Muted, text, width)
	}
	if p.apart() {
		pen.Space(2)
		pen.Left(st.Muted, "plan fees", g.names)
		pen.Space(2)
		pen.Right(st.Muted, p.cellText(r.shaped.apart, r.answer.Total.Currency, totalWidth-1), totalWidth)
		pen.Space(1)
		if g.fees > 0 {
			fee(&r.answer.Apart.Corner, cellWidth)
			pen.Space(cellGap)
		}
		for i := range g.shown {
			if p.offset+i < len(r.answer.Apart.Row) {
				fee(&r.answer.Apart.Row[p.offset+i], cellWidth)
			} else {
				pen.Space(cellWidth)
			}
			pen.Space(cellGap)
		}
		pen.End()
	}
	p.matrixTotal(pen, g, fee)
	if marked := p.marked(); len(marked) > 0 {
		figure := p.marksFigure(marked)
		pen.Space(2)
		pen.Left(st.AccentBold, "✓ "+ui.Count(int64(len(marked)))+" marked", g.names)
		pen.Space(2)
		pen.Right(st.AccentBold, ui.Cut(figure(colAmount), totalWidth), totalWidth)
		pen.End()
	}
}

// matrixTotal writes the totals of the columns.
func (p *Page) matrixTotal(pen *ui.Pen, g grid, fee func(s *report.Sum, width int)) {
	st, r := p.styles, p.reply
	pen.Space(2)
	pen.Left(st.Strong, "Total", g.names)
	pen.Space(2)
	p.cell(pen, &r.answer.Total, totalWidth, false, st.Strong)
	pen.Space(1)
	if g.fees > 0 {
		fee(feesOf(&r.answer.Apart), cellWidth)
		pen.Space(cellGap)
	}
	for i := range g.shown {
		p.cell(pen, &r.answer.Sums[p.offset+i], cellWidth, false, st.Text)
		pen.Space(cellGap)
	}
	pen.End()
}
