package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tokpit/pricing"
	"tokpit/usage"
)

// Report answers a query.
type Report struct {
	AsOf  time.Time
	Query Query
	// Prices is the version of the price book.
	Prices string
	Total  Sum
	Rows   []Row // sorted by their keys
	// Unpriced lists what has no price, most tokens first.
	Unpriced []Unpriced
	// UnpricedMeters are the quantities without a price.
	UnpricedMeters []usage.Quantity
	// Bases has what each basis knows by itself, highest first, whether it
	// counts in the total or not.
	Bases []BasisShare
	// Quarantined rows of the sources; the caller knows, Run does not.
	Quarantined int64
	// Straddling is the number of records in cells during which a price changed,
	// which cost a range. If it is not zero and the cells were sums over a day
	// (q.Fine()), a cube of the records themselves answers exactly.
	Straddling int64
	// PlanSet and Subscribable are as in [Snapshot].
	PlanSet, Subscribable bool
	Notes                 []Note
	// Display shows figures in another currency beside their own; nil does not.
	// The caller sets it.
	Display *Display
}

// Row is one line of a report.
type Row struct {
	Keys []string // values of Query.By, in its order; "" is not known
	Sum  Sum
}

// Note is something about a report that its reader should know.
type Note struct{ Code, Text string }

// Run answers a query from cells. The cube must hold the cells of q.Cells(), at
// session level if q.Fine().
//
// The total is the sum of the rows to the last digit, whatever they are grouped
// by; with one exception: a plan's fee belongs to days, so rows whose keys are
// not days or longer (and perhaps the source) carry none, and the total alone
// has it. Usage counts where its cell begins.
func Run(cube *usage.Cube, book *pricing.Book, plans []pricing.Plan, q Query, asOf time.Time) (*Report, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	q, err := q.named()
	if err != nil {
		return nil, err
	}
	if q.Zone == nil {
		q.Zone = time.UTC
	}
	head := newHeadline(cube, plans, q.Basis)
	from, to := slotsOf(cube, q.Since, q.Until)
	g := newGrouping(cube.Sets, &q)
	w := newWalker(cube, book, head, cut(q.Zone, q.By, from, to), keepSets(cube.Sets, q.Filter), g.bySet)
	parts := make([]*collector, workers(cube.Len()))
	consumers := make([]func(*chunk), len(parts))
	for i := range parts {
		parts[i] = newCollector(w, g)
		consumers[i] = parts[i].add
	}
	w.walkAll(consumers)
	for _, p := range parts[1:] {
		parts[0].merge(p)
	}
	return parts[0].report(plans, q, asOf), nil
}

// keepSets marks the sets that a filter lets in; nil lets all in. A filter on
// priced_as is not decided by the set alone.
func keepSets(sets []usage.Dims, filter map[usage.Dimension][]string) []bool {
	if len(filter) == 0 {
		return nil
	}
	keep := make([]bool, len(sets))
	for i := range sets {
		keep[i] = true
		for d, values := range filter {
			if d != usage.ByPricedAs && !slices.Contains(values, value(d, &sets[i])) {
				keep[i] = false
				break
			}
		}
	}
	return keep
}

// grouping numbers the combinations of values that rows are made for.
type grouping struct {
	dims    []usage.Dimension // of the query, without time
	bySet   []int32
	keys    [][]string // by group, in the order of dims; "" for priced_as
	priced  int        // index of priced_as in dims, -1 without
	allowed []string   // values of priced_as that a filter lets in; nil is all
}

func newGrouping(sets []usage.Dims, q *Query) *grouping {
	g := &grouping{dims: q.timeless(), bySet: make([]int32, len(sets)), allowed: q.Filter[usage.ByPricedAs]}
	g.priced = slices.Index(g.dims, usage.ByPricedAs)
	ids := make(map[string]int32)
	for i := range sets {
		keys := make([]string, len(g.dims))
		for j, d := range g.dims {
			keys[j] = value(d, &sets[i])
		}
		joined := strings.Join(keys, "\x00")
		id, ok := ids[joined]
		if !ok {
			id = int32(len(g.keys))
			ids[joined] = id
			g.keys = append(g.keys, keys)
		}
		g.bySet[i] = id
	}
	return g
}

// rowKey names a row while it is collected.
type rowKey struct {
	group    int32
	pricedAs string
}

