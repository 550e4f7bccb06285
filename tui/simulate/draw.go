package simulate

import (
	"image"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokpit/report"
	"tokpit/scenario"
	"tokpit/tui/ui"
)

// chip is a place that does something when it is clicked.
type chip struct {
	place image.Rectangle
	act   func(p *Page) tea.Cmd
}

// View implements ui.Page.
func (p *Page) View() string {
	if p.frame == "" {
		p.frame = strings.Join(p.draw(), "\n")
	}
	return p.frame
}

// block is lines with their place.
type block struct {
	at    image.Rectangle
	lines []string
}

func (p *Page) draw() []string {
	pen := ui.NewPen(p.width, p.height)
	p.chips = p.chips[:0]
	if p.snap == nil || p.height == 0 {
		return pen.Lines(p.height)
	}
	if p.view != trafficView && p.blocked(pen) {
		return pen.Lines(p.height)
	}
	blocks := []block{
		{p.plan.head, p.drawHead()}, {p.plan.chips, p.drawChips()},
		{p.plan.leverTitle, p.drawUpperTitle()}, {p.plan.levers, p.drawUpper()},
		{p.plan.belowTitle, p.drawBelowTitle()}, {p.plan.below, p.drawBelow()}, {p.plan.foot, p.drawFoot()},
		{p.plan.noteTitle, p.drawNoteTitle()}, {p.plan.notes, p.drawNotes()},
	}
	side := p.plan.noteTitle
	for y := range p.height {
		for _, b := range blocks {
			if i := y - b.at.Min.Y; i >= 0 && i < len(b.lines) && y < b.at.Max.Y {
				if !side.Empty() && b.at.Min.X == side.Min.X {
					pen.To(side.Min.X - 2)
					pen.Text(p.styles.Faint, "│")
				}
				pen.To(b.at.Min.X)
				pen.Drawn(b.lines[i], b.at.Dx())
			}
		}
		pen.End()
	}
	return pen.Lines(p.height)
}

// blocked says why there is nothing to simulate, if so.
func (p *Page) blocked(pen *ui.Pen) bool {
	switch {
	case p.snap.Empty:
		p.say(pen, "No usage has been read yet.", "", "t  works out what traffic that is yet to come would cost: users × sessions × messages × words.",
			"The page Sources connects a provider or an agent's logs; then this page says what would save most.", p.demoWords())
	case p.snap.Book == nil:
		p.say(pen, "No price book is loaded, so there is nothing to compare with.", "", "tokpit prices list says which prices there are.")
	case p.failed != nil && p.result == nil:
		hint := "p and d choose another part of the usage or another time; r reads it again."
		if h, ok := p.failed.(interface{ Hint() string }); ok && h.Hint() != "" {
			hint = h.Hint() + ". " + hint
		}
		p.say(pen, "! the usage could not be read", ui.Text(p.failed.Error()), hint)
	case p.base != nil && p.result != nil && p.result.Before.Tokens.IsZero() && len(p.result.Models) == 0:
		p.say(pen, "Nothing was used in "+p.scopeText()+", "+periodName(p.period)+".", "", "p chooses another part of the usage, d another time, t works without any usage.")
	default:
		return false
	}
	return true
}

func (p *Page) demoWords() string {
	if p.opts.Demo {
		return "D  looks around with demo data."
	}
	return ""
}

func (p *Page) say(pen *ui.Pen, what string, next ...string) {
	pen.Blank(min(1, p.height/5))
	write := func(ink ui.Ink, text string) {
		for _, l := range ui.Wrap(text, max(1, min(pen.Width()-4, 96))) {
			pen.Space(2)
			pen.Text(ink, l)
			pen.End()
		}
		if text == "" {
			pen.End()
		}
	}
	write(p.styles.Strong, what)
	for _, n := range next {
		write(p.styles.Muted, n)
	}
}

// drawChips writes which usage this is about; each part can be clicked.
func (p *Page) drawChips() []string {
	r := p.plan.chips
	pen := ui.NewPen(r.Dx(), r.Dy())
	if p.view == trafficView {
		pen.Text(p.styles.Muted, "Traffic that is yet to come, at today's prices: "+p.crowd.rule())
		pen.End()
		return pen.Lines(r.Dy())
	}
	st := p.styles
	part := func(key, label, text string, act func(*Page) tea.Cmd) {
		if pen.Room() < ui.Width(key)+ui.Width(label)+8 {
			return
		}
		from := r.Min.X + pen.Width() - pen.Room()
		pen.Text(st.Key, key)
		pen.Text(st.Muted, " "+label+" ")
		pen.Text(st.Badge, " "+ui.Cut(text, max(4, pen.Room()-2))+" ")
		p.chips = append(p.chips, chip{image.Rect(from, r.Min.Y, r.Min.X+pen.Width()-pen.Room(), r.Min.Y+1), act})
		pen.Space(2)
	}
	part("p", "of", p.scopeText(), (*Page).chooseScope)
	days := periodName(p.period)
	if p.result != nil {
		days += ", " + spanWords(calendarOf(p.snap), p.result.Span)
	}
	part("d", "in", days, (*Page).chooseDays)
	kind := kindOf(p.snap, p.sees())
	if p.work.running {
		kind = "reading… · " + kind
	}
	for _, right := range []string{kind + " · " + p.basis, strings.TrimPrefix(p.basis, "basis "), kind} {
		if w := ui.Width(right); w > 0 && w+2 <= pen.Room() && (p.basis != "" || right == kind) {
			pen.Space(pen.Room() - w)
			pen.Text(st.Muted, right)
			break
		}
	}
	pen.End()
	return pen.Lines(r.Dy())
}

