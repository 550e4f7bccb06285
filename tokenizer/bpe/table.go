package bpe

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math/bits"
)

// None is the rank of what is not a token.
const None = ^uint32(0)

const (
	idBits = 18
	idMask = 1<<idBits - 1
	// MaxTokens is how many tokens a table can hold. The highest number of
	// idBits is kept free, so that no entry looks like an empty one.
	MaxTokens = idMask
	// MaxTokenLen is the length in bytes of the longest token a table can hold.
	MaxTokenLen = 1 << 12

	magic      = "bpetbl02"
	tail       = 64 // where the header's list of single bytes begins
	headerSize = tail + 4*256
	pad        = 16 // readable bytes after the last token, so that 16 can be loaded anywhere
	bucketLog  = 2  // slots per bucket, as a power of two
)

// ErrFormat is returned by Open for a block that Build did not write, or that
// was damaged since.
var ErrFormat = errors.New("not a token table")

// Table is a vocabulary that is ready for use. It is never changed after Open
// and safe for concurrent use.
type Table struct {
	n         int
	seed      uint64 // of the token index
	pairSeed  uint64
	maxLen    int
	off       []byte // uint32 start of each token in text; n+1 of them
	pairDisp  []byte // displacement of each bucket of pairs
	pairs     []byte // uint64: left<<36 | right<<18 | merged; all ones when empty
	indexDisp []byte
	index     []byte // uint32: fingerprint<<18 | token; all ones when empty
	text      []byte // the tokens, end to end
	pairShift uint
	idxShift  uint
	twoBytes  []byte // uint32 by two bytes: the token they merge to, or None
	runes     []byte // uint32 by code point below U+10000: its atomic token, or None
	filter    []byte // a bit for each hash of a pair that may merge

	byteToken [256]uint32
}

// between, in an entry of runes, says that the token is atomic only where the
// bytes beside it are not ASCII.
const between = 1 << 31

// filterLog is the size in bits, as a power of two, of a filter that most pairs
// that are no token do not pass. It is small enough to stay close to the
// processor.
const filterLog = 20

// layout says where the sections of a block are.
type layout struct {
	n, pairBits, idxBits, textLen int
}

func (l layout) sizes() [9]int {
	return [9]int{
		4 * (l.n + 1),
		1 << max(l.pairBits-bucketLog, 0),
		8 << l.pairBits,
		1 << max(l.idxBits-bucketLog, 0),
		4 << l.idxBits,
		4 << 16,
		4 << 16,
		1 << (filterLog - 3),
		l.textLen + pad,
	}
}

