package scenario

import (
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/usage"
)

// Result compares usage as it was with usage as it would have been.
type Result struct {
	// Span is the time compared, with both ends; Days is its length in days, rounded
	// up, which PerDay and PerMonth divide by.
	Span usage.Span
	Days int64

	Before, After report.Sum
	Models        []Row // by model as recorded or swapped to, the dearest before first
	// Levers has one entry for each lever, in the order in which they apply. The
	// deltas add up exactly to After less Before.
	Levers []Contribution
	// Training is what fine-tunes cost once; it is not in After.
	Training money.Amount
	// Known: every lever could be computed. Without it After holds what was left
	// as it is, and is no forecast; Notes say why.
	Known bool
	Notes []report.Note
}

// Row is one model before and after.
type Row struct {
	pricing.ModelRef
	Before, After report.Sum
	Known         bool // every lever that concerns it could be computed
}

// Contribution is what one lever does, after those before it.
type Contribution struct {
	Lever Lever
	// Cost and Cash are the changes of the amounts; below zero is a saving. Their
	// ranges enclose what the lever does if its own values and token ratios are at
	// the ends of their ranges, and are meaningful where Ranged.
	Cost, CostLow, CostHigh money.Amount
	Cash, CashLow, CashHigh money.Amount
	Ranged                  bool
	// Known: the lever could be computed wherever it applies. Applied: there is
	// usage that it changes.
	Known, Applied bool
	// Payback is when a fine-tune has earned its training, counted from AsOf at the
	// pace of the span; zero if never, or if there is none to earn.
	Payback time.Time
	// Misfit is how many requests a swap would send to a model whose context window
	// they do not fit, and MayMisfit how many of which that is not known.
	Misfit, MayMisfit int64
	Notes             []report.Note
}

// Delta is the change of the cost; below zero is a saving.
func (r *Result) Delta() money.Amount { return r.After.Cost.Sub(r.Before.Cost) }

// CashDelta is the change of what leaves the account.
func (r *Result) CashDelta() money.Amount { return r.After.Cash.Sub(r.Before.Cash) }

// PerDay is an amount of the span as a mean of a day.
func (r *Result) PerDay(a money.Amount) money.Amount { return scaleAmount(a, 1, r.Days) }

// PerMonth is an amount of the span at the same pace over a month of 365/12 days.
func (r *Result) PerMonth(a money.Amount) money.Amount { return scaleAmount(a, 365, 12*r.Days) }

// misfits says how many requests of a swap do not fit the new model.
func misfits(o *Contribution) string {
	window := "the context window of " + plainModel(o.Lever.To)
	are, maybe := requests(o.Misfit), requests(o.MayMisfit)
	switch {
	case o.MayMisfit == 0 && o.Misfit == 1:
		return are + " is longer than " + window
	case o.MayMisfit == 0:
		return are + " are longer than " + window
	case o.Misfit == 0:
		return maybe + " may be longer than " + window
	}
	return are + " longer than " + window + ", and " + thousands(o.MayMisfit) + " more may be"
}

// payback is when a saving has earned what was paid once, at the pace of the
// span.
func (b *Base) payback(training, cash money.Amount) time.Time {
	if training.Sign() <= 0 || cash.Sign() >= 0 {
		return time.Time{}
	}
	// Days until paid back: training × days / saving, rounded up.
	paid, days := scaleAmount(cash.Neg(), 1, b.days), int64(0)
	if paid.Sign() <= 0 {
		return time.Time{}
	}
	for step := int64(1 << 16); step > 0; step /= 2 {
		if scaleAmount(cash.Neg(), days+step, b.days).Cmp(training) < 0 {
			days += step
		}
	}
	if days >= 1<<17-1 {
		return time.Time{}
	}
	return b.asOf.AddDate(0, 0, int(days)+1)
}
