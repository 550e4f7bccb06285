package store

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"tokpit/usage"
)

// Cells are sums of records, kept so that a year's screen is a short scan. One
// value holds the cells of one UTC day, sorted by slot. There are two kinds:
// quarter hours without session, agent and user, and whole days with them.
// Cells are derived: [Store.Verify] recomputes them from the blocks.

const (
	cellsVersion   = 1
	chargedVersion = 2 // with amounts
)

type cellKind byte

const (
	coarseCells cellKind = 'q'
	fineCells   cellKind = 's'
)

// cellKey sorts by day, then kind.
func cellKey(day int32, kind cellKind) []byte {
	k := binary.BigEndian.AppendUint32(nil, uint32(day)^1<<31)
	return append(k, byte(kind))
}

func parseCellKey(k []byte) (day int32, kind cellKind, ok bool) {
	if len(k) != 5 {
		return 0, 0, false
	}
	return int32(binary.BigEndian.Uint32(k) ^ 1<<31), cellKind(k[4]), true
}

// cellID says where a record is summed.
type cellID struct {
	slot  usage.Slot
	width uint8
	set   uint32 // index into the sets of the day
}

func (a cellID) compare(b cellID) int {
	return cmp.Or(cmp.Compare(a.slot, b.slot), cmp.Compare(a.width, b.width), cmp.Compare(a.set, b.set))
}

// dayCells is one day's value, decoded.
type dayCells struct {
	sets []usage.Dims
	ids  []cellID // sorted
	sums []usage.Measures
}

// placeOf returns the day, slot and width of a record's cell. A bucket of an
// hour or more keeps its width; one that is longer than a day counts on its
// first day.
func placeOf(r *usage.Record) (day int32, slot usage.Slot, width uint8) {
	slot, width = usage.SlotOf(r.Start), 1
	if !r.End.IsZero() {
		switch long := r.End.Sub(r.Start); {
		case long > 4*usage.SlotLength:
			width = 96
		case long > usage.SlotLength:
			width = 4
		}
	}
	return slot.Day(), slot, width
}

// bandedDims returns the dimensions that a record is summed under.
func bandedDims(r *usage.Record, edges usage.Edges) usage.Dims {
	d := r.Dims
	d.Band = r.BandIn(edges)
	return d
}

// apply adds changes whose sets are numbers of dims. It returns an error that
// wraps ErrCorrupt if a cell would end up below zero, which means that cells
// and blocks disagree.
func (c *dayCells) apply(changes *tally, dims *interner) error {
	own := newInterner(c.sets)
	renumbered := make(map[uint32]uint32)
	order := make([]int32, len(changes.places))
	ids := make([]cellID, len(changes.places))
	for i, id := range changes.places {
		set, ok := renumbered[id.set]
		if !ok {
			set = own.number(&dims.sets[id.set])
			renumbered[id.set] = set
		}
		ids[i], order[i] = cellID{id.slot, id.width, set}, int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return ids[a].compare(ids[b]) })

	n := len(c.ids) + len(ids)
	merged := dayCells{sets: own.sets, ids: make([]cellID, 0, n), sums: make([]usage.Measures, 0, n)}
	i := 0
	for _, k := range order {
		id, sum := ids[k], changes.sums[k]
		for i < len(c.ids) && c.ids[i].compare(id) < 0 {
			merged.push(c.ids[i], c.sums[i])
			i++
		}
		if i < len(c.ids) && c.ids[i] == id {
			sum = c.sums[i].Add(sum)
			i++
		}
		if negative(&sum) {
			return fmt.Errorf("%w: the cell of %s would fall below zero", ErrCorrupt, id.slot.Time().Format("2006-01-02T15:04Z"))
		}
		if sum.Records != 0 {
			merged.push(id, sum)
		}
	}
	merged.ids = append(merged.ids, c.ids[i:]...)
	merged.sums = append(merged.sums, c.sums[i:]...)
	*c = merged
	return nil
}

func (c *dayCells) push(id cellID, m usage.Measures) {
	c.ids, c.sums = append(c.ids, id), append(c.sums, m)
}

// negative reports whether a sum is impossible: below zero, or empty with
// something left in it.
func negative(m *usage.Measures) bool {
	if m.Records < 0 || m.Requests < 0 || m.Uncounted < 0 || m.Uncounted > m.Records {
		return true
	}
	for class := range 6 {
		if classOf(&m.Tokens, class) < 0 {
			return true
		}
	}
	for _, q := range m.Quantities {
		if q.N < 0 {
			return true
		}
	}
	for _, c := range m.Reported {
		if c.Records <= 0 || c.Records > m.Records {
			return true
		}
	}
	return m.Records == 0 && (m.Requests != 0 || m.Uncounted != 0 || !m.Tokens.IsZero() || len(m.Quantities) > 0)
}

