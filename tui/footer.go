package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/tui/overlay"
	"tokpit/tui/ui"
)

// pageFirst is how many keys of a page stand before those of the lens: what one
// does most often there.
const pageFirst = 3

// ShortHelp is the footer, what is most useful first: what one does on this page,
// what narrows the usage where the page shows that, the rest of the page, and
// what works everywhere.
func (m *Model) ShortHelp() []key.Binding {
	k := &m.keys
	if top, ok := m.modals.Top(); ok {
		return top.ShortHelp()
	}
	if m.page().CapturesText() {
		return m.page().ShortHelp()
	}
	if m.snap == nil {
		return []key.Binding{k.Refresh, ui.Brief(k.Theme, "theme"), k.Help, k.Quit}
	}
	out, page := []key.Binding{ui.Brief(k.Leave, "leave demo"), k.Stop}, m.page().ShortHelp()
	for len(page) > 0 && len(out) < 2+pageFirst {
		if page[0].Enabled() {
			out = append(out, page[0])
		}
		page = page[1:]
	}
	if narrows(m.page()) {
		out = append(out, ui.Brief(k.Time, "time"), ui.Brief(k.Filter, "filter"))
	}
	out = append(append(out, page...), ui.Brief(k.All, "all usage"))
	if _, some := m.undo.Last(); some {
		out = append(out, ui.Brief(k.Undo, "undo"))
	}
	out = append(out, k.Search, ui.Brief(m.exportKey(), "export"))
	if narrows(m.page()) {
		out = append(out, ui.Brief(k.Cash, "cash/API"))
	}
	return append(out, ui.Brief(k.Copy, "copy"), k.Refresh, ui.Brief(k.Theme, "theme"))
}

// renderFooter writes the keys, or the notice that the last key gave.
func (m *Model) renderFooter() string {
	p := ui.NewPen(m.width, 1)
	st := m.styles
	m.spots = m.spots[:0]
	p.Space(1)
	if lines := m.noticeLines(); len(lines) > 0 {
		p.Text(st.Accent, lines[len(lines)-1])
		p.End()
		return p.String()
	}
	tail, tailWidth := m.always(), 0
	for _, b := range tail {
		tailWidth += keyWidth(b)
	}
	if _, open := m.modals.Top(); open {
		tailWidth = 0
	}
	for _, b := range m.ShortHelp() {
		if !b.Enabled() || in(tail, b) {
			continue
		}
		if keyWidth(b)-keyGap > p.Room()-tailWidth { // a shorter one may still have room
			continue
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

// mostNotice is how many lines a notice may take.
const mostNotice = 3

// noticeLines is the notice, the last line of it in the footer's place and the
// others over the end of the page: what is said once is said in full.
func (m *Model) noticeLines() []string {
	if m.notice == "" {
		return nil
	}
	lines := ui.Wrap(m.notice, max(m.width-2, 1))
	if len(lines) > mostNotice || len(lines) >= m.screen.Body.Dy() {
		lines = []string{m.notice}
	}
	return lines
}

// overNotice lays the beginning of a long notice over the end of a page.
func (m *Model) overNotice(body string) string {
	notice := m.noticeLines()
	if len(notice) < 2 {
		return body
	}
	lines := strings.Split(body, "\n")
	p := ui.NewPen(m.width, len(notice))
	for _, l := range notice[:len(notice)-1] {
		p.Space(1)
		p.Text(m.styles.Accent, l)
		p.End()
	}
	n := len(notice) - 1
	copy(lines[max(0, len(lines)-n):], p.Lines(n))
	return strings.Join(lines, "\n")
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
