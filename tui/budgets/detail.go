package budgets

import (
	"cmp"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/budget"
	"tokpit/report"
	"tokpit/tui/chart"
	"tokpit/tui/entry"
	"tokpit/tui/overlay"
	"tokpit/tui/ui"
)

// documentWidth is the widest that the box of details is.
const documentWidth = 96

// details opens all that is known of the selected budget.
func (p *Page) details() tea.Cmd {
	it := p.selected()
	if it == nil {
		return nil
	}
	all := p.snap.Budgets // new data must not change half of the box
	return ui.Send(overlay.Open{Modal: overlay.NewDocument(it.Budget.Name, documentWidth, func(pen *ui.Pen, st *ui.Styles) {
		w := entry.Write(pen, st)
		p.decided(w, it)
		p.document(w, it, all)
	})})
}

// decidedLines is what the decisions take, at most.
const decidedLines = 12

// drawDetail draws as much of the document as there is room for.
func (p *Page) drawDetail() []string {
	r, st, it := p.plan.detail, p.styles, p.selected()
	if r.Dy() < 2 || it == nil {
		return nil
	}
	pen := ui.NewPen(r.Dx(), r.Dy()+40)
	w := entry.Write(pen, st)
	p.document(w, it, p.snap.Budgets)
	if pen.Height()+decidedLines <= r.Dy() && it.Err == nil {
		section(w, "What is decided", "e changes it")
		p.decided(w, it)
	}
	all := pen.Lines(pen.Height())
	p.scroll = max(0, min(p.scroll, len(all)-r.Dy()))
	lines := all[p.scroll:min(len(all), p.scroll+r.Dy())]
	if rest := len(all) - p.scroll - len(lines); rest > 0 || p.scroll > 0 {
		more := ui.NewPen(r.Dx(), 1)
		more.Right(st.Muted, plural(int64(rest+1), "more line")+" · pgdn", r.Dx())
		if rest == 0 {
			more = ui.NewPen(r.Dx(), 1)
			more.Right(st.Muted, "pgup", r.Dx())
		}
		more.End()
		lines = append(append([]string(nil), lines[:len(lines)-1]...), more.Lines(1)...)
	}
	return lines
}

// section draws a title with a rule, after a gap.
func section(w entry.Writer, title, remark string) {
	if w.Height() > 0 {
		w.End()
	}
	ui.SectionTitle(w.Pen, w.St, title, false, remark)
}

// document writes what there is to know of a budget; parts with nothing in them
// are left out.
func (p *Page) document(w entry.Writer, it *item, all *report.Budgets) {
	if it.Err != nil {
		w.Para(w.St.Bad, "! ", it.Err.Error())
		return
	}
	p.drawWaiting(w, it)
	p.drawContributors(w, it)
	section(w, "Where it ends", "")
	for _, text := range it.forecastWords() {
		w.Para(w.St.Text, "", text)
	}
	if text := it.lasts(); text != "" {
		w.Para(w.St.Muted, "", sentence(text))
	}
	p.drawThresholds(w, it)
	p.drawAlerts(w, it)
	p.drawFailed(w, it)
	p.drawBeside(w, all)
	p.drawUnusual(w, it, all)
	p.drawDoubts(w, it)
}

// decided writes what somebody has decided.
func (p *Page) decided(w entry.Writer, it *item) {
	b := it.Budget
	w.Fact("limit", it.money(b.Amount)+" a "+string(b.Period)+hardWord(b.Hard))
	w.Fact("period", it.span()+", "+cmp.Or(b.Zone, "UTC"))
	w.Fact("counts", p.scopeWords(b.Scope))
	w.Fact("told", cmp.Or(strings.Join(b.Notify, ", "), "nobody but this screen"))
	w.Fact("spent", it.money(it.Cost)+", "+percent(it.Used))
	w.Fact("headroom", it.money(it.Headroom))
	known := it.AsOf.In(it.zone).Format("Mon 2 Jan 15:04 MST")
	if it.Source != "" {
		known += "; the oldest source is " + it.Source
	}
	w.Fact("known to", known)
}

func hardWord(hard bool) string {
	if hard {
		return ", meant as a hard limit (nothing is refused here: p shows what would be)"
	}
	return ""
}

