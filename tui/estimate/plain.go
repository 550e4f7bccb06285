package estimate

import "tokpit/tui/ui"

// plainWidth is how wide what explains itself is written where nothing limits it.
const plainWidth = 100

// Plain implements ui.Page. The text itself is not said.
func (p *Page) Plain() []string {
	if p.snap == nil {
		return nil
	}
	s := ui.NewSpeech()
	if p.empty() {
		width, height, styles := p.width, p.height, p.styles
		p.width, p.height, p.styles = plainWidth, 60, s.Styles
		s.Drawn(p.drawEmpty())
		p.width, p.height, p.styles = width, height, styles
		return s.Lines()
	}
	if p.estimator == nil {
		if p.snap.Book == nil {
			s.Line(p.waiting())
			return s.Lines()
		}
		return nil
	}
	name, all := p.figures()
	s.Say("Model", name)
	for _, f := range all {
		s.Say(f.label, f.value, f.note)
	}
	for _, x := range p.settingsShown() {
		s.Say(x.label, x.value)
	}
	totals := p.text.Totals()
	for i, encoding := range p.names {
		if i < len(totals.Tokens) {
			s.Say("Tokens in "+encoding, ui.Count(totals.Tokens[i]))
		}
	}
	s.Say("Bytes", ui.Count(totals.Bytes))
	if e := p.current(); e != nil {
		for _, l := range footLines(e) {
			s.Line(l.text)
		}
	}
	if len(p.rows.pins) > 0 {
		s.Head("Pinned models")
		p.pins.Speak(s)
	}
	s.Head("Models")
	p.table.Speak(s)
	return s.Lines()
}
