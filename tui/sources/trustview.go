package sources

import (
	"tokpit/report"
	"tokpit/tui/entry"
	"tokpit/tui/ui"
)

// columns of the panel's table.
const (
	trustMoney   = 13
	trustPercent = 8
	trustName    = 26
	trustWhen    = 2*trustMoney + 3
)

// wideTrust is from where the table also says what was billed and priced.
const wideTrust = trustName + 3*trustMoney + trustPercent + 3 + 24

// drawTrust draws the panel, as much as there is room for.
func (p *Page) drawTrust() []string {
	r := p.plan.trust
	if r.Empty() {
		return nil
	}
	pen := p.trustPen(r.Dx())
	if p.trust.rec != nil && len(p.trust.days) > 0 && pen.Height()+3 <= r.Dy() {
		p.drawDiffering(entry.Write(pen, p.styles), r.Dy()-pen.Height())
	}
	return cut(pen, p.styles, r.Dy(), "… v shows all of it")
}

// trustHeight is how many lines the panel would like to have at a width; 0 if
// there is nothing to compare.
func (p *Page) trustHeight(width int) int {
	if p.trust.rec == nil {
		return 0
	}
	return p.trustPen(width).Height()
}

// wholeTrust is how many lines the panel takes with all days that differ.
func (p *Page) wholeTrust(width int) int {
	lines := p.trustPen(width).Height()
	if n := len(p.trust.days); n > 0 {
		lines += n + 2
	}
	return lines
}

// trustPen draws the panel: the answer, then account by account what differs and
// why.
func (p *Page) trustPen(width int) *ui.Pen {
	t, st := &p.trust, p.styles
	w := entry.Write(ui.NewPen(width, 10+2*len(t.rows)), st)
	remark := ""
	if t.rec != nil {
		remark = t.remark()
	}
	ui.SectionTitle(w.Pen, st, "Can I trust these numbers?", false, remark)
	ink, sign := t.sign(st)
	w.Para(ink, sign, t.answer)
	if t.rec == nil {
		return w.Pen
	}
	w.End()
	wide := width >= wideTrust
	w.Left(st.Muted, "  account", min(trustName, width/3))
	if wide {
		w.Right(st.Muted, "billed", trustMoney)
		w.Right(st.Muted, "tokens × price", trustMoney+3)
	}
	w.Right(st.Muted, "variance", trustMoney)
	if legend := "▲ billed more  ▼ less  · the same"; w.Room() > ui.Width(legend)+3 {
		w.Space(3)
		w.Text(st.Muted, legend)
	}
	w.End()
	for i := range t.rows {
		t.rows[i].draw(w, wide)
	}
	for _, note := range t.notes {
		w.Para(st.Muted, "  ", note)
	}
	return w.Pen
}

// drawDiffering lists the days that differ, the last ones if not all have room.
func (p *Page) drawDiffering(w entry.Writer, room int) {
	st, days := p.styles, p.trust.days
	w.End()
	remark := ""
	if most := room - 2; len(days) > most {
		days = days[len(days)-most:]
		remark = "the last " + ui.Count(int64(most)) + " of " + ui.Count(int64(len(p.trust.days)))
	}
	ui.SectionTitle(w.Pen, st, "Days that differ", false, remark)
	for i := range days {
		days[i].drawDay(w)
	}
}

func (row *trustRow) drawDay(w entry.Writer) {
	st, width := w.St, w.Width()
	w.Left(st.Muted, "  "+row.when, 9)
	w.Left(st.Text, row.name, min(trustName, width/3)-9)
	if width >= wideTrust {
		w.Right(st.Text, row.billed, trustMoney)
		w.Right(st.Text, row.priced, trustMoney+3)
	}
	w.Right(st.Strong, row.variance, trustMoney)
	w.Space(3)
	w.Text(st.Muted, row.why)
	w.End()
}

// draw writes a row with all of its reason.
func (row *trustRow) draw(w entry.Writer, wide bool) {
	st := w.St
	name := min(trustName, w.Width()/3)
	if row.account {
		w.Left(st.Text, "  "+row.name, name)
		if wide {
			w.Right(st.Text, row.billed, trustMoney)
			w.Right(st.Text, row.priced, trustMoney+3)
		}
		ink, word := row.verdict(st)
		w.Right(st.Strong, row.variance, trustMoney)
		w.Right(st.Muted, row.percent, trustPercent)
		w.Space(2)
		w.Text(ink, word)
		w.End()
		return
	}
	w.Left(st.Muted, "    "+row.name, name)
	if wide {
		w.Left(st.Muted, "   "+row.when, trustWhen)
	}
	if row.days != nil {
		row.marks(w)
		return
	}
	w.Right(st.Text, row.variance, trustMoney)
	w.Space(3)
	why := row.why
	if !wide {
		why = row.when + ": " + why
	}
	at := w.Width() - w.Room()
	for i, line := range ui.Wrap(why, max(w.Room(), 8)) {
		if i > 0 {
			w.To(at)
		}
		w.Text(st.Muted, line)
		w.End()
	}
}

func (row *trustRow) verdict(st *ui.Styles) (ui.Ink, string) {
	switch row.status {
	case report.Within:
		return st.Good, "✓ within tolerance"
	case report.Differs:
		return st.Warn, "! differs"
	case report.NotComparable:
		return st.Muted, "– nothing to compare"
	}
	return st.Good, "✓ ties out"
}

// marks draws a sign for each day.
func (row *trustRow) marks(w entry.Writer) {
	st := w.St
	w.Space(3)
	days := row.days[max(0, len(row.days)-w.Room()):]
	for _, d := range days {
		switch {
		case d.status == report.NotComparable:
			w.Fill(st.Faint, ' ', 1)
		case d.status == report.Differs && d.sign > 0:
			w.Fill(st.Warn, '▲', 1)
		case d.status == report.Differs:
			w.Fill(st.Accent, '▼', 1)
		default:
			w.Fill(st.Good, '·', 1)
		}
	}
	w.End()
}
