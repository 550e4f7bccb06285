// Package overview is the first page: what is being spent now, against before,
// on what.
//
// The page is panels ([arrange] says where each lies). A panel is drawn again
// only when something that it shows has changed; otherwise View joins the lines
// that are there.
package overview

import (
	"image"
	"slices"
	"strings"
	"time"

	"tokpit/report"
	"tokpit/tui/ui"
)

// Options says what the page may offer.
type Options struct {
	// Demo: the first-run screen offers demo data.
	Demo bool
}

// Page is the overview.
type Page struct {
	opts   Options
	keys   keyMap
	styles *ui.Styles
	asked  ui.Lens          // what is to be looked at
	lens   ui.Lens          // what is, until that has been worked out
	whole  *report.Snapshot // as it came
	snap   *report.Snapshot // as the lens sees it

	width, height int
	plan          plan
	focus         panel
	cursor        int // the chosen day as an index of the trend, -1 if none
	hover         int // the day under the mouse, -1 if none
	span          span

	headline headline
	cards    []card
	notes    []note
	gauges   []gauge
	days     days
	tables   map[panel]*lines
	tabled   tabled // what the tables are of

	drawn [panels][]string // nil is to be drawn
	frame string           // the whole page, "" is to be joined
}

var _ ui.Page = (*Page)(nil)

// New returns the page without data.
func New(opts Options) *Page {
	p := &Page{opts: opts, keys: newKeyMap(), styles: ui.DarkStyles(), focus: models, cursor: -1, hover: -1}
	p.tables = map[panel]*lines{
		models:      p.newLines("Models", "Model"),
		projects:    p.newLines("Projects", "Project"),
		providers:   p.newLines("Providers", "Provider"),
		sourceLines: p.newLines("Where it comes from", "Source"),
	}
	p.keys.enable(true, false, false)
	return p
}

// Title implements ui.Page.
func (p *Page) Title() string { return "Overview" }

// CapturesText implements ui.Page.
func (p *Page) CapturesText() bool { return false }

// SetSize implements ui.Page.
func (p *Page) SetSize(width, height int) {
	if width != p.width || height != p.height {
		p.width, p.height = width, height
		p.arrange()
	}
}

// SetTheme implements ui.Page.
func (p *Page) SetTheme(st *ui.Styles) {
	p.styles = st
	for _, l := range p.tables {
		l.table.SetTheme(st)
	}
	p.redraw()
}

// SetLens implements ui.Page.
func (p *Page) SetLens(l ui.Lens) {
	if !p.asked.Equal(l) {
		p.asked = l
		p.see()
	}
}

// SetSnapshot implements ui.Page.
func (p *Page) SetSnapshot(s *report.Snapshot) {
	if p.whole != nil && p.whole.Demo != s.Demo {
		p.snap, p.cursor = nil, -1 // nothing of before is of other data
	}
	p.whole = s
	p.see()
}

// see shows the data as the lens sees it; what was shown before stays until that
// has been worked out.
func (p *Page) see() {
	var day time.Time // stay on the day, not on its number
	if p.snap != nil && p.cursor >= 0 && p.cursor < len(p.snap.Trend) {
		day = p.snap.Trend[p.cursor].Day
	}
	if p.whole == nil || through(p.whole, p.asked) == nil && p.snap != nil {
		p.lens.Cash = p.asked.Cash
	} else {
		if other := p.asked.View != p.lens.View; other && oneDay(p.asked) {
			day = p.asked.View.Span.Since
		}
		p.snap, p.lens = through(p.whole, p.asked), p.asked
	}
	p.cursor, p.hover = -1, -1
	if p.snap != nil && !day.IsZero() {
		p.cursor = slices.IndexFunc(p.snap.Trend, func(pt report.Point) bool { return pt.Day.Equal(day) })
	}
	p.prepare()
}

// prepare words the snapshot. All that is slow happens here.
func (p *Page) prepare() {
	if p.snap == nil {
		return
	}
	s, lens := p.snap, p.lens.For(p.snap)
	p.headline, p.cards, p.gauges = newHeadline(s, lens), newCards(s, lens), newGauges(s)
	p.days = newDays(s, lens, p.styles.Colours)
	if p.span = 0; ownTime(lens) {
		p.span = span(len(s.Trend))
	}
	p.fillTables()
	p.arrange()
}

// arrange places the panels and gives them their sizes.
func (p *Page) arrange() {
	if p.snap != nil {
		p.notes = newNotes(p.snap, gaugeLines(p.width, p.height, len(p.gauges)) > 0, p.lens)
	}
	c := content{notes: len(p.notes) > 0, gauges: len(p.gauges), providers: len(p.tables[providers].all), focus: p.focus, days: len(p.days.points)}
	for _, l := range p.tables {
		c.rows = max(c.rows, len(l.all))
	}
	p.plan = arrange(p.width, p.height, c)
	if p.plan.at[p.focus].Empty() && p.focus != models {
		p.focus, c.focus = models, models
		p.plan = arrange(p.width, p.height, c)
	}
	for which, l := range p.tables {
		r := p.plan.at[which]
		l.fit(p.tabled, r.Dx())
		l.table.SetSize(r.Dx(), r.Dy()-1)
		l.table.SetFocus(which == p.focus)
	}
	p.enableKeys()
	p.redraw()
}

