package scenario

import (
	"cmp"
	"maps"
	"slices"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/usage"
)

// rowSum is how the sum of a model changes. Tokens and requests are kept as
// amounts: whole numbers with 18 decimals.
type rowSum struct {
	open, plan        money.Amount // cost of usage under no plan, under a plan
	low, high         money.Amount
	tokens            [billed + 1]money.Amount // by class, then reasoning
	requests          money.Amount
	unpriced          money.Amount
	units             map[string]money.Amount // change by meter
	priced, estimated bool
	hasOpen, hasPlan  bool
	uncounted         bool
}

func (r *running) row(ref pricing.ModelRef) *rowSum {
	s := r.rows[ref]
	if s == nil {
		s = &rowSum{}
		r.rows[ref] = s
	}
	return s
}

// addRows takes a class out of the row of its model, and puts its branches into
// those of theirs.
func (r *running) addRows(c *class, start, end, low, high state) {
	for i := range start {
		r.put(c, &start[i], true)
		r.bound(&start[i], lowest, true)
		r.bound(&start[i], highest, true)
	}
	for i := range end {
		r.put(c, &end[i], false)
	}
	for i := range low {
		r.bound(&low[i], lowest, false)
	}
	for i := range high {
		r.bound(&high[i], highest, false)
	}
}

// bound adds an end of the range of a branch.
func (r *running) bound(br *branch, v int, out bool) {
	cost := r.branchCost(br, v)
	if out {
		cost = cost.Neg()
	}
	s := r.row(br.model)
	if v == lowest {
		s.low = s.low.Add(cost)
	} else {
		s.high = s.high.Add(cost)
	}
}

func (r *running) put(c *class, br *branch, out bool) {
	s := r.row(br.model)
	add := func(to *money.Amount, x money.Amount) {
		if out {
			x = x.Neg()
		}
		*to = to.Add(x)
	}
	cost := r.branchCost(br, likely)
	if c.planned {
		add(&s.plan, cost)
	} else {
		add(&s.open, cost)
	}
	if !out {
		s.hasPlan, s.hasOpen = s.hasPlan || c.planned, s.hasOpen || !c.planned
	}
	w := br.weights()
	for _, w := range w.all() {
		add(&s.tokens[w.to], fixed(c.total.of(w.from), w.f))
	}
	add(&s.tokens[billed], fixed(c.total[thought], br.mused.mul(br.share)))
	add(&s.requests, fixed(c.requests, br.share.mul(br.calls)))
	s.uncounted = s.uncounted || c.uncounted > 0
	for i := range r.groups {
		for _, q := range r.groups[i].quantities {
			s.addUnits(q.Meter, fixed(q.N, br.share.mul(br.calls)), out)
		}
	}
	t := r.b.tableOf(br)
	if !out {
		for i := range t.list {
			s.priced, s.estimated = s.priced || t.list[i].Priced || br.rates.Known != 0, s.estimated || t.list[i].Estimated
		}
	}
	if t.whole {
		return
	}
	for i := range r.groups {
		g := &r.groups[i]
		x := t.at(g.atom)
		known := br.rates.Known
		if x.Priced {
			known |= x.Base.Known
		}
		if known == 1<<billed-1 {
			continue
		}
		for _, w := range w.all() {
			if !known.Has(pricing.Class(w.to)) {
				add(&s.unpriced, fixed(g.tokens.of(w.from), w.f))
			}
		}
	}
}

// fixed returns n × f in units of 1e-18.
func fixed(n int64, f frac) money.Amount {
	if f.big == nil {
		var w wide
		if n >= 0 && w.addProduct(uint64(n), f.n, 1_000_000_000_000_000_000) {
			if a, ok := w.divide(f.d); ok {
				return a
			}
		}
	}
	x := f.rat()
	return roundBig(mulInts(x, n))
}

// finish makes the rows and the total after.
func (r *running) finish(out *Result) {
	var refs []pricing.ModelRef
	for i := range r.b.models {
		refs = append(refs, r.b.models[i].ModelRef)
	}
	for ref := range r.rows {
		if _, ok := r.b.rows[ref]; !ok {
			refs = append(refs, ref)
		}
	}
	slices.SortFunc(refs[len(r.b.models):], func(a, b pricing.ModelRef) int {
		return cmp.Or(cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Model, b.Model))
	})
	rows := make([]Row, len(refs))
	sums := make([]rowSum, len(refs))
	for i, ref := range refs {
		rows[i].ModelRef, rows[i].Known = ref, !slices.ContainsFunc(r.uses, func(u *use) bool { return u.lostFor[ref] })
		rows[i].Before.Currency = r.b.currency()
		if at, ok := r.b.rows[ref]; ok {
			rows[i].Before = r.b.models[at].Sum
		}
		if s := r.rows[ref]; s != nil {
			sums[i] = *s
		}
		rows[i].After = sums[i].after(&rows[i].Before)
	}
	total := rowSum{}
	for i := range sums {
		total.merge(&sums[i])
	}
	out.After = total.after(&r.b.before)
	apportion(&out.After, &r.b.before, rows, sums, &total)
	sortModels(rows, func(x *Row) (pricing.ModelRef, money.Amount) { return x.ModelRef, larger(x.Before.Cost, x.After.Cost) })
	out.Models = rows
}

