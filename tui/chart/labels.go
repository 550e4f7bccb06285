package chart

import "tokpit/tui/ui"

// labels is the line of words under an axis. The first placed wins: one that
// would touch another is left out.
type labels struct {
	width int
	taken []bool
	list  []label
}

type label struct {
	text string
	ink  ui.Ink
	x    int
}

func newLabels(width int) *labels { return &labels{width: width, taken: make([]bool, width+1)} }

// place puts a text at a column, or as far left of it as it must to be whole.
func (l *labels) place(x int, text string, ink ui.Ink) {
	w := ui.Width(text)
	x = max(0, min(x, l.width-w))
	for c := max(0, x-1); c < min(x+w+1, l.width); c++ {
		if l.taken[c] {
			return
		}
	}
	for c := x; c < min(x+w, l.width); c++ {
		l.taken[c] = true
	}
	l.list = append(l.list, label{text, ink, x})
}

// draw writes the line.
func (l *labels) draw(p *ui.Pen) {
	for x := 0; x < l.width; {
		next := l.width
		for _, at := range l.list {
			if at.x == x {
				p.Text(at.ink, at.text)
			}
			if at.x > x {
				next = min(next, at.x)
			}
		}
		p.To(next)
		x = next
	}
	p.End()
}

// sign is an entry of a legend.
type sign struct {
	ink        ui.Ink
	sign, text string
}

// legend writes signs with what they mean, as many whole ones as there is room for.
func legend(p *ui.Pen, st *ui.Styles, all []sign) {
	for _, s := range all {
		if p.Room() < ui.Width(s.sign)+1+ui.Width(s.text) {
			return
		}
		p.Text(s.ink, s.sign)
		p.Space(1)
		p.Text(st.Muted, s.text)
		p.Space(2)
	}
}
