package export

import (
	"cmp"
	"maps"
	"slices"
)

// Totals is a writer that ends a table with what its columns add up to: a row for
// each currency, the first of which has the counts. Its first cell of text says
// "total". Such a row breaks pivots, so it comes only where somebody asks for it.
type Totals struct {
	To Writer
	// Currency names the column that says what the amounts of a row are in; "" is
	// [Currency].
	Currency string

	columns  []Column
	currency int
	counts   []int64
	counted  []bool
	amounts  map[string][]Cell // by currency
}

// Begin implements [Writer].
func (t *Totals) Begin(columns []Column) error {
	name := cmp.Or(t.Currency, Currency)
	t.columns, t.currency = columns, slices.IndexFunc(columns, func(c Column) bool { return c.Name == name })
	t.counts, t.counted, t.amounts = make([]int64, len(columns)), make([]bool, len(columns)), make(map[string][]Cell)
	return t.To.Begin(columns)
}

// Row implements [Writer].
func (t *Totals) Row(cells []Cell) error {
	currency := ""
	if t.currency >= 0 {
		currency = cells[t.currency].text
	}
	for i := range cells {
		switch c := &cells[i]; {
		case !t.columns[i].Sum || !c.known:
		case t.columns[i].Kind == Count:
			t.counts[i], t.counted[i] = t.counts[i]+c.number, true
		default:
			if t.amounts[currency] == nil {
				t.amounts[currency] = make([]Cell, len(t.columns))
			}
			sum := &t.amounts[currency][i]
			sum.amount, sum.known = sum.amount.Add(c.amount), true
		}
	}
	return t.To.Row(cells)
}

// End implements [Writer].
func (t *Totals) End() error {
	currencies := slices.Sorted(maps.Keys(t.amounts))
	if len(currencies) == 0 {
		currencies = []string{""}
	}
	for n, currency := range currencies {
		if err := t.To.Row(t.row(currency, n == 0)); err != nil {
			return err
		}
	}
	return t.To.End()
}

// row is the total in one currency.
func (t *Totals) row(currency string, first bool) []Cell {
	row := make([]Cell, len(t.columns))
	copy(row, t.amounts[currency])
	for i := range t.columns {
		if first && t.counted[i] {
			row[i] = CountCell(t.counts[i])
		}
	}
	if t.currency >= 0 {
		row[t.currency] = TextCell(currency)
	}
	for i, c := range t.columns {
		if c.Kind == Text && i != t.currency {
			row[i] = TextCell("total")
			break
		}
	}
	return row
}
