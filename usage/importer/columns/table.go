package columns

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"tokpit/usage/importer/rows"
	"tokpit/usage/internal/jsonscan"
)

// ErrForeign is wrapped by the errors of a file that is no table, or not the one
// that the map is of.
var ErrForeign = errors.New("not a file of this form")

// foreignFile says why a file is not what it was taken for.
type foreignFile string

// Error implements error.
func (f foreignFile) Error() string { return string(f) }

// Is makes it an [ErrForeign].
func (f foreignFile) Is(target error) bool { return target == ErrForeign }

func foreign(format string, args ...any) error { return foreignFile(fmt.Sprintf(format, args...)) }

// plainText returns the text of a file as UTF-8 without a byte order mark, and its
// beginning.
func plainText(r io.Reader) (*bufio.Reader, []byte, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	head, err := b.Peek(4)
	if err != nil && err != io.EOF {
		return nil, nil, err
	}
	switch {
	case bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}):
		_, _ = b.Discard(3)
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		utf16 := unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM).NewDecoder()
		b = bufio.NewReaderSize(transform.NewReader(b, utf16), 64<<10)
	}
	head, err = b.Peek(64 << 10)
	if err != nil && err != io.EOF {
		return nil, nil, err
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return nil, nil, foreign("it holds zero bytes: it is no text, or UTF-16 without a byte order mark")
	}
	if len(bytes.TrimSpace(head)) == 0 {
		return nil, nil, foreign("it is empty")
	}
	if bytes.IndexByte(head, '\n') < 0 && bytes.IndexByte(head, '\r') >= 0 && bytes.IndexByte(head, '\r') < len(head)-1 {
		return nil, nil, foreign("its lines end in carriage returns alone; save it with line feeds")
	}
	return b, head, nil
}

// isJSON reports whether a text begins like JSON.
func isJSON(head []byte) bool {
	head = bytes.TrimLeft(head, " \t\r\n")
	return len(head) > 0 && (head[0] == '{' || head[0] == '[')
}

// delimiters are the marks between columns that are looked for.
const delimiters = ",;\t|"

// sepLine returns the delimiter that a first line such as "sep=;" names.
func sepLine(head []byte) (delimiter byte, length int) {
	line, _, found := bytes.Cut(head, []byte{'\n'})
	if text := strings.TrimRight(string(line), "\r"); found && len(text) == 5 && strings.EqualFold(text[:4], "sep=") && strings.IndexByte(delimiters, text[4]) >= 0 {
		return text[4], len(line) + 1
	}
	return 0, 0
}

// headerOf reads the first row as it is with a delimiter.
func headerOf(head []byte, delimiter byte) []string {
	fields, bad, err := rows.NewCSV(bytes.NewReader(head), delimiter).Next()
	if err != nil || bad != "" {
		return nil
	}
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = strings.TrimSpace(string(f))
	}
	return out
}

// badRow is a row that cannot be read; the next one can.
type badRow struct {
	line int64
	why  string
}

// Error implements error.
func (b *badRow) Error() string { return fmt.Sprintf("line %d: %s", b.line, b.why) }

// values are the wanted columns of a row.
type values [][]byte

// table reads the wanted columns of a file, row by row.
type table interface {
	// next returns the values of a row, trimmed, until the next call.
	next() (values, int64, error)
}

// spec is how a map names a column: "A | B ?".
type spec struct {
	names    []string
	optional bool
}

func parseSpec(text string) spec {
	text = strings.TrimSpace(text)
	cut, optional := strings.CutSuffix(text, "?")
	if optional {
		text = cut
	}
	var s spec
	s.optional = optional
	for name := range strings.SplitSeq(text, "|") {
		s.names = append(s.names, strings.TrimSpace(name))
	}
	return s
}

// in returns which column of a header the spec means, or -1. A column that stands
// twice is none.
func (s *spec) in(header []string) int {
	for _, name := range s.names {
		found := -1
		for i, h := range header {
			if strings.EqualFold(h, name) {
				if found >= 0 {
					return -2
				}
				found = i
			}
		}
		if found >= 0 {
			return found
		}
	}
	return -1
}

// csvTable is a table with a header.
type csvTable struct {
	rows  *rows.CSV
	above int64 // lines before the header
	at    []int // the column of each wanted one; -1 for none
	width int
	out   values
}

