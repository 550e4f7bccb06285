package report

import (
	"slices"
	"time"

	"tokpit/pricing"
	"tokpit/usage"
)

// RecordEntries makes entries of single records. It remembers prices, and is
// for one goroutine.
type RecordEntries struct {
	by    []usage.Dimension
	book  *pricing.Book
	plans map[string][]pricing.Plan
	rows  map[priceKey]pricing.Row
	entry Entry
}

// priceKey is what decides which row of the book a price comes from.
type priceKey struct {
	provider, model, tier string
	band                  usage.Band
	from                  int64
}

// RecordBy are the dimensions of a record, time left out.
func RecordBy() []usage.Dimension {
	return []usage.Dimension{usage.ByProvider, usage.ByAccount, usage.ByOrganization, usage.ByEnvironment, usage.ByProject, usage.ByKey,
		usage.ByUser, usage.ByAgent, usage.BySession, usage.ByMachine, usage.ByModel, usage.ByTier, usage.ByRegion, usage.ByBand,
		usage.BySource, usage.ByBasis, usage.ByCostCenter}
}

// NewRecordEntries returns a maker of entries with the keys of by, without time.
func NewRecordEntries(book *pricing.Book, plans []pricing.Plan, by []usage.Dimension) *RecordEntries {
	m := &RecordEntries{by: by, book: book, plans: make(map[string][]pricing.Plan), rows: make(map[priceKey]pricing.Row)}
	for _, p := range plans {
		m.plans[p.Source] = append(m.plans[p.Source], p)
	}
	m.entry.Keys = make([]string, len(by))
	return m
}

// Of returns the entry of a record, until the next call. Its span is that of the
// record; one response has a span without length.
func (m *RecordEntries) Of(r *usage.Record) *Entry {
	e := &m.entry
	end := r.End
	if end.IsZero() {
		end = r.Start
	}
	*e = Entry{Span: usage.Span{Since: r.Start, Until: end}, Keys: e.Keys, Dims: &r.Dims, Measures: r.Measures()}
	e.Planned = slices.ContainsFunc(m.plans[r.Source], func(p pricing.Plan) bool { return p.Covers(r.Start) })
	e.Charge = m.book.ChargeRecord(r)
	d := r.Dims
	d.Band = r.BandIn(m.book.Edges())
	e.Tariff = m.book.Tariff(&d, r.Start)
	if !r.End.IsZero() && !e.Tariff.Until.IsZero() && r.End.After(e.Tariff.Until) {
		t := &e.Tariff
		e.Mixed, e.Tariff = true, pricing.Tariff{Provider: t.Provider, Model: t.Model, Tier: t.Tier, Currency: t.Currency}
	}
	for i, dim := range m.by {
		if dim == usage.ByPricedAs {
			e.Keys[i] = e.Tariff.Model
			continue
		}
		e.Keys[i] = value(dim, &d)
	}
	if e.Charge.Priced && !e.Mixed {
		e.Price = m.row(&e.Tariff, d.Band, r.Start)
	}
	return e
}

// row finds the row of the book, which is the same for as long as the tariff is.
func (m *RecordEntries) row(t *pricing.Tariff, band usage.Band, at time.Time) pricing.Row {
	k := priceKey{t.Provider, t.Model, t.Tier, band, t.From.Unix()}
	row, ok := m.rows[k]
	if !ok {
		row = priceRow(m.book, t, band, at)
		m.rows[k] = row
	}
	return row
}
