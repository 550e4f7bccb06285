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

// Input is what a snapshot is made from.
type Input struct {
	Cube        *usage.Cube // all history, without session-level dimensions
	Book        *pricing.Book
	Plans       []pricing.Plan
	Sources     []SourceStatus
	Zone        *time.Location // of days; nil is UTC
	AsOf        time.Time
	Demo        bool
	LastSync    time.Time
	Quarantined int64
	Names       *Names // nil: ids are shown
	// CycleAnchor is the day on which a billing cycle begins, 1 if zero, in
	// CycleZone, UTC if nil.
	CycleAnchor int
	CycleZone   *time.Location
}

// The trend covers all history within these bounds, in days.
const (
	shortTrend = 30
	longTrend  = 366
)

// maxSeries is how many providers the trend tells apart; the rest is "other".
const maxSeries = 5

// OtherSeries names what the trend's own series leave over.
const OtherSeries = "other"

// BuildSnapshot makes the snapshot in one pass over the cells.
//
// Every figure is what [Run] says for the same span, with one difference: where
// a period is compared up to the same point (Yesterday, Previous), a plan's fee
// counts for every day that has begun by then, as it does today.
func BuildSnapshot(in Input) *Snapshot {
	if in.Zone == nil {
		in.Zone = time.UTC
	}
	if in.Cube == nil {
		in.Cube = usage.NewBuilder(0).Cube()
	}
	b := newBuild(in)
	b.walk()
	s := &Snapshot{
		AsOf: in.AsOf.UTC(), Zone: in.Zone, Revision: in.Cube.Revision, Demo: in.Demo, PlanSet: len(in.Plans) > 0,
		CycleStart: b.cycle.Since, CycleEnd: b.cycle.Until, Sources: in.Sources, Quarantined: in.Quarantined, Names: in.Names,
		LastSync: in.LastSync, Empty: in.Cube.Len() == 0, Cube: in.Cube, Prices: in.Book.Version(), Book: in.Book, Plans: in.Plans,
		Subscribable: subscribable(in.Cube.Sets, b.w.classOf),
	}
	s.Today, s.Yesterday = b.total(b.today, b.today), b.total(b.yesterday, b.yesterdayFull)
	s.Cycle, s.PreviousFull = b.total(b.cycle, b.cycle), b.total(b.previousFull, b.previousFull)
	s.Previous = b.total(b.previous, b.days(b.previous, b.previousFull))
	s.All = b.total(usage.Span{}, usage.Span{})
	s.Trend, s.Series = b.trend()
	s.PriceChanges = b.changes()
	s.Models = b.lines(usage.ByModel)
	s.Projects = b.lines(usage.ByProject)
	s.Providers = b.lines(usage.ByProvider)
	s.SourceLines = b.lines(usage.BySource)
	s.Uses = b.uses()
	s.Unpriced = unpriced(b.sink.lacks, in.Book, in.AsOf)
	s.Bases = b.bases()
	s.Reconcile = b.reconcile()
	for _, src := range in.Sources {
		if src.Last.After(s.LastRecord) {
			s.LastRecord = src.Last
		}
	}
	if n := in.Cube.Len(); s.LastRecord.IsZero() && n > 0 {
		s.LastRecord = in.Cube.Slot[n-1].Time()
	}
	return s
}

// build is a snapshot in the making.
type build struct {
	in   Input
	w    *walker
	sink *sink

	today, yesterday, yesterdayFull usage.Span
	cycle, previous, previousFull   usage.Span
	trendDays                       []time.Time    // midnights, and the end of the last day
	inCycle, inPrevious             []bool         // by bucket
	fees                            []pricing.Plan // what of the plans is in the figures
	allowed                         []string       // values of priced_as that a filter lets in; nil is all
	brief                           bool           // the trend has no series without any cost
	currency                        string
	providers                       []string // by index
	providerOf                      []int    // by class
	tables                          tables
	dayOf                           []int32 // by bucket: the day of the trend that it lies in, -1 for none
}

