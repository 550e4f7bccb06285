package store

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"

	"tokpit/usage"
)

// A year of a large organization is more than a million cells, and the cockpit
// reads all of them before its first screen. So the values of days are decoded
// side by side, each straight into its place in the columns of the cube: first
// the dictionaries, which say how many cells a day has, then the cells.

// dayColumns is one day's value on its way into a cube.
type dayColumns struct {
	*decoder
	day     int32
	charged bool
	n, at   int      // its cells, and where they begin
	numbers []uint32 // of its dimension sets in the cube
}

// sideEntry is what few cells have, kept beside the columns.
type sideEntry struct {
	cell       int
	column     int // of count
	count      int64
	quantities []usage.Quantity
	charges    []usage.Charged
}

// decodeCube makes a cube of the values of days, without the slots outside span.
func decodeCube(ctx context.Context, values []dayValue, span usage.Span) (*usage.Cube, error) {
	days := make([]dayColumns, len(values))
	sets := make([][]usage.Dims, len(values))
	workers := min(runtime.GOMAXPROCS(0), 1+len(values)/8)
	open := func(_, i int) (err error) {
		days[i], sets[i], err = openDay(&values[i])
		return err
	}
	if err := eachDay(ctx, values, workers, open); err != nil {
		return nil, err
	}
	total := 0
	var dims interner
	for i := range days {
		d := &days[i]
		d.at, d.numbers = total, make([]uint32, len(sets[i]))
		total += d.n
		for k := range sets[i] {
			d.numbers[k] = dims.number(&sets[i][k])
		}
		sets[i] = nil
	}
	columns := newColumns(total)
	hands := make([]hand, workers)
	if err := eachDay(ctx, values, workers, func(w, i int) error { return hands[w].fill(columns, &days[i]) }); err != nil {
		return nil, err
	}
	cube := columns.cube(hands, span)
	cube.Sets = dims.sets
	return cube, nil
}

// eachDay calls f for every value, on several processors.
func eachDay(ctx context.Context, values []dayValue, workers int, f func(worker, i int) error) error {
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			defer guardFault(&errs[w])()
			for i := w; i < len(values); i += workers {
				if errs[w] = ctx.Err(); errs[w] != nil {
					return
				}
				if err := f(w, i); err != nil {
					errs[w] = fmt.Errorf("cells of %s: %w", describeDay(values[i].day), err)
					return
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// openDay reads a value up to its columns.
func openDay(v *dayValue) (c dayColumns, sets []usage.Dims, err error) {
	c.day = v.day
	if c.decoder, c.charged, err = unsealCells(v.value, v.key); err != nil {
		return c, nil, err
	}
	c.n, sets = c.cells()
	return c, sets, c.err
}

// columns are those of a cube that is being filled. Memory for a measure is
// taken when a day has something to write there: most cubes have none of some.
type columns struct {
	slot     []usage.Slot
	width    []uint8
	set      []uint32
	measures [measureColumns]struct {
		once  sync.Once
		small []int32
	}
}

// measureColumns are records, requests, uncounted and the classes of tokens, in
// the order in which they are written.
const measureColumns = 9

func newColumns(n int) *columns {
	return &columns{slot: make([]usage.Slot, n), width: make([]uint8, n), set: make([]uint32, n)}
}

func (c *columns) measure(i, from, to int) []int32 {
	m := &c.measures[i]
	m.once.Do(func() { m.small = make([]int32, len(c.slot)) })
	return m.small[from:to]
}

// hand is what one worker has in its hands.
type hand struct {
	scratch []int64
	side    []sideEntry
}

// fill decodes one day into its place.
func (h *hand) fill(c *columns, d *dayColumns) error {
	n, end := d.n, d.at+d.n
	if cap(h.scratch) < 2*n {
		h.scratch = make([]int64, 2*n)
	}
	column, records := h.scratch[:n], h.scratch[n:2*n]
	d.ints(column)
	for i, v := range column {
		if v < 0 || v >= int64(len(d.numbers)) {
			d.fail("unknown dimension set")
			break
		}
		c.set[d.at+i] = d.numbers[v]
	}
	d.ints(column)
	slots, last := c.slot[d.at:end], int64(0)
	for i, step := range column {
		if last += step; int64(usage.Slot(last)) != last || usage.Slot(last).Day() != d.day || i > 0 && step < 0 {
			d.fail("slot out of place")
			break
		}
		slots[i] = usage.Slot(last)
	}
	d.ints(column)
	for i, v := range column {
		c.width[d.at+i] = uint8(v)
	}
	for k := range measureColumns {
		if k > 0 && d.zeros(n) {
			continue
		}
		if k == 0 {
			d.ints(records)
			h.narrow(c.measure(k, d.at, end), records, k, d.at)
			continue
		}
		d.ints(column)
		h.narrow(c.measure(k, d.at, end), column, k, d.at)
	}
	d.quantities(n, func(i int, qs []usage.Quantity) {
		h.side = append(h.side, sideEntry{cell: d.at + i, column: -1, quantities: qs})
	})
	if d.charged {
		d.decoder.charged(n, func(i int) int64 { return records[i] }, func(i int, cs []usage.Charged) {
			h.side = append(h.side, sideEntry{cell: d.at + i, column: -1, charges: cs})
		})
	}
	return d.err
}

// narrow writes counts into a column, and beside it those that do not fit.
func (h *hand) narrow(dst []int32, counts []int64, column, at int) {
	dst = dst[:len(counts)]
	for i, n := range counts {
		if dst[i] = int32(n); int64(dst[i]) != n || n == math.MinInt32 {
			dst[i] = usage.Beyond
			h.side = append(h.side, sideEntry{cell: at + i, column: column, count: n})
		}
	}
}

// cube joins what has been filled, cut to a span.
func (c *columns) cube(hands []hand, span usage.Span) *usage.Cube {
	lo, hi := bounds(c.slot, span)
	out := &usage.Cube{Slot: c.slot[lo:hi], Width: c.width[lo:hi], Set: c.set[lo:hi]}
	var large [measureColumns]map[int]int64
	for i := range hands {
		for _, e := range hands[i].side {
			cell := e.cell - lo
			switch {
			case cell < 0 || cell >= hi-lo:
			case e.column >= 0:
				aside(&large[e.column], cell, e.count)
			case e.quantities != nil:
				aside(&out.Quantities, cell, e.quantities)
			default:
				aside(&out.Reported, cell, e.charges)
			}
		}
	}
	column := func(i int) usage.Column {
		small := c.measures[i].small
		if small != nil {
			small = small[lo:hi]
		}
		return usage.NewColumn(small, large[i])
	}
	out.Records, out.Requests, out.Uncounted = column(0), column(1), column(2)
	for t := range out.Tokens {
		out.Tokens[t] = column(3 + t)
	}
	return out
}

func aside[T any](to *map[int]T, cell int, v T) {
	if *to == nil {
		*to = make(map[int]T)
	}
	(*to)[cell] = v
}
