package store

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"tokpit/usage"
)

// pruner is one step.
type pruner struct {
	store   *Store
	tx      *bolt.Tx
	pruning *Pruning
	target  int32
	out     Pruned
}

// step prunes some days and moves the horizon behind them.
func (w *pruner) step(by usage.Actor, first bool) (done bool, err error) {
	horizon, bare, err := horizonsOf(w.tx)
	if err != nil {
		return false, err
	}
	target := max(horizon, w.target)
	w.out.From = horizonTime(horizon)
	if first {
		t := &trail{tx: w.tx, at: w.store.opt.Now(), by: by}
		t.add(AuditRow{What: AuditPrune, Name: "horizon", Before: describeHorizon(horizon, nil), After: describeHorizon(target, w.pruning)})
		if err := t.write(); err != nil {
			return false, err
		}
	}
	next, held := target, int64(0)
	for day, n := range w.days() {
		if held += n; held > pruneStep && held > n {
			next = day
			break
		}
		if err := w.day(day); err != nil {
			return false, err
		}
	}
	done = next == target
	if done && !w.pruning.Cells {
		bare = target
	}
	if err := putHorizon(w.tx, next, bare); err != nil {
		return false, err
	}
	w.out.To = horizonTime(next)
	if done {
		if err := w.finish(target); err != nil {
			return false, err
		}
	}
	_, err = raiseRevision(w.tx)
	return done, err
}

func describeHorizon(day int32, p *Pruning) string {
	switch {
	case day == noHorizon:
		return ""
	case p == nil:
		return "records from " + describeDay(day)
	case p.Cells:
		return "records from " + describeDay(day) + ", cells kept"
	}
	return "records from " + describeDay(day) + ", cells pruned"
}

// days yields the days before the target that have records, in order, with how
// many there are.
func (w *pruner) days() func(func(int32, int64) bool) {
	records := make(map[int32]int64)
	for _, name := range connections(w.tx) {
		cursor := child(w.tx, bucketBlocks, name).Cursor()
		prints := child(w.tx, bucketPrints, name)
		for k, _ := cursor.First(); k != nil && keyTime(k) < int64(w.target)*dayMillis; k, _ = cursor.Next() {
			n := int64(1)
			if prints != nil {
				n = int64(len(prints.Get(k)) / 8)
			}
			records[dayOfKey(k)] += n
		}
	}
	order := make([]int32, 0, len(records))
	for day := range records {
		order = append(order, day)
	}
	slices.Sort(order)
	return func(yield func(int32, int64) bool) {
		for _, day := range order {
			if !yield(day, records[day]) {
				return
			}
		}
	}
}

func dayOfKey(key []byte) int32 { return int32(dayOf(keyTime(key)) / dayMillis) }

// day prunes one day: its records become sums, or nothing.
func (w *pruner) day(day int32) error {
	edges, err := edgesOf(w.tx)
	if err != nil {
		return err
	}
	total := newDeltas(edges)
	for _, name := range connections(w.tx) {
		sums, err := w.connection(name, day, edges)
		if err != nil {
			return err
		}
		total.addSums(day, sums, +1)
	}
	key := cellKey(day, coarseCells)
	cells, err := decodeCells(w.tx.Bucket(bucketCells).Get(key), key)
	if err != nil {
		return fmt.Errorf("cells of %s: %w", describeDay(day), err)
	}
	var c Check
	if cells.compare(&c, day, total.day(day, coarseCells), &total.dims); len(c.Problems) > 0 {
		return fmt.Errorf("%w: %s", ErrCorrupt, c.Problems[0])
	}
	w.out.Days++
	if err := w.dropCells(cellKey(day, fineCells)); err != nil || w.pruning.Cells {
		return err
	}
	return w.dropCells(key)
}

func (w *pruner) dropCells(key []byte) error {
	b := w.tx.Bucket(bucketCells)
	value := b.Get(key)
	if value == nil {
		return nil
	}
	n, err := countCells(value, key)
	if err != nil {
		return err
	}
	w.out.Cells += n
	return b.Delete(key)
}

func countCells(value, key []byte) (int64, error) {
	d, _, err := unsealCells(value, key)
	if err != nil {
		return 0, err
	}
	return int64(d.uint()), nil
}

