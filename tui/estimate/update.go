package estimate

import (
	"image"
	"slices"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/pricing"
	"tokpit/tui/buffer"
	"tokpit/tui/overlay"
	"tokpit/tui/ui"
)

// Update implements ui.Page.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	defer p.redraw()
	switch msg := msg.(type) {
	case ui.Shown:
		return p.build()
	case built:
		return p.applyBuilt(msg)
	case counted:
		return p.applyCounted(msg)
	case remembered:
		return p.applyRemembered(msg)
	case opened, prepared, edited, imaged, tooled, completed, answered, called, imageGiven, pathGiven, toolsGiven, chose, cleared, restored:
		return p.answer(msg)
	case tea.KeyPressMsg:
		return p.press(msg)
	case tea.PasteMsg:
		return p.paste(msg)
	case tea.MouseClickMsg:
		return p.click(msg)
	case tea.MouseWheelMsg:
		return p.wheel(msg)
	}
	return nil
}

func (p *Page) press(msg tea.KeyPressMsg) tea.Cmd {
	k := &p.keys
	switch {
	case p.typing:
		p.typeFilter(msg)
		return nil
	case p.editing():
		return p.write(msg)
	}
	if cmd, done := p.act(msg); done {
		return cmd
	}
	switch {
	case key.Matches(msg, k.Find):
		p.typing = true
	case key.Matches(msg, k.Drop):
		p.setFilter("")
	case key.Matches(msg, k.Pin):
		return p.pin()
	case key.Matches(msg, k.Unpin):
		return p.unpin()
	case key.Matches(msg, k.Baseline):
		p.compare()
	case key.Matches(msg, k.Columns):
		return p.chooseColumns()
	case key.Matches(msg, k.All):
		p.all = !p.all
		return p.build()
	case key.Matches(msg, k.Strip):
		p.toggleStrip()
	case key.Matches(msg, k.IDs):
		p.strip.ids = !p.strip.ids
		if p.plan.strip.Empty() {
			p.strip.mode = stripOn
		}
	case key.Matches(msg, k.Detail):
		return p.details()
	case p.estimator != nil:
		p.scroll(msg)
	}
	return nil
}

// act handles the keys that concern the text and the question.
func (p *Page) act(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	k := &p.keys
	switch {
	case key.Matches(msg, k.Write):
		p.focus(true)
	case key.Matches(msg, k.File):
		return p.askFile("", ""), true
	case key.Matches(msg, k.External):
		return p.edit(), true
	case key.Matches(msg, k.Example):
		return p.take(buffer.Load([]byte(example))), true
	case key.Matches(msg, k.Clear):
		return p.clear(), true
	case key.Matches(msg, k.Undo):
		p.editor.Undo()
		return p.changed(), true
	case key.Matches(msg, k.Redo):
		p.editor.Redo()
		return p.changed(), true
	case key.Matches(msg, k.Stop):
		return p.halt(), true
	case key.Matches(msg, k.ScrollUp):
		p.editor.Scroll(-3)
	case key.Matches(msg, k.ScrollDown):
		p.editor.Scroll(3)
	case key.Matches(msg, k.Answer):
		return p.askAnswer(), true
	case key.Matches(msg, k.Calls):
		return p.askCalls(), true
	case key.Matches(msg, k.Image):
		return p.askImage(), true
	case key.Matches(msg, k.Tools):
		return p.askTools(), true
	case key.Matches(msg, k.Roles):
		p.ask.roles = !p.ask.roles
		p.estimate()
	default:
		return nil, false
	}
	return nil, true
}

// write hands a key to the text.
func (p *Page) write(msg tea.KeyPressMsg) tea.Cmd {
	k := &p.keys
	switch {
	case key.Matches(msg, k.Leave):
		p.focus(false)
		return nil
	case key.Matches(msg, k.FileHere):
		return p.askFile("", "")
	case key.Matches(msg, k.ExternalHere):
		return p.edit()
	case key.Matches(msg, k.ClearHere):
		return p.clear()
	}
	was := p.text.Revision()
	p.editor.Update(msg)
	if p.text.Revision() != was {
		return p.changed()
	}
	return nil
}

// focus says who takes keys: the text, or the table.
func (p *Page) focus(text bool) { p.editor.SetFocus(text) }

// longPaste is from which size on a paste is worth a remark, in bytes.
const longPaste = 1 << 20

// paste puts text where the cursor is, whether or not anybody types there.
func (p *Page) paste(msg tea.PasteMsg) tea.Cmd {
	if p.typing {
		p.setFilter(p.filter + ui.Text(msg.Content))
		return nil
	}
	first := p.text.Len() == 0 && !p.editing()
	if p.text.Len() == 0 { // the table is read from its top
		p.moved = false
	}
	p.editor.Paste(msg.Content)
	if first { // it is read from its beginning
		p.editor.SetCursor(0)
	}
	cmd := p.changed()
	if lacksEscapes(msg.Content) {
		p.dropped = true
		return tea.Batch(cmd, ui.Send(ui.Notice("Pasted without its escape characters, which terminals drop: o opens the file as it is")))
	}
	if len(msg.Content) >= longPaste {
		return tea.Batch(cmd, ui.Send(ui.Notice("Pasted. Terminals are slow with long pastes and drop some bytes: o opens the file itself")))
	}
	return cmd
}

