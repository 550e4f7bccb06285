package budget

import (
	"math"
	"time"
)

// Day is one day of a series that forecasts are tried on.
type Day struct {
	Date  time.Time // its UTC midnight
	Value float64
}

// Backtest says how forecasts would have done on a series: for every month in
// it, from each of a number of its days, the month's total is predicted from
// what was known then.
type Backtest struct {
	Tasks   int
	Error   float64 // mean of |forecast - total| / total
	RunRate float64 // the same, for the average of the month's days so far
	Covered float64 // part of the totals that lay inside the 80 % band
}

// Ratio is the error beside that of the run rate: below 1 is better.
func (b Backtest) Ratio() float64 { return b.Error / b.RunRate }

// backtestDays are the days of a month after which its total is predicted.
func backtestDays() []int { return []int{3, 5, 7, 10, 14, 18, 21, 25} }

// RunBacktest tries forecasts on a series of days without gaps. Months that are
// not whole, and those without spend, are left out.
func RunBacktest(days []Day) Backtest {
	var b Backtest
	var covered float64
	for from := 0; from < len(days); {
		to := from + 1
		for to < len(days) && days[to].Date.Month() == days[from].Date.Month() {
			to++
		}
		if days[from].Date.Day() == 1 && to-from == lengthOfMonth(days[from].Date) {
			for _, seen := range backtestDays() {
				miss, naive, inside, ok := tryMonth(days, from, from+seen, to)
				if !ok {
					continue
				}
				b.Tasks++
				b.Error += miss
				b.RunRate += naive
				if inside {
					covered++
				}
			}
		}
		from = to
	}
	if n := float64(b.Tasks); n > 0 {
		b.Error, b.RunRate, b.Covered = b.Error/n, b.RunRate/n, covered/n
	}
	return b
}

func lengthOfMonth(t time.Time) int {
	return time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// tryMonth predicts days [from, to) from those before now.
func tryMonth(days []Day, from, now, to int) (miss, naive float64, inside, ok bool) {
	values := make([]float64, 0, longHistory)
	for _, d := range days[max(0, now-longHistory):now] {
		values = append(values, d.Value)
	}
	var spent, total float64
	for i := from; i < to; i++ {
		total += days[i].Value
		if i < now {
			spent += days[i].Value
		}
	}
	if total <= 0 {
		return 0, 0, false, false
	}
	rest := float64(to - now)
	point, _ := expect(values, rest)
	low, high := band(values, rest, point)
	actual := total - spent
	return math.Abs(point-actual) / total, math.Abs(spent/float64(now-from)*rest-actual) / total, actual >= low && actual <= high, true
}
