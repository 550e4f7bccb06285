package budget

import (
	"fmt"
	"slices"
	"time"

	"tokpit/internal/clean"
	"tokpit/money"
)

// GrantSource says why an account has credit.
type GrantSource string

// The sources of credit.
const (
	GrantTrial     GrantSource = "trial"     // given to a new account
	GrantPromotion GrantSource = "promotion" // given for some other reason
	GrantPurchase  GrantSource = "purchase"  // paid for in advance
)

// GrantSources lists them.
func GrantSources() []GrantSource { return []GrantSource{GrantTrial, GrantPromotion, GrantPurchase} }

// Free reports whether nothing was paid for such credit.
func (s GrantSource) Free() bool { return s != GrantPurchase }

// Grant is credit that an account was given or has bought. Usage takes it away,
// and what is left when it expires is gone. Both happen at instants: a grant may
// be used from Granted on and until just before Expires.
type Grant struct {
	Name     string
	Provider string
	Account  string // "" is whatever account the provider has
	Amount   money.Amount
	Currency string // ISO 4217 code
	Granted  time.Time
	Expires  time.Time // zero: never
	Source   GrantSource
	Note     string
}

// Validate returns an error that wraps [ErrInvalid] unless the grant means
// something.
func (g *Grant) Validate() error {
	if err := firstErr(checkWord("name", g.Name, true), checkWord("provider", g.Provider, true), checkWord("account", g.Account, false)); err != nil {
		return err
	}
	switch {
	case g.Amount.Sign() <= 0:
		return fmt.Errorf("%w: an amount of %s is not above zero", ErrInvalid, g.Amount)
	case !isCurrency(g.Currency):
		return fmt.Errorf("%w: %.40q is not a currency code", ErrInvalid, g.Currency)
	case !slices.Contains(GrantSources(), g.Source):
		return fmt.Errorf("%w: %.40q is no source of credit; there are trial, promotion and purchase", ErrInvalid, g.Source)
	case g.Granted.IsZero():
		return fmt.Errorf("%w: it is not said when the credit was granted", ErrInvalid)
	case !g.Expires.IsZero() && !g.Expires.After(g.Granted):
		return fmt.Errorf("%w: the credit would expire %s, before it is granted", ErrInvalid, g.Expires.UTC().Format(time.RFC3339))
	case len(g.Note) > maxText || clean.Text(g.Note) != g.Note:
		return fmt.Errorf("%w: the note must be one line of at most %d bytes", ErrInvalid, maxText)
	}
	return nil
}

// Alive reports whether usage at an instant may take from the grant.
func (g *Grant) Alive(t time.Time) bool {
	return !t.Before(g.Granted) && (g.Expires.IsZero() || t.Before(g.Expires))
}

// BillingState says whether an account is charged when its credit is gone.
type BillingState string

// The answers to whether an account has billing information.
const (
	BillingUnknown BillingState = "unknown"
	BillingYes     BillingState = "yes"
	BillingNo      BillingState = "no"
)

// Billing is what a person knows about how an account is paid for.
type Billing struct {
	Provider string
	Account  string // "" is whatever account the provider has
	State    BillingState
	// Paid is what the account has paid the provider so far, since First, where
	// somebody knows it: usage tiers are decided by both. Currency is "" if not.
	Paid     money.Amount
	Currency string
	First    time.Time // the first payment; zero if it is not known
}

// Validate returns an error that wraps [ErrInvalid] unless the fact means
// something.
func (b *Billing) Validate() error {
	if err := firstErr(checkWord("provider", b.Provider, true), checkWord("account", b.Account, false)); err != nil {
		return err
	}
	switch {
	case b.State != BillingYes && b.State != BillingNo && b.State != BillingUnknown:
		return fmt.Errorf("%w: billing is yes, no or unknown, not %.40q", ErrInvalid, b.State)
	case b.Paid.Sign() < 0:
		return fmt.Errorf("%w: %s cannot have been paid", ErrInvalid, b.Paid)
	case b.Currency != "" && !isCurrency(b.Currency):
		return fmt.Errorf("%w: %.40q is not a currency code", ErrInvalid, b.Currency)
	case b.Currency == "" && !b.Paid.IsZero():
		return fmt.Errorf("%w: what was paid has no currency", ErrInvalid)
	}
	return nil
}

// AccountState is what an account's credit allows.
type AccountState string

// The states of an account.
const (
	AccountCredit    AccountState = "credit"     // there is credit left
	AccountBilled    AccountState = "billed"     // no credit, but billing: requests are charged
	AccountNoBilling AccountState = "no billing" // neither: requests are refused
	AccountUnknown   AccountState = "unknown"    // no credit, and nobody said whether there is billing
)

// StateOf returns the state of an account with a balance of credit.
func StateOf(balance money.Amount, billing BillingState) AccountState {
	switch {
	case balance.Sign() > 0:
		return AccountCredit
	case billing == BillingYes:
		return AccountBilled
	case billing == BillingNo:
		return AccountNoBilling
	}
	return AccountUnknown
}

// Refuses reports whether the provider refuses requests in this state.
func (s AccountState) Refuses() bool { return s == AccountNoBilling }
