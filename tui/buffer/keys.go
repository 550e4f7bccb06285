package buffer

import (
	"unicode"
	"unicode/utf8"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// KeyMap is the keys of an editor, besides text.
type KeyMap struct {
	Left, Right, Up, Down, PageUp, PageDown     key.Binding
	WordLeft, WordRight, Home, End, Top, Bottom key.Binding
	NewLine, Back, Delete                       key.Binding
	WordBack, LineBack, LineForward             key.Binding
	All, Undo, Redo                             key.Binding
}

// NewKeyMap returns the usual keys.
func NewKeyMap() KeyMap {
	b := func(keys, desc string, names ...string) key.Binding {
		return key.NewBinding(key.WithKeys(names...), key.WithHelp(keys, desc))
	}
	return KeyMap{
		Left: b("←", "left", "left", "ctrl+b"), Right: b("→", "right", "right", "ctrl+f"),
		Up: b("↑", "line up", "up", "ctrl+p"), Down: b("↓", "line down", "down", "ctrl+n"),
		PageUp: b("pgup", "page up", "pgup"), PageDown: b("pgdn", "page down", "pgdown"),
		WordLeft: b("ctrl+←", "word left", "ctrl+left", "alt+left", "alt+b"), WordRight: b("ctrl+→", "word right", "ctrl+right", "alt+right", "alt+f"),
		Home: b("home", "start of line", "home"), End: b("end", "end of line", "end"),
		Top: b("ctrl+home", "start of text", "ctrl+home", "alt+<"), Bottom: b("ctrl+end", "end of text", "ctrl+end", "alt+>"),
		NewLine: b("enter", "new line", "enter", "ctrl+j", "shift+enter", "alt+enter"), Back: b("backspace", "delete before", "backspace", "ctrl+h", "shift+backspace"),
		Delete: b("delete", "delete after", "delete", "ctrl+d"), WordBack: b("ctrl+w", "delete word", "ctrl+w", "alt+backspace", "ctrl+backspace"),
		LineBack: b("ctrl+u", "delete to start of line", "ctrl+u"), LineForward: b("ctrl+k", "delete to end of line", "ctrl+k"),
		All: b("ctrl+a", "select all", "ctrl+a"), Undo: b("ctrl+z", "undo", "ctrl+z", "ctrl+_"), Redo: b("ctrl+y", "redo", "ctrl+y", "ctrl+shift+z"),
	}
}

// Bindings lists all keys.
func (k KeyMap) Bindings() []key.Binding {
	return []key.Binding{k.Left, k.Right, k.Up, k.Down, k.WordLeft, k.WordRight, k.Home, k.End, k.PageUp, k.PageDown, k.Top, k.Bottom,
		k.NewLine, k.Back, k.Delete, k.WordBack, k.LineBack, k.LineForward, k.All, k.Undo, k.Redo}
}

// Update handles keys, pastes and, relative to the editor, the mouse. It reports
// whether anything changed.
func (m *Model) Update(msg tea.Msg) bool {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return m.press(msg)
	case tea.PasteMsg:
		m.Paste(msg.Content)
		return true
	case tea.MouseWheelMsg:
		switch msg.Button {
		case tea.MouseWheelUp:
			return m.Scroll(-3)
		case tea.MouseWheelDown:
			return m.Scroll(3)
		}
	case tea.MouseClickMsg:
		if msg.Button == tea.MouseLeft && msg.Y >= 0 && msg.Y < m.height {
			m.click(msg.X, msg.Y)
			return true
		}
	}
	return false
}

func (m *Model) press(msg tea.KeyPressMsg) bool {
	k := &m.keys
	switch {
	case m.move(msg):
	case m.remove(msg):
	case key.Matches(msg, k.NewLine):
		m.Insert([]byte{'\n'})
	case key.Matches(msg, k.All):
		m.SelectAll()
	case key.Matches(msg, k.Undo):
		return m.Undo()
	case key.Matches(msg, k.Redo):
		return m.Redo()
	case msg.Text != "":
		m.Insert([]byte(msg.Text))
	default:
		return false
	}
	return true
}

