package chart

import (
	"math"

	"tokpit/tui/ui"
)

// SparkDays is how many days the rows of a table as wide as that show of
// themselves ([Spark]): a month, two weeks or one, or none where names and figures
// need the room. It is the width of their column too, whose title says the number.
func SparkDays(width int) int {
	switch {
	case width >= 150:
		return 30
	case width >= 76:
		return 14
	case width >= 50:
		return 7
	}
	return 0
}

// Spark draws the days of one row of a table: a small bar a day, the newest at
// the right edge, each row by its own largest. A day without anything is a point,
// and a column from before the first day is empty. The day with the index chosen
// has the background of a cursor; -1 is none. Values are not below zero.
// Among figures a quiet ink does, as the figures are what a table is about:
//
//	chart.Spark(p, st, st.Calendar[ui.HeatLevels/2], amounts, -1, chart.SparkDays(tableWidth))
func Spark(p *ui.Pen, st *ui.Styles, k ui.Ink, values []float64, chosen, width int) {
	width = max(0, min(width, p.Room()))
	cut := max(0, len(values)-width)
	values, chosen = values[cut:], chosen-cut
	p.Space(width - len(values))
	highest := 0.0
	for _, v := range values {
		highest = max(highest, v)
	}
	for i, v := range values {
		ink, r := st.Faint, '·'
		if v > 0 {
			ink, r = k, small(v/highest)
		}
		if i == chosen {
			if ink = st.AccentBold; v <= 0 {
				r = '┊'
			}
		}
		p.Fill(ink, r, 1)
	}
}

// small is a bar for a part of the largest, in lines that stand right above each
// other: a gap stays above it.
func small(part float64) rune {
	if !(part > 0) { // also NaN
		part = 0
	}
	return eighth(1 + int(math.Round(6*min(part, 1))))
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
