package buffer

import "bytes"

// row is what one line of the window shows: [from, to) of the text. A line feed
// at its end belongs to it.
type row struct{ from, to int }

// A segment is what is wrapped for itself: a line, or of a line that is longer
// than a part, what lies in one part. So no line of ten megabytes has to be
// measured from its beginning; that one of its rows is shorter than it might be
// is the price.

// segmentStart returns where the segment of a place begins.
func (t *Text) segmentStart(at int) int {
	x := &t.index
	if len(x.parts) == 0 {
		return 0
	}
	i := x.find(at)
	if k := bytes.LastIndexByte(x.parts[i].text[:at-x.starts[i]], '\n'); k >= 0 {
		return x.starts[i] + k + 1
	}
	if i == 0 || x.parts[i-1].lines == 0 {
		return x.starts[i]
	}
	return x.starts[i-1] + bytes.LastIndexByte(x.parts[i-1].text, '\n') + 1
}

// segmentEnd returns where the segment that begins at a place ends: after its
// line feed, or where the next one begins.
func (t *Text) segmentEnd(start int) int {
	x := &t.index
	if len(x.parts) == 0 {
		return 0
	}
	i := x.find(start)
	if k := bytes.IndexByte(x.parts[i].text[start-x.starts[i]:], '\n'); k >= 0 {
		return start + k + 1
	}
	for i++; i < len(x.parts) && x.parts[i-1].lines > 0; i++ {
		if k := bytes.IndexByte(x.parts[i].text, '\n'); k >= 0 {
			return x.starts[i] + k + 1
		}
	}
	return x.starts[min(i, len(x.parts))]
}

// rows wraps the segment that begins at start into rows of at most width columns
// and returns them, with the bytes of the segment. The text after the last line
// feed is a row too, also when it is empty.
func (t *Text) rows(start, width int) ([]row, []byte) {
	w := &t.wrapped
	if w.revision != t.revision || w.width != width || len(w.segments) > maxWrapped {
		*w = wrapped{t.revision, width, make(map[int]segment)}
	}
	s, ok := w.segments[start]
	if !ok {
		s.text = t.Append(nil, start, t.segmentEnd(start))
		s.rows = wrap(s.text, start, max(width, 2))
		w.segments[start] = s
	}
	return s.rows, s.text
}

// wrapped remembers the segments that were wrapped at one revision and width:
// those on screen are asked for several times.
type wrapped struct {
	revision uint64
	width    int
	segments map[int]segment
}

type segment struct {
	rows []row
	text []byte
}

// maxWrapped is how many segments are remembered.
const maxWrapped = 1000

// wrap wraps a segment that begins at start.
func wrap(text []byte, start, width int) []row {
	var out []row
	from, space, col := 0, 0, 0 // the row's begin, the last place to wrap, the column
	for i := 0; i < len(text); {
		c := firstCluster(text[i:], col)
		if text[i] != '\n' && (col+c.width > width && i > from && text[i] != ' ' || col > width) {
			at := i
			if space > from {
				at = space
			}
			out = append(out, row{start + from, start + at})
			from, space, col, i = at, at, 0, at
			continue
		}
		col += c.width
		i += c.size
		if breaks(text[i-c.size:], c) {
			space = i
		}
	}
	return append(out, row{start + from, start + len(text)})
}

// spot is a row by the segment that it is in.
type spot struct {
	seg  int // where the segment begins
	row  int // of the segment
	rows []row
	text []byte // of the segment
}

func (s *spot) here() row { return s.rows[s.row] }

// bytes are those of the row.
func (s *spot) bytes() []byte {
	r := s.here()
	return s.text[r.from-s.seg : r.to-s.seg]
}

// spot returns the row that a place is in.
func (t *Text) spot(at, width int) spot {
	at = clamp(at, t.size)
	s := spot{seg: t.segmentStart(at)}
	s.rows, s.text = t.rows(s.seg, width)
	for s.row = len(s.rows) - 1; s.row > 0 && s.rows[s.row].from > at; s.row-- {
	}
	return s
}

// next returns the row beneath; ok is false at the end.
func (t *Text) next(s spot, width int) (spot, bool) {
	if s.row+1 < len(s.rows) {
		s.row++
		return s, true
	}
	end := s.here().to
	if end >= t.size && !(len(s.text) > 0 && s.text[len(s.text)-1] == '\n') {
		return s, false
	}
	n := spot{seg: end}
	n.rows, n.text = t.rows(end, width)
	return n, true
}

// previous returns the row above; ok is false at the beginning.
func (t *Text) previous(s spot, width int) (spot, bool) {
	if s.row > 0 {
		s.row--
		return s, true
	}
	if s.seg == 0 {
		return s, false
	}
	p := spot{seg: t.segmentStart(s.seg - 1)}
	p.rows, p.text = t.rows(p.seg, width)
	p.row = len(p.rows) - 1
	return p, true
}

// columnOf returns the column of a place in a row.
func (s *spot) columnOf(at int) int {
	text, from, col := s.bytes(), s.here().from, 0
	for i := 0; i < len(text) && from+i < at; {
		c := firstCluster(text[i:], col)
		col += c.width
		i += c.size
	}
	return col
}

// placeAt returns the place in a row that is nearest to a column. The last place
// of a row that goes on below is before its last cluster.
func (s *spot) placeAt(col int) int {
	text, from, at := s.bytes(), s.here().from, 0
	last := s.row == len(s.rows)-1
	for i := 0; i < len(text); {
		c := firstCluster(text[i:], at)
		if text[i] == '\n' || at+(c.width+1)/2 > col || !last && i+c.size >= len(text) {
			return from + i
		}
		at += c.width
		i += c.size
	}
	return from + len(text)
}

// Line returns the number of the line that a place is in, from 1.
func (t *Text) Line(at int) int {
	x := &t.index
	if len(x.parts) == 0 {
		return 1
	}
	at = clamp(at, t.size)
	i := x.find(at)
	return x.lines[i] + bytes.Count(x.parts[i].text[:at-x.starts[i]], []byte{'\n'}) + 1
}

// after returns the end of the cluster that begins at a place.
func (t *Text) after(at int) int {
	if at >= t.size {
		return t.size
	}
	near := t.Append(nil, at, at+longestCluster)
	return at + firstCluster(near, 0).size
}

// before returns the beginning of the cluster that ends at a place.
func (t *Text) before(at int) int {
	if at <= 0 {
		return 0
	}
	start := max(t.segmentStart(at-1), at-2*longestCluster)
	text := t.Append(nil, start, at)
	if start > 0 && len(text) == 2*longestCluster { // begin where a cluster may begin
		for len(text) > longestCluster && text[0]&0xc0 == 0x80 {
			text, start = text[1:], start+1
		}
	}
	for i := 0; i < len(text); {
		n := firstCluster(text[i:], 0).size
		if start+i+n >= at {
			return start + i
		}
		i += n
	}
	return at - 1
}