// encode writes the cells for a key, with only the sets that are still used.
func (c *dayCells) encode(key []byte) []byte { return c.appendTo(nil, key) }

// appendTo is encode behind buf, which is empty.
func (c *dayCells) appendTo(buf, key []byte) []byte {
	n := len(c.ids)
	e := &encoder{b: slices.Grow(buf, 64+n*16)}
	charged := hasCharges(c.sums)
	if charged {
		e.byte(chargedVersion)
	} else {
		e.byte(cellsVersion)
	}
	e.uint(uint64(n))
	used := make([]int64, len(c.sets))
	for i := range used {
		used[i] = -1
	}
	var sets []usage.Dims
	for _, id := range c.ids {
		if used[id.set] < 0 {
			used[id.set] = int64(len(sets))
			sets = append(sets, c.sets[id.set])
		}
	}
	e.sets(sets, newDictionary())
	e.column(n, func(i int) int64 { return used[c.ids[i].set] })
	last := usage.Slot(0)
	steps := make([]int64, n)
	for i, id := range c.ids {
		steps[i], last = int64(id.slot-last), id.slot
	}
	e.column(n, func(i int) int64 { return steps[i] })
	e.column(n, func(i int) int64 { return int64(c.ids[i].width) })
	e.column(n, func(i int) int64 { return c.sums[i].Records })
	e.column(n, func(i int) int64 { return c.sums[i].Requests })
	e.column(n, func(i int) int64 { return c.sums[i].Uncounted })
	for class := range 6 {
		e.column(n, func(i int) int64 { return classOf(&c.sums[i].Tokens, class) })
	}
	e.quantities(n, func(i int) []usage.Quantity { return c.sums[i].Quantities })
	if charged {
		e.charged(c.sums)
	}
	return e.sealAt(key)
}

// unsealCells opens a value of either version.
func unsealCells(value, key []byte) (d *decoder, charged bool, err error) {
	if len(value) > 0 && value[0] == chargedVersion {
		d, err = unsealAt(value, chargedVersion, key)
		return d, true, err
	}
	d, err = unsealAt(value, cellsVersion, key)
	return d, false, err
}

// cells reads how many cells follow, which cannot be more than their sets
// allow: 96 slots a day in three widths.
func (d *decoder) cells() (n int, sets []usage.Dims) {
	claimed := d.uint()
	sets, _ = d.sets()
	if claimed > uint64(len(sets))*96*3 {
		d.fail("impossible number of cells")
		return 0, nil
	}
	return int(claimed), sets
}

func decodeCells(value, key []byte) (*dayCells, error) {
	d, charged, err := unsealCells(value, key)
	if err != nil {
		return nil, err
	}
	n, sets := d.cells()
	if d.err != nil {
		return nil, d.err
	}
	c := &dayCells{sets: sets}
	c.ids, c.sums = make([]cellID, n), make([]usage.Measures, n)
	d.column(n, func(i int, v int64) {
		if v < 0 || v >= int64(len(c.sets)) {
			d.fail("unknown dimension set")
			return
		}
		c.ids[i].set = uint32(v)
	})
	last := usage.Slot(0)
	d.column(n, func(i int, v int64) {
		last += usage.Slot(v)
		c.ids[i].slot = last
	})
	d.column(n, func(i int, v int64) { c.ids[i].width = uint8(v) })
	d.column(n, func(i int, v int64) { c.sums[i].Records = v })
	d.column(n, func(i int, v int64) { c.sums[i].Requests = v })
	d.column(n, func(i int, v int64) { c.sums[i].Uncounted = v })
	for class := range 6 {
		d.column(n, func(i int, v int64) { setClass(&c.sums[i].Tokens, class, v) })
	}
	d.quantities(n, func(i int, qs []usage.Quantity) { c.sums[i].Quantities = qs })
	if charged {
		d.charged(n, func(i int) int64 { return c.sums[i].Records }, func(i int, cs []usage.Charged) { c.sums[i].Reported = cs })
	}
	if d.err != nil {
		return nil, d.err
	}
	// Sets were renumbered by use when written; the order of equal slots by
	// set still holds only under that numbering.
	if !slices.IsSortedFunc(c.ids, cellID.compare) {
		order := make([]int, n)
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return c.ids[a].compare(c.ids[b]) })
		ids, sums := make([]cellID, n), make([]usage.Measures, n)
		for i, k := range order {
			ids[i], sums[i] = c.ids[k], c.sums[k]
		}
		c.ids, c.sums = ids, sums
	}
	return c, nil
}
