package jsonscan

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// A word of eight bytes is searched at a time. In has(x, n) every byte of x
// that equals the byte of n has its top bit set; a byte above such a one may
// have it set falsely, so only the lowest is to be trusted. below works alike.
const (
	ones = 0x0101010101010101
	tops = 0x8080808080808080
)

func has(x, n uint64) uint64 {
	x ^= n
	return (x - ones) &^ x & tops
}

func below(x, n uint64) uint64 { return (x - n) &^ x & tops }

// skipString goes past the string whose quote is next and reports whether it
// has escapes.
func (s *Scanner) skipString() (escaped, ok bool) {
	b, i := s.b, s.i+1
	for {
		for i+8 <= len(b) {
			x := binary.LittleEndian.Uint64(b[i:])
			if m := has(x, '"'*ones) | has(x, '\\'*ones) | below(x, ' '*ones); m != 0 {
				i += bits.TrailingZeros64(m) / 8
				break
			}
			i += 8
		}
		for i < len(b) && b[i] != '"' && b[i] != '\\' && b[i] >= ' ' {
			i++
		}
		switch {
		case i >= len(b):
			s.i = len(b)
			return escaped, s.fail(ErrTruncated)
		case b[i] == '"':
			s.i = i + 1
			return escaped, true
		case b[i] == '\\':
			escaped = true
			n := escapeLen(b[i:])
			if n <= 0 {
				s.i = i
				if n < 0 {
					s.i = len(b)
				}
				return escaped, s.fail(ErrSyntax)
			}
			i += n
		default: // a control character
			s.i = i
			return escaped, s.fail(ErrSyntax)
		}
	}
}

// escapeLen returns the length of the escape that b begins with, 0 if it is
// none, -1 if b ends inside it.
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return -1
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		for i := 2; i < 6; i++ {
			if i >= len(b) {
				return -1
			}
			if unhex(b[i]) < 0 {
				return 0
			}
		}
		return 6
	}
	return 0
}

func unhex(c byte) rune {
	switch {
	case c >= '0' && c <= '9':
		return rune(c - '0')
	case c >= 'a' && c <= 'f':
		return rune(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return rune(c-'A') + 10
	}
	return -1
}

// unescape appends checked string contents to dst. A surrogate without its
// partner becomes U+FFFD.
func unescape(dst, b []byte) []byte {
	for i := 0; i < len(b); {
		c := b[i]
		if c != '\\' {
			dst = append(dst, c)
			i++
			continue
		}
		if b[i+1] != 'u' {
			dst = append(dst, plainEscape(b[i+1]))
			i += 2
			continue
		}
		r := hex4(b[i+2:])
		i += 6
		if utf16.IsSurrogate(r) {
			pair := rune(utf8.RuneError)
			if i+6 <= len(b) && b[i] == '\\' && b[i+1] == 'u' {
				pair = utf16.DecodeRune(r, hex4(b[i+2:]))
			}
			if pair != utf8.RuneError {
				i += 6
			}
			r = pair
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

func plainEscape(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

func hex4(b []byte) rune {
	return unhex(b[0])<<12 | unhex(b[1])<<8 | unhex(b[2])<<4 | unhex(b[3])
}

// skipNumber goes past a number: -?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?
func (s *Scanner) skipNumber() bool {
	b := s.b
	if s.i < len(b) && b[s.i] == '-' {
		s.i++
	}
	switch {
	case s.i < len(b) && b[s.i] == '0':
		s.i++
	case !s.digits():
		return false
	}
	if s.i < len(b) && b[s.i] == '.' {
		s.i++
		if !s.digits() {
			return false
		}
	}
	if s.i < len(b) && b[s.i]|0x20 == 'e' {
		s.i++
		if s.i < len(b) && (b[s.i] == '+' || b[s.i] == '-') {
			s.i++
		}
		return s.digits()
	}
	return true
}

func (s *Scanner) digits() bool {
	start := s.i
	for s.i < len(s.b) && s.b[s.i]-'0' < 10 {
		s.i++
	}
	return s.i > start || s.fail(ErrSyntax)
}

// Slip is what is wrong with a value that should be a count.
type Slip uint8

// The slips.
const (
	Fine      Slip = iota
	NotNumber      // a string, a container, true or false
	NotWhole       // has a fraction or an exponent
	Negative
	TooLarge // above the range of int64
	Broken   // a syntax error
)

func (e Slip) String() string {
	switch e {
	case NotNumber:
		return "is not a number"
	case NotWhole:
		return "is not a whole number"
	case Negative:
		return "is negative"
	case TooLarge:
		return "is too large"
	case Broken:
		return string(ErrSyntax)
	}
	return ""
}

// Count takes the next value, which should be a whole number from 0 up; null
// is 0. Any other value is skipped, and the slip says what it was.
func (s *Scanner) Count() (int64, Slip) {
	k := s.Kind()
	start := s.i
	if !s.Skip() {
		return 0, Broken
	}
	switch k {
	case Null:
		return 0, Fine
	case Number:
		return count(s.b[start:s.i])
	}
	return 0, NotNumber
}

// count converts a checked number.
func count(b []byte) (int64, Slip) {
	negative := b[0] == '-'
	if negative {
		b = b[1:]
	}
	var n uint64
	large := false
	for _, c := range b {
		d := uint64(c - '0')
		if d > 9 {
			return 0, NotWhole
		}
		if n > (1<<63-1-d)/10 {
			large = true
		}
		n = n*10 + d
	}
	switch {
	case negative && (n != 0 || large):
		return 0, Negative
	case large:
		return 0, TooLarge
	}
	return int64(n), Fine
}
