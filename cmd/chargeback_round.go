package cmd

import (
	"cmp"
	"slices"

	"tokpit/money"
	"tokpit/report"
)

// printed is how many decimals of an amount are printed for people.
const printed = 2

// chargeRow is a row of a chargeback as it is printed.
type chargeRow struct {
	key   string // of the owner
	left  string // what the row is of, if of no owner
	parts [3]money.Amount
	total money.Amount
}

// chargeRows rounds a side of a chargeback to the digits that are printed, so that
// what is printed adds up: the rows to the last one, in every column, and the parts
// of a row to what it is charged. The largest remainders are rounded up, so that a
// part is a cent off its exact amount at most, and the sum of a row two.
func chargeRows(s *report.ChargeSide) (rows []chargeRow, total chargeRow) {
	for i := range s.Parts {
		p := &s.Parts[i]
		rows = append(rows, chargeRow{key: p.Key, parts: [3]money.Amount{p.Own, p.Fees, p.Unallocated}})
	}
	if !s.FeesLeft.IsZero() {
		rows = append(rows, chargeRow{left: "(plan fees)", parts: [3]money.Amount{1: s.FeesLeft}})
	}
	if !s.UnallocatedLeft.IsZero() {
		rows = append(rows, chargeRow{left: "(unallocated usage)", parts: [3]money.Amount{2: s.UnallocatedLeft}})
	}
	total = chargeRow{parts: [3]money.Amount{s.Whole.Sub(s.Fees).Sub(s.Unallocated), s.Fees, s.Unallocated}, total: s.Whole.Round(printed)}
	roundParts(total.total, total.parts[:])
	for c := range total.parts {
		column := make([]money.Amount, len(rows))
		for i := range rows {
			column[i] = rows[i].parts[c]
		}
		roundParts(total.parts[c], column)
		for i := range rows {
			rows[i].parts[c] = column[i]
			rows[i].total = rows[i].total.Add(column[i])
		}
	}
	return rows, total
}

// roundParts rounds amounts to the digits that are printed, by the largest
// remainder, so that they add up to a whole that has no more digits. Their exact
// sum differs from it by less than what the last printed digit is worth. An amount
// of nothing stays one.
func roundParts(whole money.Amount, parts []money.Amount) {
	rests := make([]money.Amount, len(parts)) // exact less rounded
	order := make([]int, 0, len(parts))
	missing := whole
	for i, p := range parts {
		parts[i] = p.Round(printed)
		rests[i] = p.Sub(parts[i])
		missing = missing.Sub(parts[i])
		if !p.IsZero() {
			order = append(order, i)
		}
	}
	unit := money.FromAtto(1e18 / 100)
	if missing.Sign() < 0 {
		unit = unit.Neg()
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(rests[b].Cmp(rests[a])*unit.Sign(), parts[b].Abs().Cmp(parts[a].Abs()))
	})
	for i := 0; !missing.IsZero() && len(order) > 0; i++ {
		at := order[i%len(order)]
		parts[at], missing = parts[at].Add(unit), missing.Sub(unit)
	}
}
