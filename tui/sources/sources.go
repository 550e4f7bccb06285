// Package sources is the page that says where usage comes from, and whether
// all of it is there: every source with its state, what it read on each day
// (so that a hole is seen), and, for the one under the cursor, what it is, what
// went wrong and what to do next. It also connects, tests and removes sources.
//
// What the screen shows is worked out once for a snapshot ([newHistory]);
// View draws only what is on screen. Providers are asked, and the store is
// changed, through a [Connector], from commands; their answers come back wrapped
// in [ui.To]. Keys are never typed here: see looksLikeKey.
package sources

import (
	"cmp"
	"context"
	"image"
	"slices"
	"strings"
	"time"

	"tokpit/report"
	"tokpit/tui/table"
	"tokpit/tui/ui"
)

// title is the page's name, and the address of its messages.
const title = "Sources"

// Connector connects the program to providers. Its methods may take long; the
// page calls them from commands. An error may have a method Hint() string that
// says what to do next.
type Connector interface {
	// Test asks the provider whether it answers, and keeps nothing.
	Test(context.Context, report.Connecting) error
	Add(context.Context, report.Connecting) error
	// Remove forgets a connection. With purge its records go too.
	Remove(ctx context.Context, name string, purge bool) error
}

// Options is what the page can do besides showing. All fields are optional.
type Options struct {
	Context   context.Context // of all that the connector does
	Connector Connector
	ReadOnly  string // why nothing can be written; "" if it can
}

// Page is the list of sources.
type Page struct {
	opts   Options
	keys   keyMap
	styles *ui.Styles
	snap   *report.Snapshot
	coming *report.Snapshot // was set and is to be taken; nil if there is none

	rows    *table.Slice[item]
	table   *table.Model
	history history
	trust   trust
	unused  []report.Unused
	reading map[string]string // how far sources are, by name
	wanted  string            // source to select once it is there

	day     int  // under the cursor, -1 if none
	hover   int  // strip under the mouse, -1 if none
	daily   bool // strips show one column a day
	pointed bool // the mouse chose the day, and takes it along when it leaves

	form     *form // nil while the list is shown
	verdict  verdict
	cancel   context.CancelFunc // of the test that runs
	spinning bool
	turn     int // of the spinner

	width, height int
	plan          plan
	planned       string // the source that the page was divided for
	frame         string // "" is to be drawn
}

var _ ui.Page = (*Page)(nil)

// New returns the page without data.
func New(opts Options) *Page {
	if opts.Context == nil {
		opts.Context = context.Background()
	}
	p := &Page{opts: opts, keys: newKeyMap(), styles: ui.DarkStyles(), day: -1, hover: -1}
	p.rows = newTable(nil, time.UTC, time.Time{})
	p.table = table.New(p.rows, p.keys.Table)
	p.table.SetFocus(true)
	p.enable()
	return p
}

// Title implements ui.Page.
func (p *Page) Title() string { return title }

// CapturesText implements ui.Page.
func (p *Page) CapturesText() bool { return p.form != nil }

// SetSize implements ui.Page.
func (p *Page) SetSize(width, height int) {
	if width != p.width || height != p.height {
		p.width, p.height = width, height
		p.arrange()
	}
}

// SetTheme implements ui.Page.
func (p *Page) SetTheme(st *ui.Styles) {
	p.styles, p.frame = st, ""
	p.table.SetTheme(st)
}

// SetLens implements ui.Page: nothing here is money that a plan could pay.
func (p *Page) SetLens(ui.Lens) {}

// SetSnapshot implements ui.Page. Going through all cells takes longer than all
// other pages together, so it waits until somebody looks.
func (p *Page) SetSnapshot(s *report.Snapshot) { p.coming = s }

// take works out what is shown of a snapshot that has been set.
func (p *Page) take() {
	s := p.coming
	if s == nil {
		return
	}
	at := p.dayAt(p.day)
	p.snap, p.coming = s, nil
	p.history, p.trust, p.unused = newHistory(s), newTrust(s.Reconcile), unused(s)
	items := make([]item, len(s.Sources))
	for i := range s.Sources {
		items[i] = item{SourceStatus: &s.Sources[i], state: stateOf(&s.Sources[i], s.AsOf, s.Demo), lanes: p.history.lanes[i], reading: p.reading[s.Sources[i].Name]}
	}
	p.rows = newTable(ordered(items), p.zone(), s.AsOf)
	p.table.SetRows(p.rows)
	p.choose(p.wanted)
	if p.hover = -1; p.day >= 0 { // the same day as before
		p.day = max(-1, min(int(at.Sub(p.history.first)/oneDay), p.history.days-1))
	}
	p.arrange()
}

