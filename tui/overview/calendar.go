package overview

import (
	"image"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokpit/tui/chart"
	"tokpit/tui/overlay"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// newCalendar is the calendar of the days' money.
func (d *days) newCalendar() *chart.Calendar {
	all := make([]chart.CalendarDay, len(d.points))
	for i := range all {
		_, sum := d.total(i, i+1)
		all[i] = chart.CalendarDay{Day: d.points[i].Day, Amount: sum}
	}
	return chart.NewCalendar(all, dollars)
}

// say is the read-out of a day.
func (d *days) say(lens ui.Lens, i int) string {
	if i < 0 || i >= len(d.points) {
		return ""
	}
	pt := &d.points[i]
	said := pt.Day.Format("Mon 2 Jan 2006") + "  " + lens.Cost(&pt.Sum) + "  " + ui.Tokens(pt.Sum.Tokens.Total()) + " tokens"
	if changed := d.changed(i); changed != "" {
		said += "  " + changed
	}
	return said
}

// openDay asks for a day in Explore.
func openDay(day time.Time) tea.Cmd {
	return ui.Send(ui.Seek{Page: "Explore", Kind: ui.SeekUsage, Dim: usage.ByDay, Name: day.Format(time.DateOnly)})
}

// drawCalendar draws the panel: the year at the left, what its shades mean right
// beside it, and then what weekdays cost and months did, as far as there is room.
func (p *Page) drawCalendar(width, height int) []string {
	st := p.styles
	title := ui.NewPen(width, 1)
	remark := "enter why a day"
	if i := p.day(); i >= 0 {
		remark = p.days.say(p.lens.For(p.snap), i)
	}
	ui.SectionTitle(title, st, p.days.title+", a year", p.focus == calendar, remark)
	f := p.days.calendar.Frame(chart.CalendarWidth(true))
	parts := [][]string{p.days.calendar.DrawIn(st, f, f.Width(), p.day(), p.days.last)}
	room := width - f.Width()
	beside := func(w int, draw func(pen *ui.Pen)) {
		if room -= w + gapColumns; room < 0 {
			return
		}
		pen := ui.NewPen(w, chart.CalendarHeight)
		draw(pen)
		parts = append(parts, pen.Lines(chart.CalendarHeight))
	}
	beside(legendWidth, func(pen *ui.Pen) {
		pen.Blank(1)
		p.days.calendar.Legend(pen, st, false)
	})
	wide := min(max((room-2*gapColumns)/2, sumsLeast), sumsMost)
	for _, list := range []sums{p.days.byWeekday(), p.days.byMonth()} {
		if len(list.rows) > 1 {
			beside(wide, func(pen *ui.Pen) { list.draw(pen, st) })
		}
	}
	out := title.Lines(1)
	for y := range chart.CalendarHeight {
		line := ui.NewPen(width, 1)
		for i, part := range parts {
			if i > 0 {
				line.Space(gapColumns)
			}
			line.Drawn(part[y], ansi.StringWidth(part[y]))
		}
		line.End()
		out = append(out, line.Lines(1)...)
	}
	return out[:height]
}

// calendarDayAt returns the day of the calendar at a point of the page, or -1.
func (p *Page) calendarDayAt(at image.Point) int {
	r := p.plan.at[calendar]
	if p.snap.Empty || !at.In(r) {
		return -1
	}
	return p.days.calendar.Frame(chart.CalendarWidth(true)).At(at.X-r.Min.X, at.Y-r.Min.Y-1)
}

// moveCalendar goes through the calendar by days and weeks, if that is what a key
// says.
func (p *Page) moveCalendar(msg tea.KeyPressMsg) bool {
	by, last := steps(msg.String()), len(p.days.points)-1
	if by == 0 || last < 0 {
		return false
	}
	at := p.cursor + by
	if p.cursor < 0 {
		at = last
	}
	p.setDay(min(max(at, p.days.calendar.Frame(chart.CalendarWidth(true)).First()), last))
	return true
}

// yearBox is the calendar in a box, for screens without room for the panel.
type yearBox struct {
	days          days
	lens          ui.Lens
	cursor, hover int
	width         int
	keys          yearKeys
}

type yearKeys struct{ Week, Day, Open, Close key.Binding }

func newYearBox(d days, lens ui.Lens, cursor int) *yearBox {
	if cursor < 0 {
		cursor = len(d.points) - 1
	}
	return &yearBox{days: d, lens: lens, cursor: cursor, hover: -1, keys: yearKeys{
		Week:  key.NewBinding(key.WithKeys("left", "right", "h", "l"), key.WithHelp("←/→", "week")),
		Day:   key.NewBinding(key.WithKeys("up", "down", "k", "j"), key.WithHelp("↑/↓", "day")),
		Open:  key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "open the day in Explore")),
		Close: key.NewBinding(key.WithKeys("esc", "q", "C"), key.WithHelp("esc", "close")),
	}}
}

