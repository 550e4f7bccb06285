package cmd

import (
	"context"
	"sync"
	"time"

	"tokpit/budget"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/usage"
)

// budgetReader reads what [report.BuildBudgets] needs. It reads cells once for
// budgets that look at the same time.
type budgetReader struct {
	app     *app
	names   *report.Names
	plans   []pricing.Plan
	sources []report.SourceStatus // that are still read
	// whole holds the cells of all history if somebody has them anyway.
	whole *usage.Cube
	cubes map[cubeKey]*usage.Cube
}

type cubeKey struct {
	since, until int64
	fine, exact  bool
}

func (a *app) budgetReader(ctx context.Context) (*budgetReader, error) {
	s, err := a.standing(ctx)
	if err != nil {
		return nil, err
	}
	plans, err := a.store.Plans(ctx)
	return a.budgetReaderOf(s.names(), plans, a.sourceStatus(s), nil), err
}

// budgetReaderOf returns a reader for those who have read the rest already.
func (a *app) budgetReaderOf(names *report.Names, plans []pricing.Plan, sources []report.SourceStatus, whole *usage.Cube) *budgetReader {
	r := &budgetReader{app: a, names: names, plans: plans, whole: whole, cubes: make(map[cubeKey]*usage.Cube)}
	for _, src := range sources {
		if src.Kind != stateOld {
			r.sources = append(r.sources, src)
		}
	}
	return r
}

// input is what budgets are computed from.
func (r *budgetReader) input(ctx context.Context, budgets ...budget.Budget) report.BudgetsInput {
	return report.BudgetsInput{Budgets: budgets, Book: r.app.book, Plans: r.plans, Names: r.names, Sources: r.sources, Now: r.app.now(), Zone: r.app.zone,
		Cells: func(q *report.Query, exact bool) (*usage.Cube, error) { return r.cells(ctx, q, exact) }}
}

// cells reads the cells of a query. Session-level cells are days of UTC: days of
// other zones, and rules that look at sessions, need the records.
func (r *budgetReader) cells(ctx context.Context, q *report.Query, exact bool) (*usage.Cube, error) {
	if r.whole != nil && (!q.Fine() || r.app.rules.Fine()) {
		return r.whole, nil
	}
	span := q.Cells()
	key := cubeKey{span.Since.Unix(), span.Until.Unix(), q.Fine(), exact || r.app.needsRecords(q, false) || q.Fine() && q.Zone != time.UTC}
	if c := r.cubes[key]; c != nil {
		return c, nil
	}
	read := func() (*usage.Cube, error) {
		if key.exact {
			return r.app.store.RecordsCube(ctx, span)
		}
		return r.app.store.Cube(ctx, span, key.fine)
	}
	if r.whole != nil {
		read = r.app.shelved.keep(key, r.whole.Revision, read)
	}
	cube, err := read()
	if err != nil {
		return nil, err
	}
	cube = r.app.rules.Apply(cube, r.names)
	r.cubes[key] = cube
	return cube, nil
}

// budgetStanding is where one budget stands, for printing.
type budgetStanding struct{ *report.BudgetStanding }

// standings says where budgets stand; an error if any cannot be computed.
func (r *budgetReader) standings(ctx context.Context, budgets ...budget.Budget) ([]budgetStanding, error) {
	return standingsOf(r.input(ctx, budgets...))
}

func standingsOf(in report.BudgetsInput) ([]budgetStanding, error) {
	all, err := report.BuildBudgets(in)
	if err != nil {
		return nil, err
	}
	var out []budgetStanding
	for i := range all.Standings {
		if err := all.Standings[i].Err; err != nil {
			return nil, err
		}
		out = append(out, budgetStanding{&all.Standings[i]})
	}
	return out, nil
}

func (r *budgetReader) status(ctx context.Context, b *budget.Budget) (budgetStanding, error) {
	all, err := r.standings(ctx, *b)
	if err != nil {
		return budgetStanding{}, err
	}
	return all[0], nil
}

// inFull says where one budget stands, with all that there is to say.
func (r *budgetReader) inFull(ctx context.Context, b *budget.Budget) (budgetStanding, error) {
	in := r.input(ctx, *b)
	in.Users = true
	all, err := standingsOf(in)
	if err != nil {
		return budgetStanding{}, err
	}
	return all[0], nil
}

// shelvedCells keeps what the cockpit has read besides the cells of its
// snapshot, for as long as the store is at the same revision: reading records
// takes much longer than all the rest of a snapshot.
type shelvedCells struct {
	mu       sync.Mutex
	revision uint64
	cubes    map[cubeKey]*usage.Cube
}

// keep returns a reader of cells that asks read only for what has not been read
// at a revision.
func (s *shelvedCells) keep(key cubeKey, revision uint64, read func() (*usage.Cube, error)) func() (*usage.Cube, error) {
	return func() (*usage.Cube, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.revision != revision {
			s.revision, s.cubes = revision, make(map[cubeKey]*usage.Cube)
		}
		if c := s.cubes[key]; c != nil {
			return c, nil
		}
		c, err := read()
		if err == nil && c.Revision == revision {
			s.cubes[key] = c
		}
		return c, err
	}
}
