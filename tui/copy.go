package tui

import (
	tea "charm.land/bubbletea/v2"

	"tokpit/tui/overlay"
	"tokpit/tui/ui"
)

// clips are the parts of something that can be copied.
func clips(of any) []ui.Clip {
	if c, ok := of.(ui.Clipped); ok {
		return c.Clips()
	}
	return nil
}

// copyFrom opens the menu of what can be copied: from the box that is open, or
// from the page and its table.
func (m *Model) copyFrom() tea.Cmd {
	if m.snap == nil {
		return nil
	}
	var sheet func() *ui.Sheet
	top, boxed := m.modals.Top()
	from := clips(top)
	if !boxed {
		from, sheet = clips(m.page()), m.sheet()
	}
	if len(from) == 0 && sheet == nil {
		m.notice = "There is nothing to copy here"
		return nil
	}
	m.modals.Push(overlay.NewCopy(from, sheet))
	return nil
}
