package tui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"tokpit/scenario"
	"tokpit/tui/overlay"
	"tokpit/tui/reach"
	"tokpit/tui/ui"
)

// search opens the palette at once. What can be jumped to follows when it has
// been gathered.
func (m *Model) search() tea.Cmd {
	p := overlay.NewPalette(m.commands()).Recent(m.recent, m.ran)
	m.modals.Push(p)
	if m.snap == nil {
		return nil
	}
	ctx, snap, simulator := m.ctx, m.snap, m.opts.Simulator
	return func() tea.Msg {
		var saved []scenario.Saved
		if simulator != nil && !snap.Empty {
			saved, _ = simulator.Scenarios(ctx, snap) // what cannot be read is said by its page
		}
		return overlay.More{Palette: p, Commands: reach.Targets(snap, saved)}
	}
}

// others lists what the pages that are not on screen do, as commands that go there
// first.
func (m *Model) others() (out []overlay.Command) {
	if m.snap == nil {
		return nil
	}
	for i, p := range m.pages {
		if i == m.active || p.CapturesText() {
			continue
		}
		title := p.Title()
		for _, column := range p.FullHelp() {
			for _, c := range overlay.Commands(title, column) {
				key, ok := c.Msg.(tea.KeyPressMsg)
				if !ok || c.Moves() {
					continue
				}
				c.Far, c.Keys = true, ui.Digits(int64(i+1))+" "+c.Keys
				c.Msg = asked(func(m *Model) tea.Cmd {
					m.open(title)
					return tea.Batch(m.visit(), m.press(key))
				})
				out = append(out, c)
			}
		}
	}
	return out
}

// mostRecent is how many commands are remembered as run lately.
const mostRecent = 8

// ran remembers which command was run.
func (m *Model) ran(name string) {
	m.recent = slices.DeleteFunc(slices.Clone(m.recent), func(n string) bool { return n == name })
	m.recent = slices.Insert(m.recent, 0, name)
	m.recent = m.recent[:min(len(m.recent), mostRecent)]
}

// seek shows a page with something on it.
func (m *Model) seek(msg ui.Seek) tea.Cmd {
	m.open(msg.Page)
	if m.snap == nil {
		return nil
	}
	m.been.Split() // what was looked at here before can be gone back to
	return m.page().Update(msg)
}
