package store

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	bolt "go.etcd.io/bbolt"

	"tokpit/usage"
)

// edit is what happens to one block.
type edit struct {
	gone    map[string]bool // ids of single responses that leave
	adds    []*usage.Record // sorted
	replace []bucket        // in order of start, and of the batch
}

// rewriteAll goes through the blocks that change, in order of time. Rewriting a
// block may split it, but never moves the beginning of a later one.
func (c *commit) rewriteAll(adds []*usage.Record, replace []bucket, gone map[string]map[string]bool) error {
	keys := slices.Sorted(maps.Keys(gone))
	for len(adds) > 0 || len(replace) > 0 || len(keys) > 0 {
		at := int64(lastSecond+1) * 1000
		if len(adds) > 0 {
			at = min(at, adds[0].Start.UnixMilli())
		}
		if len(replace) > 0 {
			at = min(at, replace[0].start)
		}
		if len(keys) > 0 {
			at = min(at, keyTime([]byte(keys[0])))
		}
		key, until := c.locate(at)
		var e edit
		n := 0
		for n < len(adds) && adds[n].Start.UnixMilli() < until {
			n++
		}
		e.adds, adds = adds[:n], adds[n:]
		n = 0
		for n < len(replace) && replace[n].start < until {
			n++
		}
		e.replace, replace = replace[:n], replace[n:]
		if len(keys) > 0 && keys[0] == string(key) {
			e.gone, keys = gone[keys[0]], keys[1:]
		}
		if e.gone == nil && len(e.adds) == 0 && len(e.replace) == 0 {
			return fmt.Errorf("%s, block %s: %w: it does not cover its own beginning", c.name, describeKey(key), ErrCorrupt)
		}
		if err := c.rewrite(key, &e); err != nil {
			return err
		}
	}
	return nil
}

// locate returns the key of the block that covers an instant, and the first
// instant that it does not cover. That block is the last part of the instant's
// UTC day that does not begin after it; a day's first part begins with the day.
func (c *commit) locate(ms int64) (key []byte, until int64) {
	day := dayOf(ms)
	until = day + dayMillis
	cursor := c.blocks.Cursor()
	k, _ := cursor.Seek(timeKey(ms + 1))
	if k == nil {
		k, _ = cursor.Last()
	} else {
		until = min(until, keyTime(k))
		k, _ = cursor.Prev()
	}
	if k != nil && keyTime(k) >= day {
		return bytes.Clone(k), until
	}
	return timeKey(day), until
}

// read returns the records of a block, none if it does not exist. They are
// good until the next read.
func (c *commit) read(key []byte) ([]usage.Record, error) {
	value := c.blocks.Get(key)
	if value == nil {
		return nil, nil
	}
	rs, err := decodeBlock(value, placeOfBlock(c.name, key), c.records)
	if err != nil {
		return nil, fmt.Errorf("%s, block %s: %w", c.name, describeKey(key), err)
	}
	c.records = rs
	return rs, nil
}

// rewrite applies an edit to the block under key.
func (c *commit) rewrite(key []byte, e *edit) error {
	stored, err := c.read(key)
	if err != nil {
		return err
	}
	kept := make([]*usage.Record, 0, len(stored)+len(e.adds))
	for i := range stored {
		r := &stored[i]
		if r.Slice == "" && e.gone[r.ID] {
			c.cells.add(r, -1)
		} else {
			kept = append(kept, r)
		}
	}
	for _, r := range e.adds {
		c.cells.add(r, +1)
	}
	kept = merge(kept, e.adds)
	if len(e.replace) > 0 {
		kept = c.replaceAll(kept, e.replace)
		sortRecords(kept)
	}
	return c.write(key, kept)
}

