package chart

import (
	"math"
	"time"

	"tokpit/tui/ui"
)

// DayState is what is known of one day. A column that stands for several days
// shows the highest state among them, so that nothing bad is hidden.
type DayState uint8

// The states.
const (
	DayUnknown DayState = iota // outside of what was ever asked for
	DayQuiet                   // read, and there was nothing
	DayUsed                    // read
	DayPart                    // something came, but not all of the day was read
	DayHole                    // not read, between days that were
)

// StripDay is one day of a lane.
type StripDay struct {
	State DayState
	N     int64 // how much there was: the height of its bar
}

// Lane is one line of [Strips].
type Lane struct {
	Label  string
	Hue    int // see ui.Hues
	Days   []StripDay
	Strong bool // the label is what the cursor is on
}

// Strips draws several lanes of days above each other on one axis of time: a
// small bar for a day with something, a cross for a hole.
type Strips struct {
	First  time.Time // midnight of the first day of all lanes
	Lanes  []Lane    // all of the same number of days
	Labels int       // columns for the labels, the gap after them included
	Daily  bool      // one column a day, as many as there is room for; else all days
	Cursor int       // the day under the cursor, -1 if none
}

// StripsFrame is how strips lie in their place.
type StripsFrame struct {
	left    int // columns before the first
	columns int
	wide    int // how wide a column is, with its gap
	first   int // first day shown
	shown   int // days shown
}

// Frame lays the strips out in a width. Without Daily every day is in some
// column; else the last ones are shown, or those around the cursor.
func (s *Strips) Frame(width int) StripsFrame {
	f := StripsFrame{left: min(s.Labels, width), wide: 1}
	days := 0
	for _, l := range s.Lanes {
		days = max(days, len(l.Days))
	}
	room := width - f.left
	if room <= 0 || days == 0 {
		return f
	}
	f.columns = min(room, days)
	f.wide = max(1, min(room/f.columns, widestDay))
	f.shown = days
	if s.Daily {
		f.shown = f.columns
	}
	f.first = days - f.shown
	if s.Cursor >= 0 && s.Cursor < f.first {
		f.first = max(0, s.Cursor-f.shown/2)
	}
	return f
}

// start is the first day of a column.
func (f StripsFrame) start(column int) int { return f.first + column*f.shown/f.columns }

// column is the column that a day is in, -1 for a day that is not shown.
func (f StripsFrame) column(day int) int {
	if day -= f.first; f.columns == 0 || day < 0 || day >= f.shown {
		return -1
	}
	return ((day+1)*f.columns - 1) / f.shown
}

// widestDay is how wide a day becomes where there are few.
const widestDay = 4

// At returns the days [from, until) of the column at x; ok is false beside the
// strips.
func (f StripsFrame) At(x int) (from, until int, ok bool) {
	if x < f.left || x >= f.left+f.columns*f.wide {
		return 0, 0, false
	}
	column := (x - f.left) / f.wide
	return f.start(column), f.start(column + 1), true
}

// Column returns the days [from, until) of the column that a day is in; a day
// that is not shown is by itself.
func (f StripsFrame) Column(day int) (from, until int) {
	column := f.column(day)
	if column < 0 {
		return day, day + 1
	}
	return f.start(column), f.start(column + 1)
}

// Draw returns the axis and then the lanes, exactly height lines.
func (s *Strips) Draw(st *ui.Styles, width, height int) []string {
	p := ui.NewPen(width, height)
	f := s.Frame(width)
	s.axis(p, st, f)
	for i := range s.Lanes {
		if p.Height() < height {
			s.lane(p, st, f, &s.Lanes[i])
		}
	}
	return p.Lines(height)
}

// axis names the months where they begin, and the day under the cursor.
func (s *Strips) axis(p *ui.Pen, st *ui.Styles, f StripsFrame) {
	labels := newLabels(p.Width())
	place := func(day int, text string, ink ui.Ink) {
		if column := f.column(day); column >= 0 {
			labels.place(f.left+column*f.wide, text, ink)
		}
	}
	if s.Cursor >= 0 {
		place(s.Cursor, s.First.AddDate(0, 0, s.Cursor).Format("2 Jan"), st.AccentBold)
	}
	for day := f.first; day < f.first+f.shown; day++ {
		t := s.First.AddDate(0, 0, day)
		switch {
		case t.Day() != 1:
		case t.Month() == time.January:
			place(day, t.Format("2006"), st.Text)
		default:
			place(day, t.Format("Jan"), st.Muted)
		}
	}
	place(f.first, s.First.AddDate(0, 0, f.first).Format("2 Jan 06"), st.Muted)
	labels.draw(p)
}

func (s *Strips) lane(p *ui.Pen, st *ui.Styles, f StripsFrame, l *Lane) {
	ink, mark := st.Text, "  "
	if l.Strong {
		ink, mark = st.AccentBold, "▸ "
	}
	if f.left > ui.Width(mark) {
		p.Text(st.AccentBold, mark)
		p.Left(ink, l.Label, f.left-ui.Width(mark)-1)
	}
	p.To(f.left)
	columns := make([]StripDay, f.columns)
	most := int64(0)
	for i := range columns {
		c, from, until := &columns[i], f.start(i), f.start(i+1)
		for day := from; day < min(until, len(l.Days)); day++ {
			c.State = max(c.State, l.Days[day].State)
			c.N += l.Days[day].N
		}
		c.N /= int64(until - from) // columns may have a day more than others
		most = max(most, c.N)
	}
	cursor := f.column(s.Cursor)
	for i, c := range columns {
		ink, r := stripCell(st, l.Hue, c, most, i == cursor)
		p.Fill(ink, r, max(1, f.wide-1))
		p.Space(min(1, f.wide-1))
	}
	p.End()
}

// stripCell is how a column is drawn. The square root shows little days beside
// large ones.
func stripCell(st *ui.Styles, hue int, c StripDay, most int64, cursor bool) (ui.Ink, rune) {
	ink, r := ui.Ink{}, ' '
	switch c.State {
	case DayQuiet:
		ink, r = st.Muted, '·'
	case DayUsed:
		ink, r = st.Series(hue), '▁'
		if most > 0 {
			r = small(math.Sqrt(float64(c.N) / float64(most)))
		}
		if cursor {
			return st.SeriesUnderCursor(hue), r
		}
	case DayPart:
		ink, r = st.Warn, '░'
	case DayHole:
		ink, r = st.Bad, '×'
	}
	if cursor {
		if ink = st.Cursor; st.Theme.Mono && r == ' ' {
			r = '┊'
		}
	}
	return ink, r
}

// StripLegend writes what the signs of strips mean, as far as there is room.
func StripLegend(p *ui.Pen, st *ui.Styles) {
	legend(p, st, []sign{
		{st.Series(1), "▂▅█", "usage"}, {st.Muted, "·", "none"}, {st.Bad, "×", "hole: not read"}, {st.Warn, "░", "read in part"},
	})
}
