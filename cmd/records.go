package cmd

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"tokpit/pricing"
	"tokpit/report"
	"tokpit/usage"
)

// recordScan reads records as reports count them: with the person's rules, and
// only those that count, by the basis of their account and day.
type recordScan struct {
	app   *app
	names *report.Names
	book  *pricing.Book
	query report.Query // span and filter

	counted map[recordPlace]bool
}

// recordPlace is what decides whether a record counts: an account, a plan's
// source, a basis, and a UTC day.
type recordPlace struct {
	day                       int32
	provider, account, source string
	basis                     usage.Basis
}

type found struct {
	connection string
	record     usage.Record
}

// batchOfRecords is how many records the rules are applied to at once.
const batchOfRecords = 2048

// newRecordScan finds out what counts; the cube holds the cells of the query,
// with the person's rules.
func (a *app) newRecordScan(cube *usage.Cube, book *pricing.Book, plans []pricing.Plan, q report.Query, asOf time.Time) (*recordScan, error) {
	s := &recordScan{app: a, names: q.Names, book: book, query: q, counted: make(map[recordPlace]bool)}
	cells := q.Cells()
	rep, err := report.Run(cube, book, plans, report.Query{Since: cells.Since, Until: cells.Until,
		By: []usage.Dimension{usage.ByDay, usage.ByProvider, usage.ByAccount, usage.BySource, usage.ByBasis}}, asOf)
	if err != nil {
		return nil, err
	}
	for i := range rep.Rows {
		k := rep.Rows[i].Keys
		day, err := time.Parse(time.DateOnly, k[0])
		if err != nil {
			return nil, err
		}
		basis, err := usage.ParseBasis(k[4])
		if err != nil {
			basis = usage.BasisUnknown
		}
		s.counted[recordPlace{usage.SlotOf(day).Day(), k[1], k[2], k[3], basis}] = true
	}
	return s, nil
}

func placeOf(r *usage.Record) recordPlace {
	return recordPlace{usage.SlotOf(r.Start).Day(), r.Provider, r.Account, r.Source, r.Basis}
}

// each calls f for the records of the query, by connection and, within some
// thousands, by time. It runs beside the reading, in one goroutine that has ended
// when each returns. The record is f's until f returns.
func (s *recordScan) each(ctx context.Context, f func(*found) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	full, empty := make(chan []found), make(chan []found, 2)
	empty <- make([]found, 0, batchOfRecords)
	empty <- make([]found, 0, batchOfRecords)
	var failed error
	var group sync.WaitGroup
	group.Go(func() {
		for batch := range full {
			for i := range batch {
				if failed == nil {
					failed = f(&batch[i])
				}
			}
			if failed != nil {
				stop()
			}
			empty <- batch[:0]
		}
	})
	batch := <-empty
	hand := func() {
		full <- s.look(batch)
		batch = <-empty
	}
	err := s.app.store.Records(ctx, usage.Span{Since: s.query.Since, Until: s.query.Until}, func(connection string, r *usage.Record) bool {
		batch = append(batch, found{connection, *r})
		if len(batch) == batchOfRecords {
			hand()
		}
		return ctx.Err() == nil
	})
	if err == nil && ctx.Err() == nil {
		full <- s.look(batch)
	}
	close(full)
	group.Wait()
	if failed != nil {
		return failed
	}
	return errors.Join(err, context.Cause(ctx))
}

// look keeps what passes of a batch, as the person's rules have it, in its order
// of time.
func (s *recordScan) look(batch []found) []found {
	slices.SortStableFunc(batch, func(a, b found) int { return a.record.Start.Compare(b.record.Start) })
	b := usage.NewBuilder(len(batch))
	for i := range batch {
		r := &batch[i].record
		b.Add(usage.SlotOf(r.Start), 1, b.Set(r.Dims), usage.Measures{Records: 1})
	}
	ruled := s.app.rules.Apply(b.Cube(), s.names)
	kept := batch[:0]
	for i := range batch {
		x := batch[i]
		x.record.Dims = ruled.Sets[ruled.Set[i]]
		if s.passes(&x) {
			kept = append(kept, x)
		}
	}
	return kept
}

// passes reports whether a record is what the query asks for.
func (s *recordScan) passes(x *found) bool {
	r := &x.record
	bases := s.query.Filter[usage.ByBasis]
	if s.query.Basis != 0 {
		if min(r.Basis, usage.Reported) != s.query.Basis {
			return false
		}
	} else if bases == nil && !s.counted[placeOf(r)] {
		return false
	}
	for d, values := range s.query.Filter {
		if !slices.Contains(values, s.valueOf(d, x)) {
			return false
		}
	}
	return true
}

// valueOf is what a report says of a record.
func (s *recordScan) valueOf(d usage.Dimension, x *found) string {
	r := &x.record
	switch {
	case d == usage.ByPricedAs:
		t := s.book.Tariff(&r.Dims, r.Start)
		return t.Model
	case d == usage.ByTier && r.Tier == "":
		return "standard"
	case d == usage.ByBand && !r.Band.Known():
		return ""
	}
	return d.Of(&r.Dims)
}
