// Package jsonscan reads one JSON text forward, once, without building values.
//
// Agent logs are large and mostly not about usage: a reader wants a dozen
// fields out of a line of many kilobytes, and often knows after the first
// hundred bytes that it wants none. A [Scanner] hands out the members of an
// object one by one; the caller takes the values it knows and skips the rest:
//
//	var s jsonscan.Scanner
//	s.Reset(line)
//	for ok := s.Object(); ok; ok = s.Next() {
//		switch string(s.Key()) {
//		case "id":
//			id, kind = s.Text()
//		default:
//			s.Skip()
//		}
//	}
//	err := s.End()
//
// A caller may stop at any point; what it has not walked over has not been
// checked. If End returns nil the whole text is JSON exactly as encoding/json
// understands it (RFC 8259; depth up to 10,000; bytes in strings need not be
// UTF-8). The package never panics, whatever the input.
package jsonscan

import "bytes"

// Error is the reason why a text is not JSON.
type Error string

func (e Error) Error() string { return string(e) }

// The reasons.
const (
	ErrTruncated Error = "the line is cut off"
	ErrSyntax    Error = "not valid JSON"
	ErrDepth     Error = "nested too deeply"
)

// maxDepth is encoding/json's.
const maxDepth = 10000

// Kind is what a value is.
type Kind uint8

// The kinds. None is the end of the text, or something that begins no value.
const (
	None Kind = iota
	Null
	Bool
	Number
	String
	Array
	Object
)

var kinds = [256]Kind{'n': Null, 't': Bool, 'f': Bool, '"': String, '[': Array, '{': Object, '-': Number,
	'0': Number, '1': Number, '2': Number, '3': Number, '4': Number, '5': Number, '6': Number, '7': Number, '8': Number, '9': Number}

// Scanner walks one text. The zero Scanner is at the end of an empty one.
type Scanner struct {
	b       []byte
	i       int
	depth   int
	err     Error
	key     []byte
	scratch []byte // texts that had escapes, one after another
}

// Reset begins a new text, which must not change while it is walked.
func (s *Scanner) Reset(b []byte) {
	s.b, s.i, s.depth, s.err, s.key, s.scratch = b, 0, 0, "", nil, s.scratch[:0]
}

// Offset is where the walk stands in the text.
func (s *Scanner) Offset() int { return s.i }

// Err returns why the walk stopped, or nil.
func (s *Scanner) Err() error {
	if s.err == "" {
		return nil
	}
	return s.err
}

// End checks that nothing but white space is left, and returns [Scanner.Err].
func (s *Scanner) End() error {
	if s.err == "" && s.space() != 0 {
		s.fail(ErrSyntax)
	}
	return s.Err()
}

func (s *Scanner) fail(e Error) bool {
	if s.err == "" {
		s.err = e
		if s.i >= len(s.b) && e == ErrSyntax {
			s.err = ErrTruncated
		}
	}
	return false
}

// space skips white space and returns the next byte, or 0 at the end. (A NUL
// in the text is no token either.)
func (s *Scanner) space() byte {
	for s.i < len(s.b) {
		if c := s.b[s.i]; c > ' ' || c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			if c == 0 {
				s.fail(ErrSyntax)
			}
			return c
		}
		s.i++
	}
	return 0
}

// Kind returns what the next value is.
func (s *Scanner) Kind() Kind {
	if s.err != "" {
		return None
	}
	return kinds[s.space()]
}

// Object enters the object that comes next and goes to its first member. It
// returns false if there is none, or no object.
func (s *Scanner) Object() bool {
	if !s.enter('{') {
		return false
	}
	if s.space() == '}' {
		s.leave()
		return false
	}
	return s.member()
}

// Next goes to the next member of the innermost object entered, whose last
// value must have been taken or skipped. It returns false at the object's end,
// and leaves it.
func (s *Scanner) Next() bool {
	if s.err != "" {
		return false
	}
	switch s.space() {
	case ',':
		s.i++
		return s.member()
	case '}':
		s.leave()
		return false
	}
	return s.fail(ErrSyntax)
}

