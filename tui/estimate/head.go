package estimate

import (
	"image"

	"tokpit/report"
	"tokpit/tui/ui"
)

// draw draws the whole page.
func (p *Page) draw() []string {
	pen := ui.NewPen(p.width, p.height)
	switch {
	case p.snap == nil:
		return pen.Lines(p.height)
	case p.empty():
		return p.drawEmpty()
	}
	blocks := []struct {
		at    image.Rectangle
		lines []string
	}{
		{p.plan.head, p.drawHead()},
		{p.plan.textTitle, p.drawTextTitle()}, {p.plan.text, p.drawText()},
		{p.plan.stripTitle, p.drawStripTitle()}, {p.plan.strip, p.drawStrip()},
		{p.plan.tableTitle, p.drawTableTitle()}, {p.plan.table, p.drawTable()}, {p.plan.foot, p.drawFoot()},
	}
	for y := range p.height {
		for _, b := range blocks { // of those on one line the left ones come first
			if i := y - b.at.Min.Y; i >= 0 && i < len(b.lines) && y < b.at.Max.Y {
				pen.To(b.at.Min.X)
				pen.Drawn(b.lines[i], b.at.Dx())
			}
		}
		pen.End()
	}
	return pen.Lines(p.height)
}

// drawHead writes the tokens and the cost of the chosen model, what is asked, and
// the counts of the encodings.
func (p *Page) drawHead() []string {
	r := p.plan.head
	pen := ui.NewPen(r.Dx(), r.Dy())
	switch {
	case p.estimator == nil:
		pen.Text(p.styles.Headline, ui.Count(int64(p.text.Len()))+" bytes")
		pen.End()
		pen.Text(p.styles.Muted, p.waiting())
		pen.End()
		return pen.Lines(r.Dy())
	case p.plan.big:
		p.drawFigures(pen)
	default:
		p.drawFigure(pen)
	}
	if pen.Height() < r.Dy() {
		p.drawStanding(pen)
	}
	if pen.Height() < r.Dy() {
		if p.plan.big && r.Dy() > 8 {
			pen.End()
		}
		p.drawSettings(pen)
	}
	if pen.Height() < r.Dy() {
		p.drawCounts(pen)
	}
	return pen.Lines(r.Dy())
}

// waiting says why there are no figures.
func (p *Page) waiting() string {
	if p.snap.Book == nil {
		return "no price book is loaded"
	}
	return "reading prices and your own requests…"
}

// figure is a number of the head: what it is, and a remark.
type figure struct {
	label, value, note string
	warn               bool // the remark is one
}

func (p *Page) figures() (name string, out []figure) {
	e := p.current()
	if e == nil {
		return "no model", []figure{{label: "tokens", value: ui.Count(p.text.Totals().Profile.Total()), note: "in o200k_base"}}
	}
	note := "exact"
	if e.Tokens.Low != e.Tokens.High {
		note = rangeText(e)
	}
	if t := p.text.Totals(); !t.Complete() {
		note = "so far, " + ui.Percent(t.Counted*1000/max(t.Bytes, 1)) + " of the text"
	}
	switch e.Fit {
	case report.TooLong:
		note = "! too long by " + ui.Tokens(e.Over)
	case report.MayFit:
		note = "? may be too long by " + ui.Tokens(e.Over)
	}
	out = append(out, figure{"tokens", tokensText(e), note, e.Over > 0})
	if !e.Priced {
		return ui.Text(e.Model), append(out, figure{label: "per call", value: ui.Unpriced, note: "no price is known"})
	}
	out = append(out, figure{label: "per call", value: costText(e.Total, e.Currency), note: costText(e.Input, e.Currency) + " in + " + costText(e.OutputCost, e.Currency) + " out"})
	if e.PerMonth.Known {
		out = append(out, figure{label: "per month", value: wholeText(e.PerMonth.CostRange, e.Currency), note: wholeText(e.PerDay.CostRange, e.Currency) + " per day"})
	}
	return ui.Text(e.Model), out
}

// drawFigure writes the figures on one line.
func (p *Page) drawFigure(pen *ui.Pen) {
	st := p.styles
	name, all := p.figures()
	for i, f := range all {
		if !st.Part(pen, ui.Width(f.value+f.label)+1) {
			break
		}
		pen.Text(st.Headline, f.value)
		pen.Text(st.Muted, " "+f.label)
		switch {
		case f.warn:
			pen.Text(st.Warn, " "+f.note)
		case i == 0 && pen.Width() >= 60:
			pen.Text(st.Muted, " ("+f.note+")")
		}
	}
	if w := ui.Width(name); w+3 <= pen.Room() {
		pen.Space(pen.Room() - w)
		pen.Text(st.Strong, name)
	}
	pen.End()
}

