package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// Repriced is what another price book would make of the past.
type Repriced struct {
	AsOf          time.Time
	Before, After Sum
	BeforeBook    string // versions
	AfterBook     string
	Rows          []RepricedRow // those that differ, by month and then by size
}

// RepricedRow is a model's month under both books.
type RepricedRow struct {
	Month, Provider, Model string
	Before, After          Sum
}

// Delta is how much more the row costs under the new book; what has no price
// in one of the books counts there as nothing, which the sums' UnpricedTokens
// tell.
func (r *RepricedRow) Delta() money.Amount { return r.After.Cost.Sub(r.Before.Cost) }

// Delta is the difference of the totals: the sum of the rows' deltas.
func (r *Repriced) Delta() money.Amount { return r.After.Cost.Sub(r.Before.Cost) }

// Reprice compares what usage costs under two books, by month and model,
// before the second is adopted. Nothing is stored: cost is always computed when
// it is read.
func Reprice(cube *usage.Cube, before, after *pricing.Book, plans []pricing.Plan, q Query, asOf time.Time) (*Repriced, error) {
	q.By = []usage.Dimension{usage.ByMonth, usage.ByProvider, usage.ByModel}
	old, err := Run(cube, before, plans, q, asOf)
	if err != nil {
		return nil, err
	}
	fresh, err := Run(cube, after, plans, q, asOf)
	if err != nil {
		return nil, err
	}
	out := &Repriced{AsOf: asOf.UTC(), Before: old.Total, After: fresh.Total, BeforeBook: before.Version(), AfterBook: after.Version()}
	was := make(map[string]Sum, len(old.Rows))
	for _, r := range old.Rows {
		was[strings.Join(r.Keys, "\x00")] = r.Sum
	}
	for _, r := range fresh.Rows { // both runs see the same usage, so the same keys
		b := was[strings.Join(r.Keys, "\x00")]
		if b.Cost != r.Sum.Cost || b.Low != r.Sum.Low || b.High != r.Sum.High || b.UnpricedTokens != r.Sum.UnpricedTokens || b.Estimated != r.Sum.Estimated {
			out.Rows = append(out.Rows, RepricedRow{r.Keys[0], r.Keys[1], r.Keys[2], b, r.Sum})
		}
	}
	slices.SortStableFunc(out.Rows, func(a, b RepricedRow) int {
		return cmp.Or(strings.Compare(a.Month, b.Month), b.Delta().Abs().Cmp(a.Delta().Abs()))
	})
	return out, nil
}
