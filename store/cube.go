package store

import (
	"context"
	"slices"

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
		if cube, err = decodeCube(ctx, cellValues(tx, span, kind, horizon), span); err != nil {
			return err
		}
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
	cube, err := decodeCube(ctx, cellValues(tx, span, coarseCells, horizon), span)
	if err != nil {
		return err
	}
	for i := range cube.Len() {
		m := cube.MeasuresAt(i)
		sums.add(cellID{cube.Slot[i], cube.Width[i], dims.number(&cube.Sets[cube.Set[i]])}, &m, +1)
	}
	return nil
}
