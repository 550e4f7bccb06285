package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tokpit/pricing"
	"tokpit/usage"
)

// maxCells bounds a pivot: a table of more cells is none that a person reads.
const maxCells = 400_000

// Explorer answers questions about one cube. What does not depend on the
// question is found out once and kept, so that the second question is quicker
// than the first. It may be used by several goroutines; the cube must not
// change.
type Explorer struct {
	cube  *usage.Cube
	book  *pricing.Book
	plans []pricing.Plan
	index index
}

// NewExplorer returns an explorer of a cube.
func NewExplorer(cube *usage.Cube, book *pricing.Book, plans []pricing.Plan) *Explorer {
	return &Explorer{cube: cube, book: book, plans: plans}
}

// Explore answers one question. The cube must hold the cells of the query's
// span and of the one before, at session level if [ExploreQuery.Fine].
//
// The answer's Report is what [Run] says for the same query, to the last digit,
// but that times known too coarsely for the pivot are noted too.
func Explore(cube *usage.Cube, book *pricing.Book, plans []pricing.Plan, q ExploreQuery, asOf time.Time) (*Answer, error) {
	return NewExplorer(cube, book, plans).Explore(q, asOf)
}

// Fine reports whether only session-level cells can answer the query.
func (q *ExploreQuery) Fine() bool { return q.Query.Fine() || q.Pivot.Fine() }

// Cells is the span of the cells that the query needs, those of the span that
// it compares with included. The zero span is everything.
func (q *ExploreQuery) Cells() usage.Span {
	span := q.Query.Cells()
	if !q.compares() {
		return span
	}
	before := Query{Since: q.Before.Since, Until: q.Before.Until}
	other := before.Cells()
	if other.Since.IsZero() || !span.Since.IsZero() && other.Since.Before(span.Since) {
		span.Since = other.Since
	}
	if other.Until.IsZero() || !span.Until.IsZero() && other.Until.After(span.Until) {
		span.Until = other.Until
	}
	return span
}

func (q *ExploreQuery) compares() bool { return q.Before != usage.Span{} }

// table is the query of the answer's cells: by the rows' dimensions and the
// pivot.
func (q *ExploreQuery) table() Query {
	out := q.Query
	if q.Pivot != "" {
		out.By = append(slices.Clone(q.By), q.Pivot)
	}
	return out
}

// before is the query of the rows in the span to compare with.
func (q *ExploreQuery) before() Query {
	out := q.Query
	out.Since, out.Until = q.Before.Since, q.Before.Until
	return out
}

// prepare checks the query and gives it ids for names, and a zone.
func (q *ExploreQuery) prepare() error {
	table := q.table()
	if err := table.check(); err != nil {
		return err
	}
	if before := q.before(); q.compares() {
		if err := before.check(); err != nil {
			return err
		}
	}
	named, err := q.named()
	if err != nil {
		return err
	}
	q.Query = named
	if q.Zone == nil {
		q.Zone = time.UTC
	}
	return nil
}

// Explore answers one question, see the function of the same name.
func (e *Explorer) Explore(q ExploreQuery, asOf time.Time) (*Answer, error) {
	if err := q.prepare(); err != nil {
		return nil, err
	}
	table := q.table()
	head, g := e.prepare(&table)
	var moving *Query
	if q.compares() {
		moving = &q.Query
	}
	now := e.pass(head, table, g, e.cut(&q, q.Query, table.By, asOf), moving)
	out := &Answer{}
	if q.Pivot == "" {
		out.Report = *now.c.report(e.plans, q.Query, asOf)
	} else if err := e.pivot(out, now.c, &q, asOf); err != nil {
		return nil, err
	}
	if moving != nil {
		other := q.before()
		before := e.pass(head, other, e.grouping(&other), e.cut(&q, other, q.By, asOf), moving)
		e.compare(out, now, before, &q, asOf)
	}
	return out, nil
}

// cut makes the buckets of a span. Where two spans are compared their buckets
// are counted from the spans' beginnings, whenever the usage begins, and an open
// one has the day of asOf, whenever it ends.
func (e *Explorer) cut(q *ExploreQuery, span Query, by []usage.Dimension, asOf time.Time) buckets {
	from, to := slotsOf(e.cube, span.Since, span.Until)
	if q.compares() {
		if !span.Since.IsZero() {
			from = usage.SlotOf(span.Since)
		}
		if span.Until.IsZero() {
			to = max(to, firstSlot(Calendar{Zone: q.Zone}.Day(asOf).Until))
		} else {
			to = max(from, firstSlot(span.Until))
		}
	}
	return cut(q.Zone, by, from, to)
}

// pass is one walk through the cells of a span.
type pass struct {
	c *collector
	m *mover // nil if nothing is compared
}

