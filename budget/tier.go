package budget

import (
	"fmt"

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
	if err := checkWord("provider", t.Provider, true); err != nil {
		return err
	}
	if err := checkWord("tier", t.Name, true); err != nil {
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
