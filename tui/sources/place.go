package sources

import (
	tea "charm.land/bubbletea/v2"

	"tokpit/tui/ui"
)

// seek puts the cursor on a source. Nothing that is being typed is left for it.
func (p *Page) seek(msg ui.Seek) tea.Cmd {
	if p.form != nil {
		return ui.Send(ui.Notice("A source is being connected here: add or leave it first"))
	}
	p.choose(msg.Name)
	if p.selectedName() != msg.Name {
		return ui.Send(ui.Notice("There is no source " + ui.Text(msg.Name) + " any more"))
	}
	return nil
}

// Place implements ui.Placed: the source and the day under the cursor.
func (p *Page) Place() ui.Place { return ui.Place{At: place{p.selectedName(), p.day}} }

type place struct {
	source string
	day    int
}

// Return implements ui.Placed.
func (p *Page) Return(to ui.Place) tea.Cmd {
	if at, ok := to.At.(place); ok && p.form == nil {
		p.choose(at.source)
		p.day = min(at.day, p.history.days-1)
		p.redraw()
	}
	return nil
}
