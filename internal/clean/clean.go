// Package clean makes text from outside harmless to a terminal, a log line and
// a table cell.
//
// Names of models, projects, keys and files come from logs and from servers
// that tokpit does not control. Such a name can carry an escape sequence that
// moves the cursor, retitles the window or writes the clipboard; a direction
// override that makes "gnp.exe" read as "exe.png"; invisible characters that
// make two names look alike; or simply a megabyte of text. [Text] removes the
// first three and cuts the last, and leaves everything that people really
// write as it is.
//
// What goes:
//
//   - whole escape sequences: CSI, OSC, DCS, SOS, PM, APC and the short ones,
//     introduced by ESC or by their one-character C1 form;
//   - every other C0 and C1 control and DEL; tabs and line breaks (U+2028 and
//     U+2029 too) become a space;
//   - bidirectional marks, embeddings, overrides and isolates;
//   - characters without width: joiners, the word joiner and invisible
//     operators, the byte order mark, soft hyphens, tags.
//
// Bytes that are not UTF-8 become U+FFFD. Cleaning is idempotent.
package clean

import (
	"strings"
	"unicode/utf8"
)

// MaxRunes is how much [Text] keeps.
const MaxRunes = 256

// Text returns s without anything harmful, cut to [MaxRunes]. Plain short
// ASCII comes back as it is, without an allocation.
func Text(s string) string { return Limit(s, MaxRunes) }

// Limit is [Text] with a length of the caller's choice. A longer text ends in
// "…", which counts. A limit below 1 returns "".
func Limit(s string, runes int) string {
	if len(s) <= runes && plain(s) {
		return s
	}
	if runes < 1 {
		return ""
	}
	return slow(s, runes)
}

// plain reports whether s is printable ASCII.
func plain(s string) bool {
	for i := range len(s) {
		if s[i]-0x20 > 0x7e-0x20 {
			return false
		}
	}
	return true
}

func slow(s string, runes int) string {
	var b strings.Builder
	b.Grow(min(len(s), 4*runes))
	n, cut := 0, 0 // runes written; length before the last one
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		if skip := sequence(s, r, size); skip > 0 {
			s = s[skip:]
			continue
		}
		s = s[size:]
		switch {
		case lineBreak(r):
			r = ' '
		case invisible(r):
			continue
		}
		if n == runes {
			return b.String()[:cut] + "…"
		}
		n, cut = n+1, b.Len()
		b.WriteRune(r) // U+FFFD for a byte that is not UTF-8
	}
	return b.String()
}

func lineBreak(r rune) bool {
	return r >= '\t' && r <= '\r' || r == 0x85 || r == 0x2028 || r == 0x2029
}

// invisible reports whether r draws nothing or changes how others are drawn.
func invisible(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0: // C0, DEL, C1
		return true
	case r < 0xad:
		return false
	case r == 0xad, r == 0x34f, r == 0x61c, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5, r == 0x3164, r == 0xffa0:
		return true // soft hyphen, grapheme joiner, Arabic letter mark, fillers
	case r >= 0x180b && r <= 0x180f: // Mongolian selectors and vowel separator
		return true
	case r >= 0x200b && r <= 0x200f: // zero width, LRM, RLM
		return true
	case r >= 0x202a && r <= 0x202e: // embeddings and overrides
		return true
	case r >= 0x2060 && r <= 0x206f: // word joiner, operators, isolates, deprecated
		return true
	case r == 0xfeff, r >= 0xfff9 && r <= 0xfffb: // byte order mark, annotations
		return true
	case r >= 0x1d173 && r <= 0x1d17a, r >= 0xe0000 && r <= 0xe0fff: // music beams, tags
		return true
	}
	return false
}

// sequence returns the length of the escape sequence that s begins with, or 0.
// An introducer that nothing closes counts alone: its text is then ordinary.
func sequence(s string, r rune, size int) int {
	kind := rune(0)
	body := s[size:]
	switch {
	case r == 0x1b && body != "":
		kind, body = rune(body[0])+0x40, body[1:] // ESC [ is C1 U+009B, and so on
	case r >= 0x90 && r <= 0x9f:
		kind = r
	default:
		return 0
	}
	head := len(s) - len(body)
	switch kind {
	case 0x9b: // CSI: parameters, intermediates, one final
		n := span(body, 0x20, 0x3f)
		if n < len(body) && body[n] >= 0x40 && body[n] <= 0x7e {
			n++
		}
		return head + n
	case 0x90, 0x98, 0x9d, 0x9e, 0x9f: // DCS, SOS, OSC, PM, APC: up to ST (or BEL)
		return head + stringEnd(body)
	}
	if r != 0x1b {
		return 0 // a lone C1 control
	}
	// ESC, intermediates, one final. Whatever is neither stays.
	body = s[1:]
	n := span(body, 0x20, 0x2f)
	if n < len(body) && body[n] >= 0x30 && body[n] <= 0x7e {
		n++
	}
	return 1 + n
}

func span(s string, lo, hi byte) int {
	n := 0
	for n < len(s) && s[n] >= lo && s[n] <= hi {
		n++
	}
	return n
}

// stringEnd returns the length of a control string's body with its end, or 0
// if it has none.
func stringEnd(s string) int {
	for i := range len(s) {
		switch s[i] {
		case 0x07:
			return i + 1
		case 0x1b:
			if i+1 < len(s) && s[i+1] == '\\' {
				return i + 2
			}
		case 0xc2: // U+009C in UTF-8
			if i+1 < len(s) && s[i+1] == 0x9c {
				return i + 2
			}
		}
	}
	return 0
}
