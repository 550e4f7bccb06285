package tokenizer

import (
	"encoding/binary"

	"tokpit/tokenizer/bpe"
	"tokpit/tokenizer/split"
)

const (
	cacheLog = 16  // entries of a worker's piece cache, as a power of two
	batch    = 256 // pieces cut at once
	inlined  = 3   // token numbers that fit an entry
	idBits   = 18
)

// worker does the counting for one goroutine. Its cache remembers pieces: most
// of a text is the same few thousand words.
type worker struct {
	pattern split.Pattern
	table   *bpe.Table
	merger  bpe.Merger
	cache   *[1 << cacheLog]entry
	ids     []uint32 // of the piece being learned
	spans   []uint32 // of the piece being shown
	ends    [batch]int
	phrases *[1 << phraseLog]phrase
}

// entry is a remembered piece. value is the number of its tokens in the low
// byte, and the numbers of the tokens above it when they are at most inlined.
type entry struct {
	key   bpe.Key
	value uint64
}

func newWorker(e *Encoding) *worker {
	return &worker{
		pattern: e.pattern, table: e.table, merger: bpe.Merger{Table: e.table},
		cache: new([1 << cacheLog]entry), phrases: new([1 << phraseLog]phrase),
	}
}

// low and high keep the bytes of a piece, by its length, in the two words of its
// key; its length goes into the last byte.
var (
	low  = [bpe.MaxKey + 1]uint64{1: 1<<8 - 1, 1<<16 - 1, 1<<24 - 1, 1<<32 - 1, 1<<40 - 1, 1<<48 - 1, 1<<56 - 1, all, all, all, all, all, all, all, all}
	high = [bpe.MaxKey + 1]uint64{9: 1<<8 - 1, 1<<16 - 1, 1<<24 - 1, 1<<32 - 1, 1<<40 - 1, 1<<48 - 1, 1<<56 - 1}
)

const all = ^uint64(0)

// keyAt returns the key of p[i:j], 1 to bpe.MaxKey bytes.
func keyAt(p []byte, i, j int) bpe.Key {
	if i+16 > len(p) {
		return bpe.KeyOf(p[i:j])
	}
	return keyOf16(p[i:], j-i)
}

// keyOf16 returns the key of the first n bytes of p, which has 16.
func keyOf16(p []byte, n int) bpe.Key {
	n &= 15
	return bpe.Key{
		Lo: binary.LittleEndian.Uint64(p) & low[n],
		Hi: binary.LittleEndian.Uint64(p[8:])&high[n] | uint64(n)<<56,
	}
}

// count returns the number of tokens of valid UTF-8. It cuts a few hundred
// pieces first and looks them up then: where one piece ends is hard to foresee
// for the processor, and look-ups should not wait for that.
func (w *worker) count(p []byte) int {
	total := uint64(0)
	for start := 0; start < len(p); {
		n := w.pattern.Ends(w.ends[:], p, start)
		for _, end := range w.ends[:n] {
			if end-start > bpe.MaxKey {
				total += uint64(w.long(p[start:end]))
			} else {
				var k bpe.Key
				if start+16 <= len(p) {
					k = keyOf16(p[start:], end-start)
				} else {
					k = bpe.KeyOf(p[start:end])
				}
				h := k.Hash()
				c := &w.cache[h>>(64-cacheLog)]
				if c.key != k {
					w.learn(c, k, h, p[start:end])
				}
				total += c.value & 0xff
			}
			start = end
		}
	}
	return int(total)
}

// learn puts a piece into a cache entry.
func (w *worker) learn(c *entry, k bpe.Key, hash uint64, piece []byte) {
	c.key = k
	if id := w.table.FindHash(piece, hash); id != bpe.None {
		c.value = 1 | uint64(id)<<8
		return
	}
	w.ids = w.merger.Append(w.ids[:0], piece)
	got := w.ids
	c.value = uint64(len(got))
	if len(got) <= inlined {
		for i, id := range got {
			c.value |= uint64(id) << (8 + idBits*i)
		}
	}
}

// phrase is a remembered piece that has no key: 16 to 61 bytes, as they are
// common where words are not apart. It fills a cache line.
type phrase struct {
	tokens uint16
	size   uint8
	text   [phraseMax]byte
}

const (
	phraseLog = 13 // phrases that are remembered, as a power of two
	phraseMax = 61
)

// long counts a piece that has no key.
func (w *worker) long(piece []byte) int {
	h := bpe.Hash(piece)
	ph := &w.phrases[h>>(64-phraseLog)]
	if string(ph.text[:ph.size]) == string(piece) {
		return int(ph.tokens)
	}
	n := 1
	if w.table.FindHash(piece, h) == bpe.None {
		n = w.merger.Count(piece)
	}
	if len(piece) <= phraseMax {
		ph.tokens, ph.size = uint16(n), uint8(len(piece))
		copy(ph.text[:], piece)
	}
	return n
}

// appendTokens appends the tokens of valid UTF-8.
func (w *worker) appendTokens(dst []uint32, p []byte) []uint32 {
	for start := 0; start < len(p); {
		n := w.pattern.Ends(w.ends[:], p, start)
		for _, end := range w.ends[:n] {
			dst = w.appendPiece(dst, p, start, end)
			start = end
		}
	}
	return dst
}

// appendPiece appends the tokens of the piece p[i:j].
func (w *worker) appendPiece(dst []uint32, p []byte, i, j int) []uint32 {
	piece := p[i:j]
	if len(piece) > bpe.MaxKey {
		if id := w.table.Find(piece); id != bpe.None {
			return append(dst, id)
		}
		return w.merger.Append(dst, piece)
	}
	k := keyAt(p, i, j)
	h := k.Hash()
	c := &w.cache[h>>(64-cacheLog)]
	if c.key != k {
		w.learn(c, k, h, piece)
	}
	switch v := c.value; v & 0xff {
	case 1:
		return append(dst, uint32(v>>8))
	case 2:
		return append(dst, uint32(v>>8)&idMask, uint32(v>>(8+idBits)))
	case 3:
		return append(dst, uint32(v>>8)&idMask, uint32(v>>(8+idBits))&idMask, uint32(v>>(8+2*idBits)))
	}
	return w.merger.Append(dst, piece)
}

const idMask = 1<<idBits - 1
