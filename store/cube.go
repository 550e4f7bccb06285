package store

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"

	bolt "go.etcd.io/bbolt"

	"tokpit/usage"
)

// Cube returns the cells that begin in span, as columns. With fine it returns
// the day cells that keep session, agent and user, else the quarter hours that
// do not; of days before the horizon it returns the latter in either case. A span that cuts through a cell leaves the cell out, so callers widen
// it to the slots that they want whole.
func (s *Store) Cube(ctx context.Context, span usage.Span, fine bool) (*usage.Cube, error) {
	kind := coarseCells
	if fine {
		kind = fineCells
	}
	cube := usage.NewBuilder(0).Cube()
	err := s.view(ctx, func(tx *bolt.Tx) error {
		edges, err := edgesOf(tx)
		if err != nil {
			return err
		}
		covered, err := coverageOf(tx)
		if err != nil {
			return err
		}
		horizon, err := horizonOf(tx)
		if err != nil {
			return err
		}
		parts, err := decodeDays(ctx, cellValues(tx, span, kind, horizon))
		if err != nil {
			return err
		}
		cube = assemble(parts, span)
		cube.Coverage = covered
		cube.Revision, cube.Edges = revisionOf(tx), edges
		return nil
	})
	if err != nil {
		return nil, err
	}
	return cube, nil
}

type dayValue struct {
	day        int32
	key, value []byte // valid during the transaction
}

// cellValues lists the cells of the days that a span touches. Days before the
// horizon have none of the fine ones; the coarse ones stand for them.
func cellValues(tx *bolt.Tx, span usage.Span, kind cellKind, horizon int32) []dayValue {
	bucket := tx.Bucket(bucketCells)
	if bucket == nil {
		return nil
	}
	var out []dayValue
	cursor := bucket.Cursor()
	k, v := cursor.First()
	if !span.Since.IsZero() {
		k, v = cursor.Seek(cellKey(usage.SlotOf(span.Since).Day(), 0))
	}
	for ; k != nil; k, v = cursor.Next() {
		day, of, ok := parseCellKey(k)
		if !ok {
			continue
		}
		if !span.Until.IsZero() && !(usage.Slot(day) * 96).Time().Before(span.Until) {
			break
		}
		if of == kind || day < horizon && of == coarseCells {
			out = append(out, dayValue{day, k, v})
		}
	}
	return out
}

// columns is one day's cells, decoded straight into columns.
type columns struct {
	sets       []usage.Dims
	slot       []usage.Slot
	ints       []int64 // set, width, records, requests, uncounted, six token classes: n each
	n          int
	quantities map[int][]usage.Quantity
	charged    []chargedCell // by cell
}

type chargedCell struct {
	cell    int
	charges []usage.Charged
}

func decodeColumns(value, key []byte) (c columns, err error) {
	d, charged, err := unsealCells(value, key)
	if err != nil {
		return c, err
	}
	c.n, c.sets = d.cells()
	if d.err != nil {
		return c, d.err
	}
	const sets, steps, measures = 0, 1, 2
	c.ints = make([]int64, 12*c.n)
	column := func(i int) []int64 { return c.ints[i*c.n : (i+1)*c.n] }
	d.ints(column(sets))
	d.ints(column(steps))
	for i := measures; i < 12; i++ {
		d.ints(column(i))
	}
	for _, v := range column(sets) {
		if v < 0 || v >= int64(len(c.sets)) {
			d.fail("unknown dimension set")
			break
		}
	}
	c.slot = make([]usage.Slot, c.n)
	last := int64(0)
	for i, step := range column(steps) {
		last += step
		c.slot[i] = usage.Slot(last)
	}
	d.quantities(c.n, func(i int, qs []usage.Quantity) {
		if c.quantities == nil {
			c.quantities = make(map[int][]usage.Quantity)
		}
		c.quantities[i] = qs
	})
	if charged {
		counts := column(measures + 1)
		d.charged(c.n, func(i int) int64 { return counts[i] }, func(i int, cs []usage.Charged) {
			c.charged = append(c.charged, chargedCell{i, cs})
		})
	}
	return c, d.err
}

