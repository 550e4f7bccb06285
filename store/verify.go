package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"tokpit/usage"
)

// Check is the result of [Store.Verify].
type Check struct {
	Records  int64
	Blocks   int64
	Cells    int64
	Days     int64
	Problems []string // harmless text; empty means that all is well
}

// maxProblems bounds the list of a badly damaged store.
const maxProblems = 100

func (c *Check) problem(format string, args ...any) {
	if len(c.Problems) < maxProblems {
		c.Problems = append(c.Problems, fmt.Sprintf(format, args...))
	}
}

// Verify reads everything and recomputes every cell from the records: pages
// and checksums, order and place of records, fingerprints, ids that stand
// twice, cursors, coverage and names, and cells. It changes nothing. It returns an error only if it cannot
// read the store at all.
func (s *Store) Verify(ctx context.Context) (Check, error) {
	var c Check
	if s.blank() {
		return c, nil
	}
	if err := s.locked(ctx, false, func() error {
		problems, err := checkPages(s.path, true)
		for _, p := range problems {
			c.problem("pages: %s", p)
		}
		return err
	}); err != nil {
		return c, err
	}
	err := s.view(ctx, func(tx *bolt.Tx) error {
		edges, err := edgesOf(tx)
		if err != nil {
			return err
		}
		expected := newDeltas(edges)
		for _, name := range connections(tx) {
			expected.doubts = Doubts{}
			if err := verifyConnection(ctx, tx, name, &c, expected); err != nil {
				return err
			}
			if kept, err := doubtsOf(tx, name); err != nil || kept != expected.doubts {
				c.problem("%s: the counts of doubtful records do not match", name)
			}
		}
		if err := verifyHorizon(tx, &c, expected); err != nil {
			return err
		}
		if err := verifyCursors(tx, &c); err != nil {
			return err
		}
		if err := verifyFates(tx, &c); err != nil {
			return err
		}
		if err := verifyAccounts(tx, &c); err != nil {
			return err
		}
		if err := verifyDecisions(tx, &c); err != nil {
			return err
		}
		if err := verifyTold(tx, &c); err != nil {
			return err
		}
		return verifyCells(tx, &c, expected)
	})
	if errors.Is(err, ErrCorrupt) && len(c.Problems) > 0 {
		return c, nil // said already, and in full
	}
	return c, err
}

