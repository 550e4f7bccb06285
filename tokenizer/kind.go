package tokenizer

import (
	"strings"
	"unicode/utf8"

	"tokpit/tokenizer/split"
)

// Kind is what a stretch of text is, as far as that moves the ratio between two
// tokenizers.
type Kind uint8

// The kinds that were measured.
const (
	English  Kind = iota // prose in English, or what looks like it
	European             // prose in other languages with Latin letters
	Scripts              // Cyrillic, Arabic, Devanagari, Thai, …
	Chinese
	Japanese
	Korean
	Code
	Data // JSON, logs, tables, numbers
	kinds
)

// String returns the name of the kind.
func (k Kind) String() string {
	return [...]string{"English", "other Latin", "other scripts", "Chinese", "Japanese", "Korean", "code", "data"}[k]
}

// Profile is how many o200k_base tokens of each kind a text has. Profiles of
// parts that were cut at safe places add up to the profile of about the whole;
// their totals add up exactly.
type Profile struct {
	Tokens [kinds]int64
}

// Total returns the o200k_base tokens of the text.
func (p Profile) Total() int64 {
	n := int64(0)
	for _, t := range p.Tokens {
		n += t
	}
	return n
}

// Add returns the profile of both texts together.
func (p Profile) Add(q Profile) Profile {
	for k, t := range q.Tokens {
		p.Tokens[k] += t
	}
	return p
}

const (
	// stretch is about how much text is one kind, in bytes.
	stretch = 2 << 10
	// looked is how much of a stretch decides.
	looked = 512
)

// Describe returns the profile of text. It costs little more than counting.
func Describe(text []byte) (Profile, error) {
	var p Profile
	e, err := Get(O200K)
	if err != nil {
		return p, err
	}
	w := e.borrow()
	defer e.giveBack(w)
	for len(text) > 0 {
		end := min(stretch, len(text))
		if end < len(text) {
			if cut := e.Cut(text, 0, end); cut > 0 {
				end = cut
			} else {
				end = e.CutAfter(text, end, len(text))
			}
		}
		part := text[:end]
		p.Tokens[kindOf(part[:min(looked, end)])] += int64(w.count(e.prepare(part)))
		text = text[end:]
	}
	return p, nil
}

// census is what kindOf counts in a sample, in characters.
type census struct {
	latin, accented, other, han, kana, hangul int
	digits, brackets, quotes, signs, spaces   int
	lines, indented                           int
}

func (c *census) add(r rune) {
	switch {
	case r >= '0' && r <= '9':
		c.digits++
	case r|0x20 >= 'a' && r|0x20 <= 'z':
		c.latin++
	case r == ' ' || r == '\t':
		c.spaces++
	case r == '\n':
		c.lines++
	case r < 0x80:
		c.signs++
		if r == '"' {
			c.quotes++
		} else if strings.ContainsRune("{}[]()<>;=_|", r) {
			c.brackets++
		}
	case r >= 0xc0 && r < 0x250:
		c.accented++
	case r >= 0x3040 && r < 0x3100:
		c.kana++
	case r >= 0x1100 && r < 0x1200 || r >= 0xac00 && r < 0xd7a4:
		c.hangul++
	case r >= 0x3400 && r < 0xa000 || r >= 0xf900 && r < 0xfb00 || r >= 0x20000 && r < 0x32000:
		c.han++
	case split.Of(r)&split.Letter != 0:
		c.other++
	}
}

// kindOf looks at a sample of a stretch.
func kindOf(sample []byte) Kind {
	var c census
	start := true
	for len(sample) > 0 {
		r, n := utf8.DecodeRune(sample)
		sample = sample[n:]
		if start && (r == '\t' || r == ' ') {
			c.indented++
		}
		start = r == '\n'
		c.add(r)
	}
	letters := c.latin + c.accented
	// Ideographs and syllables say as much as two to four letters.
	switch east := c.han + c.kana + c.hangul; {
	case 3*east > letters+3*c.other && c.hangul*2 > east:
		return Korean
	case 3*east > letters+3*c.other && c.kana*8 > east:
		return Japanese
	case 3*east > letters+3*c.other && c.han > 0:
		return Chinese
	case c.other > letters:
		return Scripts
	}
	total := letters + c.digits + c.signs
	switch {
	case total == 0:
		return Code // white space
	case 5*c.digits > total || 12*c.quotes > total && 8*c.digits > c.quotes:
		return Data
	case 14*c.brackets > total || 8*c.signs > total && 3*c.indented > c.lines:
		return Code
	case 150*c.accented > letters:
		return European
	}
	return English
}