func (p *Page) drawUpperTitle() []string {
	if p.view == trafficView {
		return p.crowd.drawTitle(p.styles, p.plan.leverTitle, p.onLevers)
	}
	return p.drawLeverTitle()
}

func (p *Page) drawUpper() []string {
	if p.view == trafficView {
		return p.crowd.drawFields(p.styles, p.plan.levers, p.onLevers)
	}
	return p.drawLevers()
}

// drawBelowTitle names what stands beneath, and what else could.
func (p *Page) drawBelowTitle() []string {
	r := p.plan.belowTitle
	if r.Empty() {
		return nil
	}
	pen := ui.NewPen(r.Dx(), 1)
	name, remark := "", ""
	switch p.view {
	case modelsView:
		name, remark = "Models, before → after", "w what would save most · f frontier · v compare"
	case ideasView:
		name, remark = "What would save most?", "enter takes it as a lever · W only what keeps the context window"
		if p.keepWindow {
			name, remark = "What would save most, with no smaller context window?", "enter takes it as a lever · W all changes"
		}
		if p.list.byCash != p.sees().Cash && p.ranking != nil {
			name += " (API-equivalent: all of this is under plans)"
		}
	case frontierView:
		name, remark = p.chart.title(p), "←→ another model · u quality or latency · enter takes it"
	case compareView:
		name, remark = "Scenarios side by side", "b adds this one · x takes one out"
	case trafficView:
		name, remark = "What it would cost", "m chooses models · esc goes back"
	}
	ui.SectionTitle(pen, p.styles, name, !p.onLevers, remark)
	return pen.Lines(1)
}

func (p *Page) drawBelow() []string {
	r := p.plan.below
	if r.Empty() {
		return nil
	}
	switch p.view {
	case modelsView:
		if p.rows.Len() > 0 {
			return p.models.Lines()
		}
	case ideasView:
		if p.list.Len() > 0 {
			return p.ideas.Lines()
		}
		return p.nothingSaves(r)
	case frontierView:
		return p.chart.draw(p, r.Dx(), r.Dy())
	case compareView:
		return p.beside.draw(p, r.Dx(), r.Dy())
	case trafficView:
		return p.crowd.table.Lines()
	}
	pen := ui.NewPen(r.Dx(), r.Dy())
	pen.Space(2)
	pen.Text(p.styles.Muted, p.waiting())
	pen.End()
	return pen.Lines(r.Dy())
}

// nothingSaves says why the ranking is empty.
func (p *Page) nothingSaves(r image.Rectangle) []string {
	pen := ui.NewPen(r.Dx(), r.Dy())
	text := "Looking at every model and every lever…"
	switch {
	case p.rankErr != nil:
		text = "! " + ui.Text(p.rankErr.Error())
	case p.failed != nil:
		text = "! " + ui.Text(p.failed.Error())
	case p.base == nil && p.work.running:
		text = "Reading the usage…"
	case p.ranking != nil && p.sees().Cash:
		text = "No single change saves cash here. c shows the API-equivalent of what a plan pays for; a adds a lever of your own."
	case p.ranking != nil:
		text = "No single change that is known saves anything here. a adds a lever of your own."
	}
	for _, l := range ui.Wrap(text, max(1, r.Dx()-4)) {
		pen.Space(2)
		pen.Text(p.styles.Muted, l)
		pen.End()
	}
	return pen.Lines(r.Dy())
}

// Notes ------------------------------------------------------------------------

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
				add(label(&c.Lever)+": quality unknown, no score of both is known (tokpit eval import FILE)", true)
			} else {
				add(label(&c.Lever)+": "+all[0].Text(), false)
			}
		}
		if !c.Payback.IsZero() {
			add(label(&c.Lever)+": the training is earned by "+c.Payback.Format("2 Jan 2006"), false)
		}
		for _, n := range c.Notes {
			said[n.Text] = true
			add(label(&c.Lever)+": "+n.Text, grave(n))
		}
	}
	for _, n := range p.result.Notes {
		if !said[n.Text] {
			add(n.Text, grave(n))
		}
	}
}

// grave reports whether a note is a warning rather than a remark.
func grave(n report.Note) bool {
	for _, s := range []string{"unpriced", "window", "missing", "tier", "unknown", "misfit", "too_long"} {
		if strings.Contains(n.Code, s) {
			return true
		}
	}
	return false
}

// ideaNotes is what is to be known of the selected change, and of the ranking.
func (p *Page) ideaNotes(add func(string, bool)) {
	if i := p.ideas.Cursor(); i < p.list.Len() && p.view == ideasView {
		s := p.list.savings[i]
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

func (p *Page) drawNotes() []string {
	r := p.plan.notes
	if r.Empty() {
		return nil
	}
	pen := ui.NewPen(r.Dx(), r.Dy())
	wrap := !p.plan.noteTitle.Empty()
	for _, n := range p.said {
		ink := p.styles.Muted
		text := "· " + n.text
		if n.warn {
			ink = p.styles.Warn
			text = "! " + strings.TrimPrefix(n.text, "! ")
		}
		lines := []string{text}
		if wrap {
			lines = ui.Wrap(text, max(4, r.Dx()-2))
		}
		for i, l := range lines {
			if pen.Height() >= r.Dy() {
				break
			}
			if i > 0 {
				pen.Space(2)
			}
			pen.Text(ink, l)
			pen.End()
		}
		if wrap && r.Dy() > 30 {
			pen.End()
		}
	}
	return pen.Lines(r.Dy())
}
