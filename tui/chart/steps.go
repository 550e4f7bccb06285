package chart

import (
	"math"
	"time"

	"tokpit/tui/ui"
)

// Step is a value that holds from an instant until the next step's.
type Step struct {
	At     time.Time
	Values []float64 // one a series, not below zero
	Mark   Mark      // a sign where the step begins
}

// Steps is a chart of values that hold until they change, such as prices: one
// area a series, drawn in front of the larger ones.
type Steps struct {
	Steps []Step // oldest first
	Hues  []int  // colours of the series, see ui.Hues
	// Until is the end of the chart. What lies after Now is not in force yet
	// and has another background.
	Now, Until time.Time
	Currency   string
	// Chosen is the step, counted from 1, that a cursor is on; 0 is none.
	Chosen int
}

// Draw returns the chart as exactly height lines of the given width.
func (s *Steps) Draw(st *ui.Styles, width, height int) []string {
	p := ui.NewPen(width, height)
	rows := height - axisLines
	highest := 0.0
	for i := range s.Steps {
		for _, v := range s.Steps[i].Values {
			highest = max(highest, v)
		}
	}
	axis := newAxis(highest, rows, 5, s.Currency)
	left := axis.width() + 2
	cols := width - left
	if rows < 1 || cols < 2 || len(s.Steps) == 0 {
		return p.Lines(height)
	}
	columns := s.columns(cols)
	bars := Bars{Hues: s.Hues}
	for y := rows - 1; y >= 0; y-- {
		tick := axis.tick(y)
		axis.side(p, st, tick)
		s.row(p, st, &bars, columns, axis, rows, y, tick > 0)
		p.End()
	}
	s.base(p, st, axis, columns)
	s.dates(p, st, left, columns)
	return p.Lines(height)
}

// stepColumn is one column of the chart.
type stepColumn struct {
	step   int // in force at the column's beginning, -1 before the first
	starts int // the last step that begins within the column, -1 if none
	now    bool
	future bool
}

// place is the column of n that an instant falls into.
func (s *Steps) place(t time.Time, n int) int {
	from, until := s.Steps[0].At, s.Until
	if !until.After(from) {
		return 0
	}
	x := int(float64(n) * (t.Sub(from).Seconds() / until.Sub(from).Seconds()))
	return max(0, min(x, n-1))
}

func (s *Steps) columns(n int) []stepColumn {
	out := make([]stepColumn, n)
	for i := range out {
		out[i].step, out[i].starts = -1, -1
	}
	for i := range s.Steps {
		x := s.place(s.Steps[i].At, n)
		out[x].starts = i
		for j := x; j < n; j++ {
			out[j].step = i
		}
	}
	x := s.place(s.Now, n)
	out[x].now = true
	for i := x + 1; i < n; i++ {
		out[i].future = true
	}
	return out
}

// row draws line y, counted from the bottom.
func (s *Steps) row(p *ui.Pen, st *ui.Styles, bars *Bars, columns []stepColumn, a axis, rows, y int, grid bool) {
	var levels []int
	was := -2
	for i := 0; i < len(columns); {
		c := columns[i]
		n := 1
		for i+n < len(columns) && columns[i+n].step == c.step && columns[i+n].future == c.future {
			n++
		}
		if c.step != was {
			levels, was = s.levels(c.step, a, rows*8, levels[:0]), c.step
		}
		ink, r := bars.cell(st, levels, y*8, c.future)
		if r == ' ' && grid && !c.future {
			ink, r = st.Faint, '╌'
		}
		p.Fill(ink, r, n)
		i += n
	}
}

// levels returns where each series ends, in eighths of a line. A series that is
// smaller than one before it hides behind that.
func (s *Steps) levels(step int, a axis, eighths int, out []int) []int {
	if step < 0 {
		return out
	}
	top := 0
	for _, v := range s.Steps[step].Values {
		n := min(eighths, int(math.Round(v/a.top*float64(eighths))))
		if v > 0 {
			n = max(n, 1)
		}
		top = max(top, n)
		out = append(out, top)
	}
	return out
}

// base draws the axis with a sign where a price rose or fell.
func (s *Steps) base(p *ui.Pen, st *ui.Styles, a axis, columns []stepColumn) {
	p.Right(st.Muted, a.label(0), a.width())
	p.Text(st.Faint, " ┼")
	for i := range columns {
		ink, r := st.Faint, '─'
		if columns[i].now {
			ink, r = st.Accent, '┷'
		}
		if at := columns[i].starts; at >= 0 {
			switch s.Steps[at].Mark {
			case MarkUp:
				ink, r = st.Warn, '▲'
			case MarkDown:
				ink, r = st.Good, '▼'
			}
			if at+1 == s.Chosen {
				ink, r = st.AccentBold, '◆'
			}
		}
		p.Fill(ink, r, 1)
	}
	p.End()
}

// dates names the changes, the latest first, now, and the beginning, as far as
// there is room.
func (s *Steps) dates(p *ui.Pen, st *ui.Styles, left int, columns []stepColumn) {
	width := left + len(columns)
	labels := newLabels(width)
	for i := len(columns) - 1; i >= 0; i-- {
		if at := columns[i].starts; at > 0 {
			labels.place(left+i, s.Steps[at].At.Format("2 Jan 06"), st.Muted)
		}
	}
	for i := range columns {
		if columns[i].now {
			labels.place(left+i, "now", st.Accent)
		}
	}
	labels.place(left, s.Steps[0].At.Format("Jan 2006"), st.Muted)
	labels.draw(p)
}