// verifyConnection checks the blocks of one connection and adds what their
// cells should be.
func verifyConnection(ctx context.Context, tx *bolt.Tx, name string, c *Check, expected *deltas) error {
	blocks, prints := child(tx, bucketBlocks, name), child(tx, bucketPrints, name)
	var singles []uint64 // fingerprints of single responses
	var rs []usage.Record
	cursor := blocks.Cursor()
	for k, v := cursor.First(); k != nil; {
		if err := ctx.Err(); err != nil {
			return err
		}
		key, place := k, placeOfBlock(name, k)
		var err error
		rs, err = decodeBlock(v, place, rs)
		k, v = cursor.Next()
		if err != nil {
			c.problem("%s, block %s: %v", name, describeKey(key), err)
			continue
		}
		c.Blocks++
		c.Records += int64(len(rs))
		verifyBlock(c, name, key, k, rs)
		list := make([]*usage.Record, len(rs))
		for i := range rs {
			list[i] = &rs[i]
			expected.add(list[i], +1)
			if rs[i].Slice == "" {
				singles = append(singles, fingerprint(rs[i].ID))
			}
		}
		if prints == nil || !bytes.Equal(prints.Get(key), encodePrints(list, place)) {
			c.problem("%s, block %s: fingerprints do not match", name, describeKey(key))
		}
	}
	if prints != nil {
		if err := prints.ForEach(func(k, _ []byte) error {
			if blocks.Get(k) == nil {
				c.problem("%s: fingerprints of %s, where no block is", name, describeKey(k))
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return verifyTwins(tx, name, singles, c)
}

// verifyBlock checks that records are in order, and inside their block, which
// ends before next, the key of the one that follows.
func verifyBlock(c *Check, name string, key, next []byte, rs []usage.Record) {
	begin := keyTime(key)
	end := dayOf(begin) + dayMillis
	if next != nil {
		end = min(end, keyTime(next))
	}
	if len(key) != 8 || len(rs) == 0 {
		c.problem("%s, block %s: %d records under a key of %d bytes", name, describeKey(key), len(rs), len(key))
	}
	for i := range rs {
		if i > 0 && compareRecords(&rs[i-1], &rs[i]) >= 0 {
			c.problem("%s, block %s: record %d is out of order", name, describeKey(key), i)
		}
		if ms := rs[i].Start.UnixMilli(); ms < begin || ms >= end {
			c.problem("%s, block %s: record %d lies outside the block", name, describeKey(key), i)
		}
	}
}

// verifyTwins looks for single responses whose id stands twice. Fingerprints
// that are alike say which ids to compare; holding all ids would take much
// memory.
func verifyTwins(tx *bolt.Tx, name string, prints []uint64, c *Check) error {
	slices.Sort(prints)
	alike := make(map[uint64]bool)
	for i := 1; i < len(prints); i++ {
		if prints[i] == prints[i-1] {
			alike[prints[i]] = true
		}
	}
	if len(alike) == 0 {
		return nil
	}
	seen := make(map[string]bool)
	return eachBlock(tx, name, func(_ []byte, rs []usage.Record) error {
		for i := range rs {
			id := rs[i].ID
			if rs[i].Slice != "" || !alike[fingerprint(id)] {
				continue
			}
			if seen[id] {
				c.problem("%s: the id %.80q stands twice", name, id)
			}
			seen[strings.Clone(id)] = true
		}
		return nil
	})
}

func verifyCursors(tx *bolt.Tx, c *Check) error {
	top := tx.Bucket(bucketCursors)
	if top == nil {
		return nil
	}
	return top.ForEachBucket(func(name []byte) error {
		return top.Bucket(name).ForEach(func(k, v []byte) error {
			if _, err := decodeCursor(k, v); err != nil {
				c.problem("%s: %v", name, err)
			}
			return nil
		})
	})
}

// verifyAccounts looks for names that are damaged, or have vanished.
func verifyAccounts(tx *bolt.Tx, c *Check) error {
	all, err := accountsOf(tx)
	if err != nil {
		c.problem("%v", err)
		return nil
	}
	names, err := countNames(tx, func(connection string, _ []byte, err error) {
		c.problem("%s: %v", connection, err)
	})
	for i := range all {
		if n := names[all[i].connection]; n != all[i].names {
			c.problem("%s: %d names, want %d", all[i].connection, n, all[i].names)
		}
		delete(names, all[i].connection)
	}
	for _, connection := range slices.Sorted(maps.Keys(names)) {
		c.problem("%s: names that are not counted", connection)
	}
	return err
}

// countNames counts the entities of each connection, damaged ones too.
func countNames(tx *bolt.Tx, damaged func(connection string, key []byte, err error)) (map[string]int64, error) {
	names := make(map[string]int64)
	err := eachEntity(tx, func(connection string, key []byte, _ usage.Known, err error) error {
		names[connection]++
		if err != nil {
			damaged(connection, bytes.Clone(key), err)
		}
		return nil
	})
	return names, err
}

// verifyCells compares the stored cells with the expected ones.
func verifyCells(tx *bolt.Tx, c *Check, expected *deltas) error {
	days := make(map[int32]bool)
	bucket := tx.Bucket(bucketCells)
	if bucket == nil {
		return nil
	}
	err := bucket.ForEach(func(k, v []byte) error {
		day, kind, ok := parseCellKey(k)
		if !ok {
			c.problem("cells: unknown key %x", k)
			return nil
		}
		days[day] = true
		cells, err := decodeCells(v, k)
		if err != nil {
			c.problem("cells of %s: %v", describeDay(day), err)
		} else {
			c.Cells += int64(len(cells.ids))
			cells.compare(c, day, expected.day(day, kind), &expected.dims)
		}
		delete(expected.days, cellValue{day, kind})
		return nil
	})
	for _, at := range expected.keys() {
		c.problem("cells of %s are missing", describeDay(at.day))
	}
	c.Days = int64(len(days))
	return err
}

// compare reports where a day's cells are not what the records say.
func (cells *dayCells) compare(c *Check, day int32, want *tally, dims *interner) {
	found := 0
	for i, id := range cells.ids {
		at := id
		at.set = dims.number(&cells.sets[id.set])
		var m usage.Measures
		k, ok := want.index[at.packed()]
		if ok {
			m = want.sums[k]
			found++
		}
		if !ok || !sameMeasures(&m, &cells.sums[i]) {
			c.problem("cell of %s (%s): stored %d tokens in %d records, records say %d in %d", id.slot.Time().Format("2006-01-02T15:04Z"),
				cells.sets[id.set].Model, cells.sums[i].Total(), cells.sums[i].Records, m.Total(), m.Records)
		}
	}
	if found < len(want.places) {
		c.problem("cells of %s: %d are missing", describeDay(day), len(want.places)-found)
	}
}

func sameMeasures(a, b *usage.Measures) bool {
	return a.Records == b.Records && a.Requests == b.Requests && a.Uncounted == b.Uncounted && a.Tokens == b.Tokens &&
		slices.Equal(a.Quantities, b.Quantities) && slices.Equal(a.Reported, b.Reported)
}

// guardFault turns panics of a worker that reads the memory map into an error.
func guardFault(err *error) func() {
	old := debug.SetPanicOnFault(true)
	return func() {
		debug.SetPanicOnFault(old)
		if p := recover(); p != nil {
			*err = fmt.Errorf("%w: %v", ErrCorrupt, p)
		}
	}
}

func describeDay(day int32) string {
	return time.Unix(int64(day)*86400, 0).UTC().Format(time.DateOnly)
}
