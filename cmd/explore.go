package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tokpit/pricing"
	"tokpit/report"
	"tokpit/usage"
)

// explorer reads for the page that explores what a snapshot does not hold.
type explorer struct{ desk *desk }

// of is the app whose store a snapshot was made from.
func (e explorer) of(s *report.Snapshot) *app {
	if demo := e.desk.demo.Load(); s.Demo && demo != nil {
		return demo
	}
	return e.desk.app
}

// Cube implements explore.Actions.
func (e explorer) Cube(ctx context.Context, s *report.Snapshot, q report.ExploreQuery, exact bool) (*usage.Cube, error) {
	a := e.of(s)
	cube, err := a.exploreCube(ctx, q, exact)
	if err != nil {
		return nil, e.desk.fit(err)
	}
	return a.rules.Apply(cube, s.Names), nil
}

// exploreCube reads the records where day cells and quarter hours do not answer
// a query, in the span or in the one that it is compared with.
func (a *app) exploreCube(ctx context.Context, q report.ExploreQuery, exact bool) (*usage.Cube, error) {
	fine := q.Fine()
	spans := []report.Query{q.Query}
	if q.Before != (usage.Span{}) {
		before := q.Query
		before.Since, before.Until = q.Before.Since, q.Before.Until
		spans = append(spans, before)
	}
	for _, one := range spans {
		if q.Pivot != "" {
			one.By = append(slices.Clone(one.By), q.Pivot)
		}
		exact = exact || a.needsRecords(&one, fine)
	}
	if exact {
		return a.store.RecordsCube(ctx, q.Cells())
	}
	return a.store.Cube(ctx, q.Cells(), fine)
}

// Records implements explore.Actions.
func (e explorer) Records(ctx context.Context, s *report.Snapshot, q report.Query, limit int) ([]report.Trace, int64, error) {
	a := e.of(s)
	f := &finder{app: a, snap: s, query: q, limit: limit, counted: make(map[string]bool)}
	if err := f.find(ctx); err != nil {
		return nil, 0, e.desk.fit(err)
	}
	return f.traces(), f.all, nil
}

// finder looks for the newest records that a query lets through.
type finder struct {
	app   *app
	snap  *report.Snapshot
	query report.Query
	limit int

	counted map[string]bool // what is in the figures, see place
	batch   []found         // not yet looked at
	newest  []found         // the newest so far, and some more
	all     int64
}

type found struct {
	connection string
	record     usage.Record
}

// batchOfRecords is how many records the rules are applied to at once.
const batchOfRecords = 8192

func (f *finder) find(ctx context.Context) error {
	if err := f.count(); err != nil {
		return err
	}
	span := usage.Span{Since: f.query.Since, Until: f.query.Until}
	err := f.app.store.Records(ctx, span, func(connection string, r *usage.Record) bool {
		f.batch = append(f.batch, found{connection, *r})
		if len(f.batch) == batchOfRecords {
			f.look()
		}
		return true
	})
	f.look()
	return err
}

// countedBy tells apart what counts from what does not: which basis does is
// decided for an account, a plan's source, and a UTC day.
func countedBy() []usage.Dimension {
	return []usage.Dimension{usage.ByProvider, usage.ByAccount, usage.BySource, usage.ByBasis}
}

// place names what a record counts with.
func place(r *usage.Record) string {
	parts := []string{r.Start.UTC().Format(time.DateOnly)}
	for _, d := range countedBy() {
		parts = append(parts, d.Of(&r.Dims))
	}
	return strings.Join(parts, "\x00")
}

// count finds out what is in the figures.
func (f *finder) count() error {
	cells := f.query.Cells()
	q := report.Query{Since: cells.Since, Until: cells.Until, By: append([]usage.Dimension{usage.ByDay}, countedBy()...)}
	rep, err := report.Run(f.snap.Cube, f.snap.Book, f.snap.Plans, q, f.snap.AsOf)
	if err != nil {
		return err
	}
	for i := range rep.Rows {
		f.counted[strings.Join(rep.Rows[i].Keys, "\x00")] = true
	}
	return nil
}

// look keeps what passes of the batch, as the person's rules have it.
func (f *finder) look() {
	slices.SortStableFunc(f.batch, func(a, b found) int { return a.record.Start.Compare(b.record.Start) })
	b := usage.NewBuilder(len(f.batch))
	for i := range f.batch {
		r := &f.batch[i].record
		b.Add(usage.SlotOf(r.Start), 1, b.Set(r.Dims), usage.Measures{Records: 1})
	}
	ruled := f.app.rules.Apply(b.Cube(), f.snap.Names)
	for i := range f.batch {
		x := &f.batch[i]
		x.record.Dims = ruled.Sets[ruled.Set[i]]
		if f.passes(x) {
			f.all++
			f.newest = append(f.newest, *x)
		}
	}
	f.batch = f.batch[:0]
	if len(f.newest) > 4*f.limit {
		f.cut()
	}
}

// cut keeps the newest.
func (f *finder) cut() {
	slices.SortStableFunc(f.newest, func(a, b found) int { return b.record.Start.Compare(a.record.Start) })
	f.newest = f.newest[:min(len(f.newest), f.limit)]
}

// passes reports whether a record is what the query asks for.
func (f *finder) passes(x *found) bool {
	r := &x.record
	bases := f.query.Filter[usage.ByBasis]
	if bases == nil && !f.counted[place(r)] {
		return false
	}
	for d, values := range f.query.Filter {
		if !slices.Contains(values, f.valueOf(d, x)) {
			return false
		}
	}
	return true
}

// valueOf is what a report says of a record.
func (f *finder) valueOf(d usage.Dimension, x *found) string {
	r := &x.record
	switch {
	case d == usage.ByPricedAs:
		return f.tariff(r).Model
	case d == usage.ByTier && r.Tier == "":
		return "standard"
	case d == usage.ByBand && !r.Band.Known():
		return ""
	}
	return d.Of(&r.Dims)
}

func (f *finder) tariff(r *usage.Record) pricing.Tariff { return f.snap.Book.Tariff(&r.Dims, r.Start) }

// traces works out what the records cost.
func (f *finder) traces() []report.Trace {
	f.cut()
	out := make([]report.Trace, len(f.newest))
	for i := range f.newest {
		x := &f.newest[i]
		out[i] = report.TraceRecord(x.connection, &x.record, f.snap.Book, f.snap.Plans, f.counted[place(&x.record)])
	}
	return out
}

// Export implements explore.Actions. It writes into the working directory, and
// never over a file.
func (e explorer) Export(_ context.Context, name string, content []byte) (string, error) {
	stem, ext := strings.TrimSuffix(name, filepath.Ext(name)), filepath.Ext(name)
	for i := 1; i < 1000; i++ {
		try := name
		if i > 1 {
			try = fmt.Sprintf("%s-%d%s", stem, i, ext)
		}
		file, err := os.OpenFile(try, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return "", hint(fmt.Errorf("export: %w", err), "start tokpit in a directory that can be written")
		}
		_, err = file.Write(content)
		if err = errors.Join(err, file.Close()); err != nil {
			return "", errors.Join(fmt.Errorf("export: %w", err), os.Remove(try))
		}
		if whole, err := filepath.Abs(try); err == nil {
			try = whole
		}
		return try, nil
	}
	return "", hint(fmt.Errorf("export: there are too many files named %s", name), "move some of them away")
}
