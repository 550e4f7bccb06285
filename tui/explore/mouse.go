package explore

import (
	"image"

	tea "charm.land/bubbletea/v2"

	"tokpit/tui/table"
	"tokpit/tui/ui"
)

// click chooses a row, a cell, a column, or something in the lines above. A
// second click on a row looks inside.
func (p *Page) click(msg tea.MouseClickMsg) tea.Cmd {
	at := image.Pt(msg.X, msg.Y)
	if msg.Button != tea.MouseLeft {
		return nil
	}
	if act := p.chips.At(at); act != nil {
		return act(p)
	}
	if name := p.timeAt(at); name != "" && p.step().pivot == "" {
		p.setTime(name)
		return nil
	}
	if !at.In(p.plan.table) {
		return nil
	}
	inside := at.Sub(p.plan.table.Min)
	if row := p.table.First() + inside.Y - 1; inside.Y > 0 && p.keys.Mark.Enabled() {
		switch {
		case table.Gutter(inside.X), msg.Mod.Contains(tea.ModCtrl):
			return p.mark(row)
		case msg.Mod.Contains(tea.ModShift):
			return p.markTo(row)
		}
	}
	same := false
	if p.step().pivot != "" {
		if inside.Y == 0 {
			return p.clickHead(inside.X)
		}
		column := p.columnAt(inside.X)
		same = column < 0 || column == p.step().column
		if column >= 0 {
			p.step().column = column
		}
		p.frame = ""
	} else {
		same = true
	}
	row := p.table.Cursor()
	cmd := p.scroll(ui.Shift(msg, p.plan.table.Min))
	if inside.Y > 0 && inside.Y <= p.table.Rows() && row == p.table.Cursor() && same {
		return p.drill()
	}
	return cmd
}