// drawFigures writes the figures big, side by side, five lines.
func (p *Page) drawFigures(pen *ui.Pen) {
	st := p.styles
	name, all := p.figures()
	const gap = 5
	blocks := make([][]string, 0, len(all))
	widths := make([]int, 0, len(all))
	room := pen.Width()
	for i, f := range all {
		label := f.label
		if i == 0 {
			label = name + "  tokens"
		}
		big, ok := ui.Big(f.value)
		w := max(ui.Width(label), ui.Width(f.note), ui.Width(f.value))
		if ok {
			w = max(w, ui.Width(big[0]))
		}
		w = min(w, room)
		if i > 0 && w+gap > room {
			break
		}
		b := ui.NewPen(w, 5)
		if i == 0 {
			b.Text(st.Strong, name)
			b.Text(st.Muted, "  tokens")
		} else {
			b.Text(st.Muted, label)
		}
		b.End()
		if ok {
			for _, l := range big {
				b.Text(st.Headline, l)
				b.End()
			}
		} else {
			b.End()
			b.Text(st.Headline, f.value)
			b.End()
			b.End()
		}
		ink := st.Muted
		if f.warn {
			ink = st.Warn
		}
		b.Text(ink, f.note)
		b.End()
		blocks, widths = append(blocks, b.Lines(5)), append(widths, w)
		room -= w + gap
	}
	for y := range 5 {
		for i, b := range blocks {
			if i > 0 {
				pen.Space(gap)
			}
			pen.Drawn(b[y], widths[i])
		}
		pen.End()
	}
}

// setting is one thing that is asked besides the text, with its key.
type setting struct{ key, label, value string }

func (p *Page) settingsShown() []setting {
	s := &p.ask
	return []setting{
		{p.keys.Answer.Help().Key, "answer", p.answerShown()}, {p.keys.Calls.Help().Key, "calls", s.callsText()},
		{p.keys.Roles.Help().Key, "roles", s.rolesText()}, {p.keys.Image.Help().Key, "images", s.imagesText()},
	}
}

// drawSettings writes what is asked besides the text. The keys are drawn as in
// the footer; while text is typed they mean nothing and are not drawn.
func (p *Page) drawSettings(pen *ui.Pen) {
	st := p.styles
	for _, s := range p.settingsShown() {
		if !st.Part(pen, ui.Width(s.key+s.label+s.value)+2) {
			break
		}
		if !p.editing() {
			pen.Text(st.Key, s.key)
			pen.Space(1)
		}
		pen.Text(st.Muted, s.label+" ")
		pen.Text(st.Text, s.value)
	}
	pen.End()
}

// drawCounts writes the counts of all encodings, and what the text is made of.
func (p *Page) drawCounts(pen *ui.Pen) {
	st, t := p.styles, p.text.Totals()
	part := func(label, value string, ink ui.Ink) {
		if st.Part(pen, ui.Width(label)+1+ui.Width(value)) {
			pen.Text(st.Muted, label+" ")
			pen.Text(ink, value)
		}
	}
	for i, name := range p.names {
		if i < len(t.Tokens) {
			part(name, ui.Count(t.Tokens[i]), st.Text)
		}
	}
	if t.Invalid > 0 {
		part("!", plural(t.Invalid, "broken byte"), st.Warn)
	}
	if p.dropped {
		part("!", "pasted without its escape characters", st.Warn)
	}
	part("bytes", ui.Count(t.Bytes), st.Text)
	part("lines", ui.Count(t.Lines+1), st.Text)
	pen.End()
}

// drawFoot says how the figures of the chosen model were found: no figure goes
// without its method.
func (p *Page) drawFoot() []string {
	r := p.plan.foot
	pen := ui.NewPen(r.Dx(), r.Dy())
	e := p.current()
	if e == nil {
		return pen.Lines(r.Dy())
	}
	for _, line := range footLines(e) {
		ink := p.styles.Muted
		if line.warn {
			ink = p.styles.Warn
		}
		parts := []string{line.text}
		if r.Dy() > 1 {
			parts = ui.Wrap(line.text, r.Dx()-2)
		}
		for _, text := range parts {
			pen.Space(2)
			pen.Text(ink, text)
			pen.End()
		}
	}
	return pen.Lines(r.Dy())
}

type footLine struct {
	text string
	warn bool
}

// footLines is what is said of one model beneath the table.
func footLines(e *report.Estimated) []footLine {
	how := methodText(e)
	if e.Counted && e.Tokens.Low != e.Tokens.High {
		how = "≈ " + rangeText(e) + " tokens"
		if e.Priced {
			how += ", " + betweenText(e.Total, e.Currency)
		}
		how += ": " + methodText(e)
	}
	out := []footLine{{text: how}}
	if e.Over > 0 {
		out = append(out, footLine{"! up to " + plural(e.Over, "token") + " too long for its limits", true})
	}
	if e.LongOver > 0 {
		out = append(out, footLine{"the price for requests over " + ui.Count(e.LongOver) + " tokens applies", true})
	}
	if e.Flags != 0 {
		out = append(out, footLine{"about the price: " + e.Flags.String(), true})
	}
	if len(e.Candidates) > 0 {
		out = append(out, footLine{"no price is known; nearest names: " + ui.Text(e.Candidates[0]), true})
	}
	return append(out, footLine{text: "answer: " + plural(e.Output, "token") + ", " + e.OutputBasis})
}
