package cmd

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"math"
	"slices"

	"tokpit/config"
	"tokpit/report"
	"tokpit/scenario"
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
	capped := slices.ContainsFunc(levers, func(l scenario.Lever) bool { return l.Kind == scenario.OutputCap })
	if capped || recordsOf(in.Cube, q.Cells()) <= scenario.MostRanked {
		in.Requests = a.requests(ctx, q.Cells(), s.Names, &failed)
	}
	b, err := scenario.Prepare(in)
	if err = errors.Join(failed, err); errors.Is(err, scenario.ErrCurrencies) {
		err = hint(err, "p limits it to what one provider bills")
	}
	if err != nil {
		return nil, p.fit(err)
	}
	return b, ctx.Err()
}

// recordsOf counts the records of a span: single requests are read where they are
// few enough for a slider to look at every one of them.
func recordsOf(c *usage.Cube, span usage.Span) int64 {
	first, last := usage.Slot(math.MinInt32), usage.Slot(math.MaxInt32)
	if !span.Since.IsZero() {
		first = usage.SlotOf(span.Since)
	}
	if !span.Until.IsZero() {
		last = usage.SlotOf(span.Until)
	}
	var n int64
	for i, slot := range c.Slot {
		if slot >= first && slot <= last {
			n += c.Records.At(i)
		}
	}
	return n
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
	all, err := p.of(s).savedScenarios(ctx)
	return all, p.fit(err)
}

// Save implements simulate.Actions. What looks like a key is not written down.
func (p simulator) Save(ctx context.Context, s *report.Snapshot, saved scenario.Saved) error {
	if err := checkScenarioName(saved.Name); err != nil {
		return p.fit(err)
	}
	texts := []string{saved.Scope.String(), saved.Note}
	for i := range saved.Levers {
		texts = append(texts, saved.Levers[i].String())
	}
	if slices.ContainsFunc(texts, config.LooksLikeKey) {
		return p.fit(hint(errors.New("the scenario holds what looks like a key itself, and is not kept"), "name keys by their id or name"))
	}
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
	o, err := p.of(s).outcome(ctx, saved, "", "")
	return o, p.fit(err)
}

// Encode implements simulate.Actions: one schema, whether the page or the command
// writes it.
func (p simulator) Encode(ctx context.Context, s *report.Snapshot, of scenario.Scenario, r *scenario.Result, form simulate.Form) ([]byte, error) {
	a := p.of(s)
	board, err := a.scoreboard(ctx)
	if err != nil {
		return nil, p.fit(err)
	}
	m := &simulation{scenario: of, result: r, planSet: s.PlanSet, subscribable: s.Subscribable, names: s.Names, zone: s.Zone, now: s.AsOf, book: s.Prices}
	if m.zone == nil {
		m.zone = a.zone
	}
	m.judge(a, board)
	var out bytes.Buffer
	err = m.write(&out, outputForm{json: form == simulate.JSON, csv: form == simulate.CSV, md: form == simulate.Markdown})
	return out.Bytes(), p.fit(err)
}

// Export implements simulate.Actions. It writes into the working directory, and
// never over a file.
func (p simulator) Export(ctx context.Context, name string, content []byte) (string, error) {
	return explorer(p).Export(ctx, name, content)
}
