package prices

import (
	"slices"

	"tokpit/report/export"
	"tokpit/tui/ui"
)

// speak says the models one after the other.
func (c *comparison) speak(s *ui.Speech) {
	s.Head(c.title())
	lines := c.lines()
	for i, it := range c.items {
		facts := [][2]string{{"provider", ui.Text(it.ref.Provider)}}
		for _, l := range lines {
			text := l.cells[i]
			if text == "" || text == ui.Unknown {
				continue
			}
			if i == l.best {
				text += ", the least"
			}
			facts = append(facts, [2]string{l.label, text})
		}
		s.Item(i+1, ui.Text(it.ref.Model), facts)
	}
}

// clips are the models side by side, as people paste them: with a column for each,
// or as rows of the book with every digit.
func (c *comparison) clips() (out []ui.Clip) {
	for _, f := range ui.SheetForms() {
		switch f.Ending {
		case "md":
			out = append(out, ui.Clip{Name: "side by side, Markdown", Note: "a model a column", Make: func() ([]byte, error) { return c.sheet().Encode(f, -1) }})
		case "csv":
			out = append(out, ui.Clip{Name: "side by side, CSV", Note: "a model a row, every digit", Make: func() ([]byte, error) { return bookSheet(c.sh.snap, c.items).Encode(f, -1) }})
		}
	}
	slices.Reverse(out) // Markdown first
	return out
}

// sheet is what the comparison shows.
func (c *comparison) sheet() *ui.Sheet {
	columns := []export.Column{text("figure")}
	for _, it := range c.items {
		columns = append(columns, text(it.ref.Provider+"/"+it.ref.Model))
	}
	t := ui.NewSheet(c.sh.snap, c.title(), "prices-side-by-side", columns)
	for _, l := range c.lines() {
		row := []export.Cell{ui.TextCell(l.label)}
		for _, s := range l.cells {
			if s == ui.Unknown {
				s = ""
			}
			row = append(row, ui.TextCell(s))
		}
		t.Rows = append(t.Rows, row)
	}
	t.Rows = append(t.Rows, []export.Cell{ui.TextCell("unit"), ui.TextCell(c.sh.currencies + unitName(c.unit))})
	for len(t.Rows[len(t.Rows)-1]) < len(columns) {
		t.Rows[len(t.Rows)-1] = append(t.Rows[len(t.Rows)-1], export.Cell{})
	}
	return t
}
