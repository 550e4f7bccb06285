package explore

import (
	"context"
	"slices"

	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/period"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// within is what a row consists of: its time, and its parts by what tells its
// usage apart. It is what drilling down says.
type within struct {
	key   string // of the row
	total report.Sum
	trend trend
	parts []part
	err   error
}

// part is a row by one more dimension, the costliest first.
type part struct {
	dim   usage.Dimension
	lines []partLine
	all   int // lines that there are
}

type partLine struct {
	name   string
	value  string
	sum    report.Sum
	amount money.Amount
	priced bool
}

const (
	mostParts     = 5
	mostPartLines = 24
)

// within works out what the row of a question narrowed to it consists of.
func (q *question) within(ctx context.Context, key string) *within {
	w := &within{key: key}
	r := &reply{step: q.step, base: q.base, snap: q.snap}
	if w.err = q.fillWithin(ctx, w, r); w.err == nil {
		w.err = ctx.Err()
	}
	return w
}

func (q *question) fillWithin(ctx context.Context, w *within, r *reply) (err error) {
	if r.span, err = newSpan(period.Calendar(q.snap), q.period, &q.step); err != nil {
		return err
	}
	dims := q.apart(&r.step, usage.ByProject, usage.ByModel, usage.ByKey, usage.ByProvider, usage.BySource, usage.ByMachine, usage.ByEnvironment, usage.ByTier)
	r.step.compare, r.step.pivot = false, ""
	query := q.query(r)
	if q.fine != nil && q.fine.exact { // as the row's own figures are
		r.read = &reading{exact: true}
	}
	engine, err := q.engineFor(ctx, &query, r)
	if err != nil {
		return err
	}
	if w.trend, err = q.trend(engine, query, &r.step); err != nil {
		return err
	}
	lens := ui.Lens{Cash: q.lens}.For(q.snap)
	for _, d := range dims {
		if err := ctx.Err(); err != nil {
			return err
		}
		if len(w.parts) == mostParts {
			break
		}
		query.By = []usage.Dimension{d}
		a, err := engine.Explore(query, q.snap.AsOf)
		if err != nil {
			return err
		}
		w.total = a.Total
		if len(a.Rows) > 1 {
			w.parts = append(w.parts, newPart(d, a, q.snap.Names, lens))
		}
	}
	return nil
}

// newPart takes the largest rows of an answer.
func newPart(d usage.Dimension, a *report.Answer, names *report.Names, lens ui.Lens) part {
	all := make([]partLine, len(a.Rows))
	for i := range a.Rows {
		s, value := &a.Rows[i].Sum, a.Rows[i].Keys[0]
		all[i] = partLine{name: nameOf(names, d, value), value: value, sum: *s}
		if amount, ok := lens.Of(s); ok && len(s.Costs) == 0 {
			all[i].amount, all[i].priced = amount, true
		}
	}
	slices.SortStableFunc(all, func(a, b partLine) int {
		if c := b.amount.Cmp(a.amount); c != 0 {
			return c
		}
		return compareInts(b.sum.Tokens.Total(), a.sum.Tokens.Total())
	})
	return part{dim: d, lines: all[:min(len(all), mostPartLines)], all: len(all)}
}

// leftOver is what of a part's total is not in its first n lines; known is false
// if that cannot be said.
func (p *part) leftOver(total *report.Sum, lens ui.Lens, n int) (money.Amount, bool) {
	sum, ok := lens.Of(total)
	for _, l := range p.lines[:n] {
		ok = ok && (l.priced || l.sum.UnpricedTokens > 0)
		sum = sum.Sub(l.amount)
	}
	return sum, ok && len(total.Costs) == 0 && sum.Sign() >= 0
}

// apart keeps the dimensions that may tell the usage of a step apart, as far as
// coarse cells say.
func (q *question) apart(s *step, of ...usage.Dimension) []usage.Dimension {
	first, apart := make(map[usage.Dimension]string), make(map[usage.Dimension]bool)
	q.each(s, func(d *usage.Dims) {
		for _, c := range of {
			if v, ok := first[c]; !ok {
				first[c] = c.Of(d)
			} else if v != c.Of(d) {
				apart[c] = true
			}
		}
	})
	return slices.DeleteFunc(of, func(c usage.Dimension) bool { return !apart[c] || s.fixed(c) })
}

// models tells the models that a step's usage is of.
func (q *question) models(s *step) func(provider, model string) bool {
	seen := make(map[[2]string]bool)
	q.each(s, func(d *usage.Dims) { seen[[2]string{d.Provider, d.Model}] = true })
	return func(provider, model string) bool { return seen[[2]string{provider, model}] }
}

// each calls f with what tells cells apart, of those that a step's filter lets
// through.
func (q *question) each(s *step, f func(*usage.Dims)) {
	filter, cube := s.filter(q.base), cubeOf(q.snap)
	for i := range cube.Sets {
		if d := &cube.Sets[i]; d.Basis != usage.Billed && passes(filter, d) {
			f(d)
		}
	}
}
