// Package export writes tables that leave the program: for spreadsheets,
// ledgers, scripts and tickets.
//
// A table is [Column]s and rows of [Cell]s; a [Writer] gives them a form. What is
// not known is empty (null in JSON) and what was measured as zero is 0. Amounts
// keep every digit, so a column adds up to what a report says; they stand beside
// a column that names their currency. [Ledger] is the table that finance gets:
// the entries of [report.Entries] with the price that each was made with.
package export

import (
	"cmp"
	"strconv"
	"time"

	"tokpit/money"
)

// Kind says what the cells of a column hold.
type Kind uint8

// The kinds of columns.
const (
	Text   Kind = iota // names, ids and words; a spreadsheet must not take them for anything else
	Count              // a whole number
	Amount             // exact money, in the currency of the row
	Rate               // an exact price of 1,000,000 units, in the currency of the row
	Date               // 2006-01-02
	Time               // RFC 3339, UTC
	Flag               // true or false
)

// Column is one column of a table.
type Column struct {
	Name  string // lower case, with underscores; it never changes its meaning
	Kind  Kind
	About string // for those who read the file, in one line
	Sum   bool   // adding its cells up means something
}

// Currency is the name of the column that says what the amounts of a row are in.
const Currency = "currency"

// Cell is one value. The zero Cell is not known.
type Cell struct {
	text   string
	number int64
	amount money.Amount
	known  bool
}

// TextCell holds text; "" is not known.
func TextCell(s string) Cell { return Cell{text: s, known: s != ""} }

// CountCell holds a whole number.
func CountCell(n int64) Cell { return Cell{number: n, known: true} }

// AmountCell holds an amount.
func AmountCell(a money.Amount) Cell { return Cell{amount: a, known: true} }

// RateCell holds the price of a million units.
func RateCell(r money.Rate) Cell { return Cell{amount: r.Times(1_000_000), known: true} }

// TimeCell holds an instant; the zero time is not known.
func TimeCell(t time.Time) Cell {
	if t.IsZero() {
		return Cell{}
	}
	return TextCell(t.UTC().Format(time.RFC3339))
}

// FlagCell holds yes or no.
func FlagCell(yes bool) Cell { return TextCell(strconv.FormatBool(yes)) }

// Known reports whether there is a value.
func (c *Cell) Known() bool { return c.known }

// Append appends the value as plain text; nothing if it is not known.
func (c *Cell) Append(b []byte, k Kind) []byte {
	switch {
	case !c.known:
		return b
	case k == Count:
		return strconv.AppendInt(b, c.number, 10)
	case k == Amount || k == Rate:
		b, _ = c.amount.AppendText(b) // which never fails
		return b
	}
	return append(b, c.text...)
}

// Writer gives a table a form. Begin comes first and End last; rows have as many
// cells as there are columns, and are not kept. The first error is returned by
// all later calls.
type Writer interface {
	Begin([]Column) error
	Row([]Cell) error
	End() error
}

// Tally is a writer that counts what passes through it to another one.
type Tally struct {
	To   Writer
	Rows int64
	// Currency names the column that says what the amounts of a row are in; "" is
	// [Currency].
	Currency string
	columns  []Column
	currency int
	counts   []int64
	amounts  []map[string]money.Amount // by column and currency
}

// Begin implements [Writer].
func (t *Tally) Begin(columns []Column) error {
	t.columns, t.currency = columns, -1
	name := cmp.Or(t.Currency, Currency)
	t.counts, t.amounts = make([]int64, len(columns)), make([]map[string]money.Amount, len(columns))
	for i, c := range columns {
		if c.Name == name {
			t.currency = i
		}
	}
	return t.To.Begin(columns)
}

// Row implements [Writer].
func (t *Tally) Row(cells []Cell) error {
	t.Rows++
	for i := range cells {
		if !t.columns[i].Sum || !cells[i].known {
			continue
		}
		if t.columns[i].Kind == Count {
			t.counts[i] += cells[i].number
			continue
		}
		currency := ""
		if t.currency >= 0 {
			currency = cells[t.currency].text
		}
		if t.amounts[i] == nil {
			t.amounts[i] = make(map[string]money.Amount)
		}
		t.amounts[i][currency] = t.amounts[i][currency].Add(cells[i].amount)
	}
	return t.To.Row(cells)
}

// End implements [Writer].
func (t *Tally) End() error { return t.To.End() }

// Sums are what the columns add up to: exact decimals, by currency where they
// are money.
func (t *Tally) Sums() map[string]any {
	out := make(map[string]any)
	for i, c := range t.columns {
		switch {
		case !c.Sum:
		case c.Kind == Count:
			out[c.Name] = t.counts[i]
		default:
			sums := make(map[string]string, len(t.amounts[i]))
			for currency, a := range t.amounts[i] {
				sums[currency] = a.String()
			}
			out[c.Name] = sums
		}
	}
	return out
}
