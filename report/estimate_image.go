package report

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	_ "image/gif"  // formats that image.DecodeConfig reads
	_ "image/jpeg" // …
	_ "image/png"  // …
	"io"

	"tokpit/tokenizer"
)

var errNoImage = errors.New("not a PNG, JPEG, GIF or WebP image")

// ImageSize reads how large an image is from the beginning of its file: PNG, JPEG,
// GIF or WebP.
func ImageSize(r io.Reader) (tokenizer.Image, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	head, err := b.Peek(30)
	if len(head) == 0 {
		if err != nil && err != io.EOF {
			return tokenizer.Image{}, err
		}
		return tokenizer.Image{}, errNoImage
	}
	out := tokenizer.Image{}
	if bytes.HasPrefix(head, []byte("RIFF")) {
		out.Width, out.Height = webPSize(head)
	} else if c, _, err := image.DecodeConfig(b); err == nil {
		out.Width, out.Height = c.Width, c.Height
	}
	if out.Width <= 0 || out.Height <= 0 || out.Width > maxPixels || out.Height > maxPixels {
		return tokenizer.Image{}, errNoImage
	}
	return out, nil
}

// webPSize reads the size from a WebP file's first chunk, which says it in three
// ways (RFC 9649, sections 2.5 to 2.7); 0 if it does not.
func webPSize(head []byte) (width, height int) {
	if len(head) < 30 || string(head[8:12]) != "WEBP" {
		return 0, 0
	}
	data := head[20:]
	switch string(head[12:16]) {
	case "VP8 ":
		if !bytes.Equal(data[3:6], []byte{0x9d, 0x01, 0x2a}) {
			return 0, 0
		}
		return int(binary.LittleEndian.Uint16(data[6:]) & 0x3fff), int(binary.LittleEndian.Uint16(data[8:]) & 0x3fff)
	case "VP8L":
		if data[0] != 0x2f {
			return 0, 0
		}
		bits := binary.LittleEndian.Uint32(data[1:])
		return int(bits&0x3fff) + 1, int(bits>>14&0x3fff) + 1
	case "VP8X":
		three := func(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
		return three(data[4:]) + 1, three(data[7:]) + 1
	}
	return 0, 0
}
