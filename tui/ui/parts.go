package ui

// between parts what stands beside each other on a line.
const between = " · "

// Part begins another part of a line, of so many columns: it writes a dot after what
// stands there already, and reports whether there is room for both. Without room it
// writes nothing.
func (st *Styles) Part(p *Pen, width int) bool {
	gap := 0
	if p.Room() < p.Width() {
		gap = Width(between)
	}
	if gap+width > p.Room() {
		return false
	}
	if gap > 0 {
		p.Text(st.Faint, between)
	}
	return true
}
