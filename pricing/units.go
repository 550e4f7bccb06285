package pricing

import (
	"math/big"
	"strings"

	"tokpit/money"
)

// Unit is an amount of tokens that people think of prices in.
type Unit uint8

// The units.
const (
	PerMillion  Unit = iota // as vendors publish
	PerThousand             // tokens
	PerToken
	Per750Words // about 1,000 tokens of English
)

// Units lists the units in the order in which a person goes through them.
func Units() []Unit { return []Unit{PerMillion, PerThousand, PerToken, Per750Words} }

// Tokens is how many tokens the unit is, by definition.
func (u Unit) Tokens() int64 {
	switch u {
	case PerThousand, Per750Words:
		return 1000
	case PerToken:
		return 1
	}
	return 1_000_000
}

// String is the unit's label: "per 1M".
func (u Unit) String() string {
	return nameAt([]string{"per 1M", "per 1K", "per token", "per ≈750 words"}, int(u))
}

// Approximate reports whether the unit is a rule of thumb rather than a count.
func (u Unit) Approximate() bool { return u == Per750Words }

// Of is the exact price of one unit.
func (u Unit) Of(r money.Rate) money.Amount { return r.Times(u.Tokens()) }

// decimalRatio writes num/den with at most six decimals, rounded half to even,
// without trailing zeros.
func decimalRatio(num, den int64) string {
	s := new(big.Rat).SetFrac64(num, den).FloatString(6)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}
