package bpe

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math/bits"
	"slices"
)

// ErrVocabulary is returned by Build for a list of tokens that is no byte pair
// encoding.
var ErrVocabulary = errors.New("not a byte pair vocabulary")

// split is a token's canonical pair; both are None for single bytes and for
// tokens that merging never reaches.
type split struct{ a, b uint32 }

// Build makes the block of a vocabulary: tokens by rank, with nil for numbers
// that are not used. Every single byte must be a token.
//
// A token that merging never reaches stays in the index, as the reference finds
// whole pieces before it merges; leave it out of tokens where that must not be.
func Build(tokens [][]byte) ([]byte, error) {
	ranks, l, err := survey(tokens)
	if err != nil {
		return nil, err
	}
	return assemble(vocabulary{tokens: tokens, splits: splitAll(tokens, ranks), layout: l}, perfect)
}

// vocabulary is what a block is made of.
type vocabulary struct {
	tokens [][]byte
	splits []split
	layout layout // n and textLen only
}

// entries are the keys and values of one hash table, in the order of tokens.
type entries struct{ hashes, values []uint64 }

func (e *entries) add(hash, value uint64) {
	e.hashes, e.values = append(e.hashes, hash), append(e.values, value)
}

// hashed lists what the two hash tables hold.
func (v *vocabulary) hashed() (pairs, index entries) {
	for _, e := range []*entries{&pairs, &index} {
		e.hashes, e.values = make([]uint64, 0, len(v.tokens)), make([]uint64, 0, len(v.tokens))
	}
	for id, s := range v.splits {
		if s.a != None {
			key := uint64(s.a)<<idBits | uint64(s.b)
			pairs.add(key*hash0, key<<idBits|uint64(id))
		}
		if t := v.tokens[id]; len(t) > 0 {
			h := hashOf(t)
			index.add(h, uint64(uint32(h)>>idBits<<idBits|uint32(id)))
		}
	}
	return pairs, index
}

// assemble writes the block of a vocabulary. Find gives each hash a slot; it is
// asked for the pairs first, then for the index.
func assemble(v vocabulary, find func(hashes []uint64, tableBits int) (perfectTable, error)) ([]byte, error) {
	pairKeys, indexKeys := v.hashed()
	l := v.layout
	l.pairBits, l.idxBits = tableBits(len(pairKeys.hashes)), tableBits(len(indexKeys.hashes))
	pairs, err := find(pairKeys.hashes, l.pairBits)
	if err != nil {
		return nil, err
	}
	index, err := find(indexKeys.hashes, l.idxBits)
	if err != nil {
		return nil, err
	}
	total := headerSize
	for _, size := range l.sizes() {
		total += size
	}
	block := make([]byte, headerSize, total)
	block = binary.LittleEndian.AppendUint32(block, 0)
	end, longest := uint32(0), 0
	for _, t := range v.tokens {
		end += uint32(len(t))
		longest = max(longest, len(t))
		block = binary.LittleEndian.AppendUint32(block, end)
	}
	block = append(block, pairs.disp...)
	for _, x := range pairs.arrange(pairKeys.values) {
		block = binary.LittleEndian.AppendUint64(block, x)
	}
	block = append(block, index.disp...)
	for _, x := range index.arrange(indexKeys.values) {
		block = binary.LittleEndian.AppendUint32(block, uint32(x))
	}
	for _, list := range [][]uint32{twoByteTokens(v.tokens, v.splits), atomicRunes(v.tokens, v.splits)} {
		for _, id := range list {
			block = binary.LittleEndian.AppendUint32(block, id)
		}
	}
	filter := make([]byte, 1<<(filterLog-3))
	for _, h := range pairKeys.hashes {
		i := h >> (64 - filterLog)
		filter[i>>3] |= 1 << (i & 7)
	}
	block = append(block, filter...)
	for _, t := range v.tokens {
		block = append(block, t...)
	}
	block = append(block, make([]byte, pad)...)
	l.describe(block, v.tokens, longest, index.seed, pairs.seed)
	return block, nil
}

// describe writes the header of a block whose sections are complete.
func (l layout) describe(block []byte, tokens [][]byte, longest int, indexSeed, pairSeed uint64) {
	copy(block, magic)
	for i, x := range []int{l.n, l.pairBits, l.idxBits, l.textLen, longest} {
		binary.LittleEndian.PutUint32(block[12+4*i:], uint32(x))
	}
	for id, t := range tokens {
		if len(t) == 1 {
			binary.LittleEndian.PutUint32(block[tail+4*int(t[0]):], uint32(id))
		}
	}
	binary.LittleEndian.PutUint64(block[32:], indexSeed)
	binary.LittleEndian.PutUint64(block[40:], pairSeed)
	binary.LittleEndian.PutUint32(block[8:], crc32.Checksum(block[12:], crc32.MakeTable(crc32.Castagnoli)))
}

