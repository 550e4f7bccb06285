package export

import (
	"tokpit/money"
	"tokpit/report"
)

// ChargebackSchema names the columns of a chargeback. Columns may be added at the
// end; a change needs a new number.
const ChargebackSchema = "tokpit.chargeback/1"

// What a row of a chargeback is.
const (
	ChargedOwner       = "owner"
	ChargedFees        = "plan_fees"   // fees that nobody shares
	ChargedUnallocated = "unallocated" // usage without an owner that nobody shares
	ChargedUnpriced    = "unpriced"    // usage without a price; no money is known
)

// ChargebackColumns are the columns of a chargeback.
func ChargebackColumns(c *report.Chargeback) []Column {
	return append([]Column{{"row", Text, "owner, plan_fees or unallocated (what is in no owner's part), or unpriced", false}},
		append(DimensionColumns(c.Query.By), []Column{
			{Currency, Text, "ISO 4217, of all amounts of the row", false},
			{"charged", Amount, "what the row comes to: own, plan_fees and unallocated", true},
			{"own", Amount, "cash of the owner's own usage", true},
			{"plan_fees", Amount, "share of flat fees", true},
			{"unallocated", Amount, "share of usage without an owner", true},
			{"api_equivalent", Amount, "what the row's own usage costs at list price", true},
			{"unpriced_tokens", Count, "tokens without a price, which are in no amount", true},
			{"unpriced_quantities", Count, "units without a price, over all meters", true},
		}...)...)
}

// WriteChargeback writes a chargeback: the owners of each currency, then what is
// left, then what has no price. The column charged adds up to the whole.
func WriteChargeback(w Writer, c *report.Chargeback) error {
	if err := w.Begin(ChargebackColumns(c)); err != nil {
		return err
	}
	row := func(kind, key, currency string, cells ...Cell) error {
		all := DimensionCells([]Cell{TextCell(kind)}, c.Query.By, []string{key}, c.Query.Names)
		all = append(append(all, TextCell(currency)), cells...)
		return w.Row(all)
	}
	for i := range c.Sides {
		s := &c.Sides[i]
		for k := range s.Parts {
			p := &s.Parts[k]
			if err := row(ChargedOwner, p.Key, s.Currency, AmountCell(p.Total), AmountCell(p.Own), AmountCell(p.Fees), AmountCell(p.Unallocated),
				AmountCell(p.Equivalent), Cell{}, Cell{}); err != nil {
				return err
			}
		}
		zero := AmountCell(money.Amount{})
		if err := row(ChargedFees, "", s.Currency, AmountCell(s.FeesLeft), zero, AmountCell(s.FeesLeft), zero, zero, Cell{}, Cell{}); err != nil {
			return err
		}
		if err := row(ChargedUnallocated, "", s.Currency, AmountCell(s.UnallocatedLeft), zero, zero, AmountCell(s.UnallocatedLeft),
			AmountCell(s.Equivalent), Cell{}, Cell{}); err != nil {
			return err
		}
	}
	for _, u := range c.Unpriced {
		if err := row(ChargedUnpriced, u.Key, "", Cell{}, Cell{}, Cell{}, Cell{}, Cell{}, CountCell(u.Tokens), CountCell(u.Units)); err != nil {
			return err
		}
	}
	return w.End()
}
