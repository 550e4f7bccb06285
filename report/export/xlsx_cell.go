package export

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tokpit/money"
)

// sheet writes the cells of one sheet: rows from top to bottom, and the cells of
// a row from left to right. The first error stays.
type sheet struct {
	to   *bufio.Writer
	refs []string // letters of the columns
	row  int      // that is being written; the first is 1
	line []byte   // the row, so far
	cut  *int64   // texts that were too long
	err  error
}

// view is how a sheet is seen.
type view struct {
	widths []int // of the columns, in characters
	frozen bool  // the first row stands still
	first  bool  // the sheet is the one that is seen first
}

func newSheet(to io.Writer, refs []string, cut *int64) *sheet {
	return &sheet{to: bufio.NewWriterSize(to, 1<<16), refs: refs, row: 1, cut: cut}
}

func (s *sheet) write(text string) {
	if _, err := s.to.WriteString(text); s.err == nil {
		s.err = err
	}
}

// begin writes what comes before the rows.
func (s *sheet) begin(v view) {
	s.write(xmlHead + `<worksheet xmlns="` + nsMain + `" xmlns:r="` + nsRelation + `"><sheetViews><sheetView`)
	if v.first {
		s.write(` tabSelected="1"`)
	}
	s.write(` workbookViewId="0">`)
	if v.frozen {
		s.write(`<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/><selection pane="bottomLeft"/>`)
	}
	s.write(`</sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/><cols>`)
	for i, width := range v.widths {
		s.write(fmt.Sprintf(`<col min="%d" max="%d" width="%d" customWidth="1"/>`, i+1, i+1, width))
	}
	s.write(`</cols><sheetData>`)
}

// end writes what comes after the rows.
func (s *sheet) end(after string) error {
	s.endRow()
	s.write(`</sheetData>` + after + `</worksheet>`)
	if err := s.to.Flush(); s.err == nil {
		s.err = err
	}
	return s.err
}

// endRow goes on to the next row. A row without cells is not in the file.
func (s *sheet) endRow() {
	if len(s.line) > 0 {
		s.line = append(s.line, `</row>`...)
		if _, err := s.to.Write(s.line); s.err == nil {
			s.err = err
		}
		s.line = s.line[:0]
	}
	s.row++
}

// open begins a cell; kind is its type as the format spells it, with the tags
// that come before the value.
func (s *sheet) open(column int, look style, kind string) {
	if len(s.line) == 0 {
		s.line = append(s.line, `<row r="`...)
		s.line = strconv.AppendInt(s.line, int64(s.row), 10)
		if look == styleTitle {
			s.line = append(s.line, `" ht="24" customHeight="1`...)
		}
		s.line = append(s.line, `">`...)
	}
	s.line = append(s.line, `<c r="`...)
	s.line = append(s.line, s.refs[column]...)
	s.line = strconv.AppendInt(s.line, int64(s.row), 10)
	s.line = append(s.line, `" s="`...)
	s.line = strconv.AppendInt(s.line, int64(look), 10)
	s.line = append(s.line, kind...)
}

// What stands between a cell's style and its value, and behind that.
const (
	openNumber = `"><v>`
	openFlag   = `" t="b"><v>`
	openText   = `" t="inlineStr"><is><t xml:space="preserve">`
	shutValue  = `</v></c>`
	shutText   = `</t></is></c>`
)

// cell writes a value; what is not known is no cell.
func (s *sheet) cell(column int, c *Cell, k Kind) {
	if !c.known {
		return
	}
	switch k {
	case Count:
		s.count(column, c.number)
	case Amount, Rate:
		s.number(column, c.amount.Float(), styleAmount)
	case Date:
		s.moment(column, c.text, time.DateOnly, styleDate)
	case Time:
		s.moment(column, c.text, time.RFC3339, styleTime)
	case Flag:
		s.open(column, stylePlain, openFlag)
		if c.text == "true" {
			s.line = append(s.line, '1')
		} else {
			s.line = append(s.line, '0')
		}
		s.line = append(s.line, shutValue...)
	default:
		s.text(column, c.text, styleText)
	}
}

