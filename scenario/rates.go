package scenario

import (
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// billed is how many classes of tokens have prices of their own.
const billed = 5

// tariff is the prices of one interval, ready to be multiplied with.
type tariff struct {
	pricing.Tariff
	// Base, low and high rates in 1e-18 per token; zero where a class has none.
	rate   [3][billed]uint64
	wide   bool // a rate does not fit a word
	ranged bool
}

// The variants of a figure: as it is most likely, and the ends of its range.
const (
	likely = iota
	lowest
	highest
	variants
)

func newTariff(t pricing.Tariff) tariff {
	out := tariff{Tariff: t}
	for v, rates := range [variants]*pricing.Rates{&t.Base, &t.Low, &t.High} {
		for c := range billed {
			rate, ok := rates.Of(pricing.Class(c))
			if !ok || !t.Priced {
				continue
			}
			n, fits := word(rate.Amount())
			out.rate[v][c] = n
			out.wide = out.wide || !fits
		}
	}
	out.ranged = t.Low != t.Base || t.High != t.Base
	return out
}

// rateKey is what decides about prices over time. Point is the band that the
// likely figure is computed with, where it is not the lower end of the band.
type rateKey struct {
	provider, model, tier, region string
	band, point                   usage.Band
	at                            int64 // Unix seconds; 0 is the time of the usage
}

// rateTable is the prices of every atom.
type rateTable struct {
	of     []int32 // by atom
	list   []tariff
	ranged bool // some tariff is a range
	whole  bool // every tariff has a price for every class, in one currency
}

func (r *rateTable) at(atom int32) *tariff { return &r.list[r.of[atom]] }

// table returns the prices for a key, from memory if they have been asked for.
func (b *Base) table(k rateKey) *rateTable {
	b.mu.RLock()
	t := b.tables[k]
	b.mu.RUnlock()
	if t != nil {
		return t
	}
	t = b.newTable(&k)
	b.mu.Lock()
	defer b.mu.Unlock()
	if old := b.tables[k]; old != nil {
		return old
	}
	if len(b.tables) >= mostTables {
		clear(b.tables)
	}
	b.tables[k] = t
	return t
}

// mostTables bounds the memory of a base that many levers are tried on.
const mostTables = 16384

func (b *Base) newTable(k *rateKey) *rateTable {
	d := usage.Dims{Provider: k.provider, Model: k.model, Tier: k.tier, Region: k.region, Band: k.band}
	t := &rateTable{of: make([]int32, len(b.atoms))}
	for i := range b.atoms {
		a := &b.atoms[i]
		from, to := a.first.Time(), a.last.Time()
		if k.at != 0 {
			to = time.Unix(k.at, 0).UTC().Add(to.Sub(from))
			from = time.Unix(k.at, 0).UTC()
		}
		if n := len(t.list); n > 0 && t.list[n-1].holds(from, to) {
			t.of[i] = int32(n - 1)
			continue
		}
		t.of[i] = t.add(b.priceAtom(&d, k, from, to, a.shared || k.at != 0))
	}
	t.whole = true
	for i := range t.list {
		t.ranged = t.ranged || t.list[i].ranged
		t.whole = t.whole && t.list[i].Priced && t.list[i].Currency == b.currency() && t.list[i].Base.Known == 1<<billed-1
	}
	return t
}

// holds reports whether a tariff is constant over a time.
func (t *tariff) holds(from, to time.Time) bool {
	return t.Flags&(pricing.FlagHours|pricing.FlagPriceChange) == 0 &&
		(t.From.IsZero() || !from.Before(t.From)) && (t.Until.IsZero() || !to.After(t.Until))
}

// priceAtom returns the prices of an atom. One that is not shared may still
// hold a change that the book does not list, of what a name means for one.
func (b *Base) priceAtom(d *usage.Dims, k *rateKey, from, to time.Time, shared bool) pricing.Tariff {
	price := func(d *usage.Dims) pricing.Tariff {
		t := b.book.Tariff(d, from)
		if t.Until.IsZero() || !to.After(t.Until) {
			return t
		}
		if !shared {
			if last := b.book.Tariff(d, to.Add(-usage.SlotLength)); last.Base == t.Base && last.Low == t.Low && last.High == t.High && last.Priced == t.Priced && last.Flags == t.Flags {
				return t
			}
		}
		return b.book.TariffOver(d, from, to)
	}
	t := price(d)
	if k.point == (usage.Band{}) || !t.Priced {
		return t
	}
	one := *d
	one.Band = k.point
	if p := price(&one); p.Priced && p.Currency == t.Currency {
		t.Base = p.Base
	}
	return t
}

// add returns the number of a tariff, a new one unless it is known.
func (r *rateTable) add(t pricing.Tariff) int32 {
	for i := range r.list {
		o := &r.list[i]
		if o.From.Equal(t.From) && o.Until.Equal(t.Until) && o.Base == t.Base && o.Low == t.Low && o.High == t.High && o.Flags == t.Flags && o.Priced == t.Priced {
			return int32(i)
		}
	}
	r.list = append(r.list, newTariff(t))
	return int32(len(r.list) - 1)
}

// quantities is what units cost at a tariff: the amount, and how many have no
// price.
func (t *tariff) quantities(q []usage.Quantity) (money.Amount, int64) {
	if len(q) == 0 {
		return money.Amount{}, 0
	}
	c := t.Charge(usage.Tokens{}, q)
	return c.Cost, c.UnpricedQuantities
}
