package store

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	bolt "go.etcd.io/bbolt"

	"tokpit/usage"
)

// Commit stores a batch of a connection as one transaction. Copies of known
// records are folded. It returns an error that wraps [ErrInvalid], and stores
// nothing, if a record has no id, no start or impossible counts.
func (s *Store) Commit(ctx context.Context, connection string, b usage.Batch) (usage.Receipt, error) {
	var receipt usage.Receipt
	if connection == "" {
		return receipt, fmt.Errorf("%w: no connection name", ErrInvalid)
	}
	incoming, err := foldBatch(b.Records)
	if err != nil {
		return receipt, err
	}
	replace, err := admitSlices(b.Slices)
	if err != nil {
		return receipt, err
	}
	err = s.update(ctx, func(tx *bolt.Tx) error {
		c, err := s.newCommit(tx, connection)
		if err != nil {
			return err
		}
		receipt = usage.Receipt{Duplicates: int64(len(b.Records) - len(incoming))}
		if err := c.remove(b.Removed); err != nil {
			return err
		}
		if err := c.records(incoming, &receipt); err != nil {
			return err
		}
		if err := c.slices(replace, &receipt); err != nil {
			return err
		}
		if err := c.finish(); err != nil {
			return err
		}
		if err := c.notes(&b); err != nil {
			return err
		}
		receipt.Revision = revisionOf(tx)
		if c.changed {
			receipt.Revision, err = raiseRevision(tx)
		}
		return err
	})
	if err != nil {
		return usage.Receipt{}, err
	}
	return receipt, nil
}

// commit is one transaction's work on one connection. Blocks are decoded when
// first touched and written once at the end.
type commit struct {
	name    string
	store   *Store
	tx      *bolt.Tx
	edges   usage.Edges
	blocks  *bolt.Bucket
	prints  *bolt.Bucket
	open    map[string]*openBlock // by key
	cells   deltas
	changed bool

	// The block of the last look-up and the instants [from, until) it covers.
	near        *openBlock
	from, until int64
}

// openBlock is a decoded block that is being changed.
type openBlock struct {
	key     string
	records []*usage.Record
	dirty   bool
	stored  bool // a value stands under key
}

func (s *Store) newCommit(tx *bolt.Tx, connection string) (*commit, error) {
	blocks, err := makeChild(tx, bucketBlocks, connection)
	if err != nil {
		return nil, err
	}
	prints, err := makeChild(tx, bucketPrints, connection)
	if err != nil {
		return nil, err
	}
	return &commit{name: connection, store: s, tx: tx, edges: s.opt.Edges, blocks: blocks, prints: prints,
		open: make(map[string]*openBlock), cells: make(deltas)}, nil
}

// records adds single responses, folding them with the copies already stored.
func (c *commit) records(incoming map[string]*usage.Record, receipt *usage.Receipt) error {
	if err := c.fold(incoming, receipt); err != nil {
		return err
	}
	rest := slices.Collect(maps.Values(incoming))
	sortRecords(rest)
	for _, r := range rest {
		if err := c.insert(r); err != nil {
			return err
		}
	}
	receipt.Added += int64(len(rest))
	return nil
}

// fold looks for stored copies of the incoming records. Folded ones leave
// incoming.
func (c *commit) fold(incoming map[string]*usage.Record, receipt *usage.Receipt) error {
	var moved []*usage.Record
	err := c.sift(maps.Keys(incoming), func(old *usage.Record) (keep bool) {
		r, ok := incoming[old.ID]
		if !ok {
			return true
		}
		delete(incoming, old.ID)
		folded := usage.Fold(*old, *r)
		if same(&folded, old) {
			receipt.Duplicates++
			return true
		}
		receipt.Replaced++
		moved = append(moved, &folded)
		return false
	})
	if err != nil {
		return err
	}
	sortRecords(moved)
	for _, r := range moved {
		if err := c.insert(r); err != nil {
			return err
		}
	}
	return nil
}

