package overlay

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/tui/ui"
)

// Group is bindings under a heading.
type Group struct {
	Title    string
	Bindings []key.Binding
}

// Help lists every key.
type Help struct {
	scroller
	groups []Group
}

// NewHelp returns a list of the enabled bindings of the groups.
func NewHelp(groups []Group) *Help {
	return &Help{scroller: scroller{keys: newScrollKeys()}, groups: groups}
}

// Title implements [Modal].
func (h *Help) Title() string { return "Keys" }

// CapturesText implements [Modal].
func (h *Help) CapturesText() bool { return false }

// ShortHelp implements [Modal].
func (h *Help) ShortHelp() []key.Binding { return h.bindings() }

// FullHelp implements [Modal].
func (h *Help) FullHelp() [][]key.Binding { return [][]key.Binding{h.ShortHelp()} }

// Update implements [Modal].
func (h *Help) Update(msg tea.Msg) (tea.Cmd, bool) { return nil, h.update(msg) }

// Size implements [Modal].
func (h *Help) Size(maxWidth, maxHeight int) (width, height int) {
	cols := h.columns(maxWidth)
	return min(maxWidth, cols*helpColumn-2), min(maxHeight, h.rows(cols))
}

const helpColumn, helpKey = 38, 14

func (h *Help) columns(width int) int { return min(max(1, (width+2)/helpColumn), len(h.groups)) }

// rows is the height with the groups in so many columns.
func (h *Help) rows(cols int) int {
	tall := make([]int, max(cols, 1))
	for i, g := range h.groups {
		tall[i%max(cols, 1)] += len(enabled(g.Bindings)) + 2
	}
	most := 0
	for _, n := range tall {
		most = max(most, n-1)
	}
	return most
}

// Lines implements [Modal].
func (h *Help) Lines(st *ui.Styles, width, height int) []string {
	cols := max(1, h.columns(width))
	rows := h.rows(cols)
	w := width
	if cols > 1 {
		w = helpColumn - 2
	}
	blocks := make([][]string, cols)
	for c := range cols {
		p := ui.NewPen(w, rows)
		for i := c; i < len(h.groups); i += cols {
			g := h.groups[i]
			if p.Height() > 0 {
				p.End()
			}
			p.Text(st.Strong, g.Title)
			p.End()
			for _, b := range enabled(g.Bindings) {
				p.Left(st.Key, b.Help().Key, helpKey)
				p.Text(st.Text, b.Help().Desc)
				p.End()
			}
		}
		blocks[c] = p.Lines(rows)
	}
	joined := make([]string, rows)
	for y := range rows {
		line := blocks[0][y]
		for _, b := range blocks[1:] {
			line += "  " + b[y]
		}
		joined[y] = line
	}
	return fill(h.window(joined, height), cols*w+(cols-1)*2, width, height)
}

// fill pads a block of lines to a size.
func fill(lines []string, have, width, height int) []string {
	pen := ui.NewPen(max(0, width-have), 1)
	pen.End()
	pad := pen.String()
	out := make([]string, 0, height)
	for _, l := range lines {
		out = append(out, l+pad)
	}
	if len(out) < height {
		out = append(out, ui.NewPen(width, 1).Lines(height-len(out))...)
	}
	return out[:height]
}

func enabled(bindings []key.Binding) []key.Binding {
	var out []key.Binding
	for _, b := range bindings {
		if b.Enabled() {
			out = append(out, b)
		}
	}
	return out
}
