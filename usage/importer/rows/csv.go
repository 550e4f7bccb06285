package rows

import (
	"bytes"
	"io"
)

// CSV reads the rows of comma-separated text one after the other.
type CSV struct {
	window
	comma   byte
	begin   int64
	started bool
	fields  [][]byte
	scratch []byte // fields that had doubled quotes
}

// NewCSV returns a reader of the rows in src; comma stands between fields.
func NewCSV(src io.Reader, comma byte) *CSV {
	return &CSV{window: newWindow(src, MaxCSV), comma: comma}
}

// Comma returns what stands between the fields of the first line: a comma, a
// semicolon (where the comma is the decimal point) or a tab.
func Comma(head []byte) byte {
	line, _, _ := bytes.Cut(head, []byte{'\n'})
	best, most := byte(','), 0
	for _, c := range []byte{',', ';', '\t'} {
		if n := bytes.Count(line, []byte{c}); n > most {
			best, most = c, n
		}
	}
	return best
}

// Line is the line, from 1, that the last row began in.
func (c *CSV) Line() int64 { return c.begin }

// Next returns the fields of the next row that is not empty, without their quotes,
// valid until the next call. Bad is why a row has been passed over. The error is
// [io.EOF] at the end of the file.
func (c *CSV) Next() (fields [][]byte, bad string, err error) {
	if !c.started {
		c.started = true
		for c.w < 3 && c.fill() {
		}
		if bytes.HasPrefix(c.buf[:c.w], []byte("\xef\xbb\xbf")) {
			c.r = 3
		}
	}
	for {
		c.begin = c.line
		last := c.err != nil
		lines, n, done := c.row(last)
		if !done && (c.fill() || !last && c.err != nil) {
			continue
		}
		if !done {
			return c.stuck()
		}
		if n == 0 {
			return nil, "", c.end()
		}
		c.r += n
		c.line += lines
		if len(c.fields) > 1 || len(c.fields[0]) > 0 {
			return c.fields, "", nil
		}
	}
}

// stuck goes past the first line of a row that does not end.
func (c *CSV) stuck() ([][]byte, string, error) {
	if c.err != nil && c.err != io.EOF {
		return nil, "", c.end()
	}
	bad := BadQuote
	if c.full() {
		bad = BadLong
	} else if c.err == nil {
		return nil, "", io.ErrNoProgress
	}
	c.skipLine()
	return nil, bad, nil
}

// row splits the row that begins at r into fields. It returns how many line breaks
// and bytes it has, and false if its end has not been read yet; last says that no
// more will be.
func (c *CSV) row(last bool) (lines int64, size int, done bool) {
	b := c.buf[c.r:c.w]
	c.fields, c.scratch = c.fields[:0], c.scratch[:0]
	if len(b) == 0 {
		return 0, 0, last
	}
	for i := 0; ; {
		var field []byte
		if i < len(b) && b[i] == '"' {
			var n int64
			var ok bool
			if field, i, n, ok = c.quoted(b, i, last); !ok {
				return 0, 0, false
			}
			lines += n
		} else {
			start := i
			for i < len(b) && b[i] != c.comma && b[i] != '\n' {
				i++
			}
			field = b[start:i]
			if i < len(b) && b[i] == '\n' || i == len(b) {
				field = bytes.TrimSuffix(field, []byte{'\r'})
			}
		}
		if i == len(b) && !last {
			return 0, 0, false
		}
		c.fields = append(c.fields, field)
		if i == len(b) {
			return lines, i, true
		}
		i++
		if b[i-1] == '\n' {
			return lines + 1, i, true
		}
	}
}

// quoted reads the field whose quote stands at i, up to the comma or line break
// after it. What stands between its last quote and those belongs to it, as
// spreadsheets have it.
func (c *CSV) quoted(b []byte, i int, last bool) (field []byte, next int, lines int64, ok bool) {
	i++
	start, from := i, len(c.scratch)
	copied := false
	for {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 || i+n+1 == len(b) && !last {
			return nil, 0, 0, false
		}
		i += n
		if i+1 < len(b) && b[i+1] == '"' {
			c.scratch = append(c.scratch, b[start:i+1]...)
			copied = true
			i += 2
			start = i
			continue
		}
		break
	}
	field = b[start:i]
	i++
	tail := i
	for i < len(b) && b[i] != c.comma && b[i] != '\n' {
		i++
	}
	rest := bytes.TrimSuffix(b[tail:i], []byte{'\r'})
	if copied || len(rest) > 0 {
		c.scratch = append(append(c.scratch, field...), rest...)
		field = c.scratch[from:len(c.scratch):len(c.scratch)]
	}
	return field, i, int64(bytes.Count(field, []byte{'\n'})), true
}
