package explore

import (
	"image"

	"tokpit/tui/layout"
)

// plan is where the parts of the page lie. Parts without room are empty.
type plan struct {
	hero, crumbs, chips, table, foot, note, panel image.Rectangle
	more                                          image.Rectangle // says that there are other rows
	chart                                         image.Rectangle // the row's time, beneath the table
	share                                         image.Rectangle // the row within all rows by time, beneath that
	big                                           bool            // the headline is in big digits
}

const (
	bigHero   = 5
	sidePanel = 46
	// A table needs no more than this; what is wider goes to the panel.
	fullTable = 160
	// A chart beneath the table has so many lines, its title and the gap before it
	// included.
	leastChart, mostChart = 9, 34
	// Where two have so many lines each, there are two.
	leastOfTwo = 20
	// A panel beside the table leaves it this much; one beneath it these lines.
	leastTable, leastLines = 104, 16
	panelLines             = 8
	// It gives as many to a table that has no other way to show all of its rows.
	panelSpare = 2
)

// content is what a page has to show, as far as its layout depends on it.
type content struct {
	rows int  // of the table; -1 if it takes all the room
	feet int  // lines of totals
	wide bool // the table wants the whole width: a pivot
	// moves: what stands beneath the table is why costs changed, and takes all its
	// lines.
	moves bool
	chart bool // rows have a time that can be drawn
}

// arrange divides a page. The table has most of it, and its total stands right
// beneath its last row.
func arrange(width, height int, c content) plan {
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
	r = p.placePanel(r, height, c)
	p.placeTable(r, height, c)
	return p
}

// placePanel gives what is said of the row its place, beside the table or beneath it,
// and returns what is left.
func (p *plan) placePanel(r image.Rectangle, height int, c content) image.Rectangle {
	if !c.wide && r.Dx() >= leastTable+2+sidePanel && r.Dy() >= leastLines {
		side := max(sidePanel, r.Dx()/4)
		if c.chart {
			side = max(sidePanel, r.Dx()/3, r.Dx()-fullTable-3)
		}
		p.panel = image.Rect(r.Max.X-side, r.Min.Y, r.Max.X, r.Max.Y)
		r.Max.X -= side + 3
	} else if r.Dy() >= leastLines+panelLines+1 {
		lines := panelLines
		if need := c.rows + 1 + c.feet + noteLines(height) + lines + 1 - r.Dy(); c.rows >= 0 && !c.moves && need > 0 && need <= panelSpare {
			lines -= need
		}
		var rest image.Rectangle
		r, rest = layout.Split(r, r.Dy()-lines-1)
		_, p.panel = layout.Split(rest, 1)
	}
	return r
}

// placeTable divides the place of the table: its rows, their total right beneath the
// last, and where there is room left the charts of the row.
func (p *plan) placeTable(r image.Rectangle, height int, c content) {
	note, feet := noteLines(height), c.feet
	if r.Dy() < feet+note+3 {
		feet, note = 0, 0
	}
	lines := r.Dy() - feet - note
	more := 0
	if c.rows >= 0 && c.rows+1 <= lines {
		lines = c.rows + 1
	} else if c.rows >= 0 && lines > 3 {
		more = 1
	}
	p.table, r = layout.Split(r, lines-more)
	p.more, r = layout.Split(r, more)
	p.foot, r = layout.Split(r, feet)
	p.note, r = layout.Split(r, note)
	if p.panel.Min.X > p.table.Max.X && c.chart && r.Dy() >= leastChart {
		_, r = layout.Split(r, 1)
		if r.Dy() > 2*leastOfTwo && c.rows > 1 {
			_, p.share = layout.Split(r, (r.Dy()+1)/2)
			p.share.Max.Y = min(p.share.Max.Y, p.share.Min.Y+mostChart)
			r.Max.Y = p.share.Min.Y - 1
		}
		p.chart, _ = layout.Split(r, min(r.Dy(), mostChart))
	}
}

// noteLines is how many lines there are for what a reader should know.
func noteLines(height int) int {
	if height >= 16 {
		return 1
	}
	return 0
}

// arrange divides the page as it is now.
func (p *Page) arrange() {
	c := content{rows: -1, feet: p.feet()}
	if p.current() {
		c.wide, c.moves, c.chart = p.reply.step.pivot != "" || p.reply.step.view == unusedView, p.reply.compare, p.reply.step.view == usageView
		if n := p.reply.shaped.rows().Len(); n > 0 {
			c.rows = n
		}
	}
	p.plan = arrange(p.width, p.height, c)
	p.table.SetSize(p.plan.table.Dx(), p.plan.table.Dy())
	p.frame = ""
}
