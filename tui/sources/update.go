package sources

import (
	"image"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/tui/entry"
	"tokpit/tui/overlay"
	"tokpit/tui/ui"
)

// Update implements ui.Page.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	if r, ok := msg.(ui.Reading); ok && p.coming != nil { // nobody looks, and it is noted for when somebody does
		p.applyReading(r)
		return nil
	}
	p.take()
	if p.snap == nil {
		return nil
	}
	defer p.redraw()
	switch msg := msg.(type) {
	case tested:
		msg.verdict.end(msg.gen, msg.err)
	case added:
		return p.applyAdded(msg)
	case removed:
		return p.applyRemoved(msg)
	case spun:
		return p.applySpun()
	case ui.Seek:
		return p.seek(msg)
	case ui.Reading:
		p.applyReading(msg)
	case tea.KeyPressMsg:
		if p.form != nil {
			return p.pressForm(msg)
		}
		return p.press(msg)
	case tea.PasteMsg:
		if p.form != nil && !p.form.leaving {
			p.form.paste(msg.Content)
		}
	case tea.MouseClickMsg:
		if msg.Button == tea.MouseLeft {
			return p.click(image.Pt(msg.X, msg.Y), msg)
		}
	case tea.MouseMotionMsg:
		p.follow(image.Pt(msg.X, msg.Y))
	case tea.MouseWheelMsg:
		if p.form == nil && image.Pt(msg.X, msg.Y).In(p.plan.list) {
			p.table.Update(msg)
		}
	}
	return nil
}

func (p *Page) press(msg tea.KeyPressMsg) tea.Cmd {
	p.hover = -1
	switch k := &p.keys; {
	case key.Matches(msg, k.Add):
		return p.connect()
	case key.Matches(msg, k.Test):
		return p.trySelected()
	case key.Matches(msg, k.Remove):
		return p.remove()
	case key.Matches(msg, k.Sync):
		return p.sync()
	case key.Matches(msg, k.Detail):
		return p.details()
	case key.Matches(msg, k.Verify):
		return p.verify()
	case key.Matches(msg, k.Zoom):
		p.daily = !p.daily
	case key.Matches(msg, k.Clear):
		p.day = -1
	case key.Matches(msg, k.Earlier):
		p.walk(-1)
	case key.Matches(msg, k.Later):
		p.walk(1)
	default:
		p.table.Update(msg)
	}
	return nil
}

// walk moves the day under the cursor by columns; it begins at today.
func (p *Page) walk(by int) {
	last := p.history.days - 1
	if p.day < 0 {
		p.day = last
		return
	}
	v := p.newPanel()
	from, until := v.strips.Frame(p.plan.coverage.Dx()).Column(p.day)
	if p.day = until; by < 0 {
		p.day = from - 1
	}
	p.day = max(0, min(p.day, last))
}

// follow shows the day under the mouse, until it leaves the strips.
func (p *Page) follow(at image.Point) {
	if p.form != nil {
		return
	}
	index, day, ok := p.point(at)
	switch {
	case ok:
		p.hover, p.day, p.pointed = index, day, true
	case p.pointed:
		p.hover, p.day, p.pointed = -1, -1, false
	}
}

// click chooses a source, in the list or by its strip. A second click on a row
// of the list opens its details.
func (p *Page) click(at image.Point, msg tea.MouseClickMsg) tea.Cmd {
	if p.form != nil {
		return p.clickForm(at)
	}
	if index, day, ok := p.point(at); ok {
		p.hover, p.day, p.pointed = index, day, false
		if index >= 0 {
			p.choose(p.newPanel().shown[index].source)
		}
		return nil
	}
	if !at.In(p.plan.list) || at.Y == p.plan.list.Min.Y {
		return nil
	}
	was := p.table.Cursor()
	header := at.Y == p.plan.list.Min.Y+1
	if p.table.Update(ui.Shift(msg, p.plan.list.Min.Add(image.Pt(0, 1)))) && !header && was == p.table.Cursor() {
		return p.details()
	}
	return nil
}

// detailsWidth is the widest that the box of details is.
const detailsWidth = 92

// details opens all that is known of the selected source.
func (p *Page) details() tea.Cmd {
	it := p.selected()
	if it == nil {
		return nil
	}
	return ui.Send(overlay.Open{Modal: overlay.NewDocument(ui.Text(it.Name), detailsWidth, func(pen *ui.Pen, st *ui.Styles) {
		p.document(entry.Write(pen, st), it)
	})})
}
