package budget

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/usage"
)

// LimitKind says what happens at a limit that somebody else keeps.
type LimitKind string

// The kinds of limits.
const (
	// LimitApproved is the most that a provider lets an account spend. It raises
	// it on request, or with the account's usage tier.
	LimitApproved LimitKind = "approved"
	// LimitHard is set at the provider; requests are refused beyond it.
	LimitHard LimitKind = "hard"
	// LimitSoft is set at the provider; somebody is told.
	LimitSoft LimitKind = "soft"
)

// LimitKinds lists them, in the order in which they stand on a page.
func LimitKinds() []LimitKind { return []LimitKind{LimitApproved, LimitHard, LimitSoft} }

// Refuses reports whether requests are refused beyond such a limit.
func (k LimitKind) Refuses() bool { return k != LimitSoft }

// Limit is a limit that somebody else keeps, as a person has noted it. Unlike a
// [Budget] it is not a decision made here: nobody is told when it is reached, and
// nothing but the provider enforces it. It is an amount for each period over a
// part of the provider's usage, so where it stands is computed as a budget's is
// ([Limit.Budget]).
type Limit struct {
	Name     string
	Provider string // whose usage counts; never empty
	Account  string // "" is all of its accounts
	Kind     LimitKind
	Amount   money.Amount
	Currency string // ISO 4217 code
	Period   Period
	Anchor   Anchor
	Zone     string // IANA name; providers reckon in UTC
	// Scope narrows what counts down further. It names neither a provider nor an
	// account.
	Scope Scope
	// Tier is the usage tier that the provider has the account in, as it calls
	// it; "" if that is not known or there is none.
	Tier string
	Note string
}

// The dimensions that a limit names by itself.
const (
	scopeProvider = usage.ByProvider
	scopeAccount  = usage.ByAccount
)

// maxText bounds what people write beside a figure.
const maxText = 200

// Validate returns an error that wraps [ErrInvalid] unless the limit means
// something.
func (l *Limit) Validate() error {
	if !slices.Contains(LimitKinds(), l.Kind) {
		return fmt.Errorf("%w: %.40q is no kind of limit; there are approved, hard and soft", ErrInvalid, l.Kind)
	}
	if err := firstErr(checkWord("name", l.Name, true), checkWord("provider", l.Provider, true)); err != nil {
		return err
	}
	for what, text := range map[string]string{"account": l.Account, "tier": l.Tier} {
		if err := checkWord(what, text, false); err != nil {
			return err
		}
	}
	if len(l.Note) > maxText || clean.Text(l.Note) != l.Note {
		return fmt.Errorf("%w: the note must be one line of at most %d bytes", ErrInvalid, maxText)
	}
	for d := range l.Scope {
		if d == scopeProvider || d == scopeAccount {
			return fmt.Errorf("%w: the scope of a limit cannot name %s, which the limit has of its own", ErrInvalid, d)
		}
	}
	b := l.Budget()
	return b.Validate()
}

// checkWord checks a text that has to fit a column.
func checkWord(what, text string, needed bool) error {
	switch {
	case text == "" && needed:
		return fmt.Errorf("%w: the %s is missing", ErrInvalid, what)
	case len(text) > maxName || clean.Text(text) != text || strings.TrimSpace(text) != text:
		return fmt.Errorf("%w: the %s must have at most %d characters on one line", ErrInvalid, what, maxName)
	}
	return nil
}

// Budget returns the limit as a budget: what it says about amounts and time,
// over the provider's usage.
func (l *Limit) Budget() Budget {
	b := Budget{Name: l.Name, Amount: l.Amount, Currency: l.Currency, Period: l.Period, Anchor: l.Anchor, Zone: l.Zone,
		Scope: make(Scope, len(l.Scope)+2), Hard: l.Kind.Refuses()}
	for d, values := range l.Scope {
		b.Scope[d] = values
	}
	b.Scope[scopeProvider] = []string{l.Provider}
	if l.Account != "" {
		b.Scope[scopeAccount] = []string{l.Account, ""} // what names no account counts where there is only one
	}
	return b
}

// limitJSON is how a limit is kept.
type limitJSON struct {
	Version  int       `json:"v"`
	Provider string    `json:"provider"`
	Account  string    `json:"account,omitempty"`
	Kind     LimitKind `json:"kind"`
	Amount   string    `json:"amount"`
	Currency string    `json:"currency"`
	Period   Period    `json:"period"`
	Anchor   string    `json:"anchor,omitempty"`
	Zone     string    `json:"zone,omitempty"`
	Scope    string    `json:"scope,omitempty"`
	Tier     string    `json:"tier,omitempty"`
	Note     string    `json:"note,omitempty"`
}

// Encode returns the limit, without its name, as text that [DecodeLimit] reads.
func (l *Limit) Encode() string {
	return encodeDecision(limitJSON{decisionVersion, l.Provider, l.Account, l.Kind, l.Amount.String(), l.Currency, l.Period,
		l.Anchor.String(), l.Zone, l.Scope.String(), l.Tier, l.Note})
}

// DecodeLimit reads a stored limit. The error wraps [ErrNewer] or [ErrInvalid].
func DecodeLimit(name, text string) (Limit, error) {
	var j limitJSON
	if err := decodeDecision(text, &j, &j.Version); err != nil {
		return Limit{}, fmt.Errorf("limit %.80q: %w", name, err)
	}
	l := Limit{Name: name, Provider: j.Provider, Account: j.Account, Kind: j.Kind, Currency: j.Currency, Period: j.Period, Zone: j.Zone, Tier: j.Tier, Note: j.Note}
	var bad [3]error
	l.Amount, bad[0] = parseAmount(j.Amount)
	l.Anchor, bad[1] = ParseAnchor(j.Anchor, j.Period)
	l.Scope, bad[2] = ParseScope(j.Scope)
	if err := firstErr(append(bad[:], l.Validate())...); err != nil {
		return l, fmt.Errorf("limit %.80q: %w", name, err)
	}
	return l, nil
}

// SortLimits puts limits into the order in which they stand on a page.
func SortLimits(all []Limit) {
	slices.SortFunc(all, func(a, b Limit) int {
		return cmp.Or(strings.Compare(a.Provider, b.Provider), strings.Compare(a.Account, b.Account),
			cmp.Compare(slices.Index(LimitKinds(), a.Kind), slices.Index(LimitKinds(), b.Kind)), strings.Compare(a.Name, b.Name))
	})
}

func isCurrency(code string) bool { return len(code) == 3 && strings.ToUpper(code) == code }
