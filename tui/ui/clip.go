package ui

import "strings"

// RowClip is a row of a sheet as text: each column's name and what it holds, as
// far as it is known.
func (t *Sheet) RowClip(row int) Clip {
	var parts []string
	for i := range t.Columns {
		if c := &t.Rows[row][i]; c.Known() {
			parts = append(parts, t.Columns[i].Name+" "+string(c.Append(nil, t.Columns[i].Kind)))
		}
	}
	return Clip{Name: "the row", Text: strings.Join(parts, ", ")}
}

// CellClips are the cells of a row that are known, of some columns, in that order:
// every digit.
func (t *Sheet) CellClips(row int, columns ...string) (out []Clip) {
	for _, name := range columns {
		for i := range t.Columns {
			if c := &t.Rows[row][i]; t.Columns[i].Name == name && c.Known() {
				out = append(out, Clip{Name: strings.ReplaceAll(name, "_", " "), Text: string(c.Append(nil, t.Columns[i].Kind))})
			}
		}
	}
	return out
}
