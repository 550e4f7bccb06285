package tui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/tui/overlay"
	"tokpit/tui/ui"
)

// spot is the place of a key in the footer.
type spot struct {
	from, to int
	binding  key.Binding
}

// writeFooterKey draws a key, and remembers where, so that it can be clicked.
func (m *Model) writeFooterKey(p *ui.Pen, b key.Binding) {
	from := p.Width() - p.Room()
	writeKey(p, m.styles, b)
	m.spots = append(m.spots, spot{from, p.Width() - p.Room() - keyGap, b})
}

// clickFooter presses the key at a column.
func (m *Model) clickFooter(x int) tea.Cmd {
	for _, s := range m.spots {
		if msg, ok := overlay.Press(s.binding); ok && x >= s.from && x < s.to {
			return m.press(msg)
		}
	}
	return nil
}

// help lists the keys that work here: in the box that is open, on the page, and
// everywhere. Asked for again it goes away.
func (m *Model) help() tea.Cmd {
	if top, open := m.modals.Top(); open {
		if _, already := top.(*overlay.Help); already {
			m.modals.Pop()
			return nil
		}
	}
	m.modals.Push(overlay.NewHelp(m.helpGroups()))
	return nil
}
