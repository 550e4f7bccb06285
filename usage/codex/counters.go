package codex

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"slices"
)

// classes are token counts as Codex nests them: cached and write are part of
// input, reason is part of out.
type classes struct{ input, cached, write, out, reason int64 }

func (c *counter) classes() classes {
	return classes{c.input, c.cached, c.write, c.out, c.reason}
}

func (a classes) minus(b classes) classes {
	return classes{a.input - b.input, a.cached - b.cached, a.write - b.write, a.out - b.out, a.reason - b.reason}
}

// covers reports whether a is at least b in every class.
func (a classes) covers(b classes) bool {
	d := a.minus(b)
	return min(d.input, d.cached, d.write, d.out, d.reason) >= 0
}

// total is one counter's latest value.
type total struct {
	classes
	sum       int64 // total_tokens; it may exceed input + output
	summed    bool
	byRecords bool // set by a usage record, whose event is still to come
}

// counters are the cumulative counters seen in a file, the latest last.
type counters []total

const maxCounters = 8

// step is what a total says about the usage since.
type step uint8

const (
	nothing   step = iota // a repetition, or a counter's beginning
	one                   // one request
	several               // an unknown number of requests
	undecided             // a fork's first total without a last usage
)

// advance takes a new total and the last usage that came with it, and returns
// what is to be counted, and what total_tokens grew by (if both are known).
// See the package's documentation for the order of the rules.
func (c *counters) advance(t total, last *counter, fork bool) (use classes, sum int64, summed bool, s step) {
	if i := c.find(t.classes); i >= 0 {
		t.byRecords = false
		c.move(i, t)
		return classes{}, 0, false, nothing
	}
	first := len(*c) == 0
	switch {
	case t.classes == classes{}:
		c.move(-1, t)
		return classes{}, 0, false, nothing
	case last.there:
		l := last.classes()
		if i := c.find(t.minus(l)); i >= 0 {
			c.move(i, t)
			return l, last.sum, last.summed, one
		}
		if latest, ok := c.latest(); l != t.classes && (first && !fork || ok && t.covers(latest.classes)) {
			return c.grow(t, latest)
		}
		c.move(-1, t)
		return l, last.sum, last.summed, one
	case first && fork:
		c.move(-1, t)
		return classes{}, 0, false, undecided
	}
	latest, _ := c.latest()
	if !t.covers(latest.classes) {
		latest = total{}
		c.move(-1, total{})
	}
	return c.grow(t, latest)
}

// grow moves the latest counter, or the first one, to a new total.
func (c *counters) grow(t, from total) (classes, int64, bool, step) {
	c.move(len(*c)-1, t)
	return t.minus(from.classes), t.sum - from.sum, t.summed && (from.summed || from.classes == classes{}), several
}

func (c counters) find(t classes) int {
	for i := len(c) - 1; i >= 0; i-- {
		if c[i].classes == t {
			return i
		}
	}
	return -1
}

func (c counters) latest() (total, bool) {
	if len(c) == 0 {
		return total{}, false
	}
	return c[len(c)-1], true
}

// move replaces counter i, or none (-1), by t, which becomes the latest.
func (c *counters) move(i int, t total) {
	if i >= 0 {
		*c = slices.Delete(*c, i, i+1)
	} else if len(*c) >= maxCounters {
		*c = slices.Delete(*c, 0, 1)
	}
	*c = append(*c, t)
}

// chain hashes what was counted in a file, from its beginning on.
type chain [sha256.Size]byte

func newChain(root string) chain { return sha256.Sum256([]byte("codex\x00" + root)) }

// next adds a counted step and returns its id.
func (h *chain) next(use, total classes) string {
	b := append(make([]byte, 0, sha256.Size+10*binary.MaxVarintLen64), h[:]...)
	for _, c := range [2]classes{use, total} {
		for _, n := range [5]int64{c.input, c.cached, c.write, c.out, c.reason} {
			b = binary.AppendVarint(b, n)
		}
	}
	*h = sha256.Sum256(b)
	return "c:" + base64.RawURLEncoding.EncodeToString(h[:16])
}
