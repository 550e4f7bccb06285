package overlay

import (
	"strings"

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
	cols, w := h.columns(maxWidth)
	_, rows := h.blocks(&ui.Styles{}, cols, w)
	return min(maxWidth, cols*(w+helpGap)-helpGap), min(maxHeight, rows)
}

// What a key takes, with its blank, the least that a column does, and what lies
// between columns.
const helpKey, leastHelp, helpGap = 14, 36, 2

// columns is in how many columns the groups stand, and how wide these are: as wide
// as the longest line, if that leaves room for one more.
func (h *Help) columns(width int) (cols, w int) {
	longest := leastHelp
	for _, g := range h.groups {
		for _, b := range enabled(g.Bindings) {
			longest = max(longest, helpKey+ui.Width(b.Help().Desc))
		}
	}
	for _, w := range []int{longest, leastHelp} {
		if cols = min((width+helpGap)/(w+helpGap), len(h.groups)); cols > 1 {
			return cols, w
		}
	}
	return 1, max(1, min(longest, width))
}

// blocks draws the columns, and says how many lines the longest has.
func (h *Help) blocks(st *ui.Styles, cols, w int) (pens []*ui.Pen, rows int) {
	for c := range cols {
		p := ui.NewPen(w, 40)
		for i := c; i < len(h.groups); i += cols {
			g := h.groups[i]
			if p.Height() > 0 {
				p.End()
			}
			p.Text(st.Strong, g.Title)
			p.End()
			for _, b := range enabled(g.Bindings) {
				for n, line := range ui.Wrap(b.Help().Desc, max(w-helpKey, 8)) {
					if n == 0 {
						p.Left(st.Key, b.Help().Key, helpKey)
					}
					p.To(helpKey)
					p.Text(st.Text, line)
					p.End()
				}
			}
		}
		pens, rows = append(pens, p), max(rows, p.Height())
	}
	return pens, rows
}

// Lines implements [Modal].
func (h *Help) Lines(st *ui.Styles, width, height int) []string {
	cols, w := h.columns(width)
	pens, rows := h.blocks(st, cols, w)
	joined := make([]string, rows)
	for c, p := range pens {
		for y, line := range p.Lines(rows) {
			if c > 0 {
				joined[y] += strings.Repeat(" ", helpGap)
			}
			joined[y] += line
		}
	}
	return fill(h.window(joined, height), cols*(w+helpGap)-helpGap, width, height)
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
