package store

import (
	"encoding/binary"
	"slices"
)

// sought are the fingerprints that a commit looks for.
type sought struct {
	prints []uint64 // sorted
	// bits has one set for the lowest bits of each, if they are many: then nearly
	// every stored fingerprint is told to be no hit by one look.
	bits []uint64
}

const (
	manySought = 512
	soughtBits = 20 // 128 KB, a sixtieth of them set by a batch of 16,384
)

func seek(prints []uint64) *sought {
	slices.Sort(prints)
	s := &sought{prints: prints}
	if len(prints) >= manySought {
		s.bits = make([]uint64, 1<<soughtBits/64)
		for _, p := range prints {
			p &= 1<<soughtBits - 1
			s.bits[p/64] |= 1 << (p % 64)
		}
	}
	return s
}

// in reports whether any of them stands in an encoded list.
func (s *sought) in(encoded []byte) bool {
	if s.bits == nil {
		return printsHit(encoded, s.prints)
	}
	for ; len(encoded) >= 8; encoded = encoded[8:] {
		low := binary.BigEndian.Uint32(encoded[4:]) & (1<<soughtBits - 1)
		if s.bits[low/64]>>(low%64)&1 == 0 {
			continue
		}
		if _, hit := slices.BinarySearch(s.prints, binary.BigEndian.Uint64(encoded)); hit {
			return true
		}
	}
	return false
}

// printsHit reports whether any of the sorted wanted fingerprints stands in an
// encoded list. It gallops through the longer of the two.
func printsHit(encoded []byte, wanted []uint64) bool {
	n := len(encoded) / 8
	at := func(i int) uint64 { return binary.BigEndian.Uint64(encoded[8*i:]) }
	i := 0
	for k := 0; k < len(wanted) && i < n; {
		have := at(i)
		switch {
		case have == wanted[k]:
			return true
		case have > wanted[k]:
			step := 1
			for k+step < len(wanted) && wanted[k+step] < have {
				step *= 2
			}
			lo := k + step/2
			off, _ := slices.BinarySearch(wanted[lo:min(k+step, len(wanted))], have)
			k = lo + off
		default:
			step := 1
			for i+step < n && at(i+step) < wanted[k] {
				step *= 2
			}
			lo, hi := i+step/2, min(i+step, n)
			for lo < hi {
				mid := (lo + hi) / 2
				if at(mid) < wanted[k] {
					lo = mid + 1
				} else {
					hi = mid
				}
			}
			i = lo
		}
	}
	return false
}
