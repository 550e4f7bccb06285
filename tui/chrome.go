package tui

import (
	"image"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokpit/tui/ui"
)

// render draws the whole screen: exactly height lines, none wider than width.
func (m *Model) render() string {
	if m.tooSmall() {
		return m.renderTooSmall()
	}
	var b strings.Builder
	b.Grow(m.width * m.height * 6)
	b.WriteString(m.renderTabs())
	b.WriteByte('\n')
	if !m.screen.Rule.Empty() {
		b.WriteString(m.renderRule())
		b.WriteByte('\n')
	}
	for _, line := range m.banners[:m.screen.Banner.Dy()] {
		b.WriteString(line)
		b.WriteByte('\n')
	}
	body := ""
	if m.snap == nil {
		body = m.renderWaiting(m.screen.Body.Dx(), m.screen.Body.Dy())
	} else {
		body = m.page().View()
	}
	b.WriteString(m.overNotice(body))
	b.WriteByte('\n')
	b.WriteString(m.renderFooter())
	return m.modals.Draw(m.styles, b.String(), m.width, m.height)
}

// area is where boxes are centred.
func (m *Model) area() image.Rectangle { return image.Rect(0, 0, m.width, m.height) }

func (m *Model) renderRule() string {
	p := ui.NewPen(m.width, 1)
	if m.snap != nil && m.lens.Narrow() {
		p.Fill(m.styles.Faint, '─', 1)
		p.Space(1)
		m.drawChips(p)
	}
	p.Fill(m.styles.Faint, '─', p.Room())
	p.End()
	return p.String()
}

// mouse routes clicks and the wheel by where they are.
func (m *Model) mouse(msg tea.MouseMsg) tea.Cmd {
	if m.tooSmall() {
		return nil
	}
	if click, ok := msg.(tea.MouseClickMsg); ok && click.Y == m.height-1 && click.Button == tea.MouseLeft {
		return m.clickFooter(click.X)
	}
	if _, open := m.modals.Top(); open {
		return m.modals.Update(msg, m.area())
	}
	at := image.Pt(msg.Mouse().X, msg.Mouse().Y)
	_, click := msg.(tea.MouseClickMsg)
	_, motion := msg.(tea.MouseMotionMsg) // a page must learn that the mouse has left it
	if click {
		if cmd, done := m.clickChip(at); done {
			return cmd
		}
	}
	switch {
	case click && msg.Mouse().Button == tea.MouseBackward:
		return m.walk(-1)
	case click && msg.Mouse().Button == tea.MouseForward:
		return m.walk(1)
	case click && at.In(m.screen.Tabs):
		for i, t := range m.tabs() {
			if at.X >= t.from && at.X < t.to {
				m.active = i
			}
		}
	case (motion || at.In(m.screen.Body)) && m.snap != nil:
		return m.page().Update(ui.Shift(msg, m.screen.Body.Min))
	}
	return nil
}