// addUnits adds a change of a quantity, or takes it away.
func (s *rowSum) addUnits(meter string, n money.Amount, out bool) {
	if s.units == nil {
		s.units = make(map[string]money.Amount)
	}
	if out {
		n = n.Neg()
	}
	s.units[meter] = s.units[meter].Add(n)
}

// quantities are those before with the changes, in whole units.
func (s *rowSum) quantities(before []usage.Quantity) []usage.Quantity {
	if len(s.units) == 0 {
		return before
	}
	var change []usage.Quantity
	for _, meter := range slices.Sorted(maps.Keys(s.units)) {
		if n := units(s.units[meter].Round(0)); n != 0 {
			change = append(change, usage.Quantity{Meter: meter, N: n})
		}
	}
	return usage.Measures{Quantities: before}.Add(usage.Measures{Quantities: change}).Quantities
}

func (s *rowSum) merge(o *rowSum) {
	for meter, n := range o.units {
		s.addUnits(meter, n, false)
	}
	s.open, s.plan, s.low, s.high = s.open.Add(o.open), s.plan.Add(o.plan), s.low.Add(o.low), s.high.Add(o.high)
	for i := range s.tokens {
		s.tokens[i] = s.tokens[i].Add(o.tokens[i])
	}
	s.requests, s.unpriced = s.requests.Add(o.requests), s.unpriced.Add(o.unpriced)
	s.priced, s.estimated = s.priced || o.priced, s.estimated || o.estimated
	s.hasOpen, s.hasPlan, s.uncounted = s.hasOpen || o.hasOpen, s.hasPlan || o.hasPlan, s.uncounted || o.uncounted
}

// after returns a sum with the changes, but for its tokens.
func (s *rowSum) after(before *report.Sum) report.Sum {
	a := *before
	delta := s.open.Add(s.plan)
	a.Cost, a.Cash, a.PlanCost = a.Cost.Add(delta), a.Cash.Add(s.open), a.PlanCost.Add(s.plan)
	a.Low, a.High = smaller(a.Cost, a.Low.Add(s.low)), larger(a.Cost, a.High.Add(s.high))
	a.Ranged = a.Low != a.High
	a.Priced, a.Estimated = a.Priced || s.priced, a.Estimated || s.estimated
	a.CashKnown = a.CashKnown || s.hasPlan || s.hasOpen && s.priced
	a.Reported, a.HasReported, a.ReportedRecords = money.Amount{}, false, 0
	a.Tokens, a.Quantities = usage.Tokens{}, s.quantities(a.Quantities)
	return a
}

// apportion gives rows whole tokens and requests that add up to the total's,
// which are rounded half to even.
func apportion(total *report.Sum, before *report.Sum, rows []Row, sums []rowSum, all *rowSum) {
	parts := make([]money.Amount, len(rows))
	share := func(whole int64, change money.Amount, of func(i int) (int64, money.Amount)) []int64 {
		for i := range rows {
			n, c := of(i)
			parts[i] = money.FromUnits(n).Add(c)
		}
		return roundTo(parts, money.FromUnits(whole).Add(change))
	}
	for k := range billed + 1 {
		counts := share(tokensOf(&before.Tokens)[k], all.tokens[k], func(i int) (int64, money.Amount) { return tokensOf(&rows[i].Before.Tokens)[k], sums[i].tokens[k] })
		var sum int64
		for i, n := range counts {
			setTokens(&rows[i].After.Tokens, k, n)
			sum += n
		}
		setTokens(&total.Tokens, k, sum)
	}
	counts := share(before.UnpricedTokens, all.unpriced, func(i int) (int64, money.Amount) { return rows[i].Before.UnpricedTokens, sums[i].unpriced })
	total.UnpricedTokens = 0
	for i, n := range counts {
		rows[i].After.UnpricedTokens = n
		total.UnpricedTokens += n
	}
	counts = share(max(before.Requests, 0), all.requests, func(i int) (int64, money.Amount) { return max(rows[i].Before.Requests, 0), sums[i].requests })
	var sum int64
	for i, n := range counts {
		sum += n
		if rows[i].After.Requests = n; n == 0 && (rows[i].Before.Requests == usage.Absent || sums[i].uncounted) {
			rows[i].After.Requests = usage.Absent
		}
	}
	if total.Requests = sum; sum == 0 && before.Requests == usage.Absent {
		total.Requests = usage.Absent
	}
}
