package tokenizer

import (
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Span is a token and the bytes of the text that it stands for, [Start, End). A
// character may be several tokens: then a span begins or ends inside of it. Of
// the tokens of a U+FFFD that replaces invalid bytes, the last has these bytes as
// its span, the others have none.
type Span struct {
	ID         uint32
	Start, End int
}

// reach is how far around a window Spans looks for safe places.
const reach = 64 << 10

// Spans appends the spans of the tokens that lie in or reach into the window
// [from, to) of text. It reads only what is around the window: from the last safe
// place within 64 KiB before it. Where there is none, inside a very long word,
// tokens near the start of the window may differ from those of the whole text.
func (e *Encoding) Spans(dst []Span, text []byte, from, to int) []Span {
	from, to = max(from, 0), min(to, len(text))
	if from >= to {
		return dst
	}
	start := e.Cut(text, max(from-reach, 0), from)
	for start < from && !utf8.RuneStart(text[start]) {
		start++
	}
	end := e.CutAfter(text, to, min(to+reach, len(text)))
	for end < len(text) && !utf8.RuneStart(text[end]) {
		end++
	}
	w := e.borrow()
	defer e.giveBack(w)
	part := text[start:end]
	if !utf8.Valid(part) || e.compose {
		return e.mappedSpans(w, dst, part, start, from, to)
	}
	for i := 0; i < len(part) && start+i < to; {
		w.pattern.Ends(w.ends[:1], part, i)
		w.spans = w.appendPiece(w.spans[:0], part, i, w.ends[0])
		for _, id := range w.spans {
			next := i + e.table.Size(id)
			if start+next > from && start+i < to {
				dst = append(dst, Span{id, start + i, start + next})
			}
			i = next
		}
	}
	return dst
}

// mappedSpans is Spans for a part, from base on, whose tokens are made of
// another text than itself.
func (e *Encoding) mappedSpans(w *worker, dst []Span, part []byte, base, from, to int) []Span {
	fixed, origin := e.mapped(part)
	pos := 0
	for _, id := range w.appendTokens(nil, fixed) {
		next := pos + e.table.Size(id)
		s := Span{id, base + origin[pos], base + origin[next]}
		if s.End > from && s.Start < to {
			dst = append(dst, s)
		}
		pos = next
	}
	return dst
}

// mapped returns what the tokens of text are made of, and for each place in it
// the place in text. What was composed is at the place of its first part.
func (e *Encoding) mapped(text []byte) (fixed []byte, origin []int) {
	add := func(at int, part []byte, same bool) {
		for k := range part {
			if same {
				origin = append(origin, at+k)
			} else {
				origin = append(origin, at)
			}
		}
		fixed = append(fixed, part...)
	}
	for i := 0; i < len(text); {
		n := validPrefix(text[i:])
		if n == 0 {
			add(i, []byte(replacement), false)
			i += subpart(text[i:])
			continue
		}
		if e.compose {
			n = norm.NFC.NextBoundary(text[i:i+n], true)
			part := norm.NFC.Bytes(text[i : i+n])
			add(i, part, string(part) == string(text[i:i+n]))
		} else {
			add(i, text[i:i+n], true)
		}
		i += n
	}
	return fixed, append(origin, len(text))
}