// redraw has the given panels drawn again, all of them if none is given.
func (p *Page) redraw(which ...panel) {
	p.frame = ""
	if len(which) == 0 {
		p.drawn = [panels][]string{}
	}
	for _, w := range which {
		p.drawn[w] = nil
	}
}

// View implements ui.Page.
func (p *Page) View() string {
	if p.frame == "" {
		p.frame = p.compose()
	}
	return p.frame
}

func (p *Page) compose() string {
	switch {
	case p.whole == nil:
		return blank(p.width, p.height)
	case p.snap == nil:
		return p.drawWorking()
	case p.snap.Empty:
		return strings.Join(Welcome(p.styles, p.snap, p.opts.Demo, p.width, p.height), "\n")
	}
	var b strings.Builder
	b.Grow(p.width * p.height * 6)
	for i := range p.drawn {
		if p.drawn[i] == nil && !p.plan.at[i].Empty() {
			p.drawn[i] = p.draw(panel(i), p.plan.at[i])
		}
	}
	for y := range p.height {
		if y > 0 {
			b.WriteByte('\n')
		}
		x := 0
		for x < p.width {
			which, next := p.nextPanel(x, y)
			for range next - x {
				b.WriteByte(' ')
			}
			x = next
			if which >= 0 {
				r := p.plan.at[which]
				b.WriteString(p.drawn[which][y-r.Min.Y])
				x = r.Max.X
			}
		}
	}
	return b.String()
}

// nextPanel returns the panel that line y meets next from column x on, and the
// column where it begins; -1 and the width if there is none.
func (p *Page) nextPanel(x, y int) (panel, int) {
	which, at := panel(-1), p.width
	for i, r := range p.plan.at {
		if !r.Empty() && y >= r.Min.Y && y < r.Max.Y && r.Min.X >= x && r.Min.X < at {
			which, at = panel(i), r.Min.X
		}
	}
	return which, at
}

// draw draws one panel to the size of its place.
func (p *Page) draw(which panel, r image.Rectangle) []string {
	width, height := r.Dx(), r.Dy()
	switch which {
	case hero:
		if p.plan.shape == heroBig {
			return drawBig(p.styles, p.headline, p.cards, width)
		}
		return drawShort(p.styles, p.headline, p.cards, width, height)
	case notes:
		pen := ui.NewPen(width, 1)
		drawNotes(pen, p.styles, p.notes)
		return pen.Lines(height)
	case gauges:
		return drawGauges(p.styles, p.gauges, width, height, p.lens.Narrow())
	case trend:
		return p.drawTrend(width, height)
	case calendar:
		return p.drawCalendar(width, height)
	case readout:
		return p.days.drawReadout(p.styles, width, height, p.shownDays(), p.day())
	}
	return p.drawTable(which, width)
}

// shownDays is how many days the chart shows.
func (p *Page) shownDays() int {
	r := p.plan.at[trend]
	bars, _ := p.days.chart(p.span, -1)
	return bars.Frame(r.Dx(), r.Dy()-1).Count()
}

func (p *Page) drawTrend(width, height int) []string {
	pen := ui.NewPen(width, 1)
	remark := p.days.words(len(p.days.points)-p.shownDays(), len(p.days.points))
	if day := p.day(); p.plan.at[readout].Empty() && day >= 0 {
		pt := &p.days.points[day]
		remark = ui.Day(pt.Day) + "  " + p.lens.For(p.snap).Cost(&pt.Sum)
		if changed := p.days.changed(day); changed != "" {
			remark += "  " + ui.Cut(changed, max(0, width-ui.Width(p.days.title+remark)-4))
		}
	}
	if p.plan.at[readout].Empty() {
		p.drawTrendTitle(pen, remark)
	} else { // the day's figures stand beside the chart
		changed := ""
		if day := p.day(); day >= 0 {
			changed = ui.Cut(p.days.changed(day), max(0, width-ui.Width(p.days.title)-6))
		}
		ui.SectionTitle(pen, p.styles, p.days.title, p.focus == trend, changed)
	}
	bars, first := p.days.chart(p.span, p.day())
	if _, all := p.days.total(first, len(p.days.points)); all.Sign() <= 0 {
		empty := ui.NewPen(width, height-1)
		empty.Text(p.styles.Muted, "No priced usage in these days.")
		return append(pen.Lines(1), empty.Lines(height-1)...)
	}
	return append(pen.Lines(1), bars.Draw(p.styles, width, height-1)...)
}

// drawTrendTitle has the legend in it, where there is no room beside the chart.
func (p *Page) drawTrendTitle(pen *ui.Pen, remark string) {
	ink := p.styles.Strong
	if p.focus == trend {
		ink = p.styles.AccentBold
	}
	pen.Text(ink, p.days.title)
	pen.Space(2)
	legend := ui.NewPen(max(0, pen.Room()-ui.Width(remark)-2), 1)
	p.days.drawLegend(legend, p.styles)
	legend.End()
	pen.Drawn(legend.String(), legend.Width())
	pen.Right(p.styles.Muted, remark, pen.Room())
	pen.End()
}

// drawWorking stands where nothing has been worked out yet.
func (p *Page) drawWorking() string {
	pen := ui.NewPen(p.width, p.height)
	pen.Blank(min(1, p.height/4))
	pen.Space(2)
	pen.Text(p.styles.Muted, "Working it out…")
	pen.End()
	return strings.Join(pen.Lines(p.height), "\n")
}

func blank(width, height int) string {
	pen := ui.NewPen(width, height)
	pen.Blank(height)
	return pen.String()
}
