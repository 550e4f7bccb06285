package budget

import (
	"math"
	"slices"
	"strconv"

	"tokpit/money"
)

// A forecast is a statement about days that have not happened, so it is the one
// place of tokpit that computes with floating point: from whole days of spend
// to a total that is rounded to a ten-thousandth of a unit. What has been spent
// enters and leaves exactly.

// Forecast is what a period is likely to end at.
type Forecast struct {
	Point     money.Amount // spent so far and what is expected to come
	Low, High money.Amount // 80 % of comparable forecasts ended inside
	Method    string       // "run rate", "mean of 7 days", "median of three"
	Days      int          // of history that it rests on
	// Known is false if there is too little history to say anything.
	Known bool
}

// The bounds of the history that a forecast looks at, in days. Older days say
// little about the next ones; with fewer than a week of them only the running
// average is known.
const (
	longHistory  = 56
	mediumDays   = 14
	shortDays    = 7
	seasonLength = 7
)

// Predict says what a period ends at when spent is what it has cost so far,
// history is the cost of the complete days up to now (oldest first; days of
// earlier periods belong in it), and rest is the number of days still to come.
// A day of which only a part has been seen is not complete: leave it out of
// history and count the rest of it in rest as a fraction.
func Predict(spent money.Amount, history []float64, rest float64) Forecast {
	history = recent(history)
	f := Forecast{Point: spent, Low: spent, High: spent, Days: len(history), Known: rest <= 0}
	if rest <= 0 {
		f.Method = "complete"
		return f
	}
	if len(history) < 2 {
		return f
	}
	point, method := expect(history, rest)
	low, high := band(history, rest, point)
	f.Point, f.Low, f.High = spent.Add(amountOf(point)), spent.Add(amountOf(low)), spent.Add(amountOf(high))
	f.Method, f.Known = method, true
	return f
}

func recent(history []float64) []float64 { return history[max(0, len(history)-longHistory):] }

// expect returns the expected sum of the next days.
func expect(history []float64, rest float64) (total float64, method string) {
	switch n := len(history); {
	case n < shortDays:
		return mean(history) * rest, "run rate"
	case n < mediumDays:
		return mean(history[n-shortDays:]) * rest, "mean of 7 days"
	}
	recentMean := mean(history[len(history)-shortDays:]) * rest
	if !weekly(history) {
		return median(recentMean, mean(history[len(history)-2*shortDays:])*rest, sum(smooth(history, rest), rest)), "median of three"
	}
	return median(recentMean, sum(weekdayMeans(history), rest), sum(holtWinters(history, rest), rest)), "median of three"
}

// sum adds up the first rest days of a function of the day ahead, the last one
// in part.
func sum(day func(int) float64, rest float64) (total float64) {
	for i := 0; float64(i) < rest; i++ {
		total += day(i) * math.Min(1, rest-float64(i))
	}
	return max(0, total)
}

// weekdayMeans expects of each weekday what it was over the last four weeks.
func weekdayMeans(history []float64) func(int) float64 {
	var means [seasonLength]float64
	for w := range means {
		var of []float64
		for i := len(history) - 1 - w; i >= 0 && len(of) < 4; i -= seasonLength {
			of = append(of, history[i])
		}
		means[w] = mean(of)
	}
	return func(i int) float64 { return means[(seasonLength-1-i%seasonLength+seasonLength)%seasonLength] }
}

// weekly reports whether days resemble the same weekday of the week before more
// than chance would have it.
func weekly(history []float64) bool {
	if len(history) < 2*seasonLength {
		return false
	}
	m := mean(history)
	var same, all float64
	for i, x := range history {
		all += (x - m) * (x - m)
		if i >= seasonLength {
			same += (x - m) * (history[i-seasonLength] - m)
		}
	}
	return all > 0 && same/all > 1.96/math.Sqrt(float64(len(history)))*0.5
}

// smoothing are the parameters of an exponential smoothing.
type smoothing struct{ level, trend, season, damp float64 }

// smoothings is a small grid: on eight weeks of days a finer one fits noise.
func smoothings() []smoothing {
	var out []smoothing
	for _, level := range []float64{0.1, 0.2, 0.35, 0.5} {
		for _, trend := range []float64{0, 0.05, 0.15} {
			for _, season := range []float64{0.05, 0.15, 0.3} {
				for _, damp := range []float64{0.85, 0.95} {
					out = append(out, smoothing{level, trend, season, damp})
				}
			}
		}
	}
	return out
}

// holtWinters smooths level, damped trend and weekday factors (or weekday
// differences where days without spend leave no factor), with the parameters
// that would have predicted the history's own days best.
func holtWinters(history []float64, _ float64) func(int) float64 {
	factors := slices.Min(history) > 0
	var best func(int) float64
	least := math.Inf(1)
	for _, p := range smoothings() {
		if day, miss := runSmoothing(history, p, factors); miss < least {
			best, least = day, miss
		}
	}
	return best
}

// smooth is holtWinters without weekdays.
func smooth(history []float64, _ float64) func(int) float64 {
	var best func(int) float64
	least := math.Inf(1)
	for _, level := range []float64{0.05, 0.1, 0.2, 0.35, 0.5} {
		at, miss := mean(history[:shortDays]), 0.0
		for _, x := range history[shortDays:] {
			miss += (x - at) * (x - at)
			at += level * (x - at)
		}
		if miss < least {
			best, least = func(int) float64 { return at }, miss
		}
	}
	return best
}

