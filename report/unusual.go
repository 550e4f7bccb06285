package report

import (
	"time"

	"tokpit/money"
	"tokpit/usage"
)

// UnusualDay is a whole day on which something cost far more than it usually
// does. Amounts are the cost of usage that no plan pays for, in US dollars.
type UnusualDay struct {
	Day time.Time // its midnight in the zone asked for
	// By and Value name what stands out: all usage if By is "", else the usage
	// of one provider, project, key or model. Label is what people call it.
	By    usage.Dimension
	Value string
	Label string

	Cost money.Amount
	// Usual is the mean of comparable days: the same weekday of up to four weeks
	// before, without days that stood out themselves, rounded half to even at
	// 1e-18. Rise is Cost - Usual, above zero.
	Usual, Rise money.Amount
	Ratio       float64 // Cost / Usual, for showing; 0 if Usual is zero
	// Score and Limit are what the judge said, see [budget.Unusual].
	Score, Limit float64
	// Causes are the parts of the rise by the combination of dimensions that says
	// most, largest first; what they leave over comes last. They add up to Rise.
	Causes []RisePart
	// Text says it in a sentence: "Tue 17 Nov is 2.3× its usual, 81 % of the rise
	// is key ci-bot on gpt-5". It names the subject if that is not all usage.
	Text string
}

// RisePart is a part of the rise of an unusual day.
type RisePart struct {
	// Dims are what the part is about, as "key" and "model"; empty for what is
	// left over.
	Dims   []usage.Dimension
	Values []string // in parallel; "" is untracked, unallocated
	Label  string   // "key ci-bot on gpt-5", "the rest"
	Cost   money.Amount
	Usual  money.Amount // as that of the day
	Rise   money.Amount // Cost - Usual; below zero where less was spent than usual
	Share  float64      // Rise as a part of the day's, for showing
}

// unusual finds the days that stand out; why says so if none is looked for.
func (in *BudgetsInput) unusual() (days []UnusualDay, why string, err error) {
	return nil, "not looked for", nil
}
