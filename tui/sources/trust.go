package sources

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/entry"
	"tokpit/tui/overlay"
	"tokpit/tui/ui"
)

// trust is the answer to "can I trust these numbers?": what the providers billed
// against tokens × price, worded once for each snapshot. Without a bill (rec is
// nil) it says so.
type trust struct {
	rec     *report.Reconciliation
	verdict report.Verdict
	answer  string
	rows    []trustRow
}

// trustRow is an account; or, beneath one, a part of its variance and where it
// comes from, or the days that cannot be compared.
type trustRow struct {
	account                bool
	name, when             string
	billed, priced         string
	variance, percent, why string
	status                 report.Status
	days                   []dayMark // of a row that shows each day
}

// dayMark is how a day's bill compares: more, less, the same, or not at all.
type dayMark struct {
	status report.Status
	sign   int // of the variance
}

// newTrust words a reconciliation; nil means that no bill has been read.
func newTrust(r *report.Reconciliation) trust {
	if r == nil || len(r.Accounts) == 0 {
		return trust{answer: "No bill has been read yet. A connected provider brings one; here it is then compared with tokens × price, by day and line."}
	}
	t := trust{rec: r, verdict: r.Verdict(), answer: ui.Text(r.Answer())}
	for i := range r.Accounts {
		t.account(&r.Accounts[i])
	}
	return t
}

func (t *trust) account(a *report.AccountReconciliation) {
	c := &a.Total
	row := trustRow{account: true, name: ui.Text(a.Provider), billed: ui.Money(c.Billed, a.Currency), priced: ui.Money(c.Priced, a.Currency),
		variance: plus(c.Variance(), a.Currency), status: c.Status}
	if a.Account != "" && a.Account != a.Provider {
		row.name += " · " + ui.Text(a.Account)
	}
	if n, ok := c.PerMille(); ok {
		row.percent = ui.Percent(max(n, -n))
	}
	left, any := trustRow{name: "not compared", status: report.NotComparable}, false
	byDay := trustRow{name: "by day"}
	for i := range a.Days {
		d := &a.Days[i]
		variance := d.Variance()
		byDay.days = append(byDay.days, dayMark{d.Status, variance.Sign()})
		byDay.when = ui.Days(a.Days[0].Day, d.Day)
		if d.Status != report.NotComparable {
			any = true
			continue
		}
		if left.when != "" {
			left.when += ", "
		}
		left.when, left.why = left.when+d.Day.Format("2 Jan"), ui.Text(d.Cause.Text)
	}
	if !any {
		row.variance, row.percent, row.status = ui.Unknown, "", report.NotComparable
	}
	t.rows = append(t.rows, row, byDay)
	for i := range a.Causes {
		if cause := &a.Causes[i]; cause.Code != report.CauseRounding {
			t.rows = append(t.rows, trustRow{name: strings.ReplaceAll(ui.Text(cause.Code), "_", " "), when: ui.Days(cause.FirstDay, cause.LastDay),
				variance: plus(cause.Amount, a.Currency), why: ui.Text(cause.Text), status: report.Differs})
		}
	}
	if left.when != "" {
		t.rows = append(t.rows, left)
	}
}

// plus writes an amount with its sign.
func plus(a money.Amount, currency string) string {
	if a.Sign() > 0 {
		return "+" + ui.Money(a, currency)
	}
	return ui.Money(a, currency)
}

// sign is a verdict in a sign and a colour.
func (t *trust) sign(st *ui.Styles) (ui.Ink, string) {
	switch t.verdict {
	case report.Trusted, report.Explained:
		return st.Good, "✓ "
	case report.Doubtful:
		return st.Warn, "! "
	}
	return st.Muted, "– "
}

// brief is the verdict in a word or two, "" if there is none.
func (t *trust) brief() string {
	switch t.verdict {
	case report.Trusted:
		return "bills agree"
	case report.Explained:
		return "bills differ, and it is known why"
	case report.Doubtful:
		return "! bills differ"
	}
	return ""
}

// height is how many lines the panel would like to have.
func (t *trust) height() int {
	if t.rec == nil {
		return 0
	}
	return len(t.rows) + 5 // title, answer, gap, header
}

// remark says what more there is to see, where anything differs or cannot be
// compared.
func (t *trust) remark() string {
	for i := range t.rec.Accounts {
		for j := range t.rec.Accounts[i].Days {
			d := &t.rec.Accounts[i].Days[j]
			if d.Status >= report.Differs || slices.ContainsFunc(d.Lines, func(l report.LineReconciliation) bool { return l.Status == report.Differs }) {
				return "v shows days and lines"
			}
		}
	}
	return ""
}

// columns of the panel's table.
const (
	trustMoney   = 13
	trustPercent = 8
	trustName    = 26
)

// drawTrust draws the panel: the answer, then account by account what differs
// and why.
func (p *Page) drawTrust() []string {
	r := p.plan.trust
	if r.Empty() {
		return nil
	}
	t, st := &p.trust, p.styles
	w := entry.Write(ui.NewPen(r.Dx(), r.Dy()), st)
	remark := ""
	if t.rec != nil {
		remark = t.remark()
	}
	ui.SectionTitle(w.Pen, st, "Can I trust these numbers?", false, remark)
	ink, sign := t.sign(st)
	w.Para(ink, sign, t.answer)
	if t.rec == nil {
		return w.Pen.Lines(r.Dy())
	}
	w.End()
	wide := r.Dx() >= trustName+3*trustMoney+trustPercent+8
	w.Left(st.Muted, "  account", min(trustName, r.Dx()/3))
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
	roomy := r.Dy() >= t.height()+len(t.rows)
	for i := range t.rows {
		t.rows[i].draw(w, wide, roomy)
	}
	return cut(w.Pen, st, r.Dy(), "… v shows all of it")
}

// draw writes a row; where there is room, with all of its reason.
func (row *trustRow) draw(w entry.Writer, wide, roomy bool) {
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
		w.Left(st.Muted, "   "+row.when, 2*trustMoney+3)
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
	lines := ui.Wrap(why, max(w.Room(), 8))
	if !roomy {
		lines = []string{why}
	}
	for i, line := range lines {
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

// cut returns the first lines of what a pen drew, and says so if there are more.
func cut(pen *ui.Pen, st *ui.Styles, height int, more string) []string {
	cut := pen.Height() > height
	width := pen.Width()
	lines := pen.Lines(height)
	if cut && height > 2 {
		last := ui.NewPen(width, 1)
		last.Text(st.Muted, more)
		lines[height-1] = last.Lines(1)[0]
	}
	return lines
}

// trustWidth is the widest that the box of the whole comparison is.
const trustWidth = 110

// verify opens the whole comparison: causes, days and lines.
func (p *Page) verify() tea.Cmd {
	rec := p.trust.rec
	if rec == nil {
		return nil
	}
	return ui.Send(overlay.Open{Modal: overlay.NewDocument("Can I trust these numbers?", trustWidth, func(pen *ui.Pen, st *ui.Styles) {
		var b strings.Builder
		if err := rec.WriteText(&b, report.TextOptions{Width: pen.Width()}); err != nil {
			b.WriteString(err.Error())
		}
		_, text, _ := strings.Cut(b.String(), "? ") // the question is the title
		for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
			pen.Text(st.Text, ui.Text(line))
			pen.End()
		}
	})})
}
