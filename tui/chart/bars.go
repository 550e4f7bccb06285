package chart

import (
	"math"
	"time"

	"tokpit/tui/ui"
)

// Mark is a sign under a day.
type Mark uint8

// The marks, for price changes.
const (
	NoMark Mark = iota
	MarkUp
	MarkDown
)

// Bar is one day.
type Bar struct {
	Day   time.Time
	Parts []float64 // from the bottom up, none negative
	Mark  Mark
}

// Bars is a chart of one stacked bar a day, the oldest at the left.
type Bars struct {
	Bars     []Bar
	Hues     []int // colours of the parts, see ui.Hues; ui.Unmarked is that of the theme
	Currency string
	Count    bool // the values are numbers, such as of tokens, and no money
	Cursor   int  // index of the day under the cursor, -1 if none
	// Least is how many columns a bar takes at least, with its gap: 2 shows
	// fewer days and tells them apart, 1 as many as there are columns.
	Least int
	// Label names a bar under the axis, where bars are not the days up to today:
	// with whole, as the bar under the cursor is named.
	Label func(i int, whole bool) string
	// Faded is how many bars at the left are from before the time that the chart is
	// about.
	Faded int
}

// legs of a chart: the axis line, and the dates under it.
const axisLines = 2

// How many columns a bar takes at most, with its gap: more where they are few days,
// each of which is named then.
const (
	widestBar            = 6
	widestOfFew, fewBars = 12, 14
	namedBar             = 8 // columns of a bar that has its own name
)

// MinHeight is the least that a chart of bars makes sense in.
const MinHeight = axisLines + 3

// Frame is how a chart lies in its place: which days are shown, and where.
type Frame struct {
	width, height int
	axis          axis
	left          int // columns of labels and axis before the bars
	first         int // index of the first bar shown
	count         int // bars shown
	step          int // columns a bar takes, with its gap
}

// Frame lays the chart out. It is a pure function of its arguments.
func (b *Bars) Frame(width, height int) Frame {
	f := Frame{width: width, height: height}
	plotRows := max(1, height-axisLines)
	// The labels' width depends on what is shown, and what is shown on the
	// width left over. Taking all bars first settles both in two rounds.
	for range 2 {
		highest := 0.0
		for i := f.first; i < len(b.Bars); i++ {
			highest = max(highest, sum(b.Bars[i].Parts))
		}
		f.axis = newAxis(highest, plotRows, 5, b.Currency)
		f.axis.count = b.Count
		f.left = f.axis.width() + 2
		room := max(0, width-f.left)
		f.count = min(len(b.Bars), room/max(b.Least, 1))
		f.step = 1
		if f.count > 0 {
			f.step = min(room/f.count, widestBar)
			if b.Label == nil && f.count <= fewBars {
				f.step = min(room/f.count, widestOfFew)
			}
		}
		f.first = len(b.Bars) - f.count
	}
	return f
}

// Count is how many bars are shown: the last ones.
func (f Frame) Count() int { return f.count }

// At returns the index of the bar at column x of the chart, or -1.
func (f Frame) At(x int) int {
	if x < f.left || f.step == 0 || (x-f.left)/f.step >= f.count {
		return -1
	}
	return f.first + (x-f.left)/f.step
}

// bar is the drawn width of a bar, without its gap.
func (f Frame) bar() int {
	if f.step > 1 {
		return f.step - 1
	}
	return 1
}

// Draw returns the chart as exactly height lines of the given width.
func (b *Bars) Draw(st *ui.Styles, width, height int) []string {
	f := b.Frame(width, height)
	p := ui.NewPen(width, height)
	rows := height - axisLines
	if rows < 1 || f.count == 0 {
		return p.Lines(height)
	}
	levels := b.levels(f, rows*8)
	for y := rows - 1; y >= 0; y-- {
		tick := f.axis.tick(y)
		f.axis.side(p, st, tick)
		b.row(p, st, f, levels, y, tick > 0)
		p.End()
	}
	b.base(p, st, f)
	b.dates(p, st, f)
	return p.Lines(height)
}

// levels returns, for every bar shown, where each part ends, in eighths of a
// line from the bottom.
func (b *Bars) levels(f Frame, eighths int) [][]int {
	parts := 0
	for i := range f.count {
		parts = max(parts, len(b.Bars[f.first+i].Parts))
	}
	flat := make([]int, f.count*parts)
	out := make([][]int, f.count)
	for i := range out {
		out[i], flat = flat[:parts:parts], flat[parts:]
		total := 0.0
		for j, v := range b.Bars[f.first+i].Parts {
			if v > 0 {
				total += v
			}
			out[i][j] = min(eighths, int(math.Round(total/f.axis.top*float64(eighths))))
			if total > 0 {
				out[i][j] = max(out[i][j], 1) // little is not nothing
			}
		}
		for j := len(b.Bars[f.first+i].Parts); j < parts && j > 0; j++ {
			out[i][j] = out[i][j-1]
		}
	}
	return out
}

