package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// What counts against a budget is cash, by the basis that counts in the
// headline. A budget over everything counts the cost of usage under no plan and
// the plans' fees on the days that they fall on. A budget with a scope counts
// the cost of usage under no plan alone, whatever it names: a flat fee has no
// project, no key and no model, and a budget on a source is about what its
// tokens cost beside the subscription. Usage that a plan pays for never counts.

// BudgetSpend is what counts against a budget, day by day, and what a reader of
// it should know.
type BudgetSpend struct {
	budget.Spend
	// FeeDays are those of Days that are flat fees of plans.
	FeeDays []budget.DaySum
	// Elsewhere is what the same scope cost in other currencies, which no budget
	// in this one can count. Only Currency and Cash are set.
	Elsewhere []CurrencySum
	Notes     []Note
}

// BudgetQuery is the question that a budget asks: its scope, in days of its
// zone, over the period of now, as many earlier periods as wanted, and the
// weeks that a forecast rests on. The cube for [BudgetInput] holds the cells of
// its Cells().
func BudgetQuery(b *budget.Budget, names *Names, now time.Time, earlier int) Query {
	period := b.At(now)
	since := period.Since
	for range earlier {
		since = b.Before(usage.Span{Since: since}).Since
	}
	weeks := budget.Budget{Period: budget.Daily, Zone: b.Zone}
	if first := weeks.At(now.AddDate(0, 0, -historyDays)).Since; first.Before(since) {
		since = first
	}
	q := Query{Since: since, Until: period.Until, Zone: zoneOf(b), By: []usage.Dimension{usage.ByDay}, Names: names}
	if len(b.Scope) > 0 {
		q.Filter = make(map[usage.Dimension][]string, len(b.Scope))
		maps.Copy(q.Filter, b.Scope)
	}
	return q
}

// historyDays is how far back a forecast looks, and some days more.
const historyDays = 60

func zoneOf(b *budget.Budget) *time.Location {
	if zone, err := time.LoadLocation(b.Zone); err == nil { // "" is UTC
		return zone
	}
	return time.UTC
}

// BudgetInput answers the query of a budget from cells. asOf is the clock, which
// decides which fees are due; the spend's AsOf is left to the caller, who knows
// when the sources were read.
func BudgetInput(cube *usage.Cube, book *pricing.Book, plans []pricing.Plan, b *budget.Budget, q Query, asOf time.Time) (BudgetSpend, error) {
	s, q, err := spendOf(cube, book, plans, b, q)
	if err != nil {
		return BudgetSpend{}, err
	}
	return s.spend(feesOf(b, plans), &q, asOf), nil
}

// feesOf are the plans whose fees count against a budget.
func feesOf(b *budget.Budget, plans []pricing.Plan) []pricing.Plan {
	if len(b.Scope) == 0 {
		return plans
	}
	return nil
}

// spendOf adds up the usage that counts against a budget, and returns the query
// with ids for names.
func spendOf(cube *usage.Cube, book *pricing.Book, plans []pricing.Plan, b *budget.Budget, q Query) (*spender, Query, error) {
	if err := q.check(); err != nil {
		return nil, q, err
	}
	q, err := q.named()
	if err != nil {
		return nil, q, err
	}
	from, to := slotsOf(cube, q.Since, q.Until)
	w := newWalker(cube, book, newHeadline(cube, plans, 0), cut(q.Zone, q.By, from, to), keepSets(cube.Sets, q.Filter), traits(cube.Sets))
	parts := make([]*spender, workers(cube.Len()))
	consumers := make([]func(*chunk), len(parts))
	for i := range parts {
		parts[i] = &spender{w: w, currency: b.Currency, days: make(map[int]budget.Sum), elsewhere: make(map[string]money.Amount), from: make([]bool, len(w.sample))}
		consumers[i] = parts[i].add
	}
	w.walkAll(consumers)
	for _, p := range parts[1:] {
		parts[0].merge(p)
	}
	return parts[0], q, nil
}

// traits groups sets by whether they have a key and a project, and by where they
// come from.
func traits(sets []usage.Dims) []int32 {
	type trait struct {
		origin
		key, project bool
	}
	ids := make(map[trait]int32)
	out := make([]int32, len(sets))
	for i := range sets {
		t := trait{originOf(&sets[i]), sets[i].Key != "", sets[i].Project != ""}
		id, ok := ids[t]
		if !ok {
			id = int32(len(ids))
			ids[t] = id
		}
		out[i] = id
	}
	return out
}

// spender adds up what counts against a budget.
type spender struct {
	w         *walker
	currency  string
	days      map[int]budget.Sum // by bucket
	elsewhere map[string]money.Amount
	from      []bool // by class: some of its usage counted
	coarse    int64  // records of cells that reach past the end of their day
	shared    int64  // records of cells during which the price changed
	beside    int64
}

