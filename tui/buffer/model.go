package buffer

import (
	"bytes"
	"slices"

	"tokpit/tui/ui"
)

// Model is an editor over a text. Its zero value is not usable; see [New].
type Model struct {
	text   *Text
	keys   KeyMap
	styles *ui.Styles

	width, height int
	focused       bool

	cursor int // a place in the text
	goal   int // the column that going up and down aims at; -1 for that of the cursor
	top    int // the first row on screen is the one with this place
	all    bool

	undo, redo []moment
	run        edit // what the next edit may be undone together with
	runAt      int
}

// moment is what undo returns to.
type moment struct {
	state
	cursor int
}

// edit is a kind of change. Several in a row are undone as one.
type edit uint8

const (
	other edit = iota
	typing
	deleting
)

// depth is how many edits can be undone. Each costs its own bytes and a list of
// eight bytes for every eight thousand of the text.
const depth = 200

// New returns an editor of a text.
func New(t *Text, keys KeyMap) *Model {
	return &Model{text: t, keys: keys, styles: ui.DarkStyles(), goal: -1}
}

// Text returns what is edited.
func (m *Model) Text() *Text { return m.text }

// SetTheme sets the inks.
func (m *Model) SetTheme(st *ui.Styles) { m.styles = st }

// SetFocus says whether the cursor is shown.
func (m *Model) SetFocus(on bool) {
	m.focused = on
	if !on {
		m.all = false
	}
}

// Focused reports whether the cursor is shown.
func (m *Model) Focused() bool { return m.focused }

// SetSize sets the place of the editor.
func (m *Model) SetSize(width, height int) {
	if width != m.width || height != m.height {
		m.width, m.height = max(width, 0), max(height, 0)
		m.follow()
	}
}

// column is how wide rows are wrapped: one column is kept for the cursor, and
// for the space that a row may end with.
func (m *Model) column() int { return max(m.width-1, 2) }

// Cursor is the place of the cursor.
func (m *Model) Cursor() int { return m.cursor }

// Window returns the part of the text that is on screen.
func (m *Model) Window() (from, to int) {
	s := m.text.spot(m.top, m.column())
	from, to = s.here().from, s.here().to
	for range m.height - 1 {
		next, ok := m.text.next(s, m.column())
		if !ok {
			break
		}
		s, to = next, next.here().to
	}
	return from, to
}

// Insert puts bytes where the cursor is, or in the place of everything if
// everything is selected.
func (m *Model) Insert(b []byte) {
	if len(b) == 0 && !m.all {
		return
	}
	kind := other
	if len(b) <= 16 && b[0] != '\n' && !m.all {
		kind = typing
	}
	from := m.cursor
	if m.all {
		from, m.cursor = 0, m.text.Len()
	}
	m.change(kind, from, m.cursor, b)
}

// Paste inserts text as terminals deliver it: line ends, which come as carriage
// returns, become line feeds.
func (m *Model) Paste(s string) {
	b := bytes.ReplaceAll([]byte(s), []byte("\r\n"), []byte{'\n'})
	m.Insert(bytes.ReplaceAll(b, []byte{'\r'}, []byte{'\n'}))
}

// Delete removes [from, to).
func (m *Model) Delete(from, to int) {
	if from < to {
		m.change(deleting, from, to, nil)
	}
}

// Clear removes everything. It can be undone.
func (m *Model) Clear() { m.Reset(Load(nil)) }

// Reset takes another text over, as [Load] made it. It can be undone.
func (m *Model) Reset(u *Text) {
	m.remember()
	m.text.set(u.state)
	m.cursor, m.top, m.goal, m.all, m.run = 0, 0, -1, false, other
}

// SetCursor moves the cursor.
func (m *Model) SetCursor(at int) {
	m.cursor, m.goal, m.all, m.run = clamp(at, m.text.Len()), -1, false, other
	m.follow()
}

// SelectAll selects everything: what is typed next replaces it.
func (m *Model) SelectAll() {
	m.all, m.run = m.text.Len() > 0, other
}

// change is the only way the text is edited.
func (m *Model) change(kind edit, from, to int, b []byte) {
	joins := kind != other && kind == m.run && len(m.undo) > 0 &&
		(kind == typing && from == m.runAt || kind == deleting && (to == m.runAt || from == m.runAt))
	if !joins {
		m.remember()
	}
	m.text.Replace(from, to, b)
	m.redo = nil
	m.cursor = from + len(b)
	m.run, m.runAt, m.goal, m.all = kind, m.cursor, -1, false
	m.follow()
}

// remember keeps the present for undo.
func (m *Model) remember() {
	if len(m.undo) >= depth {
		m.undo = slices.Delete(m.undo, 0, 1)
	}
	m.undo = append(m.undo, moment{m.text.state, m.cursor})
	m.redo = nil
}

// Forget drops what undo could bring back, so that cleared text is nowhere.
func (m *Model) Forget() { m.undo, m.redo, m.run = nil, nil, other }

// CanUndo reports whether there is anything to undo.
func (m *Model) CanUndo() bool { return len(m.undo) > 0 }

// Undo takes the last edit back, and reports whether there was one.
func (m *Model) Undo() bool { return m.travel(&m.undo, &m.redo) }

// Redo makes the last edit that was taken back again.
func (m *Model) Redo() bool { return m.travel(&m.redo, &m.undo) }

func (m *Model) travel(from, to *[]moment) bool {
	n := len(*from)
	if n == 0 {
		return false
	}
	then := (*from)[n-1]
	*from = (*from)[:n-1]
	*to = append(*to, moment{m.text.state, m.cursor})
	m.text.set(then.state)
	m.cursor, m.goal, m.all, m.run = clamp(then.cursor, m.text.Len()), -1, false, other
	m.follow()
	return true
}

// follow brings the cursor's row on screen, moving as little as that takes.
func (m *Model) follow() {
	if m.height == 0 || m.width == 0 {
		return
	}
	w := m.column()
	here := m.text.spot(m.cursor, w)
	top := m.text.spot(m.top, w)
	m.top = top.here().from
	at := here.here().from
	if at <= m.top {
		m.top = at
		return
	}
	for s, n := top, 1; n < m.height; n++ {
		next, ok := m.text.next(s, w)
		if !ok || next.here().from > at {
			break
		}
		if s = next; s.here().from == at {
			return
		}
	}
	s := here
	for range m.height - 1 {
		above, ok := m.text.previous(s, w)
		if !ok {
			break
		}
		s = above
	}
	m.top = s.here().from
}

// Scroll moves the window by rows, and leaves the cursor where it is. It reports
// whether anything moved.
func (m *Model) Scroll(by int) bool {
	w := m.column()
	s := m.text.spot(m.top, w)
	for range max(by, -by) {
		step := m.text.next
		if by < 0 {
			step = m.text.previous
		}
		next, ok := step(s, w)
		if !ok {
			break
		}
		s = next
	}
	was := m.top
	m.top = s.here().from
	return m.top != was
}

// CanRedo reports whether there is anything to do again.
func (m *Model) CanRedo() bool { return len(m.redo) > 0 }

// SetKeys changes the keys.
func (m *Model) SetKeys(k KeyMap) { m.keys = k }
