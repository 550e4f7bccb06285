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
	q.Names = s.Names
	if err := e.of(s).recordsOf(ctx, q); err != nil {
		return nil, 0, e.desk.fit(err)
	}
	scan, err := e.of(s).newRecordScan(s.Cube, s.Book, s.Plans, q, s.AsOf)
	if err != nil {
		return nil, 0, e.desk.fit(err)
	}
	newest, all := []found(nil), int64(0)
	cut := func() {
		slices.SortStableFunc(newest, func(a, b found) int { return b.record.Start.Compare(a.record.Start) })
		newest = newest[:min(len(newest), limit)]
	}
	err = scan.each(ctx, func(x *found) error {
		newest, all = append(newest, *x), all+1
		if len(newest) > 4*limit {
			cut()
		}
		return nil
	})
	if err != nil {
		return nil, 0, e.desk.fit(err)
	}
	cut()
	out := make([]report.Trace, len(newest))
	for i := range newest {
		x := &newest[i]
		out[i] = report.TraceRecord(x.connection, &x.record, s.Book, s.Plans, scan.counted[placeOf(&x.record)])
	}
	return out, all, nil
}

// Export implements tui.Exporter. It writes into the working directory, and
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
