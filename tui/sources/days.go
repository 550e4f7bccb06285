package sources

import (
	"tokpit/tui/chart"
	"tokpit/tui/entry"
	"tokpit/tui/ui"
)

// Columns of the table of days.
const (
	dayWidth   = 13 // the day with its weekday
	laneWidth  = 20 // what came, and how much
	countWidth = 8
	daysGap    = 4
)

// detailHeight is how many lines the details of the selected source take at a
// width.
func (p *Page) detailHeight(width int) int {
	it := p.selected()
	if it == nil {
		return 0
	}
	pen := ui.NewPen(width, 32)
	p.document(entry.Write(pen, p.styles), it)
	return pen.Height() + 1
}

// drawDays lists the days of the selected source, newest first, in as many columns
// as there is room for.
func (p *Page) drawDays() []string {
	r := p.plan.days
	it := p.selected()
	if r.Empty() || it == nil {
		return nil
	}
	pen := ui.NewPen(r.Dx(), r.Dy())
	st := p.styles
	lanes := it.lanes
	if len(lanes) == 0 {
		ui.SectionTitle(pen, st, "Days of "+ui.Text(it.Name), false, "")
		pen.Text(st.Muted, "No day of it has been read yet.")
		pen.End()
		return pen.Lines(r.Dy())
	}
	room := max(1, (r.Dx()-dayWidth)/laneWidth)
	if len(lanes) > room {
		lanes = []lane{fold(lanes)}
	}
	block := dayWidth + len(lanes)*laneWidth
	columns := max(1, (r.Dx()+daysGap)/(block+daysGap))
	rows := r.Dy() - 2
	from, shown := p.daysShown(columns * rows)
	remark := "all " + ui.Count(int64(shown)) + " days (UTC), the newest first"
	if shown < p.history.days {
		remark = p.daysText(from-shown+1, from) + " (UTC), the newest first; ←/→ leads to others"
	}
	ui.SectionTitle(pen, st, "Days of "+ui.Text(it.Name), false, remark)
	columns = min(columns, (shown+rows-1)/max(rows, 1))
	for c := range columns {
		pen.To(c * (block + daysGap))
		p.daysHead(pen, it, lanes)
	}
	pen.End()
	for y := range rows {
		for c := range columns {
			if k := c*rows + y; k < shown {
				pen.To(c * (block + daysGap))
				p.drawDay(pen, lanes, from-k)
			}
		}
		pen.End()
	}
	return pen.Lines(r.Dy())
}

// daysShown chooses which days have room: from one day on backwards, so that the
// day under the cursor is among them.
func (p *Page) daysShown(room int) (from, n int) {
	from = p.history.days - 1
	n = min(room, p.history.days)
	if p.day >= 0 && p.day <= from-n {
		from = max(p.day, n-1)
	}
	return from, n
}

// daysHead names the lanes over their columns.
func (p *Page) daysHead(pen *ui.Pen, it *item, lanes []lane) {
	st := p.styles
	pen.Left(st.Muted, "day", dayWidth)
	for i := range lanes {
		label := lanes[i].label(it.Name)
		if len(lanes) == 1 {
			label = "records    " + map[bool]string{true: "bill", false: "tokens"}[lanes[i].billed != nil]
		}
		pen.Right(st.Muted, label, laneWidth)
	}
}

// drawDay writes what is known of a day.
func (p *Page) drawDay(pen *ui.Pen, lanes []lane, day int) {
	st := p.styles
	ink := st.Text
	if day == p.day {
		ink = st.AccentBold
	}
	pen.Left(ink, p.dayAt(day).Format("Mon 2 Jan 06"), dayWidth)
	for i := range lanes {
		l := &lanes[i]
		n := l.records[day]
		switch l.days[day].State {
		case chart.DayHole:
			pen.Right(st.Bad, "× not read", laneWidth)
			continue
		case chart.DayUnknown:
			pen.Right(st.Muted, ui.Unknown, laneWidth)
			continue
		case chart.DayQuiet:
			pen.Right(st.Muted, "·", laneWidth)
			continue
		}
		sign, kind := "", ink
		if l.days[day].State == chart.DayPart {
			sign, kind = "░ ", st.Warn
		}
		much := ui.Tokens(l.days[day].N)
		if l.billed != nil {
			much = l.money(day, countWidth+2)
		}
		pen.Right(st.Muted, sign+ui.Count(n), laneWidth-countWidth-2)
		pen.Right(kind, much, countWidth+2)
	}
}
