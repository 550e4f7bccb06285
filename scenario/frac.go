package scenario

import (
	"math/big"
	"math/bits"
)

// frac is an exact fraction that is not negative. Nearly all fit two words; the
// others are kept as a big one, so nothing is ever rounded on the way.
type frac struct {
	n, d uint64
	big  *big.Rat // counts if not nil
}

// entire and nothing are one and zero.
func entire() frac  { return frac{n: 1, d: 1} }
func nothing() frac { return frac{n: 0, d: 1} }

// of returns the ratio as a fraction.
func of(r Ratio) frac { return quotient(uint64(max(r, 0)), uint64(Whole)) }

// quotient returns n/d; zero for d = 0.
func quotient(n, d uint64) frac {
	if n == 0 || d == 0 {
		return nothing()
	}
	g := gcd(n, d)
	return frac{n: n / g, d: d / g}
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func (f frac) rat() *big.Rat {
	if f.big != nil {
		return f.big
	}
	n, d := new(big.Int).SetUint64(f.n), new(big.Int).SetUint64(f.d)
	return new(big.Rat).SetFrac(n, d)
}

// fromRat keeps a fraction in words if it fits.
func fromRat(r *big.Rat) frac {
	if r.Num().IsUint64() && r.Denom().IsUint64() {
		return frac{n: r.Num().Uint64(), d: r.Denom().Uint64()}
	}
	return frac{big: r}
}

func (f frac) isZero() bool { return f.big == nil && f.n == 0 }

func (f frac) isOne() bool { return f.big == nil && f.n == 1 && f.d == 1 }

func (f frac) mul(g frac) frac {
	switch {
	case f.isZero() || g.isOne():
		return f
	case g.isZero() || f.isOne():
		return g
	}
	if f.big == nil && g.big == nil {
		a, b := gcd(f.n, g.d), gcd(g.n, f.d)
		nh, n := bits.Mul64(f.n/a, g.n/b)
		dh, d := bits.Mul64(f.d/b, g.d/a)
		if nh == 0 && dh == 0 {
			return frac{n: n, d: d}
		}
	}
	return fromRat(new(big.Rat).Mul(f.rat(), g.rat()))
}

// div returns f/g, zero for g = 0.
func (f frac) div(g frac) frac {
	if g.isZero() {
		return nothing()
	}
	if g.big != nil {
		return fromRat(new(big.Rat).Quo(f.rat(), g.big))
	}
	return f.mul(frac{n: g.d, d: g.n})
}

func (f frac) add(g frac) frac {
	if f.isZero() {
		return g
	}
	if g.isZero() {
		return f
	}
	if f.big == nil && g.big == nil {
		k := gcd(f.d, g.d)
		ah, a := bits.Mul64(f.n, g.d/k)
		bh, b := bits.Mul64(g.n, f.d/k)
		dh, d := bits.Mul64(f.d, g.d/k)
		if s, carry := bits.Add64(a, b, 0); ah == 0 && bh == 0 && dh == 0 && carry == 0 {
			return quotient(s, d)
		}
	}
	return fromRat(new(big.Rat).Add(f.rat(), g.rat()))
}

// sub returns f-g, zero where g is more.
func (f frac) sub(g frac) frac {
	if g.isZero() {
		return f
	}
	if f.cmp(g) <= 0 {
		return nothing()
	}
	if f.big == nil && g.big == nil {
		k := gcd(f.d, g.d)
		ah, a := bits.Mul64(f.n, g.d/k)
		bh, b := bits.Mul64(g.n, f.d/k)
		dh, d := bits.Mul64(f.d, g.d/k)
		if ah == 0 && bh == 0 && dh == 0 {
			return quotient(a-b, d)
		}
	}
	return fromRat(new(big.Rat).Sub(f.rat(), g.rat()))
}

func (f frac) cmp(g frac) int {
	if f.big == nil && g.big == nil {
		ah, a := bits.Mul64(f.n, g.d)
		bh, b := bits.Mul64(g.n, f.d)
		switch {
		case ah < bh || ah == bh && a < b:
			return -1
		case ah > bh || ah == bh && a > b:
			return 1
		}
		return 0
	}
	return f.rat().Cmp(g.rat())
}

func lesser(f, g frac) frac {
	if g.cmp(f) < 0 {
		return g
	}
	return f
}

// floor and ceil return x × f in whole numbers, and the largest int64 where it
// is more.
func (f frac) floor(x int64) int64 { return f.whole(x, false) }
func (f frac) ceil(x int64) int64  { return f.whole(x, true) }

func (f frac) whole(x int64, up bool) int64 {
	const most = 1<<63 - 1
	if x <= 0 || f.isZero() {
		return 0
	}
	if f.big == nil {
		hi, lo := bits.Mul64(uint64(x), f.n)
		if hi < f.d {
			q, r := bits.Div64(hi, lo, f.d)
			if up && r > 0 {
				q++
			}
			return int64(min(q, most))
		}
		return most
	}
	n := new(big.Int).Mul(f.big.Num(), big.NewInt(x))
	q, r := n.QuoRem(n, f.big.Denom(), new(big.Int))
	if up && r.Sign() > 0 {
		q.Add(q, big.NewInt(1))
	}
	if !q.IsInt64() {
		return most
	}
	return q.Int64()
}
