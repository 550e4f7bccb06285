package scenario

import (
	"encoding/binary"
	"math/big"
	"math/bits"

	"tokpit/money"
)

// wide is an unsigned sum of 256 bits, the lowest word first: what tokens ×
// numerators × rates add up to before they are divided.
type wide [4]uint64

// addProduct adds a × b × c. It reports false when the sum does not fit.
func (w *wide) addProduct(a, b, c uint64) bool {
	h, l := bits.Mul64(a, b)
	h0, l0 := bits.Mul64(l, c)
	h1, l1 := bits.Mul64(h, c)
	m, carry := bits.Add64(h0, l1, 0)
	top := h1 + carry // a 192-bit product has room for the carry
	w[0], carry = bits.Add64(w[0], l0, 0)
	w[1], carry = bits.Add64(w[1], m, carry)
	w[2], carry = bits.Add64(w[2], top, carry)
	w[3], carry = bits.Add64(w[3], 0, carry)
	return carry == 0
}

// divide returns w/d, rounded half to even. It reports false when the quotient
// is no amount.
func (w *wide) divide(d uint64) (money.Amount, bool) {
	var q wide
	var r uint64
	for i := 3; i >= 0; i-- {
		q[i], r = bits.Div64(r, w[i], d)
	}
	if up := d - r; r != 0 && (r > up || r == up && q[0]&1 == 1) {
		var carry uint64
		q[0], carry = bits.Add64(q[0], 1, 0)
		q[1] += carry
	}
	if q[3] != 0 || q[2] != 0 || q[1]>>63 != 0 {
		return money.Amount{}, false
	}
	return amountOf(q[1], q[0]), true
}

func amountOf(hi, lo uint64) money.Amount {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], hi)
	binary.BigEndian.PutUint64(b[8:], lo)
	a, _ := money.FromBinary(b[:])
	return a
}

// word returns an amount as a number of 1e-18 if it fits a word.
func word(a money.Amount) (uint64, bool) {
	var buf [16]byte
	b := a.AppendBinary(buf[:0])
	return binary.BigEndian.Uint64(b[8:]), binary.BigEndian.Uint64(b[:8]) == 0
}

// bigOf returns an amount as a number of 1e-18.
func bigOf(a money.Amount) *big.Int {
	sign := a.Sign()
	n := new(big.Int).SetBytes(a.Abs().AppendBinary(nil))
	if sign < 0 {
		n.Neg(n)
	}
	return n
}

// roundBig rounds half to even; what no amount can hold becomes the largest.
func roundBig(r *big.Rat) money.Amount {
	q, rest := new(big.Int).QuoRem(new(big.Int).Abs(r.Num()), r.Denom(), new(big.Int))
	if c := rest.Lsh(rest, 1).Cmp(r.Denom()); c > 0 || c == 0 && q.Bit(0) == 1 {
		q.Add(q, big.NewInt(1))
	}
	a := money.Max()
	if q.BitLen() < 127 {
		var b [16]byte
		q.FillBytes(b[:])
		a, _ = money.FromBinary(b[:])
	}
	if r.Sign() < 0 {
		return a.Neg()
	}
	return a
}
