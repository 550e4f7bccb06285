package importer

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
)

// MaxUnpacked is how much an unpacked file may hold, in bytes: more is a trap, not
// somebody's usage.
const MaxUnpacked = 64 << 30

// Unpack returns the text of a file that may be compressed with gzip.
func Unpack(r io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(r, 256<<10)
	head, err := b.Peek(2)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if !bytes.Equal(head, []byte{0x1f, 0x8b}) {
		return b, nil
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, fmt.Errorf("not a whole gzip file: %w", err)
	}
	return io.LimitReader(z, MaxUnpacked), nil
}
