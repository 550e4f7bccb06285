package export

import (
	"bufio"
	"encoding/json"
	"io"
	"strings"
	"unicode/utf8"
)

// JSONLines writes one object a row. Amounts and prices are exact decimals in
// strings; what is not known is null.
type JSONLines struct {
	w       *bufio.Writer
	columns []Column
	keys    []string // `"name":`
	line    []byte
	err     error
	// in a document: between rows, and at its ends
	head, foot string
	rows       int64
}

// NewJSONLines returns a writer of JSON lines.
func NewJSONLines(w io.Writer) *JSONLines { return &JSONLines{w: bufio.NewWriterSize(w, 1<<16)} }

// NewJSON returns a writer of one JSON document: the fields of head, which must
// be an object, and "rows".
func NewJSON(w io.Writer, head any) (*JSONLines, error) {
	text, err := json.Marshal(head)
	if err != nil {
		return nil, err
	}
	j := NewJSONLines(w)
	j.head = strings.TrimSuffix(string(text), "}")
	if j.head != "{" {
		j.head += ","
	}
	j.head, j.foot = j.head+"\"rows\":[\n", "\n]}\n"
	return j, nil
}

// Begin implements [Writer].
func (j *JSONLines) Begin(columns []Column) error {
	j.columns = columns
	for i := range columns {
		name, err := json.Marshal(columns[i].Name)
		if err != nil {
			return err
		}
		j.keys = append(j.keys, string(name)+":")
	}
	_, j.err = j.w.WriteString(j.head)
	return j.err
}

// Row implements [Writer].
func (j *JSONLines) Row(cells []Cell) error {
	if j.err != nil {
		return j.err
	}
	b := j.line[:0]
	if j.foot != "" && j.rows > 0 {
		b = append(b, ",\n"...)
	}
	b = append(b, '{')
	for i := range cells {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, j.keys[i]...)
		switch k := j.columns[i].Kind; {
		case !cells[i].known:
			b = append(b, "null"...)
		case k == Count || k == Flag:
			b = cells[i].Append(b, k)
		case k == Text:
			b = appendJSON(b, cells[i].text)
		default:
			b = append(cells[i].Append(append(b, '"'), k), '"')
		}
	}
	b = append(b, '}')
	if j.foot == "" {
		b = append(b, '\n')
	}
	j.line = b
	j.rows++
	_, j.err = j.w.Write(b)
	return j.err
}

// End implements [Writer].
func (j *JSONLines) End() error {
	if j.err == nil {
		_, j.err = j.w.WriteString(j.foot)
	}
	if j.err == nil {
		j.err = j.w.Flush()
	}
	return j.err
}

// appendJSON appends a quoted string. Plain text needs no escaping.
func appendJSON(b []byte, s string) []byte {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= utf8.RuneSelf || s[i] == '"' || s[i] == '\\' || s[i] == 0x7f {
			text, _ := json.Marshal(s) // a string always encodes
			return append(b, text...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
