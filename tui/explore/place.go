package explore

import (
	"strconv"

	tea "charm.land/bubbletea/v2"

	"tokpit/tui/ui"
	"tokpit/usage"
)

// seek asks about one value of a dimension and nothing else, in the time that is
// being looked at.
func (p *Page) seek(msg ui.Seek) tea.Cmd {
	if msg.Kind != ui.SeekUsage {
		return nil
	}
	if msg.Dim == usage.ByDay { // which is no part of the usage, but a time
		s := step{by: []usage.Dimension{usage.ByModel}, auto: true}
		return p.to(s.with(where{usage.ByDay, []string{msg.Name}}))
	}
	s := step{by: []usage.Dimension{usage.ByModel}, auto: true}
	return p.to(s.with(where{msg.Dim, []string{msg.Name}}))
}

// Place implements ui.Placed: the step, and the row under the cursor.
func (p *Page) Place() ui.Place {
	s := *p.step() // steps are values: what it holds is not changed
	if p.asked && p.table.Cursor() > 0 {
		s.row = p.table.Selected()
	}
	return ui.Place{Key: strconv.Itoa(s.id), At: s}
}

// Return implements ui.Placed.
func (p *Page) Return(to ui.Place) tea.Cmd {
	s, ok := to.At.(step)
	if !ok || s.id == p.step().id {
		return nil
	}
	p.remember()
	p.trail.find(s)
	p.typing = false
	return p.ask()
}

// undoable tells that a step was taken from another one, to which undoing leads
// back.
func (p *Page) undoable() tea.Cmd {
	if p.left == nil {
		return nil
	}
	from := *p.left
	p.left = nil
	back := settle(func(p *Page) tea.Cmd { return p.Return(ui.Place{At: from}) })
	return ui.Send(ui.Undoable{Page: title, What: "the last step in Explore", Undo: ui.Send(back)})
}
