package overlay

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/tui/ui"
)

// Row is one line of a [Detail]: a label, a figure, and a remark. A row with
// only a label is a heading; an empty one a gap.
type Row struct {
	Label, Value, Note string
	Ink                ui.Ink // of the value
	// Wrap writes the note over as many lines as it needs, instead of the
	// figures.
	Wrap bool
}

// Detail shows labelled figures.
type Detail struct {
	scroller
	title string
	rows  []Row
}

// NewDetail returns a box with rows.
func NewDetail(title string, rows []Row) *Detail {
	return &Detail{scroller: scroller{keys: newScrollKeys()}, title: ui.Text(title), rows: rows}
}

// Title implements [Modal].
func (d *Detail) Title() string { return d.title }

// CapturesText implements [Modal].
func (d *Detail) CapturesText() bool { return false }

// ShortHelp implements [Modal].
func (d *Detail) ShortHelp() []key.Binding { return d.bindings() }

// FullHelp implements [Modal].
func (d *Detail) FullHelp() [][]key.Binding { return [][]key.Binding{d.ShortHelp()} }

// Update implements [Modal].
func (d *Detail) Update(msg tea.Msg) (tea.Cmd, bool) { return nil, d.update(msg) }

const detailWidth = 66

// Size implements [Modal].
func (d *Detail) Size(maxWidth, maxHeight int) (width, height int) {
	w := min(maxWidth, detailWidth)
	return w, min(maxHeight, d.draw(nil, w).Height())
}

// Lines implements [Modal].
func (d *Detail) Lines(st *ui.Styles, width, height int) []string {
	p := d.draw(st, width)
	return fill(d.window(p.Lines(p.Height()), height), width, width, height)
}

// draw writes all rows; without styles it only counts them.
func (d *Detail) draw(st *ui.Styles, width int) *ui.Pen {
	if st == nil {
		st = &ui.Styles{}
	}
	p := ui.NewPen(width, len(d.rows))
	label, value := 0, 0
	for _, r := range d.rows {
		if r.Value != "" {
			label, value = max(label, ui.Width(r.Label)), max(value, ui.Width(r.Value))
		}
	}
	label = min(label, width/2)
	value = min(value, max(0, width-label-2))
	for _, r := range d.rows {
		switch {
		case r.Wrap:
			for _, line := range ui.Wrap(ui.Text(r.Note), width) {
				p.Text(st.Muted, line)
				p.End()
			}
			continue
		case r.Value == "" && r.Note == "":
			p.Text(st.Strong, r.Label)
		default:
			ink := r.Ink
			if ink.IsPlain() {
				ink = st.Text
			}
			p.Left(st.Muted, r.Label, label+2)
			p.Right(ink, r.Value, value)
			p.Space(2)
			p.Text(st.Muted, r.Note)
		}
		p.End()
	}
	return p
}
