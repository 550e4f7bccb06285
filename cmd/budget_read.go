package cmd

import (
	"context"
	"time"

	"tokpit/budget"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/usage"
)

// budgetReader finds out where budgets stand. It reads cells once for budgets
// that look at the same time.
type budgetReader struct {
	app   *app
	names *report.Names
	plans []pricing.Plan
	asOf  time.Time // up to when usage is known; zero if nobody can say
	cubes map[cubeKey]*usage.Cube
}

type cubeKey struct {
	since, until int64
	records      bool
}

func (a *app) budgetReader(ctx context.Context) (*budgetReader, error) {
	s, err := a.standing(ctx)
	if err != nil {
		return nil, err
	}
	r := &budgetReader{app: a, names: s.names(), cubes: make(map[cubeKey]*usage.Cube)}
	for _, src := range a.sourceStatus(s) {
		if src.Records == 0 || src.Kind == stateOld || src.Synced.IsZero() {
			continue
		}
		if r.asOf.IsZero() || src.Synced.Before(r.asOf) {
			r.asOf = src.Synced
		}
	}
	r.plans, err = a.store.Plans(ctx)
	return r, err
}

// spend returns what counts against a budget, for the period of at and as many
// earlier ones.
func (r *budgetReader) spend(ctx context.Context, b *budget.Budget, at time.Time, earlier int) (report.BudgetSpend, error) {
	q := report.BudgetQuery(b, r.names, at, earlier)
	cube, err := r.cube(ctx, &q)
	if err != nil {
		return report.BudgetSpend{}, err
	}
	spend, err := report.BudgetInput(cube, r.app.book, r.plans, b, q, r.app.now())
	spend.AsOf = r.asOf
	return spend, err
}

// cube reads the cells of a query: the records themselves where it names users
// or agents, which cells know by the UTC day only.
func (r *budgetReader) cube(ctx context.Context, q *report.Query) (*usage.Cube, error) {
	span := q.Cells()
	key := cubeKey{span.Since.Unix(), span.Until.Unix(), q.Fine() || r.app.rules.Fine()}
	if c := r.cubes[key]; c != nil {
		return c, nil
	}
	var cube *usage.Cube
	var err error
	if key.records {
		cube, err = r.app.store.RecordsCube(ctx, span)
	} else {
		cube, err = r.app.store.Cube(ctx, span, false)
	}
	if err != nil {
		return nil, err
	}
	cube = r.app.rules.Apply(cube, r.names)
	r.cubes[key] = cube
	return cube, nil
}

// budgetStanding is where one budget stands, and what to know about that.
type budgetStanding struct {
	budget.Status
	spend report.BudgetSpend
}

func (r *budgetReader) status(ctx context.Context, b *budget.Budget) (budgetStanding, error) {
	now := r.app.now()
	spend, err := r.spend(ctx, b, now, 0)
	if err != nil {
		return budgetStanding{}, err
	}
	return budgetStanding{b.Assess(spend.Spend, now), spend}, nil
}
