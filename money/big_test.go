package money

import "math/big"

// The tests compare every operation with math/big, which has no ends.

var (
	bigMax = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 127), big.NewInt(1))
	bigMin = new(big.Int).Neg(new(big.Int).Lsh(big.NewInt(1), 127))
)

// toBig returns a in units of 1e-18.
func toBig(a Amount) *big.Int {
	v := new(big.Int).Lsh(big.NewInt(a.hi), 64)
	return v.Add(v, new(big.Int).SetUint64(a.lo))
}

// fromBig returns the Amount of v units of 1e-18, stopping at the ends.
func fromBig(v *big.Int) Amount {
	if v.Cmp(bigMax) > 0 {
		return Max()
	}
	if v.Cmp(bigMin) < 0 {
		return Min()
	}
	low := new(big.Int).And(v, new(big.Int).SetUint64(1<<64-1))
	return Amount{new(big.Int).Rsh(v, 64).Int64(), low.Uint64()}
}

// halfEven returns num/den rounded half to even; den is positive.
func halfEven(num, den *big.Int) *big.Int {
	q, r := new(big.Int).DivMod(num, den, new(big.Int)) // floor, 0 <= r < den
	switch c := new(big.Int).Lsh(r, 1).Cmp(den); {
	case c > 0, c == 0 && q.Bit(0) == 1:
		q.Add(q, big.NewInt(1))
	}
	return q
}