// Open makes a table of a block that Build wrote. The table keeps using the
// block. With verify, the checksum and everything that look-ups rely on are
// checked first: do that for anything that was ever outside the program.
func Open(block []byte, verify bool) (*Table, error) {
	if len(block) < headerSize || string(block[:8]) != magic {
		return nil, ErrFormat
	}
	u32 := func(i int) int { return int(binary.LittleEndian.Uint32(block[i:])) }
	l := layout{n: u32(12), pairBits: u32(16), idxBits: u32(20), textLen: u32(24)}
	if min(l.n, l.pairBits, l.idxBits, l.textLen) < 0 || l.n > MaxTokens || l.pairBits > idBits+2 || l.idxBits > idBits+2 || l.textLen > MaxTokens*MaxTokenLen {
		return nil, fmt.Errorf("%w: impossible sizes", ErrFormat)
	}
	t := &Table{
		n: l.n, maxLen: u32(28),
		seed: binary.LittleEndian.Uint64(block[32:]), pairSeed: binary.LittleEndian.Uint64(block[40:]),
		pairShift: uint(64 - l.pairBits), idxShift: uint(64 - l.idxBits),
	}
	rest := block[headerSize:]
	for i, dst := range []*[]byte{&t.off, &t.pairDisp, &t.pairs, &t.indexDisp, &t.index, &t.twoBytes, &t.runes, &t.filter, &t.text} {
		size := l.sizes()[i]
		if size > len(rest) {
			return nil, fmt.Errorf("%w: cut short", ErrFormat)
		}
		*dst, rest = rest[:size:size], rest[size:]
	}
	for c := range t.byteToken {
		t.byteToken[c] = uint32(u32(tail + 4*c))
	}
	if verify {
		if crc := crc32.Checksum(block[12:], crc32.MakeTable(crc32.Castagnoli)); crc != uint32(u32(8)) {
			return nil, fmt.Errorf("%w: checksum differs", ErrFormat)
		}
		if err := t.check(); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// check makes sure that no look-up can leave its section.
func (t *Table) check() error {
	for i := range t.n {
		if a, b := t.start(uint32(i)), t.start(uint32(i+1)); a > b || b > len(t.text)-pad || b-a > t.maxLen {
			return fmt.Errorf("%w: token %d lies outside", ErrFormat, i)
		}
	}
	for i := 0; i < len(t.index); i += 4 {
		if e := binary.LittleEndian.Uint32(t.index[i:]); e != None && int(e&idMask) >= t.n {
			return fmt.Errorf("%w: the index names token %d", ErrFormat, e&idMask)
		}
	}
	for i := 0; i < len(t.pairs); i += 8 {
		e := binary.LittleEndian.Uint64(t.pairs[i:])
		if e == ^uint64(0) {
			continue
		}
		a, b, id := uint32(e>>(2*idBits)), uint32(e>>idBits)&idMask, uint32(e)&idMask
		if e>>(3*idBits) != 0 || max(int(a), int(b), int(id)) >= t.n || string(t.Bytes(a))+string(t.Bytes(b)) != string(t.Bytes(id)) {
			return fmt.Errorf("%w: a pair does not make token %d", ErrFormat, id)
		}
	}
	for c := range 256 {
		if id := t.byteToken[c]; t.Size(id) != 1 || t.Bytes(id)[0] != byte(c) {
			return fmt.Errorf("%w: byte %d is token %d", ErrFormat, c, id)
		}
	}
	for i := 0; i < 1<<16; i++ {
		a, b := entry(t.twoBytes, i), entry(t.runes, i)
		if a != None && string(t.Bytes(a)) != string([]byte{byte(i >> 8), byte(i)}) || b != None && string(t.Bytes(b&^between)) != string(rune(i)) {
			return fmt.Errorf("%w: a list names another token for %x", ErrFormat, i)
		}
	}
	return nil
}

// entry returns the i-th word of a section.
func entry(section []byte, i int) uint32 { return binary.LittleEndian.Uint32(section[i*4:]) }

func (t *Table) start(id uint32) int {
	return int(binary.LittleEndian.Uint32(t.off[int(id)*4:]))
}

// First returns a table of the tokens below n only. Where the rest of a
// vocabulary was added later, that is the vocabulary as it was before.
func (t *Table) First(n int) *Table {
	short := *t
	short.n = min(n, t.n)
	short.pairs, short.index = bytes.Clone(t.pairs), bytes.Clone(t.index)
	short.twoBytes, short.runes = bytes.Clone(t.twoBytes), bytes.Clone(t.runes)
	for i := 0; i < len(t.pairs); i += 8 {
		if e := binary.LittleEndian.Uint64(t.pairs[i:]); int(e&idMask) >= n {
			binary.LittleEndian.PutUint64(short.pairs[i:], ^uint64(0))
		}
	}
	for _, section := range [][]byte{short.index, short.twoBytes, short.runes} {
		for i := range len(section) / 4 {
			if int(entry(section, i)&idMask) >= n {
				binary.LittleEndian.PutUint32(section[i*4:], None)
			}
		}
	}
	short.maxLen = 0
	for id := range short.n {
		short.maxLen = max(short.maxLen, short.Size(uint32(id)))
	}
	return &short
}

// Len returns one more than the highest token.
func (t *Table) Len() int { return t.n }

// MaxLen returns the length of the longest token in bytes.
func (t *Table) MaxLen() int { return t.maxLen }

// Bytes returns the bytes of a token, which must not be changed; nil for a
// number that is no token.
func (t *Table) Bytes(id uint32) []byte {
	if int(id) >= t.n {
		return nil
	}
	a, b := t.start(id), t.start(id+1)
	return t.text[a:b:b]
}

// Size returns the length of a token in bytes, 0 for a number that is none.
func (t *Table) Size(id uint32) int {
	if int(id) >= t.n {
		return 0
	}
	return t.start(id+1) - t.start(id)
}

// Pair returns the token that two adjacent tokens merge to, or None.
func (t *Table) Pair(a, b uint32) uint32 {
	key := uint64(a)<<idBits | uint64(b)
	h := key * hash0
	if i := h >> (64 - filterLog); t.filter[i>>3]>>(i&7)&1 == 0 {
		return None
	}
	slot := place(h, t.pairDisp, t.pairSeed, t.pairShift)
	if e := binary.LittleEndian.Uint64(t.pairs[slot*8:]); e>>idBits == key {
		return uint32(e) & idMask
	}
	return None
}

const (
	hash0 = 0x9e3779b97f4a7c15
	hash1 = 0xbf58476d1ce4e5b9
	hash2 = 0xd6e8feb86659fd93
)

// place returns the slot of a hash: its bucket's displacement moves it there.
func place(h uint64, disp []byte, seed uint64, shift uint) uint64 {
	d := disp[h>>(shift+bucketLog)&uint64(len(disp)-1)]
	x := (h ^ seed ^ uint64(d)*hash2) * hash1
	return (x ^ x>>32) * hash0 >> shift
}

// Key is a piece of 1 to 15 bytes as two words: its bytes, little endian, and
// its length in the highest byte. Different pieces have different keys.
type Key struct{ Lo, Hi uint64 }

// MaxKey is the length of the longest piece that has a Key.
const MaxKey = 15

// KeyOf returns the key of a piece of 1 to MaxKey bytes.
func KeyOf(piece []byte) Key {
	var b [16]byte
	copy(b[:], piece)
	b[15] = byte(len(piece))
	return Key{binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])}
}

