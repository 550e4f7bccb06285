package pricing

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tokpit/money"
)

// Change is a change of a model's base price.
type Change struct {
	At              time.Time
	Provider, Model string
	Before, After   Row
}

// ChangesBetween returns the changes of base prices within [from, to), oldest
// first, scheduled ones included. Rows that follow each other at the same
// rates are no change, and neither is a model's first price.
func (b *Book) ChangesBetween(from, to time.Time) []Change {
	var out []Change
	for _, m := range b.models {
		for i := 1; i < len(m.base); i++ {
			r := m.base[i]
			if r.From.Before(from) || !r.From.Before(to) || r.Rates == m.base[i-1].Rates {
				continue
			}
			out = append(out, Change{r.From, m.provider, m.name, m.base[i-1], r})
		}
	}
	slices.SortFunc(out, func(x, y Change) int {
		return cmp.Or(x.At.Compare(y.At), strings.Compare(x.Provider, y.Provider), strings.Compare(x.Model, y.Model))
	})
	return out
}

// Up reports whether the change is an increase: of the input price or, where
// that stays, of the first class that differs.
func (c *Change) Up() bool {
	for k := Input; k < classCount; k++ {
		before, _ := c.Before.Rates.Of(k)
		after, _ := c.After.Rates.Of(k)
		if d := after.Cmp(before); d != 0 {
			return d > 0
		}
	}
	return false
}

// Text says what changed, in prices per million tokens: "input 5 → 4, output
// 30 → 20 per 1M". A class without a price is "none".
func (c *Change) Text() string {
	var parts []string
	for k := Input; k < classCount; k++ {
		before, knownBefore := c.Before.Rates.Of(k)
		after, knownAfter := c.After.Rates.Of(k)
		if before != after || knownBefore != knownAfter {
			name := strings.ReplaceAll(k.String(), "_", " ")
			parts = append(parts, name+" "+perMillion(before, knownBefore)+" → "+perMillion(after, knownAfter))
		}
	}
	return strings.Join(parts, ", ") + " per 1M"
}

func perMillion(r money.Rate, known bool) string {
	if !known {
		return "none"
	}
	return r.PerMillion()
}
