package entry

import "tokpit/tui/ui"

// rowLabel is how wide the labels of rows are.
const rowLabel = 14

// Row begins the line of a field or a choice: its mark and its label. What
// follows is drawn with [Field.Draw] or [Choice].
func Row(p *ui.Pen, st *ui.Styles, label string, focused bool) {
	ink, mark := st.Muted, "  "
	if focused {
		p.Under(st.Selected)
		ink, mark = st.AccentBold, "▸ "
	}
	p.Text(st.AccentBold, mark)
	p.Left(ink, label, rowLabel)
}

// Choice draws what is chosen from a list, between arrows.
func Choice(p *ui.Pen, st *ui.Styles, value string, focused bool) {
	arrows := st.Muted
	if focused {
		arrows = st.AccentBold
	}
	p.Text(arrows, "‹ ")
	p.Text(st.Text, ui.Cut(value, max(0, p.Room()-2)))
	p.Text(arrows, " ›")
}

// Button draws a button.
func Button(p *ui.Pen, st *ui.Styles, text string, focused bool) {
	ink := st.Badge
	if focused {
		ink = st.TabActive
	}
	p.Text(ink, text)
}
