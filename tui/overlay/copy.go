package overlay

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokpit/internal/clean"
	"tokpit/tui/ui"
)

// Copy is a short menu of what can be copied: y takes the first, a digit any
// other, a letter the whole table. The terminal's clipboard is reached by an
// escape sequence (OSC 52), which works over SSH; tmux lets it through with "set
// -g set-clipboard on".
type Copy struct {
	entries []copied
	cursor  int
	keys    copyKeys
}

type copyKeys struct{ Up, Down, Take, First, Close key.Binding }

// copied is one line of the menu.
type copied struct {
	key        string
	name, note string
	make       func() tea.Msg
}

// NewCopy returns the menu over clips, and over a table unless it is nil.
func NewCopy(clips []ui.Clip, sheet func() *ui.Sheet) *Copy {
	c := &Copy{keys: copyKeys{
		Up:    key.NewBinding(key.WithKeys("up", "k"), key.WithHelp("↑↓", "choose")),
		Down:  key.NewBinding(key.WithKeys("down", "j", "tab"), key.WithHelp("↓", "down")),
		First: key.NewBinding(key.WithKeys("y"), key.WithHelp("y", "the first")),
		Take:  key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "copy")),
		Close: key.NewBinding(key.WithKeys("esc", "q"), key.WithHelp("esc", "close")),
	}}
	const digits = "123456789"
	for i, clip := range clips[:min(len(clips), len(digits))] {
		text := harmless(clip.Text)
		note := clip.Note
		if note == "" {
			note = text
		}
		c.entries = append(c.entries, copied{digits[i : i+1], clip.Name, note, func() tea.Msg {
			if clip.Make == nil {
				return put(text, clip.Name+": "+text)
			}
			content, err := clip.Make()
			if err != nil {
				return ui.Notice("! nothing was copied: " + ui.Text(err.Error()))
			}
			return put(harmless(string(content)), clip.Name)
		}})
	}
	if sheet != nil {
		for _, f := range []struct {
			key, ending, note string
		}{{"m", "md", "for a ticket or a chat"}, {"c", "csv", "every digit"}, {"t", "tsv", "tabs, for a spreadsheet"}} {
			form := ui.Tabbed()
			for _, s := range ui.SheetForms() {
				if s.Ending == f.ending {
					form = s
				}
			}
			c.entries = append(c.entries, copied{f.key, "the table as " + form.Title, f.note, func() tea.Msg { return CopySheet(sheet(), form)() }})
		}
	}
	return c
}

// harmless takes what could act out of a text, but for its lines.
func harmless(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i := range lines {
		lines[i] = clean.Text(lines[i])
	}
	return strings.Join(lines, "\n")
}

// put puts text on the clipboard, and says so.
func put(text, said string) tea.Msg {
	said, _, more := strings.Cut(said, "\n")
	if more {
		said += " …"
	}
	return tea.BatchMsg{tea.SetClipboard(text), ui.Send(ui.Notice("Copied " + ui.Text(said)))}
}

// Title implements [Modal].
func (c *Copy) Title() string { return "Copy" }

// CapturesText implements [Modal].
func (c *Copy) CapturesText() bool { return false }

// ShortHelp implements [Modal].
func (c *Copy) ShortHelp() []key.Binding {
	return []key.Binding{c.keys.First, c.keys.Up, c.keys.Take, c.keys.Close}
}

// FullHelp implements [Modal].
func (c *Copy) FullHelp() [][]key.Binding { return [][]key.Binding{c.ShortHelp()} }

// Update implements [Modal].
func (c *Copy) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		switch k := &c.keys; {
		case key.Matches(msg, k.Close):
			return nil, true
		case key.Matches(msg, k.Take):
			return c.take(c.cursor)
		case key.Matches(msg, k.First):
			return c.take(0)
		case key.Matches(msg, k.Up):
			c.move(-1)
		case key.Matches(msg, k.Down):
			c.move(1)
		}
		for i := range c.entries {
			if msg.Text == c.entries[i].key {
				return c.take(i)
			}
		}
	case tea.MouseClickMsg:
		if msg.Button == tea.MouseLeft && msg.Y >= 0 {
			return c.take(msg.Y)
		}
	case tea.MouseWheelMsg:
		by := 1
		if msg.Button == tea.MouseWheelUp {
			by = -1
		}
		c.move(by)
	}
	return nil, false
}

func (c *Copy) move(by int) {
	if n := len(c.entries); n > 0 {
		c.cursor = ((c.cursor+by)%n + n) % n
	}
}

func (c *Copy) take(i int) (tea.Cmd, bool) {
	if i >= len(c.entries) {
		return nil, false
	}
	return c.entries[i].make, true
}

// Size implements [Modal].
func (c *Copy) Size(maxWidth, maxHeight int) (width, height int) {
	return min(maxWidth, 76), min(maxHeight, len(c.entries)+1)
}

// Lines implements [Modal].
func (c *Copy) Lines(st *ui.Styles, width, height int) []string {
	pen := ui.NewPen(width, height)
	from := max(0, c.cursor-height+1)
	for i := from; i < len(c.entries); i++ {
		e := &c.entries[i]
		ink := st.Text
		if i == c.cursor {
			pen.Under(st.Selected)
			ink = st.Strong
		}
		pen.Left(st.Key, e.key, 3)
		pen.Left(ink, ui.CutName(ui.Text(e.name), 26), 28)
		first, _, _ := strings.Cut(e.note, "\n")
		pen.Text(st.Muted, ui.Cut(ui.Text(first), max(0, pen.Room())))
		pen.End()
	}
	pen.Text(st.Muted, ui.Cut("inside tmux this needs: set -g set-clipboard on", width))
	pen.End()
	return pen.Lines(height)
}

// Clips implements [ui.Clipped]: all that the box says, and each of its figures.
func (d *Detail) Clips() []ui.Clip {
	var all strings.Builder
	var out []ui.Clip
	for _, r := range d.rows {
		line := strings.Join(strings.Fields(r.Label+" "+r.Value+" "+r.Note), " ")
		all.WriteString(line + "\n")
		if r.Value != "" && r.Value != ui.Unknown {
			out = append(out, ui.Clip{Name: strings.TrimSpace(r.Label), Text: r.Value})
		}
	}
	return append([]ui.Clip{{Name: "the whole box", Text: d.title + "\n" + all.String()}}, out...)
}

// Clips implements [ui.Clipped]: all that the document says.
func (d *Document) Clips() []ui.Clip {
	pen := ui.NewPen(d.most, 0)
	d.draw(pen, ui.NewStyles(ui.Theme{Mono: true}))
	lines := pen.Lines(pen.Height())
	for i := range lines {
		lines[i] = strings.TrimRight(ansi.Strip(lines[i]), " ")
	}
	return []ui.Clip{{Name: "the whole box", Text: d.title + "\n" + strings.Join(lines, "\n")}}
}
