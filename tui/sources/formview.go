package sources

import (
	"image"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/tui/entry"
	"tokpit/tui/layout"
	"tokpit/tui/ui"
)

// pressForm routes a key of the form.
func (p *Page) pressForm(msg tea.KeyPressMsg) tea.Cmd {
	f, k := p.form, &p.keys
	if f.leaving {
		if f.leaving = false; key.Matches(msg, k.Yes) {
			p.leave()
		}
		return nil
	}
	switch {
	case key.Matches(msg, k.Leave):
		if f.leaving = f.touched; !f.leaving {
			p.leave()
		}
	case key.Matches(msg, k.Try):
		return p.tryForm()
	case key.Matches(msg, k.Connect):
		return p.addForm()
	case key.Matches(msg, k.Next):
		f.move(1)
	case key.Matches(msg, k.Previous):
		f.move(-1)
	case key.Matches(msg, k.Do):
		return p.doForm()
	case f.at.choice() && key.Matches(msg, k.Change):
		by := 1
		if msg.Code == tea.KeyLeft {
			by = -1
		}
		f.cycle(by)
	case f.at.button() && key.Matches(msg, k.Change):
		f.focus(spotTest + spotAdd - f.at)
	case f.key(msg):
	case msg.Text != "":
		f.typed(msg)
	}
	return nil
}

// doForm is enter: go on, or do what a button says.
func (p *Page) doForm() tea.Cmd {
	switch p.form.at {
	case spotTest:
		return p.tryForm()
	case spotAdd:
		return p.addForm()
	}
	p.form.move(1)
	return nil
}

// formPlan is where the parts of the form lie.
type formPlan struct {
	fields, help image.Rectangle
	offset       int // first line of the fields that is shown
}

const formTitle = 2 // lines of the title