// remove deletes records that a source has taken back.
func (c *commit) remove(doomed []usage.Removed) error {
	if len(doomed) == 0 {
		return nil
	}
	ids := make(map[string]bool, len(doomed))
	for _, r := range doomed {
		ids[r.ID] = true
	}
	return c.sift(maps.Keys(ids), func(old *usage.Record) bool { return !ids[old.ID] })
}

// sift shows the single responses of every block that may hold one of the ids
// to keep, and takes out those that it does not want kept. Fingerprints say
// which blocks to read; full ids are the caller's to compare.
func (c *commit) sift(ids iter.Seq[string], keep func(*usage.Record) bool) error {
	var wanted []uint64
	for id := range ids {
		wanted = append(wanted, fingerprint(id))
	}
	slices.Sort(wanted)
	var hits [][]byte
	cursor := c.prints.Cursor()
	for k, v := cursor.First(); k != nil; k, v = cursor.Next() {
		if printsHit(v, wanted) {
			hits = append(hits, bytes.Clone(k))
		}
	}
	for _, key := range hits {
		b, err := c.block(key)
		if err != nil {
			return err
		}
		kept := b.records[:0:0]
		for _, old := range b.records {
			if old.Slice != "" || keep(old) {
				kept = append(kept, old)
				continue
			}
			b.dirty = true
			c.cells.add(old, c.edges, -1)
		}
		b.records = kept
		if !b.dirty { // keep memory to what changes
			delete(c.open, b.key)
			c.near = nil
		}
	}
	return nil
}

// same reports whether a block would hold the two records as one value.
func same(a, b *usage.Record) bool {
	x, y := *a, *b
	x.Quantities, y.Quantities = nil, nil
	if !slices.Equal(a.Quantities, b.Quantities) {
		return false
	}
	if !x.Start.Equal(y.Start) || sinceStart(a, a.End) != sinceStart(b, b.End) || sinceStart(a, a.UsageAt) != sinceStart(b, b.UsageAt) {
		return false
	}
	return storedDims(a) == storedDims(b) && x.ID == y.ID && x.Slice == y.Slice && x.SideChain == y.SideChain &&
		x.Context == y.Context && x.Requests == y.Requests && x.Tokens == y.Tokens &&
		x.Reported == y.Reported && x.Currency == y.Currency && x.Flags == y.Flags
}

// slices replaces provider buckets: subtract the old, insert the new.
func (c *commit) slices(replace []bucket, receipt *usage.Receipt) error {
	for _, slice := range replace {
		b, err := c.blockFor(slice.start)
		if err != nil {
			return err
		}
		old := make(map[string]*usage.Record)
		kept := b.records[:0:0]
		for _, r := range b.records {
			if r.Slice == slice.kind && r.Start.UnixMilli() == slice.start {
				old[r.ID] = r
			} else {
				kept = append(kept, r)
			}
		}
		unchanged := len(old) == len(slice.records)
		for _, r := range slice.records {
			switch o, ok := old[r.ID]; {
			case !ok:
				receipt.Added++
				unchanged = false
			case same(o, r):
				receipt.Duplicates++
			default:
				receipt.Replaced++
				unchanged = false
			}
		}
		if unchanged {
			continue
		}
		for _, r := range old {
			c.cells.add(r, c.edges, -1)
		}
		for _, r := range slice.records {
			c.cells.add(r, c.edges, +1)
		}
		b.records, b.dirty = append(kept, slice.records...), true
	}
	return nil
}

// insert puts a record into the block that covers its start.
func (c *commit) insert(r *usage.Record) error {
	b, err := c.blockFor(r.Start.UnixMilli())
	if err != nil {
		return err
	}
	b.records, b.dirty = append(b.records, r), true
	c.cells.add(r, c.edges, +1)
	return nil
}

