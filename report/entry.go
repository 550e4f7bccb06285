package report

import (
	"cmp"
	"slices"
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// Entry is one line of a ledger: the usage of one group in one interval at one
// price, or what a plan's fee comes to on a day. Entries never overlap, and they
// add up to what [Run] says of the same query, to the last digit.
type Entry struct {
	// Span is the interval, half open.
	Span usage.Span
	// Keys are the values of Query.By, in its order; "" is not known.
	Keys []string
	// Dims are those of usage in the group. What the query does not group by, and
	// no price depends on, is that of any record of it.
	Dims *usage.Dims
	// Plan is set if this is a fee; Charge.Cost is then the fee, and all that
	// there is. Dims then has the plan's source only.
	Plan *pricing.Plan
	// Planned is usage that a plan pays for: its cost is an API-equivalent.
	Planned bool
	// Tariff is the price, whose Base the cost is made with; if Mixed it has names
	// and no rates.
	Tariff pricing.Tariff
	// Price is the row of the book that Base comes from; zero if there is none.
	Price pricing.Row
	// Mixed: a price changed during a bucket of the source, which cannot be
	// divided; the charge is a range.
	Mixed bool

	usage.Measures
	Charge pricing.Charge

	// Correction is set if this is what later revisions change about a closed
	// cycle: its measures and its charge are differences, and no price made them.
	Correction *Correction

	// Book is the version of the price book that a frozen entry was made with; ""
	// is the one that entries are being made with.
	Book string

	frozen bool // units are all that is known of meters
	units  []unitRate
}

// unitRate is the price of one unit of a meter.
type unitRate struct {
	meter string
	rate  money.Rate
}

// Unit returns the price of one unit of a meter; false if it has none.
func (e *Entry) Unit(meter string) (money.Rate, bool) {
	if e.frozen {
		i := slices.IndexFunc(e.units, func(u unitRate) bool { return u.meter == meter })
		if i < 0 {
			return money.Rate{}, false
		}
		return e.units[i].rate, true
	}
	one := e.Tariff.Charge(usage.Tokens{}, []usage.Quantity{{Meter: meter, N: 1}})
	return money.NewRate(one.Cost), one.UnpricedQuantities == 0
}

// Cost is tokens × price: none for a fee.
func (e *Entry) Cost() money.Amount {
	if e.Plan != nil {
		return money.Amount{}
	}
	return e.Charge.Cost
}

// Cash is what the entry comes to as money that is paid: a fee, or what usage
// under no plan costs.
func (e *Entry) Cash() money.Amount {
	switch {
	case e.Correction != nil:
		return e.Correction.Cash
	case e.Planned:
		return money.Amount{}
	}
	return e.Charge.Cost
}

// LedgerBy is the grain of a ledger: nothing that a price or a bill depends on is
// added up. Users, agents and sessions are left to the queries that ask for them.
func LedgerBy() []usage.Dimension {
	return []usage.Dimension{usage.ByDay, usage.ByProvider, usage.ByAccount, usage.ByOrganization, usage.ByEnvironment, usage.ByProject,
		usage.ByKey, usage.ByModel, usage.ByTier, usage.ByRegion, usage.ByBand, usage.BySource, usage.ByBasis, usage.ByCostCenter}
}

// Entries calls yield with the ledger of what counts in the headline (or on
// q.Basis), by time and, within one interval, by the keys; fees come after the
// usage of their interval. It holds the entries of one interval at a time. The
// cube must be as for [Run]; the entry is valid during the call. An error from
// yield ends it.
//
// q.By must contain provider and model, which prices depend on.
func Entries(cube *usage.Cube, book *pricing.Book, plans []pricing.Plan, q Query, asOf time.Time, yield func(*Entry) error) error {
	if err := q.check(); err != nil {
		return err
	}
	q, err := q.named()
	if err != nil {
		return err
	}
	if q.Zone == nil {
		q.Zone = time.UTC
	}
	from, to := slotsOf(cube, q.Since, q.Until)
	from, to = wholeUnits(&q, reachFees(plans, &q, cube, asOf, [2]usage.Slot{from, to}))
	g := newGrouping(cube.Sets, &q)
	w := newWalker(cube, book, newHeadline(cube, plans, q.Basis), cut(q.Zone, q.By, from, to), keepSets(cube.Sets, q.Filter), g.bySet)
	l := &clerk{w: w, g: g, q: &q, names: newBucketNames(&w.cut, q.By), at: make(map[entryKey]int), yield: yield}
	eachFee(payable(plans, &q, cube.Sets), usage.Span{Since: q.Since, Until: q.Until}, q.Zone, asOf, l.fee)
	slices.SortStableFunc(l.fees, func(a, b dueFee) int { return a.noon.Compare(b.noon) })
	first, _ := slices.BinarySearch(cube.Slot, w.cut.edges[0])
	end, _ := slices.BinarySearch(cube.Slot, w.cut.edges[len(w.cut.edges)-1])
	w.walk(first, end, l.add)
	l.flush(len(w.cut.edges) - 1)
	return l.err
}

// reachFees widens a span of slots to the days of fees without usage.
func reachFees(plans []pricing.Plan, q *Query, cube *usage.Cube, asOf time.Time, span [2]usage.Slot) [2]usage.Slot {
	some := cube.Len() > 0
	eachFee(payable(plans, q, cube.Sets), usage.Span{Since: q.Since, Until: q.Until}, q.Zone, asOf, func(_ *pricing.Plan, noon time.Time) {
		s := usage.SlotOf(noon)
		if !some {
			span, some = [2]usage.Slot{s, s + 1}, true
		}
		span = [2]usage.Slot{min(span[0], s), max(span[1], s+1)}
	})
	return span
}

// wholeUnits widens the open ends of a query's span to whole hours, days, weeks
// or months: an interval is not shorter because nothing was used at its ends.
func wholeUnits(q *Query, span [2]usage.Slot) (from, to usage.Slot) {
	from, to = span[0], span[1]
	next := finest(q.By)
	if next == nil || from >= to {
		return from, to
	}
	if q.Since.IsZero() {
		const longest = 32 * 24 * time.Hour // more than a month
		for edge := firstSlot(next(q.Zone, from.Time().Add(-longest))); edge <= span[0]; edge = firstSlot(next(q.Zone, edge.Time())) {
			from = edge
		}
	}
	if q.Until.IsZero() {
		to = firstSlot(next(q.Zone, (to - 1).Time()))
	}
	return from, to
}

// dueFee is a plan's fee on one day.
type dueFee struct {
	plan *pricing.Plan
	noon time.Time
}

// entryKey tells the entries of one interval apart.
type entryKey struct {
	group                    int32
	planned, mixed           bool
	provider, model, tier    string
	currency                 string
	base, low, high          pricing.Rates
	priced, estimated, free  bool
	origin                   pricing.Origin
	from                     int64
	sampleBand               usage.Band
	sampleTier, sampleRegion string
	sampleProvider, recorded string
	sampleBasis              usage.Basis
}

// clerk collects the entries of one interval at a time.
type clerk struct {
	w      *walker
	g      *grouping
	q      *Query
	names  *bucketNames
	bucket int
	list   []Entry
	groups []int32 // by entry
	at     map[entryKey]int
	fees   []dueFee // that are still to come
	yield  func(*Entry) error
	err    error
}

func (l *clerk) fee(p *pricing.Plan, noon time.Time) { l.fees = append(l.fees, dueFee{p, noon}) }

func (l *clerk) add(ch *chunk) {
	if l.err != nil || !ch.counts || l.g.allowed != nil && !slices.Contains(l.g.allowed, ch.tariff.Model) {
		return
	}
	if ch.bucket != l.bucket {
		l.flush(ch.bucket)
	}
	d := &l.w.cube.Sets[ch.sample]
	k := entryKey{group: l.g.bySet[ch.sample], planned: ch.planned, mixed: ch.shared > 0,
		sampleBand: d.Band, sampleTier: d.Tier, sampleRegion: d.Region, sampleProvider: d.Provider, recorded: d.Model, sampleBasis: d.Basis}
	t := ch.tariff
	k.provider, k.model, k.tier, k.currency = t.Provider, t.Model, t.Tier, t.Currency
	if !k.mixed {
		k.origin = t.Origin
		k.base, k.low, k.high, k.priced, k.estimated, k.free = t.Base, t.Low, t.High, t.Priced, t.Estimated, t.Free
		k.from = t.From.Unix()
	}
	i, ok := l.at[k]
	if !ok {
		i = len(l.list)
		l.at[k] = i
		e := Entry{Dims: d, Planned: ch.planned, Mixed: k.mixed, Tariff: *t, Charge: pricing.Charge{Currency: ch.charge.Currency}}
		if k.mixed {
			e.Tariff = pricing.Tariff{Provider: t.Provider, Model: t.Model, Tier: t.Tier, Currency: t.Currency}
		}
		l.list, l.groups = append(l.list, e), append(l.groups, k.group)
	}
	e := &l.list[i]
	e.Measures = e.Measures.Add(*ch.m)
	e.Charge = addCharges(e.Charge, ch.charge)
}

// addCharges adds up what two parts of one entry cost.
func addCharges(a, b pricing.Charge) pricing.Charge {
	ends := func(c *pricing.Charge) (low, high money.Amount) {
		if c.Ranged {
			return c.Low, c.High
		}
		return c.Cost, c.Cost
	}
	aLow, aHigh := ends(&a)
	bLow, bHigh := ends(&b)
	a.Cost, a.Low, a.High = a.Cost.Add(b.Cost), aLow.Add(bLow), aHigh.Add(bHigh)
	a.Ranged = a.Low != a.Cost || a.High != a.Cost
	a.Priced, a.Estimated = a.Priced || b.Priced, a.Estimated || b.Estimated
	a.UnpricedTokens, a.UnpricedQuantities = a.UnpricedTokens+b.UnpricedTokens, a.UnpricedQuantities+b.UnpricedQuantities
	a.Currency, a.Flags = cmp.Or(a.Currency, b.Currency), a.Flags|b.Flags
	return a
}

// flush hands out the interval that is over, and the fees of those up to the
// next one.
func (l *clerk) flush(next int) {
	l.sort()
	for ; l.bucket < next; l.bucket++ {
		span := usage.Span{Since: l.w.cut.edges[l.bucket].Time(), Until: l.w.cut.edges[l.bucket+1].Time()}
		times := l.names.of(l.bucket)
		for i := range l.list {
			e := &l.list[i]
			e.Span, e.Keys = span, l.keys(times, l.g.keys[l.groups[i]], e.Tariff.Model)
			if e.Charge.Priced && !e.Mixed {
				e.Price = priceRow(l.w.book, &e.Tariff, e.Dims.Band, span.Since)
			}
			l.hand(e)
		}
		clear(l.at)
		l.list, l.groups = l.list[:0], l.groups[:0]
		l.handFees(span, times)
	}
}

func (l *clerk) hand(e *Entry) {
	if l.err == nil {
		l.err = l.yield(e)
	}
}

// handFees hands out what the plans' fees come to in an interval, a plan at a
// time.
func (l *clerk) handFees(span usage.Span, times []string) {
	var due []dueFee
	for len(l.fees) > 0 && l.fees[0].noon.Before(span.Until) {
		due, l.fees = append(due, l.fees[0]), l.fees[1:]
	}
	for len(due) > 0 {
		plan := due[0].plan
		var fee money.Amount
		rest := due[:0]
		for _, f := range due {
			if f.plan != plan {
				rest = append(rest, f)
				continue
			}
			fee = fee.Add(plan.Fee(f.noon))
		}
		due = rest
		d := &usage.Dims{Source: plan.Source}
		keys := make([]string, len(l.g.dims))
		for i, dim := range l.g.dims {
			keys[i] = value(dim, d)
		}
		l.hand(&Entry{Span: span, Keys: l.keys(times, keys, ""), Dims: d, Plan: plan,
			Charge: pricing.Charge{Cost: fee, Low: fee, High: fee, Priced: true, Currency: plan.Currency}})
	}
}

// keys puts the values of a row into the order of the query.
func (l *clerk) keys(times, others []string, pricedAs string) []string {
	k := make([]string, len(l.q.By))
	for j, d := range l.q.By {
		switch {
		case d.IsTime():
			k[j], times = times[0], times[1:]
		case d == usage.ByPricedAs:
			k[j], others = pricedAs, others[1:]
		default:
			k[j], others = others[0], others[1:]
		}
	}
	return k
}

// sort orders the entries of an interval: by the keys, then the price.
func (l *clerk) sort() {
	order := make([]int, len(l.list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		a, b := &l.list[i], &l.list[j]
		return cmp.Or(slices.Compare(l.g.keys[l.groups[i]], l.g.keys[l.groups[j]]), a.Tariff.From.Compare(b.Tariff.From),
			cmp.Compare(a.Tariff.Model, b.Tariff.Model), a.Tariff.Base.Input.Cmp(b.Tariff.Base.Input), a.Tariff.Base.Output.Cmp(b.Tariff.Base.Output))
	})
	list, groups := make([]Entry, len(order)), make([]int32, len(order))
	for to, from := range order {
		list[to], groups[to] = l.list[from], l.groups[from]
	}
	l.list, l.groups = list, groups
}
