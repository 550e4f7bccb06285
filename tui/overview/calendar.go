package overview

import (
	"image"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

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
	return pt.Day.Format("Mon 2 Jan 2006") + "  " + lens.Cost(&pt.Sum) + "  " + ui.Tokens(pt.Sum.Tokens.Total()) + " tokens"
}

// openDay asks for a day in Explore.
func openDay(day time.Time) tea.Cmd {
	return ui.Send(ui.Seek{Page: "Explore", Kind: ui.SeekUsage, Dim: usage.ByDay, Name: day.Format(time.DateOnly)})
}

// drawCalendar draws the panel: the year at the left, what its shades mean at
// the right.
func (p *Page) drawCalendar(width, height int) []string {
	st := p.styles
	pen := ui.NewPen(width, height)
	remark := "enter opens the day"
	if i := p.day(); i >= 0 {
		remark = p.days.say(p.lens.For(p.snap), i)
	}
	ui.SectionTitle(pen, st, p.days.title+", a year", p.focus == calendar, remark)
	body := chart.CalendarWidth(true)
	legend := ui.NewPen(max(0, width-body-2), chart.CalendarHeight)
	legend.Blank(1)
	p.days.calendar.Legend(legend, st, false)
	beside := legend.Lines(chart.CalendarHeight)
	for y, line := range p.days.calendar.Draw(st, body, p.day()) {
		pen.Drawn(line, body)
		pen.Space(2)
		pen.Drawn(beside[y], legend.Width())
		pen.End()
	}
	return pen.Lines(height)
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
	return width, min(maxHeight, chart.CalendarHeight+4)
}

// Lines implements overlay.Modal.
func (b *yearBox) Lines(st *ui.Styles, width, height int) []string {
	b.width = width
	pen := ui.NewPen(width, height)
	day := b.cursor
	if b.hover >= 0 {
		day = b.hover
	}
	for _, line := range b.days.calendar.Draw(st, width, day) {
		pen.Drawn(line, width)
		pen.End()
	}
	pen.Blank(1)
	b.days.calendar.Legend(pen, st, true)
	pen.Blank(1)
	pen.Text(st.Strong, b.days.say(b.lens, day))
	pen.End()
	return pen.Lines(height)
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
