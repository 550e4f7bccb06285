package ui

import (
	"strconv"
	"strings"
)

// Ink is how a piece of text is drawn: colour and weight, as the terminal
// sequences that begin and end it. Ends are narrow (only what was begun), so
// inks lie on a coloured row without erasing it. The zero Ink is plain text.
//
// Inks are built once per theme. They are not lipgloss styles because a page
// has hundreds of cells and rendering a style costs several allocations each.
type Ink struct{ open, close string }

// attribute is a text attribute besides colour.
type attribute uint8

const (
	bold attribute = 1 << iota
	underline
	reverse
)

// newInk builds an ink from colours "#rrggbb"; "" keeps what is there.
func newInk(foreground, background string, a attribute) Ink {
	var open, end []string
	add := func(on, off string) { open, end = append(open, on), append(end, off) }
	if a&bold != 0 {
		add("1", "22")
	}
	if a&underline != 0 {
		add("4", "24")
	}
	if a&reverse != 0 {
		add("7", "27")
	}
	if foreground != "" {
		add("38;2;"+rgb(foreground), "39")
	}
	if background != "" {
		add("48;2;"+rgb(background), "49")
	}
	if len(open) == 0 {
		return Ink{}
	}
	return Ink{"\x1b[" + strings.Join(open, ";") + "m", "\x1b[" + strings.Join(end, ";") + "m"}
}

// rgb turns "#rrggbb" into "r;g;b" in decimal; anything else is black.
func rgb(hex string) string {
	n, _ := strconv.ParseUint(strings.TrimPrefix(hex, "#"), 16, 24)
	return strconv.Itoa(int(n>>16)) + ";" + strconv.Itoa(int(n>>8&255)) + ";" + strconv.Itoa(int(n&255))
}

// String returns s drawn with the ink. Longer texts are drawn with a [Pen].
func (k Ink) String(s string) string { return k.open + s + k.close }

// IsPlain reports whether the ink changes nothing.
func (k Ink) IsPlain() bool { return k.open == "" }
