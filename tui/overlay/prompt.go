package overlay

import (
	"unicode"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/tui/ui"
)

// Prompt asks for one line of text.
type Prompt struct {
	title, hint string
	words       []string
	done        func(text string) (tea.Msg, error)
	ask         func(text string) tea.Cmd

	value   []rune
	at      int
	problem string
	offered []string
	chosen  int // of offered, -1 if none
	keys    promptKeys
}

type promptKeys struct {
	Done, Complete, Up, Down, Close      key.Binding
	Left, Right, Home, End, Back, Delete key.Binding
	Clear, Word                          key.Binding
}

// NewPrompt returns a prompt with a value to begin with. words say what may be
// typed, and hint stands where nothing is. done makes a message of what was
// typed, or says what is wrong with it.
func NewPrompt(title, value, hint string, words []string, done func(text string) (tea.Msg, error)) *Prompt {
	p := &Prompt{title: ui.Text(title), hint: hint, words: words, done: done, value: []rune(value), chosen: -1, keys: promptKeys{
		Done:     key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "use")),
		Complete: key.NewBinding(key.WithKeys("tab"), key.WithHelp("tab", "complete"), key.WithDisabled()),
		Up:       key.NewBinding(key.WithKeys("up", "ctrl+p"), key.WithHelp("↑↓", "choose"), key.WithDisabled()),
		Down:     key.NewBinding(key.WithKeys("down", "ctrl+n"), key.WithDisabled()),
		Close:    key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "close")),
		Left:     key.NewBinding(key.WithKeys("left", "ctrl+b")), Right: key.NewBinding(key.WithKeys("right", "ctrl+f")),
		Home: key.NewBinding(key.WithKeys("home", "ctrl+a")), End: key.NewBinding(key.WithKeys("end", "ctrl+e")),
		Back: key.NewBinding(key.WithKeys("backspace", "ctrl+h")), Delete: key.NewBinding(key.WithKeys("delete", "ctrl+d")),
		Clear: key.NewBinding(key.WithKeys("ctrl+u")), Word: key.NewBinding(key.WithKeys("ctrl+w", "alt+backspace")),
	}}
	p.at = len(p.value)
	return p
}

// Completing makes a prompt complete what is typed: ask is a command that finds
// out what it may go on as, and whose answer is given to [Prompt.Offer].
func (p *Prompt) Completing(ask func(text string) tea.Cmd) *Prompt {
	p.ask = ask
	for _, b := range []*key.Binding{&p.keys.Complete, &p.keys.Up, &p.keys.Down} {
		b.SetEnabled(true)
	}
	return p
}

// Begin returns the command that finds out the first completions.
func (p *Prompt) Begin() tea.Cmd {
	if p.ask == nil {
		return nil
	}
	return p.ask(p.text())
}

// Offer shows completions for a text, if it still is what is typed.
func (p *Prompt) Offer(text string, completions []string) {
	if text == p.text() {
		p.offered, p.chosen = completions, -1
	}
}

// Fail shows what is wrong with what was typed.
func (p *Prompt) Fail(problem string) { p.problem = problem }

func (p *Prompt) text() string { return string(p.value) }

// Title implements [Modal].
func (p *Prompt) Title() string { return p.title }

// CapturesText implements [Modal].
func (p *Prompt) CapturesText() bool { return true }

// ShortHelp implements [Modal].
func (p *Prompt) ShortHelp() []key.Binding {
	return []key.Binding{p.keys.Done, p.keys.Complete, p.keys.Up, p.keys.Close}
}

// FullHelp implements [Modal].
func (p *Prompt) FullHelp() [][]key.Binding { return [][]key.Binding{p.ShortHelp()} }

// Update implements [Modal].
func (p *Prompt) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return p.press(msg)
	case tea.PasteMsg:
		return p.write(msg.Content), false
	case tea.MouseClickMsg:
		if row := msg.Y - p.top(); msg.Button == tea.MouseLeft && row >= 0 && row < len(p.offered) {
			p.chosen = row
			return p.complete(), false
		}
	}
	return nil, false
}

