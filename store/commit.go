package store

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"

	"tokpit/usage"
)

// Commit stores a batch of a connection as one transaction. Copies of known
// records are folded, and slices replace what was known of their bucket. It
// returns an error that wraps [ErrInvalid], and stores nothing, if a record has
// no id, no start or impossible counts, or something else cannot be kept.
// Records of days before the horizon are refused, and counted.
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
	if err := admitAccount(&b); err != nil {
		return receipt, err
	}
	err = s.update(ctx, func(tx *bolt.Tx) error {
		c, err := s.newCommit(tx, connection)
		if err != nil {
			return err
		}
		c.receipt.Duplicates = int64(len(b.Records) - len(incoming))
		replace, err := c.tooOld(incoming, replace)
		if err != nil {
			return err
		}
		if err := c.admitFates(incoming, &b); err != nil {
			return err
		}
		if err := c.run(incoming, replace, b.Removed); err != nil {
			return err
		}
		if err := applyCells(tx, c.cells); err != nil {
			return err
		}
		if err := addDoubts(tx, connection, c.cells.doubts); err != nil {
			return err
		}
		if err := c.notes(&b); err != nil {
			return err
		}
		if err := c.account(&b); err != nil {
			return err
		}
		c.receipt.Revision = revisionOf(tx)
		if c.changed {
			if err = c.stamp(); err == nil {
				c.receipt.Revision, err = raiseRevision(tx)
			}
		}
		receipt = c.receipt
		return err
	})
	if err != nil {
		return usage.Receipt{}, err
	}
	return receipt, nil
}

// commit is one transaction's work on one connection. It finds out first what
// leaves and what comes, then goes through the blocks in order of time and has
// one of them in memory at a time, however many a batch touches.
type commit struct {
	name    string
	store   *Store
	tx      *bolt.Tx
	blocks  *bolt.Bucket
	prints  *bolt.Bucket
	cells   *deltas
	receipt usage.Receipt
	changed bool // a figure is not what it was
	fates   fates

	// Used again from block to block.
	records []usage.Record
	writer  blockWriter
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
	return &commit{name: connection, store: s, tx: tx, blocks: blocks, prints: prints, cells: newDeltas(s.opt.Edges)}, nil
}

// run applies removals, then single responses, then slices.
func (c *commit) run(incoming map[string]*usage.Record, replace []bucket, removed []usage.Removed) error {
	doomed := make(map[string]bool, len(removed))
	for _, r := range removed {
		doomed[r.ID] = true
	}
	gone, moved, err := c.sift(incoming, doomed)
	if err != nil {
		return err
	}
	c.receipt.Added += int64(len(incoming))
	adds := append(moved, slices.Collect(maps.Values(incoming))...)
	sortRecords(adds)
	replace = slices.Clone(replace)
	slices.SortStableFunc(replace, func(a, b bucket) int { return cmp.Compare(a.start, b.start) })
	return c.rewriteAll(adds, replace, gone)
}

// sift looks for what the store has of the incoming and the doomed ids:
// fingerprints say which blocks to read, full ids decide. It returns the ids
// that leave, by the key of their block, and the folded records that take the
// place of stored ones; those and mere copies leave incoming.
func (c *commit) sift(incoming map[string]*usage.Record, doomed map[string]bool) (gone map[string]map[string]bool, moved []*usage.Record, err error) {
	gone = make(map[string]map[string]bool)
	hits, err := c.hits(incoming, doomed)
	if err != nil {
		return nil, nil, err
	}
	for _, key := range hits {
		rs, err := c.read(key)
		if err != nil {
			return nil, nil, err
		}
		ids := make(map[string]bool)
		for i := range rs {
			old := &rs[i]
			if old.Slice != "" {
				continue
			}
			if doomed[old.ID] {
				ids[strings.Clone(old.ID)] = true
				if err := c.taken(old, incoming[old.ID]); err != nil {
					return nil, nil, err
				}
				continue
			}
			if c.fates.over(old.ID) {
				ids[strings.Clone(old.ID)] = true
				continue
			}
			r, ok := incoming[old.ID]
			if !ok {
				continue
			}
			delete(incoming, old.ID)
			folded := usage.Fold(*old, *r)
			if same(&folded, old) {
				c.receipt.Duplicates++
				continue
			}
			c.receipt.Replaced++
			ids[r.ID] = true // not old.ID, which would keep the whole block in memory
			folded.ID = r.ID
			moved = append(moved, &folded)
		}
		if len(ids) > 0 {
			gone[string(key)] = ids
		}
	}
	return gone, moved, nil
}

// hits lists the keys of the blocks that may hold one of the ids.
func (c *commit) hits(incoming map[string]*usage.Record, doomed map[string]bool) (keys [][]byte, err error) {
	wanted := make([]uint64, 0, len(incoming)+len(doomed))
	for id := range incoming {
		wanted = append(wanted, fingerprint(id))
	}
	for id := range doomed {
		wanted = append(wanted, fingerprint(id))
	}
	wanted = c.fates.prints(wanted)
	if len(wanted) == 0 {
		return nil, nil
	}
	all := seek(wanted)
	cursor := c.prints.Cursor()
	for k, v := cursor.First(); k != nil; k, v = cursor.Next() {
		prints, err := decodePrints(v, placeOfBlock(c.name, k))
		if err != nil {
			return nil, fmt.Errorf("%s, fingerprints of block %s: %w", c.name, describeKey(k), err)
		}
		if all.in(prints) {
			keys = append(keys, bytes.Clone(k))
		}
	}
	return keys, nil
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

// describeKey names a block for an error.
func describeKey(key []byte) string {
	if len(key) != 8 {
		return fmt.Sprintf("%x", key)
	}
	return timeOf(keyTime(key)).Format("2006-01-02T15:04:05.000Z")
}
