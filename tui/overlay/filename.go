package overlay

import (
	"unicode"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/tui/ui"
)

// filename is the name of a file, without its ending, that somebody may change.
type filename struct {
	name  []rune
	from  string // the name before it was changed
	usual string // the one that was offered
}

// nameKeys are the keys that work while a name is typed.
type nameKeys struct{ Done, Back, Clear, Undo key.Binding }

func newNameKeys() nameKeys {
	return nameKeys{Done: bind("keep the name", "enter", "enter"), Back: bind("delete", "backspace", "backspace", "ctrl+h"),
		Clear: bind("empty", "ctrl+u", "ctrl+u"), Undo: bind("the name before", "esc", "esc")}
}

func (f *filename) String() string { return string(f.name) }

// offer puts a name in, unless somebody has changed the one before.
func (f *filename) offer(name string) {
	if string(f.name) == f.usual {
		f.name = []rune(name)
	}
	f.usual = name
}

// begin remembers the name that is going to be changed.
func (f *filename) begin() { f.from = string(f.name) }

// press takes what is typed, and reports whether that was the end of it.
func (f *filename) press(msg tea.KeyPressMsg, k *nameKeys) (done bool) {
	switch {
	case key.Matches(msg, k.Undo):
		f.name = []rune(f.from)
		return true
	case key.Matches(msg, k.Done):
		if len(f.name) == 0 {
			f.name = []rune(f.usual)
		}
		return true
	case key.Matches(msg, k.Back):
		f.name = f.name[:max(len(f.name)-1, 0)]
	case key.Matches(msg, k.Clear):
		f.name = nil
	default:
		f.typed(msg.Text)
	}
	return false
}

// longestFile is the most that a file's name has without its ending.
const longestFile = 120

// typed appends to the name what may stand in one: a file is written where
// tokpit was started, so there are no directories in it, and it is not hidden.
func (f *filename) typed(s string) {
	for _, r := range s {
		plain := unicode.IsLetter(r) || unicode.IsDigit(r) || r == ' ' && len(f.name) > 0 || r == '_' || (r == '-' || r == '.') && len(f.name) > 0
		if plain && len(f.name) < longestFile {
			f.name = append(f.name, r)
		}
	}
}

// draw writes the name with its ending, and a cursor while it is typed.
func (f *filename) draw(pen *ui.Pen, st *ui.Styles, ending string, typing bool) {
	if typing {
		pen.Text(st.Strong, ui.Text(string(f.name)))
		pen.Text(st.Accent, "▏")
		pen.Text(st.Muted, "."+ending)
		return
	}
	pen.Text(st.Strong, ui.CutMiddle(ui.Text(string(f.name)+"."+ending), pen.Room()))
}
