package chart

import (
	"math"
	"time"

	"tokpit/tui/ui"
)

// BurnPoint is what was spent, all in all, up to an instant.
type BurnPoint struct {
	At time.Time
	// Served is drawn as an area. What Total has above it, if anything, was
	// refused: an area of another kind on top.
	Served, Total float64
}

// Level is a line across a chart.
type Level struct {
	Value float64
	Label string
	// Limit draws the line as one that ends something; others are thresholds.
	Limit bool
}

// Burn is a chart of money that is spent in a period: how much so far, an even
// plan to compare it with, the limit, and what is likely to come.
type Burn struct {
	Since, Until time.Time
	Now          time.Time   // up to where Points are known
	Points       []BurnPoint // oldest first, rising
	Plan         float64     // what an even pace has spent at Until; 0 draws none
	Levels       []Level
	// What is expected at Until, with the range that it likely lies in, if
	// Foreseen.
	Point, Low, High float64
	Foreseen         bool
	PointLabel       string
	Currency         string
	Hue              int
	Zone             *time.Location // of the dates under the axis; nil is UTC
	Cursor           time.Time      // marked; zero is none
	Marks            []BurnMark     // under the axis
	Changes          []BurnChange   // on the axis

	line, bad ui.Ink // over the area, while it is drawn
	limit     int    // the line of the lowest limit, in eighths; 0 is none
}

// BurnChange marks on the axis that a price rose or fell.
type BurnChange struct {
	At time.Time
	Up bool
}

// BurnMark is a word under the axis at an instant, drawn before the dates.
type BurnMark struct {
	At    time.Time
	Label string
}

// BurnFrame is how a chart lies in its place.
type BurnFrame struct {
	since, until  time.Time
	axis          axis
	left, columns int
	rows, margin  int
}

// leastMargin is how wide a chart must be for words at its right edge.
const leastMargin = 56

// Frame lays the chart out.
func (b *Burn) Frame(width, height int) BurnFrame {
	f := BurnFrame{since: b.Since, until: b.Until, rows: max(0, height-axisLines)}
	highest := b.Plan
	for _, p := range b.Points {
		highest = max(highest, p.Served, p.Total)
	}
	for _, l := range b.Levels {
		highest = max(highest, l.Value)
	}
	if b.Foreseen {
		highest = max(highest, b.Point, min(b.High, 2*max(highest, b.Point)))
	}
	f.axis = coverAxis(highest, min(6, max(1, f.rows/2)), b.Currency)
	f.left = f.axis.width() + 2
	if width >= leastMargin {
		for _, l := range b.Levels {
			f.margin = max(f.margin, ui.Width(l.Label))
		}
		f.margin = min(max(f.margin, ui.Width(b.PointLabel))+1, width/4)
	}
	f.columns = max(0, width-f.left-f.margin)
	return f
}

// At returns the instant at the middle of column x of the chart; ok is false
// beside it.
func (f BurnFrame) At(x int) (t time.Time, ok bool) {
	if x < f.left || x >= f.left+f.columns {
		return time.Time{}, false
	}
	long := f.until.Sub(f.since)
	return f.since.Add(time.Duration((float64(x-f.left) + 0.5) / float64(f.columns) * float64(long))), true
}

// column is where an instant lies, from 0 at the axis.
func (f BurnFrame) column(t time.Time) int {
	long := f.until.Sub(f.since).Seconds()
	if long <= 0 || f.columns == 0 {
		return 0
	}
	return max(0, min(int(float64(f.columns)*t.Sub(f.since).Seconds()/long), f.columns-1))
}

// level is a value in eighths of a line from the bottom.
func (f BurnFrame) level(v float64) int {
	return max(0, min(int(math.Round(v/f.axis.top*float64(f.rows*8))), f.rows*8))
}

// row is the line, from 0 at the bottom, that a value is drawn on as a line: the
// one that the top of an area of as much would be in.
func (f BurnFrame) row(v float64) int { return min(f.level(v)/8, f.rows-1) }

// burnColumn is what one column shows, in eighths of a line; plan is in quarters
// of one and point a row, -1 for none.
type burnColumn struct {
	served, total, low, high int
	plan, point              int
	cursor, now              bool
	change                   rune // of a price; 0 is none
}

