package simulate

import (
	"strings"

	"tokpit/report"
	"tokpit/scenario"
	"tokpit/tui/ui"
)

// note is a line of what is said about the figures.
type note struct {
	text string
	warn bool
}

// notes gathers what a reader should know: of the levers, then of the whole.
func (p *Page) notes() []note {
	var out []note
	seen := make(map[string]bool)
	add := func(text string, warn bool) {
		if text = ui.Text(text); text != "" && !seen[text] {
			seen[text] = true
			out = append(out, note{text, warn})
		}
	}
	if p.view == trafficView {
		for _, n := range p.crowd.notes() {
			add(n.text, n.warn)
		}
		return out
	}
	if p.failed != nil {
		add("! "+p.failed.Error()+"; these are the figures of before", true)
	}
	if p.broken != nil {
		add("! "+p.broken.Error(), true)
	}
	if p.view == ideasView || p.view == frontierView && len(p.levers) == 0 {
		p.ideaNotes(add)
	}
	if p.result != nil && p.broken == nil && len(p.levers) > 0 {
		p.leverNotes(add)
	}
	return out
}

func (p *Page) leverNotes(add func(string, bool)) {
	if d := p.result.Delta(); !d.IsZero() && p.sees().Cash && p.result.CashDelta().IsZero() {
		add("A plan pays for all of this: cash stays as it is, only the API-equivalent changes by "+signed(p.result.PerMonth(d), p.result.Before.Currency)+" a month.", true)
	}
	if !p.result.Training.IsZero() {
		add("Training is paid once, "+ui.Money(p.result.Training, p.result.Before.Currency)+", and in no figure above.", false)
	}
	order, said := []int{p.cursor}, make(map[string]bool)
	for i := range p.levers {
		if i != p.cursor {
			order = append(order, i)
		}
	}
	for _, i := range order {
		c := p.contribution(i)
		if c == nil {
			continue
		}
		if c.Lever.Kind == scenario.Swap {
			if all := p.compareQuality(&c.Lever); len(all) == 0 {
				add(label(&c.Lever)+": quality unknown, no score of both is known (tokpit eval import FILE)", false)
			} else {
				add(label(&c.Lever)+": "+all[0].Text(), false)
			}
		}
		if text := spreadText(&c.Lever); text != "" {
			add(label(&c.Lever)+": taken to lie between "+text, false)
		}
		if !c.Payback.IsZero() {
			add(label(&c.Lever)+": the training is earned by "+c.Payback.Format("2 Jan 2006"), false)
		}
		for _, n := range c.Notes {
			said[n.Text] = true
		}
		for _, n := range scenario.Gather(c.Notes) {
			add(label(&c.Lever)+": "+strings.TrimPrefix(n.Text, c.Lever.String()+": "), grave(n))
		}
	}
	var rest []report.Note
	for _, n := range p.result.Notes {
		if !said[n.Text] {
			rest = append(rest, n)
		}
	}
	for _, n := range scenario.Gather(rest) {
		add(n.Text, grave(n))
	}
}

// grave reports whether a note is a warning rather than a remark.
func grave(n report.Note) bool {
	for _, s := range []string{"unpriced", "window", "retiring", "missing", "unknown", "misfit", "too_long"} {
		if strings.Contains(n.Code, s) {
			return true
		}
	}
	return false
}

// ideaNotes is what is to be known of the selected change, and of the ranking.
func (p *Page) ideaNotes(add func(string, bool)) {
	p.jointNotes(add)
	if s := p.list.at(p.ideas.Cursor()); s != nil && p.view == ideasView {
		for _, c := range s.Caveats {
			add(c.Text, c.Grave)
		}
	}
	if p.ranking == nil {
		return
	}
	if len(p.levers) > 0 {
		add("The ranking is of single changes to the usage as it is, without the levers above.", false)
	}
	for _, n := range p.ranking.Notes {
		add(n.Text, grave(n))
	}
	if p.list.hidden > 0 {
		add(plural(int64(p.list.hidden), "change")+" left out: the context window is smaller, or not known (W shows all)", false)
	}
	if p.list.folded > 0 && p.view == ideasView {
		add(plural(int64(p.list.folded), "more swap")+" folded: of one model two, and one of its vendor, are shown in each part (M shows all)", false)
	}
	for _, l := range p.ranking.LeftOut {
		add(plural(int64(l.Swaps), "swap")+" left out: "+l.Reason, false)
	}
}

func (p *Page) drawNoteTitle() []string {
	if p.plan.noteTitle.Empty() {
		return nil
	}
	pen := ui.NewPen(p.plan.noteTitle.Dx(), 1)
	ui.SectionTitle(pen, p.styles, "What to know", false, "")
	return pen.Lines(1)
}

// words are a note as it is written, with the sign before it.
func (n *note) words() string {
	if n.warn {
		return "! " + strings.TrimPrefix(n.text, "! ")
	}
	return "· " + n.text
}

func (n *note) ink(st *ui.Styles) ui.Ink {
	if n.warn {
		return st.Warn
	}
	return st.Muted
}

// draw writes a note over as many lines as it takes.
func (n *note) draw(pen *ui.Pen, st *ui.Styles) {
	for i, l := range ui.Wrap(n.words(), max(4, pen.Width()-2)) {
		if i > 0 {
			pen.Space(2)
		}
		pen.Text(n.ink(st), l)
		pen.End()
	}
}

func (p *Page) drawNotes() []string {
	r := p.plan.notes
	if r.Empty() {
		return nil
	}
	pen := ui.NewPen(r.Dx(), r.Dy())
	if p.plan.noteTitle.Empty() {
		p.drawFewNotes(pen, r.Dy())
		return pen.Lines(r.Dy())
	}
	for i := range p.said {
		if p.said[i].draw(pen, p.styles); r.Dy() > 30 {
			pen.End()
		}
	}
	return pen.Lines(r.Dy())
}

// drawFewNotes writes as many whole notes as there is room for, and how many more
// there are. At least the first is there, cut if need be.
func (p *Page) drawFewNotes(pen *ui.Pen, height int) {
	type line struct {
		ink  ui.Ink
		text string
	}
	var lines []line
	shown := 0
	for i := range p.said {
		n := &p.said[i]
		words := ui.Wrap(n.words(), max(4, pen.Width()-2))
		if len(lines) > 0 && len(lines)+len(words) > height {
			break
		}
		if over := len(words) - height; over > 0 {
			words = words[:height]
			words[height-1] += "…"
		}
		for j, w := range words {
			if j > 0 {
				w = "  " + w
			}
			lines = append(lines, line{n.ink(p.styles), w})
		}
		shown++
	}
	more := ""
	if left := len(p.said) - shown; left > 0 && p.keys.Detail.Enabled() {
		more = "i: " + ui.Count(int64(left)) + " more"
	}
	if more != "" && len(lines) < height {
		lines = append(lines, line{})
	}
	for i, l := range lines {
		if i < len(lines)-1 || more == "" {
			pen.Text(l.ink, l.text)
		} else {
			room := pen.Width() - ui.Width(more) - 2
			pen.Left(l.ink, ui.Cut(l.text, room), room)
			pen.Space(2)
			pen.Text(p.styles.Muted, more)
		}
		pen.End()
	}
}
