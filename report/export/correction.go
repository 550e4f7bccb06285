package export

import (
	"cmp"

	"tokpit/report"
)

// ChargeCorrection is the charge of a row that corrects a closed cycle.
const ChargeCorrection = "correction"

// correction are the cells of what has changed about a closed cycle: all
// figures are differences, and no price made them.
func (l *Ledger) correction(e *report.Entry) []Cell {
	c := DimensionCells(l.cells[:0], l.By, e.Keys, l.Names)
	c = append(c, TextCell(ChargeCorrection), FlagCell(e.Planned), TimeCell(e.Span.Since), TimeCell(e.Span.Until))
	c = append(c, CountCell(e.Records), CountCell(e.Requests), CountCell(e.Input), CountCell(e.CacheRead), CountCell(e.CacheWrite5m),
		CountCell(e.CacheWrite1h), CountCell(e.Output), CountCell(e.Reasoning), quantities(e.Quantities),
		CountCell(e.Charge.UnpricedTokens), CountCell(e.Charge.UnpricedQuantities))
	currency := currencyOf(e)
	var cost, cash, reported Cell
	if e.Charge.Currency != "" {
		if cash = AmountCell(e.Cash()); e.Plan == nil {
			cost = AmountCell(e.Charge.Cost)
		}
	}
	for _, said := range e.Reported {
		if said.Currency == currency {
			reported = AmountCell(said.Amount)
		}
	}
	c = append(c, TextCell(currency), cost, Cell{}, Cell{}, cash, reported, TextCell(ChargeCorrection))
	for range 8 { // no price
		c = append(c, Cell{})
	}
	l.cells = append(c, TextCell(l.bookOf(e)), TextCell(e.Correction.Cycle))
	return l.cells
}

// bookOf is the version of the price book that an entry was made with.
func (l *Ledger) bookOf(e *report.Entry) string { return cmp.Or(e.Book, l.Book) }
