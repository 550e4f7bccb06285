package estimate

import (
	"image"

	"tokpit/tui/layout"
)

// plan is where the parts of the page lie. Parts without room are empty; a
// section's first line is its title.
type plan struct {
	head              image.Rectangle
	textTitle, text   image.Rectangle
	stripTitle, strip image.Rectangle
	tableTitle, table image.Rectangle
	foot              image.Rectangle
	big               bool // the head has room for big figures
}

// stripMode says whether tokens are shown: by themselves where there is room, or
// as a person wants.
type stripMode uint8

const (
	stripAuto stripMode = iota
	stripOn
	stripOff
)

// sideBySide is from which width on the table stands beside the text.
const sideBySide = 112

// widestText is how wide the text is at most beside the table.
const widestText = 100

// arrange divides the page: the text beside the table where both have room, else
// above it. While the text is edited it takes more of the height.
func arrange(width, height int, editing bool, mode stripMode) plan {
	var p plan
	r := image.Rect(min(1, width), 0, max(min(1, width), width-1), height)
	p.big = r.Dx() >= 96 && height >= 30
	lines := 3
	switch {
	case p.big && height >= 44:
		lines = 9
	case p.big:
		lines = 8
	case height < 12:
		lines = 1
	case height < 18:
		lines = 2
	case height >= 20:
		lines = 4
	}
	p.head, r = layout.Split(r, lines)
	if r.Dx() >= sideBySide-2 {
		columns := layout.Columns(r, 3, 2, 3)
		left, right := columns[0], columns[1]
		if over := left.Dx() - widestText; over > 0 { // lines of prose are no longer
			left.Max.X -= over
			right.Min.X -= over
		}
		p.writing(left, mode != stripOff, editing)
		p.listing(right)
		return p
	}
	share := r.Dy() * 2 / 5
	if editing {
		share = r.Dy() * 3 / 5
	}
	share = min(max(share, 3), max(r.Dy()-5, 2))
	var left image.Rectangle
	left, r = layout.Split(r, share)
	p.writing(left, mode == stripOn || mode == stripAuto && height >= 34, editing)
	p.listing(r)
	return p
}

// writing divides the place of the text. Tokens take all of a small one, unless
// somebody is typing there.
func (p *plan) writing(r image.Rectangle, strip, editing bool) {
	if lines := min(r.Dy()*2/5, 16); strip && lines >= 4 {
		var rest image.Rectangle
		r, rest = layout.Split(r, r.Dy()-lines)
		p.stripTitle, p.strip = layout.Split(rest, 1)
	} else if strip && !editing && r.Dy() >= 2 {
		p.stripTitle, p.strip = layout.Split(r, 1)
		return
	}
	p.textTitle, p.text = layout.Split(r, 1)
}

// listing divides the place of the table.
func (p *plan) listing(r image.Rectangle) {
	if r.Dy() >= 6 {
		p.tableTitle, r = layout.Split(r, 1)
	}
	if r.Dy() >= 5 {
		foot := 1
		if r.Dy() >= 20 {
			foot = 3
		}
		p.table, p.foot = layout.Split(r, r.Dy()-foot)
		return
	}
	p.table = r
}
