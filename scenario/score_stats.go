package scenario

import (
	"math/rand/v2"
	"slices"
)

const (
	// resamples is how often a bootstrap draws its items again.
	resamples = 2000
	// tail is how many of the sorted resamples lie below, and above, a 95 %
	// interval.
	tail = resamples * 25 / 1000
)

// The seed is fixed, so that the same results always have the same interval.
const seedA, seedB = 0x9e3779b97f4a7c15, 0x746f6b706974

// bootstrap returns the mean of the values and its 95 % interval by the
// percentile method: items are drawn with replacement as often as there are
// items, 2,000 times. Of one value the interval is the value, which means
// nothing.
func bootstrap(values []Points) (Points, Interval) {
	n := len(values)
	if n == 0 {
		return 0, Interval{}
	}
	mean := divide(sumPoints(values), Points(n))
	random := rand.New(rand.NewPCG(seedA, seedB))
	sums := make([]Points, resamples)
	for i := range sums {
		var sum Points
		for range n {
			sum += values[random.IntN(n)]
		}
		sums[i] = sum
	}
	slices.Sort(sums)
	return mean, Interval{divide(sums[tail], Points(n)), divide(sums[resamples-1-tail], Points(n))}
}

func sumPoints(values []Points) (sum Points) {
	for _, v := range values {
		sum += v
	}
	return sum
}

// paired compares two models on the items that both have, false if there are
// fewer than two.
func paired(a, b map[string]Points) (Points, Interval, int, bool) {
	var items []string
	for item := range a {
		if _, both := b[item]; both {
			items = append(items, item)
		}
	}
	if len(items) < 2 {
		return 0, Interval{}, 0, false
	}
	slices.Sort(items) // so that the draws do not depend on the order of a map
	deltas := make([]Points, len(items))
	for i, item := range items {
		deltas[i] = b[item] - a[item]
	}
	mean, interval := bootstrap(deltas)
	return mean, interval, len(items), true
}
