package export

import (
	"archive/zip"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Limits of the file format, per sheet and per cell.
const (
	sheetRows = 1 << 20
	cellUnits = 32767 // of UTF-16
)

// exactSuffix names the column of text that holds an amount in full.
const exactSuffix = "_exact"

// Workbook writes a table as an Excel workbook: a summary with charts, the days
// behind them, and the rows on sheets of their own with a frozen, filtered header,
// ready for a pivot table. More rows than a sheet holds go on to further sheets.
//
// A spreadsheet's number keeps 15 digits, amounts have more: a column of amounts
// is a column of numbers, which people can add up and chart, and at the right of
// the table one of text, with "_exact" behind its name, whose values are the
// ledger's to the last digit. Ids and names are cells of text, which nothing
// takes for numbers, dates or formulas; a text that is too long for a cell ends
// in "…", and the summary says how many do.
//
// The file is a zip of XML parts (ECMA-376, Office Open XML). Rows go straight
// into their part, with their texts, not into a table of shared ones: whatever
// their number, no more than one of them is held. The parts that say how many
// sheets there are come last. The same table is always the same bytes.
type Workbook struct {
	Summary Summary

	zip     *zip.Writer
	columns []Column
	exact   []int // columns with an exact one at the right of the table
	refs    []string
	data    *sheet
	last    []int // row of each sheet of data that is complete
	sheets  int   // of data, so far
	rows    int64
	cut     int64 // texts
	most    int   // rows of a sheet
	charts  int
	err     error
}

// NewWorkbook returns a writer of a workbook.
func NewWorkbook(w io.Writer, s Summary) *Workbook {
	b := &Workbook{Summary: s, zip: zip.NewWriter(w), most: sheetRows}
	b.zip.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	return b
}

// Begin implements [Writer].
func (b *Workbook) Begin(columns []Column) error {
	if len(columns) == 0 {
		b.err = errors.New("a workbook needs a column")
		return b.err
	}
	b.columns = columns
	for i, c := range columns {
		if c.Kind == Amount {
			b.exact = append(b.exact, i)
		}
	}
	b.refs = columnNames(len(columns) + len(b.exact))
	if b.err = b.opening(); b.err == nil {
		b.err = b.beginSheet()
	}
	return b.err
}

// Row implements [Writer].
func (b *Workbook) Row(cells []Cell) error {
	if b.err == nil && b.data.row > b.most {
		if b.err = b.endSheet(); b.err == nil {
			b.err = b.beginSheet()
		}
	}
	if b.err != nil {
		return b.err
	}
	b.rows++
	for i := range cells {
		b.data.cell(i, &cells[i], b.columns[i].Kind)
	}
	for i, from := range b.exact {
		if cells[from].known {
			b.data.amountText(len(cells)+i, cells[from].amount)
		}
	}
	b.data.endRow()
	b.err = b.data.err
	return b.err
}

// End implements [Writer].
func (b *Workbook) End() error {
	if b.err == nil {
		b.err = b.endSheet()
	}
	if b.err == nil {
		b.err = b.summary()
	}
	if b.err == nil {
		b.err = b.closing()
	}
	if b.err == nil {
		b.err = b.zip.Close()
	}
	return b.err
}

// dataSheet names a sheet of rows.
func dataSheet(n int) string {
	if n == 1 {
		return "Data"
	}
	return "Data " + strconv.Itoa(n)
}

// The sheets that are not rows; those of rows follow.
const (
	summarySheet = "Summary"
	daysSheet    = "Days"
	firstData    = 3 // place of the first sheet of rows
)

// sheetPath is where in the file the sheet at a place is; the first is 1.
func sheetPath(place int) string { return "xl/worksheets/sheet" + strconv.Itoa(place) + ".xml" }

// dataPath is where in the file a sheet of rows is.
func dataPath(n int) string { return sheetPath(firstData + n - 1) }

// create begins a part of the file. A part has the first time that a zip can
// tell: the file is made of what it holds, not of when it was written.
func (b *Workbook) create(path string) (io.Writer, error) {
	return b.zip.CreateHeader(&zip.FileHeader{Name: path, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
}

// part writes a part of the file.
func (b *Workbook) part(path, text string) error {
	w, err := b.create(path)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, xmlHead+text)
	return err
}

func (b *Workbook) beginSheet() error {
	b.sheets++
	w, err := b.create(dataPath(b.sheets))
	if err != nil {
		return err
	}
	widths := make([]int, len(b.refs))
	for i := range widths {
		widths[i] = b.width(i)
	}
	b.data = newSheet(w, b.refs, &b.cut)
	b.data.begin(view{widths: widths, frozen: true})
	for i := range b.refs {
		name, style := b.name(i)
		b.data.text(i, name, style)
	}
	b.data.endRow()
	return b.data.err
}

// name is the header of a column.
func (b *Workbook) name(i int) (string, style) {
	if i >= len(b.columns) {
		return b.columns[b.exact[i-len(b.columns)]].Name + exactSuffix, styleHead
	}
	switch b.columns[i].Kind {
	case Count, Amount, Rate:
		return b.columns[i].Name, styleHeadRight
	}
	return b.columns[i].Name, styleHead
}

// width is how many characters a column shows.
func (b *Workbook) width(i int) int {
	name, _ := b.name(i)
	least := 12
	if i >= len(b.columns) {
		least = 26
	} else {
		switch b.columns[i].Kind {
		case Amount:
			least = 16
		case Time:
			least = 20
		}
	}
	return max(least, min(len(name)+4, 255)) // and the filter's button
}

func (b *Workbook) endSheet() error {
	b.last = append(b.last, b.data.row-1)
	return b.data.end(fmt.Sprintf(`<autoFilter ref="A1:%s%d"/>`, b.refs[len(b.refs)-1], b.data.row-1))
}

// columnNames are the letters of the first columns: A to Z, AA and so on.
func columnNames(n int) []string {
	out := make([]string, n)
	for i := range out {
		var name []byte
		for rest := i + 1; rest > 0; rest = (rest - 1) / 26 {
			name = append([]byte{'A' + byte((rest-1)%26)}, name...)
		}
		out[i] = string(name)
	}
	return out
}

// attribute is a text as it stands inside an attribute or between tags of a part
// that is no sheet. What XML cannot hold is a mark.
func attribute(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' || r == 0xfffe || r == 0xffff {
			return '\ufffd'
		}
		return r // U+FFFD for a byte that is not UTF-8
	}, s))
}
