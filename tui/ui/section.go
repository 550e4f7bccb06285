package ui

// SectionTitle draws a panel's title with a rule to the right edge and a
// remark before it ends.
func SectionTitle(p *Pen, st *Styles, title string, focused bool, remark string) {
	ink := st.Strong
	if focused {
		ink = st.AccentBold
	}
	p.Text(ink, title)
	p.Space(1)
	rule := st.Faint
	if focused {
		rule = st.Accent
	}
	if w := Width(remark); w > 0 && w+3 < p.Room() {
		p.Fill(rule, '─', p.Room()-w-1)
		p.Space(1)
		p.Text(st.Muted, remark)
	} else {
		p.Fill(rule, '─', p.Room())
	}
	p.End()
}
