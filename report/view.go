package report

import (
	"slices"
	"time"

	"tokpit/pricing"
	"tokpit/usage"
)

// ViewQuery says what a [View] is of.
type ViewQuery struct {
	Span usage.Span
	// Before is the span to compare with; the zero span does not compare.
	Before usage.Span
	// Filter is that of a [Query].
	Filter map[usage.Dimension][]string
	// History: the trend goes on with the days before the span, as that of a
	// snapshot does. Else it has the days of the span, at most a year of them.
	History bool
	// Days is how many days the trend has at least, also of those before the span.
	Days int
	// Alone leaves out what is of other days than the span's and the trend's: Today
	// and Yesterday are not known then, and old days are found as soon as new ones.
	Alone bool
}

// View is what a [Snapshot] says of the current cycle, of any span of time and
// any part of the usage. It is immutable.
type View struct {
	ViewQuery
	AsOf time.Time
	Sum  Sum // of the span
	// Previous is the same of the span before. Where the span is not over it has
	// the plan fees of all days that have begun, as the span has.
	Previous Sum
	// PreviousFull is that of the whole time before, up to the span, where History
	// has the span go on from it as a cycle does from the last; nil if it is not known.
	PreviousFull     *Sum
	Today, Yesterday Sum // as in a snapshot, whatever the span
	// FeesLeftOut: there are plan fees, and none of them is in the figures, since
	// they cannot be divided by what the filter is by.
	FeesLeftOut bool

	Trend        []Point // one per local day, oldest first, no gaps
	Series       []string
	PriceChanges []PriceChange // within the trend

	Models, Projects, Providers, SourceLines []Line // largest cost first

	Bases    []BasisShare // of the span
	Unpriced []Unpriced   // in the span
}

// CycleView is what a snapshot says of its cycle, as a view.
func CycleView(s *Snapshot) *View {
	return &View{
		ViewQuery: ViewQuery{Span: usage.Span{Since: s.CycleStart}, History: true},
		AsOf:      s.AsOf, Sum: s.Cycle, Previous: s.Previous, PreviousFull: &s.PreviousFull, Today: s.Today, Yesterday: s.Yesterday,
		Trend: s.Trend, Series: s.Series, PriceChanges: s.PriceChanges,
		Models: s.Models, Projects: s.Projects, Providers: s.Providers, SourceLines: s.SourceLines,
		Bases: s.Bases, Unpriced: s.Unpriced,
	}
}

// Viewer makes views of one snapshot. What does not depend on the view is found
// out once and kept. It may be used by several goroutines.
type Viewer struct {
	snap *Snapshot
	cube *usage.Cube
	base *Explorer
}

// NewViewer returns a viewer of a snapshot, over its own cells. Nil cells are
// those of the snapshot; others must hold the cells of the views to come, for
// example those by session.
func NewViewer(s *Snapshot, cells *usage.Cube) *Viewer {
	v := &Viewer{snap: s, cube: cells}
	if v.cube == nil {
		v.cube = s.Cube
	}
	if v.cube == nil {
		v.cube = usage.NewBuilder(0).Cube()
	}
	book := s.Book
	if book == nil {
		book = pricing.NewBook(&pricing.Table{})
	}
	v.base = NewExplorer(v.cube, book, s.Plans)
	return v
}

// View makes one view. Its sums are what [Run] says for the same span and
// filter, to the last digit, and Previous what [Explore] compares with.
func (v *Viewer) View(q ViewQuery) (*View, error) {
	query := q.query(v.snap)
	if err := query.check(); err != nil {
		return nil, err
	}
	b := v.build(&q, &query)
	b.walk()
	out := &View{ViewQuery: q, AsOf: v.snap.AsOf}
	out.Sum = b.total(b.cycle, b.cycle)
	if q.Before != (usage.Span{}) {
		compared := ExploreQuery{Query: query, Before: q.Before}
		out.Previous = b.total(b.previous, compared.feesBefore(v.snap.AsOf))
		if q.History {
			whole := b.total(b.previousFull, b.previousFull)
			out.PreviousFull = &whole
		}
	}
	if !q.Alone {
		out.Today, out.Yesterday = b.total(b.today, b.today), b.total(b.yesterday, b.yesterdayFull)
	}
	out.FeesLeftOut = query.leavesFeesOut(v.snap.Plans, v.cube.Sets)
	out.Trend, out.Series = b.trend()
	out.PriceChanges = b.changes()
	out.Models, out.Projects = b.lines(usage.ByModel), b.lines(usage.ByProject)
	out.Providers, out.SourceLines = b.lines(usage.ByProvider), b.lines(usage.BySource)
	out.Unpriced = unpriced(b.sink.lacks, b.in.Book, v.snap.AsOf)
	out.Bases = b.bases()
	return out, nil
}

