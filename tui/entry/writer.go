package entry

import (
	"strings"

	"tokpit/tui/ui"
)

// labelWidth is the room for the labels of facts.
const labelWidth = 14

// Writer writes paragraphs and facts with a pen.
type Writer struct {
	*ui.Pen
	St *ui.Styles
}

// Write returns a writer with a pen.
func Write(p *ui.Pen, st *ui.Styles) Writer { return Writer{p, st} }

// Fact writes a label and a value, over as many lines as it needs; nothing
// without a value.
func (w Writer) Fact(label, value string) { w.Inked(label, value, w.St.Text) }

// Inked is [Writer.Fact] in an ink.
func (w Writer) Inked(label, value string, ink ui.Ink) {
	if value == "" {
		return
	}
	for i, line := range ui.Wrap(ui.Text(value), max(8, w.Width()-labelWidth)) {
		if i > 0 {
			label = ""
		}
		w.Left(w.St.Muted, label, labelWidth)
		w.Text(ink, line)
		w.End()
	}
}

// Para writes a paragraph after a sign.
func (w Writer) Para(ink ui.Ink, sign, text string) {
	for i, line := range ui.Wrap(ui.Text(text), max(8, w.Width()-ui.Width(sign))) {
		if i > 0 {
			sign = strings.Repeat(" ", ui.Width(sign))
		}
		w.Text(ink, sign)
		w.Text(ink, line)
		w.End()
	}
}

// Heading writes a title.
func (w Writer) Heading(s string) {
	w.Text(w.St.Strong, s)
	w.End()
}
