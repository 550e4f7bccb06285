// Package money holds exact amounts and rates.
//
// An [Amount] is a 128-bit integer that counts 1e-18 of a currency's unit (for
// US dollars: attodollars). That is fine enough to hold any published price of
// a single token exactly, and wide enough for 1.7e20 dollars, so products and
// sums are exact and no float takes part. Rounding happens in one place only:
// when a figure is printed for a person ([Amount.Format], half to even).
//
// A [Rate] is an amount per one unit (a token, a search, a second). Prices are
// published per million tokens: [ParsePerMillion] and [Rate.PerMillion]
// convert without loss.
//
// Amounts carry no currency; whoever adds them up keeps currencies apart.
package money

import (
	"errors"
	"fmt"
	"math/bits"
)

// Decimals is the number of decimal places an Amount can hold.
const Decimals = 18

// ErrSyntax is wrapped by the errors of [Parse] for text that is no decimal.
var ErrSyntax = errors.New("not a decimal number")

// ErrRange is wrapped by the errors of [Parse] for a number that needs more
// than 18 decimals or lies outside ±1e18.
var ErrRange = errors.New("decimal out of range")

// Amount is an exact sum of money in units of 1e-18. The zero value is zero.
// Amounts are comparable with ==.
type Amount struct {
	hi int64
	lo uint64
}

var (
	maxAmount = Amount{1<<63 - 1, 1<<64 - 1}
	minAmount = Amount{-1 << 63, 0}
)

// Max and Min are the ends of the range; arithmetic that would pass them stops
// there instead of wrapping round.
func Max() Amount { return maxAmount }

// Min is the smallest Amount. See [Max].
func Min() Amount { return minAmount }

// FromUnits returns n whole units (dollars).
func FromUnits(n int64) Amount { return Rate{Amount{0, 1e18}}.Times(n) }

// FromAtto returns n units of 1e-18.
func FromAtto(n int64) Amount { return Amount{n >> 63, uint64(n)} }

// Add returns a+b.
func (a Amount) Add(b Amount) Amount {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	hi := a.hi + b.hi + int64(carry)
	if (a.hi^hi)&(b.hi^hi) < 0 { // both operands differ in sign from the sum
		return limit(a.hi < 0)
	}
	return Amount{hi, lo}
}

// Sub returns a-b.
func (a Amount) Sub(b Amount) Amount {
	lo, borrow := bits.Sub64(a.lo, b.lo, 0)
	hi := a.hi - b.hi - int64(borrow)
	if (a.hi^b.hi)&(a.hi^hi) < 0 {
		return limit(a.hi < 0)
	}
	return Amount{hi, lo}
}

// Neg returns -a.
func (a Amount) Neg() Amount { return Amount{}.Sub(a) }

// Abs returns the magnitude of a.
func (a Amount) Abs() Amount {
	if a.hi < 0 {
		return a.Neg()
	}
	return a
}

// Cmp returns -1, 0 or 1 as a is less than, equal to or greater than b.
func (a Amount) Cmp(b Amount) int {
	switch {
	case a.hi < b.hi, a.hi == b.hi && a.lo < b.lo:
		return -1
	case a == b:
		return 0
	}
	return 1
}

// Sign returns -1, 0 or 1.
func (a Amount) Sign() int { return a.Cmp(Amount{}) }

// IsZero reports whether a is zero.
func (a Amount) IsZero() bool { return a == Amount{} }

// Float returns a float64 as near as makes no difference to a drawing, in whole
// units. It is for charts and for ratios shown to people; nothing computed from
// it is ever stored or exported.
func (a Amount) Float() float64 {
	hi, lo := a.magnitude() // of a small negative sum the two halves would cancel out
	f := (float64(hi)*(1<<64) + float64(lo)) / 1e18
	if a.hi < 0 {
		return -f
	}
	return f
}

func limit(negative bool) Amount {
	if negative {
		return minAmount
	}
	return maxAmount
}

// magnitude returns |a| as an unsigned 128-bit number.
func (a Amount) magnitude() (hi, lo uint64) {
	hi, lo = uint64(a.hi), a.lo
	if a.hi < 0 {
		lo, hi = -lo, ^hi
		if lo == 0 {
			hi++
		}
	}
	return hi, lo
}

// signed turns a magnitude into an Amount, stopping at the ends of the range.
func signed(negative bool, hi, lo uint64) Amount {
	if hi>>63 != 0 {
		return limit(negative)
	}
	a := Amount{int64(hi), lo}
	if negative {
		return a.Neg()
	}
	return a
}

// Rate is an amount per one unit of whatever it prices. The zero value is free.
type Rate struct{ perUnit Amount }

// NewRate returns the rate of a per one unit.
func NewRate(a Amount) Rate { return Rate{a} }

// Amount returns the price of one unit.
func (r Rate) Amount() Amount { return r.perUnit }

// IsZero reports whether r is free.
func (r Rate) IsZero() bool { return r.perUnit.IsZero() }

// Cmp compares two rates.
func (r Rate) Cmp(s Rate) int { return r.perUnit.Cmp(s.perUnit) }

// Times returns r × n exactly.
func (r Rate) Times(n int64) Amount {
	if n == 0 || r.perUnit.IsZero() {
		return Amount{}
	}
	negative := (r.perUnit.hi < 0) != (n < 0)
	hi, lo := r.perUnit.magnitude()
	un := uint64(n)
	if n < 0 {
		un = -un
	}
	top, mid := bits.Mul64(hi, un)
	carry, low := bits.Mul64(lo, un)
	mid, over := bits.Add64(mid, carry, 0)
	if top+over != 0 {
		return limit(negative)
	}
	return signed(negative, mid, low)
}

// Scale returns r × num/den, rounded half to even at 1e-18. Multipliers and
// discounts are applied with it once, when a price book is compiled. It panics
// if den is not positive; num and den come from the program, never from input.
func (r Rate) Scale(num, den int64) Rate {
	if den <= 0 {
		panic(fmt.Sprintf("money: scale by %d/%d", num, den))
	}
	a := r.Times(num)
	if a == maxAmount || a == minAmount {
		return Rate{a}
	}
	hi, lo := a.magnitude()
	qhi, rem := bits.Div64(0, hi, uint64(den))
	qlo, rem := bits.Div64(rem, lo, uint64(den))
	twice := rem * 2 // den < 2^63, so this cannot overflow
	if twice > uint64(den) || twice == uint64(den) && qlo&1 == 1 {
		var c uint64
		qlo, c = bits.Add64(qlo, 1, 0)
		qhi += c
	}
	return Rate{signed(a.hi < 0, qhi, qlo)}
}
