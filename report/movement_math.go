package report

import (
	"math/big"
	"math/bits"

	"tokpit/money"
)

// portion returns a × num/den, rounded half to even at 1e-18; den is positive.
func portion(a money.Amount, num, den int64) money.Amount {
	if fits(a, num) {
		return money.NewRate(a).Scale(num, den).Amount()
	}
	n := new(big.Int).Mul(integer(a), big.NewInt(num))
	d := big.NewInt(den)
	quotient, rest := new(big.Int).QuoRem(n, d, new(big.Int))
	twice := rest.Abs(rest).Lsh(rest, 1)
	if c := twice.Cmp(d); c > 0 || c == 0 && quotient.Bit(0) == 1 {
		quotient.Add(quotient, big.NewInt(int64(n.Sign())))
	}
	return amountOf(quotient)
}

// fits reports whether a × n surely is an amount, which ends at 2^127.
func fits(a money.Amount, n int64) bool {
	return integer(a).BitLen()+bits.Len64(uint64(max(n, -n))) < 127
}

// integer returns an amount in units of 1e-18.
func integer(a money.Amount) *big.Int {
	b := a.Abs().AppendBinary(nil)
	n := new(big.Int).SetBytes(b)
	if a.Sign() < 0 {
		n.Neg(n)
	}
	return n
}

// amountOf is the inverse of integer; it stops at the ends of the range.
func amountOf(n *big.Int) money.Amount {
	var b [16]byte
	if n.BitLen() >= 127 {
		if n.Sign() < 0 {
			return money.Min()
		}
		return money.Max()
	}
	a, _ := money.FromBinary(new(big.Int).Abs(n).FillBytes(b[:]))
	if n.Sign() < 0 {
		return a.Neg()
	}
	return a
}