// query is the query of the span.
func (q *ViewQuery) query(s *Snapshot) Query {
	out := Query{Since: q.Span.Since, Until: q.Span.Until, Zone: s.Zone, Filter: q.Filter}
	if out.Zone == nil {
		out.Zone = time.UTC
	}
	return out
}

// build begins a snapshot whose cycle is the span, of what passes the filter.
func (v *Viewer) build(q *ViewQuery, query *Query) *build {
	b := &build{
		in:   Input{Cube: v.cube, Book: v.base.book, Plans: v.snap.Plans, Zone: query.Zone, AsOf: v.snap.AsOf},
		fees: payable(v.snap.Plans, query, v.cube.Sets), allowed: q.Filter[usage.ByPricedAs],
		cycle: q.Span, previous: q.Before, previousFull: q.Before, brief: true,
	}
	calendar := Calendar{Now: v.snap.AsOf, Zone: query.Zone}
	b.today = calendar.Day(v.snap.AsOf)
	b.yesterdayFull = calendar.Day(b.today.Since.Add(-time.Nanosecond))
	b.yesterday = upTo(b.yesterdayFull, v.snap.AsOf.Sub(b.today.Since))
	if q.Before == (usage.Span{}) { // nothing, where the zero span would be everything
		b.previous = usage.Span{Since: b.today.Until, Until: b.today.Since}
	} else if q.History {
		b.previousFull.Until = q.Span.Since
	}
	if b.trendDays = trendDays(b.in, b.today); !q.History {
		b.trendDays = v.daysOf(q, calendar)
	}
	b.begin(v.base.head(0).headline, v.base.keep(q.Filter), v.from(q, b), v.until(q, b))
	return b
}

// leavesFeesOut reports whether there are plan fees that a filter has none of,
// because they cannot be divided by what it is by.
func (q *Query) leavesFeesOut(plans []pricing.Plan, sets []usage.Dims) bool {
	return len(q.Filter) > 0 && len(payable(plans, q, sets)) == 0 && len(payable(plans, &Query{Basis: q.Basis}, sets)) > 0
}

// daysOf returns the midnights of the days of a view and the end of the last.
func (v *Viewer) daysOf(q *ViewQuery, c Calendar) []time.Time {
	span, last := q.Span, c.Now
	if !span.Until.IsZero() && span.Until.Before(c.Now) {
		last = span.Until.Add(-time.Nanosecond)
	}
	if span.Since.After(last) {
		last = span.Since
	}
	y, m, d := last.In(c.Zone).Date()
	first := usage.StartOfDay(c.Zone, y, m, d-longTrend+1)
	if span.Since.After(first) {
		first = c.Day(span.Since).Since
	} else if n := v.cube.Len(); span.Since.IsZero() && n > 0 && v.cube.Slot[0].Time().After(first) {
		first = c.Day(v.cube.Slot[0].Time()).Since
	}
	if least := usage.StartOfDay(c.Zone, y, m, d-q.Days+1); least.Before(first) && q.Days > 0 {
		first = least
	}
	end := c.Day(last).Until
	var days []time.Time
	for t := first; t.Before(end); t = nextDay(c.Zone, t).UTC() {
		days = append(days, t)
	}
	return append(days, end)
}

// from is the first slot that a view needs.
func (v *Viewer) from(q *ViewQuery, b *build) usage.Slot {
	first := b.trendDays[0]
	first = minTime(first, q.Span.Since)
	if !q.Alone {
		first = minTime(first, b.yesterday.Since)
	}
	if q.Before != (usage.Span{}) {
		first = minTime(first, q.Before.Since)
	}
	if q.Span.Since.IsZero() {
		first = time.Time{}
	}
	from, _ := slotsOf(v.cube, first, time.Time{})
	return from
}

// until is the end of the last slot that a view needs.
func (v *Viewer) until(q *ViewQuery, b *build) usage.Slot {
	ends := []time.Time{q.Span.Until, b.trendDays[len(b.trendDays)-1], q.Before.Until}
	if !q.Alone {
		ends = append(ends, b.today.Until)
	}
	last := slices.MaxFunc(ends, time.Time.Compare)
	if q.Span.Until.IsZero() {
		last = time.Time{}
	}
	_, to := slotsOf(v.cube, time.Time{}, last)
	return to
}