// Hash returns a hash of the key, good in all bits.
func (k Key) Hash() uint64 {
	hi, lo := bits.Mul64(k.Lo^hash1, k.Hi^hash2)
	return (hi ^ lo) * hash0
}

// hashLong is the hash of pieces that have no Key.
func hashLong(p []byte) uint64 {
	h := uint64(len(p)) * hash2
	for len(p) > 8 {
		hi, lo := bits.Mul64(binary.LittleEndian.Uint64(p)^h, hash1)
		h = hi ^ lo
		p = p[8:]
	}
	var b [8]byte
	copy(b[:], p)
	hi, lo := bits.Mul64(binary.LittleEndian.Uint64(b[:])^h, hash2)
	return (hi ^ lo) * hash0
}

func hashOf(p []byte) uint64 {
	if len(p) <= MaxKey {
		return KeyOf(p).Hash()
	}
	return hashLong(p)
}

// Find returns the token that is the whole piece, or None.
func (t *Table) Find(piece []byte) uint32 {
	if len(piece) == 0 || len(piece) > t.maxLen {
		return None
	}
	return t.find(piece, hashOf(piece))
}

// Hash returns the hash that FindHash wants, good in all bits. For a piece with
// a Key it is the key's.
func Hash(piece []byte) uint64 { return hashOf(piece) }

// FindHash is Find for a piece whose hash is known.
func (t *Table) FindHash(piece []byte, hash uint64) uint32 {
	if len(piece) > t.maxLen {
		return None
	}
	return t.find(piece, hash)
}

func (t *Table) find(piece []byte, h uint64) uint32 {
	slot := place(h, t.indexDisp, t.seed, t.idxShift)
	e := binary.LittleEndian.Uint32(t.index[slot*4:])
	if e>>idBits != uint32(h)>>idBits || e == None {
		return None
	}
	id := e & idMask
	if a, b := t.start(id), t.start(id+1); string(t.text[a:b]) != string(piece) {
		return None
	}
	return id
}
