package overview

import (
	"strconv"
	"time"

	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/chart"
	"tokpit/tui/ui"
)

// days is the chart's data: one bar a local day.
type days struct {
	points  []report.Point
	changes []report.PriceChange
	zone    *time.Location
	title   string
	series  []string
	hues    []int
	parts   [][]money.Amount // by day, by series
	bars    []chart.Bar
	cash    bool
}

// newDays prepares the trend for a lens. Cost is stacked by provider. Cash has
// no provider (a flat fee is for all use), so it is stacked by what was paid
// for: usage, and plans.
func newDays(s *report.Snapshot, lens ui.Lens) days {
	lens = lens.For(s)
	d := days{points: s.Trend, changes: s.PriceChanges, zone: zone(s), cash: lens.Cash}
	if lens.Cash {
		d.title, d.series, d.hues = "Cash per day", []string{"pay as you go", "plan fees"}, []int{1, 3}
	} else {
		d.title = kindOf(s, lens) + " per day"
		for _, name := range s.Series {
			if name == "" {
				name = "unknown"
			}
			d.series = append(d.series, ui.Text(name))
		}
		d.hues = ui.Hues(s.Series)
	}
	d.parts, d.bars = make([][]money.Amount, len(s.Trend)), make([]chart.Bar, len(s.Trend))
	for i := range s.Trend {
		pt := &s.Trend[i]
		d.parts[i] = pt.Parts
		if lens.Cash {
			d.parts[i] = []money.Amount{pt.Sum.Cash.Sub(pt.Sum.PlanFee), pt.Sum.PlanFee}
		}
		d.bars[i] = chart.Bar{Day: pt.Day, Parts: floats(d.parts[i])}
	}
	for _, c := range s.PriceChanges {
		if i := d.index(c.At); i >= 0 && d.bars[i].Mark != chart.MarkUp { // a rise is not to be missed
			d.bars[i].Mark = chart.MarkDown
			if c.Up {
				d.bars[i].Mark = chart.MarkUp
			}
		}
	}
	return d
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

// on lists the price changes of a day.
func (d *days) on(i int) []report.PriceChange {
	var out []report.PriceChange
	for _, c := range d.changes {
		if d.index(c.At) == i {
			out = append(out, c)
		}
	}
	return out
}

// span is how many days the chart is asked to show: 0 is as many whole weeks
// as look well at its width.
type span int

// next goes through the lengths of time.
func (s span) next() span {
	switch s {
	case 0:
		return 30
	case 30:
		return 60
	case 60:
		return 90
	}
	return 0
}

// shown is how many days a chart of the given width shows.
func (s span) shown(width, have int) int {
	n := int(s)
	if n == 0 {
		n = max(min(chart.Fit(width), 91)/7*7, 7)
	}
	return max(0, min(n, have))
}

// words names a number of days.
func spanWords(n int) string {
	if n > 7 && n%7 == 0 && n != 30 && n != 60 && n != 90 {
		return strconv.Itoa(n/7) + " weeks"
	}
	return plural(int64(n), "day")
}

// window returns the chart of the last n days; the cursor is an index of all
// days, -1 for none.
func (d *days) window(n, cursor int, currency string) chart.Bars {
	first := len(d.bars) - n
	if cursor >= 0 {
		cursor -= first
	}
	return chart.Bars{Bars: d.bars[first:], Hues: d.hues, Currency: currency, Cursor: cursor}
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
		p.Text(st.Series(d.hues[i]), seriesSign(st, d.hues[i])+" ")
		p.Text(st.Muted, name)
		p.Space(2)
	}
}

// seriesSign is the sample of a series in a legend.
func seriesSign(st *ui.Styles, hue int) string {
	if st.Theme.Mono {
		return [...]string{"█", "▓", "▒", "░", "#", "+"}[hue%6]
	}
	return "■"
}

// drawReadout writes the figures of the day under the cursor, or of all days
// shown: the chart's legend, with amounts.
func (d *days) drawReadout(st *ui.Styles, width, height, shown, cursor int, currency string) []string {
	p := ui.NewPen(width, height)
	from, to := len(d.points)-shown, len(d.points)
	title := spanWords(shown)
	if cursor >= 0 {
		from, to = cursor, cursor+1
		title = ui.Day(d.points[cursor].Day)
		if cursor == len(d.points)-1 {
			title += " (today)"
		}
	}
	parts, all := d.total(from, to)
	ui.SectionTitle(p, st, title, cursor >= 0, "")
	p.Text(st.Strong, ui.Money(all, currency))
	if cursor < 0 && shown > 0 {
		p.Text(st.Muted, "  "+ui.Money(money.NewRate(all).Scale(1, int64(shown)).Amount(), currency)+" a day")
	}
	p.End()
	for i, name := range d.series {
		if p.Height() >= height {
			break
		}
		value := ui.Money(parts[i], currency)
		p.Text(st.Series(d.hues[i]), seriesSign(st, d.hues[i])+" ")
		p.Left(st.Text, name, max(0, width-2-13-6))
		p.Right(st.Text, value, 13)
		if perMille, ok := share(parts[i], all); ok {
			p.Right(st.Muted, strconv.FormatInt((perMille+5)/10, 10)+"%", 6)
		}
		p.End()
	}
	d.drawRest(p, st, from, to, height)
	return p.Lines(height)
}

// drawRest writes tokens, requests and price changes of a span of days.
func (d *days) drawRest(p *ui.Pen, st *ui.Styles, from, to, height int) {
	var tokens, requests int64
	for _, pt := range d.points[from:to] {
		tokens += pt.Sum.Tokens.Total()
		requests += max(pt.Sum.Requests, 0)
	}
	if p.Height()+2 <= height {
		p.End()
		p.Text(st.Muted, ui.Tokens(tokens)+" tokens · "+ui.Count(requests)+" requests")
		p.End()
	}
	for i := to - 1; i >= from; i-- {
		for _, c := range d.on(i) {
			if p.Height()+2 > height {
				return
			}
			sign, ink := "▼ ", st.Good
			if c.Up {
				sign, ink = "▲ ", st.Warn
			}
			p.Text(ink, sign)
			if to-from > 1 {
				p.Text(st.Muted, c.At.In(d.zone).Format("2 Jan")+" ")
			}
			p.Text(st.Text, ui.Text(c.Model))
			p.End()
			if to-from == 1 {
				for _, line := range ui.Wrap(ui.Text(c.Text), p.Width()-2) {
					if p.Height() >= height {
						return
					}
					p.Text(st.Muted, "  "+line)
					p.End()
				}
			}
		}
	}
}
