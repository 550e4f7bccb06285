package export

import (
	"bufio"
	"bytes"
	"io"
)

// CSV writes RFC 4180: a header, lines that end in CRLF, and quotes where they
// are needed.
type CSV struct {
	// BOM marks the file as UTF-8 for Excel.
	BOM bool
	// Locale is how a spreadsheet reads the file: a decimal comma and semicolons
	// between cells, as in most of Europe, or a point and commas.
	DecimalComma bool
	// Tabs puts tabs between cells, as clipboards have them.
	Tabs bool
	// Guard makes texts harmless; [Guard] if nil.
	Guard func(string) string

	w       *bufio.Writer
	columns []Column
	last    []written // by column
	line    []byte
	err     error
}

// written is a text and its form in the file: neighbouring rows have most of
// their texts in common.
type written struct {
	text string
	form []byte
}

// NewCSV returns a writer of CSV.
func NewCSV(w io.Writer) *CSV { return &CSV{w: bufio.NewWriterSize(w, 1<<16)} }

// Begin implements [Writer].
func (c *CSV) Begin(columns []Column) error {
	c.columns, c.last = columns, make([]written, len(columns))
	if c.Guard == nil {
		c.Guard = Guard
	}
	if c.BOM {
		c.line = append(c.line, "\ufeff"...)
	}
	for i := range columns {
		c.comma(i)
		c.quote(columns[i].Name)
	}
	return c.end()
}

// Row implements [Writer].
func (c *CSV) Row(cells []Cell) error {
	for i := range cells {
		c.comma(i)
		switch k := c.columns[i].Kind; {
		case !cells[i].known:
		case k == Text:
			c.text(i, cells[i].text)
		case c.DecimalComma && (k == Amount || k == Rate):
			from := len(c.line)
			c.line = cells[i].Append(c.line, k)
			if at := bytes.IndexByte(c.line[from:], '.'); at >= 0 {
				c.line[from+at] = ','
			}
		default:
			c.line = cells[i].Append(c.line, k)
		}
	}
	return c.end()
}

// End implements [Writer].
func (c *CSV) End() error {
	if c.err == nil {
		c.err = c.w.Flush()
	}
	return c.err
}

// text appends a text of column i, guarded.
func (c *CSV) text(i int, s string) {
	last := &c.last[i]
	if last.text != s || last.form == nil {
		from := len(c.line)
		c.quote(c.Guard(s))
		last.text, last.form = s, append(last.form[:0], c.line[from:]...)
		return
	}
	c.line = append(c.line, last.form...)
}

func (c *CSV) comma(i int) {
	switch {
	case i == 0:
	case c.Tabs:
		c.line = append(c.line, '\t')
	case c.DecimalComma:
		c.line = append(c.line, ';')
	default:
		c.line = append(c.line, ',')
	}
}

// quote appends a text, in quotes where it has to be.
func (c *CSV) quote(s string) {
	need := false
	for i := range len(s) {
		switch s[i] {
		case '"', ',', ';', '\t', '\r', '\n':
			need = true
		}
	}
	if !need && (s == "" || s[0] != ' ' && s[len(s)-1] != ' ') {
		c.line = append(c.line, s...)
		return
	}
	c.line = append(c.line, '"')
	for i := range len(s) {
		if s[i] == '"' {
			c.line = append(c.line, '"')
		}
		c.line = append(c.line, s[i])
	}
	c.line = append(c.line, '"')
}

func (c *CSV) end() error {
	if c.err == nil {
		c.line = append(c.line, '\r', '\n')
		_, c.err = c.w.Write(c.line)
	}
	c.line = c.line[:0]
	return c.err
}
