package split

// nextDeepSeek cuts in three steps: numbers of up to three digits, then runs of
// Han and kana, and what these leave, the runs of Han and kana among them, by
//
//	[!-/:-~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
//
// What matches nothing is a piece too. The end of a part is an end of text for
// the step after.
func nextDeepSeek(p []byte, i int) int {
	c, n := at(p, i)
	if c == Number {
		return numberEnd(p, i, 3)
	}
	part := deepSeekPart{p, hanKana(p, i) > 0}
	j := i + n
	d := part.class(j)
	switch {
	case c == Sign && p[i] < 0x80 && d&Letter != 0 && p[j] < 0x80:
		return j + asciiWord(p, j, true)
	case c&(Letter|Mark) != 0:
		return part.run(i, Letter|Mark) // a mark may be the prefix: the same run
	case c&(Other|Space) != 0 && d&(Letter|Mark) != 0:
		return part.run(j, Letter|Mark)
	case p[i] == ' ' && d == Sign:
		return part.run(part.run(j, Sign), Line)
	case c == Sign:
		return part.run(part.run(i, Sign), Line)
	case c&White != 0:
		return whiteEnd(p[:part.whiteLimit(i)], i)
	}
	return part.gap(i)
}

// deepSeekPart is the part that the third step works on: all Han and kana, or
// none, and no numbers.
type deepSeekPart struct {
	p   []byte
	han bool
}

// class returns the class of the character at i, or none at the part's end.
func (t deepSeekPart) class(i int) Class {
	if i >= len(t.p) {
		return 0
	}
	c, _ := at(t.p, i)
	if c == Number || hanKana(t.p, i) > 0 != t.han {
		return 0
	}
	return c
}

// run returns the end of the run of a set that begins at i.
func (t deepSeekPart) run(i int, set Class) int {
	for t.class(i)&set != 0 {
		_, n := at(t.p, i)
		i += n
	}
	return i
}

// whiteLimit returns where text ends for the white space at i and its look-ahead:
// behind it if the part ends there.
func (t deepSeekPart) whiteLimit(i int) int {
	end := t.run(i, White)
	if t.class(end) != 0 {
		return len(t.p)
	}
	return end
}

// gap returns the end of the run of characters from i on that begin no match.
func (t deepSeekPart) gap(i int) int {
	for t.class(i) == Other {
		_, n := at(t.p, i)
		if t.class(i+n)&(Letter|Mark) != 0 {
			return i // this one is the prefix of a word
		}
		i += n
	}
	return i
}

// hanKana returns the length of a character of [一-龥぀-ゟ゠-ヿ] at p[i], or 0.
func hanKana(p []byte, i int) int {
	if i+2 >= len(p) || p[i] < 0xe3 || p[i] > 0xe9 {
		return 0
	}
	r := int(p[i]&15)<<12 | int(p[i+1]&63)<<6 | int(p[i+2]&63)
	if r >= 0x4e00 && r <= 0x9fa5 || r >= 0x3040 && r <= 0x30ff {
		return 3
	}
	return 0
}
