// Package budget is what somebody has decided to spend at most: budgets with
// their periods, scopes and thresholds, where they stand, what they are likely
// to end at, whom to tell, and what a hard limit would have refused.
//
// A [Budget] is a decision and changes only when a person changes it. Where it
// stands ([Status]) is computed from usage whenever it is asked; nothing about
// spend is kept here, so late usage and corrected prices need no repair. What
// must be kept is what has been told to whom: the alert state ([Alerts]).
//
// The package does no I/O. Amounts are exact; the clock is an argument.
package budget

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tokpit/money"
	"tokpit/usage"
)

// Budget is an amount for each period of a kind, over a part of all usage.
type Budget struct {
	Name     string
	Amount   money.Amount
	Currency string // ISO 4217 code
	Period   Period
	Anchor   Anchor
	Zone     string // IANA name; periods begin at its midnights
	Scope    Scope
	Warn     []Threshold // soft: somebody is told
	// Hard is a wish: tokpit refuses no request. The replay shows what refusing
	// would have done.
	Hard bool
	// Notify names who is told, as channel:address ("mail:owner@example.com") or
	// the name of a configured channel.
	Notify []string
}

// ErrInvalid is wrapped by the errors of [Budget.Validate] and of the parsers.
var ErrInvalid = errors.New("invalid budget")

// maxName is the longest name; it has to fit a column and a subject line.
const maxName = 64

// Validate returns an error that wraps [ErrInvalid] unless the budget means
// something: a name, an amount above zero, and thresholds that can be reached.
func (b *Budget) Validate() error {
	switch {
	case b.Name == "" || len(b.Name) > maxName || strings.TrimSpace(b.Name) != b.Name || strings.ContainsAny(b.Name, "\x00\n\r\t"):
		return fmt.Errorf("%w: the name must have 1 to %d characters on one line", ErrInvalid, maxName)
	case b.Amount.Sign() <= 0:
		return fmt.Errorf("%w: an amount of %s is not above zero", ErrInvalid, b.Amount)
	case len(b.Currency) != 3 || strings.ToUpper(b.Currency) != b.Currency:
		return fmt.Errorf("%w: %q is not a currency code", ErrInvalid, b.Currency)
	}
	if err := b.Anchor.check(b.Period); err != nil {
		return err
	}
	if _, err := b.zone(); err != nil {
		return err
	}
	if err := b.Scope.check(); err != nil {
		return err
	}
	for i, t := range b.Warn {
		if err := t.check(); err != nil {
			return err
		}
		if slices.Contains(b.Warn[:i], t) {
			return fmt.Errorf("%w: the threshold %s is named twice", ErrInvalid, t)
		}
	}
	return nil
}

func (b *Budget) zone() (*time.Location, error) {
	if b.Zone == "" {
		return time.UTC, nil
	}
	zone, err := time.LoadLocation(b.Zone)
	if err != nil || b.Zone == "Local" {
		return nil, fmt.Errorf("%w: %q is no IANA time zone such as Europe/Berlin", ErrInvalid, b.Zone)
	}
	return zone, nil
}

// Scope is the part of usage that counts: every dimension named must have one
// of its values; "" is usage without one (untracked, unallocated). The empty
// scope is everything.
type Scope map[usage.Dimension][]string

// scopes are the dimensions that a scope may name, besides tags.
func scopes() []usage.Dimension {
	return []usage.Dimension{usage.ByProvider, usage.ByAccount, usage.ByOrganization, usage.ByEnvironment, usage.ByProject,
		usage.ByKey, usage.ByUser, usage.ByAgent, usage.ByMachine, usage.ByModel, usage.BySource, usage.ByCostCenter}
}

func (s Scope) check() error {
	for d, values := range s {
		if tag, ok := strings.CutPrefix(string(d), "tag:"); !slices.Contains(scopes(), d) && (!ok || tag == "") {
			return fmt.Errorf("%w: a scope cannot name %q", ErrInvalid, d)
		}
		if len(values) == 0 {
			return fmt.Errorf("%w: the scope names %s without a value", ErrInvalid, d)
		}
	}
	return nil
}

// ParseScope reads "provider=openai,project=web,project=api": values of one
// dimension are alternatives. A backslash keeps the comma, equals sign or
// backslash after it as text.
func ParseScope(text string) (Scope, error) {
	s := make(Scope)
	for _, pair := range SplitEscaped(text, ',') {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		parts := SplitEscaped(pair, '=')
		if len(parts) < 2 {
			return nil, fmt.Errorf("%w: %q is not dimension=value", ErrInvalid, pair)
		}
		d := usage.Dimension(strings.TrimSpace(Unescape(parts[0])))
		value := strings.TrimSpace(Unescape(strings.Join(parts[1:], "=")))
		if !slices.Contains(s[d], value) {
			s[d] = append(s[d], value)
		}
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	return s, nil
}

// String is the canonical form that [ParseScope] reads, "" for everything.
func (s Scope) String() string {
	escape := strings.NewReplacer(`\`, `\\`, ",", `\,`, "=", `\=`)
	var pairs []string
	for _, d := range slices.Sorted(maps.Keys(s)) {
		for _, v := range slices.Sorted(slices.Values(s[d])) {
			pairs = append(pairs, escape.Replace(string(d))+"="+escape.Replace(v))
		}
	}
	return strings.Join(pairs, ",")
}

// Holds reports whether usage with these dimensions is in scope.
func (s Scope) Holds(d *usage.Dims) bool {
	for dim, values := range s {
		if !slices.Contains(values, dim.Of(d)) {
			return false
		}
	}
	return true
}

// SplitEscaped splits the text of a scope, or what is written like one, at
// separators without a backslash before them.
func SplitEscaped(text string, sep byte) []string {
	var out []string
	from := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case sep:
			out, from = append(out, text[from:i]), i+1
		}
	}
	return append(out, text[from:])
}

// Unescape takes a part of such a text without the backslashes.
func Unescape(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
