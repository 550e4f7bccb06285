// Package sources is the page that says where usage comes from: every source
// with its state, how much it gave and when it was last read; and, for the one
// under the cursor, where it looked and what went wrong.
package sources

import (
	"cmp"
	"context"
	"image"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/report"
	"tokpit/tui/layout"
	"tokpit/tui/table"
	"tokpit/tui/ui"
)

// Page is the list of sources.
type Page struct {
	keys          table.KeyMap
	styles        *ui.Styles
	snap          *report.Snapshot
	rows          *table.Slice[report.SourceStatus]
	table         *table.Model
	width, height int
	list, detail  image.Rectangle
	frame         string // "" is to be drawn
}

var _ ui.Page = (*Page)(nil)

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

// New returns the page without data.
func New(opts Options) *Page {
	p := &Page{keys: table.NewKeyMap(), styles: ui.NewStyles(ui.Theme{})}
	p.rows = newTable(nil, time.UTC, time.Time{})
	p.table = table.New(p.rows, p.keys)
	p.table.SetFocus(true)
	return p
}

// Title implements ui.Page.
func (p *Page) Title() string { return "Sources" }

// CapturesText implements ui.Page.
func (p *Page) CapturesText() bool { return false }

// ShortHelp implements ui.Page.
func (p *Page) ShortHelp() []key.Binding {
	return []key.Binding{ui.BriefKey(p.keys.Up, "↑/↓", "choose"), ui.Brief(p.keys.Sort, "sort"), ui.Brief(p.keys.Reverse, "reverse")}
}

// FullHelp implements ui.Page.
func (p *Page) FullHelp() [][]key.Binding { return [][]key.Binding{p.keys.Bindings()} }

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

// SetLens implements ui.Page: nothing here is money.
func (p *Page) SetLens(ui.Lens) {}

// SetSnapshot implements ui.Page.
func (p *Page) SetSnapshot(s *report.Snapshot) {
	p.snap = s
	zone := s.Zone
	if zone == nil {
		zone = time.UTC
	}
	p.rows = newTable(s.Sources, zone, s.AsOf)
	p.table.SetRows(p.rows)
	p.arrange()
}

// arrange gives the list what it needs, up to half of the page, and the rest to
// the details.
func (p *Page) arrange() {
	r := image.Rect(1, 0, max(1, p.width-1), p.height)
	want := p.rows.Len() + 2 // title and header
	p.list, r = layout.Split(r, min(want, max(p.height/2, 4)))
	if r.Dy() > 3 {
		_, r = layout.Split(r, 1)
	}
	p.detail = r
	p.table.SetSize(p.list.Dx(), p.list.Dy()-1)
	p.frame = ""
}

// Update implements ui.Page.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	msg = ui.Shift(msg, p.list.Min.Add(image.Pt(0, 1)))
	if p.table.Update(msg) {
		p.frame = ""
	}
	return nil
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
	st := p.styles
	block := func(lines []string, r image.Rectangle) {
		for _, l := range lines[:min(len(lines), r.Dy())] {
			pen.To(r.Min.X)
			pen.Drawn(l, r.Dx())
			pen.End()
		}
	}
	title := ui.NewPen(p.list.Dx(), 1)
	ui.SectionTitle(title, st, "Sources", true, "")
	block(append(title.Lines(1), p.table.Lines()...), p.list)
	pen.Blank(p.detail.Min.Y - p.list.Max.Y)
	if p.rows.Len() == 0 {
		empty := ui.NewPen(p.detail.Dx(), 1)
		empty.Text(st.Muted, "No source is known yet.")
		block(empty.Lines(1), p.detail)
	} else {
		src := p.rows.At(p.table.Cursor())
		block(drawDetail(st, src, p.snap, p.detail.Dx(), p.detail.Dy()), p.detail)
	}
	return strings.Join(pen.Lines(p.height), "\n")
}

// State is one or two words for how a source is, and whether it needs a look.
func State(s *report.SourceStatus) (text string, attention bool) {
	switch {
	case s.Err != "":
		return "! failed", true
	case s.Records == 0 && s.Files == 0:
		return "– nothing found", false
	case s.Quarantined > 0:
		return "! " + ui.Count(s.Quarantined) + " quarantined", true
	case s.Records == 0:
		return "– no usage", false
	}
	return "✓ ok", false
}

func newTable(list []report.SourceStatus, zone *time.Location, now time.Time) *table.Slice[report.SourceStatus] {
	type src = report.SourceStatus
	text := func(title string, width, priority int, f func(*src) string) table.SliceColumn[src] {
		return table.SliceColumn[src]{
			Column:  table.Column{Title: title, Width: width, Priority: priority},
			Draw:    func(p *ui.Pen, st *ui.Styles, s *src, w int) { p.Left(st.Text, f(s), w) },
			Compare: func(a, b *src) int { return strings.Compare(f(a), f(b)) },
		}
	}
	number := func(title string, width, priority int, f func(*src) int64) table.SliceColumn[src] {
		return table.SliceColumn[src]{
			Column:  table.Column{Title: title, Right: true, Width: width, Priority: priority},
			Draw:    func(p *ui.Pen, st *ui.Styles, s *src, w int) { p.Right(st.Text, ui.Count(f(s)), w) },
			Compare: func(a, b *src) int { return cmp.Compare(f(a), f(b)) },
		}
	}
	name := text("source", 12, 0, func(s *src) string { return ui.Text(s.Name) })
	name.Flex, name.Max = 1, 28
	state := text("state", 16, 0, func(s *src) string { t, _ := State(s); return t })
	state.Draw = drawState
	synced := text("synced", 12, 2, func(s *src) string { return ui.Ago(now, s.Synced) })
	synced.Compare = func(a, b *src) int { return a.Synced.Compare(b.Synced) }
	span := text("usage from – to", 26, 3, func(s *src) string { return span(s, zone) })
	span.Compare = func(a, b *src) int { return a.Last.Compare(b.Last) }
	return table.NewSlice([]table.SliceColumn[src]{
		name, state,
		text("kind", 14, 5, func(s *src) string { return ui.Text(s.Kind) }),
		text("basis", 9, 4, func(s *src) string { return cmp.Or(s.Basis.String(), ui.Unknown) }),
		number("records", 10, 1, func(s *src) int64 { return s.Records }),
		number("files", 7, 6, func(s *src) int64 { return s.Files }),
		synced, span,
	}, func(s *src) string { return s.Name }, list)
}

func drawState(p *ui.Pen, st *ui.Styles, s *report.SourceStatus, w int) {
	text, attention := State(s)
	ink := st.Muted
	switch {
	case s.Err != "":
		ink = st.Bad
	case attention:
		ink = st.Warn
	case strings.HasPrefix(text, "✓"):
		ink = st.Good
	}
	p.Left(ink, text, w)
}

func span(s *report.SourceStatus, zone *time.Location) string {
	if s.First.IsZero() {
		return ui.Unknown
	}
	return s.First.In(zone).Format("2 Jan 2006") + " – " + s.Last.In(zone).Format("2 Jan 2006")
}