type rowTally struct {
	bucket int
	rowKey
	tally
}

// collector makes rows out of the chunks of one part of a walk.
type collector struct {
	w       *walker
	g       *grouping
	rows    []rowTally
	last    []int          // by group: its newest row, plus 1; without priced_as
	named   map[rowKey]int // the same, with priced_as
	bases   [basisCount]tally
	counted [basisCount]int64 // tokens in the headline, by basis
	lacks   map[[2]string]*Unpriced
	meters  usage.Measures // quantities without a price
	coarse  int64
	shared  int64
	beside  int64
}

func newCollector(w *walker, g *grouping) *collector {
	return &collector{w: w, g: g, last: make([]int, len(g.keys)), named: make(map[rowKey]int), lacks: make(map[[2]string]*Unpriced)}
}

func (c *collector) add(ch *chunk) {
	if c.g.allowed != nil && !slices.Contains(c.g.allowed, ch.tariff.Model) {
		return
	}
	basis := c.w.head.basis[ch.sample]
	if int(basis) >= basisCount {
		basis = usage.BasisUnknown
	}
	c.bases[basis].use(ch.m, &ch.charge, ch.planned)
	if !ch.counts {
		if c.w.head.beside(int(ch.sample)) && !ch.planned && !ch.billed {
			c.beside += ch.m.Records
		}
		return
	}
	c.coarse += ch.coarse
	c.shared += ch.shared
	c.counted[basis] += ch.m.Total()
	c.row(ch).use(ch.m, &ch.charge, ch.planned)
	if ch.lacks() {
		lack(c.lacks, &c.w.cube.Sets[ch.sample], ch)
	}
	if ch.charge.UnpricedQuantities != 0 {
		c.meters = c.meters.Add(usage.Measures{Quantities: ch.unpriced()})
	}
}

// row returns the tally that a chunk belongs to.
func (c *collector) row(ch *chunk) *tally {
	key := rowKey{group: c.g.bySet[ch.sample]}
	at := 0
	if c.g.priced < 0 {
		at = c.last[key.group]
	} else {
		key.pricedAs = ch.tariff.Model
		at = c.named[key]
	}
	if at == 0 || c.rows[at-1].bucket != ch.bucket {
		c.rows = append(c.rows, rowTally{bucket: ch.bucket, rowKey: key})
		at = len(c.rows)
		if c.g.priced < 0 {
			c.last[key.group] = at
		} else {
			c.named[key] = at
		}
	}
	return &c.rows[at-1].tally
}

// lacks reports whether the model, or a class of its tokens, has no price.
func (ch *chunk) lacks() bool {
	return !ch.billed && (!ch.tariff.Priced || ch.charge.UnpricedTokens != 0)
}

// unpriced returns the quantities that have no price.
func (ch *chunk) unpriced() []usage.Quantity {
	var out []usage.Quantity
	for _, q := range ch.m.Quantities {
		if alone := ch.tariff.Charge(usage.Tokens{}, []usage.Quantity{q}); alone.UnpricedQuantities != 0 {
			out = append(out, q)
		}
	}
	return out
}

// lack notes usage without a price.
func lack(all map[[2]string]*Unpriced, d *usage.Dims, ch *chunk) {
	key := [2]string{d.Provider, d.Model}
	u := all[key]
	if u == nil {
		u = &Unpriced{Provider: d.Provider, Model: d.Model}
		all[key] = u
	}
	u.Tokens += ch.charge.UnpricedTokens
	if !ch.tariff.Priced {
		u.Requests += ch.m.Requests
	}
}

func mergeLacks(into, from map[[2]string]*Unpriced) {
	for key, u := range from {
		if mine := into[key]; mine != nil {
			mine.Tokens += u.Tokens
			mine.Requests += u.Requests
		} else {
			into[key] = u
		}
	}
}

func (c *collector) merge(o *collector) {
	c.rows = append(c.rows, o.rows...)
	for i := range c.bases {
		c.bases[i].merge(&o.bases[i])
		c.counted[i] += o.counted[i]
	}
	mergeLacks(c.lacks, o.lacks)
	c.meters = c.meters.Add(o.meters)
	c.coarse += o.coarse
	c.shared += o.shared
	c.beside += o.beside
}

