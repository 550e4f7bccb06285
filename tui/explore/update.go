package explore

import (
	"image"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/tui/ui"
)

// Update implements ui.Page.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	cmd := p.update(msg)
	if next := p.follow(); next != nil {
		return tea.Batch(cmd, next)
	}
	return cmd
}

func (p *Page) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case ui.Shown:
		if p.snap != nil && (p.work.stale || p.reply == nil) {
			p.remember()
			return p.ask()
		}
	case answered:
		return p.apply(msg)
	case reshaped:
		return p.applyShape(msg)
	case spun:
		return p.applySpun()
	case rested:
		return p.fathom(msg.gen)
	case fathomed:
		p.applyWithin(msg)
	case ui.Look:
		return p.lookInto(msg)
	case chosen:
		return msg.apply(p)
	}
	if p.snap == nil {
		return nil
	}
	switch msg := msg.(type) {
	case ui.Seek:
		return p.seek(msg)
	case tea.KeyPressMsg:
		if p.typing {
			return p.typeKey(msg)
		}
		return p.press(msg)
	case tea.PasteMsg:
		if p.typing {
			return p.setText(p.step().text + ui.Text(msg.Content))
		}
	case tea.MouseClickMsg:
		return p.click(msg)
	case tea.MouseWheelMsg:
		if image.Pt(msg.X, msg.Y).In(p.plan.table) {
			return p.scroll(msg)
		}
	case tea.MouseMotionMsg:
		p.setHover(p.timeAt(image.Pt(msg.X, msg.Y)))
	}
	return nil
}

// chosen is what was settled in a box; it changes the page.
type chosen struct{ apply func(p *Page) tea.Cmd }

// settle is a message that does something to the page.
func settle(f func(p *Page) tea.Cmd) tea.Msg { return send(chosen{f}) }

func (p *Page) press(msg tea.KeyPressMsg) tea.Cmd {
	s := p.step()
	switch k := &p.keys; {
	case key.Matches(msg, k.Drill):
		return p.drill()
	case key.Matches(msg, k.Details):
		return p.details()
	case key.Matches(msg, k.Back):
		return p.walk(-1)
	case key.Matches(msg, k.By):
		return p.chooseBy()
	case key.Matches(msg, k.Rotate):
		return p.rotate()
	case key.Matches(msg, k.Pivot):
		return p.choosePivot()
	case key.Matches(msg, k.Left):
		return p.sideways(-1)
	case key.Matches(msg, k.Right):
		return p.sideways(1)
	case key.Matches(msg, k.Earlier):
		p.moveTime(-1)
	case key.Matches(msg, k.Later):
		p.moveTime(1)
	case key.Matches(msg, k.Mark):
		return p.mark(p.table.Cursor())
	case key.Matches(msg, k.Compare):
		return p.toggleCompare()
	case key.Matches(msg, k.Find):
		p.typing = true
		p.enable()
		p.frame = ""
	case key.Matches(msg, k.Clear):
		return p.clear()
	case key.Matches(msg, k.Only):
		return p.only()
	case key.Matches(msg, k.Drop):
		return p.cut(len(s.wheres) - 1)
	case key.Matches(msg, k.Columns):
		return p.chooseFigures()
	default:
		return p.pressMore(msg)
	}
	return nil
}

// pressMore handles the keys that lead elsewhere, and those of the table.
func (p *Page) pressMore(msg tea.KeyPressMsg) tea.Cmd {
	switch k := &p.keys; {
	case key.Matches(msg, k.Usage):
		return p.turnTo(usageView)
	case key.Matches(msg, k.Sessions):
		return p.turnTo(sessionsView)
	case key.Matches(msg, k.Unused):
		return p.turnTo(unusedView)
	case key.Matches(msg, k.Records):
		return p.turnTo(recordsView)
	}
	return p.scroll(msg)
}

// scroll hands a message to the table. Another order is made in a command.
func (p *Page) scroll(msg tea.Msg) tea.Cmd {
	col, down := p.table.Sorting()
	if p.reply != nil && p.step().pivot != "" {
		if k, ok := msg.(tea.KeyPressMsg); ok && (key.Matches(k, p.keys.Table.Sort) || key.Matches(k, p.keys.Table.Reverse)) {
			return p.sortCells(key.Matches(k, p.keys.Table.Reverse))
		}
	}
	if p.table.Update(msg) {
		p.frame = ""
	}
	to, toDown := p.table.Sorting()
	if to == col && toDown == down || p.reply == nil || p.reply.shaped == nil || p.reply.shaped.list != nil {
		return nil
	}
	columns := p.reply.shaped.columns
	if to < 0 || to >= len(columns) {
		return nil
	}
	s := p.step()
	s.order = order{columns[to].id, toDown}
	return p.look()
}

// typeKey edits the words that rows are found by. Keys that move the cursor
// still do.
func (p *Page) typeKey(msg tea.KeyPressMsg) tea.Cmd {
	text := p.step().text
	switch k := &p.keys; {
	case key.Matches(msg, k.Clear):
		p.typing = false
		return p.setText("")
	case key.Matches(msg, k.Done):
		p.typing, p.frame = false, ""
		p.enable()
		return nil
	case msg.Code == tea.KeyBackspace:
		if r := []rune(text); len(r) > 0 {
			return p.setText(string(r[:len(r)-1]))
		}
		return nil
	case msg.Code == 'u' && msg.Mod == tea.ModCtrl:
		return p.setText("")
	case msg.Text == " ": // alone it is the beginning of the next word
		return p.setText(text + " ")
	case msg.Text != "":
		return p.setText(text + ui.Text(msg.Text))
	}
	return p.scroll(msg)
}

// longestText is more than any name that a person would type.
const longestText = 64

func (p *Page) setText(text string) tea.Cmd {
	if r := []rune(text); len(r) > longestText {
		text = string(r[:longestText])
	}
	p.step().text = text
	return p.look()
}
