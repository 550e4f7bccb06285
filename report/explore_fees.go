package report

import (
	"slices"
	"strings"
	"time"

	"tokpit/pricing"
	"tokpit/usage"
)

// cellsCarry reports whether the cells of a pivot carry plan fees: what belongs
// to a day and a source has its cell where rows and columns together are of
// days and sources.
func (q *ExploreQuery) cellsCarry() bool {
	return q.Pivot != "" && len(q.By) > 0 && carriesFees(q.table().By)
}

// rowsCarry reports whether rows carry plan fees.
func (q *ExploreQuery) rowsCarry() bool { return carriesFees(q.By) || q.cellsCarry() }

// columnsCarry reports whether columns carry plan fees.
func (q *ExploreQuery) columnsCarry() bool {
	return carriesFees([]usage.Dimension{q.Pivot}) || q.cellsCarry()
}

// feesBefore is the span of the fees to compare with. If the query's span goes
// on at asOf, the fee of the day that asOf lies in counts in full, and so does
// that of the last day before.
func (q *ExploreQuery) feesBefore(asOf time.Time) usage.Span {
	span := q.Before
	if span.Until.IsZero() || !q.Until.IsZero() && !q.Until.After(asOf) {
		return span
	}
	end := Calendar{Zone: q.Zone}.Day(span.Until.Add(-time.Nanosecond)).Until
	if !q.Since.IsZero() && !q.Since.Before(span.Until) {
		end = minTime(end, q.Since) // the query has the rest of that day
	}
	span.Until = end
	return span
}

// feeRows puts fees into rows by days, longer times and sources.
type feeRows struct {
	rows  []finished
	by    []usage.Dimension
	zone  *time.Location
	index map[string]int
}

func newFeeRows(rows []finished, by []usage.Dimension, zone *time.Location) *feeRows {
	f := &feeRows{rows: rows, by: by, zone: zone, index: make(map[string]int)}
	for i := range rows {
		f.index[strings.Join(rows[i].keys, "\x00")] = i
	}
	return f
}

// add puts the fee of the day of noon into the row of another time, which may
// be new.
func (f *feeRows) add(p *pricing.Plan, noon, when time.Time) {
	keys := make([]string, len(f.by))
	for i, d := range f.by {
		keys[i] = p.Source
		if d.IsTime() {
			keys[i] = timeKey(d, when.In(f.zone))
		}
	}
	name := strings.Join(keys, "\x00")
	i, ok := f.index[name]
	if !ok {
		i, f.index[name] = len(f.rows), len(f.rows)
		f.rows = append(f.rows, finished{usage.SlotOf(when), keys, &tally{}})
	}
	f.rows[i].tally.charge(p.Fee(noon), p.Currency)
}

// withFees puts the plan fees of the query's span into rows by some of its
// dimensions, also where [Run] would not give them any, and sorts the rows.
func (e *Explorer) withFees(rows []finished, q *ExploreQuery, by []usage.Dimension, asOf time.Time) []finished {
	f := newFeeRows(rows, by, q.Zone)
	eachFee(payable(e.plans, &q.Query, e.cube.Sets), usage.Span{Since: q.Since, Until: q.Until}, q.Zone, asOf,
		func(p *pricing.Plan, noon time.Time) { f.add(p, noon, noon) })
	sortRows(f.rows, by)
	return f.rows
}

// apart collects the fees that cells do not carry.
func (e *Explorer) apart(out *Answer, q *ExploreQuery, asOf time.Time) {
	currency := out.Total.Currency
	nothing := (&tally{}).sum(currency)
	out.Apart = Apart{Row: slices.Repeat([]Sum{nothing}, len(out.Columns)), Column: slices.Repeat([]Sum{nothing}, len(out.Rows)), Corner: nothing}
	fees := func(by []usage.Dimension) map[string]Sum {
		all := make(map[string]Sum)
		for _, r := range sums(e.withFees(nil, q, by, asOf), currency) {
			all[strings.Join(r.Keys, "\x00")] = r.Sum
		}
		return all
	}
	switch {
	case q.cellsCarry(), q.rowsCarry() && q.columnsCarry():
	case q.rowsCarry():
		of := fees(q.By)
		for i := range out.Rows {
			if s, ok := of[strings.Join(out.Rows[i].Keys, "\x00")]; ok {
				out.Apart.Column[i] = s
			}
		}
	case q.columnsCarry():
		of := fees([]usage.Dimension{q.Pivot})
		for i, key := range out.Columns {
			if s, ok := of[key]; ok && len(q.By) > 0 {
				out.Apart.Row[i] = s
			}
		}
	default:
		if s, ok := fees(nil)[""]; ok {
			out.Apart.Corner = s
		}
	}
}
