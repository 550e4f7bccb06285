package explore

import (
	"context"
	"slices"
	"strings"
	"time"

	"tokpit/budget"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/tui/period"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// Engine answers questions about one cube.
type Engine interface {
	Explore(report.ExploreQuery, time.Time) (*report.Answer, error)
	Sessions(report.Query, int) ([]report.SessionLine, int, error)
}

// newEngine is [report.NewExplorer].
func newEngine(cube *usage.Cube, book *pricing.Book, plans []pricing.Plan) Engine {
	return report.NewExplorer(cube, book, plans)
}

// question is all that answering a step needs. It is worked on in a command and
// shares nothing with the page that changes.
type question struct {
	step   step
	period string
	base   budget.Scope // what holds on all pages
	snap   *report.Snapshot
	lens   bool // of cash
	billed bool // what was billed is wanted too
	shape  shape

	actions Actions
	engine  func(*usage.Cube, *pricing.Book, []pricing.Plan) Engine
	coarse  Engine // of the snapshot's cube
	fine    *reading
}

// reading is a cube that was read for a question, kept for the next one.
type reading struct {
	cells    usage.Span
	revision uint64
	exact    bool
	engine   Engine
	cube     *usage.Cube
}

// reply is the answer to a question, with all that is drawn of it.
type reply struct {
	step    step // with what the data has decided
	base    budget.Scope
	snap    *report.Snapshot
	span    span
	compare bool // there was something to compare with
	answer  *report.Answer
	lines   []line
	trend   trend
	chosen  int // of the trend's own time, -1 if none is; only the page changes it
	records []report.Trace
	all     int64 // records, or sessions, that there are; not all are listed
	unused  []report.Unused
	read    *reading
	shaped  *shaped
	err     error
}

// answer works the whole question out.
func (q *question) answer(ctx context.Context) *reply {
	r := &reply{step: q.step, base: q.base, snap: q.snap, chosen: -1}
	c := period.Calendar(q.snap)
	if r.span, r.err = newSpan(c, q.period, &q.step); r.err != nil {
		return r
	}
	switch q.step.view {
	case unusedView:
		r.err = q.unused(ctx, r)
	case recordsView:
		r.err = q.records(ctx, r)
	default:
		r.err = q.explore(ctx, r)
	}
	if r.err == nil {
		r.shaped = shapeOf(r, q.shape)
	}
	return r
}

// query is the question as the engine takes it.
func (q *question) query(r *reply) report.ExploreQuery {
	out := report.ExploreQuery{Pivot: r.step.pivot}
	out.Since, out.Until, out.Zone = r.span.Since, r.span.Until, period.Zone(q.snap)
	out.By, out.Filter = r.step.by, r.step.filter(q.base)
	if r.step.view == sessionsView {
		out.Pivot = ""
	} else if q.step.compare && r.span.before != (usage.Span{}) {
		out.Before, r.compare = r.span.before, true
	}
	return out
}

func (q *question) explore(ctx context.Context, r *reply) error {
	if r.step.auto {
		q.decide(r)
		if r.step.view == recordsView {
			return q.records(ctx, r)
		}
	}
	query := q.query(r)
	engine, err := q.engineFor(ctx, &query, r)
	if err != nil {
		return err
	}
	asked := query
	if r.step.view == sessionsView { // the cells are of sessions, their total is not
		asked.By = []usage.Dimension{usage.BySource}
	}
	if r.answer, err = engine.Explore(asked, q.snap.AsOf); err != nil {
		return err
	}
	if q.inexact(&query, r) {
		if engine, err = q.engineFor(ctx, &query, r); err != nil {
			return err
		}
		if r.answer, err = engine.Explore(asked, q.snap.AsOf); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if d := r.step.pivot; d != "" && !d.IsTime() {
		largestFirst(r.answer, ui.Lens{Cash: q.lens}.For(q.snap))
	}
	if r.step.view == sessionsView {
		if err := q.sessions(engine, query.Query, r); err != nil {
			return err
		}
	} else {
		r.lines = newLines(r)
	}
	if q.billed && r.step.view == usageView {
		if err := q.bill(engine, query, r); err != nil {
			return err
		}
	}
	if r.trend, err = q.trend(engine, asked, &r.step); err != nil {
		return err
	}
	if r.step.view == usageView && r.step.pivot == "" && slices.Contains(q.shape.figures, colTrend) {
		return q.sparks(engine, asked, r)
	}
	return nil
}

// largestFirst orders the columns of a pivot by their sums. Time keeps its own
// order.
func largestFirst(a *report.Answer, lens ui.Lens) {
	order := make([]int, len(a.Columns))
	for i := range order {
		order[i] = i
	}
	sums := a.Sums
	slices.SortStableFunc(order, func(i, j int) int {
		x, knownX := lens.Of(&sums[i])
		y, knownY := lens.Of(&sums[j])
		if knownX != knownY {
			if knownX {
				return -1
			}
			return 1
		}
		return y.Cmp(x)
	})
	a.Columns, a.Sums = permuted(a.Columns, order), permuted(a.Sums, order)
	a.Apart.Row = permuted(a.Apart.Row, order)
	for i := range a.Cells {
		a.Cells[i] = permuted(a.Cells[i], order)
	}
}

// permuted returns a list in another order; nil stays nil.
func permuted[T any](list []T, order []int) []T {
	if len(list) != len(order) {
		return list
	}
	out := make([]T, len(list))
	for to, from := range order {
		out[to] = list[from]
	}
	return out
}

// coarsely reports whether the snapshot's cells answer a query.
func coarsely(query *report.ExploreQuery, now time.Time) bool {
	aligned := func(t time.Time) bool { return t.IsZero() || t.Equal(t.Truncate(usage.SlotLength)) || !t.Before(now) }
	return !query.Fine() && aligned(query.Since) && aligned(query.Until)
}

// engineFor returns an engine over cells that answer a query: the snapshot's, or
// others that are read for it.
func (q *question) engineFor(ctx context.Context, query *report.ExploreQuery, r *reply) (Engine, error) {
	if q.actions == nil || coarsely(query, q.snap.AsOf) {
		return q.coarse, nil
	}
	cells, exact := query.Cells(), r.read != nil && r.read.exact
	if f := q.fine; f != nil && f.revision == q.snap.Revision && f.cells == cells && f.exact == exact {
		r.read = f
		return f.engine, nil
	}
	cube, err := q.actions.Cube(ctx, q.snap, *query, exact)
	if err != nil {
		return nil, err
	}
	r.read = &reading{cells: cells, revision: q.snap.Revision, exact: exact, cube: cube, engine: q.engine(cube, bookOf(q.snap), q.snap.Plans)}
	return r.read.engine, nil
}

// inexact reports whether the answer came from sums over a day in which a price
// changed, and asks for the records themselves.
func (q *question) inexact(query *report.ExploreQuery, r *reply) bool {
	if q.actions == nil || !query.Fine() || r.answer.Straddling == 0 || r.read == nil || r.read.exact {
		return false
	}
	r.read = &reading{exact: true}
	return true
}

// bill puts what the providers billed beside the rows; what they billed for
// something that has no usage has a row of its own.
func (q *question) bill(engine Engine, query report.ExploreQuery, r *reply) error {
	query.Basis, query.Before, query.Pivot = usage.Billed, usage.Span{}, ""
	bill, err := engine.Explore(query, q.snap.AsOf)
	if err != nil {
		return err
	}
	at := make(map[string]int, len(r.lines))
	for i := range r.lines {
		at[r.lines[i].key] = i
	}
	for i := range bill.Rows {
		row := &bill.Rows[i]
		n, ok := at[keyOf(row.Keys)]
		if !ok {
			n = len(r.lines)
			r.lines = append(r.lines, newLine(r, row.Keys, &report.Sum{Requests: usage.Absent}))
		}
		r.lines[n].billed = &row.Sum
	}
	r.answer.Bases = withBilled(r.answer.Bases, bill)
	return nil
}

// withBilled notes the total of the bill among the bases, where the total line
// finds it.
func withBilled(bases []report.BasisShare, bill *report.Answer) []report.BasisShare {
	out := slices.DeleteFunc(slices.Clone(bases), func(b report.BasisShare) bool { return b.Basis == usage.Billed })
	return append(out, report.BasisShare{Basis: usage.Billed, Sum: bill.Total})
}

// decide chooses what a drill looks at next: the first dimension of which there
// is more than one value left, sessions after all others, and records where
// nothing tells the usage apart any more.
func (q *question) decide(r *reply) {
	r.step.auto = false
	s := &r.step
	if apart := q.apart(s, usage.ByProvider, usage.ByProject, usage.ByModel, usage.ByKey, usage.ByEnvironment, usage.ByMachine, usage.ByTier); len(apart) > 0 {
		known := func(d usage.Dimension) bool { // what it is was chosen
			return s.limited(d) || d == usage.ByProvider && s.limited(usage.ByModel)
		}
		i := max(0, slices.IndexFunc(apart, func(d usage.Dimension) bool { return !known(d) }))
		s.by = apart[i : i+1]
		return
	}
	logged := false
	q.each(s, func(d *usage.Dims) { logged = logged || d.Basis == usage.Logged || d.Basis == usage.Imported })
	if logged && q.actions != nil && !s.fixed(usage.BySession) {
		s.by = []usage.Dimension{usage.BySession}
		return
	}
	s.view = recordsView
}

// passes reports whether a dimension set may be in a filter, as far as coarse
// cells can tell.
func passes(filter map[usage.Dimension][]string, d *usage.Dims) bool {
	for dim, values := range filter {
		if dim.Fine() || dim == usage.ByPricedAs {
			continue
		}
		v := dim.Of(d)
		if dim == usage.ByTier && v == "" {
			v = "standard"
		}
		if !slices.Contains(values, v) {
			return false
		}
	}
	return true
}

// mostSessions is how many sessions are listed, the costliest.
const mostSessions = 5000

// sessions fills a reply with sessions; the answer holds their total.
func (q *question) sessions(engine Engine, query report.Query, r *reply) error {
	all, n, err := engine.Sessions(query, mostSessions)
	if err != nil {
		return err
	}
	r.all = int64(n)
	r.lines = make([]line, len(all))
	for i := range all {
		s := &all[i]
		l := newLine(r, []string{s.Session}, &s.Sum)
		l.key, l.session = keyOf([]string{s.Source, s.Session}), s
		for _, x := range []struct {
			dim   usage.Dimension
			value string
		}{{usage.ByProject, s.Project}, {usage.ByUser, s.User}, {usage.ByAgent, s.Agent}, {usage.ByMachine, s.Machine}, {usage.BySource, s.Source}} {
			l.search += "\n" + strings.ToLower(nameOf(q.snap.Names, x.dim, x.value))
		}
		for _, m := range s.Models {
			l.search += "\n" + strings.ToLower(m.Model)
		}
		r.lines[i] = l
	}
	return nil
}

func keyOf(keys []string) string { return strings.Join(keys, "\x00") }
