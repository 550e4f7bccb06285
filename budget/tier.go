package budget

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tokpit/money"
)

// Tier is one step of a provider's ladder of usage tiers, as a person has noted
// it from the provider's pages. A higher tier has a higher approved limit.
type Tier struct {
	Provider string
	Name     string // as the provider calls it
	// Paid and Days are what it takes: so much paid, and so many days since the
	// first payment. Both may be 0.
	Paid     money.Amount
	Days     int64
	Limit    money.Amount // the approved limit of a month; 0 if it is not known
	Currency string       // of Paid and Limit
}

// maxDays is more than any tier asks for.
const maxDays = 3650

// Validate returns an error that wraps [ErrInvalid] unless the tier means
// something.
func (t *Tier) Validate() error {
	if err := firstErr(checkWord("provider", t.Provider, true), checkWord("tier", t.Name, true)); err != nil {
		return err
	}
	switch {
	case t.Paid.Sign() < 0 || t.Limit.Sign() < 0:
		return fmt.Errorf("%w: the amounts of a tier are not below zero", ErrInvalid)
	case t.Days < 0 || t.Days > maxDays:
		return fmt.Errorf("%w: a tier asks for 0 to %d days", ErrInvalid, maxDays)
	case !isCurrency(t.Currency):
		return fmt.Errorf("%w: %.40q is not a currency code", ErrInvalid, t.Currency)
	}
	return nil
}

// SortTiers puts tiers into the order in which an account climbs them.
func SortTiers(all []Tier) {
	slices.SortFunc(all, func(a, b Tier) int {
		return cmp.Or(strings.Compare(a.Provider, b.Provider), a.Paid.Cmp(b.Paid), cmp.Compare(a.Days, b.Days), a.Limit.Cmp(b.Limit), strings.Compare(a.Name, b.Name))
	})
}

// Next returns the tier above one of a provider's, false if there is none or the
// tier is not on the ladder: nobody knows then where the account stands.
func Next(ladder []Tier, provider, tier string) (Tier, bool) {
	var own []Tier
	for _, t := range ladder {
		if t.Provider == provider {
			own = append(own, t)
		}
	}
	SortTiers(own)
	for i := range own {
		if strings.EqualFold(own[i].Name, tier) && i+1 < len(own) {
			return own[i+1], true
		}
	}
	return Tier{}, false
}

// Missing is what an account lacks for a tier.
type Missing struct {
	// Amount is still to be paid, 0 if enough is, where AmountKnown.
	Amount      money.Amount
	AmountKnown bool
	// Days are still to pass since the first payment, where DaysKnown; Since is
	// the instant at which they have.
	Days      int64
	DaysKnown bool
	Since     time.Time
}

// Missing returns what is still missing for a tier at an instant. A tier that
// asks for nothing is there without anybody having noted anything.
func (t *Tier) Missing(b *Billing, now time.Time) Missing {
	var m Missing
	switch {
	case t.Paid.IsZero():
		m.AmountKnown = true
	case b.Currency == t.Currency:
		m.AmountKnown = true
		if m.Amount = t.Paid.Sub(b.Paid); m.Amount.Sign() < 0 {
			m.Amount = money.Amount{}
		}
	}
	switch {
	case t.Days == 0:
		m.DaysKnown = true
	case !b.First.IsZero():
		m.DaysKnown, m.Since = true, b.First.Add(time.Duration(t.Days)*24*time.Hour)
		if left := m.Since.Sub(now); left > 0 {
			m.Days = int64((left + 24*time.Hour - 1) / (24 * time.Hour))
		}
	}
	return m
}
