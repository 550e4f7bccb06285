package split

import (
	"encoding/binary"
	"math/bits"
)

// Ends puts the ends of the pieces from p[i] on into dst, until dst is full or
// the text is at its end, and returns how many it put. It gives what calling
// Next again and again gives, about twice as fast: a loop of its own for what is
// ASCII, words first of all.
func (t Pattern) Ends(dst []int, p []byte, i int) int {
	switch t {
	case O200K:
		return endsO200K(dst, p, i)
	case CL100K:
		return endsCL100K(dst, p, i)
	}
	n := 0
	for n < len(dst) && i < len(p) {
		i = t.Next(p, i)
		dst[n] = i
		n++
	}
	return n
}

// margin is how many bytes from the start of a piece on are looked at without
// asking whether they are there.
const margin = 18

// traits of bytes, for decisions that branches would often guess wrong.
const (
	leads   = 1 << iota // may stand before a word and belong to it
	unclear             // behind a word: it may go on, or a contraction begins
)

var traits = byteTraits()

func byteTraits() (t [256]uint8) {
	for c := range t {
		if ascii[c]&prefix != 0 {
			t[c] |= leads
		}
		if c >= 0x80 || c == '\'' {
			t[c] |= unclear
		}
	}
	return t
}

func endsO200K(dst []int, p []byte, i int) int {
	n := 0
	for n < len(dst) && i+margin <= len(p) {
		s := i + int(traits[p[i]]&leads)
		if k := ascii[p[s]]; k&Letter != 0 {
			stop := notLower(binary.LittleEndian.Uint64(p[s:]) | 0x20)
			e := s + bits.TrailingZeros64(stop)>>3 // s+8 when there is none
			if stop == 0 {
				stop = notLower(binary.LittleEndian.Uint64(p[e:]))
				e += bits.TrailingZeros64(stop) >> 3
			}
			d := p[e]
			if stop == 0 || traits[d]&unclear != 0 || e == s+1 && ascii[d]&k == Upper {
				e = word(p, s, true)
			}
			i = e
		} else if e := rest(p, i, '/'); e > 0 {
			i = e
		} else {
			i = nextO200K(p, i, 3, true)
		}
		dst[n] = i
		n++
	}
	for ; n < len(dst) && i < len(p); n++ {
		i = nextO200K(p, i, 3, true)
		dst[n] = i
	}
	return n
}

func endsCL100K(dst []int, p []byte, i int) int {
	n := 0
	for n < len(dst) && i+margin <= len(p) {
		s := i + int(traits[p[i]]&leads)
		if ascii[p[s]]&Letter != 0 && p[i] != '\'' {
			stop := notLower(binary.LittleEndian.Uint64(p[s:]) | 0x20*ones)
			e := s + bits.TrailingZeros64(stop)>>3
			if stop == 0 {
				stop = notLower(binary.LittleEndian.Uint64(p[e:]) | 0x20*ones)
				e += bits.TrailingZeros64(stop) >> 3
			}
			if stop == 0 || p[e] >= 0x80 {
				e = letters(p, s)
			}
			i = e
		} else if e := rest(p, i, '\n'); e > 0 && p[i] != '\'' {
			i = e
		} else {
			i = nextCL100K(p, i, 3)
		}
		dst[n] = i
		n++
	}
	for ; n < len(dst) && i < len(p); n++ {
		i = nextCL100K(p, i, 3)
		dst[n] = i
	}
	return n
}

// rest returns the end of the piece at p[i], which is no word, where ASCII alone
// decides that, else 0. Signs take line ends with them, and the byte also.
func rest(p []byte, i int, also byte) int {
	j := i + 1
	switch k := ascii[p[i]]; {
	case k == Number:
		for j < len(p) && j < i+3 && ascii[p[j]] == Number {
			j++
		}
		if j < i+3 && j < len(p) && p[j] >= 0x80 {
			return 0
		}
		return j
	case k&punct != 0, p[i] == ' ' && j < len(p) && ascii[p[j]]&punct != 0:
		for j < len(p) && ascii[p[j]]&punct != 0 {
			j++
		}
		if j < len(p) && p[j] >= 0x80 {
			return 0
		}
		for j < len(p) && (p[j] == '\n' || p[j] == '\r' || p[j] == also) {
			j++
		}
		return j
	case k&White != 0:
		return restWhite(p, i)
	}
	return 0
}

func restWhite(p []byte, i int) int {
	j := i + 1
	for j < len(p) && ascii[p[j]]&White != 0 {
		j++
	}
	if j < len(p) && p[j] >= 0x80 {
		return 0
	}
	for e := j; e > i; e-- {
		if p[e-1] == '\n' || p[e-1] == '\r' {
			return e
		}
	}
	if j == len(p) || j == i+1 {
		return j
	}
	return j - 1
}