// move handles the keys that move the cursor.
func (m *Model) move(msg tea.KeyPressMsg) bool {
	t, k, w := m.text, &m.keys, m.column()
	switch {
	case key.Matches(msg, k.Left):
		m.SetCursor(t.before(m.cursor))
	case key.Matches(msg, k.Right):
		m.SetCursor(t.after(m.cursor))
	case key.Matches(msg, k.Up):
		m.climb(-1)
	case key.Matches(msg, k.Down):
		m.climb(1)
	case key.Matches(msg, k.PageUp):
		m.climb(-max(1, m.height-1))
	case key.Matches(msg, k.PageDown):
		m.climb(max(1, m.height-1))
	case key.Matches(msg, k.WordLeft):
		m.SetCursor(t.wordBefore(m.cursor))
	case key.Matches(msg, k.WordRight):
		m.SetCursor(t.wordAfter(m.cursor))
	case key.Matches(msg, k.Home):
		s := t.spot(m.cursor, w)
		m.SetCursor(s.here().from)
	case key.Matches(msg, k.End):
		s := t.spot(m.cursor, w)
		m.SetCursor(s.placeAt(1 << 30))
	case key.Matches(msg, k.Top):
		m.SetCursor(0)
	case key.Matches(msg, k.Bottom):
		m.SetCursor(t.Len())
	default:
		return false
	}
	return true
}

// remove handles the keys that delete.
func (m *Model) remove(msg tea.KeyPressMsg) bool {
	t, k := m.text, &m.keys
	from, to := m.cursor, m.cursor
	switch {
	case key.Matches(msg, k.Back):
		from = t.before(from)
	case key.Matches(msg, k.Delete):
		to = t.after(to)
	case key.Matches(msg, k.WordBack):
		from = t.wordBefore(from)
	case key.Matches(msg, k.LineBack):
		if from = t.segmentStart(from); from == m.cursor {
			from = t.before(from)
		}
	case key.Matches(msg, k.LineForward):
		if to = t.segmentEnd(from); to > from+1 {
			if last := t.Append(nil, to-1, to); last[0] == '\n' {
				to--
			}
		}
	default:
		return false
	}
	if m.all {
		from, to = 0, t.Len()
		m.run = other
	}
	m.Delete(from, to)
	return true
}

// climb moves by rows, keeping the column.
func (m *Model) climb(by int) {
	w := m.column()
	s := m.text.spot(m.cursor, w)
	if m.goal < 0 {
		m.goal = s.columnOf(m.cursor)
	}
	goal := m.goal
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
	m.SetCursor(s.placeAt(goal))
	m.goal = goal
}

// click moves the cursor to a place on screen.
func (m *Model) click(x, y int) {
	s := m.text.spot(m.top, m.column())
	for range y {
		next, ok := m.text.next(s, m.column())
		if !ok {
			m.SetCursor(m.text.Len())
			return
		}
		s = next
	}
	m.SetCursor(s.placeAt(x))
}

// longestWord is how far a word is looked for, in bytes.
const longestWord = 1 << 10

func wordly(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_'
}

// wordBefore returns where the word before a place begins.
func (t *Text) wordBefore(at int) int {
	text := t.Append(nil, at-longestWord, at)
	for _, in := range []bool{false, true} {
		for len(text) > 0 {
			r, n := utf8.DecodeLastRune(text)
			if wordly(r) != in {
				break
			}
			text, at = text[:len(text)-n], at-n
		}
	}
	return at
}

// wordAfter returns where the word after a place ends.
func (t *Text) wordAfter(at int) int {
	text := t.Append(nil, at, at+longestWord)
	for _, in := range []bool{false, true} {
		for len(text) > 0 {
			r, n := utf8.DecodeRune(text)
			if wordly(r) != in {
				break
			}
			text, at = text[n:], at+n
		}
	}
	return at
}
