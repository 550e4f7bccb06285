package simulate

import (
	"image"
	"math"

	"tokpit/money"
	"tokpit/tui/ui"
)

// row is where the parts of a lever's line lie.
type leverRow struct {
	label, value, track, delta, bar int // widths; 0 is left out
}

// leverRowOf divides a line of a width.
func leverRowOf(width int) leverRow {
	r := leverRow{value: 9, delta: 12}
	room := width - 4 - r.value - 2 - r.delta - 2
	switch {
	case room >= 88:
		r.label, r.bar = 40, 20
	case room >= 62:
		r.label, r.bar = 28, 12
	case room >= 40:
		r.label, r.bar = 22, 0
	default:
		r.label = max(8, room*6/10)
	}
	r.track = room - r.label - 2 - r.bar
	if r.bar > 0 {
		r.track -= 2
	}
	if r.track < 6 {
		r.label, r.track = max(4, room-1), 0
	}
	r.track = min(r.track, 60)
	return r
}

// trackAt is where the track begins in a line.
func (r leverRow) trackAt() int { return 4 + r.label + 1 + r.value + 2 }

// firstLever is the lever on the first line of the list.
func (p *Page) firstLever() int {
	lines := p.plan.levers.Dy()
	if p.togetherShown() {
		lines--
	}
	return max(0, min(p.cursor-lines+1, len(p.levers)-lines))
}

// togetherShown reports whether the list has a last line with the sum.
func (p *Page) togetherShown() bool { return len(p.levers) > 1 && p.plan.levers.Dy() > 1 }

// leverLines is how many lines the list takes.
func (p *Page) leverLines() int {
	if n := len(p.levers); n > 1 {
		return n + 1
	}
	return len(p.levers)
}

func (p *Page) drawLeverTitle() []string {
	pen := ui.NewPen(p.plan.leverTitle.Dx(), 1)
	name := "Levers"
	if p.name != "" {
		name += " of " + ui.Text(p.name)
	}
	if p.dirty() {
		name += " (not saved)"
	}
	remark := "a month, in the order in which they apply"
	if p.broken != nil {
		remark = ""
	}
	ui.SectionTitle(pen, p.styles, name, p.onLevers, remark)
	return pen.Lines(1)
}

// drawLevers draws the sliders with what each contributes, and the sum of that.
func (p *Page) drawLevers() []string {
	place := p.plan.levers
	pen := ui.NewPen(place.Dx(), place.Dy())
	deltas := make([]money.Amount, len(p.levers))
	lens := p.sees()
	var sum money.Amount
	for i := range p.levers {
		if c := p.contribution(i); c != nil {
			d, _, _ := deltaOf(c, lens)
			deltas[i] = p.result.PerMonth(d)
			sum = sum.Add(d)
		}
	}
	row, most := leverRowOf(place.Dx()), largest(deltas)
	for i := p.firstLever(); i < len(p.levers) && pen.Height() < place.Dy(); i++ {
		if pen.Height() == place.Dy()-1 && p.togetherShown() {
			break
		}
		p.drawLever(pen, row, i, deltas[i], most)
	}
	if p.togetherShown() && pen.Height() < place.Dy() {
		st := p.styles
		pen.Space(4)
		pen.Left(st.Strong, "together", row.label+1+row.value)
		if p.result != nil && p.broken == nil {
			d := p.result.PerMonth(sum)
			if row.track > 0 {
				pen.Space(2 + row.track)
			}
			pen.Space(2)
			pen.Right(inkOf(st, d), signedFit(d, p.result.Before.Currency, row.delta), row.delta)
		}
		pen.End()
	}
	return pen.Lines(place.Dy())
}

// drawLever draws one line.
func (p *Page) drawLever(pen *ui.Pen, row leverRow, i int, delta money.Amount, most float64) {
	st, l := p.styles, &p.levers[i]
	focused := p.onLevers && i == p.cursor
	if focused {
		pen.Under(st.Selected)
		pen.Text(st.AccentBold, "▸ ")
	} else {
		pen.Space(2)
	}
	mark, ink := "● ", st.Text
	if l.off {
		mark, ink = "○ ", st.Muted
	}
	pen.Text(st.Accent, mark)
	pen.Left(ink, ui.CutName(label(&l.Lever), row.label), row.label)
	pen.Space(1)
	pen.Right(st.Strong, valueText(&l.Lever), row.value)
	pen.Space(2)
	if row.track > 0 {
		scale, v := knob(&l.Lever, p.snap.AsOf)
		scale.Draw(pen, st, v, row.track, focused)
		pen.Space(2)
	}
	p.drawDelta(pen, row, i, delta)
	if row.bar > 0 {
		pen.Space(2)
		drawBar(pen, st, delta, most, row.bar)
	}
	pen.End()
}

// drawDelta writes what a lever contributes, or why that is not known.
func (p *Page) drawDelta(pen *ui.Pen, row leverRow, i int, delta money.Amount) {
	st := p.styles
	c := p.contribution(i)
	switch {
	case p.levers[i].off:
		pen.Right(st.Muted, "off", row.delta)
	case c == nil:
		pen.Right(st.Muted, "…", row.delta)
	case !c.Known && delta.IsZero():
		pen.Right(st.Warn, "unknown", row.delta)
	case !c.Known: // in part
		pen.Right(st.Warn, "? "+signedFit(delta, p.result.Before.Currency, row.delta-2), row.delta)
	case !c.Applied:
		pen.Right(st.Muted, "no effect", row.delta)
	default:
		text := signedFit(delta, p.result.Before.Currency, row.delta)
		if c.Ranged && ui.Width(text) < row.delta {
			text = "≈" + text
		}
		pen.Right(inkOf(st, delta), text, row.delta)
	}
}

// drawBar draws a change beside the largest one: full for what is saved, shaded
// for what costs more.
func drawBar(pen *ui.Pen, st *ui.Styles, delta money.Amount, most float64, width int) {
	n := 0
	if most > 0 {
		n = int(math.Round(delta.Abs().Float() / most * float64(width)))
		if delta.Sign() != 0 {
			n = max(n, 1)
		}
	}
	r := '█'
	if delta.Sign() > 0 {
		r = '▒'
	}
	pen.Fill(inkOf(st, delta), r, n)
	pen.Fill(st.Track, '·', width-n)
}

// drag is a slider that the mouse holds.
type drag struct {
	on    bool
	lever int
}

// leverAt is the lever on a line of the page, and where its track lies.
func (p *Page) leverAt(at image.Point) (lever int, track image.Rectangle, ok bool) {
	place := p.plan.levers
	if !at.In(place) {
		return 0, image.Rectangle{}, false
	}
	lever = p.firstLever() + at.Y - place.Min.Y
	if lever >= len(p.levers) || p.togetherShown() && at.Y == place.Max.Y-1 {
		return 0, image.Rectangle{}, false
	}
	row := leverRowOf(place.Dx())
	from := place.Min.X + row.trackAt()
	return lever, image.Rect(from, at.Y, from+row.track, at.Y+1), true
}
