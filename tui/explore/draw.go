package explore

import (
	"image"
	"strings"

	"tokpit/report"
	"tokpit/tui/filter"
	"tokpit/tui/period"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// View implements ui.Page.
func (p *Page) View() string {
	if p.frame == "" {
		p.frame = p.draw()
	}
	return p.frame
}

func (p *Page) draw() string {
	pen := ui.NewPen(p.width, p.height)
	p.chips.Forget()
	p.times = p.times[:0]
	if p.snap == nil || p.height == 0 {
		return strings.Join(pen.Lines(p.height), "\n")
	}
	if p.snap.Empty {
		p.drawNothing(pen, "No usage has been read yet.", "The page Sources (7) says where was looked, and connects a provider or an agent's logs; r reads everything again. Until then the overview (1) can open demo data.")
		return strings.Join(pen.Lines(p.height), "\n")
	}
	p.drawHero(pen)
	if !p.plan.crumbs.Empty() {
		p.skip(pen, p.plan.crumbs)
		p.drawCrumbs(pen)
	}
	if !p.plan.chips.Empty() {
		p.skip(pen, p.plan.chips)
		p.drawChips(pen)
	}
	body, more, foot, panel, note := p.drawBody(), p.drawMore(), p.drawFoot(), p.drawPanel(p.plan.panel.Dx(), p.plan.panel.Dy()), p.drawNote()
	chart, share := p.drawChart(), p.drawShare()
	for y := pen.Height(); y < p.height; y++ {
		p.line(pen, body, p.plan.table, y)
		p.line(pen, more, p.plan.more, y)
		p.line(pen, foot, p.plan.foot, y)
		p.line(pen, note, p.plan.note, y)
		p.line(pen, chart, p.plan.chart, y)
		p.line(pen, share, p.plan.share, y)
		if p.plan.panel.Min.X > p.plan.table.Max.X && y >= p.plan.panel.Min.Y && y < p.plan.panel.Max.Y {
			pen.To(p.plan.panel.Min.X - 2)
			pen.Text(p.styles.Faint, "│")
		}
		p.line(pen, panel, p.plan.panel, y)
		pen.End()
	}
	return strings.Join(pen.Lines(p.height), "\n")
}

// skip draws empty lines down to a part.
func (p *Page) skip(pen *ui.Pen, r image.Rectangle) { pen.Blank(r.Min.Y - pen.Height()) }

// line puts line y of a block in its place.
func (p *Page) line(pen *ui.Pen, block []string, r image.Rectangle, y int) {
	if i := y - r.Min.Y; i >= 0 && i < len(block) && y < r.Max.Y {
		pen.To(r.Min.X)
		pen.Drawn(block[i], r.Dx())
	}
}

// drawNothing says why there is nothing to see, and what to do.
func (p *Page) drawNothing(pen *ui.Pen, what, next string) {
	pen.Blank(min(1, p.height/4))
	for _, x := range []struct {
		ink  ui.Ink
		text string
	}{{p.styles.Strong, what}, {p.styles.Muted, next}} {
		for _, l := range ui.Wrap(ui.Text(x.text), max(1, pen.Width()-4)) {
			pen.Space(2)
			pen.Text(x.ink, l)
			pen.End()
		}
	}
}

// current reports whether what is shown is an answer to the present step. While
// an answer is awaited the one before stays on screen.
func (p *Page) current() bool { return p.reply != nil && p.reply.shaped != nil && p.failed == nil }

func (p *Page) drawBody() []string {
	r := p.plan.table
	empty := ui.NewPen(r.Dx(), r.Dy())
	switch {
	case p.failed != nil:
		empty.Text(p.styles.Bad, "! this could not be answered")
		empty.End()
		hint := "r reads it again, < goes back to the question before."
		if h, ok := p.failed.(interface{ Hint() string }); ok && h.Hint() != "" {
			hint = h.Hint()
		}
		p.drawNothing(empty, p.failed.Error(), hint)
		return empty.Lines(r.Dy())
	case !p.current():
		p.drawNothing(empty, "Working it out…", "")
		return empty.Lines(r.Dy())
	}
	if p.reply.shaped.rows().Len() == 0 {
		what, next := p.nothing()
		p.drawNothing(empty, what, next)
		return empty.Lines(r.Dy())
	}
	if p.reply.step.pivot != "" {
		return p.drawMatrix()
	}
	return p.table.Lines()
}

// nothing says why a table is empty.
func (p *Page) nothing() (what, next string) {
	s := p.step()
	switch {
	case s.text != "":
		return "No row has “" + s.text + "” in its names.", "esc shows all rows again."
	case s.view == unusedView:
		return "Every key and project that a provider names is in use.", "Names come with connected providers; a goes back to the usage."
	case s.view == sessionsView:
		return "No sessions here: providers' reports have none, agents' logs do.", "t chooses another time, - looks at more again."
	case len(s.wheres) > 0:
		return "Nothing was used that fits all of this.", "- looks at more again, t chooses another time."
	case len(p.lens.Filter) > 0:
		return "Nothing of " + filter.Text(p.snap.Names, p.lens.Filter) + " was used in this time.", "f chooses another part of the usage, t another time; X shows all usage again."
	}
	next = "t chooses another one"
	if cube := cubeOf(p.snap); cube.Len() > 0 {
		next += "; what has been read begins on " + cube.Slot[0].Time().In(period.Zone(p.snap)).Format("2 Jan 2006")
	}
	return "Nothing was used in this time.", next + "."
}

// drawMore says how many rows are not on screen, because the total beneath is of
// them too.
func (p *Page) drawMore() []string {
	r := p.plan.more
	if r.Empty() || !p.current() {
		return nil
	}
	above := p.table.First()
	below := p.reply.shaped.rows().Len() - above - max(0, p.plan.table.Dy()-1)
	var parts []string
	if above > 0 {
		parts = append(parts, "↑ "+ui.Count(int64(above))+" more")
	}
	if below > 0 {
		parts = append(parts, "↓ "+ui.Count(int64(below))+" more")
	}
	pen := ui.NewPen(r.Dx(), 1)
	pen.Space(2)
	pen.Text(p.styles.Muted, strings.Join(parts, "   "))
	pen.End()
	return pen.Lines(1)
}

// feet is how many lines the totals take.
func (p *Page) feet() int {
	n := 1
	switch {
	case p.reply == nil || p.reply.answer == nil || p.reply.shaped == nil || p.reply.shaped.list != nil:
		return 0
	case p.apart():
		n = 2
	}
	if len(p.marked()) > 0 {
		n++
	}
	return n
}

// apart reports whether the total has something that is in no row: plan fees, or
// what was shifted between rows.
func (p *Page) apart() bool {
	r := p.reply
	if r.step.view != usageView || len(r.shaped.lines) < len(r.lines) {
		return false
	}
	between := r.answer.Between.In(r.shaped.lens.Cash)
	between.Known = false
	return !r.shaped.apart.IsZero() || r.compare && between != report.Effects{}
}

// drawFoot writes the total beneath its columns.
func (p *Page) drawFoot() []string {
	if p.plan.foot.Empty() || !p.current() || p.reply.shaped.list != nil || len(p.reply.shaped.lines) == 0 {
		return nil
	}
	st, r, s := p.styles, p.reply, p.reply.shaped
	pen := ui.NewPen(p.plan.foot.Dx(), p.plan.foot.Dy())
	switch {
	case r.step.pivot != "":
		p.matrixFoot(pen)
	case len(s.lines) < len(r.lines) || r.step.view == sessionsView:
		label := "these rows"
		if r.step.view == sessionsView {
			label = "sessions"
		}
		p.footLine(pen, label, p.shownTotal, st.Accent, st.Strong)
	default:
		if p.apart() {
			p.footLine(pen, p.apartLabel(), p.apartFigure, st.Muted, st.Muted)
		}
		p.footLine(pen, "Total", p.totalFigure(), st.Strong, st.Strong)
	}
	if marked := p.marked(); len(marked) > 0 && r.step.pivot == "" {
		p.footLine(pen, "✓ "+ui.Count(int64(len(marked)))+" marked", p.marksFigure(marked), st.AccentBold, st.AccentBold)
	}
	return pen.Lines(p.plan.foot.Dy())
}

// shownTotal is the figures of the rows that are shown.
func (p *Page) shownTotal(id string) string {
	sum := &p.reply.shaped.sum
	switch {
	case id == colAmount && sum.known:
		return ui.Money(sum.amount, sum.currency)
	case id == colTokens:
		return ui.Tokens(sum.Tokens)
	}
	return ""
}

// apartLabel says what stands between the rows and the total.
func (p *Page) apartLabel() string {
	switch fees := !p.reply.shaped.apart.IsZero(); {
	case p.reply.compare && fees:
		return "fees and shifts"
	case p.reply.compare:
		return "shifts"
	}
	return "plan fees"
}

// apartFigure is what the total has and the rows have not.
func (p *Page) apartFigure(id string) string {
	r, s := p.reply, p.reply.shaped
	m := &r.answer.Between
	if id == colAmount && !s.apart.IsZero() {
		return ui.Money(s.apart, r.answer.Total.Currency)
	}
	if !r.compare || id == colAmount {
		return ""
	}
	l := line{sum: &m.Now, move: m}
	for i := range s.columns {
		switch c := &s.columns[i]; {
		case c.id != id:
		case id == colBefore && m.Before.PlanFee.IsZero():
			return ""
		case id == colBefore || id == colChange || id == colVolume || id == colMix || id == colPrice || id == colFees:
			return c.text(&l)
		}
	}
	return ""
}

// totalFigure returns the figures of the total.
func (p *Page) totalFigure() func(id string) string {
	r := p.reply
	total := line{sum: &r.answer.Total, at: 0}
	if r.compare {
		total.move = &r.answer.Moved
	}
	for i := range r.answer.Bases {
		if b := &r.answer.Bases[i]; b.Sum.HasReported && b.Basis == usage.Billed {
			total.billed = &b.Sum
		}
	}
	return func(id string) string {
		for i := range r.shaped.columns {
			if c := &r.shaped.columns[i]; c.id == id && id != colShare {
				return c.text(&total)
			}
		}
		return ""
	}
}

// footLine writes one line of totals in the places of the table's columns.
func (p *Page) footLine(pen *ui.Pen, label string, text func(id string) string, name, figure ui.Ink) {
	columns, first := p.reply.shaped.columns, true
	p.table.Foot(pen, func(col, width int) {
		c := &columns[col]
		switch {
		case c.dim >= 0 || c.text == nil:
			if first {
				pen.Left(name, label, width)
			}
			first = false
		case c.Right:
			ink := figure
			if c.id != colAmount {
				ink = p.styles.Text
			}
			pen.Right(ink, text(c.id), width)
		}
	})
}

// drawNote writes what a reader of the figures should know.
func (p *Page) drawNote() []string {
	r := p.plan.note
	if r.Empty() || !p.current() || p.reply.answer == nil {
		return nil
	}
	pen := ui.NewPen(r.Dx(), 1)
	pen.Space(2)
	a := p.reply.answer
	var tokens int64
	for i := range a.Unpriced {
		tokens += a.Unpriced[i].Tokens
	}
	switch {
	case tokens > 0:
		names := ui.Text(a.Unpriced[0].Model)
		if n := len(a.Unpriced) - 1; n > 0 {
			names += " and " + ui.Digits(int64(n)) + " more"
		}
		p.fitting(pen, p.styles.Warn, "! "+ui.Tokens(tokens)+" tokens are unpriced and in no amount: "+names, "! "+ui.Tokens(tokens)+" tokens unpriced: "+names)
	case p.reply.compare && p.apart():
		p.fitting(pen, p.styles.Muted, shiftsMean, "shifts between rows: volume in the rows, mix in the total")
	case len(a.Notes) > 0 && a.Notes[0].Code != "fees_in_total":
		p.fitting(pen, p.styles.Muted, a.Notes[0].Text, feesLeftOut(a.Notes[0]))
	}
	pen.End()
	return pen.Lines(1)
}

// fitting writes the first of some texts that has room, or the last.
func (p *Page) fitting(pen *ui.Pen, ink ui.Ink, texts ...string) {
	for i, text := range texts {
		if i == len(texts)-1 || ui.Width(text) <= pen.Room() {
			pen.Text(ink, text)
			return
		}
	}
}

// feesLeftOut is a note in few words, if it is about plan fees.
func feesLeftOut(n report.Note) string {
	if n.Code == "fees_left_out" {
		return "plan fees are left out: no part of them is of this"
	}
	return n.Text
}

// drawOtherHero stands where there is no sum.
func (p *Page) drawOtherHero(pen *ui.Pen) {
	st := p.styles
	pen.Space(1)
	switch {
	case p.reply != nil && p.reply.step.view == unusedView && p.current():
		never := 0
		for i := range p.reply.unused {
			if p.reply.unused[i].Last.IsZero() {
				never++
			}
		}
		pen.Text(st.Headline, ui.Count(int64(len(p.reply.unused))))
		pen.Text(st.Muted, " keys and projects without usage for "+ui.Digits(unusedDays)+" days, "+ui.Digits(int64(never))+" of them never used")
	default:
		pen.Text(st.Muted, "…")
	}
	pen.End()
	pen.Blank(p.plan.hero.Dy() - 1)
}
