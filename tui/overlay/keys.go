package overlay

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/tui/ui"
)

// keySpot is the place of a binding on a line of keys.
type keySpot struct {
	from, to int
	text     string
	binding  key.Binding
}

// keySpots lays bindings out on one line, as many as there is room for. The last
// one, the way out, stays.
func keySpots(bindings []key.Binding, width int) (out []keySpot) {
	all := enabled(bindings)
	text := func(b key.Binding) string { return b.Help().Key + " " + b.Help().Desc }
	at, gap, last := 0, ui.Width(keyBetween), 0
	if len(all) > 0 {
		last = ui.Width(text(all[len(all)-1])) + gap
	}
	for i, b := range all {
		s := text(b)
		w := ui.Width(s)
		if i < len(all)-1 {
			if at+w+last > width {
				continue
			}
		} else if at+w > width {
			break
		}
		out = append(out, keySpot{at, at + w, s, b})
		at += w + gap
	}
	return out
}

const keyBetween = " · "

// KeyLine writes bindings on one line, as many as there is room for.
func KeyLine(bindings []key.Binding, width int) string {
	var parts []string
	for _, s := range keySpots(bindings, width) {
		parts = append(parts, s.text)
	}
	return strings.Join(parts, keyBetween)
}

// Press returns the key message that a binding reacts to; ok is false if its
// first key cannot be made from its name.
func Press(b key.Binding) (tea.KeyPressMsg, bool) {
	if len(b.Keys()) == 0 {
		return tea.KeyPressMsg{}, false
	}
	name := b.Keys()[0]
	var mod tea.KeyMod
	for {
		rest, found := "", false
		if rest, found = strings.CutPrefix(name, "ctrl+"); found {
			mod |= tea.ModCtrl
		} else if rest, found = strings.CutPrefix(name, "shift+"); found {
			mod |= tea.ModShift
		} else if rest, found = strings.CutPrefix(name, "alt+"); found {
			mod |= tea.ModAlt
		}
		if !found {
			break
		}
		name = rest
	}
	if code, ok := namedKey(name); ok {
		return tea.KeyPressMsg{Code: code, Mod: mod}, true
	}
	runes := []rune(name)
	if len(runes) != 1 {
		return tea.KeyPressMsg{}, false
	}
	if mod == 0 {
		return tea.KeyPressMsg{Code: runes[0], Text: name}, true
	}
	return tea.KeyPressMsg{Code: runes[0], Mod: mod}, true
}

func namedKey(name string) (rune, bool) {
	switch name {
	case "up":
		return tea.KeyUp, true
	case "down":
		return tea.KeyDown, true
	case "left":
		return tea.KeyLeft, true
	case "right":
		return tea.KeyRight, true
	case "home":
		return tea.KeyHome, true
	case "end":
		return tea.KeyEnd, true
	case "pgup":
		return tea.KeyPgUp, true
	case "pgdown":
		return tea.KeyPgDown, true
	case "enter":
		return tea.KeyEnter, true
	case "esc":
		return tea.KeyEscape, true
	case "tab":
		return tea.KeyTab, true
	case "space":
		return tea.KeySpace, true
	case "backspace":
		return tea.KeyBackspace, true
	case "delete":
		return tea.KeyDelete, true
	}
	return 0, false
}

// scrolled moves an offset by the keys that all boxes share.
type scroller struct {
	keys                 scrollKeys
	offset, lines, shown int
}

type scrollKeys struct{ Up, Down, PageUp, PageDown, Close key.Binding }

func newScrollKeys() scrollKeys {
	return scrollKeys{
		Up:       key.NewBinding(key.WithKeys("up", "k"), key.WithHelp("↑", "up")),
		Down:     key.NewBinding(key.WithKeys("down", "j"), key.WithHelp("↓", "down")),
		PageUp:   key.NewBinding(key.WithKeys("pgup"), key.WithHelp("pgup", "page up")),
		PageDown: key.NewBinding(key.WithKeys("pgdown", "space"), key.WithHelp("pgdn", "page down")),
		Close:    key.NewBinding(key.WithKeys("esc", "q", "enter", "?"), key.WithHelp("esc", "close")),
	}
}

// update moves, and reports whether the box is to be closed.
func (s *scroller) update(msg tea.Msg) (done bool) {
	by := 0
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		switch k := s.keys; {
		case key.Matches(msg, k.Close):
			return true
		case key.Matches(msg, k.Up):
			by = -1
		case key.Matches(msg, k.Down):
			by = 1
		case key.Matches(msg, k.PageUp):
			by = -max(1, s.shown)
		case key.Matches(msg, k.PageDown):
			by = max(1, s.shown)
		}
	case tea.MouseWheelMsg:
		by = 3
		if msg.Button == tea.MouseWheelUp {
			by = -3
		}
	}
	s.offset = max(0, min(s.offset+by, s.lines-s.shown))
	return false
}

// window cuts lines to what is on screen and remembers how much that is.
func (s *scroller) window(lines []string, height int) []string {
	s.lines, s.shown = len(lines), height
	s.offset = max(0, min(s.offset, len(lines)-height))
	return lines[s.offset:min(len(lines), s.offset+height)]
}

// bindings lists the keys that do something at this size.
func (s *scroller) bindings() []key.Binding {
	if s.lines > s.shown {
		return []key.Binding{s.keys.Up, s.keys.Down, s.keys.Close}
	}
	return []key.Binding{s.keys.Close}
}
