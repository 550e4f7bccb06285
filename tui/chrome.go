package tui

import (
	"image"
	"strconv"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
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
	b.WriteString(body)
	b.WriteByte('\n')
	b.WriteString(m.renderFooter())
	return m.modals.Draw(m.styles, b.String(), m.width, m.height)
}

// area is where boxes are centred.
func (m *Model) area() image.Rectangle { return image.Rect(0, 0, m.width, m.height) }

const brand = " tokpit "

// tab is the place of a page's name in the tab bar.
type tab struct{ from, to int }

// tabs lays the tab bar out: all names, or the active one alone where there is
// no room for all.
func (m *Model) tabs() []tab {
	out := make([]tab, len(m.pages))
	at := ui.Width(brand) + 1
	for i, p := range m.pages {
		w := ui.Width(p.Title()) + 4
		if m.crowded() && i != m.active {
			w = 3
		}
		out[i] = tab{at, at + w}
		at += w
	}
	return out
}

func (m *Model) crowded() bool {
	need := ui.Width(brand) + 1
	for _, p := range m.pages {
		need += ui.Width(p.Title()) + 4
	}
	return need+26 > m.width
}

func (m *Model) renderTabs() string {
	p := ui.NewPen(m.width, 1)
	st := m.styles
	p.Text(st.Headline, brand)
	for i, t := range m.tabs() {
		p.To(t.from)
		ink := st.Tab
		if i == m.active {
			ink = st.TabActive
		}
		label := " " + strconv.Itoa(i+1) + " "
		if t.to-t.from > 3 {
			label += m.pages[i].Title() + " "
		}
		p.Text(ink, label)
	}
	if m.screen.Rule.Empty() {
		m.drawChips(p)
	}
	m.renderStatus(p)
	p.End()
	return p.String()
}

// demoBadge says that the data is made up.
const demoBadge = " demo data "

// renderStatus writes what is going on, and how old the data is, at the right.
func (m *Model) renderStatus(p *ui.Pen) {
	st := m.styles
	text, ink := m.status()
	demo := ""
	if m.snap != nil && m.snap.Demo {
		demo = demoBadge
	}
	room := p.Room() - 2
	if demo != "" && ui.Width(text)+ui.Width(demo)+2 > room {
		text = "" // that it is not real data matters more than its age
	}
	w := ui.Width(text) + 1
	if demo != "" {
		w += ui.Width(demo) + 1
	}
	if w > p.Room() {
		return
	}
	p.Space(p.Room() - w)
	if demo != "" {
		p.Text(st.BadgeWarn, demo)
		p.Space(1)
	}
	p.Text(ink, text)
}

// stale is the age from which data is worth a warning, in hours.
const stale = 24

func (m *Model) status() (string, ui.Ink) {
	st := m.styles
	spinner := m.spinner()
	switch {
	case len(m.progress) > 0:
		return spinner + " " + progressText(m.progress, m.now), st.Accent
	case m.syncing:
		return spinner + " syncing", st.Accent
	case m.opening:
		return spinner + " opening demo data", st.Accent
	case m.snap == nil:
		return "", st.Muted
	case m.snap.LastSync.IsZero() || m.snap.Demo:
		return "data of " + m.snap.AsOf.In(zone(m.snap)).Format("2 Jan 15:04"), st.Muted
	}
	text := "synced " + ui.Ago(m.now, m.snap.LastSync)
	if m.now.Sub(m.snap.LastSync).Hours() >= stale {
		return "! " + text, st.Warn
	}
	return text, st.Muted
}

func (m *Model) spinner() string { return string([]rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")[m.frame%10]) }

// progressText says how far the source is that began to be read last.
func progressText(all []Syncing, now time.Time) string {
	s := all[len(all)-1]
	text := "syncing " + ui.Count(s.Done) + " of " + ui.Count(s.Total)
	if s.Source != "" {
		text = "reading " + ui.CutName(ui.Text(s.Source), 20) + " " + ui.Digits(s.Done*100/s.Total) + "%"
	}
	text += s.left(now)
	if n := len(all) - 1; n > 0 {
		text += " and " + ui.Digits(int64(n)) + " more"
	}
	return text
}

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

// renderFooter writes the keys, or the notice that the last key gave.
func (m *Model) renderFooter() string {
	p := ui.NewPen(m.width, 1)
	st := m.styles
	m.spots = m.spots[:0]
	p.Space(1)
	if m.notice != "" {
		p.Text(st.Accent, m.notice)
		p.End()
		return p.String()
	}
	tail, tailWidth := m.always(), 0
	for _, b := range tail {
		tailWidth += keyWidth(b)
	}
	for _, b := range m.ShortHelp() {
		if !b.Enabled() || in(tail, b) {
			continue
		}
		if keyWidth(b) > p.Room()-tailWidth {
			break
		}
		m.writeFooterKey(p, b)
	}
	if _, open := m.modals.Top(); !open {
		for _, b := range tail {
			m.writeFooterKey(p, b)
		}
	}
	p.End()
	return p.String()
}

func in(list []key.Binding, b key.Binding) bool {
	for _, other := range list {
		if other.Help() == b.Help() {
			return true
		}
	}
	return false
}

const keyGap = 2

func keyWidth(b key.Binding) int {
	return ui.Width(b.Help().Key) + 1 + ui.Width(b.Help().Desc) + keyGap
}

func writeKey(p *ui.Pen, st *ui.Styles, b key.Binding) {
	p.Text(st.Key, b.Help().Key)
	p.Space(1)
	p.Text(st.KeyText, b.Help().Desc)
	p.Space(keyGap)
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
