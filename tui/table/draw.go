package table

import (
	"slices"
	"strings"

	"tokpit/tui/ui"
)

const (
	gap    = 2 // columns between columns
	gutter = 2 // columns before the first, for the cursor
)

// fit gives every column a width, leaving out those that have no room.
func fit(columns []Column, width int) []int {
	widths := make([]int, len(columns))
	shown := make([]bool, len(columns))
	need := gutter - gap
	for i, c := range columns {
		shown[i] = true
		need += c.Width + gap
	}
	for need > width {
		last := -1
		for i, c := range columns {
			if shown[i] && c.Priority > 0 && (last < 0 || c.Priority >= columns[last].Priority) {
				last = i
			}
		}
		if last < 0 {
			break
		}
		shown[last] = false
		need -= columns[last].Width + gap
	}
	flex := 0
	for i, c := range columns {
		if shown[i] {
			widths[i] = c.Width
			flex += c.Flex
		}
	}
	spread(columns, widths, shown, max(0, width-need), flex)
	if need > width { // not even the last columns fit: the flexible ones give way
		for i, c := range columns {
			if shown[i] && c.Flex > 0 {
				cut := min(need-width, widths[i]-1)
				widths[i] -= max(cut, 0)
				need -= max(cut, 0)
			}
		}
	}
	return widths
}

// spread gives the room that is left to flexible columns, up to their Max.
func spread(columns []Column, widths []int, shown []bool, room, flex int) {
	for flex > 0 && room > 0 {
		given, left := 0, flex
		for i, c := range columns {
			if !shown[i] || c.Flex == 0 || c.Max > 0 && widths[i] >= c.Max {
				continue
			}
			share := max(1, room*c.Flex/left)
			if c.Max > 0 {
				share = min(share, c.Max-widths[i])
			}
			share = min(share, room-given)
			widths[i] += share
			given += share
		}
		if given == 0 {
			return
		}
		room -= given
	}
}

// columnAt returns the column at x, or -1.
func (m *Model) columnAt(x int) int {
	at := gutter
	for i, w := range m.widths {
		if w == 0 {
			continue
		}
		if x >= at-gap+1 && x < at+w {
			return i
		}
		at += w + gap
	}
	return -1
}

// Lines draws the table: the header, then as many rows as there is room for.
func (m *Model) Lines() []string {
	if m.height == 0 {
		return nil
	}
	p := ui.NewPen(m.width, m.height)
	m.header(p)
	for y := range m.body() {
		row := m.offset + y
		if row >= m.rows.Len() {
			break
		}
		m.row(p, row)
	}
	return p.Lines(m.height)
}

// Gutter reports whether a column is one of those before the first cell, where
// the cursor and marks stand.
func Gutter(x int) bool { return x >= 0 && x < gutter }

func (m *Model) header(p *ui.Pen) {
	p.Space(gutter)
	for i, c := range m.columns {
		w := m.widths[i]
		if w == 0 {
			continue
		}
		title, ink := c.Title, m.styles.Muted
		if i == m.sort && c.Sortable {
			arrow := "↑"
			if m.descending {
				arrow = "↓"
			}
			if ui.Width(title) < w {
				if title += arrow; c.Right {
					title = arrow + strings.TrimSuffix(title, arrow)
				}
			}
			ink = m.styles.Text
		}
		if c.Right {
			p.Right(ink, title, w)
		} else {
			p.Left(ink, title, w)
		}
		p.Space(gap)
	}
	p.End()
}

func (m *Model) row(p *ui.Pen, row int) {
	if m.focused && row == m.cursor {
		p.Under(m.styles.Selected)
		p.Text(m.styles.AccentBold, "▸")
	}
	if marked(m.rows, row) {
		p.To(1)
		p.Text(m.styles.AccentBold, "✓")
	}
	at := gutter
	for i, w := range m.widths {
		if w == 0 {
			continue
		}
		p.To(at)
		m.rows.Draw(p, m.styles, row, i, w)
		at += w + gap
	}
	p.End()
}

// Foot draws a line beneath the table, in the places of its columns: a total.
func (m *Model) Foot(p *ui.Pen, draw func(col, width int)) {
	at := gutter
	for i, w := range m.widths {
		if w == 0 {
			continue
		}
		p.To(at)
		draw(i, w)
		at += w + gap
	}
	p.End()
}

// Height is how many lines the whole table would take.
func (m *Model) Height() int { return m.rows.Len() + 1 }

// Slice is [Rows] over a slice: each column has a way to draw a cell and a way
// to compare two rows.
type Slice[T any] struct {
	columns []SliceColumn[T]
	key     func(*T) string
	items   []T
}

// SliceColumn is a column of a [Slice].
type SliceColumn[T any] struct {
	Column
	Draw func(p *ui.Pen, st *ui.Styles, row *T, width int)
	// Compare orders two rows, smallest first; nil if the column is not sortable.
	Compare func(a, b *T) int
	// Say is what a cell says where nothing can be drawn; nil if that is what is
	// drawn.
	Say func(row *T) string
}

// NewSlice returns rows over items, in their order. The slice is copied.
func NewSlice[T any](columns []SliceColumn[T], key func(*T) string, items []T) *Slice[T] {
	return &Slice[T]{columns: columns, key: key, items: slices.Clone(items)}
}

// Columns implements [Rows].
func (s *Slice[T]) Columns() []Column {
	out := make([]Column, len(s.columns))
	for i, c := range s.columns {
		out[i] = c.Column
		out[i].Sortable = c.Compare != nil
	}
	return out
}

// Len implements [Rows].
func (s *Slice[T]) Len() int { return len(s.items) }

// Key implements [Rows].
func (s *Slice[T]) Key(row int) string { return s.key(&s.items[row]) }

// At returns a row, as it is until the end: sorting leaves it alone.
func (s *Slice[T]) At(row int) *T { return &s.items[row] }

// Draw implements [Rows].
func (s *Slice[T]) Draw(p *ui.Pen, st *ui.Styles, row, col, width int) {
	s.columns[col].Draw(p, st, &s.items[row], width)
}

// Say implements [Sayer].
func (s *Slice[T]) Say(row, col int) (text string, ok bool) {
	if say := s.columns[col].Say; say != nil {
		return say(&s.items[row]), true
	}
	return "", false
}

// Sort implements [Rows]; rows that compare equal keep their order. What [Slice.At]
// has returned stays as it was: somebody may be writing those rows to a file.
func (s *Slice[T]) Sort(col int, descending bool) {
	compare := s.columns[col].Compare
	if compare == nil {
		return
	}
	s.items = slices.Clone(s.items)
	slices.SortStableFunc(s.items, func(a, b T) int {
		if descending {
			return compare(&b, &a)
		}
		return compare(&a, &b)
	})
}
