package scenario

import (
	"math/big"
	"slices"

	"tokpit/money"
	"tokpit/usage"
)

// roundTo rounds amounts to whole numbers that add up to the rounded total, by
// largest remainder.
func roundTo(parts []money.Amount, total money.Amount) []int64 {
	out := make([]int64, len(parts))
	rest := make([]money.Amount, len(parts))
	order := make([]int, len(parts))
	left := units(total.Round(0))
	for i, p := range parts {
		down := p.Round(0)
		if down.Cmp(p) > 0 {
			down = down.Sub(money.FromUnits(1))
		}
		out[i], rest[i], order[i] = units(down), p.Sub(down), i
		left -= out[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return rest[b].Cmp(rest[a]) })
	for i := 0; left > 0 && i < len(order); i++ {
		out[order[i]]++
		left--
	}
	return out
}

// units returns the whole units of a whole amount.
func units(a money.Amount) int64 {
	n := new(big.Int).Quo(bigOf(a), big.NewInt(1_000_000_000_000_000_000))
	if !n.IsInt64() {
		return 1<<63 - 1
	}
	return n.Int64()
}

func mulInts(r *big.Rat, n int64) *big.Rat {
	x := new(big.Rat).SetInt(new(big.Int).Mul(big.NewInt(n), big.NewInt(1_000_000_000_000_000_000)))
	return x.Mul(x, r)
}

// tokensOf lists tokens by class, then reasoning.
func tokensOf(t *usage.Tokens) [billed + 1]int64 {
	return [billed + 1]int64{t.Input, t.CacheRead, t.CacheWrite5m, t.CacheWrite1h, t.Output, t.Reasoning}
}

func setTokens(t *usage.Tokens, k int, n int64) {
	*[...]*int64{&t.Input, &t.CacheRead, &t.CacheWrite5m, &t.CacheWrite1h, &t.Output, &t.Reasoning}[k] = n
}
