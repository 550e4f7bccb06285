package tui

import (
	tea "charm.land/bubbletea/v2"

	"tokpit/tui/trail"
	"tokpit/tui/ui"
)

// here is where the person is.
func (m *Model) here() trail.Place { return trail.At(m.page().Title(), m.page()) }

// walk goes back or forward over pages and what was looked at on them.
func (m *Model) walk(by int) tea.Cmd {
	to, ok := m.been.Move(by)
	if !ok || m.snap == nil {
		return nil
	}
	m.open(to.Page)
	cmd := trail.Return(m.page(), to)
	m.been.Land(m.here())
	return cmd
}

// takeBack undoes the last change that was made in the cockpit, and shows where.
func (m *Model) takeBack() tea.Cmd {
	c, ok := m.undo.Pop()
	if !ok {
		m.notice = "There is nothing to undo: what you change here can be taken back with u"
		return nil
	}
	m.open(c.Page)
	m.notice = "Taken back: " + ui.Text(c.What)
	return c.Undo
}

// forget drops all that was about other data.
func (m *Model) forget() {
	m.been.Clear()
	m.undo.Clear()
}
