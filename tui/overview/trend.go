package overview

import (
	"slices"
	"time"

	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/chart"
	"tokpit/tui/ui"
)

// days is the chart's data: one bar a local day.
type days struct {
	points  []report.Point
	changes map[int][]report.PriceChange // by day
	zone    *time.Location
	title   string
	series  []string
	hues    []int
	parts   [][]money.Amount // by day, by series
	bars    []chart.Bar
	cash    bool
	fees    bool // the last series is the plans' fees
	last    bool // the last day is today
	// calendar is the same money by weeks.
	calendar *chart.Calendar
}

// newDays prepares the trend for a lens, stacked by provider. In cash, usage
// under a plan is left out and the plans' fees stand as a series of their own, if
// the lens sees any of them.
func newDays(s *report.Snapshot, lens ui.Lens, colours *ui.Colours) days {
	lens = lens.For(s)
	d := days{points: s.Trend, changes: make(map[int][]report.PriceChange), zone: zone(s), cash: lens.Cash}
	d.title = shortKind(s, lens) + " per day"
	if n := len(s.Trend); n > 0 {
		y, m, day := s.AsOf.In(d.zone).Date()
		ty, tm, td := s.Trend[n-1].Day.Date()
		d.last = y == ty && m == tm && day == td
	}
	for _, name := range s.Series {
		if name == "" {
			name = "unknown"
		}
		d.series = append(d.series, ui.Text(name))
	}
	names := s.Series
	if d.fees = lens.Cash && !feesLeftOut(lens); d.fees {
		d.series = append(d.series, planFees)
		names = append(slices.Clone(names), planFees)
	}
	d.hues = colours.Providers(names)
	d.parts, d.bars = make([][]money.Amount, len(s.Trend)), make([]chart.Bar, len(s.Trend))
	for i := range s.Trend {
		pt := &s.Trend[i]
		d.parts[i] = pt.Parts
		if lens.Cash {
			d.parts[i] = cashParts(pt)[:len(d.series)]
		}
		d.bars[i] = chart.Bar{Day: pt.Day, Parts: floats(d.parts[i])}
	}
	d.calendar = d.newCalendar()
	for _, c := range s.PriceChanges {
		i := d.index(c.At)
		if i < 0 {
			continue
		}
		d.changes[i] = append(d.changes[i], c)
		if c.Up {
			d.bars[i].Mark = chart.MarkUp
		} else if d.bars[i].Mark == chart.NoMark { // a fall does not hide a rise
			d.bars[i].Mark = chart.MarkDown
		}
	}
	return d
}

// planFees names the series of flat fees.
const planFees = "plan fees"

// dollars is the only currency that the chart draws, as currencies are never
// added up. What it leaves out has a note; see [elsewhere].
const dollars = "USD"

// cashParts are a day's cash in dollars by series, fees last.
func cashParts(pt *report.Point) []money.Amount {
	out := make([]money.Amount, len(pt.Parts), len(pt.Parts)+1)
	var usage money.Amount
	for i, cost := range pt.Parts {
		out[i] = cost
		if i < len(pt.Planned) {
			out[i] = cost.Sub(pt.Planned[i])
		}
		usage = usage.Add(out[i])
	}
	fee := money.Amount{}
	if pt.Sum.Currency == dollars {
		fee = pt.Sum.PlanFee
	}
	for _, c := range pt.Sum.Costs {
		if c.Currency == dollars {
			fee = c.Cash.Sub(usage)
		}
	}
	return append(out, fee)
}

// elsewhere reports whether some day has money in another currency than the
// chart's.
func elsewhere(points []report.Point) bool {
	return slices.ContainsFunc(points, func(pt report.Point) bool {
		return len(pt.Sum.Costs) > 0 || pt.Sum.Currency != dollars && (!pt.Sum.Cost.IsZero() || !pt.Sum.Cash.IsZero())
	})
}

func floats(amounts []money.Amount) []float64 {
	out := make([]float64, len(amounts))
	for i, a := range amounts {
		out[i] = a.Float()
	}
	return out
}

// index returns the day that an instant lies in, or -1.
func (d *days) index(t time.Time) int {
	y, m, day := t.In(d.zone).Date()
	for i := len(d.points) - 1; i >= 0; i-- {
		if py, pm, pd := d.points[i].Day.Date(); py == y && pm == m && pd == day {
			return i
		}
	}
	return -1
}

// span is how many days the chart is asked to show: 0 is as many as look well
// at its width.
type span int

// spanMost is how many days are shown without being asked for.
const spanMost = 184

// chart returns the chart of a span; cursor is an index of all days, -1 for
// none. It shows no more days than fit: see [chart.Frame].
func (d *days) chart(s span, cursor int) (bars chart.Bars, first int) {
	n, least := int(s), 1
	if n == 0 {
		n, least = spanMost, 2
	}
	first = max(0, len(d.bars)-n)
	if cursor >= 0 {
		cursor -= first
	}
	return chart.Bars{Bars: d.bars[first:], Hues: d.hues, Currency: dollars, Cursor: cursor, Least: least}, first
}

// total adds up the series of the last n days, or of one day.
func (d *days) total(from, to int) (bySeries []money.Amount, all money.Amount) {
	bySeries = make([]money.Amount, len(d.series))
	for _, parts := range d.parts[from:to] {
		for j, a := range parts {
			if j < len(bySeries) {
				bySeries[j] = bySeries[j].Add(a)
			}
			all = all.Add(a)
		}
	}
	return bySeries, all
}

// drawLegend writes the series on the title line, as many as there is room for.
func (d *days) drawLegend(p *ui.Pen, st *ui.Styles) {
	for i, name := range d.series {
		if ui.Width(name)+4 > p.Room() {
			return
		}
		p.Text(st.Series(d.hues[i]), seriesSign(st, i)+" ")
		p.Text(st.Muted, name)
		p.Space(2)
	}
}

// seriesSign is the sample of a series in a legend.
func seriesSign(st *ui.Styles, i int) string {
	if st.Theme.Mono {
		return string(chart.Shade(i))
	}
	return "■"
}