// runSmoothing returns what the smoothing expects of the days ahead, and the
// sum of the squares of what it missed.
func runSmoothing(history []float64, p smoothing, factors bool) (ahead func(int) float64, miss float64) {
	level, trend := mean(history[:seasonLength]), 0.0
	season := make([]float64, seasonLength)
	for i := range season {
		season[i] = seasonOf(history[i], level, factors)
	}
	for i := seasonLength; i < len(history); i++ {
		s := season[i%seasonLength]
		base := level + p.damp*trend
		x := history[i]
		miss += square(x - withSeason(base, s, factors))
		next := p.level*withoutSeason(x, s, factors) + (1-p.level)*base
		trend = p.trend*(next-level) + (1-p.trend)*p.damp*trend
		level = next
		season[i%seasonLength] = p.season*seasonOf(x, level, factors) + (1-p.season)*s
	}
	n := len(history)
	return func(i int) float64 {
		base, step := level, trend
		for range i + 1 {
			step *= p.damp
			base += step
		}
		return max(0, withSeason(base, season[(n+i)%seasonLength], factors))
	}, miss
}

func seasonOf(x, level float64, factors bool) float64 {
	if factors {
		return x / level
	}
	return x - level
}

func withSeason(base, s float64, factors bool) float64 {
	if factors {
		return base * s
	}
	return base + s
}

func withoutSeason(x, s float64, factors bool) float64 {
	if factors {
		return x / max(s, 1e-9)
	}
	return x - s
}

// zEighty is how many standard deviations hold 80 % of a normal distribution.
const zEighty = 1.2816

// band returns the interval that holds 80 % of outcomes: the wider of what
// forecasts of the same length from earlier days of the history missed by
// (conformal, on the logarithm of the ratio), and of what a local level with
// noise would miss by. The first knows the method, the second does not need
// many earlier days.
func band(history []float64, rest, point float64) (low, high float64) {
	spread := levelSpread(history, rest)
	low, high = point-zEighty*spread, point+zEighty*spread
	if ratio, ok := conformal(history, rest); ok {
		low, high = min(low, point/ratio), max(high, point*ratio)
	}
	return max(0, low), high
}

// levelAlpha is the smoothing that levelSpread assumes.
const levelAlpha = 0.3

// levelSpread is the standard deviation of the sum of the next days, if a level
// that moves with its noise makes them.
func levelSpread(history []float64, rest float64) float64 {
	expected := history
	if weekly(history) {
		expected = deseason(history)
	}
	at := mean(expected[:min(shortDays, len(expected))])
	var misses float64
	for _, x := range expected {
		misses += square(x - at)
		at += levelAlpha * (x - at)
	}
	variance := misses / float64(max(1, len(expected)-1))
	var factor float64
	for i := 0; float64(i) < rest; i++ {
		factor += square((1 + float64(i)*levelAlpha) * math.Min(1, rest-float64(i)))
	}
	return math.Sqrt(variance * factor)
}

// deseason takes out what a weekday differs from the average day by.
func deseason(history []float64) []float64 {
	m, means := mean(history), make([]float64, seasonLength)
	for w := range means {
		var of []float64
		for i := w; i < len(history); i += seasonLength {
			of = append(of, history[i])
		}
		means[w] = mean(of)
	}
	out := make([]float64, len(history))
	for i, x := range history {
		out[i] = x - means[i%seasonLength] + m
	}
	return out
}

// conformal returns the factor that holds 80 % of what forecasts of this length
// from earlier days missed by; ok is false if there are too few.
func conformal(history []float64, rest float64) (ratio float64, ok bool) {
	whole := int(math.Ceil(rest))
	var misses []float64
	for from := mediumDays; from+whole <= len(history); from++ {
		expected, _ := expect(history[:from], rest)
		var actual float64
		for i := range whole {
			actual += history[from+i] * math.Min(1, rest-float64(i))
		}
		if expected > 0 && actual > 0 {
			misses = append(misses, math.Abs(math.Log(actual/expected)))
		}
	}
	if len(misses) < 5 {
		return 0, false
	}
	slices.Sort(misses)
	at := int(math.Ceil(0.8*float64(len(misses)+1))) - 1
	return math.Exp(misses[min(at, len(misses)-1)]), true
}

func mean(xs []float64) float64 {
	if len(xs) == 0 {
		return 0
	}
	var s float64
	for _, x := range xs {
		s += x
	}
	return s / float64(len(xs))
}

func median(xs ...float64) float64 {
	slices.Sort(xs)
	if n := len(xs); n%2 == 0 {
		return (xs[n/2-1] + xs[n/2]) / 2
	}
	return xs[len(xs)/2]
}

func square(x float64) float64 { return x * x }

// amountOf rounds to a ten-thousandth of a unit. What is not finite, or larger
// than any budget, becomes the largest amount.
func amountOf(x float64) money.Amount {
	if math.IsNaN(x) || math.Abs(x) > 1e15 {
		return money.Max()
	}
	a, err := money.Parse(strconv.FormatFloat(x, 'f', 4, 64))
	if err != nil {
		return money.Max()
	}
	return a
}
