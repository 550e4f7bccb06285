package prices

import (
	"image"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/pricing"
	"tokpit/tui/overlay"
	"tokpit/tui/ui"
)

// Update implements ui.Page.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	if p.snap == nil {
		return nil
	}
	switch msg := msg.(type) {
	case ui.Seek:
		return p.seek(msg)
	case tea.KeyPressMsg:
		if p.typing {
			p.typeKey(msg)
			return nil
		}
		return p.press(msg)
	case tea.PasteMsg:
		if p.typing {
			p.setFilter(p.filter.with(msg.Content))
		}
	case tea.MouseClickMsg:
		return p.click(msg)
	case tea.MouseWheelMsg:
		if image.Pt(msg.X, msg.Y).In(p.plan.table) {
			p.scroll(msg)
		}
	}
	return nil
}

// scroll hands a message to the table.
func (p *Page) scroll(msg tea.Msg) bool {
	changed := p.tables[p.section].Update(msg)
	if changed {
		p.frame = ""
	}
	return changed
}

func (p *Page) press(msg tea.KeyPressMsg) tea.Cmd {
	f := p.filter
	switch k := &p.keys; {
	case key.Matches(msg, k.Find):
		p.typing = true
		p.setFilter(f)
	case key.Matches(msg, k.Clear):
		if f == (filter{}) {
			p.marks = nil
		}
		p.setFilter(filter{})
	case key.Matches(msg, k.Earlier):
		p.step(-1)
	case key.Matches(msg, k.Later):
		p.step(1)
	case key.Matches(msg, k.Mark):
		return p.mark()
	case key.Matches(msg, k.Mine):
		f.mine = !f.mine
		p.setFilter(f)
	case key.Matches(msg, k.Provider):
		p.toggleProvider()
	case key.Matches(msg, k.Next):
		p.show((p.section + 1) % sections)
	case key.Matches(msg, k.Previous):
		p.show((p.section + sections - 1) % sections)
	case key.Matches(msg, k.Unit):
		units := pricing.Units()
		p.unit = units[(int(p.unit)+1)%len(units)]
		p.fill()
	case key.Matches(msg, k.Detail):
		return p.details()
	default:
		p.scroll(msg)
	}
	return nil
}

// typeKey edits the text of the filter. Keys that move the cursor still do.
func (p *Page) typeKey(msg tea.KeyPressMsg) {
	f := p.filter
	switch k := &p.keys; {
	case key.Matches(msg, k.Clear):
		p.typing, f.text = false, ""
	case key.Matches(msg, k.Done):
		p.typing = false
	case msg.Code == tea.KeyBackspace:
		if r := []rune(f.text); len(r) > 0 {
			f.text = string(r[:len(r)-1])
		}
	case msg.Code == 'u' && msg.Mod == tea.ModCtrl:
		f.text = ""
	case msg.Text != "":
		f = f.with(msg.Text)
	default:
		p.scroll(msg)
		return
	}
	p.setFilter(f)
}

func (p *Page) setFilter(f filter) {
	p.filter = f
	p.fill()
}

// toggleProvider keeps the provider under the cursor, or shows all again.
func (p *Page) toggleProvider() {
	f := p.filter
	if f.provider != "" {
		f.provider = ""
	} else if it, ev := p.selected(); ev != nil {
		f.provider = ev.ref.Provider
	} else if it != nil {
		f.provider = it.ref.Provider
	}
	p.setFilter(f)
}

func (p *Page) show(s section) {
	p.section = s
	p.fill()
}

// click chooses a section or a row; a second click on a row opens its details.
func (p *Page) click(msg tea.MouseClickMsg) tea.Cmd {
	at := image.Pt(msg.X, msg.Y)
	if msg.Button != tea.MouseLeft {
		return nil
	}
	if at.In(p.plan.sections) {
		tabs, _ := p.tabs()
		for s, t := range tabs {
			if at.X >= t.from && at.X < t.to {
				p.show(section(s))
			}
		}
		return nil
	}
	if !at.In(p.plan.table) {
		return nil
	}
	t := p.tables[p.section]
	was := t.Cursor()
	inside := ui.Shift(msg, p.plan.table.Min)
	header := at.Y == p.plan.table.Min.Y
	if p.scroll(inside) && !header && was == t.Cursor() {
		return p.details()
	}
	return nil
}

// detailsWidth is the widest that the box of details is.
const detailsWidth = 92

// details opens all that is known of the selected row.
func (p *Page) details() tea.Cmd {
	if p.comparing() {
		return p.openComparison()
	}
	it, ev := p.selected()
	if it == nil && ev == nil {
		return nil
	}
	d := p.document(it, ev)
	return ui.Send(overlay.Open{Modal: overlay.NewDocument(d.title, detailsWidth, func(pen *ui.Pen, st *ui.Styles) {
		d.draw(pen, st, full)
	})})
}

// Clips implements ui.Clipped: the prices of the row at the unit on screen, every
// digit, and the row.
func (p *Page) Clips() (out []ui.Clip) {
	it, ev := p.selected()
	if p.comparing() {
		out = p.comparison().clips()
	}
	switch {
	case ev != nil:
		return append(out, ui.Clip{Name: "the row", Text: ev.text(p.unit)}, ui.Clip{Name: "the model", Text: ev.ref.Provider + "/" + ev.ref.Model})
	case it == nil:
		return out
	}
	if !it.priced {
		out = append(out, it.remedies()...)
	}
	out = append(out, ui.Clip{Name: "the row", Text: it.text(p.shelf, p.unit)})
	if p.snap != nil {
		out = append(out, bookSheet(p.snap, []*item{it}).CellClips(0, "price_input_per_1m", "price_output_per_1m")...)
	}
	return append(out, ui.Clip{Name: "the model", Text: it.ref.Provider + "/" + it.ref.Model})
}
