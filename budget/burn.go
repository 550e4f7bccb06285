package budget

import "tokpit/money"

// GrantState is what became of a grant up to an instant. Used + Expired +
// Balance is its Amount, to the last digit.
type GrantState struct {
	Grant
	Used    money.Amount
	Expired money.Amount // not used when it expired
	Balance money.Amount // what is left; all of it before it is granted
	// Coarse: usage that took from it is known by the hour or day only, across
	// the instant at which it was granted or expired.
	Coarse bool
}
