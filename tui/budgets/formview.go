package budgets

import (
	"cmp"
	"image"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/budget"
	"tokpit/report"
	"tokpit/tui/entry"
	"tokpit/tui/layout"
	"tokpit/tui/ui"
)

// pressForm routes a key of the form.
func (p *Page) pressForm(msg tea.KeyPressMsg) tea.Cmd {
	f, k := p.form, &p.keys
	if f.leaving {
		if f.leaving = false; key.Matches(msg, k.Yes) {
			p.leaveForm()
		}
		return nil
	}
	switch {
	case key.Matches(msg, k.Leave):
		if f.leaving = f.dirty(); !f.leaving {
			p.leaveForm()
		}
	case key.Matches(msg, k.Save):
		return p.save()
	case key.Matches(msg, k.Next):
		f.move(1)
	case key.Matches(msg, k.Previous):
		f.move(-1)
	case key.Matches(msg, k.Pick):
		return p.pick()
	case key.Matches(msg, k.Do):
		switch f.at {
		case spotSave:
			return p.save()
		case spotScope:
			return p.pick()
		}
		f.move(1)
	case f.at.choice() && key.Matches(msg, k.Change):
		by := 1
		if msg.Code == tea.KeyLeft {
			by = -1
		}
		f.cycle(by)
		return p.formChanged()
	case f.at.choice() || f.at == spotSave:
	case f.fields[f.at].Edit(msg, &f.edit):
		return p.formChanged()
	case msg.Text != "":
		f.fields[f.at].Insert(msg.Text)
		return p.formChanged()
	}
	return nil
}

func (p *Page) pasteForm(text string) tea.Cmd {
	f := p.form
	if f.leaving || f.at.choice() || f.at == spotSave {
		return nil
	}
	f.fields[f.at].Insert(strings.TrimSpace(text))
	return p.formChanged()
}

// formPlan is where the parts of the form lie.
type formPlan struct {
	fields, help, chart image.Rectangle
	offset              int // first line of the fields that is shown
}

// formLines is where each spot is drawn, counted from the first field.
func (f *form) formLines() map[spot]int {
	at, out := 0, make(map[spot]int)
	for _, s := range f.order() {
		if s == spotSave || s == spotCurrency {
			at++ // a gap
		}
		out[s] = at
		at++
	}
	return out
}

// planForm puts the explanation beside the fields, or beneath them.
func (p *Page) planForm() formPlan {
	var out formPlan
	r := image.Rect(min(1, p.width), 0, max(min(1, p.width), p.width-1), p.height)
	title := 1
	if p.height >= 22 {
		title = 2
	}
	_, r = layout.Split(r, title)
	lines := p.form.formLines()
	need := lines[spotSave] + 1
	if r.Dx() >= 96 {
		if rest := r.Dy() - need - 1; rest >= leastBurn+1 {
			r, out.chart = layout.Split(r, need+1)
		}
		columns := layout.Columns(r, 4, 1, 1)
		out.fields, out.help = columns[0], columns[1]
	} else {
		least := min(9, r.Dy()/2)
		out.fields, out.help = layout.Split(r, min(need+1, r.Dy()-least))
	}
	at := lines[p.form.at]
	out.offset = max(0, min(at-out.fields.Dy()/2, need-out.fields.Dy()))
	return out
}

func (p *Page) drawForm() []string {
	pl, st, f := p.planForm(), p.styles, p.form
	name := "New budget"
	if f.was != nil {
		name = "Change " + ui.Text(f.was.Name)
	}
	head := ui.NewPen(max(0, p.width-2), 1)
	ui.DrilledTitle(head, st, title, name, "nothing is refused by tokpit: budgets tell")
	fields := ui.NewPen(pl.fields.Dx(), pl.fields.Dy())
	for _, s := range f.order() {
		p.drawSpot(fields, s)
	}
	help := ui.NewPen(pl.help.Dx(), pl.help.Dy())
	w := entry.Write(help, st)
	p.drawTrouble(w)
	p.explain(w)
	w.End()
	p.drawPreview(w)
	body := fields.Lines(max(pl.offset+pl.fields.Dy(), fields.Height()))[pl.offset:]
	return p.lay(part{image.Rect(min(1, p.width), 0, max(1, p.width-1), 1), head.Lines(1)}, part{pl.fields, body}, part{pl.help, help.Lines(pl.help.Dy())},
		part{pl.chart, p.drawFormChart(pl.chart)})
}

// drawFormChart draws the running period beside what is being written, so that a
// limit is seen to move.
func (p *Page) drawFormChart(r image.Rectangle) []string {
	f := p.form
	if r.Dy() < leastBurn+1 || len(f.preview.periods) == 0 || !f.preview.judged {
		return nil
	}
	b := f.now
	it := newItem(p.snap, &report.BudgetStanding{Status: f.preview.periods[0]})
	pen := ui.NewPen(r.Dx(), 2)
	pen.End()
	ui.SectionTitle(pen, p.styles, "This "+string(b.Period)+" with this budget", false, it.word()+" · even plan ···")
	c := p.burnChart(&it)
	c.Cursor = time.Time{}
	return append(pen.Lines(2), c.Draw(p.styles, r.Dx(), r.Dy()-2)...)
}

