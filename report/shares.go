package report

import (
	"cmp"
	"math/bits"
	"slices"
)

// Shares divides units (100 for percent, 1000 for tenths of one) in proportion
// to the parts by largest remainder, so that what a person reads adds up. Parts
// below zero count as zero; without any positive part all shares are 0.
func Shares(parts []int64, units int64) []int64 {
	out := make([]int64, len(parts))
	if len(parts) > 0 && slices.Max(parts) > 1<<56 { // their sum might not fit
		small := make([]int64, len(parts))
		for i, p := range parts {
			small[i] = p >> 8
		}
		parts = small
	}
	var total uint64
	for _, p := range parts {
		total += uint64(max(p, 0))
	}
	if total == 0 || units <= 0 {
		return out
	}
	rests := make([]uint64, len(parts))
	order := make([]int, len(parts))
	left := units
	for i, p := range parts {
		hi, lo := bits.Mul64(uint64(max(p, 0)), uint64(units))
		q, r := bits.Div64(hi, lo, total) // hi < total: a part is at most the total, units far less than 2^64
		out[i], rests[i], order[i] = int64(q), r, i
		left -= int64(q)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rests[b], rests[a]) })
	for _, i := range order[:left] {
		out[i]++
	}
	return out
}
