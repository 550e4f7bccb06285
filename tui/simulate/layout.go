package simulate

import (
	"image"

	"tokpit/tui/layout"
)

// plan is where the parts of the page lie. Parts without room are empty; a
// section's first line is its title.
type plan struct {
	head               image.Rectangle
	chips              image.Rectangle
	leverTitle, levers image.Rectangle
	belowTitle, below  image.Rectangle
	noteTitle, notes   image.Rectangle
	big                bool // the head has room for big figures
	foot               image.Rectangle
	moreTitle, more    image.Rectangle // the ranking beneath the models, where there is room
}

const (
	bigHead   = 5
	sidePanel = 48
	// The panel stands beside the rest from this width on.
	sideBySide = 150
)

// leastMore is from how many lines on the ranking stands beneath the models too.
const leastMore = 8

// tuck puts the total right beneath the last of so many rows, and the ranking
// into what is left.
func (p *plan) tuck(rows int) {
	if p.foot.Empty() || rows+1 >= p.below.Dy() {
		return
	}
	end := p.foot.Max.Y
	p.below.Max.Y = p.below.Min.Y + rows + 1
	p.foot = p.foot.Add(image.Pt(0, p.below.Max.Y-p.foot.Min.Y))
	if room := image.Rect(p.below.Min.X, p.foot.Max.Y+1, p.below.Max.X, end); room.Dy() >= leastMore {
		p.moreTitle, p.more = layout.Split(room, 1)
	}
}

// content is what a page has to show, as far as its layout depends on it.
type content struct {
	levers int // lines of the list
	notes  int // lines of notes at the width of the page; 0 has no section
	foot   int // lines under the table
}

// arrange divides a page: the figure, the question, the levers, and beneath them
// a table, with what is said about it beside or under it.
func arrange(width, height int, c content) plan {
	var p plan
	r := image.Rect(min(1, width), 0, max(min(1, width), width-1), height)
	switch {
	case height >= 30 && width >= 96:
		p.big = true
		p.head, r = layout.Split(r, bigHead)
		_, r = layout.Split(r, 1)
	case height >= 12:
		p.head, r = layout.Split(r, 2)
	default:
		p.head, r = layout.Split(r, 1)
	}
	if height >= 8 {
		p.chips, r = layout.Split(r, 1)
	}
	if height >= 28 {
		_, r = layout.Split(r, 1)
	}
	if width >= sideBySide && r.Dy() >= 12 {
		side := image.Rect(r.Max.X-sidePanel, r.Min.Y, r.Max.X, r.Max.Y)
		r.Max.X -= sidePanel + 3
		p.noteTitle, p.notes = layout.Split(side, 1)
	}
	if c.levers > 0 {
		most := max(1, (r.Dy()-1)/2)
		if r.Dy() < 8 {
			most = max(0, r.Dy()-1)
		}
		p.leverTitle, r = layout.Split(r, 1)
		p.levers, r = layout.Split(r, min(c.levers, most))
		if r.Dy() > 10 {
			_, r = layout.Split(r, 1)
		}
	}
	if p.noteTitle.Empty() && c.notes > 0 && r.Dy() >= 9 {
		lines := min(c.notes, r.Dy()/4)
		if r.Dy() < 20 { // the table matters more
			lines = min(c.notes, max(1, r.Dy()/6))
		}
		gap := 0
		if r.Dy() >= 16 {
			gap = 1
		}
		r, p.notes = layout.Split(r, r.Dy()-lines)
		r, _ = layout.Split(r, r.Dy()-gap)
	}
	if r.Dy() < 3 {
		return p
	}
	p.belowTitle, r = layout.Split(r, 1)
	foot := c.foot
	if r.Dy() < foot+4 {
		foot = 0
	}
	p.below, p.foot = layout.Split(r, r.Dy()-foot)
	return p
}
