package sources

import (
	"image"

	"tokpit/tui/layout"
)

// plan is where the parts of the page lie. Parts without room are empty.
type plan struct {
	list, coverage, detail, trust image.Rectangle
	days                          image.Rectangle // of the chosen source
	folded                        bool            // one strip a source, not one a lane
}

// needs is how much the parts would like to have, in lines.
type needs struct {
	sources, lanes, withDays int                 // rows of the list; strips; sources with a strip
	trust                    func(width int) int // lines; 0 if there is nothing to compare
	whole, detail            func(width int) int // lines of all that is compared, and of the details
}

// Around the rows of a part.
const (
	listFrame     = 2 // title, header
	coverageFrame = 3 // title, axis, read-out
)

// What the parts need to make sense.
const (
	leastDetail = 5
	someDetail  = 8 // where there is more than the least
	leastDays   = 8 // with title and header
	noTrust     = 4 // without anything to compare
	leastTrust  = 6
)

// arrange divides the page: the list, then the strips, then what is known of one
// source and whether bills agree. From 140 columns on these two stand side by
// side; below that one beneath the other, as far as there is room: `enter` and `v`
// open what has none.
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
	if trust := n.trust(r.Dx()); trust > 0 && r.Dy() >= leastDetail+leastTrust+2 {
		lines := min(trust, max(leastTrust, r.Dy()-someDetail-2))
		r, p.trust = layout.Split(r, r.Dy()-lines)
		r.Max.Y--
	} else if trust == 0 && r.Dy() >= 2*someDetail { // there is room to say that there is nothing to compare
		r, p.trust = layout.Split(r, r.Dy()-noTrust)
		r.Max.Y--
	}
	if r.Dy() > 3 {
		_, p.detail = layout.Split(r, 1)
	}
	return p
}

// besides is the division of a wide page. What matters more stands at the left:
// what is compared, or else the details.
func besides(r image.Rectangle, n needs) plan {
	var p plan
	bottom := leastDetail + 3
	p.list, r = layout.Split(r, min(n.sources+listFrame, max(4, (r.Dy()-bottom)/2)))
	if lines := p.strips(r.Dy()-2-bottom, n); lines > 0 {
		_, r = layout.Split(r, 1)
		p.coverage, r = layout.Split(r, lines)
	}
	_, r = layout.Split(r, 1)
	columns := layout.Columns(r, 3, 5, 4)
	p.trust, p.detail = columns[0], columns[1]
	if n.trust(p.trust.Dx()) == 0 { // also to say that there is nothing to compare
		p.detail, p.trust = columns[0], columns[1]
	}
	below := max(n.whole(p.trust.Dx()), n.detail(p.detail.Dx())) + 1
	if r.Dy()-below >= leastDays && n.withDays > 0 { // room for the days themselves
		p.trust.Max.Y, p.detail.Max.Y = r.Min.Y+below-1, r.Min.Y+below-1
		_, p.days = layout.Split(r, below)
	}
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
