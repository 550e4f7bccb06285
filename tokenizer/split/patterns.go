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
		if plainLead[p[k]] && k+3 <= len(p) {
			k += 3
			both = k
			continue
		}
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