// formLines is where each spot is drawn, counted from the first field.
func (f *form) formLines() map[spot]int {
	at, out := 0, make(map[spot]int)
	for _, s := range f.order() {
		switch s {
		case spotTest:
			at++ // a gap
		case spotAdd:
			at-- // beside the other button
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
	_, r = layout.Split(r, min(formTitle, max(1, p.height/6)))
	lines := p.form.formLines()
	need := lines[spotTest] + 1
	if r.Dx() >= 96 {
		columns := layout.Columns(r, 4, 6, 5)
		out.fields, out.help = columns[0], columns[1]
	} else {
		least := min(8, r.Dy()/2)
		out.fields, out.help = layout.Split(r, min(need+1, r.Dy()-least))
	}
	at := lines[p.form.at]
	out.offset = max(0, min(at-out.fields.Dy()/2, need-out.fields.Dy()))
	return out
}

func (p *Page) drawForm() string {
	pl, st, f := p.planForm(), p.styles, p.form
	pen := ui.NewPen(p.width, p.height)
	pen.Space(min(1, p.width))
	head := ui.NewPen(max(0, p.width-2), 1)
	ui.DrilledTitle(head, st, title, "Connect a source", "no key is typed or kept here: only where it is")
	pen.Drawn(head.Lines(1)[0], max(0, p.width-2))
	pen.End()
	fields := ui.NewPen(pl.fields.Dx(), pl.fields.Dy())
	for _, s := range f.order() {
		if s != spotAdd {
			p.drawSpot(fields, s)
		}
	}
	if pl.help.Min.Y == pl.fields.Min.Y { // the verdict stands under the buttons
		fields.End()
		p.drawOutcome(entry.Write(fields, st))
	}
	help := ui.NewPen(pl.help.Dx(), pl.help.Dy())
	if pl.help.Min.Y > pl.fields.Min.Y {
		p.drawOutcome(entry.Write(help, st))
	}
	f.explain(entry.Write(help, st))
	left, right := fields.Lines(max(pl.offset+pl.fields.Dy(), fields.Height()))[pl.offset:], help.Lines(pl.help.Dy())
	for y := pen.Height(); y < p.height; y++ {
		if i := y - pl.fields.Min.Y; i >= 0 && y < pl.fields.Max.Y {
			pen.To(pl.fields.Min.X)
			pen.Drawn(left[i], pl.fields.Dx())
		}
		if i := y - pl.help.Min.Y; i >= 0 && y < pl.help.Max.Y {
			pen.To(pl.help.Min.X)
			pen.Drawn(right[i], pl.help.Dx())
		}
		pen.End()
	}
	return strings.Join(pen.Lines(p.height), "\n")
}

// spotLabel is how wide the labels of fields are.
const spotLabel = 14

// drawSpot writes one field, or the line of buttons.
func (p *Page) drawSpot(pen *ui.Pen, s spot) {
	f, st := p.form, p.styles
	if s == spotTest {
		pen.End()
		pen.Space(2)
		for _, b := range []spot{spotTest, spotAdd} {
			ink := st.Badge
			if f.at == b {
				ink = st.TabActive
			}
			pen.Text(ink, buttonText(b))
			pen.Space(2)
		}
		pen.End()
		return
	}
	label, placeholder := f.spotText(s)
	focused := f.at == s
	ink, mark := st.Muted, "  "
	if focused {
		pen.Under(st.Selected)
		ink, mark = st.AccentBold, "▸ "
	}
	pen.Text(st.AccentBold, mark)
	pen.Left(ink, label, spotLabel)
	if s.choice() {
		value := f.choiceText(s)
		arrows := st.Muted
		if focused {
			arrows = st.AccentBold
		}
		pen.Text(arrows, "‹ ")
		pen.Text(st.Text, ui.Cut(value, max(0, pen.Room()-2)))
		pen.Text(arrows, " ›")
	} else {
		f.fields[s].Draw(pen, st, placeholder, focused)
	}
	pen.End()
}

// buttonText is what stands on a button.
func buttonText(s spot) string {
	if s == spotTest {
		return " Test "
	}
	return " Add "
}

// spotText is a field's label, and what stands there while it is empty.
func (f *form) spotText(s spot) (label, placeholder string) {
	k := f.kind()
	switch s {
	case spotProvider:
		return "Provider", ""
	case spotName:
		return "Name", k.kind
	case spotScheme:
		return "The key is in", ""
	case spotRef:
		return f.holder().label, "e.g. " + f.holder().example
	case spotAddress:
		if k.based {
			return "Address", k.example
		}
		return "Address", "the provider's own"
	case spotAccount:
		return "Account", "as the name"
	case spotGrain:
		return "Grain", ""
	case spotSince:
		return "Since", "the month before last"
	}
	return "", ""
}

// choiceText is what is chosen.
func (f *form) choiceText(s spot) string {
	switch s {
	case spotProvider:
		return f.kind().title
	case spotScheme:
		return f.holder().title
	}
	if grain := f.kind().grains[f.grain]; grain != "" {
		return grainWords(grain)
	}
	return "what suits the provider"
}

// drawOutcome writes what is wrong with a field, or what the provider said.
func (p *Page) drawOutcome(w entry.Writer) {
	f, st := p.form, w.St
	switch {
	case f.leaving:
		w.Para(st.Warn, "! ", "Leave without connecting? What you typed is lost. y leaves, any other key stays.")
	case f.refused != "":
		w.Para(st.Bad, "! ", f.refused)
		if f.refused == refusal {
			w.Para(st.Text, "  hint: ", refusalAdvice)
		}
	case f.problem != "":
		label, _ := f.spotText(f.at)
		w.Para(st.Warn, "! ", label+": "+f.problem)
	case f.adding:
		w.Para(st.Accent, p.spinner()+" ", "connecting "+f.text(spotName)+"…")
	default:
		f.verdict.draw(w, p.spinner(), f.kind().title)
		if f.verdict.done && f.verdict.text == "" {
			w.Para(st.Muted, "  ", "Nothing is kept yet: Add connects it.")
		}
	}
	if w.Height() > 0 && p.width < 98 {
		w.End()
	}
}

// explain writes what the field under the cursor is about, and what does the
// same on a command line.
func (f *form) explain(w entry.Writer) {
	st, k := w.St, f.kind()
	heading := func(s string) {
		w.Text(st.Strong, s)
		w.End()
	}
	switch f.at {
	case spotProvider, spotTest, spotAdd:
		heading(k.title)
		w.Fact("gives", k.gives)
		w.Fact("key", k.key)
		w.Fact("made at", k.where)
	case spotName:
		heading("Name")
		w.Para(st.Text, "", "What the source is called from now on: in lists, in --source, in reports. Lower-case letters, digits and dashes.")
	case spotScheme, spotRef:
		heading("Where the key is")
		for i, s := range schemes() {
			ink, sign := st.Muted, "  "
			if i == f.scheme {
				ink, sign = st.Text, "▸ "
			}
			text := s.prefix + ":" + s.example
			if i == f.scheme {
				text += " – " + s.about
			}
			w.Para(ink, sign, text)
		}
		w.End()
		w.Fact("which key", k.key)
		w.Fact("made at", k.where)
	case spotAddress:
		heading("Address")
		w.Para(st.Text, "", k.address+" For example "+k.example)
	case spotAccount:
		heading("Account")
		w.Para(st.Text, "", "Whose usage it is. Figures of one account are never added to those of another basis of the same account: "+
			"logs of this machine that belong to it count only on days that it does not cover.")
	case spotGrain:
		heading("Grain")
		w.Para(st.Text, "", "How finely usage is read. Hours show when a day went wrong, and days of another time zone; minutes take seven times as many requests as hours.")
	case spotSince:
		heading("Since")
		w.Para(st.Text, "", "The first day to read, as 2026-01-31, in UTC. More can be read later: tokpit sync --source "+f.text(spotName)+" --since DAY")
	}
	w.End()
	w.Text(st.Muted, "The same as a command:")
	w.End()
	w.Para(st.Muted, "  ", f.command())
}

// clickForm puts the cursor where the mouse is: a choice goes on to the next, a
// button does what it says.
func (p *Page) clickForm(at image.Point) tea.Cmd {
	pl, f := p.planForm(), p.form
	if at.Y == 0 && ui.CrumbAt(title, at.X-1) && !f.leaving {
		return p.pressForm(tea.KeyPressMsg{Code: tea.KeyEscape})
	}
	if f.leaving || !at.In(pl.fields) {
		return nil
	}
	line, x := at.Y-pl.fields.Min.Y+pl.offset, at.X-pl.fields.Min.X
	lines := f.formLines()
	for _, s := range f.order() {
		if lines[s] != line {
			continue
		}
		switch {
		case s.button():
			test := ui.Width(buttonText(spotTest))
			switch {
			case x >= 2 && x < 2+test:
				f.focus(spotTest)
				return p.tryForm()
			case x >= 4+test && x < 4+test+ui.Width(buttonText(spotAdd)):
				f.focus(spotAdd)
				return p.addForm()
			}
		case f.at == s && s.choice():
			f.cycle(1)
		default:
			f.focus(s)
		}
		return nil
	}
	return nil
}
