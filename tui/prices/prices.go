// Package prices is the page of the price book: what every model costs, since
// when and how sure that is, what changed, what is going to, and which models
// shut down, those in use first.
//
// Everything is worded when a snapshot, a filter or a unit is set ([newShelf]);
// View draws only what is on screen. Prices are exact: each is the decimal that
// the book bills by, multiplied up to the unit that was chosen.
package prices

import (
	"image"
	"strings"

	"tokpit/pricing"
	"tokpit/report"
	"tokpit/tui/table"
	"tokpit/tui/ui"
)

// section is one of the tables of the page.
type section uint8

const (
	book section = iota
	changes
	scheduled
	retiring
	sections
)

// Page is the price book.
type Page struct {
	keys   keyMap
	styles *ui.Styles
	snap   *report.Snapshot
	unit   pricing.Unit
	filter filter
	typing bool
	marks  []pricing.ModelRef // that stand side by side
	cursor cursor             // in the history of the selected model

	width, height int
	plan          plan
	section       section
	shelf         *shelf
	items         *table.Slice[item]
	events        [sections]*table.Slice[event]
	tables        [sections]*table.Model
	frame         string // "" is to be drawn
}

var _ ui.Page = (*Page)(nil)

// New returns the page without data.
func New() *Page {
	p := &Page{keys: newKeyMap(), styles: ui.DarkStyles(), shelf: &shelf{}}
	p.items = bookTable(p.shelf, nil, pricing.PerMillion, look{})
	p.tables[book] = table.New(p.items, p.keys.Table)
	p.tables[book].SortBy(0, false)
	for s := changes; s < sections; s++ {
		p.events[s] = eventTable(s, nil, pricing.PerMillion, look{})
		p.tables[s] = table.New(p.events[s], p.keys.Table)
	}
	for _, t := range p.tables {
		t.SetFocus(true)
	}
	return p
}

// Title implements ui.Page.
func (p *Page) Title() string { return "Prices" }

// CapturesText implements ui.Page.
func (p *Page) CapturesText() bool { return p.typing }

// SetSize implements ui.Page.
func (p *Page) SetSize(width, height int) {
	if width != p.width || height != p.height {
		p.width, p.height = width, height
		p.fill()
	}
}

// SetTheme implements ui.Page.
func (p *Page) SetTheme(st *ui.Styles) {
	p.styles, p.frame = st, ""
	for _, t := range p.tables {
		t.SetTheme(st)
	}
}

// SetLens implements ui.Page: a price is the same however it is paid.
func (p *Page) SetLens(ui.Lens) {}

// SetSnapshot implements ui.Page.
func (p *Page) SetSnapshot(s *report.Snapshot) {
	p.snap = s
	p.shelf = newShelf(s)
	if s.Book != nil {
		p.forget()
	}
	p.fill()
}

// fill gives the tables what the filter leaves.
func (p *Page) fill() {
	whole := wholeBook + roomOf(p.shelf.longest) - leastName
	if p.section != book {
		whole = wholeEvents
	}
	p.plan = arrange(p.width, p.height, whole, len(p.marked()))
	p.items = bookTable(p.shelf, p.filter.items(p.shelf.items), p.unit, p.look())
	p.tables[book].SetRows(p.items)
	for s := changes; s < sections; s++ {
		p.events[s] = eventTable(s, p.filter.events(p.shelf.events[s]), p.unit, p.look())
		p.tables[s].SetRows(p.events[s])
	}
	p.keys.enable(p.filter != filter{}, p.typing, len(p.marks) > 0)
	for _, t := range p.tables {
		t.SetSize(p.plan.table.Dx(), p.plan.table.Dy())
	}
	p.frame = ""
}

// View implements ui.Page.
func (p *Page) View() string {
	if p.frame == "" {
		p.frame = p.draw()
	}
	return p.frame
}

func (p *Page) draw() string {
	pen := ui.NewPen(p.width, p.height)
	if p.snap == nil {
		return strings.Join(pen.Lines(p.height), "\n")
	}
	p.drawSections(pen)
	if !p.plan.status.Empty() {
		p.drawStatus(pen)
	}
	list := p.drawTable()
	panel := p.drawPanel(p.plan.panel.Dx(), p.plan.panel.Dy())
	for y := pen.Height(); y < p.height; y++ {
		p.line(pen, list, p.plan.table, y)
		p.line(pen, panel, p.plan.panel, y)
		pen.End()
	}
	return strings.Join(pen.Lines(p.height), "\n")
}

// line puts line y of a block in its place.
func (p *Page) line(pen *ui.Pen, block []string, r image.Rectangle, y int) {
	if i := y - r.Min.Y; i >= 0 && i < len(block) && y < r.Max.Y {
		pen.To(r.Min.X)
		pen.Drawn(block[i], r.Dx())
	}
}

func (p *Page) drawTable() []string {
	lines := p.tables[p.section].Lines()
	if p.count(p.section) > 0 || len(lines) < 3 {
		return lines
	}
	r := p.plan.table
	empty := ui.NewPen(r.Dx(), r.Dy())
	empty.End()
	for _, l := range ui.Wrap(p.nothing(), max(1, r.Dx()-2)) {
		empty.Space(2)
		empty.Text(p.styles.Muted, l)
		empty.End()
	}
	return empty.Lines(r.Dy())
}

// nothing says why a table is empty.
func (p *Page) nothing() string {
	switch {
	case p.snap.Book == nil:
		return "No price book is loaded."
	case p.filter != filter{}:
		return "Nothing matches " + p.filter.words() + ". esc shows everything again."
	case p.section == changes:
		return "No price changed in the last " + ui.Digits(changeDays) + " days."
	case p.section == scheduled:
		return "No change of price is announced."
	case p.section == retiring:
		return "No shutdown is announced."
	}
	return "The book has no prices."
}

// count is how many rows a section has.
func (p *Page) count(s section) int {
	if s == book {
		return p.items.Len()
	}
	return p.events[s].Len()
}

// selected is what the panel is about.
func (p *Page) selected() (it *item, ev *event) {
	if p.count(p.section) == 0 {
		return nil, nil
	}
	at := p.tables[p.section].Cursor()
	if p.section == book {
		return p.items.At(at), nil
	}
	ev = p.events[p.section].At(at)
	return p.shelf.find(ev.ref), ev
}
