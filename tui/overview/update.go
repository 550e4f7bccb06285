package overview

import (
	"image"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/budget"
	"tokpit/tui/overlay"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// Update implements ui.Page.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	if p.snap == nil {
		return nil
	}
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return p.press(msg)
	case tea.MouseClickMsg:
		return p.click(msg)
	case tea.MouseWheelMsg:
		return p.wheel(msg)
	case tea.MouseMotionMsg:
		at := image.Pt(msg.X, msg.Y)
		p.setHover(max(p.dayAt(at), p.calendarDayAt(at)))
	}
	return nil
}

func (p *Page) press(msg tea.KeyPressMsg) tea.Cmd {
	switch k := &p.keys; {
	case key.Matches(msg, k.Tour):
		return ui.Send(ui.Tour{})
	case key.Matches(msg, k.Demo):
		return ui.Send(ui.OpenDemo{})
	case key.Matches(msg, k.Next):
		p.moveFocus(1)
	case key.Matches(msg, k.Previous):
		p.moveFocus(-1)
	case p.focus == calendar && p.moveCalendar(msg):
	case key.Matches(msg, k.DayBefore):
		p.moveDay(-1)
	case key.Matches(msg, k.DayAfter):
		p.moveDay(1)
	case key.Matches(msg, k.AllDay):
		p.setDay(-1)
	case key.Matches(msg, k.Inside):
		return p.lookInside()
	case key.Matches(msg, k.Year) && !p.snap.Empty:
		return ui.Send(overlay.Open{Modal: newYearBox(p.days, p.lens.For(p.snap), p.cursor)})
	case key.Matches(msg, k.Details):
		return p.details()
	case p.snap.Empty:
	case p.focus == trend && (key.Matches(msg, k.Table.Up) || key.Matches(msg, k.Table.Down)):
		p.setFocus(models)
	default:
		if l, ok := p.tables[p.focus]; ok && l.table.Update(msg) {
			p.redraw(p.focus)
		}
	}
	return nil
}

// lookInside explores what is under the cursor of the focused panel: a day beside
// the same day of the week before, or what is of a line.
func (p *Page) lookInside() tea.Cmd {
	l, isTable := p.tables[p.focus]
	switch {
	case p.snap.Empty:
	case (p.focus == trend || p.focus == calendar) && len(p.days.points) > 0:
		at := p.cursor
		if at < 0 {
			at = len(p.days.points) - 1
		}
		return ui.Send(ui.Look{Day: p.days.points[at].Day, By: []usage.Dimension{usage.ByProject, usage.ByModel}})
	case isTable && l.rows.Len() > 0:
		d := usage.Dimension(keyOf(p.focus))
		by := usage.ByModel
		if d == usage.ByModel {
			by = usage.ByProject
		}
		return ui.Send(ui.Look{Day: p.tabled.day, Filter: budget.Scope{d: {l.rows.At(l.table.Cursor()).line.Name}}, By: []usage.Dimension{by}})
	}
	return nil
}

// setDay puts the cursor on a day of the trend, or on none (-1).
func (p *Page) setDay(i int) {
	if i == p.cursor {
		return
	}
	p.cursor = i
	p.fillTables()
	p.enableKeys()
	p.redraw(trend, readout, calendar, models, projects, providers, sourceLines)
}

// moveDay goes from day to day, in the chart; coming from none it begins with the
// last.
func (p *Page) moveDay(by int) {
	last := len(p.days.points) - 1
	switch first := last + 1 - p.shownDays(); {
	case last < 0 || p.plan.at[trend].Empty():
		return
	case p.cursor < 0:
		p.setDay(last)
	default:
		p.setDay(min(max(p.cursor+by, first), last))
	}
	p.setFocus(trend)
}

// focusable lists the panels that can have the focus, in reading order.
func (p *Page) focusable() []panel {
	var out []panel
	for _, which := range []panel{trend, calendar, models, projects, providers, sourceLines} {
		if !p.plan.at[which].Empty() || p.plan.oneTable() && (which == models || which == projects) {
			out = append(out, which)
		}
	}
	return out
}