// maxExact is the largest whole number that a spreadsheet keeps every digit of.
const maxExact = 999_999_999_999_999

// count writes a whole number, as text if it has more digits than a number keeps.
func (s *sheet) count(column int, n int64) {
	if n > maxExact || n < -maxExact {
		s.text(column, strconv.FormatInt(n, 10), styleText)
		return
	}
	s.open(column, styleCount, openNumber)
	s.line = strconv.AppendInt(s.line, n, 10)
	s.line = append(s.line, shutValue...)
}

func (s *sheet) number(column int, f float64, look style) {
	s.open(column, look, openNumber)
	s.line = strconv.AppendFloat(s.line, f, 'f', -1, 64)
	s.line = append(s.line, shutValue...)
}

// amountText writes an amount as text, with all its digits.
func (s *sheet) amountText(column int, a money.Amount) {
	s.open(column, styleText, openText)
	s.line, _ = a.AppendText(s.line) // which never fails
	s.line = append(s.line, shutText...)
}

// moment writes a date or a time; as text if a spreadsheet cannot tell it.
func (s *sheet) moment(column int, text, layout string, look style) {
	if t, err := time.Parse(layout, text); err == nil && datable(t) {
		s.number(column, serial(t), look)
		return
	}
	s.text(column, text, styleText)
}

func (s *sheet) text(column int, text string, look style) {
	text, cut := fit(text)
	if cut {
		*s.cut++
	}
	s.open(column, look, openText)
	s.line = appendText(s.line, text)
	s.line = append(s.line, shutText...)
}

// epoch is the end of 1899 in Unix seconds, which a spreadsheet counts days from.
const epoch = -2_209_161_600

// serial is an instant as a spreadsheet counts: days since the end of 1899.
func serial(t time.Time) float64 {
	return (float64(t.Unix()-epoch) + float64(t.Nanosecond())/1e9) / 86400
}

// datable reports whether a spreadsheet has a date for an instant.
func datable(t time.Time) bool { return t.UTC().Year() >= 1901 && t.UTC().Year() < 2190 }

// fit cuts a text to what a cell holds, which is counted in UTF-16.
func fit(s string) (string, bool) {
	if len(s) <= cellUnits {
		return s, false
	}
	units, last := 0, 0 // last is where there is still room for "…"
	for i, r := range s {
		if units <= cellUnits-1 {
			last = i
		}
		units++
		if r > 0xffff {
			units++
		}
		if units > cellUnits {
			return s[:last] + "…", true
		}
	}
	return s, false
}

// appendText escapes a text as the format wants it: what XML cannot hold is
// written as _xHHHH_, and so is the beginning of what would be read as that.
func appendText(b []byte, s string) []byte {
	done := 0 // everything before is in b
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '<' && c != '>' && c != '&' && c != '_' {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		b = append(b, s[done:i]...)
		switch {
		case r == '<':
			b = append(b, "&lt;"...)
		case r == '>':
			b = append(b, "&gt;"...)
		case r == '&':
			b = append(b, "&amp;"...)
		case r == '_' && escaped(s[i:]):
			b = append(b, "_x005F_"...)
		case r < ' ' && r != '\t' && r != '\n', r == 0xfffe, r == 0xffff:
			b = append(b, "_x"...)
			hex := strings.ToUpper(strconv.FormatInt(int64(r), 16))
			b = append(b, "0000"[len(hex):]...)
			b = append(append(b, hex...), '_')
		default:
			b = utf8.AppendRune(b, r) // U+FFFD for a byte that is not UTF-8
		}
		i += size
		done = i
	}
	return append(b, s[done:]...)
}

// escaped reports whether a text begins like a character written as _xHHHH_.
func escaped(s string) bool {
	if len(s) < 7 || s[1] != 'x' || s[6] != '_' {
		return false
	}
	for i := 2; i < 6; i++ {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return true
}
