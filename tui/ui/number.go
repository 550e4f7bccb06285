package ui

import (
	"math"
	"strconv"
	"strings"

	"tokpit/money"
	"tokpit/usage"
)

// Count writes a number of things, grouped, and in short form from ten
// million on. An absent count is "–".
func Count(n int64) string {
	switch {
	case n == usage.Absent:
		return Unknown
	case n >= 10_000_000:
		return Tokens(n)
	case n < 0:
		return "-" + Count(-max(n, -math.MaxInt64))
	}
	return Group(strconv.FormatInt(n, 10))
}

// Tokens writes a number of tokens with three significant digits: "812",
// "12.3k", "1.32B".
func Tokens(n int64) string {
	if n < 0 {
		return "-" + Tokens(-max(n, -math.MaxInt64))
	}
	if n >= 999_500_000_000_000 {
		return ">999T" // no real figure, but it must not burst its column
	}
	if n < 1000 {
		return strconv.FormatInt(n, 10)
	}
	unit, scale := 0, int64(1000)
	for n/scale >= 1000 && unit < 3 {
		unit, scale = unit+1, scale*1000
	}
	decimals, step := 2, scale/100
	switch whole := n / scale; {
	case whole >= 100:
		decimals, step = 0, scale
	case whole >= 10:
		decimals, step = 1, scale/10
	}
	r := n / step
	if rest := n % step; rest >= step-rest {
		r++
	}
	if r >= 1000 { // rounded up: one digit fewer after the point
		return Tokens(r * step)
	}
	s := strconv.FormatInt(r, 10)
	if decimals > 0 {
		s = strings.TrimRight(strings.TrimRight(s[:len(s)-decimals]+"."+s[len(s)-decimals:], "0"), ".")
	}
	return s + "kMBT"[unit:unit+1]
}

// Percent writes thousandths as a percentage with one decimal.
func Percent(perMille int64) string {
	if perMille < 0 {
		return "-" + Percent(-max(perMille, -math.MaxInt64))
	}
	return strconv.FormatInt(perMille/10, 10) + "." + strconv.FormatInt(perMille%10, 10) + "%"
}

// Trend is the direction of a change.
type Trend int8

// The directions.
const (
	Down Trend = -1
	Flat Trend = 0
	Up   Trend = 1
)

// ChangeOf compares an amount with an earlier one: "▲ 12.3%", "▼ 4.0%",
// "▲ 14×", "= same", or "new" where there was nothing before. The sign alone
// says it; colour only repeats it.
func ChangeOf(now, before money.Amount) (string, Trend) {
	switch c := now.Cmp(before); {
	case c == 0:
		return "= same", Flat
	case before.Sign() <= 0:
		return "new", Flat
	}
	// A ratio for people, so a float is exact enough.
	ratio := now.Float()/before.Float() - 1
	if ratio >= 99 {
		return "▲ >99×", Up
	}
	if ratio >= 9 {
		return "▲ " + strconv.FormatFloat(ratio+1, 'f', 0, 64) + "×", Up
	}
	switch perMille := int64(max(ratio, -1)*1000 + halfAwayFromZero(ratio)); {
	case perMille < 0:
		return "▼ " + Percent(-perMille), Down
	case perMille > 0:
		return "▲ " + Percent(perMille), Up
	}
	return "= same", Flat
}

func halfAwayFromZero(x float64) float64 {
	if x < 0 {
		return -0.5
	}
	return 0.5
}

// ChangeOfCount compares two counts as [ChangeOf] does.
func ChangeOfCount(now, before int64) (string, Trend) {
	return ChangeOf(money.FromUnits(now), money.FromUnits(before))
}

// Points compares two shares, in thousandths, as percentage points.
func Points(now, before int64) (string, Trend) {
	switch d := now - before; {
	case d > 0:
		return "▲ " + strings.TrimSuffix(Percent(d), "%") + " pts", Up
	case d < 0:
		return "▼ " + strings.TrimSuffix(Percent(-d), "%") + " pts", Down
	}
	return "= same", Flat
}

// Digits writes every digit of n.
func Digits(n int64) string { return strconv.FormatInt(n, 10) }
