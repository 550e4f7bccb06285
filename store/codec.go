package store

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"math/bits"

	"tokpit/money"
)

// Values are byte strings: a version, columns of variable-length integers, and
// a CRC-32C of all that (and of the value's key, where a value under another key
// would count usage at another time) at the end. encoder and decoder are the only code that
// knows how a single integer, string or column is laid out.

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

type encoder struct{ b []byte }

func (e *encoder) uint(n uint64) { e.b = binary.AppendUvarint(e.b, n) }
func (e *encoder) int(n int64)   { e.b = binary.AppendVarint(e.b, n) }
func (e *encoder) byte(n byte)   { e.b = append(e.b, n) }
func (e *encoder) bool(b bool) {
	if b {
		e.byte(1)
	} else {
		e.byte(0)
	}
}
func (e *encoder) text(s string)         { e.uint(uint64(len(s))); e.b = append(e.b, s...) }
func (e *encoder) amount(a money.Amount) { e.b = a.AppendBinary(e.b) }

// Kinds of columns: most columns of a block are one value throughout.
const (
	columnZero     = 0 // every value is 0
	columnConstant = 1 // every value is the one that follows
	columnVaries   = 2 // a value each
)

// column writes n values as zigzag varints.
func (e *encoder) column(n int, at func(int) int64) {
	if n == 0 {
		return
	}
	first, same := at(0), true
	for i := 1; i < n && same; i++ {
		same = at(i) == first
	}
	switch {
	case same && first == 0:
		e.byte(columnZero)
	case same:
		e.byte(columnConstant)
		e.int(first)
	default:
		e.byte(columnVaries)
		for i := range n {
			e.int(at(i))
		}
	}
}

// seal appends the checksum and returns the value.
func (e *encoder) seal() []byte { return e.sealAt(nil) }

// sealAt is seal for a value that may stand in one place only: the checksum
// covers the name of that place too.
func (e *encoder) sealAt(place []byte) []byte {
	return binary.LittleEndian.AppendUint32(e.b, checksum(place, e.b))
}

func checksum(place, body []byte) uint32 {
	return crc32.Update(crc32.Checksum(place, castagnoli), castagnoli, body)
}

// decoder reads what encoder wrote. After the first error every read returns
// zero, so callers check err once at the end.
type decoder struct {
	b   []byte
	err error
}

// unseal checks the checksum and the version of a value.
func unseal(value []byte, version byte) (*decoder, error) { return unsealAt(value, version, nil) }

func unsealAt(value []byte, version byte, place []byte) (*decoder, error) {
	if len(value) < 5 {
		return nil, fmt.Errorf("%w: value of %d bytes", ErrCorrupt, len(value))
	}
	body := value[:len(value)-4]
	if checksum(place, body) != binary.LittleEndian.Uint32(value[len(body):]) {
		return nil, fmt.Errorf("%w: wrong checksum", ErrCorrupt)
	}
	if body[0] != version {
		return nil, fmt.Errorf("%w: value version %d, want %d", ErrCorrupt, body[0], version)
	}
	return &decoder{b: body[1:]}, nil
}

func (d *decoder) fail(what string) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %s", ErrCorrupt, what)
	}
	d.b = nil
}

func (d *decoder) uint() uint64 {
	// Nearly every integer in a store is one byte.
	if len(d.b) > 0 && d.b[0] < 0x80 {
		n := uint64(d.b[0])
		d.b = d.b[1:]
		return n
	}
	n, size := binary.Uvarint(d.b)
	if size <= 0 {
		d.fail("unfinished integer")
		return 0
	}
	d.b = d.b[size:]
	return n
}

func (d *decoder) int() int64 {
	u := d.uint()
	return int64(u>>1) ^ -int64(u&1)
}

func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		d.fail("unfinished value")
		return 0
	}
	n := d.b[0]
	d.b = d.b[1:]
	return n
}

// count reads a length that must be believable: at least size bytes each.
func (d *decoder) count(size int) int {
	n := d.uint()
	if n > uint64(len(d.b)/size)+1 || n > math.MaxInt32 {
		d.fail("impossible length")
		return 0
	}
	return int(n)
}

func (d *decoder) bytes(n int) []byte {
	if n < 0 || n > len(d.b) {
		d.fail("unfinished text")
		return nil
	}
	s := d.b[:n]
	d.b = d.b[n:]
	return s
}

func (d *decoder) length() int { return int(min(d.uint(), math.MaxInt32)) }

func (d *decoder) text() string { return string(d.bytes(d.length())) }

func (d *decoder) amount() money.Amount {
	a, ok := money.FromBinary(d.bytes(16))
	if !ok {
		d.fail("unfinished amount")
	}
	return a
}

// column reads n values into set.
func (d *decoder) column(n int, set func(int, int64)) {
	if n == 0 {
		return
	}
	switch kind := d.byte(); kind {
	case columnZero:
		for i := range n {
			set(i, 0)
		}
	case columnConstant:
		v := d.int()
		for i := range n {
			set(i, v)
		}
	case columnVaries:
		for i := range n {
			set(i, d.int())
		}
	default:
		d.fail("unknown column kind")
	}
}

// ints is column for a slice: the hot path of loading cells.
func (d *decoder) ints(dst []int64) {
	if len(dst) == 0 {
		return
	}
	switch kind := d.byte(); kind {
	case columnZero:
		clear(dst)
	case columnConstant:
		v := d.int()
		for i := range dst {
			dst[i] = v
		}
	case columnVaries:
		d.varies(dst)
	default:
		d.fail("unknown column kind")
	}
}

// zeros skips a column that is zero throughout and reports whether it was one.
func (d *decoder) zeros(n int) bool {
	if n > 0 && (len(d.b) == 0 || d.b[0] != columnZero) {
		return false
	}
	if n > 0 {
		d.b = d.b[1:]
	}
	return true
}

// varies reads a value each. They are a few bytes long, in no order that a
// processor could foresee, so it loads eight bytes, finds the end of the integer
// in them and packs its groups of seven bits, all without a branch.
func (d *decoder) varies(dst []int64) {
	const more = 0x8080_8080_8080_8080 // the bits that say that another byte follows
	b, at := d.b, 0
	for i := 0; i < len(dst); i++ {
		if at+8 > len(b) {
			d.b = b[at:]
			for ; i < len(dst); i++ {
				dst[i] = d.int()
			}
			return
		}
		x := binary.LittleEndian.Uint64(b[at:])
		if x&0x80 == 0 { // nearly always so in the columns of slots and sets
			dst[i] = int64(x&0x7f>>1) ^ -int64(x&1)
			at++
			continue
		}
		end := ^x & more
		if end == 0 { // longer than that
			u, size := binary.Uvarint(b[at:])
			if size <= 0 {
				d.fail("unfinished integer")
				return
			}
			dst[i] = int64(u>>1) ^ -int64(u&1)
			at += size
			continue
		}
		at += (bits.TrailingZeros64(end) + 1) / 8
		x &= (end ^ (end - 1)) &^ more
		x = x&0x007f_007f_007f_007f | x&0x7f00_7f00_7f00_7f00>>1
		x = x&0x0000_3fff_0000_3fff | x&0x3fff_0000_3fff_0000>>2
		x = x&0x0fff_ffff | x&0x0fff_ffff_0000_0000>>4
		dst[i] = int64(x>>1) ^ -int64(x&1)
	}
	d.b = b[at:]
}