// decodeDays decodes values on all processors, keeping their order.
func decodeDays(ctx context.Context, values []dayValue) ([]columns, error) {
	out := make([]columns, len(values))
	workers := min(runtime.GOMAXPROCS(0), 1+len(values)/8)
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			defer guardFault(&errs[w])()
			for i := w; i < len(values); i += workers {
				if err := ctx.Err(); err != nil {
					errs[w] = err
					return
				}
				c, err := decodeColumns(values[i].value, values[i].key)
				if err != nil {
					errs[w] = fmt.Errorf("cells of %s: %w", describeDay(values[i].day), err)
					return
				}
				out[i] = c
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// assemble joins the days into one cube, leaving out slots outside the span.
func assemble(parts []columns, span usage.Span) *usage.Cube {
	total, charged := 0, 0
	for i := range parts {
		total, charged = total+parts[i].n, charged+len(parts[i].charged)
	}
	c := &usage.Cube{}
	c.Slot, c.Width, c.Set = make([]usage.Slot, 0, total), make([]uint8, 0, total), make([]uint32, 0, total)
	c.Records, c.Requests, c.Uncounted = make([]int64, 0, total), make([]int64, 0, total), make([]int64, 0, total)
	for i := range c.Tokens {
		c.Tokens[i] = make([]int64, 0, total)
	}
	if charged > 0 {
		c.Reported = make(map[int][]usage.Charged, charged)
	}
	var dims interner
	for i := range parts {
		p := &parts[i]
		sets := make([]uint32, len(p.sets))
		for k := range p.sets {
			sets[k] = dims.number(&p.sets[k])
		}
		lo, hi := bounds(p.slot, span)
		at := len(c.Slot)
		c.Slot = append(c.Slot, p.slot[lo:hi]...)
		column := func(i int) []int64 { return p.ints[i*p.n+lo : i*p.n+hi] }
		for _, v := range column(0) {
			c.Set = append(c.Set, sets[v])
		}
		for _, v := range column(2) {
			c.Width = append(c.Width, uint8(v))
		}
		c.Records = append(c.Records, column(3)...)
		c.Requests = append(c.Requests, column(4)...)
		c.Uncounted = append(c.Uncounted, column(5)...)
		for t := range c.Tokens {
			c.Tokens[t] = append(c.Tokens[t], column(6+t)...)
		}
		for k, qs := range p.quantities {
			if k >= lo && k < hi {
				if c.Quantities == nil {
					c.Quantities = make(map[int][]usage.Quantity)
				}
				c.Quantities[at+k-lo] = qs
			}
		}
		for _, x := range p.charged {
			if x.cell >= lo && x.cell < hi {
				c.Reported[at+x.cell-lo] = x.charges
			}
		}
	}
	c.Sets = dims.sets
	return c
}

// bounds returns the range of sorted slots that begin in span.
func bounds(slots []usage.Slot, span usage.Span) (lo, hi int) {
	hi = len(slots)
	if !span.Since.IsZero() {
		first := usage.SlotOf(span.Since)
		if first.Time().Before(span.Since) {
			first++
		}
		lo, _ = slices.BinarySearch(slots, first)
	}
	if !span.Until.IsZero() {
		end := usage.SlotOf(span.Until)
		if end.Time().Before(span.Until) {
			end++
		}
		hi, _ = slices.BinarySearch(slots, end)
	}
	return lo, max(lo, hi)
}

// RecordsCube is [Store.Cube] built from the records themselves: quarter hours
// with every dimension, of exactly the records that begin in span. It is for
// questions that cells cannot answer (sessions by hour or by local day, spans
// that cut through a quarter hour) and takes time in proportion to the records
// in the span. Days before the horizon come as the cells that begin in span.
func (s *Store) RecordsCube(ctx context.Context, span usage.Span) (*usage.Cube, error) {
	edges, revision := s.opt.Edges, uint64(0)
	var covered []usage.Coverage
	var dims interner
	var sums tally
	err := s.view(ctx, func(tx *bolt.Tx) error {
		revision = revisionOf(tx)
		var err error
		if edges, err = edgesOf(tx); err != nil {
			return err
		}
		if covered, err = coverageOf(tx); err != nil {
			return err
		}
		for _, name := range connections(tx) {
			if _, err := scan(ctx, tx, name, span, edges, func(r *usage.Record) bool {
				_, slot, width := placeOf(r)
				m := r.Measures()
				sums.add(cellID{slot, width, dims.number(&r.Dims)}, &m, +1)
				return true
			}); err != nil {
				return err
			}
		}
		return addPruned(ctx, tx, span, &dims, &sums)
	})
	if err != nil {
		return nil, err
	}
	order := make([]int, len(sums.places))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return sums.places[a].compare(sums.places[b]) })
	b := usage.NewBuilder(len(order))
	for _, i := range order {
		at := sums.places[i]
		b.Add(at.slot, at.width, b.Set(dims.sets[at.set]), sums.sums[i])
	}
	cube := b.Cube()
	cube.Revision, cube.Edges, cube.Coverage = revision, edges, covered
	return cube, nil
}

// addPruned adds the cells of pruned days.
func addPruned(ctx context.Context, tx *bolt.Tx, span usage.Span, dims *interner, sums *tally) error {
	horizon, err := horizonOf(tx)
	if err != nil || horizon == noHorizon {
		return err
	}
	if end := dayTime(horizon); span.Until.IsZero() || span.Until.After(end) {
		span.Until = end
	}
	parts, err := decodeDays(ctx, cellValues(tx, span, coarseCells, horizon))
	if err != nil {
		return err
	}
	cube := assemble(parts, span)
	for i := range cube.Len() {
		m := cube.MeasuresAt(i)
		sums.add(cellID{cube.Slot[i], cube.Width[i], dims.number(&cube.Sets[cube.Set[i]])}, &m, +1)
	}
	return nil
}
