package chart

import (
	"math"

	"tokpit/tui/ui"
)

// Budget is a gauge of an amount that may be spent: how much is, where it is
// likely to end, and where somebody is told. All figures are parts of the limit:
// 1 is all of it.
type Budget struct {
	Used     float64
	Ink      ui.Ink  // of what is spent
	Elapsed  float64 // part of the time that is over; below 0 draws no mark
	Marks    []float64
	Foreseen bool
	Point    float64
	Low      float64
	High     float64
	// Most is what the right edge stands for, at least 1. Gauges of one Most have
	// their limits above each other.
	Most float64
}

// column is where a part of the limit lies in a gauge of the given width.
func (g *Budget) column(part float64, width int) int {
	if width <= 0 || math.IsNaN(part) {
		return 0
	}
	x := part / max(g.Most, 1) * float64(width)
	return int(max(0, min(x, float64(width-1))))
}

// Limit is the column that the limit stands on.
func (g *Budget) Limit(width int) int { return g.column(1, width) }

// Column is where a part of the limit lies.
func (g *Budget) Column(part float64, width int) int { return g.column(part, width) }

// GaugeLegend writes what the signs of a gauge mean, as far as there is room.
func GaugeLegend(p *ui.Pen, st *ui.Styles) {
	legend(p, st, []sign{
		{st.Good, "━", "spent"}, {st.AccentBold, "◆", "forecast"}, {st.Muted, "═", "its 80 % range"}, {st.Strong, "┃", "limit"},
		{st.Text, "┼", "threshold"}, {st.Strong, "╎", "time that is over"},
	})
}

// Draw draws the gauge on one line of the given width: what is spent, thin what
// is left, a band for the forecast with its middle, thresholds, the limit, and
// how much of the time is over.
func (g *Budget) Draw(p *ui.Pen, st *ui.Styles, width int) {
	width = min(width, p.Room())
	limit, used := g.column(1, width), g.column(g.Used, width)
	filled := int(math.Round(min(1, max(0, g.Used)/max(g.Most, 1)) * float64(width)))
	if g.Used > 0 {
		filled = max(filled, 1) // little is not nothing
	}
	low, high := g.column(g.Low, width), g.column(g.High, width)
	at := func(part float64, x int) bool { return part >= 0 && g.column(part, width) == x }
	for x := range width {
		ink, r := st.Track, '─'
		if x > limit {
			ink, r = ui.Ink{}, ' '
		}
		if g.Foreseen && x >= max(low, used) && x <= high && x >= filled {
			ink, r = st.Muted, '═'
		}
		if x < filled {
			ink, r = g.Ink, '━'
			if x == width-1 && g.Used > g.Most {
				r = '▶'
			}
		}
		for _, m := range g.Marks {
			switch {
			case !at(m, x):
			case x < filled:
				r = '┿'
			case r == '═':
				ink, r = st.Text, '╪'
			default:
				ink, r = st.Text, '┼'
			}
		}
		switch {
		case g.Foreseen && at(g.Point, x):
			ink, r = st.AccentBold, '◆'
		case x == limit:
			ink, r = st.Strong, '┃'
		case at(g.Elapsed, x):
			ink, r = st.Strong, '╎'
			if x < filled {
				r = '╂'
			}
		}
		p.Fill(ink, r, 1)
	}
}
