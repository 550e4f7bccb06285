package sources

import (
	"tokpit/tui/entry"
	"tokpit/tui/ui"
)

// Plain implements ui.Page.
func (p *Page) Plain() []string {
	p.take()
	if p.snap == nil {
		return nil
	}
	s := ui.NewSpeech()
	if p.rows.Len() == 0 {
		s.Line("No source is known yet.")
		return s.Lines()
	}
	s.Say("Sources", ui.Count(int64(p.rows.Len())), p.summary())
	s.Say("Can these numbers be trusted", p.trust.answer)
	s.Head("All of them")
	p.table.Speak(s)
	for i := range p.rows.Len() {
		it := p.rows.At(i)
		if !it.attention() {
			continue
		}
		s.Head(it.Name + ", " + it.words())
		s.Pen(func(pen *ui.Pen, st *ui.Styles) { p.document(entry.Write(pen, st), it) })
	}
	if len(p.trust.rows) > 0 {
		s.Head("Bills")
		for i := range p.trust.rows {
			if r := &p.trust.rows[i]; r.days == nil {
				s.Say(r.name, r.when, r.labelled("billed", r.billed), r.labelled("tokens × price", r.priced), r.labelled("variance", r.variance), r.percent, r.why)
			}
		}
		for _, note := range p.trust.notes {
			s.Line(note)
		}
	}
	return s.Lines()
}

// attention reports a source that somebody should look at.
func (it *item) attention() bool {
	return it.state >= doubted || it.state == never || it.state == begun
}

// labelled is a figure with what it is, "" if there is none.
func (row *trustRow) labelled(label, figure string) string {
	if figure == "" {
		return ""
	}
	return label + " " + figure
}
