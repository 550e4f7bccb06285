package simulate

import (
	"tokpit/tui/ui"
)

// Plain implements ui.Page.
func (p *Page) Plain() []string {
	s := ui.NewSpeech()
	switch {
	case p.snap == nil:
		return nil
	case p.snap.Empty:
		s.Line("No usage yet, so there is nothing to simulate.")
		return s.Lines()
	case p.snap.Book == nil:
		s.Line(p.waiting())
		return s.Lines()
	case p.failed != nil:
		s.Say("The usage could not be read", p.failed.Error())
		return s.Lines()
	case p.result == nil, p.view == ideasView && p.ranking == nil && p.rankErr == nil:
		return nil
	}
	for _, f := range p.figures() {
		s.Say(f.label, f.value, f.note)
	}
	for _, n := range p.notes() {
		s.Line(n.text)
	}
	if len(p.levers) > 0 {
		s.Head("Levers")
		for i := range p.levers {
			facts := [][2]string{}
			if c := p.contribution(i); c != nil {
				d, _, _ := deltaOf(c, p.sees())
				facts = append(facts, [2]string{"a month", signed(p.result.PerMonth(d), p.result.Before.Currency)})
			}
			if p.levers[i].off {
				facts = append(facts, [2]string{"", "switched off"})
			}
			s.Item(i+1, p.levers[i].String(), facts)
		}
	}
	if len(p.levers) > 0 || p.view == modelsView {
		s.Head("Models before and after")
		p.models.Speak(s)
	}
	if p.list.Len() > 0 {
		s.Head("What would save most")
		p.ideas.Speak(s)
	}
	return s.Lines()
}

// Head implements [tokpit/tui/table.Header]: the parts of the ranking.
func (l *ideaRows) Head(row int) (title string, ok bool) {
	r := &l.rows[row]
	if r.saving != nil {
		return "", false
	}
	title = r.part.Standing.Title()
	if n := r.part.Folded; n > 0 {
		title += ", and " + ui.Count(int64(n)) + " more like these"
	}
	return title, true
}

// Say implements [tokpit/tui/table.Sayer]: whether what was sent fits, in words.
func (l *ideaRows) Say(row, col int) (text string, ok bool) {
	s := l.rows[row].saving
	if s == nil || col != ideaFit {
		return "", false
	}
	switch text, _ = fitText(&ui.Styles{}, s); text {
	case "?":
		text = "not known"
	case "? part":
		text = "maybe in part"
	}
	return text, true
}