func (p *Page) moveFocus(by int) {
	list := p.focusable()
	for i, which := range list {
		if which == p.focus {
			p.setFocus(list[(i+by+len(list))%len(list)])
			return
		}
	}
	if len(list) > 0 {
		p.setFocus(list[0])
	}
}

func (p *Page) setFocus(which panel) {
	if which != p.focus {
		p.focus = which
		p.arrange()
	}
}

// details opens a box about what is under the cursor of the focused panel.
func (p *Page) details() tea.Cmd {
	var box *overlay.Detail
	l, isTable := p.tables[p.focus]
	switch {
	case (p.focus == trend || p.focus == calendar) && len(p.days.points) > 0:
		i := p.cursor
		if i < 0 {
			i = len(p.days.points) - 1
		}
		box = dayDetail(p.styles, p.snap, &p.days, i)
	case isTable && l.rows.Len() > 0:
		box = lineDetail(p.styles, p.tabled.snap, l.noun, l.rows.At(l.table.Cursor()))
	default:
		return nil
	}
	return ui.Send(overlay.Open{Modal: box})
}

// click chooses a day or a row; a second click on the same looks inside.
func (p *Page) click(msg tea.MouseClickMsg) tea.Cmd {
	at := image.Pt(msg.X, msg.Y)
	which := p.plan.panelAt(at)
	if p.snap.Empty || which < 0 || msg.Button != tea.MouseLeft {
		return nil
	}
	r := p.plan.at[which]
	switch l, isTable := p.tables[which]; {
	case which == gauges:
		return ui.Send(ui.Open("Budgets"))
	case which == trend:
		again := p.focus == trend
		p.setFocus(trend)
		return p.clickDay(at, again)
	case which == calendar:
		i := p.calendarDayAt(at)
		again := p.focus == calendar && i == p.cursor
		p.setFocus(calendar)
		if i >= 0 && again {
			return p.details()
		}
		if i >= 0 {
			p.setDay(i)
		}
	case isTable:
		again := p.focus == which
		p.setFocus(which)
		was := l.table.Cursor()
		row := at.Y - r.Min.Y - 1
		inside := tea.MouseClickMsg{X: at.X - r.Min.X, Y: row, Button: msg.Button}
		changed := l.table.Update(inside)
		p.redraw(which)
		if again && changed && row > 0 && was == l.table.Cursor() {
			return p.lookInside()
		}
	}
	return nil
}

func (p *Page) clickDay(at image.Point, again bool) tea.Cmd {
	i := p.dayAt(at)
	if i < 0 {
		return nil
	}
	if again && i == p.cursor {
		return p.lookInside()
	}
	p.setDay(i)
	return nil
}

// dayAt returns the day that is drawn at a point of the page, or -1.
func (p *Page) dayAt(at image.Point) int {
	r := p.plan.at[trend]
	if p.snap.Empty || !at.In(r) {
		return -1
	}
	bars, first := p.days.chart(p.span, -1)
	if i := bars.Frame(r.Dx(), r.Dy()-1).At(at.X - r.Min.X); i >= 0 {
		return first + i
	}
	return -1
}

// setHover shows the day under the mouse for as long as it is there.
func (p *Page) setHover(i int) {
	if i != p.hover {
		p.hover = i
		p.redraw(trend, readout, calendar)
	}
}

// day is the day whose figures are shown: the one under the mouse, else the
// chosen one, else none (-1).
func (p *Page) day() int {
	if p.hover >= 0 && p.hover < len(p.days.points) {
		return p.hover
	}
	return p.cursor
}

// wheel scrolls the table under the mouse, and goes through days over the chart.
func (p *Page) wheel(msg tea.MouseWheelMsg) tea.Cmd {
	which := p.plan.panelAt(image.Pt(msg.X, msg.Y))
	if p.snap.Empty || which < 0 {
		return nil
	}
	if l, ok := p.tables[which]; ok {
		if l.table.Update(msg) {
			p.redraw(which)
		}
		return nil
	}
	if which == trend {
		by := 1
		if msg.Button == tea.MouseWheelUp || msg.Button == tea.MouseWheelLeft {
			by = -1
		}
		p.moveDay(by)
	}
	return nil
}
