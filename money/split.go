package money

import (
	"math/big"
	"slices"
)

// Split divides total in proportion to weights, which must not be negative,
// by the largest-remainder method at 1e-18: the parts add up to total exactly.
// Ties go to the earlier part. With no positive weight every part is equal.
// It returns nil for no weights.
func Split(total Amount, weights []int64) []Amount {
	if len(weights) == 0 {
		return nil
	}
	sum := new(big.Int)
	for _, w := range weights {
		sum.Add(sum, big.NewInt(max(w, 0)))
	}
	if sum.Sign() == 0 {
		equal := make([]int64, len(weights))
		for i := range equal {
			equal[i] = 1
		}
		return Split(total, equal)
	}
	hi, lo := total.magnitude()
	whole := new(big.Int).SetUint64(hi)
	whole.Lsh(whole, 64).Add(whole, new(big.Int).SetUint64(lo))

	parts := make([]*big.Int, len(weights))
	rests := make([]*big.Int, len(weights))
	order := make([]int, len(weights))
	left := new(big.Int).Set(whole)
	for i, w := range weights {
		p := new(big.Int).Mul(whole, big.NewInt(max(w, 0)))
		parts[i], rests[i] = p.QuoRem(p, sum, new(big.Int))
		left.Sub(left, parts[i])
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return rests[b].Cmp(rests[a]) })
	one := big.NewInt(1)
	for _, i := range order[:left.Int64()] {
		parts[i].Add(parts[i], one)
	}

	out := make([]Amount, len(weights))
	mask := new(big.Int).SetUint64(1<<64 - 1)
	for i, p := range parts {
		low := new(big.Int).And(p, mask).Uint64()
		out[i] = signed(total.hi < 0, new(big.Int).Rsh(p, 64).Uint64(), low)
	}
	return out
}
