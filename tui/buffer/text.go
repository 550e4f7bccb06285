// Package buffer is a text that is being edited while its tokens are counted.
//
// A [Text] keeps raw bytes, whatever they are, in parts of some kilobytes that
// never change. Consecutive parts make a chunk, which begins at a place where
// text may be cut for counting with any encoding ([tokenizer.Safe]), so the count
// of the text is the sum of the counts of its chunks. An edit makes the parts that
// it touches anew and counts their chunk; everything else is shared with the text
// before it, which makes undo a matter of keeping the old list. Chunks that are
// too many or too long to be counted at once are [Text.Pending]: a command counts
// them ([Job.Count]) while typing goes on.
//
// A [Model] is the editor: cursor, keys, soft wrap, and a window that costs the
// same for ten bytes and for ten megabytes.
//
//	t := buffer.NewText(encodings)
//	m := buffer.New(t)
//	m.SetSize(80, 20)
//	changed := m.Update(msg)  // keys, pastes, the mouse
//	lines := m.Lines()        // exactly 20 lines of 80 columns
package buffer

import (
	"bytes"
	"context"
	"slices"
	"sort"
	"unicode/utf8"

	"tokpit/tokenizer"
)

const (
	// aim is how long a part is made, and most how long it may grow, in bytes.
	aim, most = 8 << 10, 16 << 10
	// least is the length under which a part is joined with its neighbour.
	least = 1 << 10
	// atOnce is how much text an edit counts before it returns.
	atOnce = 48 << 10
)

// part is a stretch of text. It never changes.
type part struct {
	text  []byte
	lines int  // line feeds
	safe  bool // text may be cut for counting where it begins
}

// chunk is a run of parts of which only the first begins at a safe place. Its
// parts never change; sum is set once.
type chunk struct {
	parts []*part
	size  int
	sum   *sum // nil until it has been counted
}

// state is a text at one moment. The list is never changed, only replaced.
type state struct {
	chunks []*chunk
	size   int
}

// Text is a text with its counts. It is not safe for concurrent use.
type Text struct {
	state
	encodings []*tokenizer.Encoding
	era       int // counts the changes of encodings
	revision  uint64
	index     index
	totals    Totals
	counted   bool // totals are up to date
	wrapped   wrapped
}

// NewText returns an empty text that is counted with the given encodings, and
// described ([tokenizer.Describe]) in any case.
func NewText(encodings []*tokenizer.Encoding) *Text {
	t := &Text{encodings: encodings}
	t.index = newIndex(nil)
	return t
}

// Load returns a text for [Model.Reset]. It keeps the bytes, which must not be
// changed afterwards. It counts nothing and takes about a millisecond for a
// megabyte.
func Load(content []byte) *Text {
	u := NewText(nil)
	var chunks []*chunk
	for _, p := range cut(content, true, true) {
		chunks = grow(chunks, p)
	}
	u.set(state{chunks, len(content)})
	return u
}

// Len is how many bytes the text has.
func (t *Text) Len() int { return t.size }

// Revision changes with every change of the text.
func (t *Text) Revision() uint64 { return t.revision }

// Append appends the bytes [from, to) to dst.
func (t *Text) Append(dst []byte, from, to int) []byte {
	from, to = max(from, 0), min(to, t.size)
	if from >= to {
		return dst
	}
	for i := t.index.find(from); i < len(t.index.parts) && t.index.starts[i] < to; i++ {
		start := t.index.starts[i]
		p := t.index.parts[i].text
		dst = append(dst, p[max(from-start, 0):min(to-start, len(p))]...)
	}
	return dst
}

// Bytes returns a copy of the whole text.
func (t *Text) Bytes() []byte { return t.Append(make([]byte, 0, t.size), 0, t.size) }

// set takes another state over.
func (t *Text) set(s state) {
	t.state = s
	t.index = newIndex(s.chunks)
	t.revision++
	t.counted = false
}

// Replace puts other bytes in the place of [from, to). They are copied. What
// stands in the same chunk is counted at once, unless that is much.
func (t *Text) Replace(from, to int, insert []byte) {
	from, to = clamp(from, t.size), clamp(to, t.size)
	if to < from {
		from, to = to, from
	}
	if from == to && len(insert) == 0 {
		return
	}
	first, last := t.touched(from, to, len(insert))
	x := &t.index
	start, end := x.starts[first], x.starts[last]
	region := make([]byte, 0, end-start-(to-from)+len(insert))
	region = t.Append(region, start, from)
	region = append(region, insert...)
	region = t.Append(region, to, end)
	opens := first == 0 || first < len(x.parts) && x.parts[first].safe
	closes := last == len(x.parts) || x.parts[last].safe
	made := t.splice(first, last, cut(region, opens, closes), len(insert)-(to-from))
	room := atOnce
	for _, c := range made {
		if c.size <= room {
			c.sum = t.count(context.Background(), c)
			room -= c.size
		}
	}
}

func clamp(n, most int) int { return max(0, min(n, most)) }

