package scenario

import (
	"sync"
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/usage"
)

// Base is usage, grouped by what decides about its price. It may be used from
// several goroutines.
type Base struct {
	book   *pricing.Book
	asOf   time.Time
	span   usage.Span
	days   int64
	before report.Sum
	models []ModelUse
	rows   map[pricing.ModelRef]int32 // of models

	input    Input
	cube     *usage.Cube
	cells    []cellUse
	edges    usage.Edges
	requests requestLog
	atoms    []atom

	mu         sync.RWMutex // of what is made when it is asked for
	tables     map[rateKey]*rateTable
	partitions []*partition
	places     map[placeKey]pricing.ModelRef
}

// Span is the time that the usage is of, with both ends.
func (b *Base) Span() usage.Span { return b.span }

// Days is the length of the span in days, rounded up.
func (b *Base) Days() int64 { return b.days }

// AsOf is the clock that the base was prepared with.
func (b *Base) AsOf() time.Time { return b.asOf }

// Book is the price book.
func (b *Base) Book() *pricing.Book { return b.book }

// Before is the usage as it is: what a report says of the same query.
func (b *Base) Before() report.Sum { return b.before }

// Models lists the usage by model as recorded, the dearest first.
func (b *Base) Models() []ModelUse { return b.models }

// Prepare groups the usage of a query. It reads every cell a few times, so it
// belongs in the background; the base is good for any levers. It returns a
// [report.InputError] for a query that means nothing, and an error that wraps
// [ErrCurrencies] for usage that is paid in several currencies.
func Prepare(in Input) (*Base, error) {
	b := &Base{book: in.Book, asOf: in.AsOf, input: in, cube: in.Cube, tables: make(map[rateKey]*rateTable), places: make(map[placeKey]pricing.ModelRef)}
	q := in.Query
	q.By = []usage.Dimension{usage.ByProvider, usage.ByModel}
	r, err := report.Run(in.Cube, in.Book, in.Plans, q, in.AsOf)
	if err != nil {
		return nil, err
	}
	if len(r.Total.Costs) > 0 {
		return nil, ErrCurrencies
	}
	b.before = r.Total
	b.list(r.Rows)
	used := make([]bool, len(in.Cube.Sets))
	err = report.EachCounted(in.Cube, in.Plans, in.Query, func(cell int, planned bool) {
		b.cells = append(b.cells, cellUse{int32(cell), 0, planned})
		used[in.Cube.Set[cell]] = true
	})
	if err != nil {
		return nil, err
	}
	b.close(&in.Query)
	b.cut(used)
	b.edges = in.Book.Edges()
	b.requests = newRequestLog(in.Requests, b.edges)
	b.partitionFor(nil, nil)
	return b, nil
}

// list keeps the rows of the report by model.
func (b *Base) list(rows []report.Row) {
	for _, r := range rows {
		b.models = append(b.models, ModelUse{pricing.ModelRef{Provider: r.Keys[0], Model: r.Keys[1]}, r.Sum})
	}
	sortModels(b.models, func(m *ModelUse) (pricing.ModelRef, money.Amount) { return m.ModelRef, m.Sum.Cost })
	b.rows = make(map[pricing.ModelRef]int32, len(b.models))
	for i := range b.models {
		b.rows[b.models[i].ModelRef] = int32(i)
	}
}

// close gives the span both ends: what the query leaves open begins with the
// usage, and nothing ends after the clock.
func (b *Base) close(q *report.Query) {
	b.span = usage.Span{Since: q.Since, Until: q.Until}
	if b.span.Until.IsZero() || b.span.Until.After(b.asOf) {
		b.span.Until = b.asOf
	}
	if n := len(b.cells); n > 0 {
		first, last := b.cells[0].cell, b.cells[n-1].cell
		if b.span.Since.IsZero() {
			b.span.Since = b.cube.Slot[first].Time()
		}
		// A clock that is behind the usage ends nothing.
		if end := (b.cube.Slot[last] + 1).Time(); b.span.Until.Before(end) {
			b.span.Until = end
		}
	}
	if b.span.Since.IsZero() || !b.span.Until.After(b.span.Since) {
		b.span.Since = b.span.Until.Add(-24 * time.Hour)
	}
	b.days = int64((b.span.Until.Sub(b.span.Since) + 24*time.Hour - 1) / (24 * time.Hour))
}

// cut gives every cell its atom.
func (b *Base) cut(used []bool) {
	if len(b.cells) == 0 {
		return
	}
	seen := make(map[usage.Dims]bool)
	var uses []usage.Dims
	for i, is := range used {
		if !is {
			continue
		}
		d := &b.cube.Sets[i]
		k := usage.Dims{Provider: d.Provider, Model: d.Model, Tier: d.Tier, Region: d.Region, Band: d.Band}
		if !seen[k] {
			seen[k] = true
			uses = append(uses, k)
		}
	}
	first, last := b.cells[0].cell, b.cells[len(b.cells)-1].cell
	c := newCalendar(b.book, uses, b.cube.Slot[first].Time(), (b.cube.Slot[last] + 97).Time())
	for i := range b.cells {
		cell := b.cells[i].cell
		b.cells[i].atom = c.of(b.cube.Slot[cell], b.cube.Width[cell])
	}
	b.atoms = c.atoms
}

// scaleAmount returns a × num/den, rounded half to even at 1e-18.
func scaleAmount(a money.Amount, num, den int64) money.Amount {
	return money.NewRate(a).Scale(num, max(den, 1)).Amount()
}
