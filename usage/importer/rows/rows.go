// Package rows splits a file that somebody brings into its rows, in one pass and
// in memory that does not grow with the file.
//
// [JSON] finds the objects of a file that holds several: JSON Lines, pretty
// printed objects one after the other, a list of objects, or a recorded stream of
// server-sent events. [CSV] finds the rows of comma-separated text as people
// really have it: quoted, with line breaks inside, with or without CR, with a byte
// order mark, with semicolons.
//
// Both go on after damage: one broken row costs that row and not the file, and a
// row beyond the limit is passed over without being held.
package rows

import (
	"bytes"
	"io"
)

// Limits of one row, in bytes.
const (
	MaxJSON = 32 << 20
	MaxCSV  = 1 << 20
)

// What is wrong with a row that has been passed over.
const (
	BadLong   = "longer than a row may be"
	BadCut    = "the row is cut off"
	BadQuote  = "a quoted field does not end"
	BadObject = "not a JSON object"
)

const bufferSize = 256 << 10 // fits a second-level cache

// window is the part of a file that is held: buf[r:w] is unread.
type window struct {
	src  io.Reader
	buf  []byte
	r, w int
	err  error // why there is no more
	line int64 // that buf[r] is in, from 1
	most int
}

func newWindow(src io.Reader, most int) window {
	return window{src: src, buf: make([]byte, min(bufferSize, most)), line: 1, most: most}
}

// fill reads more behind what is held, and moves it to the front. It returns false
// at the end of the file, and when the window is full.
func (v *window) fill() bool {
	if v.err != nil {
		return false
	}
	if v.r > 0 {
		v.w = copy(v.buf, v.buf[v.r:v.w])
		v.r = 0
	}
	if v.w == len(v.buf) {
		if len(v.buf) >= v.most {
			return false
		}
		bigger := make([]byte, min(2*len(v.buf), v.most))
		v.w = copy(bigger, v.buf[:v.w])
		v.buf = bigger
	}
	for range 100 { // a reader may return nothing a few times
		n, err := v.src.Read(v.buf[v.w:])
		v.w += n
		if err != nil {
			v.err = err
		}
		if n > 0 {
			return true
		}
		if err != nil {
			return false
		}
	}
	v.err = io.ErrNoProgress
	return false
}

// full reports whether a row that begins at r does not fit.
func (v *window) full() bool { return v.r == 0 && v.w == len(v.buf) && len(v.buf) >= v.most }

// end is the error that a file ended with.
func (v *window) end() error {
	if v.err == nil {
		return io.EOF
	}
	return v.err
}

// skipLine goes past the next line break, holding nothing. It returns false at the
// end of the file.
func (v *window) skipLine() bool {
	for {
		if i := bytes.IndexByte(v.buf[v.r:v.w], '\n'); i >= 0 {
			v.r += i + 1
			v.line++
			return true
		}
		v.r = v.w
		if !v.fill() {
			return false
		}
	}
}
