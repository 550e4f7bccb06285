package estimate

import (
	"slices"
	"strings"

	"tokpit/money"
	"tokpit/tui/ui"
)

// moneyFormat is how the amounts of a column are written: with one number of
// decimals, so that they can be compared by eye.
type moneyFormat struct{ decimals, width int }

// widest is the most that a column of amounts takes.
const widest = 14

// format chooses the decimals that show three digits of the amount in the middle.
func (l *listing) format(c column) moneyFormat {
	shown := l.shown()
	amounts := make([]money.Amount, 0, len(shown))
	top, mark := money.Amount{}, 0
	for _, i := range shown {
		r := &l.rows[i]
		a, ok := c.amount(r)
		if !ok || a.Point.IsZero() {
			continue
		}
		amounts = append(amounts, a.Point.Abs())
		if a.Point.Abs().Cmp(top) > 0 {
			top = a.Point.Abs()
		}
		w := ui.Width(ui.Symbol(r.Currency))
		if !a.Exact() {
			w++
		}
		if a.Point.Sign() < 0 || c == colDifference {
			w++
		}
		mark = max(mark, w)
	}
	if len(amounts) == 0 {
		return moneyFormat{2, 0}
	}
	slices.SortFunc(amounts, func(a, b money.Amount) int { return a.Cmp(b) })
	f := moneyFormat{decimals: 2}
	if whole, frac, _ := strings.Cut(amounts[len(amounts)/2].String(), "."); whole == "0" {
		f.decimals = min(max(len(frac)-len(strings.TrimLeft(frac, "0"))+3, 2), 6)
	}
	f.width = min(ui.Width(amountText(top, f.decimals))+mark, widest)
	return f
}

// amountText writes an amount without its currency; one that would look like
// nothing keeps a digit.
func amountText(a money.Amount, decimals int) string {
	s := a.Format(decimals)
	if strings.Trim(s, "0.") == "" && !a.IsZero() {
		_, frac, _ := strings.Cut(a.String(), ".")
		s = a.Format(len(frac) - len(strings.TrimLeft(frac, "0")) + 1)
	}
	whole, frac, found := strings.Cut(s, ".")
	if found {
		frac = "." + frac
	}
	return ui.Group(whole) + frac
}