func newBuild(in Input) *build {
	b := &build{in: in, fees: in.Plans}
	calendar := Calendar{Now: in.AsOf, Zone: in.Zone, CycleZone: in.CycleZone, Anchor: in.CycleAnchor}
	b.today = calendar.Day(in.AsOf)
	b.yesterdayFull = calendar.Day(b.today.Since.Add(-time.Nanosecond))
	b.yesterday = upTo(b.yesterdayFull, in.AsOf.Sub(b.today.Since))
	b.cycle = calendar.Cycle(in.AsOf)
	b.previousFull = calendar.Cycle(b.cycle.Since.Add(-time.Nanosecond))
	b.previous = upTo(b.previousFull, in.AsOf.Sub(b.cycle.Since))
	b.trendDays = trendDays(in, b.today)

	from, to := slotsOf(in.Cube, time.Time{}, time.Time{})
	b.begin(newHeadline(in.Cube, in.Plans, 0), nil, from, to)
	return b
}

// begin cuts the time from one slot up to another wherever something begins or
// ends, and prepares the walk through the sets that are to be kept, nil is all.
func (b *build) begin(head *headline, keep []bool, from, to usage.Slot) {
	edges := []usage.Slot{from, to}
	for _, t := range append([]time.Time{b.today.Since, b.today.Until, b.yesterday.Since, b.yesterday.Until, b.cycle.Since, b.cycle.Until,
		b.previousFull.Since, b.previousFull.Until, b.previous.Since, b.previous.Until}, b.trendDays...) {
		if s := firstSlot(t); s > from && s < to {
			edges = append(edges, s)
		}
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)
	if len(edges) == 1 {
		edges = append(edges, edges[0])
	}
	cut := buckets{zone: b.in.Zone, edges: edges}
	lines := newGrouping(b.in.Cube.Sets, &Query{By: []usage.Dimension{usage.ByProject, usage.BySource}})
	b.w = newWalker(b.in.Cube, b.in.Book, head, cut, keep, lines.bySet)
	n := len(edges) - 1
	b.inCycle, b.inPrevious = make([]bool, n), make([]bool, n)
	for i := range n {
		b.inCycle[i] = within(b.cycle, edges[i], edges[i+1])
		b.inPrevious[i] = within(b.previous, edges[i], edges[i+1])
	}
	b.tables, b.dayOf = b.newTables(), b.daysOfBuckets()
	b.providerOf = make([]int, len(b.w.sample))
	for i := range b.w.sample {
		p := b.dims(i).Provider
		at := slices.Index(b.providers, p)
		if at < 0 {
			at = len(b.providers)
			b.providers = append(b.providers, p)
		}
		b.providerOf[i] = at
	}
}

// dims are what the sets of a class have in common.
func (b *build) dims(class int) *usage.Dims { return &b.in.Cube.Sets[b.w.sample[class]] }

// upTo cuts a period to the part that had passed after a while.
func upTo(period usage.Span, passed time.Duration) usage.Span {
	if end := period.Since.Add(passed); end.Before(period.Until) {
		period.Until = end
	}
	return period
}

// trendDays returns the midnights of the trend's days and the end of the last.
func trendDays(in Input, today usage.Span) []time.Time {
	first := today.Since
	if in.Cube.Len() > 0 {
		first = in.Cube.Slot[0].Time()
	}
	y, m, d := in.AsOf.In(in.Zone).Date()
	earliest, latest := usage.StartOfDay(in.Zone, y, m, d-longTrend+1), usage.StartOfDay(in.Zone, y, m, d-shortTrend+1)
	switch {
	case first.Before(earliest):
		first = earliest
	case first.After(latest):
		first = latest
	}
	var days []time.Time
	for t := (Calendar{Zone: in.Zone}).Day(first).Since; t.Before(today.Until); t = nextDay(in.Zone, t).UTC() {
		days = append(days, t)
	}
	return append(days, today.Until)
}

// walk fills the sink.
func (b *build) walk() {
	parts := make([]*sink, workers(b.in.Cube.Len()))
	consumers := make([]func(*chunk), len(parts))
	for i := range parts {
		parts[i] = newSink(b)
		consumers[i] = parts[i].add
	}
	b.w.walkAll(consumers)
	for _, p := range parts[1:] {
		parts[0].merge(p)
	}
	b.sink = parts[0]
	var all tally
	for i := range b.sink.buckets {
		all.merge(&b.sink.buckets[i])
	}
	b.currency = cmp.Or(all.currency, defaultCurrency)
}

// total adds up the usage of a span and the fees of another.
func (b *build) total(span, fees usage.Span) Sum {
	var t tally
	edges := b.w.cut.edges
	for i := range b.sink.buckets {
		if within(span, edges[i], edges[i+1]) {
			t.merge(&b.sink.buckets[i])
		}
	}
	b.addFees(&t, fees)
	return t.sum(b.currency)
}

