package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"tokpit/usage"
)

// Rebuild recomputes everything that is derived from the records: the
// fingerprints, and the cells, cut at the store's edges. It forgets damaged
// names and cursors, so that the next sync reads again what they stood for, and
// all cursors if what has been covered is not known any more. It also forgets
// damaged alert states and deliveries, without which there would be no alerts
// any more: what those had told may be told once again.
func (s *Store) Rebuild(ctx context.Context) error {
	return s.update(ctx, func(tx *bolt.Tx) error {
		if err := dropDamagedCursors(tx); err != nil {
			return err
		}
		if err := dropDamagedFates(tx); err != nil {
			return err
		}
		if err := repairAccounts(tx); err != nil {
			return err
		}
		if err := repairTold(tx); err != nil {
			return err
		}
		for _, name := range connections(tx) {
			if err := rebuildPrints(tx, name); err != nil {
				return err
			}
		}
		return s.rebuildCells(tx)
	})
}

func repairAccounts(tx *bolt.Tx) error {
	type entry struct {
		connection string
		key        []byte
	}
	var damaged []entry
	names, err := countNames(tx, func(connection string, key []byte, _ error) {
		damaged = append(damaged, entry{connection, key})
	})
	if err != nil {
		return err
	}
	for _, d := range damaged {
		names[d.connection]--
		if err := child(tx, bucketNames, d.connection).Delete(d.key); err != nil {
			return err
		}
	}
	all, err := accountsOf(tx)
	if err != nil {
		all = nil
		if err := tx.DeleteBucket(bucketCursors); err != nil {
			return err
		}
		if _, err := tx.CreateBucket(bucketCursors); err != nil {
			return err
		}
	}
	for i := range all {
		all[i].names = names[all[i].connection]
		delete(names, all[i].connection)
	}
	for connection, n := range names {
		i, _ := findAccount(all, connection)
		all = slices.Insert(all, i, account{connection: connection, names: n})
	}
	return putAccounts(tx, all)
}

func rebuildPrints(tx *bolt.Tx, name string) error {
	top := tx.Bucket(bucketPrints)
	if err := top.DeleteBucket([]byte(name)); err != nil && !errors.Is(err, berrors.ErrBucketNotFound) {
		return err
	}
	prints, err := makeChild(tx, bucketPrints, name)
	if err != nil {
		return err
	}
	return eachBlock(tx, name, func(key []byte, rs []usage.Record) error {
		list := make([]*usage.Record, len(rs))
		for i := range rs {
			list[i] = &rs[i]
		}
		return prints.Put(bytes.Clone(key), encodePrints(list, placeOfBlock(name, key)))
	})
}

// eachBlock decodes the blocks of a connection in order of time. The records
// are good until f returns.
func eachBlock(tx *bolt.Tx, name string, f func(key []byte, rs []usage.Record) error) error {
	var rs []usage.Record
	return child(tx, bucketBlocks, name).ForEach(func(k, v []byte) (err error) {
		if rs, err = decodeBlock(v, placeOfBlock(name, k), rs); err != nil {
			return fmt.Errorf("%s, block %s: %w", name, describeKey(k), err)
		}
		return f(k, rs)
	})
}

// EnsureEdges rebuilds the cells if they were cut at other edges than the
// store's. It only reads when there is nothing to do.
func (s *Store) EnsureEdges(ctx context.Context) error {
	stale := false
	err := s.view(ctx, func(tx *bolt.Tx) error {
		if tx.Bucket(bucketMeta) == nil {
			return nil
		}
		edges, err := edgesOf(tx)
		stale = err == nil && !edges.Equal(s.opt.Edges)
		return err
	})
	if err != nil || !stale {
		return err
	}
	return s.update(ctx, func(*bolt.Tx) error { return nil }) // preparing does it
}

// rebuildCells replaces all cells, a few weeks of records at a time. Those of
// pruned days are their sums, with the bands that these have.
func (s *Store) rebuildCells(tx *bolt.Tx) error {
	if err := tx.DeleteBucket(bucketCells); err != nil && !errors.Is(err, berrors.ErrBucketNotFound) {
		return err
	}
	if _, err := tx.CreateBucket(bucketCells); err != nil {
		return err
	}
	for _, name := range connections(tx) {
		cells, held, doubts := newDeltas(s.opt.Edges), 0, Doubts{}
		err := eachBlock(tx, name, func(_ []byte, rs []usage.Record) error {
			for i := range rs {
				cells.add(&rs[i], +1)
			}
			if held += len(rs); held < flushAt {
				return nil
			}
			flush := cells
			doubts = doubts.plus(flush.doubts)
			cells, held = newDeltas(s.opt.Edges), 0
			return applyCells(tx, flush)
		})
		if err != nil {
			return err
		}
		if err := applyCells(tx, cells); err != nil {
			return err
		}
		if err := putDoubts(tx, name, doubts.plus(cells.doubts)); err != nil {
			return err
		}
	}
	for _, name := range frozenConnections(tx) {
		if err := applyFrozen(tx, s.opt.Edges, name, +1); err != nil {
			return err
		}
	}
	if err := tx.Bucket(bucketMeta).Put(keyEdges, encodeEdges(s.opt.Edges)); err != nil {
		return err
	}
	_, err := raiseRevision(tx)
	return err
}