// finished is a row with its keys, before it becomes a sum.
type finished struct {
	order usage.Slot // orders time keys: names of hours repeat when clocks go back
	keys  []string
	tally *tally
}

func (c *collector) report(plans []pricing.Plan, q Query, asOf time.Time) *Report {
	r := &Report{AsOf: asOf.UTC(), Query: q, Prices: c.w.book.Version(), PlanSet: len(plans) > 0, Straddling: c.shared}
	var total tally
	for i := range c.rows {
		total.merge(&c.rows[i].tally)
	}
	var rows []finished
	if len(q.By) > 0 {
		rows = c.finish(q)
	}
	rows = c.addFees(plans, q, asOf, rows, &total)
	sortRows(rows, q.By)
	currency := cmp.Or(total.currency, defaultCurrency)
	r.Total = total.sum(currency)
	r.Rows = sums(rows, currency)
	r.Bases = c.shares(plans, q, asOf, currency)
	r.Unpriced, r.UnpricedMeters = unpriced(c.lacks, c.w.book, asOf), c.meters.Quantities
	r.Subscribable = subscribable(c.w.cube.Sets, c.w.classOf)
	r.Notes = c.notes(plans, q)
	return r
}

// defaultCurrency stands beside amounts that nothing has a currency for.
const defaultCurrency = "USD"

// finish names the keys of the collected rows.
func (c *collector) finish(q Query) []finished {
	names := newBucketNames(&c.w.cut, q.By)
	rows := make([]finished, len(c.rows))
	keys := make([]string, len(c.rows)*len(q.By))
	for i := range c.rows {
		row := &c.rows[i]
		k := keys[i*len(q.By) : (i+1)*len(q.By) : (i+1)*len(q.By)]
		times, others := names.of(row.bucket), c.g.keys[row.group]
		for j, d := range q.By {
			switch {
			case d.IsTime():
				k[j], times = times[0], times[1:]
			case d == usage.ByPricedAs:
				k[j], others = row.pricedAs, others[1:]
			default:
				k[j], others = others[0], others[1:]
			}
		}
		rows[i] = finished{c.w.cut.edges[row.bucket], k, &row.tally}
	}
	return rows
}

// bucketNames keeps the time keys of each bucket that has rows.
type bucketNames struct {
	cut   *buckets
	dims  []usage.Dimension
	names map[int][]string
}

func newBucketNames(cut *buckets, by []usage.Dimension) *bucketNames {
	n := &bucketNames{cut: cut, names: make(map[int][]string)}
	for _, d := range by {
		if d.IsTime() {
			n.dims = append(n.dims, d)
		}
	}
	return n
}

func (n *bucketNames) of(bucket int) []string {
	if len(n.dims) == 0 {
		return nil
	}
	keys, ok := n.names[bucket]
	if !ok {
		keys = make([]string, len(n.dims))
		for i, d := range n.dims {
			keys[i] = n.cut.key(bucket, d)
		}
		n.names[bucket] = keys
	}
	return keys
}

// sortRows sorts by the keys. Time goes by the clock, not by its name.
func sortRows(rows []finished, by []usage.Dimension) {
	slices.SortStableFunc(rows, func(a, b finished) int {
		for i, d := range by {
			if a.keys[i] == b.keys[i] {
				continue
			}
			if d.IsTime() {
				return cmp.Or(cmp.Compare(a.order, b.order), strings.Compare(a.keys[i], b.keys[i]))
			}
			return strings.Compare(a.keys[i], b.keys[i])
		}
		return 0
	})
}

// sums merges neighbours with equal keys: two parts of a walk may have met in
// the middle of a bucket, and a month and a week may share days.
func sums(rows []finished, currency string) []Row {
	out := make([]Row, 0, len(rows))
	for i := 0; i < len(rows); {
		t := rows[i].tally
		j := i + 1
		for ; j < len(rows) && slices.Equal(rows[j].keys, rows[i].keys); j++ {
			t.merge(rows[j].tally)
		}
		out = append(out, Row{rows[i].keys, t.sum(currency)})
		i = j
	}
	return out
}

// subscribable reports whether any of the usage comes from a coding agent's
// log, which is often paid for by a flat subscription.
func subscribable(sets []usage.Dims, classOf []int32) bool {
	for i := range sets {
		if sets[i].Basis == usage.Logged && classOf[i] >= 0 {
			return true
		}
	}
	return false
}
