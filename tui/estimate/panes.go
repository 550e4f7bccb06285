package estimate

import (
	"tokpit/pricing"
	"tokpit/tui/ui"
)

func (p *Page) drawTextTitle() []string {
	pen := ui.NewPen(p.plan.textTitle.Dx(), 1)
	ui.SectionTitle(pen, p.styles, p.textName(), p.editing(), p.textRemark())
	return pen.Lines(1)
}

func (p *Page) textName() string {
	if p.editing() {
		return "Text, typing"
	}
	return "Text"
}

// textRemark says where the cursor is, or what is going on.
func (p *Page) textRemark() string {
	t := p.text.Totals()
	switch {
	case p.load.path != "":
		return "opening " + p.load.path
	case !t.Complete() && p.job.stopped:
		return "stopped at " + ui.Percent(t.Counted*1000/t.Bytes) + ", . goes on"
	case !t.Complete():
		return "counting " + ui.Percent(t.Counted*1000/t.Bytes)
	case p.text.Len() == 0:
		return ""
	}
	line := p.text.Line(p.editor.Cursor())
	if !p.editing() {
		from, _ := p.editor.Window()
		line = p.text.Line(from)
	}
	return "line " + ui.Count(int64(line)) + " of " + ui.Count(t.Lines+1)
}

func (p *Page) drawText() []string {
	if p.text.Len() == 0 && !p.editing() {
		pen := ui.NewPen(p.plan.text.Dx(), p.plan.text.Dy())
		pen.Text(p.styles.Muted, "No text yet: tab to type, o to open a file.")
		pen.End()
		return pen.Lines(p.plan.text.Dy())
	}
	return p.editor.Lines()
}

func (p *Page) drawTableTitle() []string {
	pen := ui.NewPen(p.plan.tableTitle.Dx(), 1)
	name := "Models"
	if p.typing || p.filter != "" {
		name = "Models /" + p.filter
		if p.typing {
			name += "▏"
		}
	}
	ui.SectionTitle(pen, p.styles, name, !p.editing(), p.tableRemark())
	return pen.Lines(1)
}

func (p *Page) tableRemark() string {
	switch {
	case p.estimator == nil:
		return ""
	case p.typing && p.filter == "":
		return "several names with commas: sonnet, gpt mini"
	}
	which := "current models, m for all"
	if p.all {
		which = "all models, m for current ones"
	}
	n := ui.Count(int64(p.rows.Len()))
	if p.filter != "" {
		n = ui.Count(int64(p.rows.Len())) + " of " + ui.Count(int64(p.rows.count))
	}
	before, k := "", len(p.rows.pins)
	if k > 0 {
		before = "✓ " + ui.Count(int64(k)) + " pinned · "
	}
	if b := p.ask.baseline; b != (pricing.ModelRef{}) {
		before += "against " + ui.Cut(ui.Text(b.Model), 24) + " · "
	}
	if p.rows.answersDiffer() {
		return before + "answers differ, a sets one"
	}
	return before + n + " " + which
}

func (p *Page) drawTable() []string {
	if p.estimator != nil && p.rows.Len() == 0 && len(p.rows.pins) == 0 {
		r := p.plan.table
		pen := ui.NewPen(r.Dx(), r.Dy())
		pen.End()
		pen.Space(2)
		pen.Text(p.styles.Muted, "No model matches “"+p.filter+"”. esc shows all of them again.")
		pen.End()
		return pen.Lines(r.Dy())
	}
	return p.drawRows()
}
