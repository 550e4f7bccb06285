package usage

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tokpit/money"
)

// Charged is what a provider itself says that something cost. It stands beside
// tokens × price and is never added to it.
type Charged struct {
	Currency string // ISO 4217 code
	Amount   money.Amount
	Records  int64 // how many records it is the sum of; an amount of 0 from one is not nothing
}

// addCharged merges two lists sorted by currency into a new one.
func addCharged(a, b []Charged, sign int64) []Charged {
	out := make([]Charged, 0, len(a)+len(b))
	for len(a) > 0 || len(b) > 0 {
		var c Charged
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].Currency < b[0].Currency:
			c, a = a[0], a[1:]
		case len(a) == 0 || b[0].Currency < a[0].Currency:
			c, b = Charged{Currency: b[0].Currency}.plus(b[0], sign), b[1:]
		default:
			c, a, b = a[0].plus(b[0], sign), a[1:], b[1:]
		}
		if c.Records != 0 || !c.Amount.IsZero() {
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func (c Charged) plus(d Charged, sign int64) Charged {
	c.Records += sign * d.Records
	if sign < 0 {
		c.Amount = c.Amount.Sub(d.Amount)
	} else {
		c.Amount = c.Amount.Add(d.Amount)
	}
	return c
}

// Coverage says that a source has read everything that a provider knows about
// an account in a span of whole UTC days, on one basis. Inside it, a day
// without usage is known to have none; outside, nothing is known.
type Coverage struct {
	Provider, Account string
	Basis             Basis
	Span              // both ends are UTC midnights, and neither is open
}

// Check reports whether the span is made of whole UTC days.
func (c Coverage) Check() bool {
	whole := func(t time.Time) bool { return !t.IsZero() && t.Equal(t.UTC().Truncate(24*time.Hour)) }
	return whole(c.Since) && whole(c.Until) && c.Since.Before(c.Until) && c.Basis != BasisUnknown
}

// MergeCoverage joins spans that touch or overlap, per provider, account and
// basis. The result is sorted and does not depend on the order of the input.
func MergeCoverage(all []Coverage) []Coverage {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b Coverage) int {
		return cmp.Or(strings.Compare(a.Provider, b.Provider), strings.Compare(a.Account, b.Account),
			cmp.Compare(a.Basis, b.Basis), a.Since.Compare(b.Since), a.Until.Compare(b.Until))
	})
	var out []Coverage
	for _, c := range all {
		if n := len(out); n > 0 {
			last := &out[n-1]
			if last.Provider == c.Provider && last.Account == c.Account && last.Basis == c.Basis && !last.Until.Before(c.Since) {
				if last.Until.Before(c.Until) {
					last.Until = c.Until
				}
				continue
			}
		}
		out = append(out, c)
	}
	return out
}

// Preference puts one basis above all others for an account: a day that it
// covers counts on it, whatever else is known of that day.
type Preference struct {
	Provider string
	Account  string // "" is every account of the provider
	Basis    Basis
}

// Entity is what a provider says about something that usage belongs to: a
// project, a key, a user, an organization. Usage names it by its ID, which
// never changes; its name may.
type Entity struct {
	Kind    Dimension // ByOrganization, ByProject, ByKey, ByUser, …
	ID      string
	Name    string // "" if it has none
	Parent  string // ID of the project that a key belongs to; "" if none
	Hint    string // how a provider shows a key: "sk-…ab12"; for a user, the e-mail address
	Created time.Time
	// LastUsed is when the provider last saw it in use; zero if it does not say.
	LastUsed time.Time
	Archived bool // archived, disabled or deleted at the provider
}

// Known is an entity with all the names it has had.
type Known struct {
	Entity
	Names []Named // oldest first; the last one is Entity.Name
}

// Named is a name and since when it has been known.
type Named struct {
	Name  string
	Since time.Time
}

// Standing is what a provider says about an account itself, beside its usage.
type Standing struct {
	At     time.Time // when it was asked
	Limits []SpendLimit
	// Credit that was bought and used, where a provider sells it ahead; the
	// currency is "" if it does not.
	Currency      string
	Granted, Used money.Amount
	// Windows are the latest that a tool has said of the allowances of its plan,
	// shortest first.
	Windows []Window
}

// WholeShare is all of an allowance, in the unit of [Window.Used].
const WholeShare = 100_000

// Window is an allowance of a plan that begins anew when a stretch of time has
// passed: how much of it is used, as the tool said at some moment.
type Window struct {
	Name   string // the tool's name for it: "primary"
	Used   int64  // thousandths of a percent; above WholeShare if more than all is used
	Length time.Duration
	Resets time.Time // when it begins anew; zero if the tool did not say
	At     time.Time // when the tool said so
}

// SpendLimit is a limit, or an alert, that is set at the provider.
type SpendLimit struct {
	// Scope is ByOrganization (all of the account) or ByProject; ByProvider where a
	// source tells of several.
	Scope    Dimension
	ID       string // of the organization, project or provider
	Amount   money.Amount
	Currency string
	Interval string // "month"
	Enforced bool   // requests are refused beyond it; otherwise somebody is told
	Note     string // state or channel, as the provider puts it
}
