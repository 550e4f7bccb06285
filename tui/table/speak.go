package table

import (
	"slices"

	"tokpit/tui/ui"
)

// What a cell that is said may take: enough for every figure in full, and for
// names that are still names.
const (
	saidFigure = 40
	saidName   = 160
	mostSaid   = 500 // rows; a longer list is exported
)

// Sayer is [Rows] some of whose cells are pictures: Say is what those say in
// words. ok is false for cells that say what they draw.
type Sayer interface {
	Say(row, col int) (text string, ok bool)
}

// Header is [Rows] some of which are no rows but the head of those that follow.
type Header interface {
	Head(row int) (title string, ok bool)
}

// Speak says every row in its order, with all columns, also those that have no
// room on screen.
func (m *Model) Speak(s *ui.Speech) { Speak(s, m.rows) }

// Speak says rows. What takes the room that is left over is what a row is called;
// if no column does, it is the first that is no figure. What a cell does not know is
// left out, and heads are not numbered.
func Speak(s *ui.Speech, rows Rows) {
	columns := rows.Columns()
	called := slices.IndexFunc(columns, func(c Column) bool { return c.Flex > 0 && !c.Right })
	if called < 0 {
		called = slices.IndexFunc(columns, func(c Column) bool { return !c.Right && c.Width > 1 })
	}
	header, _ := rows.(Header)
	number := 0
	for row := range min(rows.Len(), mostSaid) {
		if header != nil {
			if title, ok := header.Head(row); ok {
				s.Head(title)
				continue
			}
		}
		number++
		name := ""
		facts := make([][2]string, 0, len(columns))
		for i, c := range columns {
			if said := cell(s, rows, row, i, c); i == called {
				name = said
			} else {
				facts = append(facts, [2]string{c.Title, said})
			}
		}
		if marked(rows, row) {
			facts = append(facts, [2]string{"", "marked"})
		}
		s.Item(number, name, facts)
	}
	if left := rows.Len() - mostSaid; left > 0 {
		s.Line("And " + ui.Count(int64(left)) + " more, which an export has.")
	}
}

// cell is what a cell says.
func cell(s *ui.Speech, rows Rows, row, col int, c Column) string {
	if sayer, ok := rows.(Sayer); ok {
		if text, ok := sayer.Say(row, col); ok {
			return text
		}
	}
	width := saidFigure
	if c.Flex > 0 || !c.Right {
		width = saidName
	}
	p := ui.NewPen(width, 1)
	rows.Draw(p, s.Styles, row, col, width)
	p.End()
	return p.String()
}