// blockFor returns the block that covers an instant: the last part of its UTC
// day that does not begin after it. A day's first part begins with the day.
func (c *commit) blockFor(ms int64) (*openBlock, error) {
	if c.near != nil && ms >= c.from && ms < c.until {
		return c.near, nil
	}
	day := dayOf(ms)
	c.from, c.until = day, day+dayMillis
	cursor := c.blocks.Cursor()
	k, _ := cursor.Seek(timeKey(ms + 1))
	if k == nil {
		k, _ = cursor.Last()
	} else {
		c.until = min(c.until, keyTime(k))
		k, _ = cursor.Prev()
	}
	key := timeKey(day)
	if k != nil && keyTime(k) >= day && keyTime(k) <= ms {
		key = bytes.Clone(k)
		c.from = keyTime(k)
	}
	var err error
	c.near, err = c.block(key)
	return c.near, err
}

// block returns the decoded block under key, empty if there is none.
func (c *commit) block(key []byte) (*openBlock, error) {
	if b, ok := c.open[string(key)]; ok {
		return b, nil
	}
	b := &openBlock{key: string(key)}
	if value := c.blocks.Get(key); value != nil {
		rs, err := decodeBlock(value)
		if err != nil {
			return nil, fmt.Errorf("block %s: %w", describeKey(key), err)
		}
		b.stored = true
		b.records = make([]*usage.Record, len(rs))
		for i := range rs {
			b.records[i] = &rs[i]
		}
	}
	c.open[b.key] = b
	return b, nil
}

// finish writes the changed blocks and cells, in order of their keys.
func (c *commit) finish() error {
	for _, key := range slices.Sorted(maps.Keys(c.open)) {
		if b := c.open[key]; b.dirty {
			c.changed = true
			if err := c.write(b); err != nil {
				return err
			}
		}
	}
	return c.store.applyCells(c.tx, c.cells)
}

// write stores a block, split at instants if it has grown too long.
func (c *commit) write(b *openBlock) error {
	sortRecords(b.records)
	rest := b.records
	key := []byte(b.key)
	if len(rest) == 0 {
		if !b.stored {
			return nil
		}
		if err := c.blocks.Delete(key); err != nil {
			return err
		}
		return c.prints.Delete(key)
	}
	for first := true; len(rest) > 0; first = false {
		n := len(rest)
		if n > blockSize*5/4 {
			n = blockSize
			for n < len(rest) && rest[n].Start.UnixMilli() == rest[n-1].Start.UnixMilli() {
				n++ // one instant stays in one part
			}
		}
		if !first {
			key = timeKey(rest[0].Start.UnixMilli())
		}
		if err := c.blocks.Put(key, encodeBlock(rest[:n])); err != nil {
			return fmt.Errorf("write block %s: %w", describeKey(key), err)
		}
		if err := c.prints.Put(key, encodePrints(rest[:n])); err != nil {
			return fmt.Errorf("write block %s: %w", describeKey(key), err)
		}
		rest = rest[n:]
	}
	return nil
}

// applyCells adds signed changes to the cells of their days.
func (s *Store) applyCells(tx *bolt.Tx, ds deltas) error {
	bucket := tx.Bucket(bucketCells)
	bucket.FillPercent = 0.9
	order := slices.SortedFunc(maps.Keys(ds), func(a, b delta) int {
		return slices.Compare(cellKey(a.day, a.kind), cellKey(b.day, b.kind))
	})
	for _, at := range order {
		key := cellKey(at.day, at.kind)
		cells := &dayCells{}
		if value := bucket.Get(key); value != nil {
			var err error
			if cells, err = decodeCells(value); err != nil {
				return fmt.Errorf("cells of %s: %w", describeDay(at.day), err)
			}
		}
		if err := cells.apply(ds[at]); err != nil {
			return err
		}
		var err error
		if len(cells.ids) == 0 {
			err = bucket.Delete(key)
		} else {
			err = bucket.Put(key, cells.encode())
		}
		if err != nil {
			return fmt.Errorf("write cells of %s: %w", describeDay(at.day), err)
		}
	}
	return nil
}

// describeKey names a block for an error.
func describeKey(key []byte) string {
	if len(key) != 8 {
		return fmt.Sprintf("%x", key)
	}
	return timeOf(keyTime(key)).Format("2006-01-02T15:04:05.000Z")
}