// bindCSV finds the wanted columns in the header, which it reads. Above is how many
// lines stand before it.
func bindCSV(b *bufio.Reader, above int64, delimiter byte, wanted []spec) (*csvTable, []string, error) {
	t := &csvTable{rows: rows.NewCSV(b, delimiter), above: above, out: make(values, len(wanted))}
	fields, bad, err := t.rows.Next()
	if err != nil || bad != "" {
		return nil, nil, foreign("it has no header")
	}
	var header []string
	for _, f := range fields {
		header = append(header, strings.TrimSpace(string(f)))
	}
	t.width = len(header)
	for i := range wanted {
		at := wanted[i].in(header)
		switch {
		case at == -2:
			return nil, nil, foreign("the column %q stands twice in the header", short(wanted[i].names[0]))
		case at < 0 && !wanted[i].optional:
			return nil, nil, foreign("it has no column %s", strings.Join(quoteAll(wanted[i].names), " or "))
		}
		t.at = append(t.at, at)
	}
	return t, header, nil
}

func quoteAll(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = fmt.Sprintf("%q", short(n))
	}
	return out
}

// next implements table.
func (t *csvTable) next() (values, int64, error) {
	fields, bad, err := t.rows.Next()
	line := t.rows.Line() + t.above
	if err != nil {
		return nil, line, err
	}
	if bad != "" {
		return nil, line, &badRow{line, bad}
	}
	if len(fields) != t.width {
		extra := fields[min(t.width, len(fields)):]
		if len(fields) < t.width || slices.ContainsFunc(extra, func(f []byte) bool { return len(bytes.TrimSpace(f)) > 0 }) {
			return nil, line, &badRow{line, fmt.Sprintf("has %d columns, the header has %d", len(fields), t.width)}
		}
	}
	for i, at := range t.at {
		if at < 0 {
			t.out[i] = nil
			continue
		}
		t.out[i] = bytes.TrimSpace(fields[at])
	}
	return t.out, line, nil
}

// jsonTable picks fields out of objects.
type jsonTable struct {
	rows  *rows.JSON
	root  *branch
	found values // by slot
	first [][]int
	out   values
	text  []byte // behind found
	scan  jsonscan.Scanner
}

// branch is what is wanted of an object: fields by what is left of their path, and
// objects by their key.
type branch struct {
	slots map[string]int
	below map[string]*branch
}

func (b *branch) add(path string, slot int) {
	if b.slots == nil {
		b.slots = make(map[string]int)
	}
	b.slots[path] = slot
	key, rest, nested := strings.Cut(path, ".")
	if !nested {
		return
	}
	if b.below == nil {
		b.below = make(map[string]*branch)
	}
	if b.below[key] == nil {
		b.below[key] = &branch{}
	}
	b.below[key].add(rest, slot)
}

// bindJSON prepares to pick the wanted fields.
func bindJSON(b *bufio.Reader, wanted []spec) *jsonTable {
	t := &jsonTable{rows: rows.NewJSON(b), root: &branch{}, out: make(values, len(wanted))}
	slots := make(map[string]int)
	for _, w := range wanted {
		var first []int
		for _, name := range w.names {
			slot, ok := slots[name]
			if !ok {
				slot = len(slots)
				slots[name] = slot
				t.root.add(name, slot)
			}
			first = append(first, slot)
		}
		t.first = append(t.first, first)
	}
	t.found = make(values, len(slots))
	return t
}

// next implements table.
func (t *jsonTable) next() (values, int64, error) {
	row, bad, err := t.rows.Next()
	line := t.rows.Line()
	if err != nil {
		return nil, line, err
	}
	if bad != "" {
		return nil, line, &badRow{line, bad}
	}
	clear(t.found)
	t.text = t.text[:0]
	t.scan.Reset(row)
	if t.scan.Kind() != jsonscan.Object {
		return nil, line, &badRow{line, "is not a JSON object"}
	}
	t.pick(t.root)
	if err := t.scan.End(); err != nil {
		return nil, line, &badRow{line, err.Error()}
	}
	for i, slots := range t.first {
		t.out[i] = nil
		for _, slot := range slots {
			if v := bytes.TrimSpace(t.found[slot]); len(v) > 0 {
				t.out[i] = v
				break
			}
		}
	}
	return t.out, line, nil
}

func (t *jsonTable) pick(b *branch) {
	s := &t.scan
	for ok := s.Object(); ok; ok = s.Next() {
		slot, wanted := b.slots[string(s.Key())]
		below := b.below[string(s.Key())]
		switch kind := s.Kind(); {
		case kind == jsonscan.Object && below != nil:
			t.pick(below)
		case !wanted:
			s.Skip()
		case kind == jsonscan.String:
			v, _ := s.Text()
			t.keep(slot, v)
		case kind == jsonscan.Number || kind == jsonscan.Bool:
			v, _ := s.Raw()
			t.keep(slot, v)
		default:
			s.Skip()
		}
	}
}

// keep copies a value: the scanner uses its own buffer again.
func (t *jsonTable) keep(slot int, v []byte) {
	from := len(t.text)
	t.text = append(t.text, v...)
	t.found[slot] = t.text[from:len(t.text):len(t.text)]
}
