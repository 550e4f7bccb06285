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
	parts := make([]*big.Int, len(weights))
	for i, w := range weights {
		parts[i] = big.NewInt(max(w, 0))
	}
	return split(total, parts)
}

// SplitBy is [Split] with amounts of money as weights, such as what each part
// has used; negative ones count as zero.
func SplitBy(total Amount, weights []Amount) []Amount {
	parts := make([]*big.Int, len(weights))
	for i, w := range weights {
		if parts[i] = new(big.Int); w.Sign() > 0 {
			parts[i] = bigOf(w)
		}
	}
	return split(total, parts)
}

// bigOf is the magnitude of an amount in units of 1e-18.
func bigOf(a Amount) *big.Int {
	hi, lo := a.magnitude()
	out := new(big.Int).SetUint64(hi)
	return out.Lsh(out, 64).Add(out, new(big.Int).SetUint64(lo))
}

func split(total Amount, weights []*big.Int) []Amount {
	if len(weights) == 0 {
		return nil
	}
	sum := new(big.Int)
	for _, w := range weights {
		sum.Add(sum, w)
	}
	if sum.Sign() == 0 {
		equal := make([]*big.Int, len(weights))
		for i := range equal {
			equal[i] = big.NewInt(1)
		}
		return split(total, equal)
	}
	whole := bigOf(total)
	parts := make([]*big.Int, len(weights))
	rests := make([]*big.Int, len(weights))
	order := make([]int, len(weights))
	left := new(big.Int).Set(whole)
	for i, w := range weights {
		p := new(big.Int).Mul(whole, w)
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
