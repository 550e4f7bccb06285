package bpe

import "unicode/utf8"

// twoByteTokens lists, by two bytes, the tokens that they merge to.
func twoByteTokens(tokens [][]byte, splits []split) []uint32 {
	list := nothing(1 << 16)
	for id, t := range tokens {
		if len(t) == 2 && splits[id].a != None {
			list[int(t[0])<<8|int(t[1])] = uint32(id)
		}
	}
	return list
}

func nothing(n int) []uint32 {
	list := make([]uint32, n)
	for i := range list {
		list[i] = None
	}
	return list
}

// atomicRunes lists, by code point, the tokens of single characters of two or
// three bytes that no neighbour can prevent, see the package comment; those that
// only an ASCII neighbour can prevent are marked with between.
func atomicRunes(tokens [][]byte, splits []split) []uint32 {
	all, inner := newThieves(tokens, splits, true), newThieves(tokens, splits, false)
	list := nothing(1 << 16)
	for id, t := range tokens {
		r, n := utf8.DecodeRune(t)
		if len(t) < 2 || len(t) > 3 || n != len(t) || splits[id].a == None || !monotone(uint32(id), splits) {
			continue
		}
		switch {
		case all.spare(uint32(id), splits):
			list[r] = uint32(id)
		case inner.spare(uint32(id), splits):
			list[r] = uint32(id) | between
		}
	}
	return list
}

// monotone reports whether every part of a token has a lower rank than what it
// is a part of, so that the token is made in the order of ranks.
func monotone(id uint32, splits []split) bool {
	s := splits[id]
	return s.a == None || s.a < id && s.b < id && monotone(s.a, splits) && monotone(s.b, splits)
}

// thieves are the lowest ranks at which a token is taken by a neighbour: one
// before it, or one behind it.
type thieves struct{ before, behind []uint32 }

// newThieves looks at all pairs whose other part may stand beside a character of
// valid UTF-8: behind it, never one that begins inside a character. Without
// ascii, parts whose byte at the character is ASCII are left out.
func newThieves(tokens [][]byte, splits []split, ascii bool) thieves {
	t := thieves{nothing(len(tokens)), nothing(len(tokens))}
	for id, s := range splits {
		if s.a == None {
			continue
		}
		if last := tokens[s.a][len(tokens[s.a])-1]; ascii || last >= utf8.RuneSelf {
			t.before[s.b] = min(t.before[s.b], uint32(id))
		}
		if first := tokens[s.b][0]; ascii && first < utf8.RuneSelf || first >= 0xc0 {
			t.behind[s.a] = min(t.behind[s.a], uint32(id))
		}
	}
	return t
}

// spare reports whether no neighbour takes a part of a token before it is made:
// from its left end, or from its right end.
func (t thieves) spare(id uint32, splits []split) bool {
	for u := id; splits[u].a != None; u = splits[u].a {
		if t.before[splits[u].a] < u {
			return false
		}
	}
	for u := id; splits[u].a != None; u = splits[u].b {
		if t.behind[splits[u].b] < u {
			return false
		}
	}
	return true
}
