package scenario

import (
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/usage"
)

// Base is usage, grouped by what decides about its price. It may be used from
// several goroutines.
type Base struct {
	book   *pricing.Book
	asOf   time.Time
	span   usage.Span
	before report.Sum
	models []ModelUse
}

// Span is the time that the usage is of, with both ends.
func (b *Base) Span() usage.Span { return b.span }

// AsOf is the clock that the base was prepared with.
func (b *Base) AsOf() time.Time { return b.asOf }

// Book is the price book.
func (b *Base) Book() *pricing.Book { return b.book }

// Before is the usage as it is: what a report says of the same query.
func (b *Base) Before() report.Sum { return b.before }

// Models lists the usage by model as recorded, the dearest first.
func (b *Base) Models() []ModelUse { return b.models }

// scaleAmount returns a × num/den, rounded half to even at 1e-18.
func scaleAmount(a money.Amount, num, den int64) money.Amount {
	return money.NewRate(a).Scale(num, max(den, 1)).Amount()
}
