package budget

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tokpit/money"
)

// GrantState is what became of a grant up to an instant. Used + Expired +
// Balance is its Amount, to the last digit.
type GrantState struct {
	Grant
	Used    money.Amount
	Expired money.Amount // not used when it expired
	Balance money.Amount // what is left; all of it before it is granted
	Pending bool         // it is granted later
	// Coarse: usage that took from it is known by the hour or day only, across
	// the instant at which it was granted or expired.
	Coarse bool
}

// Taking is usage of an account that credit pays for: what was used from Since
// until just before Until cost that much. A single request has both in one
// instant.
type Taking struct {
	Since, Until time.Time
	Cost         money.Amount
}

// Burn goes through the usage of one account up to an instant and takes it from
// the account's grants: first from the one that expires first, of those that
// expire together from what was given before what was paid for. It returns what
// became of each grant, in that order, and what no grant was there for.
//
// All amounts are in one currency. The order of the arguments does not matter.
// Usage that is known by the hour or the day only takes from any grant that is
// there during some of it.
func Burn(grants []Grant, usage []Taking, now time.Time) (states []GrantState, payable money.Amount) {
	for _, g := range grants {
		states = append(states, GrantState{Grant: g, Balance: g.Amount, Pending: now.Before(g.Granted)})
	}
	slices.SortFunc(states, func(a, b GrantState) int { return firstToBurn(&a.Grant, &b.Grant) })
	usage = slices.Clone(usage)
	slices.SortFunc(usage, func(a, b Taking) int {
		return cmp.Or(a.Since.Compare(b.Since), a.Until.Compare(b.Until))
	})
	left := make([]int, len(states)) // grants that something may still be taken from
	for i := range left {
		left[i] = i
	}
	for _, t := range usage {
		if !t.Since.Before(now) {
			break
		}
		left = slices.DeleteFunc(left, func(i int) bool {
			s := &states[i]
			return s.Balance.IsZero() || !s.Expires.IsZero() && !t.Since.Before(s.Expires)
		})
		rest := t.Cost
		for _, i := range left {
			if rest.Sign() <= 0 {
				break
			}
			rest = states[i].take(t, rest)
		}
		payable = payable.Add(rest)
	}
	for i := range states {
		if s := &states[i]; !s.Expires.IsZero() && !now.Before(s.Expires) {
			s.Expired, s.Balance = s.Balance, money.Amount{}
		}
	}
	return states, payable
}

// firstToBurn orders grants by which is taken from first. Names make it the same
// whatever order they come in.
func firstToBurn(a, b *Grant) int {
	never := func(g *Grant) int {
		if g.Expires.IsZero() {
			return 1
		}
		return 0
	}
	paid := func(g *Grant) int {
		if g.Source.Free() {
			return 0
		}
		return 1
	}
	return cmp.Or(never(a)-never(b), a.Expires.Compare(b.Expires), paid(a)-paid(b), a.Granted.Compare(b.Granted), strings.Compare(a.Name, b.Name))
}

// take takes what it can of a cost from a grant, and returns the rest.
func (s *GrantState) take(t Taking, cost money.Amount) (rest money.Amount) {
	during := t.Until.After(s.Granted) || !t.Since.Before(s.Granted)
	if !during || s.Balance.IsZero() {
		return cost
	}
	part := cost
	if s.Balance.Cmp(part) < 0 {
		part = s.Balance
	}
	s.Used, s.Balance = s.Used.Add(part), s.Balance.Sub(part)
	if t.Since.Before(s.Granted) || !s.Expires.IsZero() && t.Until.After(s.Expires) {
		s.Coarse = true
	}
	return cost.Sub(part)
}

// ExpiryWarnings are how many days before credit expires somebody is told.
func ExpiryWarnings() []int { return []int{14, 7, 1} }

// Warning returns the latest warning that is due at an instant, in days before
// the grant expires; 0 if none is, or nothing is left to lose.
func (s *GrantState) Warning(now time.Time) int {
	due := 0
	if s.Expires.IsZero() || s.Balance.Sign() <= 0 || s.Pending {
		return 0
	}
	for _, days := range ExpiryWarnings() {
		if !now.Before(s.Expires.Add(-time.Duration(days) * 24 * time.Hour)) {
			due = days
		}
	}
	return due
}
