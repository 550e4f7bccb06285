package ui

import (
	"math"

	"tokpit/report"
	"tokpit/usage"
)

// Volume is how much usage several sums have together. Counts stop at the end of
// their range.
type Volume struct {
	Tokens   int64
	Unpriced int64 // of the tokens
	requests int64
	counted  bool
	least    bool // there are more requests: some sources do not count them
}

// Add adds a sum.
func (v *Volume) Add(s *report.Sum) {
	v.Tokens, v.Unpriced = AddCounts(v.Tokens, s.Tokens.Total()), AddCounts(v.Unpriced, s.UnpricedTokens)
	if s.Requests != usage.Absent {
		v.requests, v.counted = AddCounts(v.requests, s.Requests), true
	}
	v.least = v.least || s.Uncounted > 0
}

// Requests writes the number of requests: "1,234", "≥1,234" as a lower bound.
func (v *Volume) Requests() string {
	if !v.counted {
		return Count(usage.Absent)
	}
	return Requests(v.requests, v.least)
}

// Requests writes a number of requests, which may be a lower bound.
func Requests(n int64, least bool) string {
	if least && n != usage.Absent {
		return "≥" + Count(n)
	}
	return Count(n)
}

// AddCounts adds two counts and stops at the end of the range.
func AddCounts(a, b int64) int64 {
	b = max(b, 0)
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
