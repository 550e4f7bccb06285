package budgets

import (
	"strings"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/tui/entry"
	"tokpit/tui/ui"
)

// Doubts says of which thresholds of a budget a person may mean something else: an
// amount that looks like a share without its sign, and what lies beyond the limit,
// which only a forecast is there to say ahead of. Both are allowed.
func Doubts(b *budget.Budget) []string {
	var out []string
	for _, t := range b.Warn {
		if d := doubt(t, b); d != "" {
			out = append(out, d)
		}
	}
	return out
}

func doubt(t budget.Threshold, b *budget.Budget) string {
	if b.Amount.Sign() <= 0 {
		return ""
	}
	at, text := t.At(b.Amount), strings.TrimPrefix(t.String(), "forecast:")
	switch likeShare := t.Percent == 0 && at.Round(0) == at && at.Cmp(money.FromUnits(100)) <= 0; {
	case likeShare && at.Add(at).Cmp(b.Amount) < 0:
		return text + " means " + ui.Money(at, b.Currency) + ", " + percent(at.Float()/b.Amount.Float()) + " of the limit; write " + t.String() + "% for a share"
	case !t.Forecast && at.Cmp(b.Amount) > 0:
		return text + " means " + ui.Money(at, b.Currency) + ", beyond the limit of " + ui.Money(b.Amount, b.Currency)
	}
	return ""
}

// tells says of each threshold what it is as money, or as a share of the limit.
func tells(b *budget.Budget) string {
	var all []string
	for _, t := range b.Warn {
		text := thresholdName(t, b.Currency) + " = "
		if t.Percent != 0 {
			text += ui.Money(t.At(b.Amount), b.Currency)
		} else {
			text += percent(t.Amount.Float()/b.Amount.Float()) + " of the limit"
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}

// drawTells writes where somebody is told, as far as the form makes sense.
func (f *form) drawTells(w entry.Writer) {
	if f.now.Amount.Sign() > 0 && f.wrong[spotAmount] == "" && f.wrong[spotWarn] == "" {
		w.Fact("Tells at", tells(&f.now))
	}
}

// doubts is [Doubts] of what the form says, while it makes sense.
func (f *form) doubts() []string {
	if f.wrong[spotAmount] != "" || f.wrong[spotWarn] != "" {
		return nil
	}
	return Doubts(&f.now)
}
