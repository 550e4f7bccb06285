package export

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// makeStyles adds the styles of cells to the workbook.
func (b *Workbook) makeStyles() error {
	const (
		fullFormat  = "#,##0.00????????;-#,##0.00????????"
		centsFormat = "#,##0.00;-#,##0.00"
	)
	format := func(f string) *excelize.Style { return &excelize.Style{CustomNumFmt: &f} }
	head := func(horizontal string) *excelize.Style {
		return &excelize.Style{Font: &excelize.Font{Bold: true, Color: "FFFFFF"}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"33475B"}},
			Alignment: &excelize.Alignment{Horizontal: horizontal, Vertical: "center"}}
	}
	const asText = 49 // "@": what is typed over stays text
	s := &b.styles
	for _, one := range []struct {
		id    *int
		style *excelize.Style
	}{
		{&s.title, &excelize.Style{Font: &excelize.Font{Bold: true, Size: 16}, NumFmt: asText}},
		{&s.muted, &excelize.Style{Font: &excelize.Font{Color: "5B6770"}, NumFmt: asText}},
		{&s.bold, &excelize.Style{Font: &excelize.Font{Bold: true}, NumFmt: asText}},
		{&s.head, head("left")},
		{&s.headRight, head("right")},
		{&s.text, &excelize.Style{NumFmt: asText}},
		{&s.wrap, &excelize.Style{NumFmt: asText, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}}},
		{&s.count, &excelize.Style{NumFmt: 3}},
		{&s.amount, format(fullFormat)},
		{&s.cents, format(centsFormat)},
		{&s.rate, format(fullFormat)},
		{&s.date, format("yyyy-mm-dd")},
		{&s.time, format("yyyy-mm-dd hh:mm:ss")},
		{&s.flag, &excelize.Style{}},
	} {
		id, err := b.book.NewStyle(one.style)
		if err != nil {
			return err
		}
		*one.id = id
	}
	return nil
}

func (b *Workbook) openRow() {
	b.line = append(b.line[:0], `<row r="`...)
	b.line = strconv.AppendInt(b.line, int64(b.row), 10)
	b.line = append(b.line, `">`...)
}

func (b *Workbook) closeRow() {
	b.line = append(b.line, `</row>`...)
	if _, err := b.sheet.Write(b.line); err != nil && b.err == nil {
		b.err = err
	}
}

// open begins a cell; kind is its type as the format spells it.
func (b *Workbook) open(column, style int, kind string) {
	b.line = append(b.line, `<c r="`...)
	b.line = append(b.line, b.refs[column]...)
	b.line = strconv.AppendInt(b.line, int64(b.row), 10)
	b.line = append(b.line, `" s="`...)
	b.line = strconv.AppendInt(b.line, int64(style), 10)
	if kind != "" {
		b.line = append(b.line, `" t="`...)
		b.line = append(b.line, kind...)
	}
	b.line = append(b.line, `">`...)
}

// cell appends a value; what is not known is no cell.
func (b *Workbook) cell(column int, c *Cell, k Kind) {
	if !c.known {
		return
	}
	switch k {
	case Count:
		if c.number > maxExact || c.number < -maxExact {
			b.text(column, strconv.FormatInt(c.number, 10), b.styles.text)
			return
		}
		b.open(column, b.styles.count, "")
		b.line = append(b.line, `<v>`...)
		b.line = strconv.AppendInt(b.line, c.number, 10)
		b.line = append(b.line, `</v></c>`...)
	case Amount:
		b.number(column, c.amount.Float(), b.styles.amount)
	case Rate:
		b.number(column, c.amount.Float(), b.styles.rate)
	case Date:
		if t, err := time.Parse(time.DateOnly, c.text); err == nil && datable(t) {
			b.number(column, serial(t), b.styles.date)
			return
		}
		b.text(column, c.text, b.styles.text)
	case Time:
		if t, err := time.Parse(time.RFC3339, c.text); err == nil && datable(t) {
			b.number(column, serial(t.UTC()), b.styles.time)
			return
		}
		b.text(column, c.text, b.styles.text)
	case Flag:
		b.open(column, b.styles.flag, "b")
		b.line = append(b.line, `<v>`...)
		if c.text == "true" {
			b.line = append(b.line, '1')
		} else {
			b.line = append(b.line, '0')
		}
		b.line = append(b.line, `</v></c>`...)
	default:
		b.text(column, c.text, b.styles.text)
	}
}

// maxExact is the largest whole number that a spreadsheet keeps every digit of.
const maxExact = 999_999_999_999_999

func (b *Workbook) number(column int, f float64, style int) {
	b.open(column, style, "")
	b.line = append(b.line, `<v>`...)
	b.line = strconv.AppendFloat(b.line, f, 'g', -1, 64)
	b.line = append(b.line, `</v></c>`...)
}

func (b *Workbook) text(column int, s string, style int) {
	s, cut := fit(s)
	if cut {
		b.cut++
	}
	b.open(column, style, "inlineStr")
	b.line = append(b.line, `<is><t xml:space="preserve">`...)
	b.line = appendText(b.line, s)
	b.line = append(b.line, `</t></is></c>`...)
}

// serial is an instant as a spreadsheet counts: days since the end of 1899.
func serial(t time.Time) float64 {
	return t.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Seconds() / 86400
}

// datable reports whether a spreadsheet has a date for an instant.
func datable(t time.Time) bool { return t.Year() >= 1901 && t.Year() < 2190 }

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
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
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
	}
	return b
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
