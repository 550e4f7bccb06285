package overlay

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/tui/ui"
)

// Document is a box over something that knows how to draw itself at any width.
type Document struct {
	scroller
	title string
	most  int
	draw  func(p *ui.Pen, st *ui.Styles)
}

// NewDocument returns a box of at most the given width. It calls draw with a pen
// of the width that there is; draw ends each line, and may draw any number.
func NewDocument(title string, most int, draw func(p *ui.Pen, st *ui.Styles)) *Document {
	return &Document{scroller: scroller{keys: newScrollKeys()}, title: ui.Text(title), most: most, draw: draw}
}

// Title implements [Modal].
func (d *Document) Title() string { return d.title }

// CapturesText implements [Modal].
func (d *Document) CapturesText() bool { return false }

// ShortHelp implements [Modal].
func (d *Document) ShortHelp() []key.Binding { return d.bindings() }

// FullHelp implements [Modal].
func (d *Document) FullHelp() [][]key.Binding { return [][]key.Binding{d.ShortHelp()} }

// Update implements [Modal].
func (d *Document) Update(msg tea.Msg) (tea.Cmd, bool) { return nil, d.update(msg) }

// Size implements [Modal].
func (d *Document) Size(maxWidth, maxHeight int) (width, height int) {
	w := min(maxWidth, d.most)
	p := ui.NewPen(w, maxHeight)
	d.draw(p, &ui.Styles{})
	return w, min(maxHeight, p.Height())
}

// Lines implements [Modal].
func (d *Document) Lines(st *ui.Styles, width, height int) []string {
	p := ui.NewPen(width, height)
	d.draw(p, st)
	return fill(d.window(p.Lines(p.Height()), height), width, width, height)
}
