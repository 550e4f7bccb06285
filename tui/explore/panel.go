package explore

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/chart"
	"tokpit/tui/overlay"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// drawPanel says more of the row under the cursor: what its tokens are, and what
// has changed.
func (p *Page) drawPanel(width, height int) []string {
	if width == 0 || height == 0 || !p.current() {
		return nil
	}
	pen := ui.NewPen(width, height)
	st := p.styles
	if t := p.record(); t != nil {
		doc := &traceDocument{trace: *t, snap: p.snap}
		doc.draw(pen, st)
		return pen.Lines(height)
	}
	l := p.selected()
	if l == nil {
		return pen.Lines(height)
	}
	name := ui.CutName(strings.Join(l.names, " · "), max(8, width-6))
	if p.plan.panel.Min.X > p.plan.table.Max.X {
		ui.SectionTitle(pen, st, name, false, "")
		p.drawSide(pen, l)
		return pen.Lines(height)
	}
	p.drawBeneath(pen, name, l)
	return pen.Lines(height)
}

// whole writes all that is known of a row.
func (p *Page) whole(pen *ui.Pen, st *ui.Styles, l *line) {
	p.figuresOf(pen, st, l)
	p.classesOf(pen, st, l.sum)
	p.movesOf(pen, st, l)
	p.explainMix(pen, st, l.move)
	p.sessionOf(pen, st, l)
}

// details opens all that is known of the row under the cursor, for screens that
// have no room for it beside the table.
func (p *Page) details() tea.Cmd {
	l := p.selected()
	if l == nil {
		return nil
	}
	shown := *l
	return open(overlay.NewDocument(strings.Join(l.names, " · "), 60, func(pen *ui.Pen, st *ui.Styles) { p.whole(pen, st, &shown) }))
}

const panelLabel = 16

func pair(pen *ui.Pen, st *ui.Styles, label string, ink ui.Ink, value, note string) {
	pen.Left(st.Muted, label, panelLabel)
	pen.Right(ink, value, 14)
	pen.Space(2)
	pen.Text(st.Muted, note)
	pen.End()
}

// figuresOf writes the money of a row.
func (p *Page) figuresOf(pen *ui.Pen, st *ui.Styles, l *line) {
	s := l.sum
	lens := p.lens.For(p.snap)
	pair(pen, st, briefKind(p.snap, lens), st.Strong, lens.Cost(s), "")
	if p.snap.PlanSet {
		other := ui.Lens{Cash: !lens.Cash}
		pair(pen, st, briefKind(p.snap, other), st.Text, other.Cost(s), "")
	}
	if s.Ranged && len(s.Costs) == 0 {
		pair(pen, st, "at least", st.Text, ui.Money(s.Low, s.Currency), "")
		pair(pen, st, "at most", st.Text, ui.Money(s.High, s.Currency), "")
	}
	if s.HasReported && len(s.Costs) == 0 {
		note := ""
		if s.ReportedRecords < s.Records {
			note = ui.Count(s.ReportedRecords) + " of " + ui.Count(s.Records)
		}
		pair(pen, st, "source says", st.Text, ui.Money(s.Reported, s.Currency), note)
	}
	if l.billed != nil && l.billed.HasReported {
		pair(pen, st, "billed", st.Text, ui.Money(l.billed.Reported, l.billed.Currency), "")
	}
	pair(pen, st, "requests", st.Text, ui.Requests(s.Requests, s.Uncounted > 0), "")
	if per := perRequest(s); per != ui.Unknown {
		note := ""
		if lens.Differs(s) {
			note = "API-equiv."
		}
		pair(pen, st, "per request", st.Text, per, note)
	}
	if s.UnpricedTokens > 0 {
		pair(pen, st, "unpriced", st.Warn, ui.Tokens(s.UnpricedTokens), "tokens")
	}
}

