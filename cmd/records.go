package cmd

import (
	"context"
	"slices"
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
	batch   []found // not yet looked at
	err     error
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
const batchOfRecords = 4096

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
// thousands, by time. The record is f's to keep.
func (s *recordScan) each(ctx context.Context, f func(*found) error) error {
	span := usage.Span{Since: s.query.Since, Until: s.query.Until}
	err := s.app.store.Records(ctx, span, func(connection string, r *usage.Record) bool {
		s.batch = append(s.batch, found{connection, *r})
		if len(s.batch) == batchOfRecords {
			s.look(f)
		}
		return s.err == nil
	})
	if err == nil {
		s.look(f)
	}
	if s.err != nil {
		return s.err
	}
	return err
}

// look hands on what passes of the batch, as the person's rules have it.
func (s *recordScan) look(f func(*found) error) {
	slices.SortStableFunc(s.batch, func(a, b found) int { return a.record.Start.Compare(b.record.Start) })
	b := usage.NewBuilder(len(s.batch))
	for i := range s.batch {
		r := &s.batch[i].record
		b.Add(usage.SlotOf(r.Start), 1, b.Set(r.Dims), usage.Measures{Records: 1})
	}
	ruled := s.app.rules.Apply(b.Cube(), s.names)
	for i := range s.batch {
		x := &s.batch[i]
		x.record.Dims = ruled.Sets[ruled.Set[i]]
		if s.err == nil && s.passes(x) {
			s.err = f(x)
		}
	}
	s.batch = s.batch[:0]
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
