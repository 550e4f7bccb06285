package gitignore

import "strings"

// step is one part of a pattern: a set of bytes, once or repeated; or a fork.
type step struct {
	set  [4]uint64 // bytes
	many bool      // any number of them, none included
	// fork is not zero where nothing is matched, and so many steps may be left
	// out: "**/" stands for no folder at all too.
	fork int
}

func (s *step) has(b byte) bool { return s.set[b>>6]>>(b&63)&1 != 0 }

func (s *step) add(b byte) { s.set[b>>6] |= 1 << (b & 63) }

func (s *step) drop(b byte) { s.set[b>>6] &^= 1 << (b & 63) }

func plain(b byte) step {
	var s step
	s.add(b)
	return s
}

// anything is all bytes, with the slash or without.
func anything(slash bool) step {
	s := step{set: [4]uint64{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}}
	if !slash {
		s.drop('/')
	}
	return s
}

// compile reads a pattern; false if it is malformed.
func compile(p string) ([]step, bool) {
	var out []step
	for i := 0; i < len(p); i++ {
		switch p[i] {
		case '\\':
			if i++; i == len(p) {
				return nil, false
			}
			out = append(out, plain(p[i]))
		case '?':
			out = append(out, anything(false))
		case '*':
			first := i
			for i+1 < len(p) && p[i+1] == '*' {
				i++
			}
			out = append(out, stars(p, first, i+1)...)
		case '[':
			s, end := class(p, i+1)
			if end < 0 {
				return nil, false
			}
			s.drop('/') // only a slash matches a slash
			out = append(out, s)
			i = end
		default:
			out = append(out, plain(p[i]))
		}
	}
	return out, true
}

// stars returns the steps for the stars p[i:j]. Two or more between slashes, or at
// the ends, go across folders; anywhere else they are as one.
func stars(p string, i, j int) []step {
	rest := p[j:]
	alone := j-i > 1 && (i == 0 || p[i-1] == '/') && (rest == "" || rest[0] == '/' || strings.HasPrefix(rest, `\/`))
	s := anything(alone)
	s.many = true
	if alone && strings.HasPrefix(rest, "/") {
		return []step{{fork: 3}, s} // over itself, the stars and the slash
	}
	return []step{s}
}

// class reads a set from behind its bracket on and returns where the closing
// bracket is; -1 if there is none, or a name in it is not known.
func class(p string, i int) (step, int) {
	var s step
	invert := i < len(p) && (p[i] == '!' || p[i] == '^')
	if invert {
		i++
	}
	last := -1 // what a range would begin with
	for first := true; ; first = false {
		if i >= len(p) {
			return s, -1
		}
		if p[i] == ']' && !first {
			break
		}
		name, end := className(p, i)
		switch {
		case end < 0:
			return s, -1
		case end > i:
			if !s.addClass(name) {
				return s, -1
			}
			last, i = -1, end
			continue
		}
		if p[i] == '-' && last > 0 && i+1 < len(p) && p[i+1] != ']' {
			i++
			c, n := escaped(p, i)
			if n == 0 {
				return s, -1
			}
			for b := last; b <= int(c); b++ {
				s.add(byte(b))
			}
			last, i = -1, i+n
			continue
		}
		c, n := escaped(p, i)
		if n == 0 {
			return s, -1
		}
		s.add(c)
		last, i = int(c), i+n
	}
	if invert {
		for k := range s.set {
			s.set[k] = ^s.set[k]
		}
	}
	return s, i
}

// escaped returns the character at i, which a backslash may protect, and its
// length; 0 if there is none.
func escaped(p string, i int) (byte, int) {
	if p[i] != '\\' {
		return p[i], 1
	}
	if i+1 == len(p) {
		return 0, 0
	}
	return p[i+1], 2
}

// className reads [:name:] at i and returns where it ends: at i if there is none,
// and -1 if its bracket is never closed.
func className(p string, i int) (string, int) {
	if !strings.HasPrefix(p[i:], "[:") {
		return "", i
	}
	n := strings.IndexByte(p[i+2:], ']')
	if n < 0 {
		return "", -1
	}
	name, ok := strings.CutSuffix(p[i+2:i+2+n], ":")
	if !ok {
		return "", i
	}
	return name, i + 2 + n + 1
}

// addClass adds the ASCII characters of a named class, as in the C locale.
func (s *step) addClass(name string) bool {
	lower := func(b byte) bool { return b >= 'a' && b <= 'z' }
	upper := func(b byte) bool { return b >= 'A' && b <= 'Z' }
	digit := func(b byte) bool { return b >= '0' && b <= '9' }
	alnum := func(b byte) bool { return lower(b) || upper(b) || digit(b) }
	graph := func(b byte) bool { return b > ' ' && b < 0x7f }
	in := map[string]func(byte) bool{
		"alnum": alnum, "lower": lower, "upper": upper, "digit": digit, "graph": graph,
		"alpha":  func(b byte) bool { return lower(b) || upper(b) },
		"blank":  func(b byte) bool { return b == ' ' || b == '\t' },
		"cntrl":  func(b byte) bool { return b < ' ' || b == 0x7f },
		"print":  func(b byte) bool { return b == ' ' || graph(b) },
		"punct":  func(b byte) bool { return graph(b) && !alnum(b) },
		"space":  func(b byte) bool { return b == ' ' || b >= '\t' && b <= '\r' },
		"xdigit": func(b byte) bool { return digit(b) || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F' },
	}[name]
	if in == nil {
		return false
	}
	for b := range 0x80 {
		if in(byte(b)) {
			s.add(byte(b))
		}
	}
	return true
}

// run reports whether a pattern matches all of a text. It follows all ways at
// once, so that its time is at most the product of the two lengths.
func run(p []step, text string) bool {
	here, next := make([]bool, len(p)+1), make([]bool, len(p)+1)
	reach(p, here, 0)
	for i := range len(text) {
		clear(next)
		for k := range p {
			if !here[k] || !p[k].has(text[i]) {
				continue
			}
			if p[k].many {
				reach(p, next, k)
			} else {
				reach(p, next, k+1)
			}
		}
		here, next = next, here
	}
	return here[len(p)]
}

// reach marks a place in a pattern, and those that need nothing more.
func reach(p []step, at []bool, k int) {
	for !at[k] {
		at[k] = true
		if k == len(p) {
			return
		}
		if p[k].fork > 0 {
			reach(p, at, k+p[k].fork)
		} else if !p[k].many {
			return
		}
		k++
	}
}
