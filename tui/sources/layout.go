package sources

import (
	"image"

	"tokpit/tui/layout"
)

// plan is where the parts of the page lie. Parts without room are empty.
type plan struct {
	list, coverage, detail, trust image.Rectangle
	folded                        bool // one strip a source, not one a lane
}

// needs is how much the parts would like to have, in lines.
type needs struct {
	sources, lanes, withDays int // rows of the list; strips; sources with a strip
	trust                    int // lines; 0 if there is nothing to compare
}

// Around the rows of a part.
const (
	listFrame     = 2 // title, header
	coverageFrame = 3 // title, axis, read-out
)

// What the parts need to make sense.
const (
	leastDetail = 5
	leastTrust  = 6
	usualDetail = 28
)

// arrange divides the page. From 140 columns on the details stand beside the
// list, and the strips have the whole width beneath both; below that all parts
// stand beneath each other, as far as there is room: `enter` and `v` open what
// has none.
func arrange(width, height int, n needs) plan {
	r := image.Rect(min(1, width), 0, max(min(1, width), width-1), height)
	if layout.ClassOf(width) == layout.Wide && height >= 16 {
		return besides(r, n)
	}
	var p plan
	spare := 0 // what the details need
	if height >= 18 {
		spare = leastDetail + 1
	}
	p.list, r = layout.Split(r, min(n.sources+listFrame, max(4, (height-spare)*2/5)))
	if lines := p.strips(r.Dy()-1-spare, n); lines > 0 {
		_, r = layout.Split(r, 1)
		p.coverage, r = layout.Split(r, lines)
	}
	if n.trust > 0 && r.Dy() >= leastDetail+leastTrust+4 {
		lines := min(n.trust, r.Dy()-leastDetail-4)
		r, p.trust = layout.Split(r, r.Dy()-lines)
		r.Max.Y--
	}
	if r.Dy() > 3 {
		_, p.detail = layout.Split(r, 1)
	}
	return p
}

// besides is the division of a wide page.
func besides(r image.Rectangle, n needs) plan {
	var p plan
	top := r
	if lines := p.strips(r.Dy()/2, n); lines > 0 {
		most := r.Dy() - lines - 1
		left := n.sources + listFrame
		if n.trust > 0 {
			left += 1 + n.trust*2
		}
		most = min(most, max(left, usualDetail))
		top, r = layout.Split(r, most)
		_, r = layout.Split(r, 1)
		p.coverage, _ = layout.Split(r, lines)
	}
	columns := layout.Columns(top, 3, 5, 4)
	p.list, p.detail = columns[0], columns[1]
	room := p.list.Dy()
	if room >= leastTrust+5 { // also to say that there is nothing to compare
		lines := min(n.sources+listFrame, room-leastTrust-1)
		p.list, p.trust = layout.Split(p.list, lines)
		_, p.trust = layout.Split(p.trust, 1)
		return p
	}
	p.list, _ = layout.Split(p.list, n.sources+listFrame)
	return p
}

// strips is how many of the lines that there are the strips take: for all lanes,
// else for one a source, else for as many as fit; 0 if they make no sense.
func (p *plan) strips(room int, n needs) int {
	lines := n.lanes
	if lines+coverageFrame > room {
		lines, p.folded = n.withDays, n.withDays < n.lanes
	}
	lines = min(lines+coverageFrame, room)
	if n.lanes == 0 || lines <= coverageFrame {
		return 0
	}
	return lines
}