// connection deletes a connection's records of a day and returns their sums,
// which it keeps if cells are kept.
func (w *pruner) connection(name string, day int32, edges usage.Edges) (*dayCells, error) {
	blocks := child(w.tx, bucketBlocks, name)
	prints := child(w.tx, bucketPrints, name)
	cells := newDeltas(edges)
	var keys [][]byte
	var singles []uint64 // fingerprints
	var rs []usage.Record
	cursor := blocks.Cursor()
	for k, v := cursor.Seek(timeKey(int64(day) * dayMillis)); k != nil && dayOfKey(k) == day; k, v = cursor.Next() {
		var err error
		if rs, err = decodeBlock(v, placeOfBlock(name, k), rs); err != nil {
			return nil, fmt.Errorf("%s, block %s: %w", name, describeKey(k), err)
		}
		for i := range rs {
			cells.add(&rs[i], +1)
			if rs[i].Slice == "" {
				singles = append(singles, fingerprint(rs[i].ID))
			}
		}
		w.out.Records += int64(len(rs))
		keys = append(keys, bytes.Clone(k))
	}
	sums := &dayCells{}
	if len(keys) == 0 {
		return sums, nil
	}
	if err := sums.apply(cells.day(day, coarseCells), &cells.dims); err != nil {
		return nil, err
	}
	for _, k := range keys {
		if err := blocks.Delete(k); err != nil {
			return nil, err
		}
		if prints != nil {
			if err := prints.Delete(k); err != nil {
				return nil, err
			}
		}
	}
	if err := addDoubts(w.tx, name, Doubts{}.minus(cells.doubts)); err != nil {
		return nil, err
	}
	if !w.pruning.Cells {
		return sums, nil
	}
	return sums, keepSums(w.tx, name, day, sums, singles)
}

func keepSums(tx *bolt.Tx, name string, day int32, sums *dayCells, singles []uint64) error {
	b, err := makeFrozen(tx, topSums, name)
	if err != nil {
		return err
	}
	key := frozenKey(day)
	if b.Get(key) != nil {
		return fmt.Errorf("%w: %s has sums and records of %s", ErrCorrupt, name, describeDay(day))
	}
	if err := b.Put(key, sums.encode(placeOfFrozen(topSums, name, key))); err != nil {
		return err
	}
	if len(singles) == 0 {
		return nil
	}
	if b, err = makeFrozen(tx, topSeen, name); err != nil {
		return err
	}
	return b.Put(key, sealPrints(singles, placeOfFrozen(topSeen, name, key)))
}

func (d Doubts) minus(o Doubts) Doubts {
	return Doubts{d.ParentMissing - o.ParentMissing, d.TotalMismatch - o.TotalMismatch, d.SeveralRequests - o.SeveralRequests}
}

// finish does what has no day: rows that were quarantined, cursors of what is
// not there any more. Where cells go, it drops those of days that were pruned
// earlier too, and what is said to be read in full begins with the horizon.
func (w *pruner) finish(horizon int32) error {
	rows, cursors := staleNotes(w.tx, w.pruning)
	for _, list := range []struct {
		top  []byte
		keys map[string][][]byte
		n    *int64
	}{{bucketQuarantine, rows, &w.out.Quarantined}, {bucketCursors, cursors, &w.out.Cursors}} {
		for name, keys := range list.keys {
			for _, k := range keys {
				if err := child(w.tx, list.top, name).Delete(k); err != nil {
					return err
				}
				*list.n++
			}
		}
	}
	if w.pruning.Cells || horizon == noHorizon {
		return nil
	}
	for _, name := range frozenConnections(w.tx) {
		if err := dropFrozen(w.tx, name); err != nil {
			return err
		}
	}
	var keys [][]byte
	cursor := w.tx.Bucket(bucketCells).Cursor()
	for k, _ := cursor.First(); k != nil; k, _ = cursor.Next() {
		if day, _, ok := parseCellKey(k); ok && day < horizon {
			keys = append(keys, bytes.Clone(k))
		}
	}
	for _, k := range keys {
		if err := w.dropCells(k); err != nil {
			return err
		}
	}
	return clipCoverage(w.tx, dayTime(horizon))
}

// clipCoverage lets nothing be said of days of which nothing is left: that they
// were read in full would mean that they were without usage.
func clipCoverage(tx *bolt.Tx, from time.Time) error {
	all, err := accountsOf(tx)
	if err != nil {
		return err
	}
	for i := range all {
		var kept []usage.Coverage
		for _, c := range all[i].coverage {
			if c.Since.Before(from) {
				c.Since = from
			}
			if c.Since.Before(c.Until) {
				kept = append(kept, c)
			}
		}
		all[i].coverage = kept
	}
	return putAccounts(tx, all)
}

// staleNotes lists the rows and the cursors that are about nothing any more.
func staleNotes(tx *bolt.Tx, p *Pruning) (rows, cursors map[string][][]byte) {
	rows, cursors = make(map[string][][]byte), make(map[string][][]byte)
	each := func(top []byte, f func(name string, k []byte)) {
		b := tx.Bucket(top)
		if b == nil {
			return
		}
		_ = b.ForEachBucket(func(name []byte) error {
			return b.Bucket(name).ForEach(func(k, _ []byte) error { f(string(name), k); return nil })
		})
	}
	if p.Old != nil {
		asked := make(map[string]bool)
		each(bucketQuarantine, func(name string, k []byte) {
			if len(k) < 9 {
				return
			}
			file := string(k[:len(k)-9])
			old, ok := asked[name+"\x00"+file]
			if !ok {
				old = p.Old(name, file)
				asked[name+"\x00"+file] = old
			}
			if old {
				rows[name] = append(rows[name], bytes.Clone(k))
			}
		})
	}
	if p.Gone != nil {
		each(bucketCursors, func(name string, k []byte) {
			if p.Gone(name, string(k)) {
				cursors[name] = append(cursors[name], bytes.Clone(k))
			}
		})
	}
	return rows, cursors
}
