package export

import (
	"fmt"
	"slices"
	"strings"

	"tokpit/report"
	"tokpit/usage"
)

// ReportSchema names the columns of a grouped report. Columns may be added at the
// end; a change needs a new number.
const ReportSchema = "tokpit.rows/1"

// ReportColumns are the columns of a report's rows.
func ReportColumns(by []usage.Dimension) []Column {
	return slices.Concat(DimensionColumns(by), []Column{
		{"records", Count, "rows of the sources", true},
		{"requests", Count, "responses; empty where no source counts them", true},
	}, tokenColumns(), []Column{
		{"unpriced_tokens", Count, "tokens without a price, which are not in cost", true},
		{Currency, Text, "ISO 4217, of all amounts of the row", false},
		{"cost", Amount, "tokens × price; empty if nothing of the row has a price", true},
		{"cost_low", Amount, "least possible cost, where it is a range", false},
		{"cost_high", Amount, "most possible cost, where it is a range", false},
		{"cash", Amount, "what is paid: the cost of usage under no plan, plus plan fees", true},
		{"plan_fee", Amount, "part of cash: flat fees of plans", true},
		{"reported_cost", Amount, "what the sources themselves say; never part of cost", true},
		{"estimated", Flag, "true if part of the cost uses another vendor's price", false},
	})
}

// WriteReport writes the rows of a report. A row with money in several
// currencies becomes one row with the usage and the first currency, and one more
// for each other currency, so that nothing is counted twice.
func WriteReport(w Writer, r *report.Report) error {
	columns := ReportColumns(r.Query.By)
	if err := w.Begin(columns); err != nil {
		return err
	}
	keys := len(DimensionColumns(r.Query.By))
	currency := slices.IndexFunc(columns, func(c Column) bool { return c.Name == Currency })
	var cells []Cell
	for i := range r.Rows {
		row := &r.Rows[i]
		cells = DimensionCells(cells[:0], r.Query.By, row.Keys, r.Query.Names)
		cells = sumCells(cells, &row.Sum)
		if err := w.Row(cells); err != nil {
			return err
		}
		for k := 1; k < len(row.Sum.Costs); k++ {
			clear(cells[keys:])
			if err := w.Row(currencyCells(cells[:currency], &row.Sum, &row.Sum.Costs[k])); err != nil {
				return err
			}
		}
	}
	return w.End()
}

func sumCells(c []Cell, s *report.Sum) []Cell {
	c = tokenCells(append(c, CountCell(s.Records), requestsOf(s.Requests)), &s.Tokens)
	c = append(c, CountCell(s.UnpricedTokens))
	if len(s.Costs) > 0 {
		return currencyCells(c, s, &s.Costs[0])
	}
	var cost, low, high, cash, fee, reported Cell
	if s.Priced {
		cost = AmountCell(s.Cost)
		if s.Ranged {
			low, high = AmountCell(s.Low), AmountCell(s.High)
		}
	}
	if s.CashKnown {
		cash, fee = AmountCell(s.Cash), AmountCell(s.PlanFee)
	}
	if s.HasReported {
		reported = AmountCell(s.Reported)
	}
	return append(c, TextCell(s.Currency), cost, low, high, cash, fee, reported, FlagCell(s.Estimated))
}

func requestsOf(n int64) Cell {
	if n == usage.Absent {
		return Cell{}
	}
	return CountCell(n)
}

// currencyCells is the money of a row in one of several currencies.
func currencyCells(c []Cell, s *report.Sum, one *report.CurrencySum) []Cell {
	reported := Cell{}
	if one.HasReported {
		reported = AmountCell(one.Reported)
	}
	return append(c, TextCell(one.Currency), AmountCell(one.Cost), Cell{}, Cell{}, AmountCell(one.Cash), Cell{}, reported, FlagCell(s.Estimated))
}

// Select is a writer that keeps some columns, in an order of one's own.
type Select struct {
	To    Writer
	Names []string
	at    []int
	cells []Cell
}

// Begin implements [Writer]. The error of a name that is no column lists those
// that are.
func (s *Select) Begin(columns []Column) error {
	var kept []Column
	for _, name := range s.Names {
		i := slices.IndexFunc(columns, func(c Column) bool { return c.Name == name })
		if i < 0 {
			var all []string
			for _, c := range columns {
				all = append(all, c.Name)
			}
			return fmt.Errorf("there is no column %.60q; there are: %s", name, strings.Join(all, ", "))
		}
		if slices.Contains(s.at, i) {
			return fmt.Errorf("the column %s is named twice", name)
		}
		s.at, kept = append(s.at, i), append(kept, columns[i])
	}
	s.cells = make([]Cell, len(kept))
	return s.To.Begin(kept)
}

// Row implements [Writer].
func (s *Select) Row(cells []Cell) error {
	for to, from := range s.at {
		s.cells[to] = cells[from]
	}
	return s.To.Row(s.cells)
}

// End implements [Writer].
func (s *Select) End() error { return s.To.End() }

// Write writes the entries that a function hands out.
func (l *Ledger) Write(w Writer, entries func(func(*report.Entry) error) error) error {
	if err := w.Begin(l.Columns()); err != nil {
		return err
	}
	err := entries(func(e *report.Entry) error {
		if err := w.Row(l.Cells(e)); err != nil {
			return err
		}
		return l.elsewhere(w, e)
	})
	if err != nil {
		return err
	}
	return w.End()
}
