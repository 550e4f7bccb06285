// Package usage is the vocabulary of tokpit: what one source says about the
// use of one model, before any price is applied.
//
// A [Record] is one response (or one bucket of a provider's usage report). Its
// tokens are split into classes that never overlap ([Tokens]); whatever is not
// a token (searches, seconds, images) is a [Quantity]. A [Source] reads records
// from one place; [Fold] decides which of two copies of a response counts.
//
// Records are summed into cells: a time slot, the dimensions ([Dims]) and a
// [Measures]. A [Cube] holds many cells in columns, which is what reports read.
//
// Names follow the OpenTelemetry GenAI conventions. Absence is a value: an
// empty dimension is "untracked" or "unallocated", and a count that a source
// does not give is [Absent], never zero.
package usage

import (
	"errors"
	"fmt"
)

// Absent stands for a count that the source does not give.
const Absent int64 = -1

// MaxTokens is the largest believable count in one record: 10^12, about a
// thousand times the largest context window times a day of seconds. A larger
// one is a slip (or an attack) and is refused by [Tokens.Check], so that sums
// over any real store stay far inside an int64.
const MaxTokens int64 = 1e12

// ErrImplausible is wrapped by the errors of [Tokens.Check].
var ErrImplausible = errors.New("implausible token count")

// Tokens counts tokens by billing class. The classes never overlap: Input
// leaves out what a cache served (CacheRead) or stored (CacheWrite5m,
// CacheWrite1h; named for how long the entry lives, and a provider's only kind
// of write is the 5m one). Reasoning is the part of Output that was spent
// thinking; it is shown, never added.
type Tokens struct {
	Input, CacheRead, CacheWrite5m, CacheWrite1h, Output, Reasoning int64
}

// TotalInput is everything the model read: the figure that long-context
// prices are decided by.
func (t Tokens) TotalInput() int64 {
	return t.Input + t.CacheRead + t.CacheWrite5m + t.CacheWrite1h
}

// Total is all billed tokens, each counted once.
func (t Tokens) Total() int64 { return t.TotalInput() + t.Output }

// IsZero reports whether no class has tokens.
func (t Tokens) IsZero() bool { return t == Tokens{} }

// Add returns the sum by class.
func (t Tokens) Add(u Tokens) Tokens {
	return Tokens{t.Input + u.Input, t.CacheRead + u.CacheRead, t.CacheWrite5m + u.CacheWrite5m,
		t.CacheWrite1h + u.CacheWrite1h, t.Output + u.Output, t.Reasoning + u.Reasoning}
}

// Sub returns the difference by class.
func (t Tokens) Sub(u Tokens) Tokens {
	return Tokens{t.Input - u.Input, t.CacheRead - u.CacheRead, t.CacheWrite5m - u.CacheWrite5m,
		t.CacheWrite1h - u.CacheWrite1h, t.Output - u.Output, t.Reasoning - u.Reasoning}
}

// Check returns an error that wraps [ErrImplausible] if a count is negative or
// above [MaxTokens].
func (t Tokens) Check() error {
	for _, c := range []struct {
		class string
		n     int64
	}{{"input", t.Input}, {"cache read", t.CacheRead}, {"cache write 5m", t.CacheWrite5m},
		{"cache write 1h", t.CacheWrite1h}, {"output", t.Output}, {"reasoning", t.Reasoning}} {
		if c.n < 0 || c.n > MaxTokens {
			return fmt.Errorf("%w: %d %s tokens", ErrImplausible, c.n, c.class)
		}
	}
	return nil
}

// Quantity is use that is not counted in the fixed token classes, in whole
// units of its meter: "web_search" in requests, "audio_input" in tokens,
// "session_minutes" in minutes.
type Quantity struct {
	Meter string
	N     int64
}

// Measures is what a cell adds up.
type Measures struct {
	Records  int64 // records folded into the cell, for bookkeeping
	Requests int64 // responses, over the records that count them
	// Uncounted is how many of the records come from a source that has no
	// request counts. If it equals Records, the request count is absent.
	Uncounted int64
	Tokens
	Quantities []Quantity // sorted by meter, no zero entries
	// Reported is what the sources themselves say it cost, sorted by currency;
	// empty where none of them says so. It may cover only some of the records.
	Reported []Charged
}

// Add returns m + n.
func (m Measures) Add(n Measures) Measures { return m.combine(n, 1) }

// Sub returns m - n.
func (m Measures) Sub(n Measures) Measures { return m.combine(n, -1) }

func (m Measures) combine(n Measures, sign int64) Measures {
	m.Records += sign * n.Records
	m.Requests += sign * n.Requests
	m.Uncounted += sign * n.Uncounted
	if sign > 0 {
		m.Tokens = m.Tokens.Add(n.Tokens)
	} else {
		m.Tokens = m.Tokens.Sub(n.Tokens)
	}
	if len(n.Quantities) > 0 {
		m.Quantities = addQuantities(m.Quantities, n.Quantities, sign)
	}
	if len(n.Reported) > 0 {
		m.Reported = addCharged(m.Reported, n.Reported, sign)
	}
	return m
}

// addQuantities merges two sorted lists into a new one.
func addQuantities(a, b []Quantity, sign int64) []Quantity {
	out := make([]Quantity, 0, len(a)+len(b))
	for len(a) > 0 || len(b) > 0 {
		var q Quantity
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].Meter < b[0].Meter:
			q, a = a[0], a[1:]
		case len(a) == 0 || b[0].Meter < a[0].Meter:
			q, b = Quantity{b[0].Meter, sign * b[0].N}, b[1:]
		default:
			q = Quantity{a[0].Meter, a[0].N + sign*b[0].N}
			a, b = a[1:], b[1:]
		}
		if q.N != 0 {
			out = append(out, q)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}