// touched returns which parts an edit makes anew, as [first, last): those that it
// reaches, and their neighbours where it comes so close to an edge that the
// characters beside it may change, or where little would be left.
func (t *Text) touched(from, to, insert int) (first, last int) {
	x := &t.index
	if len(x.parts) == 0 {
		return 0, 0
	}
	first = x.find(from)
	last = max(first, x.find(to)) + 1
	for first > 0 && from-x.starts[first] < utf8.UTFMax {
		first--
	}
	for last < len(x.parts) && x.starts[last]-to < utf8.UTFMax {
		last++
	}
	if left := x.starts[last] - x.starts[first] - (to - from) + insert; left < least {
		if last < len(x.parts) {
			last++
		} else if first > 0 {
			first--
		}
	}
	return first, last
}

// splice puts new parts in the place of [first, last) of the list of parts, and
// groups what is around them into chunks again. It returns the new ones.
func (t *Text) splice(first, last int, fresh []*part, grown int) []*chunk {
	a, b, skip, rest := 0, len(t.chunks), 0, 0
	for i, seen := 0, 0; i < len(t.chunks); i++ {
		n := len(t.chunks[i].parts)
		if seen <= first {
			a, skip = i, first-seen
		}
		seen += n
		if seen >= last {
			b, rest = i+1, seen-last
			break
		}
	}
	var made []*chunk
	if a < len(t.chunks) {
		for _, p := range t.chunks[a].parts[:skip] {
			made = grow(made, p)
		}
	}
	for _, p := range fresh {
		made = grow(made, p)
	}
	if b > a {
		parts := t.chunks[b-1].parts
		for _, p := range parts[len(parts)-rest:] {
			made = grow(made, p)
		}
	}
	chunks := make([]*chunk, 0, len(t.chunks)-(b-a)+len(made))
	chunks = append(append(append(chunks, t.chunks[:a]...), made...), t.chunks[b:]...)
	t.set(state{chunks, t.size + grown})
	return made
}

// grow appends a part to the last chunk, or begins a chunk with it.
func grow(chunks []*chunk, p *part) []*chunk {
	if p.safe || len(chunks) == 0 {
		return append(chunks, &chunk{parts: []*part{p}, size: len(p.text)})
	}
	last := chunks[len(chunks)-1]
	last.parts = append(last.parts, p)
	last.size += len(p.text)
	return chunks
}

// cut makes parts of text, which it keeps. opens says that text begins at a safe
// place, closes that it ends at one.
func cut(text []byte, opens, closes bool) []*part {
	var out []*part
	add := func(b []byte, safe bool) {
		out = append(out, &part{slices.Clip(b), bytes.Count(b, []byte{'\n'}), safe})
	}
	safe := opens
	if !opens {
		// Inside a very long word: a safe place anywhere in it is worth a cut.
		if n, ok := firstSafe(text, 1, len(text)); ok {
			for len(text[:n]) > most {
				k := characterEnd(text, most)
				add(text[:k], safe)
				text, n, safe = text[k:], n-k, false
			}
			add(text[:n], safe)
			text, safe = text[n:], true
		}
	}
	for len(text) > most {
		n, ok := lastSafe(text, aim/2, aim)
		if !ok {
			n, ok = firstSafe(text, aim, most)
		}
		if !ok {
			n = characterEnd(text, most)
		}
		add(text[:n], safe)
		text, safe = text[n:], ok
	}
	if !closes && len(text) > 0 {
		if n, ok := lastSafe(text, 1, len(text)-1); ok {
			add(text[:n], safe)
			text, safe = text[n:], true
		}
	}
	if len(text) > 0 {
		add(text, safe)
	}
	return out
}

// lastSafe returns the last safe place in [from, to].
func lastSafe(text []byte, from, to int) (int, bool) {
	for i := min(to, len(text)-1); i >= from; i-- {
		if tokenizer.Safe(text, i) {
			return i, true
		}
	}
	return 0, false
}

// firstSafe returns the first safe place in [from, to).
func firstSafe(text []byte, from, to int) (int, bool) {
	for i := from; i < min(to, len(text)); i++ {
		if tokenizer.Safe(text, i) {
			return i, true
		}
	}
	return 0, false
}

// characterEnd returns a place at or shortly before n where a character begins
// that does not join the one before it.
func characterEnd(text []byte, n int) int {
	for i := n; i > n-64 && i > 1; i-- {
		if !utf8.RuneStart(text[i]) {
			continue
		}
		r, _ := utf8.DecodeRune(text[i:])
		before, _ := utf8.DecodeLastRune(text[:i])
		if alone(r) && before != zeroWidthJoiner {
			return i
		}
	}
	return n
}

// index finds parts by place.
type index struct {
	parts  []*part
	starts []int // of each part, and the end of the last
	lines  []int // line feeds before each part, and all
}

func newIndex(chunks []*chunk) index {
	x := index{starts: make([]int, 1, len(chunks)+1), lines: make([]int, 1, len(chunks)+1), parts: make([]*part, 0, len(chunks))}
	at, lines := 0, 0
	for _, c := range chunks {
		for _, p := range c.parts {
			at += len(p.text)
			lines += p.lines
			x.parts = append(x.parts, p)
			x.starts = append(x.starts, at)
			x.lines = append(x.lines, lines)
		}
	}
	return x
}

// find returns the part that a place is in: the one that begins there, rather
// than the one that ends there.
func (x *index) find(at int) int {
	i := sort.SearchInts(x.starts, at+1) - 1
	return clamp(i, max(len(x.parts)-1, 0))
}
