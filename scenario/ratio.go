package scenario

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"tokpit/money"
)

// Ratio is a share or a factor in millionths: 600_000 is 60 %, or ×0.6.
type Ratio int64

// Whole is the share of everything, and the factor that changes nothing.
const Whole Ratio = 1_000_000

// mostRatio bounds factors: ten thousand times is no scenario but a slip.
const mostRatio = 10_000 * Whole

// Percent returns the ratio as a percentage without needless zeros: "60%".
func (r Ratio) Percent() string { return decimal(int64(r), 4) + "%" }

// Change returns the ratio as the change that a factor makes: "-20%", "+50%".
func (r Ratio) Change() string {
	if r >= Whole {
		return "+" + (r - Whole).Percent()
	}
	return (r - Whole).Percent()
}

// String returns the ratio as a factor: "0.8".
func (r Ratio) String() string { return decimal(int64(r), 6) }

// decimal writes n × 10^-places.
func decimal(n int64, places int) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	s := strconv.FormatInt(n, 10)
	if len(s) <= places {
		s = strings.Repeat("0", places+1-len(s)) + s
	}
	whole, rest := s[:len(s)-places], strings.TrimRight(s[len(s)-places:], "0")
	if rest != "" {
		rest = "." + rest
	}
	return sign + whole + rest
}

// parseMillionths reads a decimal exactly; times is 1, or 100 for a percentage.
func parseMillionths(s string, percent bool) (Ratio, error) {
	a, err := money.Parse(strings.TrimPrefix(s, "+"))
	if err != nil {
		return 0, fmt.Errorf("%q is not a number", s)
	}
	places := 6
	if percent {
		places = 4
	}
	if a != a.Round(places) {
		return 0, fmt.Errorf("%q has more digits than a scenario keeps: a share is kept to 0.0001 %%", s)
	}
	digits := strings.Replace(a.Format(places), ".", "", 1)
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > int64(mostRatio) || n < -int64(mostRatio) {
		return 0, fmt.Errorf("%q is beyond 10000 times", s)
	}
	return Ratio(n), nil
}

// ParseShare reads a part of a whole: "60%" or "0.6".
func ParseShare(s string) (Ratio, error) {
	s = strings.TrimSpace(s)
	number, percent := strings.CutSuffix(s, "%")
	r, err := parseMillionths(strings.TrimSpace(number), percent)
	if err != nil {
		return 0, err
	}
	if r < 0 || r > Whole {
		return 0, fmt.Errorf("%q is not between 0 and 100 %%", s)
	}
	return r, nil
}

// ParseFactor reads what something is multiplied by: a change such as "-20%",
// "+50%" or "-0.2", or a multiple such as "2x" or "0.5x".
func ParseFactor(s string) (Ratio, error) {
	s = strings.TrimSpace(s)
	if number, ok := strings.CutSuffix(s, "x"); ok {
		r, err := parseMillionths(number, false)
		if err == nil && r < 0 {
			err = fmt.Errorf("%q is below zero", s)
		}
		return r, err
	}
	if !strings.HasPrefix(s, "-") && !strings.HasPrefix(s, "+") {
		return 0, fmt.Errorf("%q can be read in two ways: write a change as -20%% or +20%%, a multiple as 2x", s)
	}
	number, percent := strings.CutSuffix(s, "%")
	r, err := parseMillionths(number, percent)
	if err != nil {
		return 0, err
	}
	if r < -Whole {
		return 0, fmt.Errorf("%q takes away more than there is", s)
	}
	return Whole + r, nil
}

// Range is a ratio that is known to lie between two others. Base is the one that
// single figures are computed with.
type Range struct{ Low, Base, High Ratio }

// Exactly is the range of one value.
func Exactly(r Ratio) Range { return Range{r, r, r} }

// Exact reports whether the range is one value.
func (r Range) Exact() bool { return r.Low == r.High }

func (r Range) check(what string, low, high Ratio) error {
	if r.Low > r.Base || r.Base > r.High {
		return fmt.Errorf("%s: the ends of a range come in order, low..likely..high", what)
	}
	if r.Low < low || r.High > high {
		return fmt.Errorf("%s must lie between %s and %s", what, low, high)
	}
	return nil
}

// parseRange reads "X", or "LOW..BASE..HIGH" with a parser for one value.
func parseRange(s string, one func(string) (Ratio, error)) (Range, error) {
	parts := strings.Split(s, "..")
	if len(parts) == 2 {
		return Range{}, fmt.Errorf("%q: a range is low..likely..high", s)
	}
	if len(parts) > 3 {
		return Range{}, fmt.Errorf("%q: a range has three values", s)
	}
	var v [3]Ratio
	for i, p := range parts {
		r, err := one(p)
		if err != nil {
			return Range{}, err
		}
		v[i] = r
	}
	if len(parts) == 1 {
		return Exactly(v[0]), nil
	}
	r := Range{v[0], v[1], v[2]}
	return r, r.check(strconv.Quote(s), math.MinInt64, math.MaxInt64)
}

func (r Range) text(one func(Ratio) string) string {
	if r.Low == r.Base && r.Base == r.High {
		return one(r.Base)
	}
	return one(r.Low) + ".." + one(r.Base) + ".." + one(r.High)
}

// factorText writes a factor as ParseFactor reads it.
func factorText(r Ratio) string {
	if r >= 2*Whole {
		return r.String() + "x"
	}
	return r.Change()
}