func (p *Prompt) press(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	switch k := &p.keys; {
	case key.Matches(msg, k.Close):
		return nil, true
	case key.Matches(msg, k.Done):
		out, err := p.done(p.text())
		if err != nil {
			p.problem = err.Error()
			return nil, false
		}
		return ui.Send(out), true
	case key.Matches(msg, k.Complete):
		return p.complete(), false
	case key.Matches(msg, k.Down):
		p.chosen = min(p.chosen+1, len(p.offered)-1)
	case key.Matches(msg, k.Up):
		p.chosen = max(p.chosen-1, -1)
	case key.Matches(msg, k.Left):
		p.at = max(p.at-1, 0)
	case key.Matches(msg, k.Right):
		p.at = min(p.at+1, len(p.value))
	case key.Matches(msg, k.Home):
		p.at = 0
	case key.Matches(msg, k.End):
		p.at = len(p.value)
	case key.Matches(msg, k.Back):
		return p.cut(max(p.at-1, 0), p.at), false
	case key.Matches(msg, k.Delete):
		return p.cut(p.at, min(p.at+1, len(p.value))), false
	case key.Matches(msg, k.Clear):
		return p.cut(0, p.at), false
	case key.Matches(msg, k.Word):
		return p.cut(p.word(), p.at), false
	default:
		return p.write(msg.Text), false
	}
	return nil, false
}

// word is where the part of a path or the word before the cursor begins.
func (p *Prompt) word() int {
	from := p.at
	part := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	for from > 0 && !part(p.value[from-1]) {
		from--
	}
	for from > 0 && part(p.value[from-1]) {
		from--
	}
	return from
}

// longestPrompt is more than any path.
const longestPrompt = 4096

func (p *Prompt) write(s string) tea.Cmd {
	var typed []rune
	for _, r := range s {
		if unicode.IsPrint(r) && len(p.value)+len(typed) < longestPrompt {
			typed = append(typed, r)
		}
	}
	if len(typed) == 0 {
		return nil
	}
	p.value = append(p.value[:p.at:p.at], append(typed, p.value[p.at:]...)...)
	p.at += len(typed)
	return p.changed()
}

func (p *Prompt) cut(from, to int) tea.Cmd {
	if from == to {
		return nil
	}
	p.value = append(p.value[:from:from], p.value[to:]...)
	p.at = from
	return p.changed()
}

func (p *Prompt) changed() tea.Cmd {
	p.problem, p.offered, p.chosen = "", nil, -1
	return p.Begin()
}

// complete takes the chosen completion, or what all of them have in common.
func (p *Prompt) complete() tea.Cmd {
	if len(p.offered) == 0 {
		return p.Begin()
	}
	best := []rune(p.offered[max(p.chosen, 0)])
	if p.chosen < 0 {
		for _, other := range p.offered[1:] {
			n := 0
			for o := []rune(other); n < len(best) && n < len(o) && o[n] == best[n]; n++ {
			}
			best = best[:n]
		}
		if len(best) <= len(p.value) { // nothing more in common: the first
			p.chosen = 0
			return nil
		}
	}
	p.value, p.at = best, len(best)
	return p.changed()
}

// shownOffers is how many completions are listed.
const shownOffers = 8

// top is the line of the first completion.
func (p *Prompt) top() int { return len(p.words) + 3 }

// Size implements [Modal].
func (p *Prompt) Size(maxWidth, maxHeight int) (width, height int) {
	lines := p.top()
	if p.ask != nil {
		lines += shownOffers
	}
	return min(maxWidth, 72), min(maxHeight, lines)
}

// Lines implements [Modal].
func (p *Prompt) Lines(st *ui.Styles, width, height int) []string {
	pen := ui.NewPen(width, height)
	p.line(pen, st)
	pen.Fill(st.Faint, '─', width)
	pen.End()
	if p.problem != "" {
		pen.Text(st.Bad, "! "+p.problem)
	}
	pen.End()
	for _, w := range p.words {
		pen.Text(st.Muted, w)
		pen.End()
	}
	from := max(0, p.chosen-shownOffers+1)
	for i := from; i < len(p.offered) && i < from+shownOffers; i++ {
		ink := st.Text
		if i == p.chosen {
			pen.Under(st.Selected)
			pen.Text(st.AccentBold, "▸ ")
			ink = st.Strong
		} else {
			pen.Space(2)
		}
		pen.Text(ink, ui.CutMiddle(ui.Text(p.offered[i]), pen.Room()))
		pen.End()
	}
	return pen.Lines(height)
}

// line draws what is typed: the part around the cursor if not all fits.
func (p *Prompt) line(pen *ui.Pen, st *ui.Styles) {
	pen.Text(st.AccentBold, "› ")
	before, after := p.value[:p.at], string(p.value[p.at:])
	for len(before) > 0 && ui.Width(ui.Text(string(before))) > max(pen.Room()-1-min(ui.Width(after), 6), 0) {
		before = before[1:]
	}
	pen.Text(st.Text, string(before))
	pen.Text(st.Accent, "▏")
	if len(p.value) == 0 {
		pen.Text(st.Muted, p.hint)
	} else {
		pen.Text(st.Text, after)
	}
	pen.End()
}
