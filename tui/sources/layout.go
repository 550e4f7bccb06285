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
	trust                    int
}

// Around the rows of a part.
const (
	listFrame     = 2 // title, header
	coverageFrame = 3 // title, axis, read-out
	leastDetail   = 5
	mostTrust     = 14
)

// arrange divides the page. From 140 columns on the details stand beside the
// list and the strips; below that beneath them, else `enter` opens them.
func arrange(width, height int, n needs) plan {
	var p plan
	r := image.Rect(min(1, width), 0, max(min(1, width), width-1), height)
	wide := layout.ClassOf(width) == layout.Wide && height >= 14
	if wide {
		side := min(max(56, r.Dx()*2/5), 84)
		p.detail = image.Rect(r.Max.X-side, r.Min.Y, r.Max.X, r.Max.Y)
		r.Max.X -= side + 3
	}
	spare := 0 // what the details need beneath
	if !wide && height >= 18 {
		spare = leastDetail + 1
	}
	p.list, r = layout.Split(r, min(n.sources+listFrame, max(4, (height-spare)*2/5)))
	p.coverage, r = coverageIn(r, n, spare, &p.folded)
	if wide {
		if n.trust > 0 && r.Dy() > 5 {
			_, p.trust = layout.Split(r, 1)
		}
		return p
	}
	if n.trust > 0 && r.Dy() >= leastDetail*2+4 {
		keep := r.Dy() - min(n.trust, mostTrust) - 1
		r, p.trust = layout.Split(r, max(keep, leastDetail+1))
		_, p.trust = layout.Split(p.trust, 1)
	}
	if r.Dy() > 3 {
		_, p.detail = layout.Split(r, 1)
	}
	return p
}

// coverageIn gives the strips their lines: all lanes, else one a source, else
// as many as fit.
func coverageIn(r image.Rectangle, n needs, spare int, folded *bool) (coverage, rest image.Rectangle) {
	room := r.Dy() - 1 - spare
	lines := n.lanes
	if lines+coverageFrame > room {
		lines, *folded = n.withDays, n.withDays < n.lanes
	}
	lines = min(lines+coverageFrame, room)
	if n.lanes == 0 || lines <= coverageFrame {
		return image.Rectangle{}, r
	}
	_, r = layout.Split(r, 1)
	return layout.Split(r, lines)
}
