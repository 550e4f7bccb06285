package export

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
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
// Rows go straight into the file: whatever their number, no more than one of them
// is held.
type Workbook struct {
	Summary Summary

	zip     *zip.Writer
	book    *excelize.File
	styles  bookStyles
	columns []Column
	exact   []int // columns with an exact one at the right of the table
	sheet   *bufio.Writer
	sheets  int // of data, so far
	row     int // of the sheet, 1 is the header
	rows    int64
	cut     int64 // texts
	most    int   // rows of a sheet
	refs    []string
	line    []byte
	err     error
}

// bookStyles are the numbers of the cells' styles.
type bookStyles struct {
	title, muted, head, headRight, text, wrap, count, amount, cents, rate, date, time, flag, bold int
}

// NewWorkbook returns a writer of a workbook.
func NewWorkbook(w io.Writer, s Summary) *Workbook {
	b := &Workbook{Summary: s, zip: zip.NewWriter(w), most: sheetRows}
	b.zip.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	return b
}

// Begin implements [Writer].
func (b *Workbook) Begin(columns []Column) error {
	b.columns = columns
	for i, c := range columns {
		if c.Kind == Amount {
			b.exact = append(b.exact, i)
		}
	}
	b.refs = make([]string, len(columns)+len(b.exact))
	for i := range b.refs {
		b.refs[i], _ = excelize.ColumnNumberToName(i + 1)
	}
	b.book = excelize.NewFile()
	if b.err = b.makeStyles(); b.err != nil {
		return b.err
	}
	b.err = b.beginSheet()
	return b.err
}

// Row implements [Writer].
func (b *Workbook) Row(cells []Cell) error {
	if b.err == nil && b.row == b.most {
		if b.err = b.endSheet(); b.err == nil {
			b.err = b.beginSheet()
		}
	}
	if b.err != nil {
		return b.err
	}
	b.row++
	b.rows++
	b.openRow()
	for i := range cells {
		b.cell(i, &cells[i], b.columns[i].Kind)
	}
	for i, from := range b.exact {
		if cells[from].known {
			b.text(len(cells)+i, cells[from].amount.String(), b.styles.text)
		}
	}
	b.closeRow()
	return b.err
}

// End implements [Writer].
func (b *Workbook) End() error {
	if b.err == nil {
		b.err = b.endSheet()
	}
	if b.err == nil {
		b.err = b.shell()
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

// dataPath is where in the file a sheet of rows is. Excelize numbers sheets in
// the order in which they are added.
func dataPath(n int) string {
	return "xl/worksheets/sheet" + strconv.Itoa(firstData+n-1) + ".xml"
}

func (b *Workbook) beginSheet() error {
	b.sheets++
	b.row = 1
	f, err := b.zip.Create(dataPath(b.sheets))
	if err != nil {
		return err
	}
	b.sheet = bufio.NewWriterSize(f, 1<<16)
	var head strings.Builder
	head.WriteString(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n" +
		`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0">` +
		`<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>`)
	for i := range b.refs {
		fmt.Fprintf(&head, `<col min="%d" max="%d" width="%d" customWidth="1"/>`, i+1, i+1, b.width(i))
	}
	head.WriteString(`</cols><sheetData>`)
	if _, err := b.sheet.WriteString(head.String()); err != nil {
		return err
	}
	b.openRow()
	for i := range b.refs {
		name, style := b.name(i)
		b.text(i, name, style)
	}
	b.closeRow()
	return b.err
}

// name is the header of a column.
func (b *Workbook) name(i int) (string, int) {
	if i >= len(b.columns) {
		return b.columns[b.exact[i-len(b.columns)]].Name + exactSuffix, b.styles.head
	}
	switch b.columns[i].Kind {
	case Count, Amount, Rate:
		return b.columns[i].Name, b.styles.headRight
	}
	return b.columns[i].Name, b.styles.head
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
	return max(least, len(name)+4) // and the filter's button
}

func (b *Workbook) endSheet() error {
	_, err := fmt.Fprintf(b.sheet, `</sheetData><autoFilter ref="A1:%s%d"/></worksheet>`, b.refs[len(b.refs)-1], b.row)
	if err != nil {
		return err
	}
	return b.sheet.Flush()
}

// shell writes everything but the sheets of rows.
func (b *Workbook) shell() error {
	if err := b.summary(); err != nil {
		return err
	}
	for n := 1; n <= b.sheets; n++ {
		if _, err := b.book.NewSheet(dataSheet(n)); err != nil {
			return err
		}
		last := b.most
		if n == b.sheets {
			last = max(b.row, 2)
		}
		if err := b.book.AutoFilter(dataSheet(n), "A1:"+b.refs[len(b.refs)-1]+strconv.Itoa(last), nil); err != nil { // names the range
			return err
		}
	}
	b.book.SetActiveSheet(0)
	b.book.SetZipWriter(func(io.Writer) excelize.ZipWriter { return rest{b} })
	_, err := b.book.WriteTo(io.Discard)
	return err
}

// rest is the file as excelize sees it: without the sheets of rows, which are in
// it already.
type rest struct{ b *Workbook }

// Create implements excelize.ZipWriter.
func (r rest) Create(name string) (io.Writer, error) {
	for n := 1; n <= r.b.sheets; n++ {
		if name == dataPath(n) {
			return io.Discard, nil
		}
	}
	w, err := r.b.zip.Create(name)
	if name == "[Content_Types].xml" {
		w = inOrder{w}
	}
	return w, err
}

// inOrder sorts the parts that a file names, which excelize writes in any order,
// so that the same rows always make the same file.
type inOrder struct{ to io.Writer }

// Write implements [io.Writer], for the whole text at once.
func (o inOrder) Write(text []byte) (int, error) {
	part := regexp.MustCompile(`<(?:Default|Override) [^>]*?(?:/>|></(?:Default|Override)>)`)
	parts := part.FindAll(text, -1)
	slices.SortFunc(parts, bytes.Compare)
	i := -1
	_, err := o.to.Write(part.ReplaceAllFunc(text, func([]byte) []byte { i++; return parts[i] }))
	return len(text), err
}

// AddFS implements excelize.ZipWriter.
func (r rest) AddFS(fsys fs.FS) error { return r.b.zip.AddFS(fsys) }

// Close implements excelize.ZipWriter.
func (r rest) Close() error { return nil }
