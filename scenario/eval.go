package scenario

import (
	"math/big"

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
	terms  []term
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

// weights returns how much of each column a branch bills as each class, before
// prices are multiplied.
func (br *branch) weights() (w []struct {
	from, to uint8
	f        frac
}) {
	add := func(from, to uint8, f frac) {
		if f = f.mul(br.share); !f.isZero() {
			w = append(w, struct {
				from, to uint8
				f        frac
			}{from, to, f})
		}
	}
	const output = uint8(pricing.Output)
	if s := br.cache; s == nil {
		add(fresh, fresh, br.fresh)
		add(served, served, br.kept)
		add(stored5m, stored5m, br.kept)
		add(stored1h, stored1h, br.kept)
	} else {
		for from := uint8(fresh); from <= stored1h; from++ {
			f := br.kept
			if from == fresh {
				f = br.fresh
			}
			for to, part := range s {
				add(from, uint8(to), f.mul(part))
			}
		}
	}
	add(answered, output, br.said)
	add(thought, output, br.mused)
	return w
}

// plan prepares a branch for multiplying.
func (br *branch) plan() plan {
	p := plan{over: br.rates}
	weights := br.weights()
	units := br.share.mul(br.price)
	p.d = units.d
	p.isWide = units.big != nil
	for i := range weights {
		f := weights[i].f.mul(br.price)
		weights[i].f = f
		if f.big != nil {
			p.isWide = true
		}
		if p.isWide {
			continue
		}
		g := gcd(p.d, f.d)
		hi, d := mul64(p.d/g, f.d)
		p.d, p.isWide = d, hi != 0
	}
	if !p.isWide {
		hi, n := mul64(units.n, p.d/units.d)
		p.units, p.isWide = n, hi != 0
		for _, w := range weights {
			hi, n := mul64(w.f.n, p.d/w.f.d)
			p.isWide = p.isWide || hi != 0
			p.terms = append(p.terms, term{w.from, w.to, n})
		}
	}
	if p.isWide {
		p.unitsR = units.rat()
		for _, w := range weights {
			p.exact = append(p.exact, bigTerm{w.from, w.to, w.f.rat()})
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
	for i := range p.terms {
		x := &p.terms[i]
		n := a[x.from]
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
			add(a[x.from], rate(x.to), x.r)
		}
		add(1, bigOf(units), p.unitsR)
	} else {
		d := new(big.Int).SetUint64(p.d)
		for _, x := range p.terms {
			add(a[x.from], rate(x.to), new(big.Rat).SetFrac(new(big.Int).SetUint64(x.n), d))
		}
		add(1, bigOf(units), new(big.Rat).SetFrac(new(big.Int).SetUint64(p.units), d))
	}
	return roundBig(sum)
}
