package overview

import (
	"time"

	"tokpit/report"
	"tokpit/tui/chart"
	"tokpit/tui/layout"
	"tokpit/tui/period"
	"tokpit/tui/table"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// lines is one of the tables.
type lines struct {
	title string
	noun  string // of one line
	table *table.Model
	all   []row
	rows  *table.Slice[row] // of all, as they are drawn
	form  form
}

// form is what the columns of a table depend on.
type form struct {
	spark int // days of its sparklines, 0 for none
	name  int // least width of names
	fresh bool
}

func (p *Page) newLines(title, noun string) *lines {
	rows := lineTable(&report.Snapshot{}, nil, ui.Lens{}, form{})
	return &lines{title: title, noun: noun, rows: rows, table: table.New(rows, table.NewKeyMap())}
}

// tabled is what the tables are of: what the page is of, or a day of it that
// somebody has chosen.
type tabled struct {
	snap *report.Snapshot
	lens ui.Lens
	day  time.Time // zero if none is chosen

	viewer *report.Viewer
	of     *report.Snapshot // that the viewer is of
}

// longestSpark is the most days that a sparkline has.
const longestSpark = 30

// table finds out what the tables are of.
func (p *Page) table() {
	t := &p.tabled
	t.snap, t.lens, t.day = p.snap, p.lens.For(p.snap), time.Time{}
	if p.cursor < 0 || p.cursor >= len(p.snap.Trend) || p.whole.Cube == nil {
		return
	}
	day := p.snap.Trend[p.cursor].Day
	name, c := day.Format(time.DateOnly), period.Calendar(p.whole)
	span, err := period.Of(c, usage.ByDay, name)
	if err != nil || oneDay(p.lens) && span.Contains(p.lens.View.Span.Since) {
		return
	}
	query := report.Query{Filter: p.lens.Filter}
	if query.Fine() { // its cells are not here
		return
	}
	if t.of != p.whole {
		t.viewer, t.of = report.NewViewer(p.whole, nil), p.whole
	}
	view, err := t.viewer.View(report.ViewQuery{Span: span, Before: period.WeekBefore(c, span), Filter: p.lens.Filter, Days: longestSpark, Alone: true})
	if err != nil {
		return
	}
	t.lens = ui.Lens{Cash: t.lens.Cash, Period: name, Filter: p.lens.Filter, View: view}
	t.snap, t.day = through(p.whole, t.lens), day
}

// fillTables has the tables show what they are of.
func (p *Page) fillTables() {
	p.table()
	t := &p.tabled
	for which, data := range map[panel][]report.Line{models: t.snap.Models, projects: t.snap.Projects, providers: t.snap.Providers, sourceLines: t.snap.SourceLines} {
		l := p.tables[which]
		l.all, l.form.fresh = newRows(data, t.lens, "unknown"), false
		for i := range l.all {
			r := &l.all[i]
			r.days, r.by = t.snap.Trend, usage.Dimension(keyOf(which))
			if which == projects {
				r.missing, r.names = "unallocated", t.snap.Names
			}
		}
		l.fit(*t, p.plan.at[which].Dx())
	}
}

// Names have their room before other columns, if it is not more than a part of
// the table's width.
const (
	nameLeast                = 14
	nameOf, nameParts        = 5, 16
	looked                   = 40 // rows that are looked at for it
	nameSign                 = 1  // the sign of its colour before a name
	sparkLeast, sparkNothing = 2, 1 << 12
)

// fit gives a table the columns for a width.
func (l *lines) fit(t tabled, width int) {
	f := form{spark: min(chart.SparkDays(width), len(t.snapTrend())), name: nameLeast, fresh: true}
	known := false // by day
	for i := range min(len(l.all), looked) {
		f.name = max(f.name, ui.Width(l.all[i].make().name)+nameSign)
		known = known || len(l.all[i].line.Days) > 0
	}
	f.name = min(f.name, max(nameLeast, width*nameOf/nameParts))
	if f.spark < sparkLeast || !known {
		f.spark = 0
	}
	if f == l.form || t.snap == nil {
		return
	}
	l.form = f
	l.rows = lineTable(t.snap, l.all, t.lens, f)
	l.table.SetRows(l.rows)
}

func (t *tabled) snapTrend() []report.Point {
	if t.snap == nil {
		return nil
	}
	return t.snap.Trend
}

// drawTable draws a table with its title, which says what day it is of if one is
// chosen, and what the change is against.
func (p *Page) drawTable(which panel, width int) []string {
	l := p.tables[which]
	pen := ui.NewPen(width, 1)
	title, against := p.titleOf(l)
	remark := ""
	if against != "" {
		remark = "vs " + against
	}
	if which == p.focus && p.plan.class == layout.Narrow {
		remark = join(remark, "tab: "+map[panel]string{models: "projects", projects: "models"}[which])
	} else if more := join(remark, shownOf(l.table, l.rows.Len())); ui.Width(title)+ui.Width(more)+5 <= width {
		remark = more
	}
	ui.SectionTitle(pen, p.styles, title, which == p.focus, remark)
	return append(pen.Lines(1), l.table.Lines()...)
}

// shownOf says which of so many rows a table shows; "" if it shows all of them.
func shownOf(t *table.Model, all int) string {
	first, n := t.First(), t.Rows()
	if n == 0 || n >= all {
		return ""
	}
	return ui.Count(int64(first+1)) + "–" + ui.Count(int64(first+n)) + " of " + ui.Count(int64(all))
}

// titleOf is what a table is called, and what its changes are against if that is
// not what the headline says.
func (p *Page) titleOf(l *lines) (title, against string) {
	t := &p.tabled
	if t.day.IsZero() {
		return l.title, ""
	}
	return l.title + " on " + ui.Day(t.day), t.against()
}

// against is the day that a chosen one is compared with.
func (t *tabled) against() string {
	before := t.lens.View.Before
	if before == (usage.Span{}) {
		return "nothing"
	}
	local := before.Since.In(zone(t.snap))
	words := ui.Day(local)
	if c := period.Calendar(t.snap); before.Until.Before(c.Day(before.Since).Until) {
		words += " by " + before.Until.In(zone(t.snap)).Format("15:04")
	}
	return words
}

// join writes two remarks, or the one that there is.
func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " · " + b
}
