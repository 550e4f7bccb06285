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
