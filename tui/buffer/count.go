package buffer

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"tokpit/tokenizer"
)

// sum is what was counted of a chunk.
type sum struct {
	era     int     // of the encodings
	tokens  []int64 // by encoding
	profile tokenizer.Profile
	invalid int64
}

// Totals is what is known of a text.
type Totals struct {
	Bytes   int64
	Counted int64 // bytes that the counts below are of
	Lines   int64 // line feeds
	Invalid int64 // bytes that are not part of valid UTF-8
	// Tokens are the counts by encoding, as the text was given them.
	Tokens  []int64
	Profile tokenizer.Profile
}

// Complete reports whether everything has been counted.
func (t Totals) Complete() bool { return t.Counted == t.Bytes }

// Totals returns what has been counted so far.
func (t *Text) Totals() Totals {
	if t.counted {
		return t.totals
	}
	s := Totals{Bytes: int64(t.size), Lines: int64(t.index.lines[len(t.index.lines)-1]), Tokens: make([]int64, len(t.encodings))}
	for _, c := range t.chunks {
		if !t.knows(c) {
			continue
		}
		s.Counted += int64(c.size)
		s.Invalid += c.sum.invalid
		for k, n := range c.sum.tokens {
			s.Tokens[k] += n
		}
		s.Profile = s.Profile.Add(c.sum.profile)
	}
	t.totals, t.counted = s, true
	return s
}

// count counts a chunk; nil if ctx ended before.
func (t *Text) count(ctx context.Context, c *chunk) *sum {
	text := c.parts[0].text
	if len(c.parts) > 1 {
		text = make([]byte, 0, c.size)
		for _, p := range c.parts {
			text = append(text, p.text...)
		}
	}
	s := &sum{era: t.era, tokens: make([]int64, len(t.encodings))}
	if !utf8.Valid(text) {
		s.invalid = int64(tokenizer.Invalid(text))
	}
	var err error
	if s.profile, err = tokenizer.Describe(text); err != nil {
		return nil // an embedded table is damaged, which the first use of it has said
	}
	for k, e := range t.encodings {
		if ctx.Err() != nil {
			return nil
		}
		if e.Name() == tokenizer.O200K {
			s.tokens[k] = s.profile.Total()
			continue
		}
		s.tokens[k] = int64(e.Count(text))
	}
	return s
}

// Job is chunks to be counted beside the use of their text.
type Job struct {
	text   *Text // encodings alone
	chunks []*chunk
	sums   []*sum
}

// Pending returns some of what is not counted yet: about limit bytes, at least
// one chunk, those around near first. It returns nil when all is counted.
func (t *Text) Pending(near, limit int) *Job {
	j := &Job{text: &Text{encodings: t.encodings, era: t.era}}
	at, from := 0, 0
	for i, c := range t.chunks {
		if at <= near {
			from = i
		}
		at += c.size
	}
	size := 0
	for k := range t.chunks {
		c := t.chunks[(from+k)%len(t.chunks)]
		if t.knows(c) {
			continue
		}
		if len(j.chunks) > 0 && size+c.size > limit {
			break
		}
		j.chunks = append(j.chunks, c)
		size += c.size
	}
	if len(j.chunks) == 0 {
		return nil
	}
	j.sums = make([]*sum, len(j.chunks))
	return j
}

// Count counts on all cores until ctx ends. It may run beside the use of the
// text.
func (j *Job) Count(ctx context.Context) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(j.chunks)) {
		all.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(j.chunks) {
					return
				}
				j.sums[i] = j.text.count(ctx, j.chunks[i])
			}
		})
	}
	all.Wait()
}

// knows reports whether a chunk has been counted with the present encodings.
func (t *Text) knows(c *chunk) bool { return c.sum != nil && c.sum.era == t.era }

// SetEncodings changes what the text is counted with. If that is anything new,
// all of it has to be counted again.
func (t *Text) SetEncodings(encodings []*tokenizer.Encoding) {
	if !slices.Equal(t.encodings, encodings) {
		t.encodings = slices.Clone(encodings)
		t.era++
		t.counted = false
	}
}

// Encodings are what the text is counted with.
func (t *Text) Encodings() []*tokenizer.Encoding { return t.encodings }

// Apply takes the counts of a job over. Those of chunks that are gone by now
// wait for an undo that brings them back.
func (t *Text) Apply(j *Job) {
	for i, c := range j.chunks {
		if j.sums[i] != nil {
			c.sum = j.sums[i]
		}
	}
	t.counted = false
}

// Around returns a stretch of the text for [tokenizer.Encoding.Spans] that has
// all of [from, to) with what is beside it up to safe places, as far as reach
// bytes away, and where the stretch begins.
func (t *Text) Around(from, to, reach int) (text []byte, base int) {
	from, to = clamp(from, t.size), clamp(to, t.size)
	if len(t.index.parts) == 0 {
		return nil, 0
	}
	a, b := t.index.find(from), t.index.find(to)
	for a > 0 && !t.index.parts[a].safe && from-t.index.starts[a] < reach {
		a--
	}
	for b++; b < len(t.index.parts) && !t.index.parts[b].safe && t.index.starts[b]-to < reach; b++ {
	}
	return t.Append(nil, t.index.starts[a], t.index.starts[b]), t.index.starts[a]
}
