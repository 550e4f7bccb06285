package tui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"tokpit/tui/overlay"
	"tokpit/tui/ui"
)

// noteUnsaved remembers which pages hold work that would be lost.
func (m *Model) noteUnsaved(msg ui.Unsaved) {
	m.unsaved = slices.DeleteFunc(m.unsaved, func(u ui.Unsaved) bool { return u.Page == msg.Page })
	if msg.What != "" {
		m.unsaved = append(m.unsaved, msg)
	}
}

// quit ends the program, after asking about work that would be lost. The key that
// quits at any time does not ask.
func (m *Model) quit() tea.Cmd {
	if len(m.unsaved) == 0 {
		return tea.Quit
	}
	choices := []overlay.Choice{{Name: "Stay"}}
	what := ""
	for i, u := range m.unsaved {
		choices = append(choices, overlay.Choice{Name: "Go to " + u.Page, Note: u.What, Msg: ui.Open(u.Page)})
		if i > 0 {
			what += ", "
		}
		what += u.What
	}
	choices = append(choices, overlay.Choice{Name: "Quit and lose it", Note: what, Msg: tea.QuitMsg{}})
	m.modals.Push(overlay.NewPicker("Not saved: "+what, "enter takes what is marked", choices))
	return nil
}
