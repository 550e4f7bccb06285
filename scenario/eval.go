package scenario

import (
	"math/big"
	"math/bits"

	"tokpit/money"
	"tokpit/pricing"
)

// term is a column of the usage that is billed as a class, times n over the
// common denominator of its branch.
type term struct {
	from, to uint8
	n        uint64
}

// plan is a branch as a sum of terms.
type plan struct {
	n      int
	terms  [mostWeights]term
	d      uint64 // of all terms
	units  uint64 // numerator for quantities
	exact  []bigTerm
	isWide bool // numbers do not fit words: exact counts
	unitsR *big.Rat
	over   pricing.Rates // in place of the tariff's
}

type bigTerm struct {
	from, to uint8
	r        *big.Rat
}

// weight is how much of a column a branch bills as a class, before prices are
// multiplied.
type weight struct {
	from, to uint8
	f        frac
}

// mostWeights is what a branch with a cache has: fresh input and all other to
// four classes each, and two columns of output.
const mostWeights = 10

// allCached stands for the three columns of cached input together, where a
// branch treats them alike.
const allCached = columns

// of returns a column, or allCached.
func (a *amounts) of(column uint8) int64 {
	if column == allCached {
		return a.cached()
	}
	return a[column]
}

// weights are the weights of a branch.
type weights struct {
	n    int
	list [mostWeights]weight
}

func (w *weights) all() []weight { return w.list[:w.n] }

func (w *weights) add(from, to uint8, f frac) {
	if !f.isZero() {
		w.list[w.n] = weight{from, to, f}
		w.n++
	}
}

func (br *branch) weights() (w weights) {
	const output = uint8(pricing.Output)
	in, kept := br.fresh.mul(br.share), br.kept.mul(br.share)
	if s := br.cache; s == nil {
		w.add(fresh, fresh, in)
		w.add(served, served, kept)
		w.add(stored5m, stored5m, kept)
		w.add(stored1h, stored1h, kept)
	} else {
		for to, part := range s {
			w.add(fresh, uint8(to), in.mul(part))
			w.add(allCached, uint8(to), kept.mul(part))
		}
	}
	w.add(answered, output, br.said.mul(br.share))
	w.add(thought, output, br.mused.mul(br.share))
	return w
}

// plan prepares a branch for multiplying.
func (br *branch) plan() plan {
	p := plan{over: br.rates}
	w := br.weights()
	units := br.share.mul(br.calls) // prices of tokens do not change those of units
	p.d, p.isWide = units.d, units.big != nil
	for i := range w.all() {
		x := &w.list[i]
		x.f = x.f.mul(br.price)
		if p.isWide = p.isWide || x.f.big != nil; !p.isWide && p.d != x.f.d {
			hi, d := bits.Mul64(p.d/gcd(p.d, x.f.d), x.f.d)
			p.d, p.isWide = d, hi != 0
		}
	}
	if !p.isWide {
		hi, n := bits.Mul64(units.n, p.d/units.d)
		p.units, p.isWide = n, hi != 0
		for _, x := range w.all() {
			hi, n := bits.Mul64(x.f.n, p.d/x.f.d)
			p.isWide = p.isWide || hi != 0
			p.terms[p.n] = term{x.from, x.to, n}
			p.n++
		}
	}
	if p.isWide {
		p.unitsR = units.rat()
		for _, x := range w.all() {
			p.exact = append(p.exact, bigTerm{x.from, x.to, x.f.rat()})
		}
	}
	return p
}

// cost returns what amounts of a class cost on a branch at a tariff.
func (p *plan) cost(a *amounts, t *tariff, v int, units money.Amount) money.Amount {
	if p.isWide || t.wide {
		return p.bigCost(a, t, v, units)
	}
	rates := &t.rate[v]
	if p.over.Known != 0 {
		own := *rates
		for c := range billed {
			if rate, ok := p.over.Of(pricing.Class(c)); ok {
				n, fits := word(rate.Amount())
				if !fits {
					return p.bigCost(a, t, v, units)
				}
				own[c] = n
			}
		}
		rates = &own
	}
	var sum wide
	ok := true
	for i := range p.n {
		x := &p.terms[i]
		n := a.of(x.from)
		ok = ok && n >= 0 && sum.addProduct(uint64(n), x.n, rates[x.to])
	}
	if !units.IsZero() {
		n, fits := word(units)
		ok = ok && fits && sum.addProduct(1, p.units, n)
	}
	if ok {
		if p.d == 1 && sum[2] == 0 && sum[3] == 0 && sum[1]>>63 == 0 {
			return amountOf(sum[1], sum[0])
		}
		if out, fits := sum.divide(p.d); fits {
			return out
		}
	}
	return p.bigCost(a, t, v, units)
}

// bigCost is cost without limits.
func (p *plan) bigCost(a *amounts, t *tariff, v int, units money.Amount) money.Amount {
	sum := new(big.Rat)
	add := func(n int64, rate *big.Int, f *big.Rat) {
		x := new(big.Rat).SetInt(new(big.Int).Mul(big.NewInt(n), rate))
		sum.Add(sum, x.Mul(x, f))
	}
	rate := func(to uint8) *big.Int {
		r, ok := p.over.Of(pricing.Class(to))
		if !ok && t.Priced {
			r, ok = [variants]*pricing.Rates{&t.Base, &t.Low, &t.High}[v].Of(pricing.Class(to))
		}
		if !ok {
			return new(big.Int)
		}
		return bigOf(r.Amount())
	}
	if p.isWide {
		for _, x := range p.exact {
			add(a.of(x.from), rate(x.to), x.r)
		}
		add(1, bigOf(units), p.unitsR)
	} else {
		d := new(big.Int).SetUint64(p.d)
		for _, x := range p.terms[:p.n] {
			add(a.of(x.from), rate(x.to), new(big.Rat).SetFrac(new(big.Int).SetUint64(x.n), d))
		}
		add(1, bigOf(units), new(big.Rat).SetFrac(new(big.Int).SetUint64(p.units), d))
	}
	return roundBig(sum)
}
