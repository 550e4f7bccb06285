package droid

import (
	"encoding/binary"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
)

// prefix of the cursors that hold what of a session has been counted.
const prefix = "sum:"

// ledger turns sums into growth. What it remembers goes into the batch that
// tells of the growth, so that neither is kept alone.
type ledger struct {
	before usage.Cursors
	set    map[string][]byte // in this pull
}

// sum is what has been counted of a session.
type sum struct {
	file   string // digest of the path that it was read from
	begun  int64  // how often it began anew
	tokens usage.Tokens
}

// settle puts growth in the place of sums, whose ids are the paths that they
// were read from.
func (l *ledger) settle(b *usage.Batch) {
	kept := b.Records[:0]
	for _, r := range b.Records {
		if l.grow(&r, b.Cursors) {
			kept = append(kept, r)
		}
	}
	clear(b.Records[len(kept):])
	b.Records = kept
}

// grow makes a record of what is new in a sum, and remembers the sum. It is
// false if nothing is.
func (l *ledger) grow(r *usage.Record, cursors usage.Cursors) bool {
	key := prefix + r.Session
	value, ok := l.set[key]
	if !ok {
		value = l.before[key]
	}
	old, known := decodeSum(value)
	now := sum{jsonl.Digest([]byte(r.ID)), old.begun, r.Tokens}
	more := now.tokens.Sub(old.tokens)
	if known && min(more.Input, more.CacheRead, more.CacheWrite5m, more.Output) < 0 {
		if old.file != now.file {
			return false
		}
		now.begun++
		more = now.tokens
		r.Flags |= usage.FlagTotalMismatch
	}
	more.Reasoning = min(max(more.Reasoning, 0), more.Output)
	l.set[key] = now.encode()
	cursors[key] = l.set[key]
	if more.Total() == 0 {
		return false
	}
	if known && !r.UsageAt.IsZero() {
		r.Start = r.UsageAt
	}
	r.Tokens, r.UsageAt = more, time.Time{}
	r.ID = agentlog.HashID("droid", r.Session, now.begun, now.tokens, more)
	return true
}

func (s *sum) encode() []byte {
	b := binary.AppendVarint(nil, s.begun)
	for _, n := range []int64{s.tokens.Input, s.tokens.CacheRead, s.tokens.CacheWrite5m, s.tokens.Output, s.tokens.Reasoning} {
		b = binary.AppendVarint(b, n)
	}
	return append(b, s.file...)
}

// decodeSum returns false for a value that is none, or damaged: then nothing is
// known of the session.
func decodeSum(b []byte) (s sum, ok bool) {
	for _, p := range []*int64{&s.begun, &s.tokens.Input, &s.tokens.CacheRead, &s.tokens.CacheWrite5m, &s.tokens.Output, &s.tokens.Reasoning} {
		n, w := binary.Varint(b)
		if w <= 0 || n < 0 || n > usage.MaxTokens {
			return sum{}, false
		}
		*p, b = n, b[w:]
	}
	s.file = string(b)
	return s, true
}
