package split

// nextCL100K is CL100K with numbers of at most digits characters.
func nextCL100K(p []byte, i, digits int) int {
	c, n := at(p, i)
	if c&Letter != 0 {
		return letters(p, i)
	}
	if c == Number {
		return numberEnd(p, i, digits)
	}
	if p[i] == '\'' {
		if k := contraction(p, i); k > 0 {
			return i + k
		}
	}
	j := i + n
	if c&prefix != 0 && j < len(p) {
		d, m := at(p, j)
		if d&Letter != 0 {
			return letters(p, j)
		}
		if p[i] == ' ' && d&punct != 0 {
			return run(p, run(p, j+m, punct), Line)
		}
	}
	if c&punct != 0 {
		return run(p, run(p, j, punct), Line)
	}
	return whiteEnd(p, i)
}

// letters matches \p{L}+ at p[i], which is a letter.
func letters(p []byte, i int) int {
	i += asciiWord(p, i, true)
	if i < len(p) && p[i] >= 0x80 {
		return run(p, i, Letter)
	}
	return i
}

// nextR50K is R50K.
func nextR50K(p []byte, i int) int {
	if p[i] == '\'' && i+1 < len(p) {
		if k := contraction(p, i); k > 0 && lowerASCII(p[i+1:i+k]) {
			return i + k
		}
	}
	j := i
	if p[i] == ' ' && i+1 < len(p) {
		j++
	}
	c, n := at(p, j)
	switch {
	case c&Letter != 0:
		return letters(p, j)
	case c == Number:
		return run(p, j+n, Number)
	case c&punct != 0:
		return run(p, j+n, punct)
	}
	_, n = at(p, i)
	end := run(p, i, White)
	if end == len(p) || end == i+n {
		return end
	}
	return lastOf(p, i, end)
}

func lowerASCII(p []byte) bool {
	for _, c := range p {
		if c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

// lastOf returns the start of the last character of p[i:end].
func lastOf(p []byte, i, end int) int {
	for end--; end > i && p[end]&0xc0 == 0x80; end-- {
	}
	return end
}

// nextO200K is O200K with numbers of at most digits characters, with or without
// contractions.
func nextO200K(p []byte, i, digits int, short bool) int {
	c, n := at(p, i)
	if c&Letter != 0 {
		return word(p, i, short)
	}
	if c == Number {
		return numberEnd(p, i, digits)
	}
	j := i + n
	if c&prefix != 0 && j < len(p) {
		d, m := at(p, j)
		switch {
		case d&(Letter|Mark) != 0 && c == Mark:
			return markWord(p, i, j, short)
		case d&(Letter|Mark) != 0:
			return word(p, j, short)
		case p[i] == ' ' && d&punct != 0:
			return lineOrSlash(p, run(p, j+m, punct))
		}
	}
	if c == Mark {
		return word(p, i, short)
	}
	if c&punct != 0 {
		return lineOrSlash(p, run(p, j, punct))
	}
	return whiteEnd(p, i)
}

// lineOrSlash matches [\r\n/]*.
func lineOrSlash(p []byte, i int) int {
	for i < len(p) && (p[i] == '\n' || p[i] == '\r' || p[i] == '/') {
		i++
	}
	return i
}

// word matches U*L+C? and else U+L*C? at p[i], a letter or mark, where C is the
// contraction and left out unless short.
func word(p []byte, i int, short bool) int {
	e := i
	for e+1 < len(p) && ascii[p[e]]&ascii[p[e+1]] == Upper {
		e++ // U*, but for the last
	}
	e += asciiWord(p, e, false)
	if e == i || e < len(p) && p[e] >= 0x80 {
		e = wordEnd(p, i)
	}
	if short && e < len(p) && p[e] == '\'' {
		e += contraction(p, e)
	}
	return e
}

// wordEnd is word without the contraction, for all words.
func wordEnd(p []byte, i int) int {
	k, both := i, -1 // both: end of the last character that is in U and in L
	for k < len(p) {
		c, n := at(p, k)
		if c&upperRun == 0 {
			break
		}
		k += n
		if c != Upper {
			both = k
		}
	}
	if e := run(p, k, lowerRun); e > k {
		return e
	}
	if both >= 0 {
		return both // U* gives back what L+ needs
	}
	return k
}

// markWord matches a word at p[i], a mark that may be the prefix of the word
// that goes on at p[j]. If what follows is in U only, L+ needs the mark itself.
func markWord(p []byte, i, j int, short bool) int {
	k, both := j, false
	for k < len(p) {
		c, n := at(p, k)
		if c&upperRun == 0 {
			break
		}
		both = both || c != Upper
		k += n
	}
	if both || run(p, k, lowerRun) > k {
		return word(p, j, short)
	}
	return word(p, i, short)
}

// nextDeepSeek cuts numbers of up to three digits, then runs of Han and kana,
// then the rest:
//
//	[!-/:-~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
//
// What matches nothing is a piece too. The end of a part is an end of text for
// the look-ahead of the last step.
func nextDeepSeek(p []byte, i int) int {
	c, n := at(p, i)
	if c == Number {
		return numberEnd(p, i, 3)
	}
	if k := hanKana(p, i); k > 0 {
		j := i + k
		for j < len(p) {
			k := hanKana(p, j)
			if k == 0 {
				break
			}
			j += k
		}
		return j
	}
	return deepSeekRest(p, i, c, n)
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

// stretch returns the end of the run of a set that begins at p[i], no further
// than the part that DeepSeek's first two steps leave to the last.
func stretch(p []byte, i int, set Class) int {
	for i < len(p) {
		c, n := at(p, i)
		if c&set == 0 || hanKana(p, i) > 0 {
			return i
		}
		i += n
	}
	return i
}

func deepSeekRest(p []byte, i int, c Class, n int) int {
	const words = Letter | Mark
	j := i + n
	partEnds := j == len(p) // or a step before has cut here
	var d Class
	if !partEnds {
		d, _ = at(p, j)
		partEnds = d == Number || hanKana(p, j) > 0
	}
	if c == Sign && p[i] < 0x80 && !partEnds && p[j] < 0x80 && d&Letter != 0 {
		return j + asciiWord(p, j, true)
	}
	if c&words != 0 {
		// A mark may be the prefix, which changes nothing: all are in the run.
		return stretch(p, i, words)
	}
	if c&(Other|Space) != 0 && !partEnds && d&words != 0 {
		return stretch(p, j, words)
	}
	if p[i] == ' ' && !partEnds && d == Sign {
		return run(p, stretch(p, j, Sign), Line)
	}
	switch {
	case c == Sign:
		return run(p, stretch(p, i, Sign), Line)
	case c&White != 0:
		return whiteUntil(p, i)
	}
	return deepSeekGap(p, i)
}

// whiteUntil is whiteEnd where a number or Han begins a new part, so that the
// look-ahead sees the end of the text there.
func whiteUntil(p []byte, i int) int {
	end := run(p, i, White)
	if end < len(p) {
		if c, _ := at(p, end); c == Number || hanKana(p, end) > 0 {
			return whiteEnd(p[:end], i)
		}
	}
	return whiteEnd(p, i)
}

// deepSeekGap is the piece between two matches of the last step: a run of
// characters that begin none.
func deepSeekGap(p []byte, i int) int {
	for i < len(p) {
		c, n := at(p, i)
		if c != Other {
			return i
		}
		j := i + n
		if j < len(p) {
			if d, _ := at(p, j); d&(Letter|Mark) != 0 && hanKana(p, j) == 0 {
				return i // this one is the prefix of a word
			}
		}
		i = j
	}
	return i
}
