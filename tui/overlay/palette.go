package overlay

import (
	"strings"

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
	finder
	commands []Command
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

// Update implements [Modal].
func (p *Palette) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		switch k := p.keys; {
		case key.Matches(msg, k.Close):
			return nil, true
		case key.Matches(msg, k.Run):
			return p.run()
		case key.Matches(msg, k.Up):
			p.move(-1)
			return nil, false
		case key.Matches(msg, k.Down):
			p.move(1)
			return nil, false
		}
	case tea.MouseClickMsg:
		if p.click(msg) {
			return p.run()
		}
		return nil, false
	}
	if p.typed(msg) {
		p.search()
	}
	return nil, false
}

func (p *Palette) run() (tea.Cmd, bool) {
	if p.cursor >= len(p.found) {
		return nil, false
	}
	return ui.Send(p.commands[p.found[p.cursor].Index].Msg), true
}

// Size implements [Modal].
func (p *Palette) Size(maxWidth, maxHeight int) (width, height int) {
	return min(maxWidth, 60), min(maxHeight, min(len(p.commands), 14)+listTop)
}

// Lines implements [Modal].
func (p *Palette) Lines(st *ui.Styles, width, height int) []string {
	return p.lines(st, width, height, "type a few letters of what you want to do", func(pen *ui.Pen, i int) {
		c := p.commands[p.found[i].Index]
		ink := p.mark(pen, st, i)
		p.name(pen, st, i, ink, c.Name, c.Keys, min(ui.Width(c.Keys), 16))
	})
}
