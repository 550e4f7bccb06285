package buffer

import (
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"tokpit/tui/ui"
)

const (
	tabStop         = 4
	zeroWidthJoiner = '\u200d'
	// longestCluster bounds how much is looked at for one character as people
	// see it.
	longestCluster = 128
)

// cluster is a character as people see it, in the text and on the screen.
type cluster struct {
	size, width int
	// shown is what is drawn: "" for printable ASCII, which is drawn as it is.
	shown string
	odd   bool // shown is not the text itself: a control character, a broken byte
}

// firstCluster returns the cluster that text, which is not empty, begins with.
// col is the column that it is drawn in.
func firstCluster(text []byte, col int) cluster {
	c := text[0]
	switch {
	case c == '\t':
		return cluster{size: 1, width: tabStop - col%tabStop, shown: "\t"}
	case c == '\n':
		return cluster{size: 1}
	case c < 0x20:
		return cluster{size: 1, width: 1, shown: string(rune(0x2400 + int(c))), odd: true}
	case c == 0x7f:
		return cluster{size: 1, width: 1, shown: "␡", odd: true}
	case c < utf8.RuneSelf && (len(text) == 1 || text[1] < utf8.RuneSelf):
		return cluster{size: 1, width: 1}
	}
	r, n := utf8.DecodeRune(text)
	if r == utf8.RuneError && n == 1 {
		return cluster{size: 1, width: 1, shown: "\uFFFD", odd: true}
	}
	if w := plainWidth(r); w > 0 {
		next, k := utf8.DecodeRune(text[n:])
		if k == 0 || plainWidth(next) > 0 || next < 0x80 || next == utf8.RuneError && k == 1 {
			return cluster{size: n, width: w, shown: string(text[:n])}
		}
	}
	return joined(text)
}

// joined is firstCluster for what may be several characters that make one.
func joined(text []byte) cluster {
	head := text[:min(len(text), longestCluster)]
	for i, n := 0, 0; i < len(head); i += n { // a broken byte joins nothing
		var r rune
		if r, n = utf8.DecodeRune(head[i:]); r == utf8.RuneError && n == 1 {
			head = head[:i]
		}
	}
	s, _ := ansi.FirstGraphemeCluster(string(head), ansi.GraphemeWidth)
	if s == "" {
		_, n := utf8.DecodeRune(text)
		s = string(text[:n])
	}
	shown := ui.Text(s)
	c := cluster{size: len(s), width: ui.Width(shown), shown: shown, odd: shown == ""}
	if c.width == 0 {
		c.shown, c.width, c.odd = "·", 1, true
	}
	return c
}

// plainWidth is the width of a character that never joins another and that all
// terminals draw alike; 0 for one that may not be so simple.
func plainWidth(r rune) int {
	switch {
	case r >= 0x20 && r < 0x7f, r >= 0xa1 && r < 0x300 && r != 0xad, r >= 0x370 && r < 0x483 && r != 0x378 && r != 0x379,
		r >= 0x2010 && r < 0x2028, r >= 0x20a0 && r < 0x20c0:
		return 1
	case r >= 0x3041 && r < 0x3097, r >= 0x30a1 && r < 0x3100, r >= 0x4e00 && r < 0xa000, r >= 0xac00 && r < 0xd7a4,
		r >= 0x3001 && r < 0x3020, r >= 0xff01 && r < 0xff61:
		return 2
	}
	return 0
}

// alone reports whether a character begins a cluster wherever it stands.
func alone(r rune) bool {
	return r < 0x300 || plainWidth(r) > 0 || !unicode.IsMark(r) && r != zeroWidthJoiner && !(r >= 0xfe00 && r <= 0xfe0f) &&
		!(r >= 0x1160 && r < 0x1200) && !(r >= 0x1f3fb && r <= 0x1f3ff) && !(r >= 0x1f1e6 && r <= 0x1f1ff) && !(r >= 0xd7b0 && r < 0xd800)
}

// breaks reports whether a line may be wrapped after a cluster.
func breaks(text []byte, c cluster) bool {
	switch b := text[0]; {
	case b == ' ', b == '\t', b == '-':
		return true
	case b < utf8.RuneSelf:
		return false
	}
	return c.width == 2
}
