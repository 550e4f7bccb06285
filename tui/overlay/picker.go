package overlay

import (
	"slices"
	"strconv"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/sahilm/fuzzy"

	"tokpit/tui/ui"
)

// Choice is one line of a [Picker].
type Choice struct {
	Name string // what is found by its letters
	Note string // what stands beside it
	// Msg is sent when the choice is made; a picker of several sends none.
	Msg tea.Msg
}

// Picker finds one choice by a few of its letters, or several in an order of
// one's own.
type Picker struct {
	finder
	title, hint string
	choices     []Choice
	own         func(text string) (Choice, bool)
	several     func(chosen []int) tea.Msg

	chosen  []int // in order, of a picker of several
	touched bool  // chosen is not what it began with
	keys    pickerKeys
}

type pickerKeys struct{ Up, Down, Done, Toggle, Earlier, Later, None, Close key.Binding }

// NewPicker returns a picker of one choice. The hint stands where nothing is
// typed yet.
func NewPicker(title, hint string, choices []Choice) *Picker {
	p := &Picker{title: ui.Text(title), hint: hint, choices: choices, keys: pickerKeys{
		Up:      key.NewBinding(key.WithKeys("up", "ctrl+p"), key.WithHelp("↑↓", "choose")),
		Down:    key.NewBinding(key.WithKeys("down", "ctrl+n"), key.WithHelp("↓", "down")),
		Done:    key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "take it")),
		Toggle:  key.NewBinding(key.WithKeys("tab", "space"), key.WithHelp("space", "add or take away"), key.WithDisabled()),
		Earlier: key.NewBinding(key.WithKeys("shift+up", "ctrl+up", "ctrl+k"), key.WithHelp("shift+↑↓", "reorder"), key.WithDisabled()),
		Later:   key.NewBinding(key.WithKeys("shift+down", "ctrl+down", "ctrl+j"), key.WithHelp("shift+↓", "later"), key.WithDisabled()),
		None:    key.NewBinding(key.WithKeys("ctrl+x"), key.WithHelp("ctrl+x", "none"), key.WithDisabled()),
		Close:   key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "close")),
	}}
	p.search()
	return p
}

// Own lets the typed text itself be a choice, as long as own says so.
func (p *Picker) Own(own func(text string) (Choice, bool)) *Picker {
	p.own = own
	p.search()
	return p
}

// Advise says what can be typed, for when nothing matches what was.
func (p *Picker) Advise(advice string) *Picker {
	p.advice = advice
	return p
}

// Several makes a picker of any number of choices, in the order in which they
// are chosen; those in chosen stand first and are chosen already. done is called
// with all of them, or with the one under the cursor if nothing was added or
// taken away.
func (p *Picker) Several(chosen []int, done func(chosen []int) tea.Msg) *Picker {
	p.chosen, p.several = slices.Clone(chosen), done
	for _, b := range []*key.Binding{&p.keys.Toggle, &p.keys.Earlier, &p.keys.Later, &p.keys.None} {
		b.SetEnabled(true)
	}
	p.keys.Done.SetHelp("enter", "use")
	p.search()
	return p
}

// At puts the cursor on a choice.
func (p *Picker) At(choice int) *Picker {
	if i := slices.IndexFunc(p.found, func(m fuzzy.Match) bool { return m.Index == choice }); i >= 0 {
		p.cursor = i
	}
	return p
}

// Title implements [Modal].
func (p *Picker) Title() string { return p.title }

// CapturesText implements [Modal].
func (p *Picker) CapturesText() bool { return true }

// ShortHelp implements [Modal].
func (p *Picker) ShortHelp() []key.Binding {
	return []key.Binding{p.keys.Toggle, p.keys.Done, p.keys.Earlier, p.keys.None, p.keys.Close}
}

// FullHelp implements [Modal].
func (p *Picker) FullHelp() [][]key.Binding {
	return [][]key.Binding{{p.keys.Up, p.keys.Down, p.keys.Toggle, p.keys.Done, p.keys.Earlier, p.keys.Later, p.keys.None, p.keys.Close}}
}

// String implements fuzzy.Source.
func (p *Picker) String(i int) string { return p.choices[i].Name }

// Len implements fuzzy.Source.
func (p *Picker) Len() int { return len(p.choices) }

// mine is the place of what was typed itself in the list.
const mine = -1

// most is how many choices are listed at most; letters find the others.
const most = 500