// Elements enters the array that comes next and goes to its first element. It
// returns false if there is none, or no array.
func (s *Scanner) Elements() bool {
	if !s.enter('[') {
		return false
	}
	if s.space() == ']' {
		s.leave()
		return false
	}
	return s.err == ""
}

// More goes to the next element of the innermost array entered.
func (s *Scanner) More() bool {
	if s.err != "" {
		return false
	}
	switch s.space() {
	case ',':
		s.i++
		return true
	case ']':
		s.leave()
		return false
	}
	return s.fail(ErrSyntax)
}

func (s *Scanner) enter(open byte) bool {
	if s.err != "" {
		return false
	}
	if s.space() != open {
		return s.fail(ErrSyntax)
	}
	if s.depth++; s.depth > maxDepth {
		return s.fail(ErrDepth)
	}
	s.i++
	return true
}

func (s *Scanner) leave() {
	s.i++
	s.depth--
}

// member reads a key and its colon.
func (s *Scanner) member() bool {
	if s.space() != '"' {
		return s.fail(ErrSyntax)
	}
	start := s.i + 1
	escaped, ok := s.skipString()
	if !ok {
		return false
	}
	s.key = s.b[start : s.i-1]
	if escaped {
		s.key = s.plain(s.key)
	}
	if s.space() != ':' {
		return s.fail(ErrSyntax)
	}
	s.i++
	return true
}

// Key returns the key of the current member, without escapes. It is valid
// until Reset.
func (s *Scanner) Key() []byte { return s.key }

// Text takes the next value if it is a string or null and returns its
// contents without escapes, valid until Reset. Any other value is skipped. The kind says which it was; [None] is a syntax error.
func (s *Scanner) Text() ([]byte, Kind) {
	k := s.Kind()
	if k != String {
		if !s.Skip() {
			return nil, None
		}
		return nil, k
	}
	start := s.i + 1
	escaped, ok := s.skipString()
	if !ok {
		return nil, None
	}
	text := s.b[start : s.i-1]
	if escaped {
		text = s.plain(text)
	}
	return text, String
}

// plain returns text without its escapes.
func (s *Scanner) plain(text []byte) []byte {
	n := len(s.scratch)
	s.scratch = unescape(s.scratch, text)
	return s.scratch[n:len(s.scratch):len(s.scratch)]
}

// Raw takes the next value whatever it is, checks it, and returns its bytes.
func (s *Scanner) Raw() ([]byte, Kind) {
	k := s.Kind()
	start := s.i
	if !s.Skip() {
		return nil, None
	}
	return s.b[start:s.i], k
}

// Bool takes the next value if it is true, false or null (false). Any other
// value is skipped.
func (s *Scanner) Bool() (bool, Kind) {
	k := s.Kind()
	start := s.i
	if !s.Skip() {
		return false, None
	}
	return k == Bool && s.b[start] == 't', k
}

// Skip checks the next value and goes past it.
func (s *Scanner) Skip() bool {
	if s.err != "" {
		return false
	}
	switch s.space() {
	case '"':
		_, ok := s.skipString()
		return ok
	case '{':
		return s.skipObject()
	case '[':
		return s.skipArray()
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	}
	return s.skipNumber()
}

func (s *Scanner) skipObject() bool {
	for ok := s.Object(); ok; ok = s.Next() {
		if !s.Skip() {
			return false
		}
	}
	return s.err == ""
}

func (s *Scanner) skipArray() bool {
	for ok := s.Elements(); ok; ok = s.More() {
		if !s.Skip() {
			return false
		}
	}
	return s.err == ""
}

func (s *Scanner) literal(word string) bool {
	rest := s.b[s.i:]
	if len(rest) >= len(word) && string(rest[:len(word)]) == word {
		s.i += len(word)
		return true
	}
	if len(rest) < len(word) && bytes.HasPrefix([]byte(word), rest) {
		s.i = len(s.b)
	}
	return s.fail(ErrSyntax)
}

// Valid returns nil if b is one JSON text.
func Valid(b []byte) error {
	var s Scanner
	s.Reset(b)
	s.Skip()
	return s.End()
}
