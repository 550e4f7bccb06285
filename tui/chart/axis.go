// Package chart draws small charts for terminals: bars by day ([Bars]),
// sparklines ([Spark]), and horizontal shares and gauges ([Share], [Gauge]).
//
// Charts are drawn with eighth blocks, which the usual monospaced fonts all
// have. Colour is never the only difference: on terminals without colours the
// parts of a bar are shaded, marks are arrows, and the day under the cursor is
// named.
//
// Values are float64 because they end as eighths of a character; figures that
// are written come from exact amounts elsewhere.
package chart

import (
	"math"
	"strconv"
	"strings"

	"tokpit/tui/ui"
)

// axis is an axis of money or numbers from 0 up, with ticks that stand at equal distances: a
// whole number of lines apart.
type axis struct {
	step     float64 // from tick to tick
	each     int     // lines from tick to tick
	ticks    int     // without 0
	top      float64 // what the upper edge of the plot stands for
	currency string
	count    bool // it is of numbers, not of money
}

// steps are what a tick may be, times a power of ten, and how much each is liked:
// as much as the part of the plot that a worse one would have to fill in addition.
func steps() [6][2]float64 {
	return [6][2]float64{{1, 0.1}, {2, 0.1}, {5, 0.1}, {2.5, 0.04}, {4, 0.04}, {3, 0}}
}

const (
	twoTicks   = 0.35 // how much more than one tick is liked, likewise
	threeTicks = 0.1  // and a third, where there are lines for it
	crowded    = 0.1  // how much less ticks on every other line
	roomy      = 8    // lines from where these count
	leastEach  = 2    // lines between ticks, where there are some
	round25    = 25   // from where the half of a step of 2.5 is a whole number
)

// newAxis chooses the ticks of a plot of so many lines, at most maxTicks, so that
// the highest value fills as much of it as it can.
func newAxis(highest float64, lines, maxTicks int, currency string) axis {
	if !(highest > 0) || math.IsInf(highest, 1) { // also NaN
		highest = 1
	}
	highest = min(max(highest, 1e-30), 1e30) // no amount is outside
	lines, maxTicks = max(lines, 1), max(maxTicks, 1)
	best, liked := axis{}, -1.0
	first := math.Floor(math.Log10(highest / float64(lines)))
	for power := math.Pow(10, first); power <= highest*10; power *= 10 {
		for _, s := range steps() {
			step := s[0] * power
			if s[0] == 2.5 && step < round25 {
				continue
			}
			for each := min(lines, int(step/highest*float64(lines)+1e-9)); each >= 1; each-- {
				n := lines / each
				if n > maxTicks || each < leastEach && lines > leastEach {
					break
				}
				like := highest/step*float64(each)/float64(lines) + s[1]
				if n >= 2 {
					like += twoTicks
				}
				if n >= 3 && lines > roomy {
					like += threeTicks
				}
				if each <= leastEach && lines >= roomy {
					like -= crowded
				}
				if like > liked+1e-9 {
					best, liked = axis{step: step, each: each, ticks: n}, like
				}
			}
		}
	}
	best.currency, best.each = currency, max(best.each, 1)
	best.top = best.step / float64(best.each) * float64(lines)
	return best
}

// coverAxis chooses at most maxTicks steps that cover highest: the upper edge is
// the last tick, whether or not its lines are a whole number apart. It is for
// charts whose own lines lie at values, to which ticks belong.
func coverAxis(highest float64, maxTicks int, currency string) axis {
	if !(highest > 0) || math.IsInf(highest, 1) { // also NaN
		highest = 1
	}
	maxTicks = max(maxTicks, 1)
	power := math.Pow(10, math.Floor(math.Log10(highest/float64(maxTicks))))
	step := 10 * power
	for _, m := range []float64{1, 2, 5, 10} {
		if n := math.Ceil(highest/(m*power) - 1e-9); n <= float64(maxTicks) {
			step = m * power
			break
		}
	}
	n := max(1, int(math.Ceil(highest/step-1e-9)))
	return axis{step: step, top: step * float64(n), ticks: n, currency: currency}
}

// tick is the number of the tick on a line of the plot, counted from 0 at the
// bottom, 0 if there is none: what fills the line and those below it is as much.
func (a axis) tick(y int) int {
	if i := (y + 1) / a.each; (y+1)%a.each == 0 && i <= a.ticks {
		return i
	}
	return 0
}

// side draws what stands at the left of a line of the plot with a tick; 0 is none.
func (a axis) side(p *ui.Pen, st *ui.Styles, tick int) {
	if tick == 0 {
		p.Space(a.width() + 1)
		p.Text(st.Faint, "│")
		return
	}
	p.Right(st.Muted, a.label(tick), a.width())
	p.Text(st.Faint, " ┤")
}

// label writes tick number i.
func (a axis) label(i int) string {
	v, symbol := a.step*float64(i), ui.Symbol(a.currency)
	if a.count {
		symbol = ""
	}
	if a.top >= 10000 {
		return symbol + ui.Tokens(int64(math.Round(min(v, 1e15))))
	}
	decimals := max(0, -int(math.Floor(math.Log10(a.step)+1e-9)))
	switch {
	case i == 0:
		decimals = 0
	case decimals == 1 && !a.count: // money has two decimals, or none
		decimals = 2
	}
	whole, frac, hasFrac := strings.Cut(strconv.FormatFloat(v, 'f', decimals, 64), ".")
	if hasFrac {
		frac = "." + frac
	}
	return symbol + ui.Group(whole) + frac
}

// width is the widest label.
func (a axis) width() int {
	w := 0
	for i := range a.ticks + 1 {
		w = max(w, ui.Width(a.label(i)))
	}
	return w
}
