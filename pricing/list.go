package pricing

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Listing is one model as a price list shows it at an instant.
type Listing struct {
	ModelRef
	// Row is the base row in force; before the model's first price, the first.
	Row Row
	// Rates are what is billed: the row's, with the cache classes that have no
	// price of their own at the input price, and with the user's Discount.
	Rates    Rates
	Discount Factor
	Tiers    []Row // the rows in force that refine the base price
	Next     Row   // the base row that follows; zero if none is known
	Life     Life  // zero if nothing is known
	HasLife  bool
}

// Since is when the price began; zero is not known.
func (l *Listing) Since() time.Time { return l.Row.From }

// Tier returns the row in force for a service tier at any size, at the
// standard hours.
func (l *Listing) Tier(tier string) (Row, bool) {
	for _, r := range l.Tiers {
		if r.Tier == tier && r.Context == (Context{}) && r.Hours == (Hours{}) {
			return r, true
		}
	}
	return Row{}, false
}

// Long returns the standard row in force for the largest requests.
func (l *Listing) Long() (Row, bool) {
	var out Row
	for _, r := range l.Tiers {
		if r.Tier == Standard && r.Context.Over > out.Context.Over {
			out = r
		}
	}
	return out, out.Context.Over > 0
}

// List returns every model with its price at an instant, by provider and model.
// A price that is not in force any more, because the user gave it an end, is
// left out.
func (b *Book) List(at time.Time) []Listing {
	out := make([]Listing, 0, len(b.models))
	for _, m := range b.models {
		if l, ok := b.listing(m, at); ok {
			out = append(out, l)
		}
	}
	slices.SortFunc(out, func(x, y Listing) int {
		return cmp.Or(strings.Compare(x.Provider, y.Provider), strings.Compare(x.Model, y.Model))
	})
	return out
}

// Listing returns one model of the book, named as in [Book.Models].
func (b *Book) Listing(provider, model string, at time.Time) (Listing, bool) {
	if m := b.byName[modelKey{provider, strings.ToLower(model)}]; m != nil {
		return b.listing(m, at)
	}
	return Listing{}, false
}

func (b *Book) listing(m *model, at time.Time) (Listing, bool) {
	if len(m.base) == 0 {
		return Listing{}, false
	}
	l := Listing{ModelRef: ModelRef{m.provider, m.name}}
	second := max(at.Unix(), m.base[0].From.Unix())
	i := 0
	for i+1 < len(m.base) && m.base[i+1].From.Unix() <= second {
		i++
	}
	l.Row = m.base[i]
	if l.Row.Origin != Reviewed && !l.Row.in(second) {
		return l, false
	}
	if i+1 < len(m.base) {
		l.Next = m.base[i+1]
	}
	l.Rates = l.Row.Rates.billed()
	if d := b.discount(m.provider, m.name, second); !d.One() && l.Row.Origin != Override {
		l.Discount, l.Rates = d, l.Rates.scaled(d.Num, d.Den)
	}
	for _, r := range m.refined {
		if r.in(second) {
			l.Tiers = append(l.Tiers, r)
		}
	}
	l.Life, l.HasLife = b.Lifecycle(m.provider, m.name)
	return l, true
}

// Search returns the listings that have every word of a query in their provider
// or model, in either case.
func Search(list []Listing, query string) []Listing {
	words := strings.Fields(strings.ToLower(query))
	var out []Listing
	for _, l := range list {
		name := strings.ToLower(l.Provider + "/" + l.Model)
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(name, w) }) {
			out = append(out, l)
		}
	}
	return out
}

// Scheduled returns the rows that begin after an instant, the next one first.
func (b *Book) Scheduled(after time.Time) []Row {
	return b.rowsWhere(func(r *Row) bool { return r.From.After(after) })
}

// Promos returns the rows in force at an instant that are announced as
// temporary, the first to end first. One without an end can end any day.
func (b *Book) Promos(at time.Time) []Row {
	out := b.rowsWhere(func(r *Row) bool { return r.Status == Promo && r.in(at.Unix()) })
	slices.SortStableFunc(out, func(x, y Row) int {
		if x.To.IsZero() != y.To.IsZero() {
			return map[bool]int{true: -1, false: 1}[x.To.IsZero()]
		}
		return x.To.Compare(y.To)
	})
	return out
}

// rowsWhere returns rows by beginning, provider, model and conditions.
func (b *Book) rowsWhere(match func(*Row) bool) []Row {
	var out []Row
	for _, m := range b.models {
		for _, rows := range [][]Row{m.base, m.refined} {
			for i := range rows {
				if match(&rows[i]) {
					out = append(out, rows[i])
				}
			}
		}
	}
	slices.SortStableFunc(out, func(x, y Row) int { return cmp.Or(x.From.Compare(y.From), compareRows(x, y)) })
	return out
}
