package budget

import (
	"math"
	"slices"
)

// Unusual says how far a day stands out from the days before it.
type Unusual struct {
	Known    bool    // false with less than five weeks of history: then nothing is said
	Expected float64 // what the day would have been
	Score    float64 // how many robust deviations it lies above that, by the more lenient judge
	Limit    float64 // the score above which there is an alarm: what such days of this series seldom pass
	Alarm    bool
}

// The rules for a day that stands out. Two judges look at it, each in
// logarithms, and the more lenient one counts: one follows the level and the
// shape of the week, the other has learned how days follow from days (while
// there are too few to learn from, it knows what the same weekday was). A trend,
// a quiet week or one odd day before makes no alarm by itself then. How much is
// too much depends on the series: a score that one in eighty of its own days
// passes is no news.
const (
	anomalyDays   = 365 // the history that is looked at
	anomalyLeast  = 35
	judgedFrom    = 21   // the first day with three weeks before it
	spreadDays    = 84   // that say how far days usually are off
	leastSpread   = 0.04 // in logarithms: differences of a few percent are never news
	leastScore    = 2.35
	seldom        = 1.0 / 80
	youngScore    = 3.0 // while there are too few days to learn a limit from
	enoughScores  = 60
	enoughToLearn = 56
)

// Judge compares a day with the complete days before it, oldest first.
func Judge(history []float64, day float64) Unusual {
	history = history[max(0, len(history)-anomalyDays):]
	n := len(history)
	if n < anomalyLeast {
		return Unusual{}
	}
	// Days without spend have no logarithm; they count as a thousandth of a usual one.
	floor := max(mean(history)*1e-3, 1e-12)
	logs := make([]float64, n+1)
	for i := range logs {
		x := day
		if i < n {
			x = history[i]
		}
		logs[i] = math.Log(max(x, floor))
	}
	misses := [][]float64{followLevel(logs), nil}
	if n-judgedFrom >= enoughToLearn {
		misses[1] = learnDays(logs)
	} else {
		misses[1] = sameWeekday(logs)
	}
	scores, lenient := combine(misses)
	last := len(scores) - 1
	u := Unusual{Known: true, Score: scores[last], Limit: limitOf(scores[:last]), Expected: math.Exp(logs[n] - misses[lenient][last])}
	u.Alarm = u.Score > u.Limit
	return u
}

// combine divides what each judge was off by by its usual spread, and takes the
// lowest for each day; lenient is the judge that decided on the last one.
func combine(misses [][]float64) (scores []float64, lenient int) {
	last := len(misses[0]) - 1
	for j, miss := range misses {
		spread := deviation(miss[max(0, last-spreadDays):last])
		for i, x := range miss {
			s := x / max(spread, leastSpread)
			switch {
			case j == 0:
				scores = append(scores, s)
			case s < scores[i]:
				scores[i] = s
				if i == last {
					lenient = j
				}
			}
		}
	}
	return scores, lenient
}

// limitOf learns from the scores of earlier days.
func limitOf(scores []float64) float64 {
	if len(scores) < enoughScores {
		return youngScore
	}
	sorted := slices.Sorted(slices.Values(scores))
	return max(leastScore, sorted[len(sorted)-1-int(seldom*float64(len(sorted)))])
}

// followLevel takes the shape of the week out and follows what remains with an
// exponential average, at the pace that suits the series.
func followLevel(logs []float64) []float64 {
	n := len(logs) - 1
	shape := weekShape(logs[:n])
	plain := make([]float64, n+1)
	for i := range plain {
		plain[i] = logs[i] - shape[((i-n)%seasonLength+seasonLength)%seasonLength]
	}
	steps := make([]float64, n-1)
	for i := range steps {
		steps[i] = plain[i+1] - plain[i]
	}
	// One odd day may move the level by no more than a large ordinary step.
	most := 3 * max(deviation(steps), leastSpread)
	var best []float64
	least := math.Inf(1)
	for _, pace := range []float64{0.1, 0.2, 0.35, 0.5, 0.7, 0.9} {
		level := median(slices.Clone(plain[:seasonLength])...)
		miss := make([]float64, n+1)
		for i, x := range plain {
			miss[i] = x - level
			level += pace * min(most, max(-most, miss[i]))
		}
		if off := usual(miss[judgedFrom:n]); off < least {
			least, best = off, miss[judgedFrom:]
		}
	}
	return best
}

// weekShape is by how much each weekday differs from the week around it, by its
// distance from the day after the last: 0 is that day's own weekday.
func weekShape(logs []float64) [seasonLength]float64 {
	var shape [seasonLength]float64
	n := len(logs)
	for w := range shape {
		var of []float64
		for i := n - seasonLength + w; i >= 0 && len(of) < 8; i -= seasonLength {
			until := min(n, max(0, i-3)+seasonLength)
			of = append(of, logs[i]-mean(logs[until-seasonLength:until]))
		}
		shape[w] = median(of...)
	}
	return shape
}

// sameWeekday compares with the median of the same weekday over six weeks.
func sameWeekday(logs []float64) []float64 {
	out := make([]float64, 0, len(logs)-judgedFrom)
	for i := judgedFrom; i < len(logs); i++ {
		var same []float64
		for j := i - seasonLength; j >= 0 && len(same) < 6; j -= seasonLength {
			same = append(same, logs[j])
		}
		out = append(out, logs[i]-median(same...))
	}
	return out
}

// usual is the mean of the smaller nine tenths of what was off.
func usual(miss []float64) float64 {
	off := make([]float64, len(miss))
	for i, x := range miss {
		off[i] = math.Abs(x)
	}
	slices.Sort(off)
	return mean(off[:max(1, len(off)*9/10)])
}

// deviation is the median absolute deviation, scaled to be the standard
// deviation of normal noise.
func deviation(xs []float64) float64 {
	center := median(slices.Clone(xs)...)
	off := make([]float64, len(xs))
	for i, x := range xs {
		off[i] = math.Abs(x - center)
	}
	return 1.4826 * median(off...)
}
