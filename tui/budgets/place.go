package budgets

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"tokpit/tui/ui"
)

// seek puts the cursor on a budget. Nothing that is being typed is left for it.
func (p *Page) seek(msg ui.Seek) tea.Cmd {
	i := slices.IndexFunc(p.items, func(it item) bool { return it.Budget.Name == msg.Name })
	switch {
	case p.form != nil:
		return ui.Send(ui.Notice("A budget is being changed here: save or leave it first"))
	case i < 0:
		return ui.Send(ui.Notice("There is no budget " + ui.Text(msg.Name) + " any more"))
	}
	p.closeReplay()
	p.choose(i)
	return nil
}
