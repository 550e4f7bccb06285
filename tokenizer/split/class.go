package split

import (
	_ "embed"
	"unicode/utf8"
)

// Class is a set of kinds of characters; a character has exactly one.
type Class uint16

// The kinds that the patterns tell apart, by Unicode general category.
const (
	Other  Class = 1 << iota // C*: unassigned, control, format; not white space
	Sign                     // P* and S*
	Space                    // white space that is no line end
	Line                     // CR and LF
	Number                   // N*
	Mark                     // M*
	Upper                    // Lu and Lt
	Lower                    // Ll
	Plain                    // Lm and Lo: letters without case
)

const (
	// Letter is any letter.
	Letter = Upper | Lower | Plain
	// White is all white space.
	White = Space | Line

	upperRun = Upper | Plain | Mark          // [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]
	lowerRun = Lower | Plain | Mark          // [\p{Ll}\p{Lm}\p{Lo}\p{M}]
	prefix   = Other | Sign | Space | Mark   // [^\r\n\p{L}\p{N}]
	punct    = Other | Sign | Mark           // [^\s\p{L}\p{N}]
	invalid  = utf8.RuneError                // what an invalid byte counts as
	planes   = (utf8.MaxRune + 1) / blockLen // entries of the first stage
	blockLen = 256                           // code points per block
)

// classes is a two-stage table written by tokenizer/tablegen: a block number for
// each 256 code points, then the blocks, with the number of the class's bit for
// each code point. It is data, so that a newer Go does not change what we count.
//
//go:embed classes.bin
var classes string

// ascii holds the classes of the bytes below 0x80; other bytes have none.
var ascii = asciiClasses()

func asciiClasses() (t [256]Class) {
	for c := range t {
		switch {
		case c == '\n' || c == '\r':
			t[c] = Line
		case c == ' ' || c >= '\t' && c < '\r':
			t[c] = Space
		case c >= '0' && c <= '9':
			t[c] = Number
		case c >= 'a' && c <= 'z':
			t[c] = Lower
		case c >= 'A' && c <= 'Z':
			t[c] = Upper
		case c > ' ' && c < 0x7f:
			t[c] = Sign
		case c < 0x80:
			t[c] = Other
		}
	}
	return t
}

// Of returns the class of a character.
func Of(r rune) Class {
	if uint32(r) > utf8.MaxRune {
		r = invalid
	}
	return 1 << classes[planes+int(classes[r>>8])<<8+int(r&0xff)]
}

// at returns the class and length of the character at p[i].
func at(p []byte, i int) (Class, int) {
	if c := p[i]; c < utf8.RuneSelf {
		return ascii[c], 1
	}
	return wide(p, i)
}

// wide is at for characters of more than one byte.
func wide(p []byte, i int) (Class, int) {
	c := p[i]
	if c >= 0xe1 && c < 0xed && i+2 < len(p) && p[i+1]&0xc0 == 0x80 && p[i+2]&0xc0 == 0x80 {
		r := int(c&15)<<12 | int(p[i+1]&63)<<6 | int(p[i+2]&63)
		return 1 << classes[planes+int(classes[r>>8])<<8+r&0xff], 3
	}
	r, n := utf8.DecodeRune(p[i:])
	return Of(r), n
}

// plainLead holds the first bytes whose characters, all of three bytes, are all
// of class Plain: U+5000 to U+9FFF, Han, and U+B000 to U+CFFF, Hangul.
var plainLead = [256]bool{0xe5: true, 0xe6: true, 0xe7: true, 0xe8: true, 0xe9: true, 0xeb: true, 0xec: true}

// run returns the end of the run of characters of a set that begins at p[i].
func run(p []byte, i int, set Class) int {
	for i < len(p) {
		if c := p[i]; c < utf8.RuneSelf {
			if ascii[c]&set == 0 {
				return i
			}
			i++
			continue
		} else if plainLead[c] && set&Plain != 0 && i+3 <= len(p) {
			i += 3
			continue
		}
		k, n := wide(p, i)
		if k&set == 0 {
			return i
		}
		i += n
	}
	return i
}
