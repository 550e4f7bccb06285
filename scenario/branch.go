package scenario

import (
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// branch is where a part of a class goes, and what has become of it there. The
// factors multiply the tokens of the class.
type branch struct {
	model        pricing.ModelRef
	origin       pricing.ModelRef // what swaps look at
	tier, region string
	routed       bool // a swap has sent it here
	tiered       bool // a tier lever has sent it here
	whole        frac // the share from which the swaps, or the tiers, take theirs
	inRoute      bool // whole is that of the swaps
	inTier       bool

	share frac // of the usage; growth makes it more than one
	calls frac // of the requests of that share
	fresh frac // of the input that no cache serves or stores
	kept  frac // of the input that one does
	said  frac // of the answers
	mused frac // of the thinking
	times int64

	cache *cacheShape
	price frac
	rates pricing.Rates // in place of the book's
	at    time.Time     // prices of this instant; zero is the time of the usage

	band  usage.Band // of the total input of its requests
	point usage.Band // where most of them lie, if the band says less than the class's
	moved bool       // levers have moved the band
	fuzzy bool       // its tokens are estimated by a ratio

	prices *rateTable // for its key; nil is not looked up yet
	// What the usage of its class costs on it, once that has been computed.
	cost [variants]money.Amount
	done uint8
}

func newBranch(c *class) branch {
	return branch{model: c.ref(), origin: c.ref(), tier: c.Tier, region: c.Region, share: entire(), calls: entire(), fresh: entire(), kept: entire(),
		said: entire(), mused: entire(), times: 1, price: entire(), band: c.Band}
}

func (br *branch) key() rateKey {
	k := rateKey{provider: br.model.Provider, model: br.model.Model, tier: br.tier, region: br.region, band: br.band, point: br.point}
	if !br.at.IsZero() {
		k.at = br.at.Unix()
	}
	return k
}

// state is what has become of a class: its branches. States are values; a lever
// makes a new one.
type state []branch

// pool is where the states of one class are kept: they are many, and short-lived.
type pool struct {
	free []branch
	used int
}

// state returns an empty state with room for n branches.
func (p *pool) state(n int) state {
	if p.used+n > len(p.free) {
		p.free, p.used = make([]branch, max(256, 2*n)), 0
	}
	s := p.free[p.used : p.used : p.used+n]
	p.used += n
	return s
}

// each returns the state with a change made to every branch.
func (s state) each(p *pool, change func(*branch)) state {
	out := append(p.state(len(s)), s...)
	for i := range out {
		out[i].change(change)
	}
	return out
}

// change makes a change; prices are looked up again if it concerns them.
func (br *branch) change(f func(*branch)) {
	old, tier, region, band, point, at := br.model, br.tier, br.region, br.band, br.point, br.at
	f(br)
	if br.model != old || br.tier != tier || br.region != region || br.band != band || br.point != point || br.at != at {
		br.prices = nil
	}
}

// take moves a part of the branches that fit to others: share of what they were
// before the first lever of the stage took anything.
func (s state) take(p *pool, share frac, fits func(*branch) bool, begin func(*branch), move func(*branch)) state {
	if share.isZero() {
		return s
	}
	out := p.state(2 * len(s))
	for i := range s {
		out = append(out, s[i])
		br := &out[len(out)-1]
		if !fits(br) {
			continue
		}
		begin(br)
		part := lesser(br.whole.mul(share), br.share)
		if part.isZero() {
			continue
		}
		left := br.share.sub(part)
		if !left.isZero() {
			br.share = left
			out = append(out, *br)
			br = &out[len(out)-1]
		}
		br.share = part
		br.change(move)
	}
	return out
}

// lookUp finds the prices of every branch, so that states can be compared.
func (b *Base) lookUp(s state) state {
	for i := range s {
		b.tableOf(&s[i])
	}
	return s
}

// tableOf returns the prices of a branch.
func (b *Base) tableOf(br *branch) *rateTable {
	if br.prices == nil {
		br.prices = b.table(br.key())
	}
	return br.prices
}

// inputScaled moves the band of a branch's requests after their input has been
// multiplied: what no cache serves by between low and high, the rest as well if
// all. The band is widened to the edges of the book's thresholds, which changes
// no price.
func (br *branch) inputScaled(b *Base, c *class, low, high frac, all bool) {
	if !br.band.Known() || low.isOne() && high.isOne() {
		return
	}
	if c.total.cached() == 0 {
		all = true
	}
	if !all { // a request may have nothing but what is cached
		low, high = lesser(low, entire()), greater(high, entire())
	}
	least, most := low.floor(br.band.Lo), high.ceil(br.band.Max())
	edges := b.edges
	band := usage.Band{Lo: edges.Band(least).Lo, End: edges.Band(most).End}
	if br.band.End == 0 {
		band.End = 0
	}
	if band == br.band {
		return
	}
	br.band, br.moved, br.point = band, true, usage.Band{}
	if c.requests > 0 && c.uncounted == 0 {
		mean := br.meanInput(c)
		if mean >= band.Lo && mean <= band.Max() {
			br.point = edges.Band(mean)
		}
	}
	if br.band == (usage.Band{}) {
		br.band.End = 1<<62 + 1 // known, and everything
	}
}

// meanInput is the input of a mean request of the branch, rounded down.
func (br *branch) meanInput(c *class) int64 {
	if c.requests <= 0 {
		return 0
	}
	return (br.fresh.floor(c.total[fresh]) + br.kept.floor(c.total.cached())) / c.requests
}

func greater(f, g frac) frac {
	if g.cmp(f) > 0 {
		return g
	}
	return f
}
