// Package split cuts text into the pieces that byte pair encodings work on.
//
// Every encoding has a regular expression that a text is matched with, again and
// again, from left to right; each match is a piece, and tokens never cross the
// end of one. Matching these with a regular expression engine takes most of the
// time of an ordinary tokenizer, so here they are written out by hand, each with
// the exact order of its alternatives and the exact effect of backtracking.
//
// None of the patterns looks to the left, and to the right they look no further
// than the character behind a piece. Hence [Pattern.Safe]: places where a text
// may be cut whatever comes before and after.
//
// Text must be valid UTF-8. Nothing here panics on other bytes, but where the
// pieces end is then not defined.
package split

import (
	"encoding/binary"
	"math/bits"
)

// Pattern is a way to cut text into pieces.
type Pattern uint8

// The known patterns.
const (
	// CL100K is the pattern of cl100k_base and of Llama 3:
	//	(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
	CL100K Pattern = iota
	// O200K is the pattern of o200k_base: words are also cut before an upper-case
	// letter, marks belong to words, contractions to the word before.
	//	[^\r\n\p{L}\p{N}]?U*L+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?U+L*(?i:'s|…)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+
	// with U = [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}] and L = [\p{Ll}\p{Lm}\p{Lo}\p{M}].
	O200K
	// R50K is the pattern of GPT-2 and of r50k_base and p50k_base:
	//	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
	R50K
	// Qwen is CL100K with single digits: Qwen 2, 2.5 and 3.
	Qwen
	// Tekken is O200K with single digits and without contractions: Mistral.
	Tekken
	// DeepSeek is the three-step pattern of DeepSeek V3 and R1.
	DeepSeek

	patterns // how many there are
)

// Next returns the end of the piece that begins at p[i]; i < len(p). The result
// is greater than i.
func (t Pattern) Next(p []byte, i int) int {
	switch t {
	case O200K:
		return nextO200K(p, i, 3, true)
	case CL100K:
		return nextCL100K(p, i, 3)
	case Qwen:
		return nextCL100K(p, i, 1)
	case Tekken:
		return nextO200K(p, i, 1, false)
	case DeepSeek:
		return nextDeepSeek(p, i)
	}
	return nextR50K(p, i)
}

// numberEnd matches \p{N}{1,most} at p[i], where the first is known to match.
func numberEnd(p []byte, i, most int) int {
	for k := 0; k < most && i < len(p); k++ {
		c, n := at(p, i)
		if c != Number {
			break
		}
		i += n
	}
	return i
}

// whiteEnd matches \s*[\r\n]+|\s+(?!\S)|\s+ at p[i], which is white space.
func whiteEnd(p []byte, i int) int {
	line, last, j := -1, i, i
	for j < len(p) {
		c, n := at(p, j)
		if c&White == 0 {
			break
		}
		last = j
		j += n
		if c == Line {
			line = j
		}
	}
	if line >= 0 {
		return line
	}
	if j == len(p) || last == i {
		return j
	}
	return last // the last one goes with what follows
}

// contraction returns the length of (?i:'s|'t|'re|'ve|'m|'ll|'d) at p[i], which
// is an apostrophe; 0 if there is none. Without case, s is also U+017F, ſ.
func contraction(p []byte, i int) int {
	rest := p[i+1:]
	if len(rest) == 0 {
		return 0
	}
	switch rest[0] | 0x20 {
	case 's', 't', 'm', 'd':
		return 2
	case 'r', 'v':
		if len(rest) > 1 && rest[1]|0x20 == 'e' {
			return 3
		}
	case 'l':
		if len(rest) > 1 && rest[1]|0x20 == 'l' {
			return 3
		}
	}
	if rest[0] == 0xc5 && len(rest) > 1 && rest[1] == 0xbf {
		return 3
	}
	return 0
}

const (
	ones   = 0x0101010101010101
	sevens = 0x7f * ones
	tops   = 0x80 * ones
)

// notLower sets the top bit of each byte of w that is no ASCII lower-case letter.
func notLower(w uint64) uint64 {
	low := w & sevens
	reaches := low + (0x80-'a')*ones
	passes := low + (0x80-'z'-1)*ones
	return (^reaches | passes | w) & tops
}

// asciiWord returns how many bytes from p[i] on are ASCII letters, of which only
// the first may be upper case unless any is set. It looks at eight at a time.
func asciiWord(p []byte, i int, any bool) int {
	fold, next := uint64(0x20), uint64(0) // folding case: | 0x20
	if any {
		fold, next = 0x20*ones, 0x20*ones
	}
	j := i
	for j+8 <= len(p) {
		w := binary.LittleEndian.Uint64(p[j:])
		// Folding maps @[\]^_ to `{|}~ and DEL, none of which is a letter.
		if stop := notLower(w | fold); stop != 0 {
			return j + bits.TrailingZeros64(stop)>>3 - i
		}
		fold = next
		j += 8
	}
	for ; j < len(p); j++ {
		c := p[j]
		if any || j == i {
			c |= 0x20
		}
		if c < 'a' || c > 'z' {
			break
		}
	}
	return j - i
}