// survey checks the tokens and returns their ranks.
func survey(tokens [][]byte) (map[string]uint32, layout, error) {
	if len(tokens) > MaxTokens {
		return nil, layout{}, fmt.Errorf("%w: %d tokens, at most %d", ErrVocabulary, len(tokens), MaxTokens)
	}
	l := layout{n: len(tokens)}
	ranks := make(map[string]uint32, len(tokens))
	singles := 0
	for id, t := range tokens {
		if len(t) == 0 {
			continue
		}
		if len(t) > MaxTokenLen {
			return nil, l, fmt.Errorf("%w: token %d has %d bytes, at most %d", ErrVocabulary, id, len(t), MaxTokenLen)
		}
		if other, ok := ranks[string(t)]; ok {
			return nil, l, fmt.Errorf("%w: tokens %d and %d are the same", ErrVocabulary, other, id)
		}
		ranks[string(t)] = uint32(id)
		l.textLen += len(t)
		if len(t) == 1 {
			singles++
		}
	}
	if singles != 256 {
		return nil, l, fmt.Errorf("%w: %d of the 256 single bytes are tokens", ErrVocabulary, singles)
	}
	return ranks, l, nil
}

// tableBits returns the size of a hash table for n keys, filled to 6/7 at most.
func tableBits(n int) int { return max(bits.Len(uint(n+n/6)), 4) }

// splitAll finds the canonical split of each token.
func splitAll(tokens [][]byte, ranks map[string]uint32) []split {
	splits := make([]split, len(tokens))
	var s splitter
	for id, t := range tokens {
		splits[id] = split{None, None}
		if len(t) > 1 {
			splits[id] = s.last(t, ranks)
		}
	}
	return splits
}

// splitter encodes tokens by the definition.
type splitter struct {
	ends  []int    // end of each part
	ranks []uint32 // rank of each part with the next
}

func (s *splitter) rank(t []byte, ranks map[string]uint32, i int) uint32 {
	if i+1 >= len(s.ends) {
		return None
	}
	start := 0
	if i > 0 {
		start = s.ends[i-1]
	}
	if r, ok := ranks[string(t[start:s.ends[i+1]])]; ok {
		return r
	}
	return None
}

// last merges the bytes of t until two parts are left and returns them, if
// merging gets that far and these two merge.
func (s *splitter) last(t []byte, ranks map[string]uint32) split {
	s.ends, s.ranks = s.ends[:0], s.ranks[:0]
	for i := range t {
		s.ends = append(s.ends, i+1)
	}
	for i := range t {
		s.ranks = append(s.ranks, s.rank(t, ranks, i))
	}
	for len(s.ends) > 2 {
		m := 0
		for i, r := range s.ranks {
			if r < s.ranks[m] {
				m = i
			}
		}
		if s.ranks[m] == None {
			return split{None, None}
		}
		s.ends = slices.Delete(s.ends, m, m+1)
		s.ranks = slices.Delete(s.ranks, m, m+1)
		s.ranks[m] = s.rank(t, ranks, m)
		if m > 0 {
			s.ranks[m-1] = s.rank(t, ranks, m-1)
		}
	}
	a, oka := ranks[string(t[:s.ends[0]])]
	b, okb := ranks[string(t[s.ends[0]:])]
	if !oka || !okb {
		return split{None, None}
	}
	return split{a, b}
}

// perfectTable is a perfect hash: every key has a slot of its own.
type perfectTable struct {
	seed  uint64
	disp  []byte
	slots []uint64 // of each key
	size  int
}

// arrange puts values into the slots of their keys; other slots are all ones.
func (p *perfectTable) arrange(values []uint64) []uint64 {
	out := make([]uint64, p.size)
	for i := range out {
		out[i] = ^uint64(0)
	}
	for i, v := range values {
		out[p.slots[i]] = v
	}
	return out
}

// perfect finds displacements such that no two hashes share a slot.
func perfect(keys []uint64, tableBits int) (perfectTable, error) {
	shift := uint(64 - tableBits)
	nb := 1 << max(tableBits-bucketLog, 0)
	buckets := make([][]int, nb)
	for i, h := range keys {
		b := h >> (shift + bucketLog) & uint64(nb-1)
		buckets[b] = append(buckets[b], i)
	}
	order := make([]int, nb)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return len(buckets[b]) - len(buckets[a]) })
	for attempt := range uint64(64) {
		p := perfectTable{seed: attempt * hash2, disp: make([]byte, nb), slots: make([]uint64, len(keys)), size: 1 << tableBits}
		used := make([]bool, p.size)
		ok := true
		for _, b := range order {
			if ok = p.fit(keys, buckets[b], b, used, shift); !ok {
				break
			}
		}
		if ok {
			return p, nil
		}
	}
	return perfectTable{}, fmt.Errorf("%w: no perfect hash found", ErrVocabulary)
}

// fit finds the displacement of one bucket.
func (p *perfectTable) fit(keys []uint64, bucket []int, b int, used []bool, shift uint) bool {
	for d := range 256 {
		p.disp[b] = byte(d)
		free := true
		for i, k := range bucket {
			slot := place(keys[k], p.disp, p.seed, shift)
			free = !used[slot] && !slices.ContainsFunc(bucket[:i], func(other int) bool { return p.slots[other] == slot })
			if !free {
				break
			}
			p.slots[k] = slot
		}
		if free {
			for _, k := range bucket {
				used[p.slots[k]] = true
			}
			return true
		}
	}
	return false
}
