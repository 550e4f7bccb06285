package report

import (
	"slices"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// Why did the cost change? A movement answers with three effects, in the way
// that is usual in cost accounting.
//
// What is compared are goods: one class of tokens, or one meter, of one model
// as it is priced, billed by one provider, in one tier, region and size of
// request (below or above a long-context threshold of that model; hours of the
// day are not told apart, a dearer hour is a dearer price). For a good, n is how
// many units were used before, N how many now, and c and C what they cost. Units
// of tokens can be added, those of meters cannot: tokens are one family of
// goods, and each meter is one of its own. Within each family,
//
//	Volume = (ΣN - Σn) × Σc/Σn      more or less of everything, as it was made up before
//	Price  = Σ (C - N × c/n)        over the goods that were used before and are used now
//	Mix    = the rest               spread over other goods, at the prices of before
//
// A good that was not used before has no price of before. Its own counts as
// such, so a new model is volume and mix and never price; the same holds for
// one that has gone. A family that was not used before is all volume.
//
// Units without a price are left out on both sides, as they are of a Sum's
// Cost; plan fees are not part of the cost. For the cash the goods are those that
// no plan pays for, and plan fees are an effect of their own. N × c/n is rounded half to even at
// 1e-18 for each good, and so is Volume for each family; where n units had one
// price nothing is rounded. Mix takes what rounding leaves, so the effects add
// up to the change exactly.
//
// The effects of the total are computed from the total's goods by the same
// rule, not added up over rows: so they are the same however the rows are
// grouped. A shift from one row to another is volume in each of the two and mix
// in the total. The changes of the rows do add up to that of the total.

// good is one thing that is bought by the unit.
type good struct {
	biller, provider, model, tier, region, currency string
	thresholds                                      int    // long-context thresholds that its requests are above
	meter                                           string // "" for tokens
	class                                           pricing.Class
}

// spent is how much of a good was used, and what it cost.
type spent struct {
	n    int64
	cost money.Amount
}

// exchange is a good in two spans.
type exchange struct{ before, now spent }

// effects is why a cost changed.
type effects struct{ price, volume, mix money.Amount }

// explain divides the change over goods. The families are token and meter
// names of the goods, in parallel.
func explain(goods []exchange, families []string) (e effects) {
	type family struct {
		name        string
		before, now spent
	}
	var all []family // a handful
	var change money.Amount
	for i := range goods {
		g := &goods[i]
		at := slices.IndexFunc(all, func(f family) bool { return f.name == families[i] })
		if at < 0 {
			at, all = len(all), append(all, family{name: families[i]})
		}
		f := &all[at]
		f.before.n, f.before.cost = f.before.n+g.before.n, f.before.cost.Add(g.before.cost)
		f.now.n, f.now.cost = f.now.n+g.now.n, f.now.cost.Add(g.now.cost)
		change = change.Add(g.now.cost).Sub(g.before.cost)
	}
	for i := range all {
		if f := &all[i]; f.before.n > 0 {
			e.volume = e.volume.Add(portion(f.before.cost, f.now.n-f.before.n, f.before.n))
		} else {
			e.volume = e.volume.Add(f.now.cost).Sub(f.before.cost)
		}
	}
	for i := range goods {
		g, family := &goods[i], slices.IndexFunc(all, func(f family) bool { return f.name == families[i] })
		if g.before.n > 0 && g.now.n > 0 && all[family].before.n > 0 {
			e.price = e.price.Add(g.now.cost).Sub(portion(g.before.cost, g.now.n, g.before.n))
		}
	}
	e.mix = change.Sub(e.price).Sub(e.volume)
	return e
}

// share is what the chunks of one class and row used at one price.
type share struct {
	bucket int
	rowKey
	sample                          uint32
	planned                         bool
	provider, model, tier, currency string
	classes                         [classes]spent
	meters                          []meterShare
}

type meterShare struct {
	meter string
	spent
}

// classes is the number of billing classes of tokens.
const classes = int(pricing.Output) + 1

// mover collects what was used of every good, by row.
type mover struct {
	w      *walker
	g      *grouping // of the rows
	cut    buckets   // of the rows
	within []int     // by bucket of the walk, which may be finer: bucket of the rows
	shares []share
	last   []int // by class of the walk: its newest share, plus 1
}

func newMover(w *walker, rows *Query, g *grouping) *mover {
	m := &mover{w: w, g: g, last: make([]int, len(w.sample))}
	edges := w.cut.edges
	m.cut = cut(w.cut.zone, rows.By, edges[0], edges[len(edges)-1])
	m.within = make([]int, len(edges)-1)
	for i := range m.within {
		m.within[i] = m.cut.find(edges[i])
	}
	return m
}

func (m *mover) add(ch *chunk) {
	if !ch.counts || ch.billed || m.g.allowed != nil && !slices.Contains(m.g.allowed, ch.tariff.Model) {
		return
	}
	t := ch.tariff
	if ch.shared > 0 {
		over := m.w.book.TariffOver(&m.w.cube.Sets[ch.sample], ch.span[0].Time(), ch.span[1].Time())
		t = &over
	}
	s := m.share(ch, t)
	if t.Priced {
		for class, n := range perClass(&ch.m.Tokens) {
			if rate, known := t.Base.Of(pricing.Class(class)); known && n != 0 {
				c := &s.classes[class]
				c.n, c.cost = c.n+n, c.cost.Add(rate.Times(n))
			}
		}
	}
	for _, q := range ch.m.Quantities {
		c := t.Charge(usage.Tokens{}, []usage.Quantity{q})
		if c.UnpricedQuantities != 0 {
			continue
		}
		at := slices.IndexFunc(s.meters, func(x meterShare) bool { return x.meter == q.Meter })
		if at < 0 {
			at, s.meters = len(s.meters), append(s.meters, meterShare{meter: q.Meter})
		}
		s.meters[at].n, s.meters[at].cost = s.meters[at].n+q.N, s.meters[at].cost.Add(c.Cost)
	}
}

// share returns where the chunk adds up.
func (m *mover) share(ch *chunk, t *pricing.Tariff) *share {
	if at := m.last[ch.class]; at > 0 {
		s := &m.shares[at-1]
		if s.bucket == m.within[ch.bucket] && s.planned == ch.planned && s.provider == t.Provider && s.model == t.Model && s.tier == t.Tier && s.currency == t.Currency {
			return s
		}
	}
	s := share{bucket: m.within[ch.bucket], rowKey: rowKey{group: m.g.bySet[ch.sample]}, sample: ch.sample, planned: ch.planned,
		provider: t.Provider, model: t.Model, tier: t.Tier, currency: t.Currency}
	if m.g.priced >= 0 {
		s.pricedAs = ch.tariff.Model
	}
	m.shares = append(m.shares, s)
	m.last[ch.class] = len(m.shares)
	return &m.shares[len(m.shares)-1]
}

func (m *mover) merge(o *mover) { m.shares = append(m.shares, o.shares...) }

// perClass lists tokens in the order of the billing classes.
func perClass(t *usage.Tokens) [classes]int64 {
	return [classes]int64{t.Input, t.CacheRead, t.CacheWrite5m, t.CacheWrite1h, t.Output}
}
