package bpe

import "math/bits"

// scanMax is how many parts are merged by looking at all of them each time;
// their positions fit the bits of one word.
const scanMax = 64

// Merger encodes pieces with a table. It owns the memory this takes, so it must
// not be used by two goroutines at once. The zero value with a Table is ready.
type Merger struct {
	Table *Table
	// Done, when closed, ends the merging of a very long piece early, with a
	// result that means nothing. Whoever set it looks at it afterwards.
	Done <-chan struct{}

	tok   [scanMax]uint32     // parts of a short piece
	order [scanMax]uint32     // rank<<6 | position of each part's pair with the next
	least [scanMax / 8]uint32 // the least of each eight of them
	long  window
}

// dead marks a pair that does not merge.
const dead = ^uint32(0)

// Count returns the number of tokens that merging makes of a piece.
func (m *Merger) Count(piece []byte) int {
	if n, ok := m.parts(piece); ok {
		return bits.OnesCount64(m.scan(n))
	}
	out := sink{}
	m.windows(piece, &out)
	return out.n
}

// Append appends the tokens that merging makes of a piece to dst.
func (m *Merger) Append(dst []uint32, piece []byte) []uint32 {
	if n, ok := m.parts(piece); ok {
		for live := m.scan(n); live != 0; live &= live - 1 {
			dst = append(dst, m.tok[bits.TrailingZeros64(live)&(scanMax-1)])
		}
		return dst
	}
	out := sink{dst: dst, keep: true}
	m.windows(piece, &out)
	return out.dst
}

// parts puts the first parts of a piece, its bytes and atomic characters, into
// m.tok and the ranks of their pairs into m.order. It reports false when they
// are too many.
func (m *Merger) parts(p []byte) (int, bool) {
	t, n := m.Table, 0
	before := 0 // length of the part before
	for i := 0; i < len(p); n++ {
		if n == scanMax {
			return 0, false
		}
		id, size := t.byteToken[p[i]], 1
		if p[i] >= 0xc2 {
			id, size = t.part(p, i)
		}
		m.tok[n] = id
		if n > 0 {
			var r uint32
			if size == 1 && before == 1 {
				r = entry(t.twoBytes, int(p[i-1])<<8|int(p[i]))
			} else {
				r = t.Pair(m.tok[n-1], id)
			}
			m.order[n-1] = rankAt(r, n-1)
		}
		before = size
		i += size
	}
	return n, true
}

// part returns the first part of p[i:] and its length in bytes: an atomic
// character, or a byte.
func (t *Table) part(p []byte, i int) (uint32, int) {
	c := p[i]
	r, n := 0, 0
	switch {
	case c >= 0xe0 && c < 0xf0 && i+2 < len(p) && p[i+1]&0xc0 == 0x80 && p[i+2]&0xc0 == 0x80:
		if r = int(c&15)<<12 | int(p[i+1]&63)<<6 | int(p[i+2]&63); r >= 0x800 {
			n = 3
		}
	case c >= 0xc2 && c < 0xe0 && i+1 < len(p) && p[i+1]&0xc0 == 0x80:
		r, n = int(c&31)<<6|int(p[i+1]&63), 2
	}
	if n > 0 {
		id := entry(t.runes, r)
		if id < between {
			return id, n
		}
		if id != None && (i == 0 || p[i-1] >= 0x80) && (i+n >= len(p) || p[i+n] >= 0x80) {
			return id &^ between, n
		}
	}
	return t.byteToken[c], 1
}

// scan merges the first n parts and returns the positions of those that are
// left.
func (m *Merger) scan(n int) uint64 {
	if n == 0 {
		return 0
	}
	t := m.Table
	live := ^uint64(0) >> (scanMax - n)
	for i := n - 1; i < (n+7)&^7; i++ {
		m.order[i] = dead
	}
	blocks := (n + 7) / 8
	for b := range blocks {
		m.refresh(b)
	}
	for {
		best := dead
		for _, k := range m.least[:blocks] {
			best = min(best, k)
		}
		if best == dead {
			return live
		}
		at := int(best & (scanMax - 1))
		after := live &^ (2<<at - 1) // parts behind this one
		gone := bits.TrailingZeros64(after) & (scanMax - 1)
		live &^= 1 << gone
		after &= after - 1
		m.tok[at] = best >> 6
		m.order[gone] = dead
		if after != 0 {
			m.order[at] = rankAt(t.Pair(best>>6, m.tok[bits.TrailingZeros64(after)&(scanMax-1)]), at)
		} else {
			m.order[at] = dead
		}
		if before := live & (1<<at - 1); before != 0 {
			prev := 63 - bits.LeadingZeros64(before)
			m.order[prev] = rankAt(t.Pair(m.tok[prev], best>>6), prev)
			if prev>>3 != at>>3 {
				m.refresh(prev >> 3)
			}
		}
		m.refresh(at >> 3)
		if gone>>3 != at>>3 {
			m.refresh(gone >> 3)
		}
	}
}

// rankAt is a sort key: lower ranks first, then what is further left.
func rankAt(rank uint32, at int) uint32 {
	if rank == None {
		return dead
	}
	return rank<<6 | uint32(at)
}

// refresh finds the least of the eight keys of a block again.
func (m *Merger) refresh(b int) {
	o := (*[8]uint32)(m.order[b*8 : b*8+8])
	m.least[b] = min(min(min(o[0], o[1]), min(o[2], o[3])), min(min(o[4], o[5]), min(o[6], o[7])))
}
