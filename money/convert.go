package money

import "math/big"

// Convert multiplies an amount by an exchange rate, an exact decimal with at most
// 18 places, and rounds once, half to even, at 1e-18. It reports false if the
// product is out of range.
func Convert(a, rate Amount) (Amount, bool) {
	product := bigOf(a)
	product.Mul(product, bigOf(rate))
	rest := new(big.Int)
	unit := big.NewInt(1e18)
	product.QuoRem(product, unit, rest)
	if c := rest.Lsh(rest, 1).Cmp(unit); c > 0 || c == 0 && product.Bit(0) == 1 {
		product.Add(product, big.NewInt(1))
	}
	if product.BitLen() > 127 {
		return Amount{}, false
	}
	low := new(big.Int).And(product, new(big.Int).SetUint64(1<<64-1)).Uint64()
	return signed((a.Sign() < 0) != (rate.Sign() < 0), product.Rsh(product, 64).Uint64(), low), true
}
