package store

import (
	"bytes"
	"context"

	bolt "go.etcd.io/bbolt"

	"tokpit/usage"
)

// records takes the usage that fits out of blocks and cells.
func (f *forgetting) records(ctx context.Context) error {
	return f.store.rewriteBlocks(ctx, f.tx, f.mayHold, f.block)
}

// rewriteBlocks runs rewrite on the blocks of all connections that may change, and
// changes the cells and the doubts with it, a few weeks of them at a time. Rewrite
// returns how many records are others.
func (s *Store) rewriteBlocks(ctx context.Context, tx *bolt.Tx, may func(block []byte) bool, rewrite func(c *commit, key []byte) (int64, error)) error {
	for _, name := range connections(tx) {
		if err := ctx.Err(); err != nil {
			return err
		}
		c, err := s.newCommit(tx, name)
		if err != nil {
			return err
		}
		var keys [][]byte // of the blocks that may change
		if err := c.blocks.ForEach(func(k, v []byte) error {
			if may(v) {
				keys = append(keys, bytes.Clone(k))
			}
			return nil
		}); err != nil {
			return err
		}
		held, doubts := int64(0), Doubts{}
		flush := func() error {
			if err := applyCells(tx, c.cells); err != nil {
				return err
			}
			doubts = doubts.plus(c.cells.doubts)
			c.cells, held = newDeltas(s.opt.Edges), 0
			return nil
		}
		for _, key := range keys {
			n, err := rewrite(c, key)
			if err != nil {
				return err
			}
			if held += n; held < flushAt {
				continue
			}
			if err := flush(); err != nil {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		if err := flush(); err != nil {
			return err
		}
		if err := addDoubts(tx, name, doubts); err != nil {
			return err
		}
	}
	return nil
}

// block writes a block without the records that go, and returns their number.
func (f *forgetting) block(c *commit, key []byte) (gone int64, err error) {
	stored, err := c.read(key)
	if err != nil {
		return 0, err
	}
	kept := make([]*usage.Record, 0, len(stored))
	for i := range stored {
		r := &stored[i]
		if !f.fits(&r.Dims) {
			kept = append(kept, r)
			continue
		}
		gone++
		f.counts.add(c.name, r)
		c.cells.add(r, -1)
	}
	if gone == 0 {
		return 0, nil
	}
	return gone, c.write(key, kept)
}

// sums takes out what fits of days whose records were pruned. Their sums do not
// know session, agent and user: those were forgotten when the days were pruned.
func (f *forgetting) sums() error {
	for _, name := range frozenConnections(f.tx) {
		if _, err := forgetFrozen(f.tx, f.store.opt.Edges, name, func(d *usage.Dims) bool {
			fits := f.fits(d)
			if fits {
				f.counts.Cells++
			}
			return fits
		}); err != nil {
			return err
		}
	}
	return nil
}

// eachChild runs f on the bucket of each connection.
func eachChild(tx *bolt.Tx, top []byte, f func(name string, b *bolt.Bucket) error) error {
	t := tx.Bucket(top)
	var names [][]byte
	if err := t.ForEachBucket(func(k []byte) error {
		names = append(names, bytes.Clone(k))
		return nil
	}); err != nil {
		return err
	}
	for _, name := range names {
		if err := f(string(name), t.Bucket(name)); err != nil {
			return err
		}
	}
	return nil
}

// dropIf deletes the entries of a bucket that drop says yes to.
func dropIf(b *bolt.Bucket, drop func(k, v []byte) bool) (n int64, err error) {
	var keys [][]byte
	if err := b.ForEach(func(k, v []byte) error {
		if v != nil && drop(k, v) {
			keys = append(keys, bytes.Clone(k))
		}
		return nil
	}); err != nil {
		return 0, err
	}
	for _, k := range keys {
		if err := b.Delete(k); err != nil {
			return 0, err
		}
	}
	return int64(len(keys)), nil
}
