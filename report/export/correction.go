package export

import (
	"cmp"

	"tokpit/report"
)

// ChargeCorrection is the charge of a row that corrects a closed cycle.
const ChargeCorrection = "correction"

// correction sets what has changed about a closed cycle: all figures are
// differences, and no price made them.
func (l *Ledger) correction(e *report.Entry) {
	l.from("charge", TextCell(ChargeCorrection))
	l.counts(e, CountCell(e.Requests))
	l.from(Currency, TextCell(currencyOf(e)))
	if e.Charge.Currency != "" {
		l.from("cash", AmountCell(e.Cash()))
		if e.Plan == nil {
			l.from("cost", AmountCell(e.Charge.Cost))
		}
	}
	l.from("reported_cost", reported(e), TextCell(ChargeCorrection))
	l.from("price_book", TextCell(l.bookOf(e)), TextCell(e.Correction.Cycle))
}

// bookOf is the version of the price book that an entry was made with.
func (l *Ledger) bookOf(e *report.Entry) string { return cmp.Or(e.Book, l.Book) }
