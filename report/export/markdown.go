package export

import (
	"bufio"
	"io"
	"strings"

	"tokpit/internal/clean"
)

// Markdown writes a table for a ticket or a chat. Figures stand at the right.
type Markdown struct {
	w       *bufio.Writer
	columns []Column
}

// NewMarkdown returns a writer of Markdown.
func NewMarkdown(w io.Writer) *Markdown { return &Markdown{w: bufio.NewWriter(w)} }

// Begin implements [Writer].
func (m *Markdown) Begin(columns []Column) error {
	m.columns = columns
	head, rule := "|", "|"
	for _, c := range columns {
		head += " " + MarkdownText(c.Name) + " |"
		switch c.Kind {
		case Count, Amount, Rate:
			rule += "---:|"
		default:
			rule += "---|"
		}
	}
	_, err := m.w.WriteString(head + "\n" + rule + "\n")
	return err
}

// Row implements [Writer].
func (m *Markdown) Row(cells []Cell) error {
	b := []byte("|")
	for i := range cells {
		b = append(b, ' ')
		if k := m.columns[i].Kind; k == Text {
			b = append(b, MarkdownText(cells[i].text)...)
		} else {
			b = cells[i].Append(b, k)
		}
		b = append(b, " |"...)
	}
	_, err := m.w.Write(append(b, '\n'))
	return err
}

// End implements [Writer].
func (m *Markdown) End() error { return m.w.Flush() }

// MarkdownText returns text that Markdown shows as it is: one line, without
// links, pictures, markup or HTML.
func MarkdownText(s string) string {
	s = clean.Limit(s, len(s)+1)
	var b strings.Builder
	for _, r := range s {
		switch {
		case strings.ContainsRune("\\`*_{}[]()#|~", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '&':
			b.WriteString("&amp;")
		case r == '@': // nobody is called
			b.WriteString("&#64;")
		case r == ':': // and no address becomes a link
			b.WriteString("&#58;")
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
