// Package entry holds what pages with a form share: a line of text that is edited
// ([Field]), the line that a field or a choice is drawn on ([Row]), and
// paragraphs beside it ([Writer]).
//
// A form itself belongs to its page, which alone knows what its fields mean,
// what may be in them and what comes of them.
package entry

import (
	"slices"
	"unicode"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/tui/ui"
)

// Field is a line of text that a person edits. It holds nothing but harmless
// text. The zero Field is empty.
type Field struct {
	value  []rune
	cursor int
	picked bool // what is in it goes when something is typed
}

// Longest is the most characters that a field takes: more than any name, path or address that makes sense.
const Longest = 300

// Text is what is in the field.
func (f *Field) Text() string { return string(f.value) }

// Set replaces what is in the field.
func (f *Field) Set(s string) {
	f.value = []rune(s)
	f.cursor, f.picked = len(f.value), false
}

// Suggest puts a suggestion into the field: typing replaces it, deleting empties
// the field, and moving the cursor keeps it.
func (f *Field) Suggest(s string) {
	f.Set(s)
	f.picked = len(f.value) > 0
}

// Clone returns a copy that changes by itself.
func (f *Field) Clone() Field { return Field{slices.Clone(f.value), f.cursor, f.picked} }

// Insert writes at the cursor.
func (f *Field) Insert(s string) {
	if f.picked && s != "" {
		f.Set("")
	}
	if s != " " { // a space alone is the beginning of the next word
		s = ui.Text(s)
	}
	r := []rune(s)
	r = r[:max(0, min(len(r), Longest-len(f.value)))] // what it began with may be longer
	f.value = append(f.value[:f.cursor:f.cursor], append(r, f.value[f.cursor:]...)...)
	f.cursor += len(r)
}

// Keys are the keys that edit a line besides text.
type Keys struct{ Left, Right, Home, End, Back, Delete, Clear, Word key.Binding }

// NewKeys returns the usual keys.
func NewKeys() Keys {
	return Keys{
		Left: key.NewBinding(key.WithKeys("left", "ctrl+b")), Right: key.NewBinding(key.WithKeys("right", "ctrl+f")),
		Home: key.NewBinding(key.WithKeys("home", "ctrl+a")), End: key.NewBinding(key.WithKeys("end", "ctrl+e")),
		Back: key.NewBinding(key.WithKeys("backspace", "ctrl+h")), Delete: key.NewBinding(key.WithKeys("delete", "ctrl+d")),
		Clear: key.NewBinding(key.WithKeys("ctrl+u")), Word: key.NewBinding(key.WithKeys("ctrl+w", "alt+backspace")),
	}
}

// Edit handles a key that is no text, and reports whether it was one of its own.
func (f *Field) Edit(msg tea.KeyPressMsg, k *Keys) bool {
	switch {
	case f.picked && (key.Matches(msg, k.Back) || key.Matches(msg, k.Delete) || key.Matches(msg, k.Clear) || key.Matches(msg, k.Word)):
		f.Set("")
	case key.Matches(msg, k.Left):
		f.cursor = max(0, f.cursor-1)
	case key.Matches(msg, k.Right):
		f.cursor = min(len(f.value), f.cursor+1)
	case key.Matches(msg, k.Home):
		f.cursor = 0
	case key.Matches(msg, k.End):
		f.cursor = len(f.value)
	case key.Matches(msg, k.Back):
		f.cut(max(0, f.cursor-1), f.cursor)
	case key.Matches(msg, k.Delete):
		f.cut(f.cursor, min(len(f.value), f.cursor+1))
	case key.Matches(msg, k.Clear):
		f.cut(0, f.cursor)
	case key.Matches(msg, k.Word):
		from := f.cursor
		for from > 0 && !word(f.value[from-1]) {
			from--
		}
		for from > 0 && word(f.value[from-1]) {
			from--
		}
		f.cut(from, f.cursor)
	default:
		return false
	}
	f.picked = false
	return true
}

func word(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func (f *Field) cut(from, to int) {
	f.value = append(f.value[:from:from], f.value[to:]...)
	f.cursor = from
}

// Draw writes the field with what stands in for it while it is empty. The part
// around the cursor is shown if not all fits.
func (f *Field) Draw(p *ui.Pen, st *ui.Styles, placeholder string, focused bool) {
	if !focused {
		if len(f.value) == 0 {
			p.Text(st.Muted, placeholder)
			return
		}
		p.Text(st.Text, ui.CutMiddle(f.Text(), p.Room()))
		return
	}
	room := p.Room() - 1
	if f.picked {
		p.Text(st.Picked, ui.CutMiddle(f.Text(), room))
		p.Text(st.Accent, "▏")
		return
	}
	before, after := string(f.value[:f.cursor]), string(f.value[f.cursor:])
	for ui.Width(before) > max(room-min(ui.Width(after), 4), 0) && before != "" {
		before = string([]rune(before)[1:])
	}
	p.Text(st.Strong, before)
	p.Text(st.Accent, "▏")
	if len(f.value) == 0 {
		p.Text(st.Muted, placeholder)
		return
	}
	p.Text(st.Strong, after)
}
