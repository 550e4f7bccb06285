package cmd

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"slices"

	"tokpit/report"
	"tokpit/scenario"
	"tokpit/store"
	"tokpit/tui/simulate"
	"tokpit/usage"
)

// simulator is what the page of scenarios works on: the store of the data that
// its snapshot shows.
type simulator struct{ desk *desk }

var _ simulate.Actions = simulator{}

// of is the app whose store a snapshot was made from.
func (p simulator) of(s *report.Snapshot) *app { return explorer(p).of(s) }

// fit is an error that the page may show; the end of the program is none.
func (p simulator) fit(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return p.desk.fit(err)
}

// Base implements simulate.Actions. Cells at session level are read where only
// they know what a scope or a lever is about, and records where a lever is exact
// with them.
func (p simulator) Base(ctx context.Context, s *report.Snapshot, q report.Query, levers []scenario.Lever) (*scenario.Base, error) {
	a := p.of(s)
	in := scenario.Input{Cube: s.Cube, Book: s.Book, Plans: s.Plans, Query: q, AsOf: s.AsOf}
	fine := q.Fine() || slices.ContainsFunc(levers, func(l scenario.Lever) bool { return l.Fine() })
	if fine {
		cube, err := a.ruled(ctx, q.Cells(), true, s.Names)
		if err != nil {
			return nil, p.fit(err)
		}
		in.Cube = cube
	}
	var failed error
	if slices.ContainsFunc(levers, func(l scenario.Lever) bool { return l.Kind == scenario.OutputCap }) {
		in.Requests = a.requests(ctx, q.Cells(), s.Names, &failed)
	}
	b, err := scenario.Prepare(in)
	if err = errors.Join(failed, err); err != nil {
		return nil, p.fit(err)
	}
	return b, ctx.Err()
}

// requests goes through the records of a span as the person's rules have them.
// What goes wrong is left in failed.
func (a *app) requests(ctx context.Context, span usage.Span, names *report.Names, failed *error) iter.Seq[*usage.Record] {
	return func(yield func(*usage.Record) bool) {
		batch, on := make([]usage.Record, 0, batchOfRecords), true
		flush := func() {
			slices.SortStableFunc(batch, func(x, y usage.Record) int { return x.Start.Compare(y.Start) })
			b := usage.NewBuilder(len(batch))
			for i := range batch {
				r := &batch[i]
				b.Add(usage.SlotOf(r.Start), 1, b.Set(r.Dims), usage.Measures{Records: 1})
			}
			ruled := a.rules.Apply(b.Cube(), names)
			for i := 0; i < len(batch) && on; i++ {
				batch[i].Dims = ruled.Sets[ruled.Set[i]]
				on = yield(&batch[i])
			}
			batch = batch[:0]
		}
		err := a.store.Records(ctx, span, func(_ string, r *usage.Record) bool {
			if batch = append(batch, *r); len(batch) == cap(batch) {
				flush()
			}
			return on
		})
		if on {
			flush()
		}
		*failed = err
	}
}

// Scores implements simulate.Actions.
func (p simulator) Scores(ctx context.Context, s *report.Snapshot) ([]scenario.ScoreSet, error) {
	sets, err := p.of(s).scoreSets(ctx)
	return sets, p.fit(err)
}

// Scenarios implements simulate.Actions.
func (p simulator) Scenarios(ctx context.Context, s *report.Snapshot) ([]scenario.Saved, error) {
	a := p.of(s)
	names, err := a.store.Documents(ctx, scenario.SavedKind)
	if err != nil {
		return nil, p.fit(err)
	}
	var out []scenario.Saved
	for _, name := range names {
		data, err := a.store.Document(ctx, scenario.SavedKind, name)
		if errors.Is(err, store.ErrNotFound) { // removed since
			continue
		}
		if err != nil {
			return nil, p.fit(err)
		}
		one, err := scenario.DecodeSaved(bytes.TrimSpace(data))
		if err != nil {
			return nil, p.fit(err)
		}
		out = append(out, one)
	}
	return out, nil
}

// Save implements simulate.Actions.
func (p simulator) Save(ctx context.Context, s *report.Snapshot, saved scenario.Saved) error {
	data, err := saved.Encode()
	if err != nil {
		return p.fit(err)
	}
	return p.fit(p.of(s).store.PutDocument(ctx, scenario.SavedKind, saved.Name, data))
}

// Forget implements simulate.Actions.
func (p simulator) Forget(ctx context.Context, s *report.Snapshot, name string) error {
	return p.fit(p.of(s).store.PutDocument(ctx, scenario.SavedKind, name, nil))
}

// Outcome implements simulate.Actions.
func (p simulator) Outcome(ctx context.Context, s *report.Snapshot, saved *scenario.Saved) (*scenario.Outcome, error) {
	a := p.of(s)
	q := report.Query{Since: saved.Span.Since, Until: saved.Span.Until, Zone: a.zone, Filter: saved.Scope, By: scenario.OutcomeBy(), Names: s.Names}
	since := q
	since.Since, since.Until = saved.Adopted, s.AsOf
	var both [2]*report.Report
	for i, one := range []report.Query{q, since} {
		cube := s.Cube
		if one.Fine() {
			var err error
			if cube, err = a.ruled(ctx, one.Cells(), true, s.Names); err != nil {
				return nil, p.fit(err)
			}
		}
		r, err := report.Run(cube, s.Book, s.Plans, one, s.AsOf)
		if err != nil {
			return nil, p.fit(err)
		}
		both[i] = r
	}
	o, err := saved.Check(both[0], both[1])
	return o, p.fit(err)
}

// Export implements simulate.Actions. It writes into the working directory, and
// never over a file.
func (p simulator) Export(ctx context.Context, name string, content []byte) (string, error) {
	return explorer(p).Export(ctx, name, content)
}
