package prices

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokpit/tui/ui"
)

// seek puts the cursor on a model of the book. A filter that hides it goes.
func (p *Page) seek(msg ui.Seek) tea.Cmd {
	row := strings.Replace(msg.Name, "/", "\x00", 1)
	p.typing = false
	p.show(book)
	if p.find(row); p.tables[book].Selected() != row {
		p.setFilter(filter{})
		p.find(row)
	} else {
		p.setFilter(p.filter)
	}
	if p.tables[book].Selected() != row {
		return ui.Send(ui.Notice("The book has no " + ui.Text(msg.Name)))
	}
	return nil
}

func (p *Page) find(row string) {
	p.tables[book].Select(row)
	p.frame = ""
}
