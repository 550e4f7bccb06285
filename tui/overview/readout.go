package overview

import (
	"tokpit/money"
	"tokpit/tui/ui"
)

// tally is what is written of some days.
type tally struct {
	parts  []money.Amount // by series
	all    money.Amount
	priced bool
	ui.Volume
}

// tally adds up the days from one up to another.
func (d *days) tally(from, to int) tally {
	var t tally
	t.parts, t.all = d.total(from, to)
	for i := from; i < to; i++ {
		s := &d.points[i].Sum
		_, ok := ui.Lens{Cash: d.cash}.Of(s)
		t.priced = t.priced || ok
		t.Add(s)
	}
	return t
}

// drawReadout writes the figures of the day under the cursor, or of all days
// shown: the chart's legend, with amounts.
func (d *days) drawReadout(st *ui.Styles, width, height, shown, cursor int) []string {
	p := ui.NewPen(width, height)
	from, to := len(d.points)-shown, len(d.points)
	title := d.words(from, to)
	if d.last {
		title = "Last " + plural(int64(shown), "day")
	}
	if cursor >= 0 {
		from, to = cursor, cursor+1
		title = ui.Day(d.points[cursor].Day)
		if cursor == len(d.points)-1 && d.last {
			title += " (today)"
		}
	}
	t := d.tally(from, to)
	ui.SectionTitle(p, st, title, cursor >= 0, "")
	switch {
	case t.priced:
		p.Text(st.Strong, ui.Money(t.all, dollars))
		if cursor < 0 {
			p.Text(st.Muted, "  "+ui.Money(money.NewRate(t.all).Scale(1, int64(shown)).Amount(), dollars)+" a day")
		}
	case t.Tokens > 0:
		p.Text(st.Warn, ui.Unpriced)
	default:
		p.Text(st.Muted, "no usage")
	}
	p.End()
	if t.priced {
		d.drawSeries(p, st, &t, height)
	}
	if p.Height()+3 <= height && t.Tokens > 0 {
		p.End()
		p.Text(st.Muted, ui.Tokens(t.Tokens)+" tokens")
		p.End()
		p.Text(st.Muted, t.Requests()+" requests")
		p.End()
	}
	if p.Height() < height && t.Unpriced > 0 && t.priced {
		p.Text(st.Warn, "! "+ui.Tokens(t.Unpriced)+" tokens unpriced")
		p.End()
	}
	d.drawChanges(p, st, from, to, height)
	return p.Lines(height)
}

// words names the days from one up to another.
func (d *days) words(from, to int) string {
	switch n := to - from; {
	case n <= 0:
		return "no days"
	case d.last:
		return "last " + plural(int64(n), "day")
	case n == 1:
		return ui.Day(d.points[from].Day)
	}
	return ui.Days(d.points[from].Day, d.points[to-1].Day)
}

// drawSeries writes the amount and the share of every series.
func (d *days) drawSeries(p *ui.Pen, st *ui.Styles, t *tally, height int) {
	wide := 0
	for _, a := range t.parts {
		wide = max(wide, ui.Width(ui.Money(a, dollars)))
	}
	const percent = 7
	for i, name := range d.series {
		if p.Height() >= height {
			return
		}
		p.Text(st.Series(d.hues[i]), seriesSign(st, i)+" ")
		p.Left(st.Text, name, max(0, p.Width()-2-wide-1-percent))
		p.Space(1)
		p.Right(st.Text, ui.Money(t.parts[i], dollars), wide)
		if perMille, ok := ui.ShareOf(t.parts[i], t.all); ok {
			p.Right(st.Muted, ui.Percent(perMille), percent)
		}
		p.End()
	}
}

// drawChanges writes the price changes of some days, the newest first; of one
// day with what changed.
func (d *days) drawChanges(p *ui.Pen, st *ui.Styles, from, to, height int) {
	if p.Height() < height {
		p.End()
	}
	for i := to - 1; i >= from; i-- {
		for _, c := range d.changes[i] {
			if p.Height() >= height {
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
			if to-from > 1 {
				continue
			}
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

// changed says whose prices changed on a day, and how if it is one model's; "" if
// none did.
func (d *days) changed(i int) string {
	list := d.changes[i]
	switch {
	case len(list) == 0:
		return ""
	case len(list) > 1:
		return changeSign(list[0].Up) + plural(int64(len(list)), "price") + " changed: " + ui.Text(list[0].Model) + ", …"
	}
	return changeSign(list[0].Up) + ui.Text(list[0].Model) + ": " + ui.Text(list[0].Text)
}

func changeSign(up bool) string {
	if up {
		return "▲ "
	}
	return "▼ "
}
