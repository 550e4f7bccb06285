package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// mostParts is how many values of a dimension a breakdown names.
const mostParts = 5

// breakdowns divides the spend of a standing's period by every dimension that
// its cells can tell. The one that says most comes first: key, project, model,
// user, in this order, but those where usage without a value is more than half
// come after the others, and those of a single part come last. A dimension that
// the scope fixes to one value is left out.
func (in *BudgetsInput) breakdowns(s *BudgetStanding, f found) ([]Breakdown, error) {
	if s.Cost.IsZero() && len(s.Spend.Days) == 0 {
		return nil, nil
	}
	dims := []usage.Dimension{usage.ByKey, usage.ByProject, usage.ByModel}
	if f.q.Fine() {
		dims = append(dims, usage.ByUser)
	}
	dims = slices.DeleteFunc(dims, func(d usage.Dimension) bool { return len(s.Budget.Scope[d]) == 1 })
	q := f.q
	q.Since, q.Until, q.By = s.Period.Since, s.Period.Until, dims
	costs, err := partCosts(f.cube, in.Book, in.Plans, s.Budget, q)
	if err != nil {
		return nil, err
	}
	out := make([]Breakdown, len(dims))
	for i, d := range dims {
		out[i] = Breakdown{d, parts(costs[i], d, s.Fees, in.Names)}
	}
	users, err := in.byUser(s, f)
	if err != nil {
		return nil, err
	}
	out = append(out, users...)
	slices.SortStableFunc(out, func(a, b Breakdown) int { return cmp.Compare(a.vague(), b.vague()) })
	return slices.DeleteFunc(out, func(b Breakdown) bool { return len(b.Parts) == 0 }), nil
}

// byUser divides the spend of a budget that names no users by them. Usually the
// day cells that know users tell: where days are those of UTC and no price
// changed within one. Where they do not, the records are asked if in.Users.
func (in *BudgetsInput) byUser(s *BudgetStanding, f found) ([]Breakdown, error) {
	q := f.q
	q.Since, q.Until, q.By = s.Period.Since, s.Period.Until, []usage.Dimension{usage.ByUser}
	if f.q.Fine() || q.Zone != time.UTC && !in.Users {
		return nil, nil
	}
	for _, exact := range []bool{false, true} {
		if exact && !in.Users {
			break
		}
		cube, err := in.Cells(&q, exact)
		if err != nil {
			return nil, nil // what is spent is known all the same
		}
		costs, err := partCosts(cube, in.Book, in.Plans, s.Budget, q)
		if err != nil {
			return nil, err
		}
		sum, known := s.Fees, false
		for user, cost := range costs[0] {
			sum, known = sum.Add(cost), known || user != "" && !cost.IsZero()
		}
		if known && sum == s.Cost {
			return []Breakdown{{usage.ByUser, parts(costs[0], usage.ByUser, s.Fees, in.Names)}}, nil
		}
		if !known {
			break
		}
	}
	return nil, nil
}

// vague is 0 if a breakdown tells apart most of the spend, 1 if less than half
// of it, and 2 if nothing.
func (b *Breakdown) vague() int {
	values, none := 0, int64(0)
	for _, p := range b.Parts {
		switch p.Kind {
		case PartFees:
			continue
		case PartNone:
			none = p.Share
		}
		values++
	}
	switch {
	case values < 2:
		return 2
	case none > 500:
		return 1
	}
	return 0
}

// partCosts adds up what counts against a budget in a span, by each of the
// dimensions of q.By.
func partCosts(cube *usage.Cube, book *pricing.Book, plans []pricing.Plan, b *budget.Budget, q Query) ([]map[string]money.Amount, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	q, err := q.named()
	if err != nil {
		return nil, err
	}
	from, to := slotsOf(cube, q.Since, q.Until)
	g := newGrouping(cube.Sets, &q)
	w := newWalker(cube, book, newHeadline(cube, plans, 0), cut(q.Zone, nil, from, to), keepSets(cube.Sets, q.Filter), g.bySet)
	sums := make([][]money.Amount, workers(cube.Len()))
	consumers := make([]func(*chunk), len(sums))
	for i := range sums {
		sum := make([]money.Amount, len(g.keys))
		sums[i] = sum
		consumers[i] = func(ch *chunk) {
			if ch.counts && !ch.planned && ch.charge.Priced && ch.charge.Currency == b.Currency {
				group := g.bySet[ch.sample]
				sum[group] = sum[group].Add(ch.charge.Cost)
			}
		}
	}
	w.walkAll(consumers)
	out := make([]map[string]money.Amount, len(q.By))
	for i := range out {
		out[i] = make(map[string]money.Amount)
		for group, keys := range g.keys {
			for _, sum := range sums {
				if !sum[group].IsZero() {
					out[i][keys[i]] = out[i][keys[i]].Add(sum[group])
				}
			}
		}
	}
	return out, nil
}

// parts lists the largest costs, what is left over, and fees. Usage without a
// value is always named.
func parts(costs map[string]money.Amount, d usage.Dimension, fees money.Amount, names *Names) []Contributor {
	var out, values []Contributor
	for v, cost := range costs {
		switch {
		case cost.IsZero():
		case v == "":
			out = append(out, Contributor{By: d, Kind: PartNone, Label: unnamed(d), Cost: cost})
		default:
			values = append(values, Contributor{By: d, Value: v, Label: names.Of(d, v), Cost: cost})
		}
	}
	byCost := func(a, b Contributor) int {
		return cmp.Or(b.Cost.Cmp(a.Cost), strings.Compare(a.Label, b.Label), strings.Compare(a.Value, b.Value))
	}
	slices.SortFunc(values, byCost)
	other := Contributor{By: d, Kind: PartOther}
	if n := len(values) - mostParts; n > 1 { // one alone is better named
		other.Label = fmt.Sprintf("%d others", n)
		for _, c := range values[mostParts:] {
			other.Cost = other.Cost.Add(c.Cost)
		}
		values = values[:mostParts]
	}
	out = append(out, values...)
	slices.SortFunc(out, byCost)
	if !other.Cost.IsZero() {
		out = append(out, other)
	}
	if !fees.IsZero() {
		out = append(out, Contributor{By: d, Kind: PartFees, Label: "plan fees", Cost: fees})
	}
	shareOut(out)
	return out
}

// unnamed is what usage without a value is called.
func unnamed(d usage.Dimension) string {
	switch d {
	case usage.ByKey:
		return "untracked"
	case usage.ByProject:
		return "unallocated"
	}
	return "no " + string(d)
}

// shareOut sets the shares, in thousandths of the sum.
func shareOut(parts []Contributor) {
	var most float64
	for i := range parts {
		if parts[i].Cost.Sign() < 0 {
			return
		}
		most = max(most, parts[i].Cost.Float())
	}
	weights := make([]int64, len(parts))
	for i := range parts {
		if most > 0 {
			weights[i] = int64(parts[i].Cost.Float() / most * (1 << 50))
		}
	}
	for i, s := range Shares(weights, 1000) {
		parts[i].Share = s
	}
}
