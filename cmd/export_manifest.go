package cmd

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"tokpit/report/export"
	"tokpit/tui/overlay"
)

// file writes an export to its file, and beside it what is in it. Both are whole
// before either is put into its place, so that a manifest that cannot be written
// leaves no file without one.
func (x *exporter) file(ctx context.Context, format exportFormat) (*export.Manifest, error) {
	f, err := createFile(x.opt.out, x.opt.force)
	if err != nil {
		return nil, err
	}
	defer f.discard()
	if err := x.write(ctx, f, format); err != nil {
		return nil, err
	}
	if err := f.finish(); err != nil {
		return nil, err
	}
	m := x.manifest(f)
	beside, err := createFile(x.opt.out+manifestEnding, true)
	if err != nil {
		return nil, err
	}
	defer beside.discard()
	if _, err := m.WriteTo(beside); err != nil {
		return nil, err
	}
	if err := beside.finish(); err != nil {
		return nil, err
	}
	if err := f.commit(); err != nil {
		return nil, err
	}
	if err := beside.commit(); err != nil {
		return nil, hint(partError{fmt.Errorf("%s is there and whole, but its manifest is not: %w", x.opt.out, err)},
			"write it again with its manifest once that can be written, replacing the file")
	}
	return m, nil
}

// partError means that an export is there, but not all that belongs to it.
type partError struct{ error }

// Unwrap implements the interface of package errors.
func (e partError) Unwrap() []error { return []error{e.error, overlay.ErrPart} }

// manifestEnding is what the name of a file's manifest ends in.
const manifestEnding = ".manifest.json"

// remember notes the columns that are written, and how many rows have been.
type remember struct {
	export.Writer
	columns *[]export.Column
	rows    *atomic.Int64 // nil if nobody asks
}

// Row implements [export.Writer].
func (r *remember) Row(cells []export.Cell) error {
	if r.rows != nil {
		r.rows.Add(1)
	}
	return r.Writer.Row(cells)
}

// Begin implements [export.Writer].
func (r *remember) Begin(columns []export.Column) error {
	*r.columns = columns
	return r.Writer.Begin(columns)
}

// manifest says what was written.
func (x *exporter) manifest(f *outFile) *export.Manifest {
	q := &x.query
	m := &export.Manifest{Schema: export.ManifestSchema, AsOf: stamp(x.app.now()), Version: version(), File: filepath.Base(f.path), Format: x.opt.format,
		Table: x.schema, Bytes: f.bytes, SHA256: f.digest(), Zone: q.Zone.String(), Basis: "headline", Filter: make(map[string][]string), Cycle: x.cycle,
		Rows: x.tally.Rows, Sums: x.tally.Sums(), PriceBook: x.priceBook(), Revision: x.rev, AuditHead: x.head,
		Columns: []export.ManifestColumn{}, Unpriced: []export.ManifestUnpriced{}, Notes: []export.ManifestNote{}}
	if q.Basis != 0 {
		m.Basis = q.Basis.String()
	}
	optional := func(t time.Time) *string {
		if t.IsZero() {
			return nil
		}
		s := stamp(t)
		return &s
	}
	m.Since, m.Until = optional(q.Since), optional(q.Until)
	for d, values := range q.Filter {
		m.Filter[string(d)] = values
	}
	for _, c := range x.columns {
		m.Columns = append(m.Columns, export.ManifestColumn{Name: c.Name, About: c.About})
	}
	orNull := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	for _, u := range x.answer.Unpriced {
		m.Unpriced = append(m.Unpriced, export.ManifestUnpriced{Provider: orNull(u.Provider), Model: orNull(u.Model), Tokens: u.Tokens})
	}
	for _, l := range x.lacks {
		m.LeftOut += l.Tokens
	}
	for _, n := range x.answer.Notes {
		m.Notes = append(m.Notes, export.ManifestNote{Code: n.Code, Text: n.Text})
	}
	return m
}
