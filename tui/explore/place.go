package explore

import (
	tea "charm.land/bubbletea/v2"

	"tokpit/tui/ui"
	"tokpit/usage"
)

// seek asks about one value of a dimension and nothing else, in the time that is
// being looked at.
func (p *Page) seek(msg ui.Seek) tea.Cmd {
	if msg.Kind != ui.SeekUsage {
		return nil
	}
	s := step{by: []usage.Dimension{usage.ByModel}, period: p.step().period, auto: true}
	return p.to(s.with(where{msg.Dim, []string{msg.Name}}))
}
