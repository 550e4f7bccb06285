package usage

import (
	"time"
)

// SlotLength is the finest time slot that cells keep: a quarter hour, so that
// the days of every time zone can be built from UTC slots.
const SlotLength = 15 * time.Minute

// Slot is a quarter hour, counted from 1970-01-01T00:00Z.
type Slot int32

// SlotOf returns the slot that t lies in.
func SlotOf(t time.Time) Slot {
	s := t.Unix()
	q := s / 900
	if s%900 < 0 {
		q--
	}
	return Slot(q)
}

// Time returns the slot's beginning.
func (s Slot) Time() time.Time { return time.Unix(int64(s)*900, 0).UTC() }

// Day returns the UTC day, counted from 1970-01-01.
func (s Slot) Day() int32 {
	d := int32(s) / 96
	if int32(s)%96 < 0 {
		d--
	}
	return d
}

// Cell is one group of usage. Width is 1 for a quarter hour, 4 for an hour,
// 96 for a UTC day: coarser cells come from sources that know no finer time.
type Cell struct {
	Slot  Slot
	Width uint8
	Dims
	Measures
}

// Cube holds cells in columns. Each cell names one of a small number of
// distinct dimension sets, so grouping and pricing work per set, not per cell.
// A Cube is immutable once built and may be shared.
type Cube struct {
	Sets []Dims // distinct

	// Columns, one entry a cell, sorted by slot.
	Slot      []Slot
	Width     []uint8 // quarter hours that the cell spans: 1, 4 or 96
	Set       []uint32
	Requests  Column
	Uncounted Column
	Records   Column
	Tokens    [6]Column // in the order of the fields of Tokens

	// Quantities of the few cells that have any, by cell index.
	Quantities map[int][]Quantity
	// Reported amounts of the cells that have any, by cell index.
	Reported map[int][]Charged

	// Coverage is what the sources have read in full, whatever span the cube was
	// read for; merged over all connections.
	Coverage []Coverage
	// Prefer is what the person who reads the cube wants to count; the first one
	// that fits an account decides.
	Prefer []Preference

	Revision uint64 // of the store it was read from
	Edges    Edges  // that its bands were cut at
}

// Len returns the number of cells.
func (c *Cube) Len() int { return len(c.Slot) }

// TokensAt returns the tokens of cell i.
func (c *Cube) TokensAt(i int) Tokens {
	t := &c.Tokens
	return Tokens{t[0].At(i), t[1].At(i), t[2].At(i), t[3].At(i), t[4].At(i), t[5].At(i)}
}

// TokensOfSets returns how many tokens each dimension set has, each counted once
// ([Tokens.Total]).
func (c *Cube) TokensOfSets() []int64 {
	out := make([]int64, len(c.Sets))
	for _, t := range [...]int{0, 1, 2, 3, 4} { // all but the reasoning, which is part of the output
		c.Tokens[t].addTo(out, c.Set)
	}
	return out
}

// MeasuresAt returns the measures of cell i.
func (c *Cube) MeasuresAt(i int) Measures {
	return Measures{Records: c.Records.At(i), Requests: c.Requests.At(i), Uncounted: c.Uncounted.At(i),
		Tokens: c.TokensAt(i), Quantities: c.Quantities[i], Reported: c.Reported[i]}
}

// Builder makes a cube cell by cell.
type Builder struct {
	cube Cube
	sets map[Dims]uint32
}

// NewBuilder returns a builder with room for n cells.
func NewBuilder(n int) *Builder {
	b := &Builder{sets: make(map[Dims]uint32)}
	c := &b.cube
	c.Slot, c.Width, c.Set = make([]Slot, 0, n), make([]uint8, 0, n), make([]uint32, 0, n)
	return b
}

// Set returns the index of a dimension set.
func (b *Builder) Set(d Dims) uint32 {
	i, ok := b.sets[d]
	if !ok {
		i = uint32(len(b.cube.Sets))
		b.sets[d] = i
		b.cube.Sets = append(b.cube.Sets, d)
	}
	return i
}

// Add appends one cell. Cells must come in order of their slots.
func (b *Builder) Add(slot Slot, width uint8, set uint32, m Measures) {
	c := &b.cube
	if len(m.Quantities) > 0 {
		if c.Quantities == nil {
			c.Quantities = make(map[int][]Quantity)
		}
		c.Quantities[len(c.Slot)] = m.Quantities
	}
	if len(m.Reported) > 0 {
		if c.Reported == nil {
			c.Reported = make(map[int][]Charged)
		}
		c.Reported[len(c.Slot)] = m.Reported
	}
	c.Slot, c.Width, c.Set = append(c.Slot, slot), append(c.Width, width), append(c.Set, set)
	i, room := len(c.Slot)-1, cap(c.Slot)
	c.Requests.append(i, m.Requests, room)
	c.Uncounted.append(i, m.Uncounted, room)
	c.Records.append(i, m.Records, room)
	for t, n := range [6]int64{m.Input, m.CacheRead, m.CacheWrite5m, m.CacheWrite1h, m.Output, m.Reasoning} {
		c.Tokens[t].append(i, n, room)
	}
}

// Cover adds what the sources have read in full.
func (b *Builder) Cover(all []Coverage) {
	b.cube.Coverage = MergeCoverage(append(b.cube.Coverage, all...))
}

// Cube returns what has been built. The builder must not be used afterwards.
func (b *Builder) Cube() *Cube { return &b.cube }

// Span is the half-open interval [Since, Until). A zero Since is "from the
// beginning", a zero Until "to the end".
type Span struct{ Since, Until time.Time }

// Contains reports whether t lies in the span.
func (s Span) Contains(t time.Time) bool {
	return (s.Since.IsZero() || !t.Before(s.Since)) && (s.Until.IsZero() || t.Before(s.Until))
}
