package overview

import (
	"tokpit/tui/ui"
)

// plainWidth is how wide what explains itself is written where nothing limits it.
const plainWidth = 120

// saidDays is how many days of the trend are said, the newest first.
const saidDays = 14

// Plain implements ui.Page.
func (p *Page) Plain() []string {
	if p.snap == nil {
		return nil
	}
	s := ui.NewSpeech()
	if p.snap.Empty {
		s.Drawn(Welcome(s.Styles, p.snap, p.opts.Demo, plainWidth, 200))
		return s.Lines()
	}
	h := &p.headline
	against := ""
	if h.against != "" {
		against = "against " + h.against + ", " + h.versus
	}
	s.Say(h.kind, h.figure, h.change, against)
	s.Say("Days", h.span)
	s.Say("Beside it", h.second, h.fees, h.ranged)
	s.Line(h.basis)
	for _, c := range p.cards {
		s.Say(c.label, c.value, c.note)
	}
	for _, n := range newNotes(p.snap, false, p.lens) {
		if n.warn {
			s.Line("! " + n.text)
		} else {
			s.Line(n.text)
		}
	}
	if len(p.gauges) > 0 {
		s.Head("Budgets")
		for i, g := range p.gauges {
			s.Item(i+1, g.name, [][2]string{{"", g.amounts}, {"", g.word}})
		}
	}
	p.sayDays(s)
	for _, which := range []panel{models, projects, providers, sourceLines} {
		if l := p.tables[which]; l.rows.Len() > 0 {
			title, against := p.titleOf(l)
			if against != "" {
				title += ", against " + against
			}
			s.Head(title)
			l.table.Speak(s)
		}
	}
	return s.Lines()
}

// sayDays says what each of the last days cost.
func (p *Page) sayDays(s *ui.Speech) {
	points := p.days.points
	if len(points) == 0 {
		return
	}
	s.Head(p.days.title + ", day by day, the newest first")
	lens := p.lens.For(p.snap)
	for n := range min(len(points), saidDays) {
		pt := &points[len(points)-1-n]
		s.Say(ui.Day(pt.Day), lens.Cost(&pt.Sum), ui.Tokens(pt.Sum.Tokens.Total())+" tokens")
	}
}
