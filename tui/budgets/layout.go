package budgets

import (
	"image"

	"tokpit/tui/layout"
)

// plan is where the parts of the page lie. Parts without room are empty.
type plan struct {
	hero, list, burn, detail image.Rectangle
	big                      bool // the hero has room for a big figure
	legend                   bool // the list says what the signs of gauges mean
}

// How many lines the hero takes: a title, what is left, the gauge, and the words
// under it.
const (
	heroBig   = 7
	heroSmall = 5
	heroLeast = 3
)

// What the parts need to make sense.
const (
	listFrame   = 1
	leastBurn   = 7
	leastDetail = 6
)

// arrange divides the page: what is left at the top, then all budgets, then the
// chart. From 120 columns on the details stand beside the chart, and the list
// beside it on wide ones; below that they stand beneath it, as far as there is
// room: `enter` opens what has none.
func arrange(width, height, budgets int) plan {
	var p plan
	r := image.Rect(min(1, width), 0, max(min(1, width), width-1), height)
	lines := heroSmall
	switch {
	case height >= 24:
		lines, p.big = heroBig, true
	case height < 13:
		lines = heroLeast
	}
	p.hero, r = layout.Split(r, lines)
	rows := max(1, budgets) + listFrame
	if budgets <= 1 && height < 28 { // a list of one says nothing that the hero does not
		rows = 0
	}
	if rows > 0 && r.Dy()-rows >= leastBurn+8 {
		rows++
		p.legend = true
	}
	if room := r.Dy() - leastBurn - 2; rows > room {
		rows = max(min(rows, 3), min(room, r.Dy()/2))
	}
	if rows > 0 {
		if p.big || p.legend {
			_, r = layout.Split(r, 1)
		}
		p.list, r = layout.Split(r, min(rows, r.Dy()))
	}
	if r.Dy() < leastBurn+1 {
		return p
	}
	_, r = layout.Split(r, 1)
	if width >= 116 {
		columns := layout.Columns(r, 3, 5, 4)
		p.burn, p.detail = columns[0], columns[1]
		return p
	}
	if r.Dy() >= leastBurn+leastDetail+8 {
		p.burn, r = layout.Split(r, r.Dy()*11/20)
		_, p.detail = layout.Split(r, 1)
		return p
	}
	p.burn = r
	return p
}

// shown is how many budgets the list has room for.
func (p plan) shown() int {
	n := p.list.Dy() - listFrame
	if p.legend {
		n--
	}
	return max(0, n)
}
