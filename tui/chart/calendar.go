package chart

import (
	"slices"
	"time"

	"tokpit/money"
	"tokpit/tui/ui"
)

// CalendarDay is one day of a [Calendar].
type CalendarDay struct {
	Day    time.Time // midnight of the day
	Amount money.Amount
}

// Calendar shows what single days cost as a table of weeks: a column a week from
// Monday to Sunday, the newest at the right. Shades are fifths of the days that
// cost anything, so that one dear day does not make all others look alike.
type Calendar struct {
	days     []CalendarDay
	tops     []money.Amount // most of each shade, rising
	currency string
}

// NewCalendar returns a calendar of days without gaps, oldest first; of more than
// a year only the last is shown.
func NewCalendar(days []CalendarDay, currency string) *Calendar {
	c := &Calendar{days: days, currency: currency}
	var costs []money.Amount
	for _, d := range days {
		if d.Amount.Sign() > 0 {
			costs = append(costs, d.Amount)
		}
	}
	slices.SortFunc(costs, money.Amount.Cmp)
	for i := range ui.HeatLevels {
		if n := len(costs) * (i + 1) / ui.HeatLevels; n > 0 {
			if top := costs[n-1]; len(c.tops) == 0 || top.Cmp(c.tops[len(c.tops)-1]) > 0 {
				c.tops = append(c.tops, top)
			}
		}
	}
	return c
}

const (
	// CalendarHeight is the lines of a calendar: the months, and seven days.
	CalendarHeight = 8

	calendarWeeks = 53
	weekdayWidth  = 4
)

// CalendarWidth is how wide a calendar of a year is, with or without space
// between its days.
func CalendarWidth(wide bool) int {
	if wide {
		return weekdayWidth + 2*calendarWeeks
	}
	return weekdayWidth + calendarWeeks
}

// CalendarFrame is how a calendar lies in its place.
type CalendarFrame struct {
	each, weeks int
	first       int // index of the Monday that the first column begins with; may be below 0
	last        int // index of the last day
}

// Frame lays the calendar out in a width.
func (c *Calendar) Frame(width int) CalendarFrame {
	f := CalendarFrame{each: 1, last: len(c.days) - 1}
	if width >= CalendarWidth(true) {
		f.each = 2
	}
	f.weeks = min(calendarWeeks, max(0, width-weekdayWidth)/f.each)
	if f.last < 0 {
		return f
	}
	monday := f.last - int(c.days[f.last].Day.Weekday()+6)%7
	f.weeks = min(f.weeks, (monday+6)/7+1)
	f.first = monday - 7*(f.weeks-1)
	return f
}

// At returns the index of the day at a point of the calendar, or -1.
func (f CalendarFrame) At(x, y int) int {
	if x < weekdayWidth || y < 1 || y > 7 || (x-weekdayWidth)/f.each >= f.weeks {
		return -1
	}
	if i := f.first + (x-weekdayWidth)/f.each*7 + y - 1; i >= 0 && i <= f.last {
		return i
	}
	return -1
}

// Width is how wide the weeks are that are shown, with the names of their days.
func (f CalendarFrame) Width() int { return weekdayWidth + f.weeks*f.each }

// First is the index of the first day that is shown.
func (f CalendarFrame) First() int { return max(f.first, 0) }

// level is the shade of an amount, from 0; -1 for none.
func (c *Calendar) level(a money.Amount) int {
	if a.Sign() <= 0 || len(c.tops) == 0 {
		return -1
	}
	for i, top := range c.tops {
		if a.Cmp(top) <= 0 {
			return ui.HeatLevels - len(c.tops) + i
		}
	}
	return ui.HeatLevels - 1
}

// cell is how a shade is drawn.
func (c *Calendar) cell(st *ui.Styles, level int) (ui.Ink, rune) {
	switch {
	case level < 0:
		return st.Faint, '·'
	case !st.Theme.Shaded():
		return st.Text, [ui.HeatLevels]rune{'-', '░', '▒', '▓', '█'}[level]
	}
	return st.Calendar[level], square
}

// Draw returns the calendar as [CalendarHeight] lines. The day with the index
// cursor is marked by its sign; -1 is none. The last day is today's if it is said
// to be.
func (c *Calendar) Draw(st *ui.Styles, width, cursor int, today bool) []string {
	return c.DrawIn(st, c.Frame(width), width, cursor, today)
}

// DrawIn is [Calendar.Draw] of a frame in a place that is at least as wide as its
// weeks.
func (c *Calendar) DrawIn(st *ui.Styles, f CalendarFrame, width, cursor int, today bool) []string {
	p := ui.NewPen(width, CalendarHeight)
	c.months(p, st, f)
	for row := range 7 {
		name := ""
		if row%2 == 0 {
			name = time.Weekday((row + 1) % 7).String()[:3]
		}
		p.Left(st.Muted, name, weekdayWidth)
		for week := range f.weeks {
			i := f.first + 7*week + row
			switch {
			case i < 0 || i > f.last:
				p.Space(1)
			case i == cursor:
				p.Text(st.AccentBold, "◆")
			default:
				ink, r := c.cell(st, c.level(c.days[i].Amount))
				if today && i == f.last && r == square {
					r = squareToday
				}
				p.Fill(ink, r, 1)
			}
			p.Space(f.each - 1)
		}
		p.End()
	}
	return p.Lines(CalendarHeight)
}

// What a day is drawn as.
const square, squareToday = '■', '▣'

// months names the weeks in which a month begins.
func (c *Calendar) months(p *ui.Pen, st *ui.Styles, f CalendarFrame) {
	l := newLabels(p.Width())
	for week := range f.weeks {
		for row := range 7 {
			if i := f.first + 7*week + row; i >= 0 && i <= f.last && c.days[i].Day.Day() == 1 {
				name := c.days[i].Day.Format("Jan")
				if c.days[i].Day.Month() == time.January {
					name = c.days[i].Day.Format("Jan 06")
				}
				l.place(weekdayWidth+week*f.each, name, st.Muted)
			}
		}
	}
	l.draw(p)
}

// Legend is what the shades mean, none first: one a line, or inline as many on each
// line as there is room for.
func (c *Calendar) Legend(p *ui.Pen, st *ui.Styles, inline bool) {
	end := func() {
		if inline {
			p.Space(2)
			return
		}
		p.End()
	}
	ink, r := c.cell(st, -1)
	p.Fill(ink, r, 1)
	p.Text(st.Muted, " none")
	end()
	for i, top := range c.tops {
		text := " to " + ui.Money(top, c.currency)
		if inline && ui.Width(text)+1 > p.Room() {
			p.End()
		}
		ink, r := c.cell(st, ui.HeatLevels-len(c.tops)+i)
		p.Fill(ink, r, 1)
		p.Text(st.Muted, text)
		end()
	}
	if inline {
		p.End()
	}
}