func (s *spender) add(ch *chunk) {
	if !ch.counts || ch.planned {
		if s.w.head.beside(int(ch.sample)) && !ch.planned && !ch.billed {
			s.beside += ch.m.Records
		}
		return
	}
	s.coarse += ch.coarse
	s.shared += ch.shared
	s.from[ch.class] = true
	one, elsewhere := budgetSum(&ch.charge, &s.w.cube.Sets[ch.sample], s.currency)
	if !elsewhere.IsZero() {
		s.elsewhere[ch.charge.Currency] = s.elsewhere[ch.charge.Currency].Add(elsewhere)
	}
	if one != (budget.Sum{}) {
		s.days[ch.bucket] = s.days[ch.bucket].Add(one)
	}
}

// budgetSum is what a charge counts against a budget in a currency, and what it
// costs in another one.
func budgetSum(c *pricing.Charge, d *usage.Dims, currency string) (s budget.Sum, elsewhere money.Amount) {
	s.UnpricedTokens = c.UnpricedTokens
	if !c.Priced {
		return s, elsewhere
	}
	if c.Currency != currency && !c.Cost.IsZero() {
		return s, c.Cost
	}
	s.Cost, s.Low, s.High, s.Ranged, s.Estimated = c.Cost, c.Low, c.High, c.Ranged, c.Estimated
	if !c.Ranged {
		s.Low, s.High = c.Cost, c.Cost
	}
	if d.Key == "" {
		s.Untracked = c.Cost
	}
	if d.Project == "" {
		s.Unallocated = c.Cost
	}
	return s, elsewhere
}

func (s *spender) merge(o *spender) {
	for i, sum := range o.days {
		s.days[i] = s.days[i].Add(sum)
	}
	for c, a := range o.elsewhere {
		s.elsewhere[c] = s.elsewhere[c].Add(a)
	}
	for i, counted := range o.from {
		s.from[i] = s.from[i] || counted
	}
	s.coarse += o.coarse
	s.shared += o.shared
	s.beside += o.beside
}

// sources are the origins of the usage that counted.
func (s *spender) sources() map[origin]bool {
	out := make(map[origin]bool)
	for class, counted := range s.from {
		if counted {
			out[originOf(&s.w.cube.Sets[s.w.sample[class]])] = true
		}
	}
	return out
}

// spend names the days and adds the fees.
func (s *spender) spend(plans []pricing.Plan, q *Query, asOf time.Time) BudgetSpend {
	var out BudgetSpend
	for _, i := range slices.Sorted(maps.Keys(s.days)) {
		out.Days = append(out.Days, budget.DaySum{Day: s.w.cut.edges[i].Time(), Sum: s.days[i]})
	}
	eachFee(plans, usage.Span{Since: q.Since, Until: q.Until}, q.Zone, asOf, func(p *pricing.Plan, noon time.Time) {
		fee := p.Fee(noon)
		if p.Currency != s.currency {
			s.elsewhere[p.Currency] = s.elsewhere[p.Currency].Add(fee)
			return
		}
		out.FeeDays = append(out.FeeDays, budget.DaySum{Day: noon, Sum: budget.Sum{Cost: fee, Low: fee, High: fee}})
	})
	out.Days = append(out.Days, out.FeeDays...)
	slices.SortStableFunc(out.Days, func(a, b budget.DaySum) int { return a.Day.Compare(b.Day) })
	for currency, a := range s.elsewhere {
		out.Elsewhere = append(out.Elsewhere, CurrencySum{Currency: currency, Cash: a})
	}
	slices.SortFunc(out.Elsewhere, func(a, b CurrencySum) int { return strings.Compare(a.Currency, b.Currency) })
	out.Notes = s.notes(out.Elsewhere, q.Zone)
	return out
}

func (s *spender) notes(elsewhere []CurrencySum, zone *time.Location) []Note {
	var notes []Note
	if len(elsewhere) > 0 {
		var parts []string
		for _, e := range elsewhere {
			parts = append(parts, e.Cash.String()+" "+cmp.Or(e.Currency, "of no currency"))
		}
		notes = append(notes, Note{"other_currencies", fmt.Sprintf("%s in the days looked at are not in %s and do not count", strings.Join(parts, ", "), s.currency)})
	}
	if s.coarse > 0 {
		notes = append(notes, Note{"coarse_time", fmt.Sprintf("%s known by the hour or the UTC day only, across midnight of %s, %s", plural(s.coarse, "record"), zone, whereBegun(s.coarse))})
	}
	if s.beside > 0 {
		notes = append(notes, Note{"unmapped_logs", fmt.Sprintf("%s without an account, of a provider that has several, stand beside the total; an [[account]] rule in the configuration says whose they are", plural(s.beside, "record"))})
	}
	return notes
}
