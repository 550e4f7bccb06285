package split

import "unicode/utf8"

// Safe reports whether text may be cut before p[i] whatever its rest is: a piece
// ends there, and the pieces on each side are the same as if the other side were
// not there. It only looks at the characters beside i, so it may say no where a
// cut would do. Invalid bytes count as U+FFFD.
func (t Pattern) Safe(p []byte, i int) bool {
	if i <= 0 || i >= len(p) {
		return i == 0 || i == len(p)
	}
	if p[i]&0xc0 == 0x80 {
		return false
	}
	a, b := around(p, i)
	return t.safe(a, b, p[i])
}

// safe decides for a character of class a before one of class b, whose first
// byte is c.
func (t Pattern) safe(a, b Class, c byte) bool {
	if t == Qwen && b == Mark { // its text is composed first
		return false
	}
	switch a {
	case Number:
		return b != Number
	case Upper, Lower, Plain:
		if t == CL100K || t == Qwen || t == R50K {
			return b&Letter == 0
		}
		return b&(Letter|Mark) == 0 && c != '\''
	case Line:
		// R50K leaves the last white space before other text to that text.
		return t != R50K && b&White == 0 && c != '/'
	case Sign:
		return b == Space
	}
	return false
}

// SafeForAll is Safe for all patterns at once.
func SafeForAll(p []byte, i int) bool {
	if i <= 0 || i >= len(p) {
		return i == 0 || i == len(p)
	}
	if p[i]&0xc0 == 0x80 {
		return false
	}
	a, b := around(p, i)
	for t := range patterns {
		if !t.safe(a, b, p[i]) {
			return false
		}
	}
	return true
}

// around returns the classes of the characters beside i.
func around(p []byte, i int) (a, b Class) {
	a, b = ascii[p[i-1]], ascii[p[i]]
	if a == 0 {
		r, _ := utf8.DecodeLastRune(p[:i])
		a = Of(r)
	}
	if b == 0 {
		b, _ = wide(p, i)
	}
	return a, b
}

// Cut returns the last safe place in (from, to], or from if there is none.
func (t Pattern) Cut(p []byte, from, to int) int {
	for i := to; i > from; i-- {
		if t.Safe(p, i) {
			return i
		}
	}
	return from
}

// CutAfter returns the first safe place in [from, to), or to if there is none.
func (t Pattern) CutAfter(p []byte, from, to int) int {
	for i := from; i < to; i++ {
		if t.Safe(p, i) {
			return i
		}
	}
	return to
}
