package explore

import "tokpit/tui/ui"

// Plain implements ui.Page.
func (p *Page) Plain() []string {
	s := ui.NewSpeech()
	switch {
	case p.snap == nil:
		return nil
	case p.failed != nil:
		s.Say("This could not be answered", p.failed.Error())
		return s.Lines()
	case p.snap.Empty:
		s.Line("No usage yet, so there is nothing to ask about.")
		return s.Lines()
	case !p.current() || !p.asked:
		return nil
	}
	r := p.reply
	if r.answer != nil {
		h := p.headline()
		against := ""
		if h.against != "" {
			against = "against " + h.against
		}
		s.Say(h.kind, h.figure, h.change, against)
		s.Say("Time", h.span)
		s.Say("Beside it", h.other, h.warning)
		s.Line(h.basis)
		for _, f := range h.facts {
			s.Say(f[1], f[0])
		}
	}
	for i := range p.step().wheres {
		label, name := p.crumb(i, false)
		s.Say("Only", label+name)
	}
	s.Head(r.title() + ", " + p.countText())
	if r.shaped.rows().Len() == 0 {
		what, next := p.nothing()
		s.Line(what)
		s.Line(next)
		return s.Lines()
	}
	p.table.Speak(s)
	if r.shaped.sum.known && !r.shaped.apart.IsZero() {
		s.Say("Plan fees that belong to no row", ui.Money(r.shaped.apart, r.shaped.sum.currency))
	}
	return s.Lines()
}

// Say implements [tokpit/tui/table.Sayer]: what is drawn as a bar has words too.
func (s *shaped) Say(row, col int) (text string, ok bool) {
	c := &s.columns[col]
	if c.text == nil {
		return "", false
	}
	return c.text(s.lines[row]), true
}