// Title implements overlay.Modal.
func (b *yearBox) Title() string { return b.days.title + ", a year" }

// CapturesText implements overlay.Modal.
func (b *yearBox) CapturesText() bool { return false }

// ShortHelp implements overlay.Modal.
func (b *yearBox) ShortHelp() []key.Binding {
	return []key.Binding{b.keys.Week, b.keys.Day, b.keys.Open, b.keys.Close}
}

// FullHelp implements overlay.Modal.
func (b *yearBox) FullHelp() [][]key.Binding { return [][]key.Binding{b.ShortHelp()} }

// Size implements overlay.Modal.
func (b *yearBox) Size(maxWidth, maxHeight int) (width, height int) {
	width = chart.CalendarWidth(true)
	if maxWidth < width {
		width = min(maxWidth, chart.CalendarWidth(false))
	}
	return width, min(maxHeight, chart.CalendarHeight+3+len(b.legend(ui.DarkStyles(), width)))
}

// Lines implements overlay.Modal.
func (b *yearBox) Lines(st *ui.Styles, width, height int) []string {
	b.width = width
	pen := ui.NewPen(width, height)
	day := b.cursor
	if b.hover >= 0 {
		day = b.hover
	}
	for _, line := range b.days.calendar.Draw(st, width, day, b.days.last) {
		pen.Drawn(line, width)
		pen.End()
	}
	pen.Blank(1)
	for _, line := range b.legend(st, width) {
		pen.Drawn(line, width)
		pen.End()
	}
	pen.Blank(1)
	pen.Text(st.Strong, b.days.say(b.lens, day))
	pen.End()
	return pen.Lines(height)
}

// legend is what the shades mean, on as many lines as that takes.
func (b *yearBox) legend(st *ui.Styles, width int) []string {
	pen := ui.NewPen(width, chart.CalendarHeight)
	b.days.calendar.Legend(pen, st, true)
	return pen.Lines(pen.Height())
}

// Update implements overlay.Modal.
func (b *yearBox) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		b.hover = -1
		switch {
		case key.Matches(msg, b.keys.Close):
			return nil, true
		case key.Matches(msg, b.keys.Open):
			return b.open()
		case key.Matches(msg, b.keys.Week, b.keys.Day):
			b.move(msg.String())
		}
	case tea.MouseMotionMsg:
		b.hover = b.days.calendar.Frame(b.width).At(msg.X, msg.Y)
	case tea.MouseClickMsg:
		i := b.days.calendar.Frame(b.width).At(msg.X, msg.Y)
		if i >= 0 && i == b.cursor {
			return b.open()
		}
		if i >= 0 {
			b.cursor = i
		}
	}
	return nil, false
}

func (b *yearBox) open() (tea.Cmd, bool) {
	if b.cursor < 0 {
		return nil, true
	}
	return openDay(b.days.points[b.cursor].Day), true
}

// steps are how many days each key goes.
func steps(pressed string) int {
	switch pressed {
	case "left", "h":
		return -7
	case "right", "l":
		return 7
	case "up", "k":
		return -1
	case "down", "j":
		return 1
	}
	return 0
}

func (b *yearBox) move(pressed string) {
	first := b.days.calendar.Frame(b.width).First()
	b.cursor = min(max(b.cursor+steps(pressed), first), len(b.days.points)-1)
}

var _ overlay.Modal = (*yearBox)(nil)
