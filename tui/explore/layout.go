package explore

import (
	"image"

	"tokpit/tui/layout"
)

// plan is where the parts of the page lie. Parts without room are empty.
type plan struct {
	hero, crumbs, chips, table, foot, note, panel image.Rectangle
	big                                           bool // the headline is in big digits
}

const (
	bigHero   = 5
	sidePanel = 46
	// A panel beside the table leaves it this much; one beneath it these lines.
	leastTable, leastLines = 104, 16
	panelLines             = 8
)

// arrange divides a page. The table always has most of it.
func arrange(width, height, feet int) plan {
	var p plan
	r := image.Rect(min(1, width), 0, max(min(1, width), width-1), height)
	gap := 0
	switch {
	case height >= 30 && width >= 100:
		p.big, gap = true, 1
		p.hero, r = layout.Split(r, bigHero)
		_, r = layout.Split(r, 1)
	case height >= 14:
		p.hero, r = layout.Split(r, 2)
	default:
		p.hero, r = layout.Split(r, 1)
	}
	if height >= 11 {
		p.crumbs, r = layout.Split(r, 1)
	}
	if height >= 9 {
		p.chips, r = layout.Split(r, 1)
	}
	_, r = layout.Split(r, gap)
	if r.Dx() >= leastTable+2+sidePanel && r.Dy() >= leastLines {
		p.panel = image.Rect(r.Max.X-sidePanel, r.Min.Y, r.Max.X, r.Max.Y)
		r.Max.X -= sidePanel + 3
	} else if r.Dy() >= leastLines+panelLines+1 {
		var rest image.Rectangle
		r, rest = layout.Split(r, r.Dy()-panelLines-1)
		_, p.panel = layout.Split(rest, 1)
	}
	if height >= 16 {
		r, p.note = layout.Split(r, r.Dy()-1)
	}
	if r.Dy() >= feet+3 {
		r, p.foot = layout.Split(r, r.Dy()-feet)
	}
	p.table = r
	return p
}

// arrange divides the page as it is now.
func (p *Page) arrange() {
	p.plan = arrange(p.width, p.height, p.feet())
	p.table.SetSize(p.plan.table.Dx(), p.plan.table.Dy())
	p.frame = ""
}
