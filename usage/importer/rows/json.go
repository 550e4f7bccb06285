package rows

import (
	"bytes"
	"context"
	"io"
)

// JSON reads the objects of a file one after the other.
type JSON struct {
	window
	begin int64 // line of the current object
	lined bool  // the last object stood on one line
}

// NewJSON returns a reader of the objects in src.
func NewJSON(src io.Reader) *JSON { return &JSON{window: newWindow(src, MaxJSON)} }

// Line is the line, from 1, that the last object began in.
func (j *JSON) Line() int64 { return j.begin }

// Next returns the text of the next object, valid until the next call. It begins
// with { and has as many closing braces as opening ones; whether it is JSON has not
// been checked. Bad is why a row has been passed over, in which case there is no
// text. The error is [io.EOF] at the end of the file.
func (j *JSON) Next() (text []byte, bad string, err error) {
	for {
		if j.r == j.w && !j.fill() {
			return nil, "", j.end()
		}
		switch c := j.buf[j.r]; c {
		case '\n':
			j.line++
			j.r++
		// Between objects of a list, of a sequence (RFC 7464), and where a crash has
		// left a hole.
		case ' ', '\t', '\r', ',', '[', ']', 0x1e, 0, 0xef, 0xbb, 0xbf:
			j.r++
		case '{':
			return j.object()
		default:
			if bad := j.other(); bad != "" {
				return nil, bad, nil
			}
		}
	}
}

// other goes past what is no object: the names of a server-sent event, or a line
// that does not belong here.
func (j *JSON) other() string {
	j.begin = j.line
	for j.w-j.r < 64 && j.fill() {
	}
	head := j.buf[j.r:min(j.w, j.r+64)]
	if rest, ok := bytes.CutPrefix(head, []byte("data:")); ok {
		j.r += len("data:")
		if bytes.HasPrefix(bytes.TrimLeft(rest, " "), []byte("[DONE]")) {
			j.skipLine()
		}
		return ""
	}
	known := head[0] == ':'
	for _, field := range []string{"event:", "id:", "retry:"} {
		known = known || bytes.HasPrefix(head, []byte(field))
	}
	j.skipLine()
	if known {
		return ""
	}
	return BadObject
}

// walk is where a search for the end of an object stands.
type walk struct {
	i       int // in the window
	depth   int
	text    bool // inside a string
	escaped bool // after a backslash
	fresh   bool // at the beginning of a line
	prev    byte // the last character that is no space
	lines   int64
	lost    bool // too long to be held
}

// object finds the end of the object that begins at r.
func (j *JSON) object() (text []byte, bad string, err error) {
	j.begin = j.line
	s := walk{i: j.r}
	for {
		end, broken := j.step(&s)
		switch {
		case broken:
			j.r, j.line, j.lined = s.i, j.line+s.lines, true
			return nil, BadCut, nil
		case end:
			text = j.buf[j.r:s.i]
			j.r, j.line, j.lined = s.i, j.line+s.lines, s.lines == 0
			if s.lost {
				return nil, BadLong, nil
			}
			return text, "", nil
		}
		// The window is used up.
		if s.lost = s.lost || j.full(); s.lost {
			j.r = j.w
		}
		at := s.i - j.r
		if !j.fill() {
			j.r, j.line = j.w, j.line+s.lines
			if j.err != io.EOF {
				return nil, "", j.end()
			}
			return nil, BadCut, nil
		}
		s.i = j.r + at
	}
}

// step walks to the end of the object, to a place where it cannot go on, or to the
// end of the window.
func (j *JSON) step(s *walk) (end, broken bool) {
	b := j.buf[:j.w]
	for s.i < len(b) {
		if s.text {
			if j.inText(s, b) {
				return false, true
			}
			continue
		}
		c := b[s.i]
		if s.fresh && c == '{' && (j.lined || s.prev != ',' && s.prev != '[' && s.prev != ':' && s.prev != '{') {
			return false, true // the next row begins before this one ended
		}
		s.fresh = false
		s.i++
		switch c {
		case '"':
			s.text, s.prev = true, c
		case '{', '[':
			s.depth++
			s.prev = c
		case '}', ']':
			s.prev = c
			if s.depth--; s.depth == 0 {
				return true, false
			}
		case '\n':
			s.lines++
			s.fresh = true
		case ' ', '\t', '\r':
		default:
			s.prev = c
		}
	}
	return false, false
}

// inText goes to the end of a string. It returns true at a line break, which no
// string has.
func (j *JSON) inText(s *walk, b []byte) (broken bool) {
	for s.i < len(b) {
		if s.escaped {
			s.escaped = false
			s.i++
			continue
		}
		part := b[s.i:]
		n := bytes.IndexByte(part, '"')
		if n < 0 {
			n = len(part)
		}
		part = part[:n]
		if k := bytes.IndexByte(part, '\n'); k >= 0 {
			s.i += k
			return true
		}
		slashes := 0
		for slashes < len(part) && part[len(part)-1-slashes] == '\\' {
			slashes++
		}
		s.i += n
		s.escaped = slashes%2 == 1
		if s.i < len(b) && !s.escaped {
			s.i++
			s.text = false
			return false
		}
	}
	return false
}

// Objects hands every object of a file to a reader, which returns why it cannot be
// counted, or the error that ends everything. What is refused is named by its line.
func Objects(ctx context.Context, src io.Reader, each func(text []byte) (bad string, err error), refuse func(line int64, reason string)) error {
	j := NewJSON(src)
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		text, bad, err := j.Next()
		if err == io.EOF {
			return nil
		}
		if err == nil && bad == "" {
			bad, err = each(text)
		}
		if err != nil {
			return err
		}
		if bad != "" {
			refuse(j.Line(), bad)
		}
	}
}
