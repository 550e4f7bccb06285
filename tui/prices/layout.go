package prices

import (
	"image"
	"strconv"

	"tokpit/tui/layout"
	"tokpit/tui/ui"
)

// plan is where the parts of the page lie. Parts without room are empty.
type plan struct{ sections, status, table, panel image.Rectangle }

// The panel stands beside the table where this many columns are left for each.
const leastTable, leastPanel, mostPanel = 112, 44, 72

// The table is so wide with all its columns: of the book, and of what happens.
const wholeBook, wholeEvents = 144, 156

// asideLabel and asideModel are how wide labels and a model are where models stand
// side by side.
const asideLabel, asideModel = 24, 20

// arrange divides the page: the panel stands beside the table where both have
// room, else beneath it, else `enter` opens it.
func arrange(width, height, whole, marked int) plan {
	var p plan
	r := image.Rect(min(1, width), 0, max(min(1, width), width-1), height)
	p.sections, r = layout.Split(r, 1)
	if height >= 8 {
		p.status, r = layout.Split(r, 1)
	}
	p.table = r
	switch {
	case r.Dx() >= leastTable+2+leastPanel && height >= 12:
		side := max(leastPanel, min(r.Dx()-2-whole, mostPanel))
		if marked > 1 {
			side = max(side, min(r.Dx()-2-leastTable, asideLabel+marked*asideModel))
		}
		p.table.Max.X = r.Max.X - side - 2
		p.panel = image.Rect(r.Max.X-side, r.Min.Y, r.Max.X, r.Max.Y)
	case height >= 18:
		lines := min(max(7, r.Dy()*2/5), 18)
		p.table, r = layout.Split(r, r.Dy()-lines)
		_, p.panel = layout.Split(r, 1)
	}
	return p
}

// tab is the place of a section's name.
type tab struct{ from, to int }

func (p *Page) sectionName(s section, short bool) string {
	name := [sections]string{"Book", "Changes", "Scheduled", "Retiring"}[s]
	if short {
		return " " + name + " "
	}
	return " " + name + " " + strconv.Itoa(p.count(s)) + " "
}

// tabs lays out the line of sections: without counts where there is no room.
func (p *Page) tabs() (out [sections]tab, short bool) {
	for _, short := range []bool{false, true} {
		at := p.plan.sections.Min.X
		for s := range sections {
			w := ui.Width(p.sectionName(s, short))
			out[s] = tab{at, at + w}
			at += w + 1
		}
		if at <= p.plan.sections.Max.X+1 {
			return out, short
		}
	}
	return out, true
}

func (p *Page) drawSections(pen *ui.Pen) {
	tabs, short := p.tabs()
	for s, t := range tabs {
		pen.To(t.from)
		ink := p.styles.Tab
		if section(s) == p.section {
			ink = p.styles.TabActive
		}
		pen.Text(ink, p.sectionName(section(s), short))
	}
	p.drawLegend(pen)
	pen.End()
}

// drawLegend says at the right edge what the signs of the table mean, as far as
// there is room.
func (p *Page) drawLegend(pen *ui.Pen) {
	type sign struct {
		ink         ui.Ink
		mark, means string
	}
	var all []sign
	if len(p.marks) > 0 {
		all = append(all, sign{p.styles.AccentBold, "✓", "side by side"})
	}
	if p.shelf.mine > 0 {
		all = append(all, sign{p.styles.Accent, "●", "yours"})
	}
	if p.section == book {
		all = append(all, sign{p.styles.Muted, sameAsInput, "as input"})
	}
	width := func() (w int) {
		for _, s := range all {
			w += ui.Width(s.mark) + 1 + ui.Width(s.means) + 3
		}
		return w
	}
	for len(all) > 0 && width() > pen.Room() {
		all = all[:len(all)-1]
	}
	if len(all) == 0 {
		return
	}
	pen.Space(pen.Room() - width() + 2)
	for i, s := range all {
		if i > 0 {
			pen.Space(3)
		}
		pen.Text(s.ink, s.mark)
		pen.Text(p.styles.Muted, " "+s.means)
	}
}

// drawStatus writes what is typed, or what is filtered and in which unit.
func (p *Page) drawStatus(pen *ui.Pen) {
	st := p.styles
	pen.Space(1)
	if p.typing || p.filter.text != "" {
		pen.Text(st.AccentBold, "/")
		pen.Text(st.Text, ui.CutName(p.filter.text, max(8, pen.Room()/2)))
		if p.typing {
			pen.Text(st.Accent, "▏")
		}
		pen.Space(2)
	}
	switch {
	case p.typing && p.filter.text == "":
		pen.Text(st.Muted, "type a part of a provider or a model")
	case p.filter != filter{}:
		words := ui.Count(int64(p.count(p.section))) + " of " + ui.Count(int64(p.shelf.count(p.section)))
		if w := p.filter.switches(); w != "" {
			words += ": " + w
		}
		pen.Text(st.Accent, words)
	case p.comparing() && p.plan.panel.Empty():
		pen.Text(st.Accent, ui.Digits(int64(len(p.marked())))+" models are marked: enter puts them side by side")
	case len(p.marks) == 1:
		pen.Text(st.Accent, "1 model is marked: space marks those to compare it with")
	default:
		pen.Text(st.Muted, p.shelf.instant)
	}
	unit := p.unitText()
	if w := ui.Width(unit); w+2 < pen.Room() {
		pen.Space(pen.Room() - w - 1)
		pen.Text(st.Text, unit)
	}
	pen.End()
}

// unitText names currency and unit of the prices: "$ per 1M tokens".
func (p *Page) unitText() string { return p.shelf.currencies + unitName(p.unit) }
