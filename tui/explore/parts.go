package explore

import (
	"image"

	tea "charm.land/bubbletea/v2"

	"tokpit/money"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// section is a list of what a row consists of.
type section struct {
	title string
	dim   usage.Dimension
	lines []sectionLine
	rest  string // what is not listed
	over  string // what that costs
}

type sectionLine struct {
	name, value, figure string
	share               int64 // in thousandths; -1 is not known
	hue                 int
	muted               bool
}

const (
	sectionWidth = 44 // the least that a list takes
	sectionLeast = 4  // lines, its title and the gap after it included
)

// sections are the lists of a row, at most so many lines each.
func (p *Page) sections(w *within, lines int) []section {
	lens := p.lens.For(p.snap)
	whole, known := lens.Of(&w.total)
	known = known && len(w.total.Costs) == 0 && whole.Sign() > 0
	share := func(a money.Amount, ok bool) int64 {
		if !ok || !known {
			return -1
		}
		if n, ok := ui.ShareOf(a, whole); ok {
			return n
		}
		return -1
	}
	var out []section
	for i := range w.parts {
		part := &w.parts[i]
		s := section{title: "by " + dimName(part.dim), dim: part.dim}
		n := min(lines, len(part.lines))
		if part.all > n {
			n = max(1, min(lines-1, len(part.lines)))
		}
		for j := range n {
			l := &part.lines[j]
			s.lines = append(s.lines, sectionLine{l.name, l.value, lens.Cost(&l.sum), share(l.amount, l.priced), p.styles.Hue(part.dim, l.value), l.value == ""})
		}
		if part.all > n {
			s.rest = ui.Count(int64(part.all-n)) + " more"
			if a, ok := part.leftOver(&w.total, lens, n); ok {
				s.over = ui.Money(a, w.total.Currency)
			}
		}
		out = append(out, s)
	}
	t := &w.trend
	if days := t.costliest(min(lines, p.mostTimes())); len(days) > 1 {
		s := section{title: "costliest " + string(t.unit) + "s", dim: t.unit}
		for _, i := range days {
			s.lines = append(s.lines, sectionLine{timeName(t.unit, t.names[i]), t.names[i], t.figure(i), share(t.amounts[i], true), ui.Unmarked, false})
		}
		out = append(out, s)
	}
	return out
}

// drawSections writes what a row consists of, in as many columns as there are, and
// says how many lines of its place that takes.
func (p *Page) drawSections(w *within, place image.Rectangle) (lines []string, used int) {
	width, height := place.Dx(), place.Dy()
	columns := max(1, min(len(w.parts)+1, (width+3)/(sectionWidth+3)))
	all, tops := p.pack(w, columns, height)
	wide := (width - 3*(columns-1)) / columns
	pens := make([]*ui.Pen, columns)
	for c := range pens {
		pens[c] = ui.NewPen(wide, height)
	}
	for i := range all {
		c, pen := tops[i].X, pens[tops[i].X]
		pen.Blank(tops[i].Y - pen.Height())
		p.drawSection(pen, &all[i], place.Min.Add(image.Pt(c*(wide+3), 0)))
		used = max(used, pen.Height())
	}
	blocks := make([][]string, columns)
	for c := range blocks {
		blocks[c] = pens[c].Lines(height)
	}
	pen := ui.NewPen(width, height)
	for y := range height {
		for c := range blocks {
			pen.To(c * (wide + 3))
			pen.Drawn(blocks[c][y], wide)
		}
		pen.End()
	}
	return pen.Lines(height), used
}

// mostTimes is how many days are listed at most; the chart has the others.
func (p *Page) mostTimes() int {
	if p.plan.panel.Dx() >= 2*sectionWidth {
		return 14
	}
	return 7
}

// pack makes the lists as long as they all have room, and places each in the
// column that has most room left: X is the column, Y the line. Lists that have no
// room at any length are left out.
func (p *Page) pack(w *within, columns, height int) (all []section, tops []image.Point) {
	for lines := mostPartLines; ; lines-- {
		all, tops = p.sections(w, lines), nil
		used := make([]int, columns)
		for i := range all {
			c := 0
			for k := range used {
				if used[k] < used[c] {
					c = k
				}
			}
			need := all[i].height()
			if used[c]+need > height {
				break
			}
			tops = append(tops, image.Pt(c, used[c]))
			used[c] += need + 1
		}
		if len(tops) == len(all) || lines <= shortSection {
			return all[:len(tops)], tops
		}
	}
}

// shortSection is how many lines a list has at least before others are left out
// for it.
const shortSection = 2

// height is the lines of a list, its title included.
func (s *section) height() int {
	n := 1 + len(s.lines)
	if s.rest != "" {
		n++
	}
	return n
}

// drawSection writes one list. A click on a line looks into that part of the row.
func (p *Page) drawSection(pen *ui.Pen, s *section, at image.Point) {
	st, wide := p.styles, pen.Width()
	const figure, percent = 12, 7
	name := wide - figure - percent
	pen.Left(st.Muted, s.title, name)
	pen.Right(st.Muted, briefKind(p.snap, p.lens.For(p.snap)), figure)
	pen.End()
	for _, l := range s.lines {
		y := at.Y + pen.Height()
		ink := st.Text
		if l.muted {
			ink = st.Muted
		}
		st.Name(pen, l.hue, ink, l.name, name)
		pen.Right(st.Text, ui.Cut(l.figure, figure), figure)
		if l.share >= 0 {
			pen.Right(st.Muted, ui.Percent(l.share), percent)
		}
		pen.End()
		dim, value := s.dim, l.value
		p.chips.Note(image.Rect(at.X, y, at.X+wide, y+1), func(p *Page) tea.Cmd { return p.into(dim, value) })
	}
	if s.rest != "" {
		pen.Left(st.Muted, s.rest, name)
		pen.Right(st.Muted, s.over, figure)
		pen.End()
	}
}

// into looks into a part of the row under the cursor.
func (p *Page) into(d usage.Dimension, value string) tea.Cmd {
	s, ok := p.narrowed(false)
	if !ok {
		return nil
	}
	s = s.with(where{d, []string{value}})
	s.pivot, s.compare, s.auto, s.view = "", false, true, usageView
	return p.to(s)
}