// classesOf draws what the tokens of a row are.
func (p *Page) classesOf(pen *ui.Pen, st *ui.Styles, s *report.Sum) {
	t := &s.Tokens
	total := t.Total()
	if total == 0 && len(s.Quantities) == 0 {
		return
	}
	if pen.Height() > 0 {
		pen.End()
	}
	for _, c := range []struct {
		name string
		n    int64
	}{
		{"input", t.Input}, {"cache read", t.CacheRead}, {"cache write", t.CacheWrite5m + t.CacheWrite1h}, {"output", t.Output},
	} {
		pen.Left(st.Muted, c.name, panelLabel)
		pen.Right(st.Text, ui.Tokens(c.n), 7)
		pen.Space(2)
		if total > 0 {
			chart.Share(pen, st, st.Accent, int64(float64(c.n)/float64(total)*1000), min(14, pen.Room()))
		}
		pen.End()
	}
	if t.Reasoning > 0 {
		pen.Left(st.Muted, "  thinking", panelLabel)
		pen.Right(st.Muted, ui.Tokens(t.Reasoning), 7)
		pen.Text(st.Muted, "  of the output")
		pen.End()
	}
	for _, q := range s.Quantities {
		pen.Left(st.Muted, ui.Cut(ui.Text(q.Meter), panelLabel-1), panelLabel)
		pen.Right(st.Text, ui.Count(q.N), 7)
		pen.End()
	}
}

// movesOf says why the cost of a row has changed.
func (p *Page) movesOf(pen *ui.Pen, st *ui.Styles, l *line) {
	m := l.move
	if m == nil {
		return
	}
	if pen.Height() > 0 {
		pen.End()
	}
	lens := p.lens.For(p.snap)
	currency, e := currencyOf(m), m.In(lens.Cash)
	pair(pen, st, "before", st.Text, lens.Cost(&m.Before), "")
	if !e.Known {
		pair(pen, st, "change", st.Muted, ui.Unknown, "a part has no price")
		return
	}
	pair(pen, st, "change", changeInk(st, e.Change), signedMoney(e.Change, currency, 14), "")
	for _, x := range []struct {
		id, why string
		amount  money.Amount
	}{{colVolume, "used more", e.Volume}, {colMix, "used otherwise", e.Mix}, {colPrice, "prices changed", e.Price}, {colFees, "fees of plans", e.Fees}} {
		switch {
		case !x.amount.IsZero():
			if x.id == colVolume && x.amount.Sign() < 0 {
				x.why = "used less"
			}
			pair(pen, st, "  "+x.id, st.Text, signedMoney(x.amount, currency, 14), x.why)
		case x.id != colFees && compared(x.id, m, lens):
			pair(pen, st, "  "+x.id, st.Muted, "=", "as before")
		}
	}
	pair(pen, st, "now", st.Text, lens.Cost(&m.Now), "")
}

// explainMix says what is meant by a mix, where a row has one.
func (p *Page) explainMix(pen *ui.Pen, st *ui.Styles, m *report.Move) {
	if m == nil {
		return
	}
	say := func(text string) {
		pen.End()
		for _, l := range ui.Wrap(text, pen.Width()) {
			pen.Text(st.Muted, l)
			pen.End()
		}
	}
	cash := p.lens.For(p.snap).Cash
	if e := m.In(cash); e.Known && !e.Mix.IsZero() {
		say("Used otherwise: other models, or another share of input, cache and output, at the prices of before.")
	}
	if b := p.reply.answer.Between.In(cash); p.reply.compare && !b.Mix.IsZero() {
		say(shiftsMean)
	}
}

// shiftsMean says what stands between the rows and the total of a comparison.
const shiftsMean = "Shifts, beneath the rows: what was used in one row instead of another is volume in the rows, and mix in the total."

// sessionOf says more of a session.
func (p *Page) sessionOf(pen *ui.Pen, st *ui.Styles, l *line) {
	s := l.session
	if s == nil {
		return
	}
	names := p.snap.Names
	if pen.Height() > 0 {
		pen.End()
	}
	for _, x := range []struct {
		dim   usage.Dimension
		value string
	}{{usage.ByProject, s.Project}, {usage.ByUser, s.User}, {usage.ByAgent, s.Agent}, {usage.ByMachine, s.Machine}, {usage.BySource, s.Source}} {
		if x.value == "" && x.dim != usage.ByProject {
			continue
		}
		pen.Left(st.Muted, dimName(x.dim), panelLabel)
		pen.Text(st.Text, ui.CutName(nameOf(names, x.dim, x.value), max(6, pen.Room())))
		pen.End()
	}
	if len(s.Models) == 0 {
		return
	}
	// As in the list: what a session did is asked of tokens × price.
	name := max(8, pen.Width()-14)
	pen.Left(st.Muted, "models", name)
	pen.Right(st.Muted, briefKind(p.snap, ui.Lens{}), 12)
	pen.End()
	for i := range s.Models {
		m := &s.Models[i]
		pen.Left(st.Text, ui.Cut(ui.Text(m.Model), name), name)
		pen.Right(st.Text, ui.Lens{}.Cost(&m.Sum), 12)
		pen.End()
	}
}
