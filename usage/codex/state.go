package codex

import "encoding/binary"

// state is what must be known to go on in the middle of a file.
type state struct {
	id     string // the conversation; a digest for a log that names none
	parent string // what it was forked from
	named  bool   // id is from the file's first session_meta
	orphan bool   // records are flagged, because the parent's log is not known

	root  string // that the chain began with; "" before the first count
	chain chain
	// The chain that the file had when it was read before, up to wasEnd.
	was    chain
	wasEnd int64

	model, tier, provider, project, agent string

	counters counters
	// Usage of records whose token_count event has not come yet.
	awaited []classes
}

const stateVersion = 1

func (s *state) encode(b []byte) []byte {
	b = append(b, stateVersion)
	var flags byte
	if s.named {
		flags |= 1
	}
	if s.orphan {
		flags |= 2
	}
	b = append(b, flags)
	for _, p := range s.texts() {
		b = binary.AppendUvarint(b, uint64(len(*p)))
		b = append(b, *p...)
	}
	if s.root != "" {
		b = append(b, s.chain[:]...)
	}
	b = binary.AppendVarint(b, s.wasEnd)
	if s.wasEnd > 0 {
		b = append(b, s.was[:]...)
	}
	b = binary.AppendUvarint(b, uint64(len(s.counters)))
	for i := range s.counters {
		t := &s.counters[i]
		b = t.classes.encode(b)
		b = binary.AppendVarint(b, t.sum)
		b = append(b, bit(t.summed)|bit(t.byRecords)<<1)
	}
	b = binary.AppendUvarint(b, uint64(len(s.awaited)))
	for _, c := range s.awaited {
		b = c.encode(b)
	}
	return b
}

func (s *state) texts() [8]*string {
	return [8]*string{&s.id, &s.parent, &s.root, &s.model, &s.tier, &s.provider, &s.project, &s.agent}
}

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}

func (c classes) encode(b []byte) []byte {
	for _, n := range [5]int64{c.input, c.cached, c.write, c.out, c.reason} {
		b = binary.AppendVarint(b, n)
	}
	return b
}

// decode returns false, and leaves s empty, for anything but an encoded state.
func (s *state) decode(b []byte) bool {
	r := stateReader{b: b}
	*s = state{}
	if r.byte() != stateVersion {
		return false
	}
	flags := r.byte()
	s.named, s.orphan = flags&1 != 0, flags&2 != 0
	for _, p := range s.texts() {
		*p = string(r.take(r.length()))
	}
	if s.root != "" {
		copy(s.chain[:], r.take(len(s.chain)))
	}
	if s.wasEnd = r.varint(); s.wasEnd > 0 {
		copy(s.was[:], r.take(len(s.was)))
	}
	for range min(r.length(), maxCounters) {
		t := total{classes: r.classes(), sum: r.varint()}
		f := r.byte()
		t.summed, t.byRecords = f&1 != 0, f&2 != 0
		s.counters = append(s.counters, t)
	}
	for range min(r.length(), maxAwaited) {
		s.awaited = append(s.awaited, r.classes())
	}
	if r.short || len(r.b) > 0 {
		*s = state{}
		return false
	}
	return true
}

// stateReader reads what encode wrote; short says that there was too little.
type stateReader struct {
	b     []byte
	short bool
}

func (r *stateReader) take(n int) []byte {
	if n > len(r.b) {
		r.short = true
		n = len(r.b)
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *stateReader) byte() byte {
	if b := r.take(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

func (r *stateReader) varint() int64 {
	n, w := binary.Varint(r.b)
	if w <= 0 {
		r.short = true
		return 0
	}
	r.b = r.b[w:]
	return n
}

func (r *stateReader) length() int {
	n, w := binary.Uvarint(r.b)
	if w <= 0 || n > uint64(len(r.b)) {
		r.short = true
		return 0
	}
	r.b = r.b[w:]
	return int(n)
}

func (r *stateReader) classes() (c classes) {
	for _, p := range []*int64{&c.input, &c.cached, &c.write, &c.out, &c.reason} {
		*p = r.varint()
	}
	return c
}
