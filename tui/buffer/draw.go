package buffer

import (
	"strings"

	"tokpit/tui/ui"
)

// Lines draws exactly as many lines as there is room for.
func (m *Model) Lines() []string {
	p := ui.NewPen(m.width, m.height)
	w := m.column()
	s := m.text.spot(m.top, w)
	for range m.height {
		m.row(p, &s)
		next, ok := m.text.next(s, w)
		if !ok {
			break
		}
		s = next
	}
	return p.Lines(m.height)
}

// row draws a row: runs of ASCII at once, everything else cluster by cluster, so
// that each takes exactly the columns that it was measured with.
func (m *Model) row(p *ui.Pen, s *spot) {
	st := m.styles
	text, from := s.bytes(), s.here().from
	caret := -1
	if end := s.here().to; m.focused && !m.all && m.cursor >= from && (m.cursor < end || m.cursor == end && end == m.text.Len()) {
		caret = m.cursor - from
	}
	if len(text) > 0 && text[len(text)-1] == '\n' {
		if caret == len(text) { // it is on the row below
			caret = -1
		}
		text = text[:len(text)-1]
	}
	ink := st.Text
	if m.all {
		ink = st.Picked
	}
	plain, col := 0, 0
	flush := func(to int) {
		if to > plain {
			p.Text(ink, string(text[plain:to]))
		}
	}
	for i := 0; i < len(text) && p.Room() > 0; {
		c := firstCluster(text[i:], col)
		if c.shown != "" || i == caret {
			flush(i)
			m.cluster(p, text[i:i+c.size], c, i == caret)
			plain = i + c.size
		}
		col += c.width
		i += c.size
	}
	flush(len(text))
	switch {
	case caret >= len(text):
		p.Text(st.Caret, " ")
	case m.all && len(text) < len(s.bytes()): // a line feed is selected too
		p.Text(ink, " ")
	}
	p.End()
}

// cluster draws one cluster.
func (m *Model) cluster(p *ui.Pen, text []byte, c cluster, caret bool) {
	st := m.styles
	ink, shown := st.Text, c.shown
	if m.all {
		ink = st.Picked
	}
	switch {
	case shown == "":
		shown = string(text)
	case shown == "\t":
		shown = ""
	case c.odd && !m.all:
		ink = st.Warn
	}
	if shown == "" && m.all { // a tab
		shown = strings.Repeat(" ", c.width)
	}
	if !caret {
		p.Left(ink, shown, c.width)
		return
	}
	end := min(c.width, p.Room())
	if shown == "" {
		shown = " "
	}
	w := min(ui.Width(shown), end)
	p.Left(st.Caret, shown, w)
	p.Space(end - w)
}
