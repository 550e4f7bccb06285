package bpe

import (
	"bytes"
	"slices"
)

const (
	windowLen = 1024 // bytes that are merged at once
	overlap   = 160  // bytes of a window that the next one repeats, at least
)

// sink takes tokens, or only counts them.
type sink struct {
	dst  []uint32
	keep bool
	n    int
}

func (s *sink) add(ids []uint32) {
	s.n += len(ids)
	if s.keep {
		s.dst = append(s.dst, ids...)
	}
}

// window is the memory for merging with a heap.
type window struct {
	tok        []uint32
	rank       []uint32
	prev, next []int32
	heap       []uint64 // rank<<32 | position
	have, more []uint32
	last       []byte   // the bytes that lastIDs are the tokens of
	lastIDs    []uint32 // the tokens of the window before
}

// windows encodes a long piece window by window. Each window starts at a token
// of the one before and is joined to it at the first token that both have. Where
// they have none in common, the window before is made longer.
func (m *Merger) windows(p []byte, out *sink) {
	w := &m.long
	w.last, w.lastIDs = nil, w.lastIDs[:0]
	defer func() { w.last = nil }() // do not keep the caller's text alive

	base, size := 0, windowLen
	end := min(size, len(p))
	w.have = append(w.have[:0], m.heap(p[base:end])...)
	for end < len(p) {
		if m.stopped() {
			return
		}
		k, mid := m.restart(base, end)
		next := min(mid+windowLen, len(p))
		i, j := -1, -1
		if mid > base && next > end {
			w.more = append(w.more[:0], m.heap(p[mid:next])...)
			i, j = m.shared(w.have[k:], w.more)
		}
		if i < 0 {
			size *= 2
			end = min(base+size, len(p))
			w.have = append(w.have[:0], m.heap(p[base:end])...)
			continue
		}
		out.add(w.have[:k+i])
		for _, id := range w.more[:j] {
			mid += m.Table.Size(id)
		}
		w.have = append(w.have[:0], w.more[j:]...)
		base, end, size = mid, next, windowLen
	}
	out.add(w.have)
}

func (m *Merger) stopped() bool {
	select {
	case <-m.Done:
		return true
	default:
		return false
	}
}

// restart returns the last token of the window [base, end) that begins at least
// an overlap before its end, and where it begins.
func (m *Merger) restart(base, end int) (k, mid int) {
	pos := base
	for i, id := range m.long.have {
		if pos > end-overlap {
			break
		}
		k, mid = i, pos
		pos += m.Table.Size(id)
	}
	return k, mid
}

// shared returns the indexes of the first token that both lists have at the
// same place, when both begin at the same place; -1 if there is none.
func (m *Merger) shared(a, b []uint32) (i, j int) {
	pa, pb := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case pa < pb:
			pa += m.Table.Size(a[i])
			i++
		case pb < pa:
			pb += m.Table.Size(b[j])
			j++
		case a[i] == b[j]:
			return i, j
		default:
			pa += m.Table.Size(a[i])
			pb += m.Table.Size(b[j])
			i++
			j++
		}
	}
	return -1, -1
}

// heap merges one window. The result is valid until the next call. Text that
// repeats, a run of one letter first of all, gives the same window again and
// again: then the tokens of the window before are returned.
func (m *Merger) heap(p []byte) []uint32 {
	w := &m.long
	if bytes.Equal(p, w.last) {
		return w.lastIDs
	}
	n := w.load(m.Table, p)
	for i := n/2 - 1; i >= 0; i-- {
		sift(w.heap, i)
	}
	for len(w.heap) > 0 {
		top := w.heap[0]
		rank, at := uint32(top>>32), int32(uint32(top))
		if w.rank[at] != rank {
			w.pop()
			continue
		}
		w.merge(m.Table, at, rank)
	}
	w.last, w.lastIDs = p, w.lastIDs[:0]
	for i := int32(0); i >= 0; i = w.next[i] {
		w.lastIDs = append(w.lastIDs, w.tok[i])
	}
	return w.lastIDs
}

// load puts the first parts of p and their pairs into the window and returns
// the number of pairs that merge.
func (w *window) load(t *Table, p []byte) int {
	w.tok, w.rank, w.heap = w.tok[:0], w.rank[:0], w.heap[:0]
	w.prev, w.next = w.prev[:0], w.next[:0]
	single := false // is the part before a single byte?
	for i := 0; i < len(p); {
		id, size := t.part(p, i)
		at := len(w.tok)
		if at > 0 {
			r := None
			if single && size == 1 {
				r = entry(t.twoBytes, int(p[i-1])<<8|int(p[i]))
			} else {
				r = t.Pair(w.tok[at-1], id)
			}
			w.rank[at-1] = r
			if r != None {
				w.heap = append(w.heap, uint64(r)<<32|uint64(at-1))
			}
		}
		single = size == 1
		w.tok = append(w.tok, id)
		w.rank = append(w.rank, None)
		w.prev = append(w.prev, int32(at-1))
		w.next = append(w.next, int32(at+1))
		i += size
	}
	w.next[len(w.next)-1] = -1
	return len(w.heap)
}

// merge joins the part at the top of the heap with the next one.
func (w *window) merge(t *Table, at int32, id uint32) {
	gone := w.next[at]
	next, prev := w.next[gone], w.prev[at]
	w.tok[at], w.next[at], w.rank[gone] = id, next, None
	r := None
	if next >= 0 {
		w.prev[next] = at
		r = t.Pair(id, w.tok[next])
	}
	w.rank[at] = r
	if r != None {
		w.heap[0] = uint64(r)<<32 | uint64(at)
		sift(w.heap, 0)
	} else {
		w.pop()
	}
	if prev >= 0 {
		r := t.Pair(w.tok[prev], id)
		w.rank[prev] = r
		if r != None {
			w.push(uint64(r)<<32 | uint64(prev))
		}
	}
}

func (w *window) push(v uint64) {
	w.heap = append(w.heap, v)
	h := w.heap
	i := len(h) - 1
	for i > 0 {
		up := (i - 1) / 2
		if h[up] <= v {
			break
		}
		h[i] = h[up]
		i = up
	}
	h[i] = v
}

func (w *window) pop() {
	n := len(w.heap) - 1
	w.heap[0] = w.heap[n]
	w.heap = w.heap[:n]
	if n > 1 {
		sift(w.heap, 0)
	}
}

// sift moves the value at i down to its place.
func sift(h []uint64, i int) {
	v := h[i]
	for {
		c := 2*i + 1
		if c >= len(h) {
			break
		}
		if c+1 < len(h) && h[c+1] < h[c] {
			c++
		}
		if v <= h[c] {
			break
		}
		h[i] = h[c]
		i = c
	}
	h[i] = v
}

// Reset gives back the memory that a very long piece took.
func (m *Merger) Reset() {
	if cap(m.long.tok) > 16*windowLen {
		m.long = window{}
	}
	m.long.have = slices.Clip(m.long.have[:0])
}