// typeFilter edits the part of a name that is looked for. Keys that move the
// cursor still do.
func (p *Page) typeFilter(msg tea.KeyPressMsg) {
	switch k := &p.keys; {
	case key.Matches(msg, k.Drop):
		p.typing = false
		p.setFilter("")
	case key.Matches(msg, k.Keep):
		p.typing = false
	case msg.Code == tea.KeyBackspace:
		if r := []rune(p.filter); len(r) > 0 {
			p.setFilter(string(r[:len(r)-1]))
		}
	case msg.Code == 'u' && msg.Mod == tea.ModCtrl:
		p.setFilter("")
	case msg.Text != "":
		p.setFilter(p.filter + msg.Text)
	default:
		p.scroll(msg)
	}
}

// longestFilter is more than any name that a person would type.
const longestFilter = 64

func (p *Page) setFilter(s string) {
	if r := []rune(s); len(r) > longestFilter {
		s = string(r[:longestFilter])
	}
	p.filter = s
	p.estimate()
	if p.filter != "" && p.above && p.rows.Len() > 0 { // what is found is looked at
		p.above = false
		p.table.SetCursor(0)
		p.noteChosen()
	}
}

// scroll hands a message to the table; the row under its cursor is the chosen
// model.
func (p *Page) scroll(msg tea.Msg) bool {
	if k, ok := msg.(tea.KeyPressMsg); ok && p.jump(k) {
		p.noteChosen()
		return true
	}
	changed := p.part().Update(msg)
	p.moved = p.moved || changed
	p.noteChosen()
	return changed
}

// compare makes the chosen model the baseline, or takes the baseline away.
func (p *Page) compare() {
	if p.ask.baseline == p.chosen {
		p.ask.baseline = pricing.ModelRef{}
	} else {
		p.ask.baseline = p.chosen
	}
	p.resort()
}

// resort works everything out again after columns came or went: the table stays
// sorted by the same one, if it is still there, and scrolled to the same row, as
// far as the cursor is then on screen.
func (p *Page) resort() { p.resortBy(func(sorted column) column { return sorted }) }

// resortBy is resort with another column to sort by, of which the one that the table
// is sorted by decides.
func (p *Page) resortBy(by func(sorted column) column) {
	at, descending := p.table.Sorting()
	sorted := colCall
	if at >= 0 && at < len(p.rows.columns) {
		sorted = p.rows.columns[at]
	}
	if p.estimator == nil {
		return
	}
	p.rows.fill(p.estimator.Estimate(p.query()), p.filter, p.ask.pins, p.ask.columns)
	now := by(sorted)
	p.table.SetSorting(now.place(p.rows), descending && now == sorted)
	first := p.table.First()
	p.estimate()
	row := p.table.Cursor()
	p.table.SetCursor(0)
	p.table.SetCursor(first + max(p.table.Rows()-1, 0))
	p.table.SetCursor(row)
}

func (p *Page) toggleStrip() {
	p.strip.mode = stripOn
	if !p.plan.strip.Empty() {
		p.strip.mode = stripOff
	}
}

// chose is the end of choosing columns.
type chose struct{ columns []int }

func (p *Page) chooseColumns() tea.Cmd {
	all := choosable()
	choices := make([]overlay.Choice, len(all))
	for i, c := range all {
		short, name, _ := c.about()
		choices[i] = overlay.Choice{Name: name, Note: short}
	}
	var chosen []int
	for _, c := range p.ask.columns {
		chosen = append(chosen, slices.Index(all, c))
	}
	done := func(chosen []int) tea.Msg { return here(chose{chosen}) }
	return ui.Send(overlay.Open{Modal: overlay.NewPicker("Columns", "type a part of a column's name", choices).Several(chosen, done)})
}

// click gives the keys to what was clicked, and chooses a row or a place in the
// text. A second click on a row opens its details.
func (p *Page) click(msg tea.MouseClickMsg) tea.Cmd {
	at := image.Pt(msg.X, msg.Y)
	if msg.Button != tea.MouseLeft || p.snap == nil || p.empty() {
		return nil
	}
	switch {
	case at.In(p.plan.text):
		p.focus(true)
		p.arrange()
		p.editor.Update(ui.Shift(msg, p.plan.text.Min))
	case at.In(p.plan.table) && p.estimator != nil:
		if p.editing() {
			p.focus(false)
			return nil
		}
		msg.X, msg.Y = at.X-p.plan.table.Min.X, at.Y-p.plan.table.Min.Y
		return p.clickTable(msg)
	}
	return nil
}

func (p *Page) wheel(msg tea.MouseWheelMsg) tea.Cmd {
	at := image.Pt(msg.X, msg.Y)
	switch {
	case at.In(p.plan.text), at.In(p.plan.strip):
		p.editor.Update(msg)
	case at.In(p.plan.table):
		n := p.mostPinned()
		p.above = n > 0 && at.Y-p.plan.table.Min.Y <= n
		p.scroll(msg)
	}
	return nil
}
