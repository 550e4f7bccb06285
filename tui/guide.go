package tui

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"tokpit/tui/tour"
	"tokpit/tui/ui"
)

// Newcomer knows whether the person has been here before.
type Newcomer interface {
	// New reports whether nothing was ever offered.
	New() bool
	// Met remembers that something was.
	Met(context.Context) error
}

// greet offers the tour to whom nothing was offered yet, once there is something
// to look at. It is offered once, whatever the answer.
func (m *Model) greet() tea.Cmd {
	n := m.opts.Newcomer
	if n == nil || m.greeted || m.snap == nil || m.snap.Empty {
		return nil
	}
	m.greeted = true
	if _, open := m.modals.Top(); open || !n.New() || m.page().CapturesText() {
		return nil
	}
	ctx := m.ctx
	return tea.Batch(m.guide(), func() tea.Msg {
		if err := n.Met(ctx); err != nil {
			return ui.Notice("The tour will be offered again: " + ui.Text(err.Error()))
		}
		return nil
	})
}

// guide begins the tour, over demo data where there is nothing else.
func (m *Model) guide() tea.Cmd {
	var demo tea.Cmd
	if m.snap != nil && m.snap.Empty {
		demo = m.openDemo()
	}
	t := tour.New(tour.Steps())
	m.greeted = true
	m.modals.Push(t)
	return tea.Batch(demo, t.Begin())
}
