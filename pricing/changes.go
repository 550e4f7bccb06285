package pricing

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tokpit/money"
)

// Change is a change of a price of a model.
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

// Changes returns the changes of all prices within [from, to), oldest first:
// base prices and what refines them. Where Before is the zero Row, a price
// began for requests that had none of their own (a model's first prices are no
// change); where After is, it ended.
func (b *Book) Changes(from, to time.Time) []Change {
	out := b.ChangesBetween(from, to)
	within := func(t time.Time) bool { return !t.IsZero() && !t.Before(from) && t.Before(to) }
	for _, m := range b.models {
		for i := range m.refined {
			r := &m.refined[i]
			if within(r.From) && len(m.base) > 0 && r.From.After(m.base[0].From) {
				before := m.neighbour(r, func(s *Row) bool { return s.To.Equal(r.From) })
				if before.Rates != r.Rates {
					out = append(out, Change{r.From, m.provider, m.name, before, *r})
				}
			}
			if within(r.To) && m.neighbour(r, func(s *Row) bool { return s.From.Equal(r.To) }).Model == "" {
				out = append(out, Change{r.To, m.provider, m.name, *r, Row{}})
			}
		}
	}
	slices.SortStableFunc(out, func(x, y Change) int {
		return cmp.Or(x.At.Compare(y.At), strings.Compare(x.Provider, y.Provider), strings.Compare(x.Model, y.Model),
			compareRows(*x.Row(), *y.Row()))
	})
	return out
}

// neighbour returns the row for the same requests as r that matches.
func (m *model) neighbour(r *Row, match func(*Row) bool) Row {
	for i := range m.refined {
		if s := &m.refined[i]; s != r && s.sameConditions(r) && match(s) {
			return *s
		}
	}
	return Row{}
}

// Launches returns the first base rows of the models that begin within
// [from, to), oldest first.
func (b *Book) Launches(from, to time.Time) []Row {
	return b.rowsWhere(func(r *Row) bool {
		m := b.byName[r.key()]
		return r.Base() && !r.From.Before(from) && r.From.Before(to) && r.From.Equal(m.base[0].From)
	})
}

// Row is the row after the change, or before it if a price ended.
func (c *Change) Row() *Row {
	if c.After.Model == "" {
		return &c.Before
	}
	return &c.After
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