// columnsOf works out all columns.
func (b *Burn) columnsOf(f BurnFrame) []burnColumn {
	out := make([]burnColumn, f.columns)
	next := 0
	now := f.column(b.Now)
	last := BurnPoint{}
	if len(b.Points) > 0 {
		last = b.Points[len(b.Points)-1]
	}
	for x := range out {
		c := &out[x]
		part := (float64(x) + 1) / float64(f.columns)
		at := f.since.Add(time.Duration(part * float64(f.until.Sub(f.since))))
		c.plan, c.point, c.now = -1, -1, x == now
		c.cursor = !b.Cursor.IsZero() && x == f.column(b.Cursor)
		if b.Plan > 0 {
			c.plan = min(f.level(b.Plan*part)/2, 4*f.rows-1)
		}
		if x <= now && len(b.Points) > 0 {
			for next+1 < len(b.Points) && !b.Points[next+1].At.After(at) {
				next++
			}
			served, total := b.between(next, at)
			if x == now {
				served, total = last.Served, last.Total
			}
			c.served, c.total = f.visible(served), f.visible(total)
		}
		if b.Foreseen && x > now {
			ahead := float64(x-now) / float64(max(1, f.columns-1-now))
			c.low, c.high = f.level(last.Total+(b.Low-last.Total)*ahead), f.level(last.Total+(b.High-last.Total)*ahead)
			c.point = f.row(last.Total + (b.Point-last.Total)*ahead)
		}
	}
	for _, change := range b.Changes {
		switch c := &out[f.column(change.At)]; {
		case change.At.Before(b.Since) || !change.At.Before(b.Until):
		case change.Up:
			c.change = '▲'
		case c.change == 0: // a fall does not hide a rise
			c.change = '▼'
		}
	}
	return out
}

// visible is the level of an amount: little is not nothing.
func (f BurnFrame) visible(v float64) int {
	if v > 0 {
		return max(1, f.level(v))
	}
	return 0
}

// between interpolates between points; what is known at one instant and not
// before has not been spent in one moment.
func (b *Burn) between(i int, at time.Time) (served, total float64) {
	p := b.Points[i]
	if i+1 >= len(b.Points) || !at.After(p.At) {
		return p.Served, p.Total
	}
	q := b.Points[i+1]
	part := at.Sub(p.At).Seconds() / max(q.At.Sub(p.At).Seconds(), 1)
	part = min(1, max(0, part))
	return p.Served + (q.Served-p.Served)*part, p.Total + (q.Total-p.Total)*part
}

// Draw returns the chart as exactly height lines of the given width.
func (b *Burn) Draw(st *ui.Styles, width, height int) []string {
	p := ui.NewPen(width, height)
	f := b.Frame(width, height)
	if f.rows < 1 || f.columns < 2 {
		return p.Lines(height)
	}
	columns := b.columnsOf(f)
	levels := make(map[int]*Level)
	for i := range b.Levels { // the limit wins its line
		if y := f.row(b.Levels[i].Value); levels[y] == nil || b.Levels[i].Limit {
			levels[y] = &b.Levels[i]
		}
	}
	b.line, b.bad = st.Over(b.Hue)
	b.limit = 0
	for y, l := range levels {
		if l.Limit && (b.limit == 0 || y*8 < b.limit) {
			b.limit = y * 8
		}
	}
	ticks := make(map[int]int, f.axis.ticks+1)
	for i := 1; i <= f.axis.ticks; i++ {
		ticks[f.row(f.axis.step*float64(i))] = i
	}
	for y := f.rows - 1; y >= 0; y-- {
		f.axis.side(p, st, ticks[y])
		b.row(p, st, columns, y, levels[y])
		b.word(p, st, f, y, levels[y])
		p.End()
	}
	b.base(p, st, f, columns)
	b.dates(p, st, f)
	return p.Lines(height)
}

// word writes the name of a line at the right edge.
func (b *Burn) word(p *ui.Pen, st *ui.Styles, f BurnFrame, y int, l *Level) {
	if f.margin == 0 {
		return
	}
	switch {
	case l != nil:
		ink := st.Muted
		if l.Limit {
			ink = st.Bad
		}
		p.Space(1)
		p.Text(ink, l.Label)
	case b.Foreseen && y == f.row(b.Point):
		p.Space(1)
		p.Text(st.Accent, b.PointLabel)
	}
}

// row draws line y, counted from the bottom, in runs of equal cells.
func (b *Burn) row(p *ui.Pen, st *ui.Styles, columns []burnColumn, y int, l *Level) {
	run, ink, r := 0, ui.Ink{}, ' '
	for x := range columns {
		next, s := b.cell(st, &columns[x], y, l)
		if s != r || next != ink {
			p.Fill(ink, r, run)
			run, ink, r = 0, next, s
		}
		run++
	}
	p.Fill(ink, r, run)
}

