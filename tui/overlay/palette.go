package overlay

import (
	"strings"
	"unicode"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/sahilm/fuzzy"

	"tokpit/tui/ui"
)

// Command is one thing that the palette can do: it sends Msg.
type Command struct {
	Name string // "Overview: select the day before"
	Keys string // how it is done without the palette
	Msg  tea.Msg
}

// Commands turns bindings into commands that press their first key.
func Commands(group string, bindings []key.Binding) []Command {
	var out []Command
	for _, b := range enabled(bindings) {
		if msg, ok := Press(b); ok {
			out = append(out, Command{Name: group + ": " + b.Help().Desc, Keys: b.Help().Key, Msg: msg})
		}
	}
	return out
}

// Palette finds a command by a few of its letters.
type Palette struct {
	commands []Command
	input    []rune
	found    []fuzzy.Match
	cursor   int
	shown    int
	keys     paletteKeys
}

type paletteKeys struct{ Up, Down, Run, Close key.Binding }

// NewPalette returns a palette over commands.
func NewPalette(commands []Command) *Palette {
	p := &Palette{commands: commands, keys: paletteKeys{
		Up:    key.NewBinding(key.WithKeys("up", "ctrl+p", "shift+tab"), key.WithHelp("↑↓", "choose")),
		Down:  key.NewBinding(key.WithKeys("down", "ctrl+n", "tab")),
		Run:   key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "do it")),
		Close: key.NewBinding(key.WithKeys("esc", "ctrl+k"), key.WithHelp("esc", "close")),
	}}
	p.search()
	return p
}

// Title implements [Modal].
func (p *Palette) Title() string { return "Commands" }

// CapturesText implements [Modal].
func (p *Palette) CapturesText() bool { return true }

// ShortHelp implements [Modal].
func (p *Palette) ShortHelp() []key.Binding {
	return []key.Binding{p.keys.Up, p.keys.Run, p.keys.Close}
}

// FullHelp implements [Modal].
func (p *Palette) FullHelp() [][]key.Binding { return [][]key.Binding{p.ShortHelp()} }

// String implements fuzzy.Source.
func (p *Palette) String(i int) string { return p.commands[i].Name }

// Len implements fuzzy.Source.
func (p *Palette) Len() int { return len(p.commands) }

func (p *Palette) search() {
	p.cursor = 0
	if len(p.input) == 0 {
		p.found = p.found[:0]
		for i := range p.commands {
			p.found = append(p.found, fuzzy.Match{Index: i})
		}
		return
	}
	p.found = fuzzy.FindFrom(strings.ReplaceAll(string(p.input), " ", ""), p)
}

// maxInput is more than any command's name.
const maxInput = 64

// Update implements [Modal].
func (p *Palette) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return p.press(msg)
	case tea.PasteMsg:
		p.write(msg.Content)
	case tea.MouseWheelMsg:
		by := 1
		if msg.Button == tea.MouseWheelUp {
			by = -1
		}
		p.move(by)
	case tea.MouseClickMsg:
		row := p.offset() + msg.Y - listTop
		if msg.Button == tea.MouseLeft && msg.Y >= listTop && row < len(p.found) {
			p.cursor = row
			return p.run()
		}
	}
	return nil, false
}

func (p *Palette) press(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	switch k := p.keys; {
	case key.Matches(msg, k.Close):
		return nil, true
	case key.Matches(msg, k.Run):
		return p.run()
	case key.Matches(msg, k.Up):
		p.move(-1)
	case key.Matches(msg, k.Down):
		p.move(1)
	case msg.Code == tea.KeyBackspace && len(p.input) > 0:
		p.input = p.input[:len(p.input)-1]
		p.search()
	default:
		p.write(msg.Text)
	}
	return nil, false
}

func (p *Palette) write(s string) {
	before := len(p.input)
	for _, r := range ui.Text(s) {
		if unicode.IsPrint(r) && len(p.input) < maxInput {
			p.input = append(p.input, r)
		}
	}
	if s == " " && before > 0 && before < maxInput {
		p.input = append(p.input, ' ')
	}
	if len(p.input) != before {
		p.search()
	}
}

func (p *Palette) move(by int) {
	if n := len(p.found); n > 0 {
		p.cursor = ((p.cursor+by)%n + n) % n
	}
}

func (p *Palette) run() (tea.Cmd, bool) {
	if p.cursor >= len(p.found) {
		return nil, false
	}
	return ui.Send(p.commands[p.found[p.cursor].Index].Msg), true
}

const listTop = 2 // lines above the list: input and a rule

// Size implements [Modal].
func (p *Palette) Size(maxWidth, maxHeight int) (width, height int) {
	return min(maxWidth, 60), min(maxHeight, min(len(p.commands), 14)+listTop)
}

// offset is the first command shown.
func (p *Palette) offset() int { return max(0, p.cursor-max(p.shown, 1)+1) }

// Lines implements [Modal].
func (p *Palette) Lines(st *ui.Styles, width, height int) []string {
	p.shown = height - listTop
	pen := ui.NewPen(width, height)
	pen.Text(st.AccentBold, "› ")
	if len(p.input) == 0 {
		pen.Text(st.Muted, "type a few letters of what you want to do")
	} else {
		pen.Text(st.Text, string(p.input))
		pen.Text(st.Accent, "▏")
	}
	pen.End()
	pen.Fill(st.Faint, '─', width)
	pen.End()
	if len(p.found) == 0 {
		pen.Text(st.Muted, "Nothing matches.")
		pen.End()
	}
	from := p.offset()
	for i := from; i < len(p.found) && i < from+p.shown; i++ {
		p.row(pen, st, i)
	}
	return pen.Lines(height)
}

// row draws a command with the letters that matched.
func (p *Palette) row(pen *ui.Pen, st *ui.Styles, i int) {
	c := p.commands[p.found[i].Index]
	text := st.Text
	if i == p.cursor {
		pen.Under(st.Selected)
		pen.Text(st.AccentBold, "▸ ")
		text = st.Strong
	} else {
		pen.Space(2)
	}
	keyWidth := min(ui.Width(c.Keys), 16)
	room := max(0, pen.Room()-keyWidth-2)
	if ui.Width(c.Name) > room || len(p.input) == 0 {
		pen.Left(text, c.Name, room)
	} else {
		matched := make(map[int]bool, len(p.found[i].MatchedIndexes))
		for _, at := range p.found[i].MatchedIndexes {
			matched[at] = true
		}
		end := pen.Width() - pen.Room() + room
		for at, r := range c.Name {
			ink := text
			if matched[at] {
				ink = st.AccentBold
			}
			pen.Text(ink, string(r))
		}
		pen.To(end)
	}
	pen.Space(2)
	pen.Right(st.Muted, c.Keys, keyWidth)
	pen.End()
}
