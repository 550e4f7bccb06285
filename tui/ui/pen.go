package ui

import (
	"strings"
	"unicode/utf8"
)

// Pen draws lines that are all exactly as wide as it was told. Whatever would
// pass the right edge is cut with "…", and short lines are padded, so a block
// drawn with a Pen fits its place by construction, and blocks can be put side
// by side without measuring them again.
type Pen struct {
	buf   []byte
	ends  []int // where each finished line ends in buf
	width int
	col   int
	under Ink // row background
}

// NewPen returns a pen for lines of the given width; height is how many are
// expected.
func NewPen(width, height int) *Pen {
	width, height = max(width, 0), max(height, 0)
	return &Pen{width: width, buf: make([]byte, 0, (width+48)*(height+1)), ends: make([]int, 0, height+1)}
}

// Width is the width of the lines.
func (p *Pen) Width() int { return p.width }

// Room is how many columns are left on the line.
func (p *Pen) Room() int { return p.width - p.col }

// Height is how many lines are finished.
func (p *Pen) Height() int { return len(p.ends) }

// Text draws s, cut to the room that is left.
func (p *Pen) Text(k Ink, s string) {
	p.put(k, s, p.Room())
}

// Left draws s in a cell of width w, against its left edge.
func (p *Pen) Left(k Ink, s string, w int) {
	w = min(w, p.Room())
	end := p.col + w
	p.put(k, s, w)
	p.To(end)
}

// Right draws s in a cell of width w, against its right edge.
func (p *Pen) Right(k Ink, s string, w int) {
	w = min(w, p.Room())
	s = safe(s)
	end := p.col + w
	p.Space(w - Width(s))
	p.put(k, s, end-p.col)
	p.To(end)
}

// put draws s in at most room columns.
func (p *Pen) put(k Ink, s string, room int) {
	if room <= 0 || s == "" {
		return
	}
	s = safe(s)
	w := Width(s)
	if w > room {
		s = Cut(s, room)
		w = Width(s)
	}
	p.buf = append(p.buf, k.open...)
	p.buf = append(p.buf, s...)
	p.close(k)
	p.col += w
}

// Fill draws a one-column character n times.
func (p *Pen) Fill(k Ink, r rune, n int) {
	n = min(n, p.Room())
	if n <= 0 {
		return
	}
	p.buf = append(p.buf, k.open...)
	for range n {
		p.buf = utf8.AppendRune(p.buf, r)
	}
	p.close(k)
	p.col += n
}

// Drawn appends a piece that another pen drew and that is width columns wide.
// Without room for all of it nothing is drawn.
func (p *Pen) Drawn(s string, width int) {
	if width <= p.Room() {
		p.buf = append(p.buf, s...)
		p.col += width
	}
}

// close ends an ink and restores the row's background if the ink had its own.
func (p *Pen) close(k Ink) {
	p.buf = append(p.buf, k.close...)
	if p.under.open != "" && k.close != "" {
		p.buf = append(p.buf, p.under.open...)
	}
}

// Space moves n columns to the right.
func (p *Pen) Space(n int) {
	n = min(n, p.Room())
	for range n {
		p.buf = append(p.buf, ' ')
	}
	p.col += max(n, 0)
}

// To moves right to a column; it does nothing if the pen is past it.
func (p *Pen) To(col int) { p.Space(min(col, p.width) - p.col) }

// Under puts a background beneath the rest of the line.
func (p *Pen) Under(k Ink) {
	p.under = k
	p.buf = append(p.buf, k.open...)
}

// End finishes the line.
func (p *Pen) End() {
	p.Space(p.Room())
	p.buf = append(p.buf, p.under.close...)
	p.under, p.col = Ink{}, 0
	p.ends = append(p.ends, len(p.buf))
}

// Blank draws n empty lines.
func (p *Pen) Blank(n int) {
	for range n {
		p.End()
	}
}

// Lines returns exactly height lines: those drawn, cut or followed by empty
// ones. The pen must not be used afterwards.
func (p *Pen) Lines(height int) []string {
	for len(p.ends) < height {
		p.End()
	}
	all := string(p.buf)
	lines := make([]string, 0, max(height, 0))
	start := 0
	for _, end := range p.ends[:max(height, 0)] {
		lines = append(lines, all[start:end])
		start = end
	}
	return lines
}

// String returns the finished lines as one text.
func (p *Pen) String() string { return strings.Join(p.Lines(p.Height()), "\n") }

// safe is [Text] for what may be drawn directly: most cells pass through
// untouched.
func safe(s string) string {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == 0x7f {
			return Text(s)
		} else if c >= 0x80 {
			return safeWide(s, i)
		}
	}
	return s
}

func safeWide(s string, from int) string {
	for _, r := range s[from:] {
		if !simple(r) {
			return Text(s)
		}
	}
	return s
}

// simple reports whether a character is harmless and of one width wherever it
// stands. It need not know all that are.
func simple(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0, r == 0xad:
		return false
	case r < 0x300, // Latin
		r >= 0x370 && r < 0x483,             // Greek, Cyrillic
		r >= 0x2010 && r < 0x2028,           // dashes, dots
		r >= 0x20a0 && r < 0x20c0,           // currencies
		r >= 0x2190 && r < 0x231a,           // arrows, mathematics
		r >= 0x2500 && r < 0x25fd,           // boxes, blocks, shapes
		r == '✓', r >= 0x2801 && r < 0x2900, // signs of our own
		r >= 0x3041 && r < 0x3097, r >= 0x30a1 && r < 0x3100, r >= 0x4e00 && r < 0xa000, // kana, Han
		r >= 0xac00 && r < 0xd7a4: // Hangul
		return true
	}
	return false
}
