package pricing

import (
	"cmp"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Table is the reviewed text that a [Book] is compiled from. The CSV form (see
// [ReadTable]) is for people; [Table.Encode] makes the form that is embedded.
type Table struct {
	Rows      []Row
	Names     []Name
	Providers []Provider
	Meters    []Meter
	Regions   []Region
	Lives     []Life
}

// ReadTable reads a table from prices/<provider>.csv, names.csv,
// providers.csv, meters.csv, regions.csv and lifecycle.csv in fsys. Rates are exact decimals
// per 1,000,000 tokens; an instant is "2026-03-13" (00:00 UTC) or
// "2025-02-08T16:00Z". Errors name file, line and column.
func ReadTable(fsys fs.FS) (*Table, error) {
	t := &Table{}
	files, err := fs.Glob(fsys, "prices/*.csv")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		provider := strings.TrimSuffix(path.Base(f), ".csv")
		err := readCSV(fsys, f, func(rec *record) {
			t.Rows = append(t.Rows, rec.row(provider))
		})
		if err != nil {
			return nil, err
		}
	}
	for _, part := range []struct {
		file string
		read func(*record)
	}{
		{"names.csv", func(r *record) { t.Names = append(t.Names, r.name()) }},
		{"providers.csv", func(r *record) { t.Providers = append(t.Providers, r.provider()) }},
		{"meters.csv", func(r *record) { t.Meters = append(t.Meters, r.meter()) }},
		{"regions.csv", func(r *record) { t.Regions = append(t.Regions, r.region()) }},
		{"lifecycle.csv", func(r *record) { t.Lives = append(t.Lives, r.life()) }},
	} {
		if err := readCSV(fsys, part.file, part.read); err != nil {
			return nil, err
		}
	}
	return t.sorted(), nil
}

// sorted returns a copy in the one order in which a table is encoded.
func (t *Table) sorted() *Table {
	t = &Table{slices.Clone(t.Rows), slices.Clone(t.Names), slices.Clone(t.Providers), slices.Clone(t.Meters), slices.Clone(t.Regions), slices.Clone(t.Lives)}
	slices.SortStableFunc(t.Rows, compareRows)
	slices.SortStableFunc(t.Names, func(a, b Name) int {
		return cmp.Or(strings.Compare(a.Provider, b.Provider), strings.Compare(a.Alias, b.Alias), a.From.Compare(b.From))
	})
	slices.SortStableFunc(t.Providers, func(a, b Provider) int { return strings.Compare(a.Alias, b.Alias) })
	slices.SortStableFunc(t.Meters, func(a, b Meter) int {
		return cmp.Or(strings.Compare(a.Provider, b.Provider), strings.Compare(a.Meter, b.Meter), a.From.Compare(b.From))
	})
	slices.SortStableFunc(t.Regions, func(a, b Region) int {
		return cmp.Or(strings.Compare(a.Provider, b.Provider), strings.Compare(a.Region, b.Region), a.Launched.Compare(b.Launched))
	})
	slices.SortStableFunc(t.Lives, compareLives)
	return t
}

func compareRows(a, b Row) int {
	return cmp.Or(strings.Compare(a.Provider, b.Provider), strings.Compare(a.Model, b.Model),
		tierRank(a.Tier)-tierRank(b.Tier), int(a.Context.first()-b.Context.first()),
		int(a.Hours.Start)-int(b.Hours.Start), a.From.Compare(b.From), a.Learned.Compare(b.Learned))
}
