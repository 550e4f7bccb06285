package budget

import "math"

// facts is the number of things that a day is explained by.
const facts = 8

// factsOf are what was known about day i the day before: yesterday, a week and
// two ago, the mean of the last week and of the last four, whether yesterday was
// above its own week before, and the mean of the same weekday.
func factsOf(logs []float64, i int) [facts]float64 {
	var same, n float64
	for j := i - seasonLength; j >= 0 && n < 8; j -= seasonLength {
		same += logs[j]
		n++
	}
	return [facts]float64{1, logs[i-1], logs[i-7], logs[i-14], mean(logs[i-seasonLength : i]), logs[i-1] - logs[i-8], same / n, mean(logs[max(0, i-4*seasonLength):i])}
}

// learnDays fits the days to what was known before them, by least squares in
// which odd days weigh less, and returns by how much each was off. The last day
// is not learned from.
func learnDays(logs []float64) []float64 {
	n := len(logs) - 1
	x := make([][facts]float64, 0, n+1-judgedFrom)
	for i := judgedFrom; i <= n; i++ {
		x = append(x, factsOf(logs, i))
	}
	y := logs[judgedFrom:]
	miss := make([]float64, len(y))
	weight := make([]float64, len(y)-1)
	for i := range weight {
		weight[i] = 1
	}
	for range 3 {
		b := solve(normal(x, y, weight))
		for i := range y {
			miss[i] = y[i]
			for k, fact := range x[i] {
				miss[i] -= b[k] * fact
			}
		}
		spread := max(deviation(miss[:len(weight)]), 1e-9)
		for i := range weight {
			weight[i] = min(1, 1.5*spread/max(math.Abs(miss[i]), 1e-12))
		}
	}
	return miss
}

// normal returns the weighted normal equations, the right side as last column.
// A little is added to the diagonal: facts that say the same stay solvable.
func normal(x [][facts]float64, y, weight []float64) *[facts][facts + 1]float64 {
	var a [facts][facts + 1]float64
	for k := range facts {
		a[k][k] = 1e-6
		if k > 0 {
			a[k][k] = 5e-4 * float64(len(weight))
		}
	}
	for i, w := range weight {
		for k := range facts {
			for l := range facts {
				a[k][l] += w * x[i][k] * x[i][l]
			}
			a[k][facts] += w * x[i][k] * y[i]
		}
	}
	return &a
}

// solve eliminates with pivots; a fact that cannot be told from others gets no
// weight.
func solve(a *[facts][facts + 1]float64) (b [facts]float64) {
	for k := range facts {
		pivot := k
		for r := k + 1; r < facts; r++ {
			if math.Abs(a[r][k]) > math.Abs(a[pivot][k]) {
				pivot = r
			}
		}
		a[k], a[pivot] = a[pivot], a[k]
		if a[k][k] == 0 {
			continue
		}
		for r := range facts {
			if r == k {
				continue
			}
			factor := a[r][k] / a[k][k]
			for c := k; c <= facts; c++ {
				a[r][c] -= factor * a[k][c]
			}
		}
	}
	for k := range facts {
		if a[k][k] != 0 {
			b[k] = a[k][facts] / a[k][k]
		}
	}
	return b
}
