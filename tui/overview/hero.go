package overview

import (
	"strings"

	"tokpit/tui/ui"
)

const (
	cardWidth = 24
	cardLines = 3
)

// drawBig draws the headline in big digits with cards beside it, six lines. It
// needs 100 columns.
func drawBig(st *ui.Styles, h headline, cards []card, width int) []string {
	left := drawBigHeadline(st, h, headlineWidth)
	right := drawCards(st, cards, width-headlineWidth-gapColumns)
	out := make([]string, heroBigLines)
	for i := range out {
		out[i] = left[i] + spaces(gapColumns) + right[i]
	}
	return out
}

func spaces(n int) string { return strings.Repeat(" ", max(n, 0)) }

func drawBigHeadline(st *ui.Styles, h headline, width int) []string {
	p := ui.NewPen(width, heroBigLines)
	p.Text(st.Strong, h.kind)
	p.Text(st.Muted, "  "+h.span)
	p.End()
	if big, ok := ui.Big(h.figure); ok && ui.Width(big[0]) <= width {
		for _, line := range big {
			p.Text(st.Headline, line)
			p.End()
		}
	} else {
		p.End()
		p.Text(st.Headline, h.figure)
		p.End()
		p.End()
	}
	drawChange(p, st, h)
	p.End()
	drawSecond(p, st, h)
	return p.Lines(heroBigLines)
}

// drawChange writes how the headline compares.
func drawChange(p *ui.Pen, st *ui.Styles, h headline) {
	if h.against == "" {
		p.Text(st.Muted, h.change)
		return
	}
	p.Text(goodBad(st, h.trend), h.change)
	words := " vs previous cycle by now"
	if p.Room() < len(words)+len(h.against)+3 {
		words = " vs last cycle"
	}
	if p.Room() >= len(words) {
		p.Text(st.Muted, words)
	}
	if p.Room() >= ui.Width(h.against)+3 {
		p.Text(st.Muted, " ("+h.against+")")
	}
}

// drawSecond writes the other figure, the range and the basis, as far as there
// is room for whole ones; the basis comes first in rank.
func drawSecond(p *ui.Pen, st *ui.Styles, h headline) {
	parts := []string{h.second, h.ranged, h.basis}
	room := p.Room() - ui.Width(h.basis)
	said := false
	for i, s := range parts {
		if s == "" || i < len(parts)-1 && ui.Width(s)+3 > room {
			continue
		}
		if said {
			p.Text(st.Faint, " · ")
		}
		ink := st.Muted
		if i == 0 {
			ink = st.Text
		}
		p.Text(ink, s)
		room -= ui.Width(s) + 3
		said = true
	}
}

// drawCards draws as many cards as fit into two lines of them.
func drawCards(st *ui.Styles, cards []card, width int) []string {
	p := ui.NewPen(width, heroBigLines)
	perLine := min(max(0, (width+2)/cardWidth), (len(cards)+1)/2)
	if perLine == 0 {
		return p.Lines(heroBigLines)
	}
	for line := range heroBigLines / cardLines {
		from := min(line*perLine, len(cards))
		row := cards[from:min(from+perLine, len(cards))]
		drawCardRow(p, st, row, width/perLine)
	}
	return p.Lines(heroBigLines)
}

// drawCardRow draws cards side by side: label, figure, remark.
func drawCardRow(p *ui.Pen, st *ui.Styles, cards []card, width int) {
	width = min(width, cardWidth+4)
	for part := range cardLines {
		for i, c := range cards {
			p.To(i * width)
			switch part {
			case 0:
				p.Text(st.Muted, ui.Cut(c.label, width-2))
			case 1:
				p.Text(st.Strong, ui.Cut(c.value, width-2))
			case 2:
				p.Text(c.tone.ink(st), ui.Cut(c.note, width-2))
			}
		}
		p.End()
	}
}

// drawShort draws headline and cards on few lines for small terminals.
func drawShort(st *ui.Styles, h headline, cards []card, width, lines int) []string {
	p := ui.NewPen(width, lines)
	right := 0
	if width >= 70 {
		right = width - 28
	}
	p.Text(st.Strong, h.kind)
	p.Text(st.Muted, "  "+h.span)
	if right > 0 {
		p.To(right)
		p.Text(st.Muted, cards[0].label)
	}
	p.End()
	p.Text(st.Headline, h.figure)
	p.Space(2)
	if right > 0 {
		side := ui.NewPen(right-2-(width-p.Room()), 1)
		drawChange(side, st, h)
		appendLine(p, side)
		p.To(right)
		p.Text(st.Strong, cards[0].value)
	} else {
		drawChange(p, st, h)
	}
	p.End()
	if right > 0 {
		side := ui.NewPen(right-2, 1)
		drawSecond(side, st, h)
		appendLine(p, side)
		p.To(right)
		p.Text(cards[0].tone.ink(st), cards[0].note)
		cards = cards[1:]
	} else {
		drawSecond(p, st, h)
	}
	p.End()
	drawRunning(p, st, cards)
	p.End()
	return p.Lines(lines)
}

// appendLine puts a line drawn with a narrower pen at the pen's position.
func appendLine(p, side *ui.Pen) {
	side.End()
	p.Drawn(side.String(), side.Width())
}

// drawRunning writes cards as "label value" one after the other, as many whole
// ones as there is room for.
func drawRunning(p *ui.Pen, st *ui.Styles, cards []card) {
	for i, c := range cards {
		w := ui.Width(c.short) + 1 + ui.Width(c.value)
		if i > 0 {
			w += 3
		}
		if w > p.Room() {
			return
		}
		if i > 0 {
			p.Space(3)
		}
		p.Text(st.Muted, c.short+" ")
		p.Text(st.Text, c.value)
	}
}
