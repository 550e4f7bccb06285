package pricelist

import (
	"fmt"
	"math/big"
	"strings"

	"tokpit/money"
	"tokpit/pricing"
)

// The bounds of a believable price.
const (
	largestMove = 5      // times, up or down
	dearest     = 10_000 // USD per 1M tokens
	cheapestDiv = 1_000  // an input price below 1/1000 USD per 1M tokens
)

// doubt says why an entry should not be taken over unseen.
func (c *comparer) doubt(e *Entry, m placed) string {
	r := &e.After.Rates
	if reason := plausible(r); reason != "" {
		return reason
	}
	old, has := &e.Before, e.Had
	if l, ok := c.book.Listing(m.place.Stands.Provider, m.place.Stands.Model, c.now); !has && ok && e.After.Base() {
		old, has = &l.Row, true // what the name is priced by now
	}
	if !has || old.Currency != e.After.Currency {
		return ""
	}
	if swapped(&old.Rates, r, pricing.Input, pricing.Output) {
		return "input and output look swapped: each has the other's price"
	}
	if swapped(&old.Rates, r, pricing.CacheRead, pricing.CacheWrite5m) {
		return "cache read and write look swapped: each has the other's price"
	}
	for k := pricing.Input; k <= pricing.Output; k++ {
		a, knownA := old.Rates.Of(k)
		b, knownB := r.Of(k)
		if !knownA || !knownB {
			continue
		}
		if b.Amount().Cmp(a.Times(largestMove)) > 0 || a.Amount().Cmp(b.Times(largestMove)) > 0 {
			return fmt.Sprintf("%s moves more than %d times, from %s to %s per 1M%s", label(k), largestMove,
				a.PerMillion(), b.PerMillion(), slip(a, b))
		}
	}
	return ""
}

// plausible checks a row's rates against each other.
func plausible(r *pricing.Rates) string {
	in, known := r.Of(pricing.Input)
	if !known {
		return "there is no input price"
	}
	if in.IsZero() {
		return "an input price of zero: lists write it for unknown"
	}
	for k := pricing.Input; k <= pricing.Output; k++ {
		if rate, _ := r.Of(k); rate.Times(1_000_000).Cmp(money.FromUnits(dearest)) > 0 {
			return fmt.Sprintf("%s costs %s per 1M: a price per 1K or per token in the wrong field?", label(k), rate.PerMillion())
		}
	}
	if in.Times(1_000_000*cheapestDiv).Cmp(money.FromUnits(1)) < 0 {
		return fmt.Sprintf("input costs %s per 1M: a thousand times too little?", in.PerMillion())
	}
	out, hasOut := r.Of(pricing.Output)
	read, hasRead := r.Of(pricing.CacheRead)
	write, hasWrite := r.Of(pricing.CacheWrite5m)
	switch {
	case hasOut && out.IsZero():
		return "an output price of zero: lists write it for unknown"
	case hasOut && out.Times(2).Cmp(in.Amount()) < 0:
		return "output costs less than half of input: swapped?"
	case hasRead && read.Cmp(in) > 0:
		return "a cached token costs more than a fresh one: swapped?"
	case hasRead && hasWrite && write.Cmp(read) < 0:
		return "a cache write costs less than a read: swapped?"
	}
	return ""
}

// swapped reports whether two classes have exchanged their prices.
func swapped(old, r *pricing.Rates, a, b pricing.Class) bool {
	oldA, okA := old.Of(a)
	oldB, okB := old.Of(b)
	newA, okC := r.Of(a)
	newB, okD := r.Of(b)
	return okA && okB && okC && okD && oldA != oldB && newA == oldB && newB == oldA
}

// slip names a move that is a power of a thousand.
func slip(a, b money.Rate) string {
	for _, n := range []int64{1000, 1_000_000} {
		if !a.IsZero() && (a.Times(n) == b.Amount() || b.Times(n) == a.Amount()) {
			return fmt.Sprintf(", exactly %d times: a wrong unit?", n)
		}
	}
	return ""
}

func label(k pricing.Class) string { return strings.ReplaceAll(k.String(), "_", " ") }

// factor is the largest move of a class, such as "×2.5" or "×0.333".
func factor(old, r *pricing.Row) string {
	best, size := "", new(big.Rat)
	for k := pricing.Input; k <= pricing.Output; k++ {
		a, knownA := old.Rates.Of(k)
		b, knownB := r.Rates.Of(k)
		if !knownA || !knownB || a.IsZero() || b.IsZero() {
			continue
		}
		ratio := new(big.Rat).Quo(exact(b), exact(a))
		move := ratio
		if ratio.Cmp(big.NewRat(1, 1)) < 0 {
			move = new(big.Rat).Inv(ratio)
		}
		if move.Cmp(size) > 0 {
			size = move
			best = "×" + strings.TrimSuffix(strings.TrimRight(ratio.FloatString(3), "0"), ".")
		}
	}
	return best
}

func exact(r money.Rate) *big.Rat {
	v, ok := new(big.Rat).SetString(r.PerMillion())
	if !ok {
		return new(big.Rat)
	}
	return v
}

// derived is the price of a cache class in a tier whose list has none: rate,
// the standard one, times what the tier does to input. Cached reads get no
// discount on top in a cheaper tier, because not every vendor gives one; they
// never cost more than fresh input.
func derived(k pricing.Class, rate money.Rate, base, r *pricing.Row) money.Rate {
	in, tier := exact(base.Rates.Input), exact(r.Rates.Input)
	if k == pricing.CacheRead && tier.Cmp(in) < 0 {
		if rate.Cmp(r.Rates.Input) > 0 {
			return r.Rates.Input
		}
		return rate
	}
	return inProportion(rate, base, r)
}

// inProportion is a class's price in r that is to r's input as rate is to the
// input of old.
func inProportion(rate money.Rate, old, r *pricing.Row) money.Rate {
	in, tier := exact(old.Rates.Input), exact(r.Rates.Input)
	if in.Sign() > 0 {
		v := new(big.Rat).Mul(exact(rate), new(big.Rat).Quo(tier, in))
		if out, err := money.ParsePerMillion(v.FloatString(decimals)); err == nil {
			return out
		}
	}
	return rate
}
