package overlay

import (
	"strings"
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
	paths bool   // it may say a folder too
	no    rune   // what was typed last and may not stand in it; 0 if it may
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
func (f *filename) begin() { f.from, f.no = string(f.name), 0 }

// end completes a name that somebody has given: one that only says a folder gets
// the usual one in it, and an ending that the file has anyway is said once.
func (f *filename) end(ending string) {
	name := strings.TrimSuffix(string(f.name), "."+ending)
	switch base := name[strings.LastIndexByte(name, '/')+1:]; {
	case base == "":
		name += f.usual
	case f.paths && (base == "." || base == ".." || name == "~"):
		name += "/" + f.usual
	}
	f.name = []rune(name)
}

// press takes what is typed, and reports whether that was the end of it.
func (f *filename) press(msg tea.KeyPressMsg, k *nameKeys, ending string) (done bool) {
	f.no = 0
	switch {
	case key.Matches(msg, k.Undo):
		f.name = []rune(f.from)
		return true
	case key.Matches(msg, k.Done):
		f.end(ending)
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

// The most that a file's name has without its ending, and with its folder.
const (
	longestFile = 120
	longestPath = 1000
)

// typed appends to the name what may stand in one, and notes what may not. A path
// is what whoever types it says; a mere name has no folders and is not hidden.
func (f *filename) typed(s string) {
	for _, r := range s {
		ok, most := unicode.IsPrint(r), longestPath
		if !f.paths {
			ok = unicode.IsLetter(r) || unicode.IsDigit(r) || r == ' ' && len(f.name) > 0 || r == '_' || (r == '-' || r == '.') && len(f.name) > 0
			most = longestFile
		}
		switch {
		case !ok && unicode.IsPrint(r):
			f.no = r
		case ok && len(f.name) < most:
			f.name = append(f.name, r)
		}
	}
}

// draw writes the name with its ending, and a cursor while it is typed.
func (f *filename) draw(pen *ui.Pen, st *ui.Styles, ending string, typing bool) {
	if typing {
		const cursor = "▏"
		pen.Text(st.Strong, ui.CutMiddle(ui.Text(string(f.name)), max(1, pen.Room()-ui.Width(cursor+"."+ending))))
		pen.Text(st.Accent, cursor)
		pen.Text(st.Muted, "."+ending)
		if f.no == '/' {
			pen.Text(st.Warn, ui.Cut("  a name here has no /", pen.Room()))
		} else if f.no != 0 {
			pen.Text(st.Warn, ui.Cut("  not here: "+ui.Text(string(f.no)), pen.Room()))
		}
		return
	}
	pen.Text(st.Strong, ui.CutMiddle(ui.Text(string(f.name)+"."+ending), pen.Room()))
}
