package scenario

import (
	"fmt"

	"tokpit/pricing"
)

// at returns one variant of a range as a fraction.
func (r Range) at(v int) frac {
	switch v {
	case lowest:
		return of(r.Low)
	case highest:
		return of(r.High)
	}
	return of(r.Base)
}

// use is one lever while it is run.
type use struct {
	Lever
	pool    *pool // where the states of its run are kept
	scope   int   // bit of its scope, -1 for everything
	from    *matcher
	notes   noteSet
	out     Contribution
	lost    bool // some of it could not be computed
	lostFor map[pricing.ModelRef]bool
	chain   int // place of its scenario
	ratios  map[ratioKey]tokenRatio
	noted   map[pricing.ModelRef]bool // as targets
	window  map[pricing.ModelRef]int64
	floors  map[pricing.ModelRef]int64
}

type ratioKey struct {
	from, to pricing.ModelRef
	code     bool
}

// ratio is ratioBetween, from memory.
func (u *use) ratio(from, to pricing.ModelRef, code bool) tokenRatio {
	k := ratioKey{from, to, code}
	r, ok := u.ratios[k]
	if !ok {
		if u.ratios == nil {
			u.ratios = make(map[ratioKey]tokenRatio)
		}
		r = ratioBetween(from, to, code)
		u.ratios[k] = r
	}
	return r
}

// holds reports whether the lever is about a class.
func (u *use) holds(c *class) bool { return u.scope < 0 || c.inside>>u.scope&1 == 1 }

// apply returns what a lever makes of a class. Notes are taken for the likely
// variant only.
func (b *Base) apply(u *use, c *class, s state, v int) state {
	if !u.holds(c) {
		return s
	}
	by := u.By.at(v)
	switch u.Kind {
	case Growth:
		return s.each(u.pool, func(br *branch) { br.share = br.share.mul(by) })
	case Choices:
		n := quotient(uint64(u.N), 1)
		return s.each(u.pool, func(br *branch) { br.said, br.mused, br.times = br.said.mul(n), br.mused.mul(n), br.times*u.N })
	case Swap, FineTune:
		return b.route(u, c, s, v)
	case Prompt:
		return s.each(u.pool, func(br *branch) {
			br.fresh = br.fresh.mul(by)
			if u.All {
				br.kept = br.kept.mul(by)
			}
			br.inputScaled(b, c, by, by, u.All)
			if v == likely && by.cmp(entire()) > 0 {
				b.windows(u, c, br)
			}
		})
	case Output:
		return s.each(u.pool, func(br *branch) { br.said, br.mused = br.said.mul(by), br.mused.mul(by) })
	case OutputCap:
		return s.each(u.pool, func(br *branch) { b.capOutput(u, c, br, v) })
	case Effort:
		if c.total[thought] == 0 && c.total[answered] > 0 {
			u.tell(v, "no-reasoning", c.ref(), pricing.ModelRef{}, func() string { return "nothing is known to have been spent thinking, so effort changes nothing" })
		}
		return s.each(u.pool, func(br *branch) { br.mused = br.mused.mul(by) })
	case CacheHit:
		return s.each(u.pool, func(br *branch) { b.raiseHits(u, c, br, v) })
	case Tier:
		return b.retier(u, c, s, v)
	case Price:
		return s.each(u.pool, func(br *branch) { b.reprice(u, c, br, v) })
	case PricesAt:
		return s.each(u.pool, func(br *branch) {
			other := br.key()
			if other.at = u.At.Unix(); b.pricedAs(c, br, b.table(other)) || !c.priced {
				br.at = u.At
			} else if v == likely {
				u.lose(c)
				u.tell(v, "unpriced-then", br.model, pricing.ModelRef{}, func() string { return "it has no price at that time; its usage is priced as it was" })
			}
		})
	}
	return s
}

// reprice gives a branch other prices.
func (b *Base) reprice(u *use, c *class, br *branch, v int) {
	if !u.from.holds(br.model) {
		return
	}
	br.price = br.price.mul(u.By.at(v))
	for _, k := range classes {
		if rate, ok := u.Rates.Of(k.class); ok {
			br.rates.Set(k.class, rate)
		}
	}
	if v == likely && !c.priced && u.Rates.Known != 0 {
		u.lose(c)
		u.tell(v, "priced-now", br.model, pricing.ModelRef{}, func() string { return "it had no price before; what it costs now is no increase" })
	}
}

// lose says that the lever could not be computed for a class.
func (u *use) lose(c *class) {
	u.lost = true
	if u.lostFor == nil {
		u.lostFor = make(map[pricing.ModelRef]bool)
	}
	u.lostFor[c.ref()] = true
}

