package estimate

import (
	tea "charm.land/bubbletea/v2"

	"tokpit/tui/buffer"
	"tokpit/tui/ui"
)

// take shows a text that is kept elsewhere: a file, the example.
func (p *Page) take(t *buffer.Text) tea.Cmd {
	if p.text.Len() == 0 {
		p.moved = false
	}
	p.editor.Reset(t)
	p.kept, p.dropped = p.text.Revision(), false
	return p.changed()
}

// tellUnsaved lets the root model know whether there is text that would be lost,
// once for each time that this changes.
func (p *Page) tellUnsaved() tea.Cmd {
	unsaved := p.text.Len() > 0 && p.text.Revision() != p.kept
	if unsaved == p.told {
		return nil
	}
	p.told = unsaved
	what := ""
	if unsaved {
		what = "the text of a prompt"
	}
	return ui.Send(ui.Unsaved{Page: title, What: what})
}

// lacksEscapes reports text that has the codes of colours without the escape
// characters before them: terminals drop those from what is pasted.
func lacksEscapes(text string) bool {
	found := 0
	for i := 0; i < len(text) && found < 2; i++ {
		if text[i] != '[' || i > 0 && text[i-1] == 0x1b {
			continue
		}
		at := i + 1
		for at < len(text) && at-i < 24 && (text[at] >= '0' && text[at] <= '9' || text[at] == ';') {
			at++
		}
		if at < len(text) && at > i+1 && text[at] == 'm' {
			found++
		}
	}
	return found >= 2 // one may be anything
}