// dot is the plan's line in a cell, by quarters from below.
func dot(quarter int) rune { return [...]rune{'⡀', '⠄', '⠂', '⠁'}[quarter%4] }

// cell decides what one character shows: lines lie over areas.
func (b *Burn) cell(st *ui.Styles, c *burnColumn, y int, l *Level) (ui.Ink, rune) {
	base := y * 8
	switch {
	case l != nil && l.Limit && c.served >= base+8 && !st.Theme.Mono: // where what is over begins
		return b.bad, '▀'
	case l != nil && l.Limit:
		return st.Bad, '━'
	case c.point == y:
		return st.AccentBold, '•'
	case c.plan/4 == y && c.plan >= 0 && c.served <= base:
		return st.Text, dot(c.plan)
	case c.served > base:
		return b.area(st, c, base)
	case c.total > base:
		if c.total-base < 4 && !st.Theme.Mono {
			return st.Bad, '▁'
		}
		return st.Bad, '▒'
	case l != nil:
		return st.Warn, '╌'
	case c.high > base+3 && c.low < base+5 && c.high > 0:
		return st.Muted, '░'
	case c.cursor:
		return st.Accent, '┊'
	case c.now && y%2 == 0:
		return st.Faint, '┊'
	}
	return ui.Ink{}, ' '
}

// area draws what is spent, with the plan as dots on it; what is over the limit
// is of another colour.
func (b *Burn) area(st *ui.Styles, c *burnColumn, base int) (ui.Ink, rune) {
	top, over := c.served-base, b.limit > 0 && base > b.limit
	switch {
	case c.cursor && (st.Theme.Mono || top >= 8):
		return b.line, '┊'
	case c.cursor:
		return st.SeriesUnderCursor(b.Hue), eighth(top)
	case c.plan/4 == base/8 && c.plan >= 0 && top >= 8:
		return b.line, dot(c.plan)
	case c.total > c.served && top < 8:
		return st.Bad, '▒'
	case st.Theme.Mono && top < 4:
		return ui.Ink{}, eighth(1)
	case over && st.Theme.Mono:
		return st.Bad, '▓'
	case over:
		return st.Bad, eighth(top)
	}
	return st.Series(b.Hue), eighth(top)
}

// base draws the axis with the present and the cursor on it.
func (b *Burn) base(p *ui.Pen, st *ui.Styles, f BurnFrame, columns []burnColumn) {
	p.Right(st.Muted, f.axis.label(0), f.axis.width())
	p.Text(st.Faint, " ┼")
	for i := range columns {
		switch {
		case columns[i].change == '▲':
			p.Fill(st.Warn, '▲', 1)
		case columns[i].change == '▼':
			p.Fill(st.Good, '▼', 1)
		case columns[i].cursor, columns[i].now && b.Now.Before(b.Until):
			p.Fill(st.Accent, '┷', 1)
		default:
			p.Fill(st.Faint, '─', 1)
		}
	}
	p.End()
}

// dates writes the cursor's day, marks, today, both ends, and days between them
// as far as there is room.
func (b *Burn) dates(p *ui.Pen, st *ui.Styles, f BurnFrame) {
	zone := b.Zone
	if zone == nil {
		zone = time.UTC
	}
	labels := newLabels(f.left + f.columns)
	long := b.Until.Sub(b.Since)
	form := "2 Jan"
	switch {
	case long <= 26*time.Hour:
		form = "15:04"
	case long > 200*24*time.Hour:
		form = "Jan"
	}
	placed := make(map[string]bool)
	place := func(t time.Time, text string, ink ui.Ink) {
		if !placed[text] { // short periods have several marks a day
			labels.place(f.left+f.column(t), text, ink)
			placed[text] = true
		}
	}
	if !b.Cursor.IsZero() {
		exact := form
		if form == "Jan" {
			exact = "2 Jan"
		}
		place(b.Cursor, b.Cursor.In(zone).Format(exact), st.AccentBold)
	}
	for _, m := range b.Marks {
		place(m.At, m.Label, st.Bad)
	}
	if b.Now.Before(b.Until) {
		place(b.Now, "now", st.Accent)
	}
	place(b.Since, b.Since.In(zone).Format(form), st.Muted)
	last := b.Until.Add(-time.Second)
	place(last, last.In(zone).Format(form), st.Muted)
	for _, n := range []int{2, 4, 8} {
		for i := 1; i < n; i += 2 {
			t := b.Since.Add(long / time.Duration(n) * time.Duration(i))
			place(t, t.In(zone).Format(form), st.Muted)
		}
	}
	labels.draw(p)
}
