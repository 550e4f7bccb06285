package ui

import "tokpit/money"

// ShareOf returns which part of a whole an amount is, in thousandths, rounded to
// the nearest; ok is false if there is no whole. It is the rule of all pages, so
// that a row is the same part wherever it is said.
func ShareOf(part, whole money.Amount) (perMille int64, ok bool) {
	if whole.Sign() <= 0 || part.Sign() < 0 {
		return 0, false
	}
	return int64(min(part.Float()/whole.Float(), 1)*1000 + 0.5), true
}
