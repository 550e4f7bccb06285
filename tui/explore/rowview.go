package explore

import (
	"image"
	"strings"

	"tokpit/tui/chart"
	"tokpit/tui/ui"
)

const (
	pairWidth   = panelLabel + 14 + 2
	classWidth  = panelLabel + 7 + 2 + 14
	moveWidth   = pairWidth + len("prices changed")
	chartWidth  = 30 // the least that a chart takes
	chartHeight = 16 // the most that one takes in a panel
)

// drawBeneath writes a row beneath the table, where there is room side by side:
// what its tokens are, its figures, and its time.
func (p *Page) drawBeneath(pen *ui.Pen, name string, l *line) {
	st, width, height := p.styles, pen.Width(), p.plan.panel.Dy()
	w, second := p.within(), pairWidth+2
	if l.move != nil {
		second = moveWidth + 2
	}
	first := classWidth + 2
	rest := width - first - second
	remark := ""
	if rest < chartWidth || p.reply.step.view != usageView {
		first, rest = width/2, 0
		second = width - first
	} else {
		remark = p.says(w)
	}
	ui.SectionTitle(pen, st, ui.CutName(name, max(8, width-ui.Width(remark)-8)), false, remark)
	left, middle := ui.NewPen(first-2, height-1), ui.NewPen(second-2, height-1)
	p.classesOf(left, st, l.sum)
	switch {
	case l.move != nil:
		p.movesOf(middle, st, l)
	case l.session != nil:
		p.sessionOf(middle, st, l)
	default:
		p.figuresOf(middle, st, l)
	}
	blocks := [][]string{left.Lines(height - 1), middle.Lines(height - 1)}
	if rest > 0 {
		blocks = append(blocks, p.drawRowTrend(l, w, image.Rect(p.plan.panel.Max.X-rest, p.plan.panel.Min.Y+1, p.plan.panel.Max.X, p.plan.panel.Max.Y)))
	}
	for y := range height - 1 {
		pen.Drawn(blocks[0][y], first-2)
		pen.To(first)
		pen.Drawn(blocks[1][y], second-2)
		if rest > 0 && y < len(blocks[2]) {
			pen.To(first + second)
			pen.Drawn(blocks[2][y], rest)
		}
		pen.End()
	}
}

// drawSide writes a row beside the table: its figures and tokens, its time if
// that does not stand beneath the table, and what it consists of.
func (p *Page) drawSide(pen *ui.Pen, l *line) {
	st, width, height := p.styles, pen.Width(), p.plan.panel.Dy()
	if l.session == nil && l.move == nil && width >= pairWidth+classWidth+3 {
		lines := 9
		left, right := ui.NewPen(pairWidth, lines), ui.NewPen(width-pairWidth-3, lines)
		p.figuresOf(left, st, l)
		p.classesOf(right, st, l.sum)
		lines = min(lines, max(left.Height(), right.Height()))
		a, b := left.Lines(lines), right.Lines(lines)
		for y := range lines {
			pen.Drawn(a[y], pairWidth)
			pen.Space(3)
			pen.Drawn(b[y], width-pairWidth-3)
			pen.End()
		}
	} else {
		p.whole(pen, st, l)
	}
	if !p.fathomable() || l.gone() {
		return
	}
	pen.End()
	w := p.within()
	place := p.plan.panel
	place.Min.Y += pen.Height()
	if p.plan.chart.Empty() && place.Dy() >= chart.MinHeight+sectionLeast+3 {
		place.Max.Y = place.Min.Y + min(chartHeight, place.Dy()*2/5)
		p.drawTrendTitle(pen, w)
		place.Min.Y++
		draw(pen, p.drawRowTrend(l, w, place), place)
		pen.Blank(place.Max.Y + 1 - p.plan.panel.Min.Y - pen.Height())
	}
	place = p.plan.panel
	place.Min.Y += pen.Height()
	switch {
	case w == nil:
		pen.Text(st.Muted, "Working out what it consists of…")
		pen.End()
	case w.err != nil:
		pen.Text(st.Muted, ui.Cut("What it consists of could not be read: "+ui.Text(w.err.Error()), width))
		pen.End()
	case place.Dy() >= sectionLeast && height > 0:
		block, used := p.drawSections(w, place)
		draw(pen, block[:min(used, len(block))], place)
		p.drawCounts(pen, l, w)
	}
}

// draw puts a block beneath what was drawn.
func draw(pen *ui.Pen, block []string, place image.Rectangle) {
	for _, l := range block {
		pen.Drawn(l, place.Dx())
		pen.End()
	}
}

// drawTrendTitle names the chart of a row, with what it says.
func (p *Page) drawTrendTitle(pen *ui.Pen, w *within) {
	title := "over time"
	if w != nil && w.err == nil {
		title = "by " + string(w.trend.unit)
	}
	ui.SectionTitle(pen, p.styles, title, false, p.says(w))
}

// says is what the chart of a row says: of the time under its cursor, or of all.
func (p *Page) says(w *within) string {
	if w == nil || w.err != nil {
		return ""
	}
	if text := w.trend.readout(p.chosenTime()); text != "" {
		return text
	}
	return w.trend.summary()
}

// drawRowTrend draws the time of a row, with its price changes beneath.
func (p *Page) drawRowTrend(l *line, w *within, place image.Rectangle) []string {
	if w == nil || w.err != nil || place.Empty() {
		return nil
	}
	sign, up, text := w.trend.changesText(p.chosenTime())
	if text == "" || place.Dy() <= chart.MinHeight+2 {
		return p.bars(&w.trend, p.rowHue(l), place)
	}
	place.Max.Y--
	lines := p.bars(&w.trend, p.rowHue(l), place)
	pen, ink := ui.NewPen(place.Dx(), 1), p.styles.Good
	if up {
		ink = p.styles.Warn
	}
	pen.Text(ink, sign+" ")
	pen.Text(p.styles.Muted, text)
	pen.End()
	return append(lines, pen.Lines(1)...)
}

// rowHue is the colour of a row's bars: of its provider or model, if it is one.
func (p *Page) rowHue(l *line) int {
	for i, d := range p.reply.step.by {
		if hue := p.styles.Hue(d, l.keys[i]); hue != ui.Unmarked {
			return hue
		}
	}
	return ui.Unmarked
}

// drawChart draws the time of the row under the cursor beneath the table.
func (p *Page) drawChart() []string {
	r := p.plan.chart
	l := p.selected()
	if r.Empty() || l == nil || !p.fathomable() {
		return nil
	}
	pen, w := ui.NewPen(r.Dx(), r.Dy()), p.within()
	name := ui.CutName(strings.Join(l.names, " · "), max(8, r.Dx()/2))
	title := name
	if l.gone() {
		pen.Text(p.styles.Muted, ui.Cut("There was nothing of "+name+" in this time: it is in the table because of what it cost before.", r.Dx()))
		pen.End()
		return pen.Lines(r.Dy())
	}
	if w != nil && w.err == nil {
		title += " by " + string(w.trend.unit)
	}
	ui.SectionTitle(pen, p.styles, title, false, p.says(w))
	r.Min.Y++
	draw(pen, p.drawRowTrend(l, w, r), r)
	return pen.Lines(p.plan.chart.Dy())
}
