package prices

import (
	"strconv"
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

// place is a section, and what was looked at in it.
type place struct {
	section section
	filter  filter
	row     string
}

// Place implements ui.Placed: each section is one.
func (p *Page) Place() ui.Place {
	return ui.Place{Key: strconv.Itoa(int(p.section)), At: place{p.section, p.filter, p.tables[p.section].Selected()}}
}

// Return implements ui.Placed.
func (p *Page) Return(to ui.Place) tea.Cmd {
	if at, ok := to.At.(place); ok {
		p.typing = false
		p.show(at.section)
		p.setFilter(at.filter)
		p.tables[at.section].Select(at.row)
	}
	return nil
}
