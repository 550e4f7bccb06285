// Package tour is a walk through the pages in about two minutes: a box at the
// foot of the screen that says of each page what it answers and with which key,
// while the page itself is seen above it, with the person's own data or that of
// the demo.
//
//	m.modals.Push(tour.New(tour.Steps()))
//
// It changes nothing, and goes to pages by sending [ui.Open]. It ends with esc at
// any step; a key that it has no use for ends it too, and goes to the page.
package tour

import (
	"slices"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/tui/ui"
)

// Step is one stop.
type Step struct {
	Page  string // that it is about; "" stays where one is
	Title string
	Text  string
	Keys  [][2]string // key as the page shows it, what it does there; none that the tour takes
}

// Steps are the stops of the usual tour.
func Steps() []Step {
	return []Step{
		{"Overview", "Welcome", "Two minutes, one stop a page. Nothing is changed on the way. esc ends it wherever you are, and so does any key of the page, which then does its work.", nil},
		{"Overview", "What is it costing?", "The large figure is this cycle so far, beside what it was by now in the last one. Beneath are the days, and where it went.",
			[][2]string{{"i", "all figures of this"}, {"C", "a year of days"}, {"t", "another time"}}},
		{"Explore", "Why is it so much?", "Ask for usage by model, project, key, person or day. Go into any row, down to single requests, and come back.",
			[][2]string{{"b", "group by"}, {"/", "find a row"}, {"d", "single requests"}}},
		{"Estimate", "And before I send it?", "Paste a prompt and see its tokens and its cost on every model. The text stays in memory and goes nowhere.",
			[][2]string{{"x", "an example"}, {"o", "a file"}}},
		{"Simulate", "What would save most?", "Every change is tried on your own usage. The list begins with what keeps the models; the cursor is on what saves most, doubtful changes aside. Quality is said beside it, or that nobody knows.",
			[][2]string{{"i", "about a change"}, {"a", "add a lever"}}},
		{"Budgets", "Will it stay within the money?", "What is left, where the month will end, and who is told when. A hard limit can be tried on real usage first.",
			[][2]string{{"a", "a new budget"}, {"p", "try a limit"}}},
		{"Prices", "Says who?", "Every price with its source and since when, what changed, what is announced, and which models shut down.",
			[][2]string{{"tab", "next section"}, {"/", "find a model"}}},
		{"Sources", "Is all of it there?", "Where usage comes from, up to when, and which days are missing. Providers are connected here, and their bills compared.",
			[][2]string{{"a", "connect one"}, {"s", "read one now"}}},
		{"", "That is all", "Every key that works where you are is behind ?, and a few letters find any command behind : — this tour too.",
			[][2]string{{"?", "keys"}, {":", "commands"}, {"x", "export, for finance too"}}},
	}
}

// Tour is the box.
type Tour struct {
	steps []Step
	at    int
	keys  keyMap
}

type keyMap struct{ Next, Back, End key.Binding }

// New returns a tour over steps, of which there is at least one.
func New(steps []Step) *Tour {
	t := &Tour{steps: slices.Clone(steps), keys: keyMap{
		Next: key.NewBinding(key.WithKeys("enter", "space", "right", "l", "down", "j")),
		Back: key.NewBinding(key.WithKeys("left", "h", "up", "k", "backspace"), key.WithHelp("←", "back")),
		End:  key.NewBinding(key.WithKeys("esc", "q"), key.WithHelp("esc", "end the tour")),
	}}
	t.name()
	return t
}

// Begin returns the command that shows the page of the first step.
func (t *Tour) Begin() tea.Cmd { return t.open() }

// Title implements overlay.Modal.
func (t *Tour) Title() string {
	return t.steps[t.at].Title + "  " + ui.Digits(int64(t.at+1)) + " of " + ui.Digits(int64(len(t.steps)))
}

// CapturesText implements overlay.Modal.
func (t *Tour) CapturesText() bool { return false }

// Aside implements overlay.Aside: the page is what is to be looked at.
func (t *Tour) Aside() bool { return true }

// ShortHelp implements overlay.Modal.
func (t *Tour) ShortHelp() []key.Binding { return []key.Binding{t.keys.Next, t.keys.Back, t.keys.End} }

// FullHelp implements overlay.Modal.
func (t *Tour) FullHelp() [][]key.Binding { return [][]key.Binding{t.ShortHelp()} }

// Update implements overlay.Modal.
func (t *Tour) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		switch {
		case key.Matches(msg, t.keys.End):
			return nil, true
		case key.Matches(msg, t.keys.Next):
			return t.move(1)
		case key.Matches(msg, t.keys.Back):
			return t.move(-1)
		}
		return ui.Send(msg), true // once the box is gone, it is a key of the page
	case tea.MouseClickMsg:
		if msg.Button == tea.MouseLeft {
			return t.move(1)
		}
	}
	return nil, false
}

func (t *Tour) move(by int) (tea.Cmd, bool) {
	if t.at+by >= len(t.steps) {
		return nil, true
	}
	t.at = max(0, t.at+by)
	t.name()
	return t.open(), false
}

// name says what the key for the next step does.
func (t *Tour) name() {
	t.keys.Back.SetEnabled(t.at > 0)
	switch t.at {
	case 0:
		t.keys.Next.SetHelp("enter", "begin")
		t.keys.End.SetHelp("esc", "not now")
	case len(t.steps) - 1:
		t.keys.Next.SetHelp("enter", "done")
		t.keys.End.SetHelp("esc", "done")
	default:
		t.keys.Next.SetHelp("enter", "next")
		t.keys.End.SetHelp("esc", "end the tour")
	}
}

func (t *Tour) open() tea.Cmd {
	if page := t.steps[t.at].Page; page != "" {
		return ui.Send(ui.Open(page))
	}
	return nil
}

// Size implements overlay.Modal: the lines that the longest step takes, so that
// the box stays where it is.
func (t *Tour) Size(maxWidth, maxHeight int) (width, height int) {
	for i := range t.steps {
		height = max(height, len(ui.Wrap(t.steps[i].Text, max(maxWidth, 1)))+1)
	}
	return maxWidth, min(height, maxHeight)
}

// Lines implements overlay.Modal.
func (t *Tour) Lines(st *ui.Styles, width, height int) []string {
	p := ui.NewPen(width, height)
	step := &t.steps[t.at]
	for _, l := range ui.Wrap(step.Text, max(width, 1)) {
		p.Text(st.Text, l)
		p.End()
	}
	for i, k := range step.Keys {
		if ui.Width(k[0]+k[1])+1 > p.Room() {
			break
		}
		if i > 0 {
			p.Space(3)
		}
		p.Text(st.Key, k[0])
		p.Text(st.Muted, " "+k[1])
	}
	p.End()
	return p.Lines(height)
}
