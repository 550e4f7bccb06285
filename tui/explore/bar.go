package explore

import (
	"cmp"
	"image"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokpit/tui/filter"
	"tokpit/tui/period"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// noteChip remembers what was drawn since a column as a chip.
func (p *Page) noteChip(pen *ui.Pen, y, from int, act func(p *Page) tea.Cmd) {
	p.chips.Note(image.Rect(from, y, pen.Width()-pen.Room(), y+1), act)
}

func at(pen *ui.Pen) int { return pen.Width() - pen.Room() }

// drawCrumbs writes what has been drilled into: each crumb leads back to it.
func (p *Page) drawCrumbs(pen *ui.Pen) {
	st, s, y := p.styles, p.step(), p.plan.crumbs.Min.Y
	right := ""
	if p.current() && p.asked {
		right = p.countText()
	}
	pen.Space(1)
	from := at(pen)
	root := cmp.Or(filter.Text(p.snap.Names, p.lens.Filter), "All usage")
	root = ui.Cut(root, max(12, pen.Width()/3))
	if s.view == unusedView {
		root = "Unused keys and projects"
	}
	ink := st.Accent
	if len(s.wheres) == 0 {
		ink = st.AccentBold
	}
	pen.Text(ink, root)
	p.noteChip(pen, y, from, func(p *Page) tea.Cmd { return p.cut(0) })
	room := pen.Room() - ui.Width(right) - 2
	brief := p.crumbsWidth(false) > room
	first := 0
	for first < len(s.wheres)-1 && p.crumbsWidth(brief)-p.widthBefore(first, brief) > room {
		first++ // the last ones matter most
	}
	if first > 0 {
		pen.Text(st.Muted, " › …")
	}
	for i := first; i < len(s.wheres); i++ {
		pen.Text(st.Muted, " › ")
		from := at(pen)
		ink := st.Accent
		if i == len(s.wheres)-1 && s.view != recordsView {
			ink = st.AccentBold
		}
		label, name := p.crumb(i, brief)
		pen.Text(st.Muted, label)
		pen.Text(ink, ui.CutName(name, max(6, pen.Room()-ui.Width(right)-2)))
		p.noteChip(pen, y, from, func(p *Page) tea.Cmd { return p.cut(i + 1) })
	}
	if s.view == recordsView {
		pen.Text(st.Muted, " › ")
		pen.Text(st.AccentBold, "records")
	}
	if w := ui.Width(right); w > 0 && w+1 < pen.Room() {
		pen.Space(pen.Room() - w - 1)
		pen.Text(st.Muted, right)
	}
	pen.End()
}

// crumb is a condition in words: what it is about, and what it keeps.
func (p *Page) crumb(i int, brief bool) (label, name string) {
	w := p.step().wheres[i]
	name = nameOf(p.snap.Names, w.dim, w.values[0])
	several := len(w.values) > 1
	switch {
	case several && w.dim.IsTime():
		if span, err := hull(period.Calendar(p.snap), w); err == nil {
			name = period.Words(period.Calendar(p.snap), span)
		}
	case several:
		name = p.oneOf(w)
	}
	switch {
	case brief || w.dim.IsTime():
	case several:
		label = dimName(w.dim) + " in "
	case w.values[0] != "":
		label = dimName(w.dim) + " "
	}
	return label, name
}

// mostNamed is how many values of a condition are named, the others are counted.
const mostNamed = 3

// oneOf lists the values of a condition.
func (p *Page) oneOf(w where) string {
	var names []string
	for _, v := range w.values[:min(len(w.values), mostNamed)] {
		names = append(names, nameOf(p.snap.Names, w.dim, v))
	}
	if more := len(w.values) - mostNamed; more > 0 {
		names = append(names, ui.Digits(int64(more))+" more")
	}
	return "(" + strings.Join(names, ", ") + ")"
}

func (p *Page) crumbsWidth(brief bool) int { return p.widthBefore(len(p.step().wheres), brief) }

// widthBefore is how wide the crumbs before one are.
func (p *Page) widthBefore(n int, brief bool) int {
	w := 0
	for i := range n {
		label, name := p.crumb(i, brief)
		w += 3 + ui.Width(label) + ui.Width(name)
	}
	return w
}

// countText says how many rows there are.
func (p *Page) countText() string {
	r := p.reply
	switch {
	case r.step.view == recordsView:
		n := int64(len(r.records))
		if r.all > n {
			return "the newest " + ui.Count(n) + " of " + ui.Count(r.all) + " records"
		}
		return plural(n, "record")
	case r.step.view == unusedView:
		return plural(int64(len(r.unused)), "name")
	}
	shown, all, noun := int64(len(r.shaped.lines)), int64(len(r.lines)), "row"
	if r.step.view == sessionsView {
		all, noun = r.all, "session"
	}
	if shown < all {
		return ui.Count(shown) + " of " + plural(all, noun)
	}
	return plural(all, noun)
}

func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return ui.Count(n) + " " + noun + "s"
}

// drawChips writes the question: each part of it can be changed by a click.
func (p *Page) drawChips(pen *ui.Pen) {
	st, s, y := p.styles, p.step(), p.plan.chips.Min.Y
	pen.Space(1)
	part := func(label, text string, on bool, act func(p *Page) tea.Cmd) {
		if text == "" || pen.Room() < ui.Width(label)+6 {
			return
		}
		from := at(pen)
		if label != "" {
			pen.Text(st.Muted, label+" ")
		}
		ink := st.Badge
		if on {
			ink = st.TabActive
		}
		pen.Text(ink, " "+ui.Cut(text, max(4, pen.Room()-3))+" ")
		p.noteChip(pen, y, from, act)
		pen.Space(2)
	}
	switch s.view {
	case unusedView:
		pen.Text(st.Muted, "without usage for 30 days, as far as anybody knows")
	default:
		if s.view != recordsView && !s.auto {
			part("by", byText(s.by), false, (*Page).chooseBy)
		}
		if s.pivot != "" {
			part("over", dimName(s.pivot), false, (*Page).choosePivot)
		}
		part("in", p.periodText(), false, func(*Page) tea.Cmd { return ui.Send(ui.ChoosePeriod{}) })
		if s.compare && p.reply != nil && p.asked {
			part("vs", p.versus(), true, (*Page).toggleCompare)
		}
	}
	if p.typing || s.text != "" {
		pen.Text(st.AccentBold, "/")
		pen.Text(st.Text, ui.CutName(s.text, max(8, pen.Room()/2)))
		if p.typing {
			pen.Text(st.Accent, "▏")
			if s.text == "" {
				pen.Text(st.Muted, " a part of any name")
			}
		}
	}
	if p.work.running && p.spinning && p.turn > 0 && pen.Room() > 14 {
		text := p.spinner() + " working"
		pen.Space(pen.Room() - ui.Width(text) - 1)
		pen.Text(st.Accent, text)
	}
	pen.End()
}

func byText(by []usage.Dimension) string {
	text := ""
	for i, d := range by {
		if i > 0 {
			text += ", "
		}
		text += dimName(d)
	}
	return text
}

// periodText is the span of time in words.
func (p *Page) periodText() string {
	span, err := newSpan(period.Calendar(p.snap), p.period(), p.step())
	if err != nil {
		return ui.Text(p.period())
	}
	if span.name != "" && span.name != span.words {
		return span.words + " · " + span.name
	}
	return span.words
}

// versus is what is compared with.
func (p *Page) versus() string {
	if p.reply.span.versus == "" {
		return "nothing: no time before"
	}
	return p.reply.span.versus
}
