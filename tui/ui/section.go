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

// crumb leads from one place to the next.
const crumb = " › "

// DrilledTitle is [SectionTitle] of what lies within a page: the way back stands
// before it, as far as there is room. [CrumbAt] finds what of it is clicked.
func DrilledTitle(p *Pen, st *Styles, back, title, remark string) {
	if Width(title)+Width(remark)+4 >= p.Room() {
		remark = ""
	}
	if Width(back)+Width(crumb)+Width(title)+3+Width(remark) < p.Room() {
		p.Text(st.Accent, back)
		p.Text(st.Muted, crumb)
	}
	SectionTitle(p, st, Cut(title, p.Room()), true, remark)
}

// CrumbAt reports whether a column of a [DrilledTitle] is that of the way back.
func CrumbAt(back string, x int) bool { return x >= 0 && x < Width(back) }
