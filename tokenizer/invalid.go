package tokenizer

import (
	"unicode/utf8"
)

const replacement = "\uFFFD"

// Invalid returns how many bytes of text are not part of valid UTF-8. Each
// maximal part of a character that they make up counts as one U+FFFD.
func Invalid(text []byte) int {
	n := 0
	for len(text) > 0 {
		if valid := validPrefix(text); valid > 0 {
			text = text[valid:]
			continue
		}
		k := subpart(text)
		n += k
		text = text[k:]
	}
	return n
}

// repair appends text to dst with U+FFFD for what is invalid.
func repair(dst, text []byte) []byte {
	for len(text) > 0 {
		if valid := validPrefix(text); valid > 0 {
			dst = append(dst, text[:valid]...)
			text = text[valid:]
			continue
		}
		dst = append(dst, replacement...)
		text = text[subpart(text):]
	}
	return dst
}

// validPrefix returns the length of the valid UTF-8 that text begins with.
func validPrefix(text []byte) int {
	i := 0
	for i < len(text) {
		if text[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		i += n
	}
	return i
}

// subpart returns the length of the maximal subpart of a character that invalid
// text begins with, at least 1: the rule of the Unicode Standard, section 3.9,
// and of the WHATWG decoder.
func subpart(text []byte) int {
	c := text[0]
	need, lo, hi := 0, byte(0x80), byte(0xbf)
	switch {
	case c >= 0xc2 && c <= 0xdf:
		need = 1
	case c >= 0xe0 && c <= 0xef:
		need = 2
		if c == 0xe0 {
			lo = 0xa0
		} else if c == 0xed {
			hi = 0x9f
		}
	case c >= 0xf0 && c <= 0xf4:
		need = 3
		if c == 0xf0 {
			lo = 0x90
		} else if c == 0xf4 {
			hi = 0x8f
		}
	}
	n := 1
	for n <= need && n < len(text) && text[n] >= lo && text[n] <= hi {
		n++
		lo, hi = 0x80, 0xbf
	}
	return n
}