// row draws line y, counted from the bottom, of all bars.
func (b *Bars) row(p *ui.Pen, st *ui.Styles, f Frame, levels [][]int, y int, grid bool) {
	for i := range f.count {
		cursor := f.first+i == b.Cursor
		ink, r := b.cell(st, levels[i], y*8, cursor)
		if f.first+i < b.Faded && r != ' ' {
			if ink = st.Faint; st.Theme.Mono {
				r = Shade(2)
			}
		}
		if r == ' ' && grid && !cursor {
			ink, r = st.Faint, '╌'
		}
		p.Fill(ink, r, f.bar())
		if f.step > 1 {
			if grid {
				p.Fill(st.Faint, '╌', f.step-f.bar())
			} else {
				p.Space(f.step - f.bar())
			}
		}
	}
}

// cell decides what one character shows: the part of a bar between base and
// base+8 eighths.
func (b *Bars) cell(st *ui.Styles, levels []int, base int, cursor bool) (ui.Ink, rune) {
	empty := ui.Ink{}
	if cursor {
		empty = st.Cursor
	}
	if len(levels) == 0 || levels[len(levels)-1] <= base {
		if cursor && st.Theme.Mono {
			return empty, '┊'
		}
		return empty, ' '
	}
	lower, upper, edge := segments(levels, base)
	top := levels[len(levels)-1] - base
	if st.Theme.Mono {
		if upper >= 0 && min(top, 8)-edge > edge {
			lower = upper
		}
		if top < 4 {
			return ui.Ink{}, eighth(1)
		}
		return ui.Ink{}, Shade(lower)
	}
	switch {
	case upper >= 0 && top >= 8 && (b.hue(lower) == ui.Unmarked || b.hue(upper) == ui.Unmarked):
		if 8-edge > edge { // no ink draws them one on the other: the larger part wins
			lower = upper
		}
	case upper >= 0 && top >= 8: // two parts fill the cell
		return st.SeriesOn(b.hue(lower), b.hue(upper)), eighth(edge)
	case upper >= 0 && top-edge > edge: // two parts and air: the larger part wins
		lower = upper
	}
	hue := b.hue(lower)
	switch {
	case hue == ui.Unmarked && cursor:
		return st.Strong, eighth(top)
	case hue == ui.Unmarked:
		return st.Accent, eighth(top)
	case cursor:
		return st.SeriesUnderCursor(hue), eighth(top)
	}
	return st.Series(hue), eighth(top)
}

func (b *Bars) hue(part int) int {
	if part < len(b.Hues) {
		return b.Hues[part]
	}
	return part
}

// segments returns the part at the bottom of a cell, the largest part above it
// (-1 if the first fills it), and the eighth at which the first ends.
func segments(levels []int, base int) (lower, upper, edge int) {
	lower, upper, edge = -1, -1, 8
	start, most := base, 0
	for i, end := range levels {
		if end <= start {
			continue
		}
		size := min(end, base+8) - start
		switch {
		case lower < 0:
			lower, edge = i, min(end-base, 8)
		case size > most:
			upper, most = i, size
		}
		if start = min(end, base+8); start == base+8 {
			break
		}
	}
	return lower, upper, edge
}

func eighth(n int) rune { return rune('▁' + min(max(n, 1), 8) - 1) }

// Shade is how a part is drawn where there are no colours.
func Shade(part int) rune { return [...]rune{'█', '▒', '░', '▓', '#', '+'}[part%6] }

// base draws the axis line with the marks of the days on it.
func (b *Bars) base(p *ui.Pen, st *ui.Styles, f Frame) {
	p.Right(st.Muted, f.axis.label(0), f.axis.width())
	p.Text(st.Faint, " ┼")
	for i := range f.count {
		ink, r := st.Faint, '─'
		switch bar := &b.Bars[f.first+i]; {
		case bar.Mark == MarkUp:
			ink, r = st.Warn, '▲'
		case bar.Mark == MarkDown:
			ink, r = st.Good, '▼'
		case f.first+i == b.Cursor:
			ink, r = st.Accent, '┷'
		}
		p.Fill(ink, r, 1)
		p.Fill(st.Faint, '─', f.step-1)
	}
	p.End()
}

// dates draws the days under the axis: the day under the cursor, today, and
// Mondays as far as there is room.
func (b *Bars) dates(p *ui.Pen, st *ui.Styles, f Frame) {
	labels := newLabels(f.width)
	place := func(i int, text string, ink ui.Ink) { labels.place(f.left+i*f.step, text, ink) }
	if i := b.Cursor - f.first; b.Cursor >= 0 && i >= 0 && i < f.count {
		text := ui.Day(b.Bars[b.Cursor].Day)
		if b.Label != nil {
			text = b.Label(b.Cursor, true)
		}
		place(i, text, st.AccentBold)
	}
	if b.Label != nil {
		for _, i := range []int{f.count - 1, 0} {
			place(i, b.Label(f.first+i, false), st.Muted)
		}
		for i := f.count - 1; i >= 0; i-- {
			place(i, b.Label(f.first+i, false), st.Muted)
		}
		labels.draw(p)
		return
	}
	if f.width >= 30 {
		place(f.count-1, "today", st.Muted)
	}
	for i := f.count - 1; i >= 0; i-- {
		if day := b.Bars[f.first+i].Day; f.step >= namedBar {
			place(i, day.Format("Mon 2"), st.Muted)
		} else if day.Weekday() == time.Monday {
			place(i, day.Format("2 Jan"), st.Muted)
		}
	}
	labels.draw(p)
}

func sum(parts []float64) float64 {
	t := 0.0
	for _, v := range parts {
		if v > 0 {
			t += v
		}
	}
	return t
}
