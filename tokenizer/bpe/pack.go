package bpe

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
)

// A block is six times as large as what it says, so that nothing needs to be
// read before it is used. For vocabularies that few texts are counted with, the
// packed form keeps only what cannot be computed quickly: how each token comes
// about, and the displacements of the perfect hashes. [Unpack] makes the same
// block of it, byte for byte, in some 20 ms for 100,000 tokens.
//
// Packed: magic, then the checksum, the number of tokens and both seeds in
// little endian, then a DEFLATE stream of columns: the sizes of both lists of
// displacements and the lists themselves; for each token the left and the right
// part plus one, low, middle and high bytes each in a column of its own (0: it
// has no parts); the lengths of the tokens that do not follow from earlier ones,
// as varints, and their bytes.
const (
	packMagic  = "bpepck01"
	packHeader = 8 + 4 + 4 + 8 + 8
	maxPacked  = 64 << 20 // bytes of columns, and of all tokens
)

// spelled reports whether the bytes of a token are kept as they are: it has no
// parts, or one that comes later.
func (s split) spelled(id int) bool { return s.a == None || max(int(s.a), int(s.b)) >= id }

// Pack makes the packed form of a block.
func Pack(block []byte) ([]byte, error) {
	t, err := Open(block, true)
	if err != nil {
		return nil, err
	}
	splits := make([]split, t.n)
	for i := range splits {
		splits[i] = split{None, None}
	}
	for i := 0; i < len(t.pairs); i += 8 {
		if e := binary.LittleEndian.Uint64(t.pairs[i:]); e != ^uint64(0) {
			splits[e&idMask] = split{uint32(e >> (2 * idBits)), uint32(e>>idBits) & idMask}
		}
	}
	out := append([]byte(packMagic), block[8:16]...)
	out = append(out, block[32:48]...)
	var columns []byte
	for _, disp := range [][]byte{t.pairDisp, t.indexDisp} {
		columns = binary.LittleEndian.AppendUint32(columns, uint32(len(disp)))
		columns = append(columns, disp...)
	}
	for _, left := range []bool{true, false} {
		for shift := 0; shift < 24; shift += 8 {
			for _, s := range splits {
				part := s.b
				if left {
					part = s.a
				}
				columns = append(columns, byte((part+1)>>shift))
			}
		}
	}
	var spelled []byte
	for id, s := range splits {
		if s.spelled(id) {
			columns = binary.AppendUvarint(columns, uint64(t.Size(uint32(id))))
			spelled = append(spelled, t.Bytes(uint32(id))...)
		}
	}
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err = w.Write(append(columns, spelled...)); err == nil {
		err = w.Close()
	}
	return append(out, packed.Bytes()...), err
}

// Unpack makes the block that Pack was given. It checks the block's checksum, so
// that what it returns may be opened without further checks.
func Unpack(packed []byte) ([]byte, error) {
	if len(packed) < packHeader || string(packed[:8]) != packMagic {
		return nil, ErrFormat
	}
	n := int(binary.LittleEndian.Uint32(packed[12:]))
	if n > MaxTokens {
		return nil, fmt.Errorf("%w: impossible sizes", ErrFormat)
	}
	text, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed[packHeader:])), maxPacked))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	r := &columns{rest: text}
	seeds := []uint64{binary.LittleEndian.Uint64(packed[24:]), binary.LittleEndian.Uint64(packed[16:])} // pairs, index
	disps := [][]byte{r.list(), r.list()}
	v := vocabulary{splits: r.splits(n)}
	v.tokens, v.layout = r.tokens(v.splits)
	if r.short {
		return nil, fmt.Errorf("%w: cut short", ErrFormat)
	}
	block, err := assemble(v, func(hashes []uint64, tableBits int) (perfectTable, error) {
		p := perfectTable{seed: seeds[0], disp: disps[0], slots: make([]uint64, len(hashes)), size: 1 << tableBits}
		seeds, disps = seeds[1:], disps[1:]
		if len(p.disp) != 1<<max(tableBits-bucketLog, 0) {
			return p, fmt.Errorf("%w: displacements of another table", ErrFormat)
		}
		for i, h := range hashes {
			p.slots[i] = place(h, p.disp, p.seed, uint(64-tableBits))
		}
		return p, nil
	})
	if err != nil {
		return nil, err
	}
	if crc := crc32.Checksum(block[12:], crc32.MakeTable(crc32.Castagnoli)); crc != binary.LittleEndian.Uint32(packed[8:]) {
		return nil, fmt.Errorf("%w: checksum differs", ErrFormat)
	}
	return block, nil
}

// columns reads the columns one after the other. What is not there reads as
// nothing, and is remembered.
type columns struct {
	rest  []byte
	short bool
}

func (r *columns) take(n int) []byte {
	if n < 0 || n > len(r.rest) {
		r.short = true
		return nil
	}
	out := r.rest[:n:n]
	r.rest = r.rest[n:]
	return out
}

func (r *columns) list() []byte {
	size := r.take(4)
	if r.short {
		return nil
	}
	return r.take(int(binary.LittleEndian.Uint32(size)))
}

// splits reads what the n tokens are made of.
func (r *columns) splits(n int) []split {
	planes := r.take(6 * n)
	if r.short {
		return nil
	}
	out := make([]split, n)
	at := func(plane, i int) uint32 { return uint32(planes[plane*n+i]) }
	for i := range out {
		out[i] = split{at(0, i) | at(1, i)<<8 | at(2, i)<<16 - 1, at(3, i) | at(4, i)<<8 | at(5, i)<<16 - 1}
		if s := out[i]; (s.a == None) != (s.b == None) || s.a != None && max(int(s.a), int(s.b)) >= n {
			r.short = true
		}
	}
	return out
}

// tokens spells the tokens out.
func (r *columns) tokens(splits []split) ([][]byte, layout) {
	l := layout{n: len(splits)}
	lengths := make([]int, len(splits))
	for i, s := range splits {
		if r.short {
			return nil, l
		}
		if !s.spelled(i) {
			lengths[i] = lengths[s.a] + lengths[s.b]
		} else if x, used := binary.Uvarint(r.rest); used > 0 && x <= MaxTokenLen {
			lengths[i], r.rest = int(x), r.rest[used:]
		} else {
			r.short = true
		}
		l.textLen += lengths[i]
		r.short = r.short || lengths[i] > MaxTokenLen || l.textLen > maxPacked
	}
	if r.short {
		return nil, l
	}
	text, tokens := make([]byte, 0, l.textLen), make([][]byte, len(splits))
	for i, s := range splits {
		start := len(text)
		if !s.spelled(i) {
			text = append(append(text, tokens[s.a]...), tokens[s.b]...)
		} else {
			text = append(text, r.take(lengths[i])...)
		}
		tokens[i] = text[start:len(text):len(text)]
	}
	return tokens, l
}
