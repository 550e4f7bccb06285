package prices

import (
	"tokpit/pricing"
	"tokpit/tui/ui"
)

// Plain implements ui.Page: all sections, what is in use before the rest.
func (p *Page) Plain() []string {
	if p.snap == nil {
		return nil
	}
	s := ui.NewSpeech()
	if p.snap.Book == nil {
		s.Line(p.nothing())
		return s.Lines()
	}
	unit := "1,000,000"
	if p.unit != pricing.PerMillion {
		unit = "1,000"
	}
	s.Say("Prices", ui.Count(int64(p.items.Len()))+" models", "dollars per "+unit+" tokens")
	s.Say("Price book", p.snap.Prices)
	if p.filter != (filter{}) {
		s.Say("Only", p.filter.words())
	}
	if p.comparing() {
		p.comparison().speak(s)
	}
	s.Head("Book")
	if p.items.Len() == 0 {
		s.Line(p.nothing())
	}
	p.tables[book].Speak(s)
	for which := changes; which < sections; which++ {
		s.Head(sectionTitle(which))
		if p.count(which) == 0 {
			s.Line("None.")
		}
		p.tables[which].Speak(s)
	}
	return s.Lines()
}

// sectionTitle names a section where no tab says it.
func sectionTitle(which section) string {
	switch which {
	case changes:
		return "Changes of prices in the last " + ui.Digits(changeDays) + " days"
	case scheduled:
		return "Announced changes"
	}
	return "Models that shut down"
}
