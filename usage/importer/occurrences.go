package importer

import (
	"encoding/binary"
	"math/bits"
)

// occurrences numbers rows of the same content. It remembers the last few hundred
// thousand different rows: copies stand close together in files that are sorted
// by anything. What it holds is two tables of 3 MB, however long the file is.
type occurrences struct {
	young, old *counts
}

// generation is how many different rows one of the tables takes.
const generation = maxSlots / 4 * 3

func newOccurrences() occurrences { return occurrences{new(counts), new(counts)} }

// next returns how many rows of a content stood before, and counts one more.
func (o *occurrences) next(key [16]byte) uint32 {
	print := binary.LittleEndian.Uint64(key[:])
	n, known := o.young.get(print)
	if !known {
		n, _ = o.old.get(print)
		if o.young.used >= generation {
			o.young, o.old = o.old, o.young
			o.young.clear()
		}
	}
	o.young.put(print, n+1)
	return n
}

// counts maps the first half of a digest to a number, in open addressing: a map
// of the language takes three times the memory, and the time of reading a row.
// Two contents that share that half, one pair in 10^8 files, are told apart all
// the same: their ids hold the whole digest, and one of them a number too many.
type counts struct {
	prints []uint64 // of slots in use; 0 is a free one, and stands as 1
	ns     []uint32
	used   int
}

const (
	minSlots = 1 << 10
	maxSlots = 1 << 18
)

// slot is where a print stands, or would.
func (c *counts) slot(print uint64) int {
	mask := len(c.prints) - 1
	i := int(bits.ReverseBytes64(print*0x9e3779b97f4a7c15)) & mask
	for c.prints[i] != 0 && c.prints[i] != print {
		i = (i + 1) & mask
	}
	return i
}

func (c *counts) get(print uint64) (uint32, bool) {
	if c.used == 0 {
		return 0, false
	}
	i := c.slot(max(print, 1))
	return c.ns[i], c.prints[i] != 0
}

func (c *counts) put(print uint64, n uint32) {
	if c.used >= len(c.prints)/4*3 && len(c.prints) < maxSlots {
		c.grow()
	}
	print = max(print, 1)
	i := c.slot(print)
	if c.prints[i] == 0 {
		c.used++
	}
	c.prints[i], c.ns[i] = print, n
}

func (c *counts) grow() {
	was := *c
	size := max(minSlots, 2*len(was.prints))
	c.prints, c.ns = make([]uint64, size), make([]uint32, size)
	for i, print := range was.prints {
		if print != 0 {
			to := c.slot(print)
			c.prints[to], c.ns[to] = print, was.ns[i]
		}
	}
}

func (c *counts) clear() {
	clear(c.prints)
	clear(c.ns)
	c.used = 0
}
