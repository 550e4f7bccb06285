package simulate

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"tokpit/scenario"
	"tokpit/tui/ui"
)

// seek opens a saved scenario. Levers that are kept nowhere yet are asked about
// first.
func (p *Page) seek(msg ui.Seek) tea.Cmd {
	return p.withSaved(func(p *Page, all []scenario.Saved) tea.Cmd {
		i := slices.IndexFunc(all, func(s scenario.Saved) bool { return s.Name == msg.Name })
		switch {
		case i < 0:
			return notice("There is no scenario " + ui.Text(msg.Name) + " any more")
		case p.dirty():
			return p.chooseAct(all[i])
		}
		return p.load(all[i])
	})
}
