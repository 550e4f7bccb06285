package report

import (
	"math/big"

	"tokpit/money"
)

// part returns n/of of an amount's size.
func part(a money.Amount, n, of int64) money.Amount {
	return money.NewRate(a.Abs()).Scale(n, of).Amount()
}

// near reports whether a is as large as b, give or take some thousandths of b.
func near(a, b money.Amount, perMille int64) bool {
	return a.Sub(b).Abs().Cmp(part(b, perMille, 1000)) <= 0
}

// wide returns an amount as a big integer of 1e-18, for products of amounts.
func wide(a money.Amount) *big.Int {
	out := new(big.Int).SetBytes(a.Abs().AppendBinary(nil))
	if a.Sign() < 0 {
		out.Neg(out)
	}
	return out
}

// proportional reports whether a : b is c : d, give or take some thousandths.
func proportional(a, b, c, d money.Amount, perMille int64) bool {
	left, right := new(big.Int).Mul(wide(a), wide(d)), new(big.Int).Mul(wide(c), wide(b))
	off := left.Sub(left, right)
	off.Abs(off).Mul(off, big.NewInt(1000))
	return off.Cmp(right.Abs(right).Mul(right, big.NewInt(perMille))) <= 0
}

// ratio returns a/b in millionths, cut off; false if b is zero or the ratio is
// beyond all reason.
func ratio(a, b money.Amount) (ppm int64, ok bool) {
	if b.IsZero() {
		return 0, false
	}
	q := wide(a)
	q.Mul(q, big.NewInt(1_000_000)).Quo(q, wide(b))
	return q.Int64(), q.IsInt64()
}