// search lists what matches: chosen ones first as long as nothing is typed.
func (p *Picker) search() {
	p.cursor, p.found = 0, nil
	if text := strings.TrimSpace(string(p.input)); text != "" {
		if p.own != nil {
			if _, ok := p.own(text); ok {
				p.found = append(p.found, fuzzy.Match{Index: mine})
			}
		}
		found := fuzzy.FindFrom(strings.ReplaceAll(text, " ", ""), p)
		p.found = append(p.found, found[:min(len(found), most)]...)
		return
	}
	for _, i := range p.chosen {
		p.found = append(p.found, fuzzy.Match{Index: i})
	}
	for i := range p.choices[:min(len(p.choices), most)] {
		if !slices.Contains(p.chosen, i) {
			p.found = append(p.found, fuzzy.Match{Index: i})
		}
	}
}

// Update implements [Modal].
func (p *Picker) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return p.press(msg)
	case tea.MouseClickMsg:
		switch {
		case !p.click(msg):
		case p.several != nil:
			p.toggle()
		default:
			return p.done()
		}
		return nil, false
	}
	if p.typed(msg) {
		p.search()
	}
	return nil, false
}

func (p *Picker) press(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	switch k := p.keys; {
	case key.Matches(msg, k.Close):
		return nil, true
	case key.Matches(msg, k.Done):
		return p.done()
	case key.Matches(msg, k.Up):
		p.move(-1)
	case key.Matches(msg, k.Down):
		p.move(1)
	case key.Matches(msg, k.Toggle):
		p.toggle()
	case key.Matches(msg, k.Earlier):
		p.reorder(-1)
	case key.Matches(msg, k.Later):
		p.reorder(1)
	case key.Matches(msg, k.None):
		p.chosen, p.touched = nil, true
		p.search()
	default:
		if p.typed(msg) {
			p.search()
		}
	}
	return nil, false
}

// under is the choice under the cursor, -1 if it is none of the list.
func (p *Picker) under() int {
	if p.cursor < len(p.found) {
		return p.found[p.cursor].Index
	}
	return -1
}

// toggle adds the choice under the cursor, or takes it away. The list is whole
// again, so that the next one can be typed.
func (p *Picker) toggle() {
	i := p.under()
	if i < 0 {
		return
	}
	p.touched = true
	if at := slices.Index(p.chosen, i); at >= 0 {
		p.chosen = slices.Delete(p.chosen, at, at+1)
	} else {
		p.chosen = append(p.chosen, i)
	}
	typed := len(p.input) > 0
	p.input = nil
	p.search()
	if !typed {
		p.At(i)
	}
}

// reorder moves the choice under the cursor among the chosen ones.
func (p *Picker) reorder(by int) {
	i := p.under()
	at := slices.Index(p.chosen, i)
	to := at + by
	if at < 0 || to < 0 || to >= len(p.chosen) {
		return
	}
	p.touched = true
	p.chosen[at], p.chosen[to] = p.chosen[to], p.chosen[at]
	p.search()
	p.At(i)
}

func (p *Picker) done() (tea.Cmd, bool) {
	if p.cursor < len(p.found) && p.found[p.cursor].Index == mine {
		c, ok := p.own(strings.TrimSpace(string(p.input)))
		return ui.Send(c.Msg), ok
	}
	if p.several != nil {
		chosen := p.chosen
		if i := p.under(); !p.touched && i >= 0 {
			chosen = []int{i}
		}
		return ui.Send(p.several(slices.Clone(chosen))), true
	}
	if p.cursor >= len(p.found) {
		return nil, false
	}
	c, ok := p.choice(p.found[p.cursor].Index)
	if !ok {
		return nil, false
	}
	return ui.Send(c.Msg), true
}

// choice returns a line of the list.
func (p *Picker) choice(i int) (Choice, bool) {
	if i == mine {
		return p.own(strings.TrimSpace(string(p.input)))
	}
	return p.choices[i], true
}

// Size implements [Modal].
func (p *Picker) Size(maxWidth, maxHeight int) (width, height int) {
	lines := min(max(len(p.choices), 3), 18)
	return min(maxWidth, 64), min(maxHeight, lines+listTop)
}

// Lines implements [Modal].
func (p *Picker) Lines(st *ui.Styles, width, height int) []string {
	return p.lines(st, width, height, p.hint, func(pen *ui.Pen, i int) { p.row(pen, st, i) })
}

// row draws a choice, with its place among the chosen ones.
func (p *Picker) row(pen *ui.Pen, st *ui.Styles, i int) {
	c, ok := p.choice(p.found[i].Index)
	if !ok {
		return
	}
	ink := p.mark(pen, st, i)
	if p.several != nil {
		mark := ""
		if at := slices.Index(p.chosen, p.found[i].Index); at >= 0 {
			mark = strconv.Itoa(at + 1)
		}
		pen.Left(st.AccentBold, mark, 3)
	}
	note := ui.Text(c.Note)
	p.name(pen, st, i, ink, ui.Text(c.Name), note, min(ui.Width(note), max(0, pen.Room()/2)))
}
