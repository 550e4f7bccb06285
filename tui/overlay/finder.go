package overlay

import (
	"slices"
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"github.com/sahilm/fuzzy"

	"tokpit/tui/ui"
)

// finder is a line to type in and the list of what matches it, with a cursor.
// It is part of a box, which says what matches.
type finder struct {
	input  []rune
	found  []fuzzy.Match
	cursor int
	shown  int // lines of the list, as drawn last
	advice string
}

const (
	// maxInput is more than anybody types to find something.
	maxInput = 64
	listTop  = 2 // lines above the list: input and a rule
)

// typed takes a key, a paste or the wheel as they are meant in every such box,
// and reports whether there is something else to search for now.
func (f *finder) typed(msg tea.Msg) bool {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		switch {
		case msg.Code == tea.KeyBackspace && len(f.input) > 0:
			f.input = f.input[:len(f.input)-1]
			return true
		case msg.Code == 'u' && msg.Mod == tea.ModCtrl:
			f.input = nil
			return true
		}
		return f.write(msg.Text)
	case tea.PasteMsg:
		return f.write(msg.Content)
	case tea.MouseWheelMsg:
		by := 1
		if msg.Button == tea.MouseWheelUp {
			by = -1
		}
		f.move(by)
	}
	return false
}

func (f *finder) write(s string) bool {
	before := len(f.input)
	if s != " " { // a space alone is the beginning of the next word
		s = ui.Text(s)
	}
	for _, r := range s {
		if unicode.IsPrint(r) && len(f.input) < maxInput {
			f.input = append(f.input, r)
		}
	}
	return len(f.input) != before
}

func (f *finder) move(by int) {
	if n := len(f.found); n > 0 {
		f.cursor = ((f.cursor+by)%n + n) % n
	}
}

// click puts the cursor on the line under the mouse, if one is there.
func (f *finder) click(msg tea.MouseClickMsg) bool {
	row := f.offset() + msg.Y - listTop
	if msg.Button != tea.MouseLeft || msg.Y < listTop || row >= len(f.found) {
		return false
	}
	f.cursor = row
	return true
}

// offset is the first line of the list that is shown.
func (f *finder) offset() int { return max(0, f.cursor-max(f.shown, 1)+1) }

// lines draws the box: what was typed, or a hint, and the list by its rows.
func (f *finder) lines(st *ui.Styles, width, height int, hint string, row func(pen *ui.Pen, i int)) []string {
	f.shown = height - listTop
	pen := ui.NewPen(width, height)
	pen.Text(st.AccentBold, "› ")
	if len(f.input) == 0 {
		pen.Text(st.Muted, hint)
	} else {
		pen.Text(st.Text, string(f.input))
		pen.Text(st.Accent, "▏")
	}
	pen.End()
	pen.Fill(st.Faint, '─', width)
	pen.End()
	if len(f.found) == 0 {
		for _, l := range ui.Wrap(strings.TrimSpace("Nothing matches. "+f.advice), max(1, width)) {
			pen.Text(st.Muted, l)
			pen.End()
		}
	}
	from := f.offset()
	for i := from; i < len(f.found) && i < from+f.shown; i++ {
		row(pen, i)
		pen.End()
	}
	return pen.Lines(height)
}

// mark begins a line of the list and returns the ink of its text.
func (f *finder) mark(pen *ui.Pen, st *ui.Styles, i int) ui.Ink {
	if i != f.cursor {
		pen.Space(2)
		return st.Text
	}
	pen.Under(st.Selected)
	pen.Text(st.AccentBold, "▸ ")
	return st.Strong
}

// name draws the name of a line in a room, with the letters that matched; the
// note stands at the right.
func (f *finder) name(pen *ui.Pen, st *ui.Styles, i int, ink ui.Ink, name, note string, noteWidth int) {
	room := max(0, pen.Room()-noteWidth-2)
	end := pen.Width() - pen.Room() + room
	cut := ui.CutName(name, room)
	if matched := f.found[i].MatchedIndexes; len(matched) == 0 || cut != name {
		pen.Text(ink, cut)
	} else {
		for at, r := range name {
			one := ink
			if slices.Contains(matched, at) {
				one = st.AccentBold
			}
			pen.Text(one, string(r))
		}
	}
	pen.To(end)
	pen.Space(2)
	pen.Right(st.Muted, note, noteWidth)
}
