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

// place is a budget, and whether a limit for it is tried out.
type place struct {
	budget string
	replay bool
}

// Place implements ui.Placed: the list and the replay are two.
func (p *Page) Place() ui.Place {
	at := place{p.selectedName(), p.replay != nil}
	if at.replay {
		return ui.Place{Key: "replay", At: at}
	}
	return ui.Place{At: at}
}

// Return implements ui.Placed. A form that is open stays: nothing that is typed
// is lost by going about.
func (p *Page) Return(to ui.Place) tea.Cmd {
	at, ok := to.At.(place)
	i := slices.IndexFunc(p.items, func(it item) bool { return it.Budget.Name == at.budget })
	if !ok || i < 0 || p.form != nil {
		return nil
	}
	defer p.redraw()
	same := p.replay != nil && i == p.cursor
	p.choose(i)
	switch {
	case at.replay && !same:
		p.closeReplay()
		return p.openReplay()
	case !at.replay:
		p.closeReplay()
	}
	return nil
}