// pass walks the cells that q is about, grouped. If moving is not nil, it also collects
// what its rows are made of.
func (e *Explorer) pass(head *headed, q Query, g *grouping, cut buckets, moving *Query) pass {
	w, alone := e.walker(head, cut, e.keep(q.Filter), g)
	var rows *grouping
	if moving != nil {
		rows = e.grouping(moving)
	}
	parts := make([]pass, workers(e.cube.Len()))
	consumers := make([]func(*chunk), len(parts))
	for i := range parts {
		p := pass{c: newCollector(w, g)}
		if alone { // about as many rows as groups
			p.c.rows = make([]rowTally, 0, min(len(g.keys), e.cube.Len())/len(parts))
		}
		consumers[i] = p.c.add
		if moving != nil {
			p.m = newMover(w, moving, rows)
			consumers[i] = func(ch *chunk) {
				p.c.add(ch)
				p.m.add(ch)
			}
		}
		parts[i] = p
	}
	if alone {
		each := make([]func(int, *chunk), len(consumers))
		for i, consume := range consumers {
			each[i] = func(_ int, ch *chunk) { consume(ch) }
		}
		head.walkEach(w, each)
	} else {
		w.walkAll(consumers)
	}
	all := parts[0]
	for _, p := range parts[1:] {
		all.c.merge(p.c)
		if moving != nil {
			all.m.merge(p.m)
		}
	}
	return all
}

// pivot fills the answer from the tallies of its cells.
func (e *Explorer) pivot(out *Answer, c *collector, q *ExploreQuery, asOf time.Time) error {
	rows, across := q.Query, q.Query
	across.By = []usage.Dimension{q.Pivot}
	byRow, byColumn := c.project(&rows, e.grouping(&rows)), c.project(&across, e.grouping(&across))
	byRow.bases, byRow.counted = c.bases, c.counted
	out.Report = *byRow.report(e.plans, rows, asOf)
	columns := byColumn.report(e.plans, across, asOf).Rows
	if q.cellsCarry() {
		again := func(q1 *Query) []Row {
			return sums(e.withFees(c.project(q1, e.grouping(q1)).finish(*q1), q, q1.By, asOf), out.Total.Currency)
		}
		if !carriesFees(rows.By) {
			out.Rows = again(&rows)
			out.Notes = slices.DeleteFunc(out.Notes, func(n Note) bool { return n.Code == "fees_in_total" })
		}
		if !carriesFees(across.By) {
			columns = again(&across)
		}
	}
	if len(out.Rows)*len(columns) > maxCells {
		return &InputError{fmt.Sprintf("%d rows by %d columns are more than a table holds", len(out.Rows), len(columns)),
			"filter, take a shorter span, or group by something coarser"}
	}
	columnOf, rowOf := make(map[string]int, len(columns)), make(map[string]int, len(out.Rows))
	for i, s := range columns {
		out.Columns, out.Sums = append(out.Columns, s.Keys[0]), append(out.Sums, s.Sum)
		columnOf[s.Keys[0]] = i
	}
	empty := (&tally{}).sum(out.Total.Currency)
	all := slices.Repeat([]Sum{empty}, len(out.Rows)*len(columns))
	for i, r := range out.Rows {
		rowOf[strings.Join(r.Keys, "\x00")] = i
		out.Cells = append(out.Cells, all[i*len(columns):(i+1)*len(columns):(i+1)*len(columns)])
	}
	for _, cell := range e.cells(c, q, asOf, out.Total.Currency) {
		n := len(cell.Keys) - 1
		row, known := rowOf[strings.Join(cell.Keys[:n], "\x00")]
		if column, too := columnOf[cell.Keys[n]]; known && too {
			out.Cells[row][column] = cell.Sum
		}
	}
	e.apart(out, q, asOf)
	return nil
}

// cells lists the cells of a pivot that hold anything. They carry plan fees
// where both their rows and their columns do.
func (e *Explorer) cells(c *collector, q *ExploreQuery, asOf time.Time, currency string) []Row {
	table := q.table()
	if len(q.By) == 0 {
		return nil
	}
	cells := c.finish(table)
	if q.cellsCarry() {
		return sums(e.withFees(cells, q, table.By, asOf), currency)
	}
	sortRows(cells, table.By)
	return sums(cells, currency)
}

// project returns a collector of the same usage by fewer dimensions. It leaves
// the bases to the original.
func (c *collector) project(q *Query, g *grouping) *collector {
	groupOf := make([]int32, len(c.g.keys))
	for set, group := range c.g.bySet {
		groupOf[group] = g.bySet[set]
	}
	edges := c.w.cut.edges
	w := *c.w
	w.cut = cut(q.Zone, q.By, edges[0], edges[len(edges)-1])
	out := newCollector(&w, g)
	out.lacks, out.meters, out.coarse, out.shared, out.beside = c.lacks, c.meters, c.coarse, c.shared, c.beside
	type place struct {
		bucket int
		rowKey
	}
	places := make(map[place]int)
	for i := range c.rows {
		row := &c.rows[i]
		at := place{w.cut.find(edges[row.bucket]), rowKey{group: groupOf[row.group]}}
		if g.priced >= 0 {
			at.pricedAs = row.pricedAs
		}
		n, ok := places[at]
		if !ok {
			n = len(out.rows)
			places[at] = n
			out.rows = append(out.rows, rowTally{bucket: at.bucket, rowKey: at.rowKey})
		}
		out.rows[n].merge(&row.tally)
	}
	return out
}
