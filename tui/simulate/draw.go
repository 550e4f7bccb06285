package simulate

import (
	"image"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokpit/tui/period"
	"tokpit/tui/ui"
)

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
	p.chips.Forget()
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
		{p.plan.moreTitle, p.drawMoreTitle()}, {p.plan.more, p.drawMore()},
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
		p.say(pen, "No usage has been read yet.", "", "N  works out what traffic that is yet to come would cost: users × sessions × messages × words.",
			"The page Sources connects a provider or an agent's logs; then this page says what would save most.", p.demoWords())
	case p.snap.Book == nil:
		p.say(pen, "No price book is loaded, so there is nothing to compare with.", "", "tokpit prices list says which prices there are.")
	case p.failed != nil && p.result == nil:
		hint := "f and t choose another part of the usage or another time; r reads it again."
		if h, ok := p.failed.(interface{ Hint() string }); ok && h.Hint() != "" {
			hint = h.Hint() + ". " + hint
		}
		p.say(pen, "! the usage could not be read", ui.Text(p.failed.Error()), hint)
	case p.base != nil && p.result != nil && p.result.Before.Tokens.IsZero() && len(p.result.Models) == 0:
		what := "Nothing was used in this time: " + periodWords(p.period) + "."
		if len(p.scope) > 0 {
			what = "Nothing was used in " + p.scopeText() + ", " + periodWords(p.period) + "."
		}
		p.say(pen, what, "", "f chooses another part of the usage, t another time, N works without any usage.")
	default:
		return false
	}
	return true
}

func (p *Page) demoWords() string {
	if p.opts.Demo {
		return "d  looks around with demo data."
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
		pen.Text(p.styles.Muted, "To come, at today's prices; "+p.crowd.rule())
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
		p.chips.Note(image.Rect(from, r.Min.Y, r.Min.X+pen.Width()-pen.Room(), r.Min.Y+1), act)
		pen.Space(2)
	}
	part("f", "of", p.scopeText(), func(*Page) tea.Cmd { return ui.Send(ui.ChooseFilter{}) })
	days := periodWords(p.period)
	if p.result != nil {
		if whole := days + ", " + period.Words(period.Calendar(p.snap), p.result.Span); ui.Width(whole)+8 <= pen.Room() {
			days = whole
		}
	}
	part("t", "in", days, func(*Page) tea.Cmd { return ui.Send(ui.ChoosePeriod{}) })
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
		name, remark = "Models, before → after", "w what would save most · F frontier · v compare"
	case ideasView:
		name, remark = "What would save most?", "enter takes it as a lever · W only what keeps the context window"
		if p.keepWindow {
			name, remark = "What would save most, with no smaller context window?", "enter takes it as a lever · W all changes"
		}
		if n := len(p.marked()); n > 0 {
			remark = "enter takes " + plural(int64(n), "marked change") + " · esc clears the marks"
		}
		if p.list.byCash != p.sees().Cash && p.ranking != nil {
			name += " (API-equivalent: all of this is under plans)"
		}
	case frontierView:
		name, remark = p.chart.title(p), "←→ another model · U quality or latency · enter takes it"
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

// drawMoreTitle and drawMore draw the ranking beneath the models.
func (p *Page) drawMoreTitle() []string {
	if p.plan.moreTitle.Empty() {
		return nil
	}
	pen := ui.NewPen(p.plan.moreTitle.Dx(), 1)
	ui.SectionTitle(pen, p.styles, "What would save most, by itself?", false, "w goes there")
	return pen.Lines(1)
}

func (p *Page) drawMore() []string {
	r := p.plan.more
	switch {
	case r.Empty():
		return nil
	case p.list.Len() == 0:
		return p.nothingSaves(r)
	}
	return p.ideas.Lines()
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

// redraw is called after every change.
func (p *Page) redraw() {
	c := content{levers: p.leverLines(), foot: p.feet()}
	if p.view == trafficView {
		c.levers = len(p.crowd.fields())
	}
	p.said = nil
	if p.snap != nil {
		p.said = p.notes()
		for i := range p.said {
			c.notes += len(ui.Wrap(p.said[i].words(), max(4, p.width-4)))
		}
	}
	p.plan = arrange(p.width, p.height, c)
	if p.view == modelsView {
		p.plan.tuck(p.rows.Len())
	}
	r := p.plan.below
	p.models.SetSize(r.Dx(), r.Dy())
	if more := p.plan.more; !more.Empty() {
		p.ideas.SetSize(more.Dx(), more.Dy())
	} else {
		p.ideas.SetSize(r.Dx(), r.Dy())
	}
	p.crowd.table.SetSize(r.Dx(), r.Dy())
	p.models.SetFocus(!p.onLevers)
	p.ideas.SetFocus(!p.onLevers && p.view == ideasView)
	p.crowd.table.SetFocus(!p.onLevers)
	p.enable()
	p.frame = ""
}