// drawSpot writes one field, or the button.
func (p *Page) drawSpot(pen *ui.Pen, s spot) {
	f, st := p.form, p.styles
	focused := f.at == s
	switch s {
	case spotSave:
		pen.End()
		pen.Space(2)
		text := " Save "
		if f.saving {
			text = " Saving… "
		}
		entry.Button(pen, st, text, focused)
		pen.End()
		return
	case spotCurrency:
		pen.End()
	}
	entry.Row(pen, st, f.label(s), focused)
	wrong := f.wrong[s] != "" && (f.tried || focused && f.touched || f.text(s) != "")
	if wrong {
		pen.Text(st.Bad, "! ")
	} else if s == spotNotify && f.unheard != "" || s == spotWarn && len(f.doubts()) > 0 {
		pen.Text(st.Warn, "! ")
	}
	if s.choice() {
		entry.Choice(pen, st, f.chosen(s), focused)
	} else {
		f.fields[s].Draw(pen, st, f.placeholder(s), focused)
	}
	pen.End()
}

func (f *form) label(s spot) string {
	return [...]string{"Name", "Amount", "Period", "Begins on", "Counts", "Warn at", "Tell", "Hard limit", "Currency", "Time zone", ""}[s]
}

// placeholder is what stands in an empty field.
func (f *form) placeholder(s spot) string {
	switch s {
	case spotName:
		return "e.g. all, web, ci"
	case spotAmount:
		return "e.g. 500"
	case spotAnchor:
		return map[budget.Period]string{budget.Weekly: "Monday", budget.Monthly: "the 1st", budget.Quarterly: "1 January", budget.Yearly: "1 January"}[f.periodChosen()]
	case spotScope:
		return "all usage · enter chooses a part"
	case spotWarn:
		return "nowhere"
	case spotNotify:
		return "nobody but this screen"
	case spotCurrency:
		return "USD"
	case spotZone:
		return "UTC"
	}
	return ""
}

func (f *form) chosen(s spot) string {
	if s == spotPeriod {
		return string(f.periodChosen())
	}
	if f.hard {
		return "yes, it should refuse"
	}
	return "no"
}

// drawTrouble writes what keeps the form from being saved, or from being left.
func (p *Page) drawTrouble(w entry.Writer) {
	f, st := p.form, w.St
	switch {
	case f.leaving:
		w.Para(st.Warn, "! ", "Leave without saving? What you changed is lost. y leaves, any other key stays.")
	case f.failure != "":
		w.Para(st.Bad, "! ", "Not saved: "+f.failure)
		if f.hint != "" {
			w.Para(st.Text, "  hint: ", f.hint)
		}
	case f.wrong[f.at] != "" && (f.touched || f.tried):
		w.Para(st.Bad, "! ", f.label(f.at)+": "+f.wrong[f.at])
	case len(f.doubts()) > 0 && (f.at == spotAmount || f.at == spotWarn || f.at == spotSave):
		for _, d := range f.doubts() {
			w.Para(st.Warn, "! ", d)
		}
	case f.unheard != "" && (f.at == spotNotify || f.at == spotSave):
		w.Para(st.Warn, "! ", f.unheard)
		w.Para(st.Muted, "  ", cmp.Or(f.advice, "it can be saved all the same"))
	default:
		return
	}
	w.End()
}

// explain writes what the field under the cursor is about.
func (p *Page) explain(w entry.Writer) {
	st := w.St
	text := ""
	switch p.form.at {
	case spotName:
		text = "What the budget is called, here and on the command line."
	case spotAmount:
		text = "How much may be spent in each period. What counts is cash: usage that no plan pays for, and for a budget over everything the plans' fees."
	case spotPeriod:
		text = "The time that the amount is for. It begins anew by itself; nothing is carried over."
	case spotAnchor:
		switch p.form.periodChosen() {
		case budget.Weekly:
			text = "The day that a week begins on: 1 is Monday, 7 is Sunday."
		case budget.Monthly:
			text = "The day that a month begins on, 1 to 31; shorter months begin on their last day."
		default:
			text = "The day that a " + string(p.form.periodChosen()) + " begins on, as 04-06 for 6 April."
		}
	case spotScope:
		text = "The part of usage that counts. Enter chooses from what there is, or write it: project=web, key=ci. Values of one dimension are alternatives; project= is usage without a project."
	case spotWarn:
		text = "Where somebody is told, once a " + string(p.form.periodChosen()) + ": parts of the amount or amounts, of what is spent or of the forecast: 50%, 80%, 450, forecast:100%"
	case spotNotify:
		text = "Who is told: mail:owner@example.com, or the name of a channel of the configuration. This screen always tells. tokpit budget test-alert proves a channel."
	case spotHard:
		text = "Whether it should be a hard limit. Nothing here refuses a request: providers do. p on the page replays what a limit would have refused."
	case spotCurrency:
		text = "Usage at prices in another currency does not count, and is said beside it."
	case spotZone:
		text = "Whose midnights periods begin at, an IANA name such as Europe/Berlin. Providers bill by UTC."
	case spotSave:
		text = "Writes the budget. ctrl+s does so from any field."
	}
	w.Para(st.Muted, "", text)
}

// clickForm puts the cursor where the mouse is; a choice goes on to the next, and
// the button saves.
func (p *Page) clickForm(at image.Point) tea.Cmd {
	pl, f := p.planForm(), p.form
	if at.Y == 0 && ui.CrumbAt(title, at.X-1) && !f.leaving {
		return p.pressForm(tea.KeyPressMsg{Code: tea.KeyEscape})
	}
	if f.leaving || !at.In(pl.fields) {
		return nil
	}
	line := at.Y - pl.fields.Min.Y + pl.offset
	for s, l := range f.formLines() {
		if l != line {
			continue
		}
		was := f.at
		f.at = s
		switch {
		case s == spotSave:
			return p.save()
		case s == was && s.choice():
			f.cycle(1)
			return p.formChanged()
		case s == was && s == spotScope:
			return p.pick()
		}
	}
	return nil
}
