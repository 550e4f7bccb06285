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

// axis is a money axis from 0 to top, with ticks of 1, 2 or 5 times a power of
// ten.
type axis struct {
	step, top float64
	ticks     int
	currency  string
}

// newAxis chooses at most maxTicks steps that cover highest.
func newAxis(highest float64, maxTicks int, currency string) axis {
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

// label writes tick number i.
func (a axis) label(i int) string {
	v := a.step * float64(i)
	if a.top >= 10000 {
		return ui.Symbol(a.currency) + ui.Tokens(int64(math.Round(min(v, 1e15))))
	}
	decimals := max(0, -int(math.Floor(math.Log10(a.step)+1e-9)))
	switch {
	case i == 0:
		decimals = 0
	case decimals == 1: // money has two decimals, or none
		decimals = 2
	}
	whole, frac, hasFrac := strings.Cut(strconv.FormatFloat(v, 'f', decimals, 64), ".")
	if hasFrac {
		frac = "." + frac
	}
	return ui.Symbol(a.currency) + ui.Group(whole) + frac
}

// width is the widest label.
func (a axis) width() int {
	w := 0
	for i := range a.ticks + 1 {
		w = max(w, ui.Width(a.label(i)))
	}
	return w
}

// row returns the line of a plot of the given height, from 0 at the top, that
// tick i stands on.
func (a axis) row(i, height int) int {
	return height - 1 - i*(height-1)/a.ticks
}
