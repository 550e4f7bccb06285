package jsonl

import (
	"encoding/binary"
	"io"
	"time"

	"github.com/cespare/xxhash/v2"
)

// Cursor keys: filePrefix and the path.
const filePrefix = "f:"

const (
	cursorVersion = 1
	headBytes     = 1024 // hashed at the beginning of a file
	tailBytes     = 256  // hashed before the offset
)

// cursor is how far a file has been read.
type cursor struct {
	// As of the last stat; if nothing of it has changed, nor has the file.
	size, mtime int64
	inode       uint64

	offset int64 // read up to here
	lines  int64 // line breaks before the offset

	// Hashes that tell whether what was read is still there.
	headLen    int64
	head, tail uint64

	bad   int64 // bad rows so far
	retry int64 // Unix seconds when rows now in the future no longer are; 0: none
	// problem is why the file could not be read at all; then only it is set.
	problem string
	state   []byte // of the decoder
}

func (c *cursor) encode() []byte {
	b := append(make([]byte, 0, 64+len(c.problem)+len(c.state)), cursorVersion)
	for _, n := range []int64{c.size, c.mtime, c.offset, c.lines, c.headLen, c.bad, c.retry} {
		b = binary.AppendVarint(b, n)
	}
	for _, n := range []uint64{c.inode, c.head, c.tail, uint64(len(c.problem))} {
		b = binary.AppendUvarint(b, n)
	}
	b = append(b, c.problem...)
	return append(b, c.state...)
}

// decodeCursor returns false for a value of another version or a damaged one;
// the file is then read from the start.
func decodeCursor(b []byte) (c cursor, ok bool) {
	if len(b) == 0 || b[0] != cursorVersion {
		return cursor{}, false
	}
	b = b[1:]
	for _, p := range []*int64{&c.size, &c.mtime, &c.offset, &c.lines, &c.headLen, &c.bad, &c.retry} {
		n, w := binary.Varint(b)
		if w <= 0 {
			return cursor{}, false
		}
		*p, b = n, b[w:]
	}
	var problem uint64
	for _, p := range []*uint64{&c.inode, &c.head, &c.tail, &problem} {
		n, w := binary.Uvarint(b)
		if w <= 0 {
			return cursor{}, false
		}
		*p, b = n, b[w:]
	}
	if problem > uint64(len(b)) || c.offset < 0 || c.headLen < 0 || c.headLen > headBytes {
		return cursor{}, false
	}
	c.problem, c.state = string(b[:problem]), b[problem:]
	return c, true
}

// unchanged reports whether a stat shows the file as it was left. Device
// numbers are not compared: many change when the system starts.
func (c *cursor) unchanged(f *file) bool { return c.dated(f) && c.inode == f.id.ino }

// dated reports whether size and time are as they were: a file that was moved
// here with them is the same, if its hashes are.
func (c *cursor) dated(f *file) bool {
	return c.problem == "" && c.size == f.size && c.mtime == f.mtime
}

// grown reports whether the file may have been appended to, and no more.
func (c *cursor) grown(f *file) bool {
	return c.problem == "" && f.size > c.size && c.inode == f.id.ino && c.offset <= f.size
}

// due reports whether a row that was in the future may be read now.
func (c *cursor) due(now time.Time) bool {
	return c.retry != 0 && c.retry <= now.Add(Ahead).Unix()
}

// stamp fills the hashes for the current offset. Buf has room for headBytes.
func (c *cursor) stamp(r io.ReaderAt, buf []byte) error {
	c.headLen = min(c.offset, headBytes)
	head, err := hashAt(r, buf[:c.headLen], 0)
	if err != nil {
		return err
	}
	tail, err := hashAt(r, buf[:min(c.offset, tailBytes)], max(0, c.offset-tailBytes))
	c.head, c.tail = head, tail
	return err
}

// holds reports whether the file still has what was read.
func (c *cursor) holds(r io.ReaderAt, buf []byte) bool {
	head, err := hashAt(r, buf[:c.headLen], 0)
	if err != nil || head != c.head {
		return false
	}
	tail, err := hashAt(r, buf[:min(c.offset, tailBytes)], max(0, c.offset-tailBytes))
	return err == nil && tail == c.tail
}

func hashAt(r io.ReaderAt, buf []byte, off int64) (uint64, error) {
	if len(buf) > 0 {
		if n, err := r.ReadAt(buf, off); n < len(buf) {
			return 0, err
		}
	}
	return xxhash.Sum64(buf), nil
}
