package budgets

import (
	"tokpit/tui/entry"
	"tokpit/tui/ui"
)

// Plain implements ui.Page.
func (p *Page) Plain() []string {
	if p.snap == nil {
		return nil
	}
	s := ui.NewSpeech()
	if len(p.items) == 0 {
		width, height, styles := p.width, p.height, p.styles
		p.width, p.height, p.styles = documentWidth, 60, s.Styles
		s.Drawn(p.drawEmpty())
		p.width, p.height, p.styles = width, height, styles
		return s.Lines()
	}
	s.Line(p.summary())
	for i := range p.items {
		it := &p.items[i]
		s.Head(it.Budget.Name + ", " + it.word())
		if it.Err != nil {
			s.Say("Cannot be computed", it.Err.Error())
			continue
		}
		ending, _ := it.ending()
		if amount, what := it.left(); what == "over" {
			s.Line(amount + " over " + it.ofLimit())
		} else {
			s.Say("Left", amount+" "+it.ofLimit())
		}
		s.Say("Spent", it.money(it.Cost), percent(it.Used)+" of it")
		s.Say("Forecast", ending, it.lasts())
		s.Say("Period", string(it.Budget.Period)+" "+it.span(), it.age())
		s.Say("Counts", p.scopeWords(it.Budget.Scope))
		if t := it.silent(); !t.IsZero() {
			s.Say("Silent until", t.In(it.zone).Format("Mon 2 Jan 15:04"))
		}
	}
	if it := p.selected(); it != nil && it.Err == nil {
		s.Head("More about " + it.Budget.Name)
		s.Pen(func(pen *ui.Pen, st *ui.Styles) { p.document(entry.Write(pen, st), it, p.snap.Budgets) })
	}
	return s.Lines()
}
