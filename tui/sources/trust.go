package sources

import (
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/money"
	"tokpit/report"
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
	days    []trustRow // that differ
	notes   []string   // which days are not compared, and why
}

// trustRow is an account; or, beneath one, a part of its variance and where it
// comes from.
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
		t.answer = ui.Written(t.answer, r.Accounts[i].Currency)
	}
	left := make([][]string, len(r.Accounts))
	for i := range r.Accounts {
		left[i] = t.account(&r.Accounts[i])
	}
	t.note(r, left)
	return t
}

// note says which days are not compared and why, once for all the accounts that it
// is the same of.
func (t *trust) note(r *report.Reconciliation, left [][]string) {
	var said []string
	for i := range left {
		for _, note := range left[i] {
			if slices.Contains(said, note) {
				continue
			}
			said = append(said, note)
			var whose []string
			all := true
			for k := range left {
				has := slices.Contains(left[k], note)
				all = all && has
				if name := ui.Text(r.Accounts[k].Provider); has && !slices.Contains(whose, name) {
					whose = append(whose, name)
				}
			}
			if !all {
				note = strings.Join(whose, ", ") + ": " + note
			}
			t.notes = append(t.notes, note)
		}
	}
}

// account adds the rows of an account, and returns which of its days are not
// compared, reason by reason.
func (t *trust) account(a *report.AccountReconciliation) (left []string) {
	c := &a.Total
	row := trustRow{account: true, name: ui.Text(a.Provider), billed: ui.Money(c.Billed, a.Currency), priced: ui.Money(c.Priced, a.Currency),
		variance: plus(c.Variance(), a.Currency), status: c.Status}
	if a.Account != "" && a.Account != a.Provider {
		row.name += " · " + ui.Text(a.Account)
	}
	if n, ok := c.PerMille(); ok {
		row.percent = ui.Percent(max(n, -n))
	}
	byDay, any := trustRow{name: "by day"}, false
	var whys []string
	gaps := make(map[string][]time.Time) // by reason
	for i := range a.Days {
		d := &a.Days[i]
		variance := d.Variance()
		byDay.days = append(byDay.days, dayMark{d.Status, variance.Sign()})
		byDay.when = ui.Days(a.Days[0].Day, d.Day)
		switch d.Status {
		case report.NotComparable:
			why := ui.Text(d.Cause.Text)
			if gaps[why] == nil {
				whys = append(whys, why)
			}
			gaps[why] = append(gaps[why], d.Day)
			continue
		case report.Differs:
			t.days = append(t.days, trustRow{account: true, name: ui.Text(a.Provider), when: d.Day.Format("2 Jan"), billed: ui.Money(d.Billed, a.Currency), priced: ui.Money(d.Priced, a.Currency),
				variance: plus(variance, a.Currency), why: spaced(d.Cause.Code), status: d.Status})
		}
		any = true
	}
	if !any {
		row.variance, row.percent, row.status = ui.Unknown, "", report.NotComparable
	}
	t.rows = append(t.rows, row, byDay)
	for i := range a.Causes {
		if cause := &a.Causes[i]; cause.Code != report.CauseRounding {
			t.rows = append(t.rows, trustRow{name: spaced(cause.Code), when: ui.Days(cause.FirstDay, cause.LastDay),
				variance: plus(cause.Amount, a.Currency), why: ui.Written(ui.Text(cause.Text), a.Currency), status: report.Differs})
		}
	}
	for _, why := range whys {
		be := " are"
		if len(gaps[why]) == 1 {
			be = " is"
		}
		left = append(left, runs(gaps[why])+be+" not compared: "+why)
	}
	return left
}

// spaced is a code in words.
func spaced(code string) string { return strings.ReplaceAll(ui.Text(code), "_", " ") }

// runs names days, those that follow each other together: "3–5 Nov, 9 Nov".
func runs(days []time.Time) string {
	var out []string
	for from := 0; from < len(days); {
		to := from
		for to+1 < len(days) && days[to+1].Sub(days[to]) <= 25*time.Hour {
			to++
		}
		out = append(out, ui.Days(days[from], days[to]))
		from = to + 1
	}
	return strings.Join(out, ", ")
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
