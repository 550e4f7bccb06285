package report

import (
	"slices"

	"tokpit/pricing"
	"tokpit/usage"
)

// EachCounted calls f, in the order of time, for every cell that the total of
// [Run] for the same query is made of, and says whether a plan pays for it. A
// filter on priced_as is decided by prices, which it does not look at: it is
// refused.
func EachCounted(cube *usage.Cube, plans []pricing.Plan, q Query, f func(cell int, planned bool)) error {
	if err := q.check(); err != nil {
		return err
	}
	q, err := q.named()
	if err != nil {
		return err
	}
	if len(q.Filter[usage.ByPricedAs]) > 0 {
		return &InputError{"cannot choose usage by what it is priced as", "filter by model"}
	}
	head := newHeadline(cube, plans, q.Basis)
	keep := keepSets(cube.Sets, q.Filter)
	from, to := slotsOf(cube, q.Since, q.Until)
	type holds struct {
		until           usage.Slot
		counts, planned bool
	}
	now := make([]holds, len(cube.Sets))
	for i := range now {
		now[i].until = startOfTime
	}
	first, _ := slices.BinarySearch(cube.Slot, from)
	end, _ := slices.BinarySearch(cube.Slot, to)
	for i := first; i < end; i++ {
		set := cube.Set[i]
		if keep != nil && !keep[set] || head.basis[set] == usage.Billed {
			continue
		}
		h := &now[set]
		if slot := cube.Slot[i]; slot >= h.until {
			h.counts, h.planned, h.until = head.at(set, slot)
		}
		if h.counts {
			f(i, h.planned)
		}
	}
	return nil
}