// merge joins two sorted lists.
func merge(a, b []*usage.Record) []*usage.Record {
	if len(b) == 0 {
		return a
	}
	out := make([]*usage.Record, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if compareRecords(a[0], b[0]) <= 0 {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// replaceAll subtracts the old records of providers' buckets and adds the new,
// going through the block once however many buckets it holds. Of several that
// replace the same one the last counts.
func (c *commit) replaceAll(records []*usage.Record, replace []bucket) []*usage.Record {
	type place struct {
		kind  string
		start int64
	}
	held := make(map[place]map[string]*usage.Record, len(replace))
	last := make(map[place]int, len(replace))
	for i := range replace {
		at := place{replace[i].kind, replace[i].start}
		held[at], last[at] = make(map[string]*usage.Record), i
	}
	kept := make([]*usage.Record, 0, len(records))
	for _, r := range records {
		if r.Slice != "" {
			if old, ok := held[place{r.Slice, r.Start.UnixMilli()}]; ok {
				old[r.ID] = r
				continue
			}
		}
		kept = append(kept, r)
	}
	for i := range replace {
		b := &replace[i]
		at := place{b.kind, b.start}
		held[at] = c.replace(held[at], b.records)
		if last[at] == i {
			kept = append(kept, b.records...)
		}
	}
	return kept
}

// replace counts the old records of one bucket out and the new ones in, and
// returns the new. Records that say the same touch no cell.
func (c *commit) replace(old map[string]*usage.Record, records []*usage.Record) map[string]*usage.Record {
	fresh := make(map[string]*usage.Record, len(records))
	for _, r := range records {
		fresh[r.ID] = r
		o, ok := old[r.ID]
		switch {
		case !ok:
			c.receipt.Added++
		case same(o, r):
			c.receipt.Duplicates++
			continue
		default:
			c.receipt.Replaced++
			c.cells.add(o, -1)
		}
		c.cells.add(r, +1)
	}
	for _, id := range slices.Sorted(maps.Keys(old)) {
		if fresh[id] == nil {
			c.cells.add(old[id], -1)
		}
	}
	return fresh
}

// write stores the records of a block, split at instants if it has grown too
// long. What stands there already is not written again.
func (c *commit) write(key []byte, rest []*usage.Record) error {
	if len(rest) == 0 {
		if c.blocks.Get(key) == nil {
			return nil
		}
		c.changed = true
		if err := c.blocks.Delete(key); err != nil {
			return err
		}
		return c.prints.Delete(key)
	}
	size := c.store.blockSize
	for first := true; len(rest) > 0; first = false {
		n := len(rest)
		if n > size+size/4 {
			n = size
			for n < len(rest) && rest[n].Start.UnixMilli() == rest[n-1].Start.UnixMilli() {
				n++ // one instant stays in one part
			}
		}
		if !first {
			key = timeKey(rest[0].Start.UnixMilli())
		}
		if err := c.put(key, rest[:n]); err != nil {
			return fmt.Errorf("write block %s: %w", describeKey(key), err)
		}
		rest = rest[n:]
	}
	return nil
}

func (c *commit) put(key []byte, rs []*usage.Record) error {
	place := placeOfBlock(c.name, key)
	value := c.writer.encode(rs, place)
	if bytes.Equal(value, c.blocks.Get(key)) {
		return nil
	}
	c.changed = true
	if err := c.blocks.Put(key, bytes.Clone(value)); err != nil {
		return err
	}
	return c.prints.Put(key, encodePrints(rs, place))
}

// applyCells adds signed changes to the cells of their days.
func applyCells(tx *bolt.Tx, ds *deltas) error {
	bucket := tx.Bucket(bucketCells)
	bucket.FillPercent = 0.9
	var scratch []byte
	for _, at := range ds.keys() {
		key := cellKey(at.day, at.kind)
		cells, old := &dayCells{}, bucket.Get(key)
		if old != nil {
			var err error
			if cells, err = decodeCells(old, key); err != nil {
				return fmt.Errorf("cells of %s: %w", describeDay(at.day), err)
			}
		}
		if err := cells.apply(ds.days[at], &ds.dims); err != nil {
			return err
		}
		var err error
		if len(cells.ids) == 0 {
			err = bucket.Delete(key)
		} else if scratch = cells.appendTo(scratch[:0], key); !bytes.Equal(scratch, old) {
			err = bucket.Put(key, bytes.Clone(scratch))
		}
		if err != nil {
			return fmt.Errorf("write cells of %s: %w", describeDay(at.day), err)
		}
	}
	return nil
}
