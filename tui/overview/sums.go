package overview

import (
	"time"

	"tokpit/money"
	"tokpit/tui/chart"
	"tokpit/tui/ui"
)

// sums is a short list of amounts with bars.
type sums struct {
	title string
	rows  []sumRow
}

type sumRow struct {
	name   string
	amount money.Amount
	now    bool // it goes on
}

const (
	legendWidth         = 16
	sumsLeast, sumsMost = 26, 48
	sumsName, sumsMoney = 10, 11
)

// begun is the first day that cost anything; the number of days if none did.
func (d *days) begun() int {
	for i := range d.points {
		if _, all := d.total(i, i+1); all.Sign() > 0 {
			return i
		}
	}
	return len(d.points)
}

// sum adds up some days.
func (d *days) sum(from, to int) (all money.Amount) {
	for _, parts := range d.parts[from:to] {
		for _, a := range parts {
			all = all.Add(a)
		}
	}
	return all
}

// byWeekday is what each day of the week costs on average, from Monday on. Today
// is not over and does not count.
func (d *days) byWeekday() sums {
	var whole [7]money.Amount
	var n [7]int64
	end := len(d.points)
	if d.last {
		end--
	}
	for i := d.begun(); i < end; i++ {
		all := d.sum(i, i+1)
		at := (int(d.points[i].Day.Weekday()) + 6) % 7
		whole[at], n[at] = whole[at].Add(all), n[at]+1
	}
	out := sums{title: "average day"}
	for at, sum := range whole {
		if n[at] == 0 {
			return sums{} // less than a week
		}
		out.rows = append(out.rows, sumRow{name: time.Weekday((at + 1) % 7).String()[:3], amount: perDay(sum, n[at])})
	}
	return out
}

// byMonth is what the last months cost, as many as a calendar has days of the
// week, the newest first. A month whose beginning is not known is left out.
func (d *days) byMonth() sums {
	out := sums{title: "months"}
	first := d.begun()
	for end := len(d.points); end > first && len(out.rows) < chart.CalendarHeight-1; {
		from, day := end-1, d.points[end-1].Day
		for from > first && d.points[from-1].Day.Month() == day.Month() {
			from--
		}
		if from == 0 && d.points[0].Day.Day() != 1 {
			break
		}
		all := d.sum(from, end)
		out.rows = append(out.rows, sumRow{name: day.Format("Jan 2006"), amount: all, now: d.last && end == len(d.points)})
		end = from
	}
	return out
}

func (s *sums) draw(p *ui.Pen, st *ui.Styles) {
	most := money.Amount{}
	for _, r := range s.rows {
		if r.amount.Cmp(most) > 0 {
			most = r.amount
		}
	}
	p.Text(st.Muted, s.title)
	p.End()
	for _, r := range s.rows {
		name := r.name
		if r.now {
			name += "…"
		}
		p.Left(st.Muted, name, sumsName)
		amount := ui.Money(r.amount, dollars)
		if ui.Width(amount) > sumsMoney {
			amount = ui.CompactMoney(r.amount, dollars)
		}
		p.Right(st.Text, amount, sumsMoney)
		p.Space(1)
		part, _ := ui.ShareOf(r.amount, most)
		chart.Share(p, st, st.Accent, part, p.Room())
		p.End()
	}
}