func (b *build) addFees(t *tally, span usage.Span) {
	eachFee(b.fees, span, b.in.Zone, b.in.AsOf, func(p *pricing.Plan, noon time.Time) { t.charge(p.Fee(noon), p.Currency) })
}

// days widens a part of a period to the end of its last day.
func (b *build) days(part, period usage.Span) usage.Span {
	if part.Since.Before(part.Until) {
		part.Until = minTime(Calendar{Zone: b.in.Zone}.Day(part.Until.Add(-time.Nanosecond)).Until, period.Until)
	}
	return part
}

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// bases lists what each basis knows of the cycle.
func (b *build) bases() []BasisShare {
	addBasisFees(&b.sink.bases, b.fees, b.in.Cube.Sets, b.cycle, b.in.Zone, b.in.AsOf)
	return basisShares(&b.sink.bases, &b.sink.counted, b.currency)
}

// reconciledDays is how far back a snapshot compares bills with figures.
const reconciledDays = 31

// reconcile compares the last days with what was billed; nil without any bill.
func (b *build) reconcile() *Reconciliation {
	cube := b.in.Cube
	if !slices.ContainsFunc(cube.Sets, func(d usage.Dims) bool { return d.Basis == usage.Billed }) {
		return nil
	}
	today := b.in.AsOf.UTC().Truncate(24 * time.Hour)
	return reconcile(ReconcileInput{Cube: cube, Book: b.in.Book, Plans: b.in.Plans, Names: b.in.Names, AsOf: b.in.AsOf,
		Span: usage.Span{Since: today.AddDate(0, 0, 1-reconciledDays), Until: today.AddDate(0, 0, 1)}}, b.w.head)
}

// trend makes the points of the days and names the series of their parts.
func (b *build) trend() ([]Point, []string) {
	names, place := b.series()
	edges := b.w.cut.edges
	points := make([]Point, len(b.trendDays)-1)
	at := 0
	for i := range points {
		day := usage.Span{Since: b.trendDays[i], Until: b.trendDays[i+1]}
		var t tally
		parts, planned := make([]money.Amount, len(names)), make([]money.Amount, len(names))
		for at < len(b.sink.buckets) && edges[at].Time().Before(day.Since) {
			at++
		}
		for ; at < len(b.sink.buckets) && edges[at].Time().Before(day.Until); at++ {
			t.merge(&b.sink.buckets[at])
			for p := range b.providers {
				k := at*len(b.providers) + p
				parts[place[p]] = parts[place[p]].Add(b.sink.parts[k])
				planned[place[p]] = planned[place[p]].Add(b.sink.planned[k])
			}
		}
		b.addFees(&t, day)
		points[i] = Point{Day: day.Since.In(b.in.Zone), Sum: t.sum(b.currency), Parts: parts, Planned: planned}
	}
	return points, names
}

// series ranks the providers by their cost within the trend, and says which
// series each belongs to.
func (b *build) series() (names []string, place []int) {
	costs := make([]money.Amount, len(b.providers))
	since := firstSlot(b.trendDays[0])
	for i, edge := range b.w.cut.edges[:len(b.sink.buckets)] {
		for p := range b.providers {
			if edge >= since {
				costs[p] = costs[p].Add(b.sink.parts[i*len(b.providers)+p])
			}
		}
	}
	order := make([]int, len(b.providers))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(x, y int) int {
		return cmp.Or(costs[y].Cmp(costs[x]), strings.Compare(b.providers[x], b.providers[y]))
	})
	place = make([]int, len(costs))
	if b.brief && len(order) > 0 && costs[order[0]].Sign() > 0 {
		order = slices.DeleteFunc(order, func(p int) bool { return costs[p].Sign() <= 0 })
	}
	for rank, p := range order {
		switch {
		case rank < maxSeries:
			names = append(names, b.providers[p])
			place[p] = rank
		default:
			if rank == maxSeries {
				names = append(names, OtherSeries)
			}
			place[p] = maxSeries
		}
	}
	return names, place
}

// changes lists the price changes of models in use within the trend.
func (b *build) changes() []PriceChange {
	var out []PriceChange
	for _, c := range b.in.Book.ChangesBetween(b.trendDays[0], b.trendDays[len(b.trendDays)-1]) {
		if b.sink.used[pricing.ModelRef{Provider: c.Provider, Model: c.Model}] {
			out = append(out, PriceChange{At: c.At, Provider: c.Provider, Model: c.Model, Text: c.Text(), Up: c.Up()})
		}
	}
	return out
}
