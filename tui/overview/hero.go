package overview

import (
	"strings"

	"tokpit/tui/ui"
)

const (
	cardWidth = 22
	cardLines = 3 // and an empty one between two rows of cards
)

// drawBig draws the headline in big digits with cards beside it, seven lines. It
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
	drawParts(p, st, h.second, h.fees, h.ranged)
	p.End()
	p.Text(st.Muted, h.basis)
	return p.Lines(heroBigLines)
}

// drawChange writes how the headline compares.
func drawChange(p *ui.Pen, st *ui.Styles, h headline) {
	if h.against == "" {
		p.Text(st.Muted, h.change)
		return
	}
	p.Text(goodBad(st, h.trend), h.change)
	words := " vs " + h.versus
	if p.Room() < ui.Width(words)+len(h.against)+3 {
		words = " vs " + h.vs
	}
	if inside := " vs " + h.against + " " + h.vs; h.vs != h.versus && p.Room() < ui.Width(words)+len(h.against)+3 && ui.Width(inside) <= p.Room() {
		p.Text(st.Muted, inside)
		return
	}
	if h.least != "" && p.Room() < ui.Width(words) {
		words = " vs " + h.least
	}
	if p.Room() >= ui.Width(words) {
		p.Text(st.Muted, words)
	}
	if p.Room() >= ui.Width(h.against)+3 {
		p.Text(st.Muted, " ("+h.against+")")
	}
}

// drawParts writes what stands beside the headline, as many whole parts as there
// is room for; the first is cut if need be.
func drawParts(p *ui.Pen, st *ui.Styles, parts ...string) {
	said := false
	for _, s := range parts {
		if s == "" || said && ui.Width(s)+3 > p.Room() {
			continue
		}
		if said {
			p.Text(st.Faint, " · ")
		}
		p.Text(st.Muted, s)
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
	for line := range 2 {
		if line > 0 {
			p.End()
		}
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

// drawShort draws headline and cards on few lines for small terminals. Where
// there is room, the first card stands at the right.
func drawShort(st *ui.Styles, h headline, cards []card, width, lines int) []string {
	left, gap := width, 0
	if width >= 70 {
		left, gap = width-26, 2
	}
	p := drawShortHeadline(st, h, left-gap)
	side := ui.NewPen(width-left, 3)
	if width > left {
		side.Text(st.Muted, cards[0].label)
		side.End()
		side.Text(st.Strong, cards[0].value)
		side.End()
		side.Text(cards[0].tone.ink(st), cards[0].note)
		cards = cards[1:]
	}
	rest := ui.NewPen(width, 1)
	drawRunning(rest, st, cards)
	out := p.Lines(3)
	for i, l := range side.Lines(3) {
		out[i] += spaces(gap) + l
	}
	return append(out, rest.Lines(1)...)[:lines]
}

// drawShortHeadline writes three lines: what the figure is, the figure, and what
// stands beside it. The basis goes where there is room for it.
func drawShortHeadline(st *ui.Styles, h headline, width int) *ui.Pen {
	p := ui.NewPen(width, 3)
	p.Text(st.Strong, h.kind)
	p.Text(st.Muted, "  "+h.span)
	basis := h.basis
	if ui.Width(basis)+3 <= p.Room() {
		drawBeside(p, st, basis)
		basis = ""
	} else if ui.Width(basis)+ui.Width(h.second)+3 > width {
		if basis = h.brief; ui.Width(basis)+3 <= p.Room() {
			drawBeside(p, st, basis)
			basis = ""
		}
	}
	p.End()
	p.Text(st.Headline, h.figure)
	p.Space(2)
	drawChange(p, st, h)
	p.End()
	drawParts(p, st, h.second, basis, h.fees, h.ranged)
	p.End()
	return p
}

func drawBeside(p *ui.Pen, st *ui.Styles, s string) {
	if s == "" {
		return
	}
	p.Text(st.Faint, " · ")
	p.Text(st.Muted, s)
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
