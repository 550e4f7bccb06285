package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"tokpit/usage"
)

// RemoveConnection forgets what a connection has read, how its last sync went,
// its quarantined rows and how its account stands, so that it can be added
// afresh. Its records, its coverage and its names stay: what was used was used.
//
// With purge they go too, and the file is written anew, so that nothing of them
// is left in it. To remove what is not there is no error.
func (s *Store) RemoveConnection(ctx context.Context, name string, purge bool) error {
	if name == "" {
		return fmt.Errorf("%w: no connection name", ErrInvalid)
	}
	if s.blank() {
		return nil
	}
	err := s.update(ctx, func(tx *bolt.Tx) error {
		changed, err := forget(tx, name, purge)
		if err != nil {
			return err
		}
		if purge {
			records, err := s.purgeRecords(tx, name)
			if err != nil {
				return err
			}
			changed = changed || records
		}
		if changed {
			_, err = raiseRevision(tx)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("remove %.80q: %w", name, err)
	}
	if purge {
		if err := s.compact(ctx); err != nil {
			return fmt.Errorf("%.80q is removed, but not yet from the unused parts of the file: %w", name, err)
		}
	}
	return nil
}

// forget drops what is not records. It reports whether anything went that pages
// show.
func forget(tx *bolt.Tx, name string, purge bool) (changed bool, err error) {
	if rows := child(tx, bucketQuarantine, name); rows != nil {
		changed = countKeys(rows) > 0
	}
	tops := [][]byte{bucketCursors, bucketQuarantine}
	if purge {
		tops = append(tops, bucketNames, bucketTombstones)
	}
	for _, top := range tops {
		if err := deleteChild(tx, top, name); err != nil {
			return false, err
		}
	}
	if err := tx.Bucket(bucketSyncs).Delete([]byte(name)); err != nil {
		return false, err
	}
	all, err := accountsOf(tx)
	if err != nil {
		return false, err
	}
	i, ok := findAccount(all, name)
	if !ok {
		return changed, nil
	}
	a := &all[i]
	changed = changed || purge || a.standing != nil
	if a.standing = nil; purge || len(a.coverage) == 0 && a.names == 0 {
		all = slices.Delete(all, i, i+1)
	}
	return changed, putAccounts(tx, all)
}

func deleteChild(tx *bolt.Tx, top []byte, name string) error {
	if err := tx.Bucket(top).DeleteBucket([]byte(name)); err != nil && !errors.Is(err, berrors.ErrBucketNotFound) {
		return fmt.Errorf("delete bucket %s/%.80q: %w", top, name, err)
	}
	return nil
}

// purgeRecords takes a connection's records out of the cells, a few weeks at a
// time, and deletes them. Records that cannot be read cannot be subtracted:
// then the cells are made again from what is left.
func (s *Store) purgeRecords(tx *bolt.Tx, name string) (changed bool, err error) {
	sums := frozenOf(tx, topSums, name)
	if child(tx, bucketBlocks, name) == nil && sums == nil {
		return false, errors.Join(deleteChild(tx, bucketPrints, name), dropFrozen(tx, name))
	}
	var unread error
	if blocks := child(tx, bucketBlocks, name); blocks != nil {
		changed = countKeys(blocks) > 0
		unread = subtractRecords(tx, s.opt.Edges, name)
	}
	if sums != nil {
		changed = changed || countKeys(sums) > 0
		unread = errors.Join(unread, applyFrozen(tx, s.opt.Edges, name, -1))
	}
	if unread != nil && !errors.Is(unread, ErrCorrupt) {
		return false, unread
	}
	if err := errors.Join(deleteChild(tx, bucketBlocks, name), deleteChild(tx, bucketPrints, name), dropFrozen(tx, name),
		tx.Bucket(bucketMeta).Delete(doubtsKey(name))); err != nil {
		return false, err
	}
	if unread != nil {
		return false, s.rebuildCells(tx) // which raises the revision
	}
	return changed, nil
}

func subtractRecords(tx *bolt.Tx, edges usage.Edges, name string) error {
	cells, held := newDeltas(edges), 0
	if err := eachBlock(tx, name, func(_ []byte, rs []usage.Record) error {
		for i := range rs {
			cells.add(&rs[i], -1)
		}
		if held += len(rs); held < flushAt {
			return nil
		}
		flush := cells
		cells, held = newDeltas(edges), 0
		return applyCells(tx, flush)
	}); err != nil {
		return err
	}
	return applyCells(tx, cells)
}