func sentence(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

// drawWaiting writes first what asks for somebody.
func (p *Page) drawWaiting(w entry.Writer, it *item) {
	if n := len(it.unseen()); n > 0 {
		w.Para(w.St.Warn, "● ", plural(int64(n), "alert")+" nobody has marked as seen: m")
	}
	if n := len(it.failed); n > 0 {
		w.Para(w.St.Bad, "! ", plural(int64(n), "message")+" not delivered: M tries again")
	}
}

// shareBar is how wide the bars of parts are.
const shareBar = 10

// drawContributors writes who spends.
func (p *Page) drawContributors(w entry.Writer, it *item) {
	if len(it.Contributors) == 0 {
		section(w, "Who spends", "")
		w.Para(w.St.Muted, "", "Nothing is spent yet in this "+string(it.Budget.Period)+".")
		return
	}
	section(w, "Who spends", "by "+string(it.Breakdowns[0].By))
	amount := 0
	for _, c := range it.Contributors {
		amount = max(amount, ui.Width(it.money(c.Cost)))
	}
	name := max(8, w.Width()-amount-shareBar-10)
	for _, c := range it.Contributors {
		k := w.St.Text
		if c.Kind != report.PartValue {
			k = w.St.Muted
		}
		hue := ui.Unmarked
		if c.Kind == report.PartValue {
			hue = w.St.Hue(c.By, c.Value)
		}
		w.St.Name(w.Pen, hue, k, ui.Text(c.Label), name)
		w.Space(1)
		w.Right(w.St.Text, it.money(c.Cost), amount)
		w.Space(1)
		chart.Share(w.Pen, w.St, w.St.Accent, c.Share, min(shareBar, max(0, w.Room()-7)))
		w.Right(w.St.Muted, ui.Percent(c.Share), 7)
		w.End()
	}
}

// drawThresholds writes where somebody is told, and which of that is reached.
func (p *Page) drawThresholds(w entry.Writer, it *item) {
	if len(it.Marks) == 0 {
		return
	}
	told := ""
	if len(it.Budget.Notify) > 0 {
		told = "told: " + strings.Join(it.Budget.Notify, ", ")
	}
	section(w, "Thresholds", ui.Cut(ui.Text(told), w.Width()/2))
	for _, m := range it.Marks {
		sign, k, state := "· ", w.St.Muted, "not reached"
		switch {
		case !m.Known:
			state = "no forecast yet"
		case m.Reached:
			sign, k, state = "! ", w.St.Warn, "reached: "+it.money(m.Value)
		}
		w.Left(k, sign+thresholdName(m.Threshold, it.Budget.Currency), 18)
		w.Left(w.St.Muted, it.money(m.At), 12)
		w.Space(1)
		w.Text(k, state)
		w.End()
	}
}

// drawAlerts writes what has been told in this period, and to whom.
func (p *Page) drawAlerts(w entry.Writer, it *item) {
	if len(it.alerts) == 0 && len(it.snoozes) == 0 {
		return
	}
	section(w, "Alerts", "this "+string(it.Budget.Period))
	for _, z := range it.snoozes {
		what := "all thresholds"
		if z.Threshold != "" {
			what = z.Threshold
		}
		w.Para(w.St.Accent, "z ", "silent until "+z.Until.In(it.zone).Format("Mon 2 Jan 15:04")+": "+what)
	}
	for i := range it.alerts {
		a := &it.alerts[i]
		k, sign := w.St.Warn, "● "
		if !a.AckedAt.IsZero() {
			k, sign = w.St.Muted, "✓ "
		}
		text := thresholdName(a.Threshold, it.Budget.Currency) + " reached " + a.FiredAt.In(it.zone).Format("Mon 2 Jan 15:04") + " with " + it.money(a.Value)
		w.Para(k, sign, text+" · "+toldWords(a)+" · "+seenWords(a))
	}
}

func toldWords(a *budget.Alert) string {
	var who []string
	for _, t := range a.Told {
		who = append(who, t.Target)
	}
	if len(who) == 0 {
		return "shown here only"
	}
	return "told " + strings.Join(who, ", ")
}

func seenWords(a *budget.Alert) string {
	if a.AckedAt.IsZero() {
		return "not seen yet"
	}
	return "seen by " + cmp.Or(a.AckedBy, "somebody")
}

// drawFailed writes the messages that did not arrive.
func (p *Page) drawFailed(w entry.Writer, it *item) {
	if len(it.failed) == 0 {
		return
	}
	section(w, "Not delivered", "M tries again")
	for i := range it.failed {
		d := &it.failed[i]
		next := "is tried again " + p.in(d.NextTry)
		if !d.GaveUp.IsZero() {
			next = "was given up after " + plural(int64(d.Attempts), "attempt")
		}
		w.Para(w.St.Bad, "! ", strings.TrimSpace(cmp.Or(d.Channel, "message")+" "+d.To)+" "+next+": "+d.LastErr)
	}
}

// in says how long until an instant.
func (p *Page) in(t time.Time) string {
	switch d := t.Sub(p.snap.AsOf); {
	case d <= 0:
		return "at the next chance"
	case d < time.Hour:
		return "in " + plural(max(1, int64(d/time.Minute)), "minute")
	case d < 48*time.Hour:
		return "in " + plural(int64(d/time.Hour), "hour")
	}
	return "on " + ui.Day(t)
}

// mostUnusual is how many days that stand out are named.
const mostUnusual = 4

// drawUnusual writes the days of the period that stand out.
func (p *Page) drawUnusual(w entry.Writer, it *item, all *report.Budgets) {
	n := 0
	for _, u := range all.Unusual {
		if !it.Period.Contains(u.Day) || n == mostUnusual {
			continue
		}
		if n++; n == 1 {
			section(w, "Days that stand out", "all usage")
		}
		w.Para(w.St.Text, "▲ ", u.Text)
	}
}

// drawDoubts writes what of the figures is not certain.
func (p *Page) drawDoubts(w entry.Writer, it *item) {
	var all [][2]string
	add := func(label, text string) { all = append(all, [2]string{label, text}) }
	if it.Ranged {
		add("range", it.money(it.Low)+" to "+it.money(it.High)+": some prices depend on what is not known")
	}
	if !it.Untracked.IsZero() {
		add("untracked", it.money(it.Untracked)+" of it without a key")
	}
	if !it.Unallocated.IsZero() {
		add("unallocated", it.money(it.Unallocated)+" of it without a project")
	}
	if !it.Fees.IsZero() {
		add("plan fees", it.money(it.Fees)+" of it")
	}
	if it.UnpricedTokens > 0 {
		add("unpriced", ui.Tokens(it.UnpricedTokens)+" tokens beside it, which may cost something")
	}
	if it.Estimated {
		add("estimated", "some of it uses another vendor's price")
	}
	for _, n := range it.Spend.Notes {
		add("note", n.Text)
	}
	if len(all) == 0 {
		return
	}
	section(w, "How sure this is", it.age())
	for _, d := range all {
		w.Fact(d[0], d[1])
	}
}
