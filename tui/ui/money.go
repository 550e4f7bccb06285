package ui

import (
	"math"
	"strconv"
	"strings"

	"tokpit/money"
	"tokpit/report"
)

// What people read where there is no figure.
const (
	Unpriced = "unpriced" // usage without a price; never $0
	Unknown  = "–"        // nothing is known
)

// Money writes an amount for people: two decimals and grouped thousands, or
// two significant digits where it is under a cent: "$1,234.56", "$0.0042".
// The currency is an ISO code.
func Money(a money.Amount, currency string) string {
	return sign(a) + Symbol(currency) + digits(a.Abs(), 2)
}

// UnitMoney writes a small amount, such as a cost per request, with at least
// three significant digits: "$0.0312", "$12.40".
func UnitMoney(a money.Amount, currency string) string {
	return sign(a) + Symbol(currency) + digits(a.Abs(), 3)
}

func sign(a money.Amount) string {
	if a.Sign() < 0 {
		return "-"
	}
	return ""
}

// digits writes a ≥ 0 with two decimals, or more where fewer than significant
// digits would be left.
func digits(a money.Amount, significant int) string {
	decimals := 2
	if whole, frac, _ := strings.Cut(a.String(), "."); whole == "0" && frac != "" {
		zeros := len(frac) - len(strings.TrimLeft(frac, "0"))
		if zeros >= 2 || significant > 2 {
			decimals = max(2, zeros+significant)
		}
	}
	whole, frac, _ := strings.Cut(a.Format(decimals), ".")
	for len(frac) > 2 && strings.HasSuffix(frac, "0") {
		frac = frac[:len(frac)-1]
	}
	return Group(whole) + "." + frac
}

// Group puts commas between thousands.
func Group(s string) string {
	if len(s) <= 3 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + len(s)/3)
	for i := range len(s) {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// CompactMoney writes an amount in as few characters as an axis or a narrow
// column has: "$950", "$1.2k", "$3.4M".
func CompactMoney(a money.Amount, currency string) string {
	abs := a.Abs()
	if abs.Cmp(money.FromUnits(100)) < 0 {
		return Money(a, currency)
	}
	whole := abs.Format(0)
	if len(whole) > 3 { // the rest is rounded below, and must not be rounded twice
		whole, _, _ = strings.Cut(abs.String(), ".")
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil { // more than 9e18: no real bill, but no panic either
		n = math.MaxInt64
	}
	return sign(a) + Symbol(currency) + Tokens(n)
}

// Symbol returns what stands before an amount: a sign where it is unambiguous,
// else the ISO code and a space.
func Symbol(currency string) string {
	switch currency {
	case "USD", "":
		return "$"
	case "EUR":
		return "€"
	case "GBP":
		return "£"
	case "CNY":
		return "CN¥"
	case "JPY":
		return "JP¥"
	}
	return Text(currency) + " "
}

// Of returns the amount of a sum that the lens looks at; ok is false if there
// is none: nothing is priced, or cash is not known.
func (l Lens) Of(s *report.Sum) (a money.Amount, ok bool) {
	if l.Cash {
		return s.Cash, s.CashKnown
	}
	return s.Cost, s.Priced
}

// For returns the lens that fits a snapshot: without a plan there is no cash
// to be told from cost.
func (l Lens) For(s *report.Snapshot) Lens {
	l.Cash = l.Cash && s.PlanSet
	return l
}

// Cost writes what the lens sees of a sum. Several currencies stand side by
// side, usage without a price is "unpriced", and no usage at all is "–".
func (l Lens) Cost(s *report.Sum) string {
	if len(s.Costs) > 0 {
		parts := make([]string, len(s.Costs))
		for i, c := range s.Costs {
			a := c.Cost
			if l.Cash {
				a = c.Cash
			}
			parts[i] = Money(a, c.Currency)
		}
		return strings.Join(parts, " + ")
	}
	if a, ok := l.Of(s); ok {
		return Money(a, s.Currency)
	}
	if s.UnpricedTokens > 0 || s.Tokens.Total() > 0 {
		return Unpriced
	}
	return Unknown
}
