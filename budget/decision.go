package budget

import (
	"encoding/json"
	"fmt"
	"time"

	"tokpit/money"
)

// Limits, tiers, grants and what is known of billing are kept as texts under
// these kinds, by the names that their Key methods give.
const (
	KindLimit   = "limit"
	KindTier    = "tier"
	KindGrant   = "grant"
	KindBilling = "billing"
)

// decisionVersion is that of all of these texts.
const decisionVersion = 1

func encodeDecision(v any) string {
	text, err := json.Marshal(v)
	if err != nil { // they hold texts and numbers only: nothing can fail
		return ""
	}
	return string(text)
}

// decodeDecision reads what encodeDecision wrote.
func decodeDecision(text string, into any, version *int) error {
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	switch {
	case *version > decisionVersion:
		return ErrNewer
	case *version < 1:
		return fmt.Errorf("%w: it has no version", ErrInvalid)
	}
	return nil
}

func parseAmount(text string) (money.Amount, error) {
	if text == "" {
		return money.Amount{}, nil
	}
	a, err := money.Parse(text)
	if err != nil {
		return a, fmt.Errorf("%w: %.40q is no amount", ErrInvalid, text)
	}
	return a, nil
}

func amountText(a money.Amount) string {
	if a.IsZero() {
		return ""
	}
	return a.String()
}

func parseInstant(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, fmt.Errorf("%w: %.40q is no instant", ErrInvalid, text)
	}
	return t.UTC(), nil
}

func instantText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// firstErr returns the first error of several.
func firstErr(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

type grantJSON struct {
	Version  int         `json:"v"`
	Provider string      `json:"provider"`
	Account  string      `json:"account,omitempty"`
	Amount   string      `json:"amount"`
	Currency string      `json:"currency"`
	Granted  string      `json:"granted_at"`
	Expires  string      `json:"expires_at,omitempty"`
	Source   GrantSource `json:"source"`
	Note     string      `json:"note,omitempty"`
}

// Encode returns the grant, without its name, as text that [DecodeGrant] reads.
func (g *Grant) Encode() string {
	return encodeDecision(grantJSON{decisionVersion, g.Provider, g.Account, g.Amount.String(), g.Currency,
		instantText(g.Granted), instantText(g.Expires), g.Source, g.Note})
}

// DecodeGrant reads a stored grant. The error wraps [ErrNewer] or [ErrInvalid].
func DecodeGrant(name, text string) (Grant, error) {
	var j grantJSON
	if err := decodeDecision(text, &j, &j.Version); err != nil {
		return Grant{}, fmt.Errorf("grant %.80q: %w", name, err)
	}
	g := Grant{Name: name, Provider: j.Provider, Account: j.Account, Currency: j.Currency, Source: j.Source, Note: j.Note}
	var bad [3]error
	g.Amount, bad[0] = parseAmount(j.Amount)
	g.Granted, bad[1] = parseInstant(j.Granted)
	g.Expires, bad[2] = parseInstant(j.Expires)
	if err := firstErr(append(bad[:], g.Validate())...); err != nil {
		return g, fmt.Errorf("grant %.80q: %w", name, err)
	}
	return g, nil
}

type billingJSON struct {
	Version  int          `json:"v"`
	Provider string       `json:"provider"`
	Account  string       `json:"account,omitempty"`
	State    BillingState `json:"state"`
	Paid     string       `json:"paid,omitempty"`
	Currency string       `json:"currency,omitempty"`
	First    string       `json:"first_paid_at,omitempty"`
}

// Key is the name that a fact about billing is kept under: one for each account.
func (b *Billing) Key() string { return accountName(b.Provider, b.Account) }

// accountName names an account of a provider in one word.
func accountName(provider, account string) string {
	if account == "" {
		return provider
	}
	return provider + "/" + account
}

// Encode returns text that [DecodeBilling] reads.
func (b *Billing) Encode() string {
	paid := ""
	if b.Currency != "" {
		paid = b.Paid.String()
	}
	return encodeDecision(billingJSON{decisionVersion, b.Provider, b.Account, b.State, paid, b.Currency, instantText(b.First)})
}

// DecodeBilling reads what is known of an account's billing. The error wraps
// [ErrNewer] or [ErrInvalid].
func DecodeBilling(name, text string) (Billing, error) {
	var j billingJSON
	if err := decodeDecision(text, &j, &j.Version); err != nil {
		return Billing{}, fmt.Errorf("billing of %.80q: %w", name, err)
	}
	b := Billing{Provider: j.Provider, Account: j.Account, State: j.State, Currency: j.Currency}
	var bad [2]error
	b.Paid, bad[0] = parseAmount(j.Paid)
	b.First, bad[1] = parseInstant(j.First)
	if err := firstErr(append(bad[:], b.Validate())...); err != nil {
		return b, fmt.Errorf("billing of %.80q: %w", name, err)
	}
	return b, nil
}

type tierJSON struct {
	Version  int    `json:"v"`
	Provider string `json:"provider"`
	Name     string `json:"name"`
	Paid     string `json:"paid,omitempty"`
	Days     int64  `json:"days,omitempty"`
	Limit    string `json:"limit,omitempty"`
	Currency string `json:"currency"`
}

// Key is the name that a tier is kept under.
func (t *Tier) Key() string { return t.Provider + "/" + t.Name }

// Encode returns text that [DecodeTier] reads.
func (t *Tier) Encode() string {
	return encodeDecision(tierJSON{decisionVersion, t.Provider, t.Name, amountText(t.Paid), t.Days, amountText(t.Limit), t.Currency})
}

// DecodeTier reads a stored tier. The error wraps [ErrNewer] or [ErrInvalid].
func DecodeTier(name, text string) (Tier, error) {
	var j tierJSON
	if err := decodeDecision(text, &j, &j.Version); err != nil {
		return Tier{}, fmt.Errorf("tier %.80q: %w", name, err)
	}
	t := Tier{Provider: j.Provider, Name: j.Name, Days: j.Days, Currency: j.Currency}
	var bad [2]error
	t.Paid, bad[0] = parseAmount(j.Paid)
	t.Limit, bad[1] = parseAmount(j.Limit)
	if err := firstErr(append(bad[:], t.Validate())...); err != nil {
		return t, fmt.Errorf("tier %.80q: %w", name, err)
	}
	return t, nil
}
