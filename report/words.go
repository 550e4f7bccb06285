package report

import (
	"strconv"

	"tokpit/money"
	"tokpit/usage"
)

// What follows is how reports put figures and names into words, for the other
// documents that show them.

// AmountText writes an amount for people, with its currency: two decimals, or
// two significant digits where it is under a cent.
func AmountText(a money.Amount, currency string) string { return amountText(a, currency) }

// CountText writes a whole number with commas between thousands.
func CountText(n int64) string { return group(strconv.FormatInt(n, 10)) }

// CompactText writes a number of tokens with three digits: "812", "12.3k",
// "1.32B".
func CompactText(n int64) string { return compact(n) }

// Label is what people read for a value of a dimension: its name, or the id, or a
// word for what is not known. It is harmless text.
func (q *Query) Label(d usage.Dimension, v string) string { return q.label(d, v) }

// Heading says what the figures are, in two lines: span and filter; basis and
// kind of money.
func (r *Report) Heading() []string { return r.heading() }

// BasisText names the basis of the total, or the mix.
func (r *Report) BasisText() string { return r.basisText() }

// KindText says what the amounts are, in a sentence.
func (r *Report) KindText() string { return r.kindText() }

// Footing explains what is missing or doubtful, a line for each.
func (r *Report) Footing() []string { return r.footing() }