// choose puts the cursor on a source, if it is there.
func (p *Page) choose(name string) {
	for i := range p.rows.Len() {
		if name != "" && p.rows.At(i).Name == name {
			p.table.SetCursor(i)
			p.wanted = ""
		}
	}
}

func (p *Page) zone() *time.Location {
	if p.snap == nil || p.snap.Zone == nil {
		return time.UTC
	}
	return p.snap.Zone
}

// selected is the source under the cursor, nil if there is none.
func (p *Page) selected() *item {
	if i := p.table.Cursor(); i < p.rows.Len() {
		return p.rows.At(i)
	}
	return nil
}

func (p *Page) selectedName() string {
	if it := p.selected(); it != nil {
		return it.Name
	}
	return ""
}

// arrange divides the page again, after a change of size or data.
func (p *Page) arrange() {
	n := needs{sources: max(1, p.rows.Len()), trust: p.trustHeight, whole: p.wholeTrust, detail: p.detailHeight}
	for i := range p.rows.Len() {
		if lanes := len(p.rows.At(i).lanes); lanes > 0 {
			n.lanes += lanes
			n.withDays++
		}
	}
	p.plan = arrange(p.width, p.height, n)
	p.table.SetSize(p.plan.list.Dx(), p.plan.list.Dy()-1)
	p.planned = p.selectedName()
	p.redraw()
}

// redraw forgets the picture, and what could be done when it was drawn.
func (p *Page) redraw() {
	if p.planned != p.selectedName() { // its details take another height
		p.arrange()
		return
	}
	p.frame = ""
	p.enable()
}

// View implements ui.Page.
func (p *Page) View() string {
	p.take()
	if p.frame == "" {
		switch {
		case p.snap == nil:
			p.frame = strings.Join(ui.NewPen(p.width, p.height).Lines(p.height), "\n")
		case p.form != nil:
			p.frame = p.drawForm()
		default:
			p.frame = p.draw()
		}
	}
	return p.frame
}

// draw puts the parts of the page side by side.
func (p *Page) draw() string {
	pen := ui.NewPen(p.width, p.height)
	type part struct {
		at    image.Rectangle
		lines []string
	}
	parts := []part{
		{p.plan.list, p.drawList()},
		{p.plan.coverage, p.drawCoverage()},
		{p.plan.detail, p.drawDetail(p.plan.detail.Dx(), p.plan.detail.Dy())},
		{p.plan.trust, p.drawTrust()},
		{p.plan.days, p.drawDays()},
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(a.at.Min.X, b.at.Min.X) })
	for y := range p.height {
		for _, b := range parts {
			if y >= b.at.Min.Y && y < b.at.Max.Y && y-b.at.Min.Y < len(b.lines) {
				pen.To(b.at.Min.X)
				pen.Drawn(b.lines[y-b.at.Min.Y], b.at.Dx())
			}
		}
		pen.End()
	}
	return strings.Join(pen.Lines(p.height), "\n")
}

// drawList draws the title with what needs a look, and the table.
func (p *Page) drawList() []string {
	pen := ui.NewPen(p.plan.list.Dx(), 1)
	ui.SectionTitle(pen, p.styles, "Sources", true, p.summary())
	lines := append(pen.Lines(1), p.table.Lines()...)
	if p.rows.Len() > 0 {
		return lines
	}
	empty := ui.NewPen(p.plan.list.Dx(), 1)
	empty.Space(2)
	empty.Text(p.styles.Muted, "No source is known yet. ")
	if p.cannot() == "" {
		empty.Text(p.styles.AccentBold, "a")
		empty.Text(p.styles.Muted, " connects one.")
	}
	if len(lines) < 2 {
		return lines
	}
	empty.End()
	return append(lines[:len(lines)-1], empty.Lines(1)...)
}

// summary says in a few words whether all is well.
func (p *Page) summary() string {
	if p.rows.Len() == 0 {
		return ""
	}
	look, first, holes, some := 0, 0, false, false
	for i := range p.rows.Len() {
		it := p.rows.At(i)
		holes = holes || slices.ContainsFunc(it.lanes, func(l lane) bool { return len(l.holes()) > 0 })
		some = some || it.state != absent
		switch {
		case it.first():
			first++
		case it.state >= doubted || it.state == never || it.state == begun:
			look++
		}
	}
	text := "all well"
	switch {
	case look == 0 && first == 0 && !some:
		text = "nothing found yet"
	case look == 0 && first > 0:
		text = ui.Count(int64(first)) + " read for the first time"
	case look == 0 && holes:
		text = "days are missing"
	case look == 1:
		text = "1 needs a look"
	case look > 0:
		text = ui.Count(int64(look)) + " need a look"
	}
	if bills := p.trust.brief(); bills != "" && ui.Width(bills)+ui.Width(text) < p.plan.list.Dx()-16 {
		return bills + " · " + text
	}
	return text
}
