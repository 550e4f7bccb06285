package overlay

import (
	"cmp"
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/sahilm/fuzzy"

	"tokpit/tui/ui"
)

// Command is one thing that the palette can do: it sends Msg.
type Command struct {
	Name string // "Overview: select the day before"
	Keys string // how it is done without the palette, or where it leads
	Msg  tea.Msg
	Far  bool // it is done elsewhere: what is as good and done here comes first

	moves bool // it only goes about, which nobody looks for here
}

// Moves reports a command that only goes about on a page.
func (c Command) Moves() bool { return c.moves }

// moving are keys that go about.
func moving(b key.Binding) bool {
	switch first, _, _ := strings.Cut(b.Keys()[0], " "); first {
	case "up", "down", "left", "right", "home", "end", "pgup", "pgdown", "shift+left", "shift+right", "shift+up", "shift+down":
		return true
	}
	return false
}

// Commands turns bindings into commands that press their first key.
func Commands(group string, bindings []key.Binding) []Command {
	var out []Command
	for _, b := range enabled(bindings) {
		if msg, ok := Press(b); ok {
			out = append(out, Command{Name: group + ": " + b.Help().Desc, Keys: b.Help().Key, Msg: msg, moves: moving(b)})
		}
	}
	return out
}

// Palette finds a command by a few of its letters, or its words. Those that were
// run last come first.
type Palette struct {
	finder
	commands []Command
	begun    int      // how many it began with
	lower    []string // their names in lower case
	recent   []string // names, the last first
	ran      func(name string)
	searched string // what found is an answer to
	keys     paletteKeys
}

type paletteKeys struct{ Up, Down, Run, Close key.Binding }

// NewPalette returns a palette over commands.
func NewPalette(commands []Command) *Palette {
	p := &Palette{keys: paletteKeys{
		Up:    key.NewBinding(key.WithKeys("up", "ctrl+p", "shift+tab"), key.WithHelp("↑↓", "choose")),
		Down:  key.NewBinding(key.WithKeys("down", "ctrl+n", "tab")),
		Run:   key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "do it")),
		Close: key.NewBinding(key.WithKeys("esc", "ctrl+k"), key.WithHelp("esc", "close")),
	}}
	p.begun = len(commands)
	p.Add(commands)
	return p
}

// Recent says which commands were run last, by name, the last first; ran is told
// of another one.
func (p *Palette) Recent(names []string, ran func(name string)) *Palette {
	p.recent, p.ran = names, ran
	p.search()
	return p
}

// More is commands for a palette that were found after it was opened.
type More struct {
	Palette  *Palette
	Commands []Command
}

// Add appends commands. Nothing moves under the cursor of somebody who has not
// typed yet.
func (p *Palette) Add(commands []Command) {
	p.commands = append(p.commands, commands...)
	for i := range commands {
		p.lower = append(p.lower, strings.ToLower(commands[i].Name))
	}
	cursor := p.cursor
	p.searched, p.found = "", nil
	p.search()
	if len(p.input) == 0 {
		p.cursor = min(cursor, max(len(p.found)-1, 0))
	}
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

// candidates is some of the commands, for the search by letters.
type candidates struct {
	palette *Palette
	of      []fuzzy.Match // by index; nil is all commands
}

func (c candidates) Len() int {
	if c.of == nil {
		return len(c.palette.commands)
	}
	return len(c.of)
}

func (c candidates) at(i int) int {
	if c.of == nil {
		return i
	}
	return c.of[i].Index
}

// String implements fuzzy.Source.
func (c candidates) String(i int) string { return c.palette.commands[c.at(i)].Name }

// search finds what was typed. What begins as the last search did is sought among
// its answers.
func (p *Palette) search() {
	p.cursor = 0
	typed := strings.ToLower(strings.TrimSpace(string(p.input)))
	letters := strings.ReplaceAll(typed, " ", "")
	if letters == "" {
		p.searched = ""
		p.list()
		return
	}
	among := candidates{palette: p}
	if p.searched != "" && strings.HasPrefix(letters, p.searched) {
		among.of = p.found
	}
	found := fuzzy.FindFromNoSort(letters, among)
	for i := range found {
		m := &found[i]
		m.Index = among.at(m.Index)
		m.Score += p.worth(m.Index, typed)
	}
	slices.SortStableFunc(found, func(a, b fuzzy.Match) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Index, b.Index))
	})
	p.found, p.searched = found, letters
}

// What lifts a command above those that have the letters somewhere: whole words,
// their beginnings, having been run lately, being done on the page that is shown.
const (
	wordWorth, beginWorth, nameWorth, recentWorth, farWorth = 400, 200, 300, 150, -150
)

func (p *Palette) worth(i int, typed string) int {
	name, worth := p.lower[i], 0
	for w := range strings.FieldsSeq(typed) {
		at := strings.Index(name, w)
		switch {
		case at < 0:
			continue
		case at == 0 || name[at-1] == ' ':
			worth += beginWorth
		}
		worth += wordWorth
	}
	if strings.HasSuffix(name, typed) { // nothing is left to be typed
		worth += nameWorth
	}
	if at := slices.Index(p.recent, p.commands[i].Name); at >= 0 {
		worth += recentWorth - 10*min(at, 9)
	}
	if p.commands[i].Far {
		worth += farWorth
	}
	return worth
}

// list is all commands, those run last first, and those that only go about after
// the others that it began with.
func (p *Palette) list() {
	p.found = make([]fuzzy.Match, 0, len(p.commands))
	late := make(map[int]bool)
	for _, name := range p.recent {
		if i := slices.IndexFunc(p.commands, func(c Command) bool { return c.Name == name }); i >= 0 && !late[i] {
			late[i] = true
			p.found = append(p.found, fuzzy.Match{Index: i})
		}
	}
	add := func(from, to int, moves bool) {
		for i := from; i < to; i++ {
			if !late[i] && p.commands[i].moves == moves {
				p.found = append(p.found, fuzzy.Match{Index: i})
			}
		}
	}
	add(0, p.begun, false)
	add(0, p.begun, true)
	add(p.begun, len(p.commands), false)
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
	c := p.commands[p.found[p.cursor].Index]
	if p.ran != nil {
		p.ran(c.Name)
	}
	return ui.Send(c.Msg), true
}

// Size implements [Modal].
func (p *Palette) Size(maxWidth, maxHeight int) (width, height int) {
	return min(maxWidth, 72), min(maxHeight, 16+listTop)
}

// Lines implements [Modal].
func (p *Palette) Lines(st *ui.Styles, width, height int) []string {
	return p.lines(st, width, height, "an action, or a name: project search, budget ops", func(pen *ui.Pen, i int) {
		c := p.commands[p.found[i].Index]
		ink := p.mark(pen, st, i)
		p.name(pen, st, i, ink, c.Name, c.Keys, min(ui.Width(c.Keys), 22))
	})
}
