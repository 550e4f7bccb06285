package explore

import (
	"image"
	"slices"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/tui/filter"
	"tokpit/tui/period"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// Update implements ui.Page.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
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
	case key.Matches(msg, k.Compare):
		return p.toggleCompare()
	case key.Matches(msg, k.Find):
		p.typing = true
		p.enable()
		p.frame = ""
	case key.Matches(msg, k.Clear):
		return p.setText("")
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

// to takes a step.
func (p *Page) to(s step) tea.Cmd {
	p.remember()
	if p.left == nil {
		from := p.step().clone()
		p.left = &from
	}
	p.trail.push(s)
	p.typing = false
	return p.ask()
}

// remember notes where the person is, for when they come back.
func (p *Page) remember() {
	if s := p.step(); p.asked {
		s.row = ""
		if p.table.Cursor() > 0 { // at the top nobody has chosen a row yet
			s.row = p.table.Selected()
		}
	}
}

// walk goes back or forward on the trail.
func (p *Page) walk(by int) tea.Cmd {
	p.remember()
	if !p.trail.move(by) {
		return nil
	}
	return p.ask()
}

// selected is the line under the cursor, nil if there is none.
func (p *Page) selected() *line {
	if p.reply == nil || p.reply.shaped == nil || p.table.Cursor() >= len(p.reply.shaped.lines) {
		return nil
	}
	return p.reply.shaped.lines[p.table.Cursor()]
}

// narrowed is the present step with the row under the cursor, and the cell if
// the cursor is on one, as conditions.
func (p *Page) narrowed(cell bool) (step, bool) {
	l, s := p.selected(), p.step()
	if l == nil || !p.asked || len(l.keys) != len(s.by) {
		return step{}, false
	}
	out := s.fresh()
	for i, d := range s.by {
		out = out.with(where{d, []string{l.keys[i]}})
	}
	if cell && s.pivot != "" && s.column > 0 && s.column <= len(p.reply.answer.Columns) {
		out = out.with(where{s.pivot, []string{p.reply.answer.Columns[s.column-1]}})
	}
	return out, true
}

// drill looks inside what is under the cursor.
func (p *Page) drill() tea.Cmd {
	if p.step().view == recordsView {
		return p.openRecord()
	}
	if p.step().view == unusedView {
		return p.openUnused()
	}
	s, ok := p.narrowed(true)
	if !ok {
		return nil
	}
	if l := p.selected(); l.gone() {
		return ui.Send(ui.Notice("Nothing of it is left to look into; there was before"))
	}
	session := s.fixed(usage.BySession)
	s.pivot, s.compare = "", false
	s.view, s.auto = usageView, true
	if session && p.opts.Actions != nil {
		s.view, s.auto = recordsView, false
	}
	return p.to(s)
}

// only keeps what is under the cursor, and the same question about it.
func (p *Page) only() tea.Cmd {
	s, ok := p.narrowed(true)
	if !ok {
		return nil
	}
	return p.to(s)
}

// cut drops the conditions from one on.
func (p *Page) cut(from int) tea.Cmd {
	s := p.step().fresh().clone()
	if from < 0 || from >= len(s.wheres) {
		return nil
	}
	s.wheres = s.wheres[:from]
	return p.to(s)
}

// turnTo shows another view of the same conditions.
func (p *Page) turnTo(v view) tea.Cmd {
	if p.opts.Actions == nil && (v == sessionsView || v == recordsView) {
		return nil
	}
	s := p.step().fresh().clone()
	if v == recordsView && p.step().view != unusedView {
		if n, ok := p.narrowed(true); ok {
			s = n
		}
	}
	was := s.view
	s.view, s.auto, s.pivot = v, false, ""
	switch {
	case v == sessionsView:
		s.by = []usage.Dimension{usage.BySession}
	case v == usageView && was == sessionsView, len(s.by) == 0:
		s.by = []usage.Dimension{usage.ByModel}
	}
	return p.to(s)
}

// rotate moves the first dimension to the end; of a pivot it exchanges rows and
// columns.
func (p *Page) rotate() tea.Cmd {
	s := p.step().fresh().clone()
	if s.pivot != "" && len(s.by) > 0 {
		first := s.by[0]
		s.by = append(s.by[1:], s.pivot)
		s.pivot = first
		if len(s.by) > 1 {
			s.by = append(s.by[len(s.by)-1:], s.by[:len(s.by)-1]...)
		}
	} else if len(s.by) > 1 {
		s.by = append(s.by[1:], s.by[0])
	}
	return p.to(s)
}

// lookInto asks what another page wants to know: what is of a day beside the same
// day of the week before, or what is of a value.
func (p *Page) lookInto(msg ui.Look) tea.Cmd {
	if p.snap == nil || len(msg.By) == 0 {
		return nil
	}
	s := step{by: slices.Clone(msg.By)}
	for _, d := range filter.Dims(msg.Filter) {
		s.wheres = append(s.wheres, where{d, slices.Clone(msg.Filter[d])})
	}
	if !msg.Day.IsZero() {
		s.wheres = append(s.wheres, where{usage.ByDay, []string{msg.Day.Format(time.DateOnly)}})
		s.compare, s.weekly = true, true
	}
	return p.to(s)
}

func (p *Page) toggleCompare() tea.Cmd {
	s := p.step().clone()
	s.compare, s.weekly, s.order, s.pivot = !s.compare, false, order{}, ""
	if s.compare && p.period() == period.All && len(s.wheres) == 0 {
		return ui.Send(ui.Notice("There is nothing before all history: choose a span of time with t"))
	}
	return p.to(s)
}

// click chooses a row, a cell, a column, or something in the lines above. A
// second click on a row looks inside.
func (p *Page) click(msg tea.MouseClickMsg) tea.Cmd {
	at := image.Pt(msg.X, msg.Y)
	if msg.Button != tea.MouseLeft {
		return nil
	}
	for _, c := range p.chips {
		if at.In(c.place) {
			return c.act(p)
		}
	}
	if !at.In(p.plan.table) {
		return nil
	}
	inside := at.Sub(p.plan.table.Min)
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
