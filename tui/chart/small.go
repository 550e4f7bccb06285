package chart

import (
	"math"

	"tokpit/tui/ui"
)

// Spark draws values as a line of blocks, the newest at the right edge.
func Spark(p *ui.Pen, k ui.Ink, values []float64, width int) {
	width = min(width, p.Room())
	values = values[max(0, len(values)-width):]
	p.Space(width - len(values))
	highest := 0.0
	for _, v := range values {
		highest = max(highest, v)
	}
	for _, v := range values {
		n := 1
		if highest > 0 && v > 0 {
			n = 1 + int(math.Round(v/highest*7))
		}
		p.Fill(k, eighth(n), 1)
	}
}

// Share draws a part of a whole, in thousandths, as a line of the given width.
// It is thin, so that shares in a table do not grow together into a block.
func Share(p *ui.Pen, st *ui.Styles, k ui.Ink, perMille int64, width int) {
	width = min(width, p.Room())
	perMille = min(max(perMille, 0), 1000)
	halves := int((perMille*int64(width)*2 + 500) / 1000)
	if perMille > 0 {
		halves = max(halves, 1) // little is not nothing
	}
	p.Fill(k, '━', halves/2)
	p.Fill(k, '╸', halves%2)
	rest := width - (halves+1)/2
	if st.Theme.Mono {
		p.Space(rest)
		return
	}
	p.Fill(st.Track, '─', rest)
}

// Gauge draws how much of a whole is used, in thousandths, with its percentage
// after it. What is over the whole is shown as full and said by the figure.
func Gauge(p *ui.Pen, st *ui.Styles, perMille int64, width int) {
	ink := st.Good
	switch {
	case perMille >= 1000:
		ink = st.Bad
	case perMille >= 800:
		ink = st.Warn
	}
	label := ui.Percent(max(perMille, 0))
	Share(p, st, ink, perMille, max(0, width-8))
	p.Right(st.Text, label, min(8, width))
}
