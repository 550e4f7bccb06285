package jsonl

import (
	"bytes"
	"io"
)

const bufferSize = 256 << 10 // fits a second-level cache

// What [lines.next] found.
type lineKind uint8

const (
	wholeLine lineKind = iota
	lastLine           // ends with the file, not with a line break
	longLine           // does not fit the buffer; see grow and discard
	noLine             // the end
)

// lines splits a file into lines without copying them.
type lines struct {
	src  io.Reader
	left int64 // bytes that src still has to give
	buf  []byte
	r, w int   // buf[r:w] is unread
	seen int   // no line break in buf[r:seen]
	off  int64 // of buf[r] in the file
}

// reset begins at an offset of a file, of which n more bytes are to be read.
func (l *lines) reset(src io.Reader, off, n int64) {
	if l.buf == nil || len(l.buf) > bufferSize {
		l.buf = make([]byte, bufferSize)
	}
	l.src, l.left, l.off = src, n, off
	l.r, l.w, l.seen = 0, 0, 0
}

// next returns the next line, without its break, valid until the next call.
// After it, l.off is where the following line begins (but for a longLine or
// lastLine, which is still there: see take).
func (l *lines) next() ([]byte, lineKind, error) {
	for {
		if i := bytes.IndexByte(l.buf[l.seen:l.w], '\n'); i >= 0 {
			line := l.buf[l.r : l.seen+i]
			l.take(l.seen + i + 1 - l.r)
			return line, wholeLine, nil
		}
		l.seen = l.w
		if l.left == 0 {
			if l.r == l.w {
				return nil, noLine, nil
			}
			return l.buf[l.r:l.w], lastLine, nil
		}
		if l.w-l.r == len(l.buf) {
			return l.buf[l.r:l.w], longLine, nil
		}
		if err := l.fill(); err != nil {
			return nil, noLine, err
		}
	}
}

// take goes past n bytes of the buffer.
func (l *lines) take(n int) {
	l.r += n
	l.off += int64(n)
	l.seen = max(l.seen, l.r)
}

// fill reads more. A file that ends early was cut since its stat: what is
// there is all.
func (l *lines) fill() error {
	if l.r > 0 {
		copy(l.buf, l.buf[l.r:l.w])
		l.w, l.seen = l.w-l.r, l.seen-l.r
		l.r = 0
	}
	room := l.buf[l.w:]
	if int64(len(room)) > l.left {
		room = room[:l.left]
	}
	n, err := l.src.Read(room)
	l.w += n
	l.left -= int64(n)
	if err == io.EOF {
		l.left, err = 0, nil
	}
	return err
}

// grow doubles the buffer. It returns false if a line may not be that long.
func (l *lines) grow() bool {
	if len(l.buf) >= MaxLine {
		return false
	}
	bigger := make([]byte, 2*len(l.buf))
	l.w = copy(bigger, l.buf[l.r:l.w])
	l.seen -= l.r
	l.r, l.buf = 0, bigger
	return true
}

// discard goes past the line that begins at l.off without keeping it. It
// returns the line's last byte that is not white space, and false if the file
// ends before the line does; then nothing has been passed.
func (l *lines) discard() (last byte, ended bool, err error) {
	start := l.off
	for {
		part := l.buf[l.r:l.w]
		i := bytes.IndexByte(part, '\n')
		if i >= 0 {
			part = part[:i]
		}
		if s := bytes.TrimRight(part, blanks); len(s) > 0 {
			last = s[len(s)-1]
		}
		if i >= 0 {
			l.take(i + 1)
			return last, true, nil
		}
		l.take(len(part))
		if l.left == 0 {
			l.off = start
			return last, false, nil
		}
		if err := l.fill(); err != nil {
			return 0, false, err
		}
	}
}

// blanks may surround a row: a file that a crash left with a hole has NULs.
const blanks = " \t\r\x00"

// trim removes blanks and a byte order mark.
func trim(line []byte) []byte {
	if n := len(line); n > 0 && line[0] == '{' && line[n-1] == '}' {
		return line
	}
	line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	return bytes.Trim(line, blanks)
}

// newlines counts the line breaks in b.
func newlines(b []byte) int64 { return int64(bytes.Count(b, []byte{'\n'})) }
