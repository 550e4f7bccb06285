package budget

import (
	"fmt"
	"strconv"
	"strings"

	"tokpit/money"
)

// Threshold is where somebody is told: a part of the budget's amount or an
// amount, of what is spent or of what the forecast says.
type Threshold struct {
	Forecast bool
	Percent  int64        // of the budget's amount, in thousandths of a percent; 0 if Amount says it
	Amount   money.Amount // in the budget's currency
}

// wholePercent is one percent in the unit of Threshold.Percent.
const wholePercent = 1000

func (t Threshold) check() error {
	switch {
	case t.Percent < 0 || t.Percent == 0 && t.Amount.Sign() <= 0:
		return fmt.Errorf("%w: a threshold of %s is not above zero", ErrInvalid, t)
	case t.Percent > 1000*wholePercent:
		return fmt.Errorf("%w: a threshold of %s is above 1000%%", ErrInvalid, t)
	}
	return nil
}

// At returns the amount at which the threshold is reached: spend of that much
// or more has reached it. A part that is no multiple of 1e-18 is rounded half
// to even.
func (t Threshold) At(limit money.Amount) money.Amount {
	if t.Percent == 0 {
		return t.Amount
	}
	return money.NewRate(limit).Scale(t.Percent, 100*wholePercent).Amount()
}

// String is what [ParseThreshold] reads: "80%", "forecast:100%", "450".
func (t Threshold) String() string {
	s := t.Amount.String()
	if t.Percent != 0 {
		s = money.NewRate(money.FromUnits(1)).Scale(t.Percent, wholePercent).Amount().String() + "%"
	}
	if t.Forecast {
		s = "forecast:" + s
	}
	return s
}

// ParseThreshold reads "80%", "450", and either with "forecast:" before it.
func ParseThreshold(text string) (Threshold, error) {
	var t Threshold
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), "forecast:")
	t.Forecast = ok
	rest, percent := strings.CutSuffix(strings.TrimSpace(rest), "%")
	value, err := money.Parse(strings.TrimSpace(rest))
	if err != nil {
		return t, fmt.Errorf("%w: %.40q is no threshold such as 80%%, 450 or forecast:100%%", ErrInvalid, text)
	}
	if !percent {
		t.Amount = value
		return t, t.check()
	}
	if value.Sign() <= 0 || value.Cmp(money.FromUnits(1000)) > 0 || value.Round(3) != value {
		return t, fmt.Errorf("%w: %.40q must lie above 0%% and not above 1000%%, with at most three decimals", ErrInvalid, text)
	}
	t.Percent = thousandths(value)
	return t, t.check()
}

// ParseThresholds reads a list with commas between; "" is none.
func ParseThresholds(text string) ([]Threshold, error) {
	var out []Threshold
	for part := range strings.SplitSeq(text, ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		t, err := ParseThreshold(part)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// thousandths returns a value of at most three decimals and at most 1000 as an
// integer.
func thousandths(a money.Amount) int64 {
	n, _ := strconv.ParseInt(strings.Replace(a.Format(3), ".", "", 1), 10, 64)
	return n
}