// route sends a part of a class to another model.
func (b *Base) route(u *use, c *class, s state, v int) state {
	fits := func(br *branch) bool { return !br.routed && u.from.holds(br.origin) }
	begin := func(br *branch) {
		if !br.inRoute {
			br.inRoute, br.whole = true, br.share
		}
	}
	missing := false
	out := s.take(u.pool, of(u.Share), fits, begin, func(br *branch) {
		from := br.model
		br.model, br.routed = b.place(from.Provider, u.To), true
		if br.model.Provider != from.Provider {
			br.region = "" // of the provider that it was with
		}
		if u.Kind == FineTune {
			left := of(Whole - u.Saved)
			br.fresh, br.kept, br.price = br.fresh.mul(left), br.kept.mul(left), br.price.mul(u.By.at(v))
			br.inputScaled(b, c, left, left, true)
		}
		if ratio := u.ratio(from, br.model, c.logged()); !ratio.exact {
			f := ratio.value[v]
			br.fuzzy = true
			br.fresh, br.kept, br.said, br.mused = br.fresh.mul(f), br.kept.mul(f), br.said.mul(f), br.mused.mul(f)
			br.inputScaled(b, c, f, f, true)
			u.tell(v, "token-ratio", br.model, from, func() string {
				return fmt.Sprintf("the same text is %s as many tokens as of %s, an estimate", ratio.text, plainModel(from))
			})
		}
		br.prices = nil
		missing = missing || !b.canRoute(u, c, br, v)
	})
	if missing {
		return s
	}
	return out
}

// canRoute reports whether both sides of a swap have prices. Without them the
// usage stays where it is, and the lever has no figure.
func (b *Base) canRoute(u *use, c *class, br *branch, v int) bool {
	switch {
	case !c.priced:
		if v == likely && u.From.Model != "" { // "every model" means those that can be compared
			u.lose(c)
		}
		u.tell(v, "unpriced-source", c.ref(), pricing.ModelRef{}, func() string {
			return "it has no price, so nobody knows what a swap would save; its usage stays where it is"
		})
		return false
	case !b.priced(c, br):
		if v == likely {
			u.lose(c)
		}
		u.tell(v, "unpriced-target", br.model, c.ref(), func() string {
			return fmt.Sprintf("it has no price for this usage, so there is no figure; what would go there stays with %s", plainModel(c.ref()))
		})
		return false
	}
	if v == likely {
		b.noteTarget(u, c, br)
	}
	return true
}

// priced reports whether all that a class bills on a branch has a price in the
// currency of the usage, at any time of it.
func (b *Base) priced(c *class, br *branch) bool {
	return b.pricedAs(c, br, b.tableOf(br))
}

// pricedAs is priced with other prices.
func (b *Base) pricedAs(c *class, br *branch, t *rateTable) bool {
	if t.whole {
		return true
	}
	last := int32(-1)
	var need pricing.Classes
	w := br.weights()
	for _, w := range w.all() {
		if c.total.of(w.from) != 0 {
			need = need.With(pricing.Class(w.to))
		}
	}
	for i := range c.entries {
		id := t.of[c.entries[i].atom]
		if id == last {
			continue
		}
		last = id
		x := &t.list[id]
		known := x.Base.Known | br.rates.Known
		if !x.Priced && br.rates.Known == 0 || need&^known != 0 || x.Currency != b.currency() {
			return false
		}
	}
	return true
}

// currency is that of the usage.
func (b *Base) currency() string { return b.before.Currency }

// retier moves a part of a class to another service tier.
func (b *Base) retier(u *use, c *class, s state, v int) state {
	if (u.Tier == "batch" || u.Tier == "flex") && c.logged() && !u.Interactive {
		u.tell(v, "interactive", pricing.ModelRef{}, pricing.ModelRef{}, func() string {
			return fmt.Sprintf("usage of agents stays as it is: people wait for the answers, and %s takes its time", u.Tier)
		})
		return s
	}
	fits := func(br *branch) bool { return !br.tiered && br.tier != u.Tier && b.sells(u, c, br, v) }
	begin := func(br *branch) {
		if !br.inTier {
			br.inTier, br.whole = true, br.share
		}
	}
	return s.take(u.pool, of(u.Share), fits, begin, func(br *branch) { br.tier, br.tiered = u.Tier, true })
}

// sells reports whether a branch's model is sold in a tier at some time of the
// usage.
func (b *Base) sells(u *use, c *class, br *branch, v int) bool {
	k := br.key()
	k.tier = u.Tier
	t := b.table(k)
	some, all := false, true
	for i := range c.entries {
		if x := t.at(c.entries[i].atom); x.Flags&pricing.FlagTierMissing != 0 || !x.Priced {
			all = false
		} else {
			some = true
		}
	}
	if !all {
		u.tell(v, "tier-missing", br.model, pricing.ModelRef{}, func() string {
			if some {
				return fmt.Sprintf("not sold as %s at some of the time: there it is priced as it was", u.Tier)
			}
			return fmt.Sprintf("not sold as %s: it stays as it is", u.Tier)
		})
	}
	return some
}
