package store

import (
	"context"
	"fmt"
	"os"
	"time"

	bolt "go.etcd.io/bbolt"

	"tokpit/usage"
)

// Status is a summary of the store.
type Status struct {
	Path        string
	Exists      bool
	Size        int64 // bytes
	Free        int64 // bytes of it that nothing uses: the next writes do, or Compact gives them back
	Schema      uint64
	Revision    uint64
	Horizon     Horizon
	Edges       usage.Edges
	Connections []ConnectionStatus
}

// ConnectionStatus is a summary of one connection.
type ConnectionStatus struct {
	Name        string
	Records     int64
	First, Last time.Time // starts of its oldest and newest record; zero if none
	Cursors     int64
	Quarantined int64
	Doubts      Doubts
	Names       int64            // entities that it has named
	Coverage    []usage.Coverage // what it has read in full, merged
	Standing    *usage.Standing  // what the provider says of the account; nil if nothing
	Sync        Sync             // the last one; zero if there was none
}

// Status reads the summary. It looks at fingerprints and keys, and at the times
// of two blocks of records, so it is quick on a large store.
func (s *Store) Status(ctx context.Context) (Status, error) {
	st := Status{Path: s.path}
	if info, err := os.Stat(s.path); err == nil {
		st.Exists, st.Size = true, info.Size()
	}
	err := s.view(ctx, func(tx *bolt.Tx) error {
		st.Revision, st.Schema = revisionOf(tx), schemaOf(tx)
		var err error
		if st.Horizon, err = describedHorizon(tx); err != nil {
			return err
		}
		if st.Free, err = freeBytes(s.path); err != nil {
			return err
		}
		if st.Edges, err = edgesOf(tx); err != nil {
			return err
		}
		byName := make(map[string]int)
		at := func(name string) *ConnectionStatus {
			i, ok := byName[name]
			if !ok {
				i = len(st.Connections)
				byName[name] = i
				st.Connections = append(st.Connections, ConnectionStatus{Name: name})
			}
			return &st.Connections[i]
		}
		for _, name := range connections(tx) {
			if err := summarise(tx, name, at(name)); err != nil {
				return err
			}
		}
		for _, top := range [][]byte{bucketCursors, bucketQuarantine} {
			bucket := tx.Bucket(top)
			if bucket == nil {
				continue
			}
			_ = bucket.ForEachBucket(func(name []byte) error {
				n := int64(bucket.Bucket(name).Stats().KeyN)
				if string(top) == string(bucketCursors) {
					at(string(name)).Cursors = n
				} else {
					at(string(name)).Quarantined = n
				}
				return nil
			})
		}
		accounts, err := accountsOf(tx)
		if err != nil {
			return err
		}
		for _, a := range accounts {
			c := at(a.connection)
			c.Names, c.Coverage, c.Standing = a.names, a.coverage, a.standing
		}
		syncs := tx.Bucket(bucketSyncs)
		if syncs == nil {
			return nil
		}
		return syncs.ForEach(func(k, v []byte) error {
			y, err := decodeSync(string(k), v)
			if err != nil {
				return fmt.Errorf("last sync of %.80q: %w", k, err)
			}
			at(string(k)).Sync = y
			return nil
		})
	})
	return st, err
}

// summarise counts records by their fingerprints and reads the first and the
// last block for the dates.
func summarise(tx *bolt.Tx, name string, c *ConnectionStatus) error {
	var err error
	if c.Doubts, err = doubtsOf(tx, name); err != nil {
		return err
	}
	prints := child(tx, bucketPrints, name)
	if prints == nil {
		return nil
	}
	if err := prints.ForEach(func(_, v []byte) error {
		c.Records += int64(max(0, len(v)-5) / 8)
		return nil
	}); err != nil {
		return err
	}
	cursor := child(tx, bucketBlocks, name).Cursor()
	for _, end := range []func() ([]byte, []byte){cursor.First, cursor.Last} {
		k, v := end()
		if k == nil {
			return nil
		}
		starts, err := decodeStarts(v, placeOfBlock(name, k))
		if err == nil && len(starts) == 0 {
			err = ErrCorrupt
		}
		if err != nil {
			return fmt.Errorf("%s, block %s: %w", name, describeKey(k), err)
		}
		if c.First.IsZero() {
			c.First = timeOf(starts[0])
		}
		c.Last = timeOf(starts[len(starts)-1])
	}
	return nil
}

// decodeStarts reads of a block's value when its records begin, in milliseconds.
func decodeStarts(value, place []byte) ([]int64, error) {
	d, err := unsealAt(value, blockVersion, place)
	if err != nil {
		return nil, err
	}
	n := d.count(1)
	if d.err != nil {
		return nil, d.err
	}
	d.sets()
	starts, last := make([]int64, n), int64(0)
	for range 3 { // sets, slices, steps from start to start
		d.ints(starts)
	}
	for i, step := range starts {
		last += step
		starts[i] = last
	}
	return starts, d.err
}

// Records calls f for every record that begins in span, by connection and
// time. It stops without an error when f returns false.
func (s *Store) Records(ctx context.Context, span usage.Span, f func(connection string, r *usage.Record) bool) error {
	return s.view(ctx, func(tx *bolt.Tx) error {
		edges, err := edgesOf(tx)
		if err != nil {
			return err
		}
		for _, name := range connections(tx) {
			more, err := scan(ctx, tx, name, span, edges, func(r *usage.Record) bool { return f(name, r) })
			if err != nil || !more {
				return err
			}
		}
		return nil
	})
}

// scan calls f for the records of one connection, until f says no more.
func scan(ctx context.Context, tx *bolt.Tx, name string, span usage.Span, edges usage.Edges, f func(*usage.Record) bool) (more bool, err error) {
	cursor := child(tx, bucketBlocks, name).Cursor()
	for k, v := seekBlock(cursor, span.Since); k != nil; k, v = cursor.Next() {
		if !span.Until.IsZero() && !timeOf(keyTime(k)).Before(span.Until) {
			break
		}
		if err := ctx.Err(); err != nil {
			return false, err
		}
		rs, err := decodeBlock(v, placeOfBlock(name, k), nil)
		if err != nil {
			return false, fmt.Errorf("%s, block %s: %w", name, describeKey(k), err)
		}
		for i := range rs {
			if !span.Contains(rs[i].Start) {
				continue
			}
			rs[i].Band = bandedDims(&rs[i], edges).Band
			if !f(&rs[i]) {
				return false, nil
			}
		}
	}
	return true, nil
}

// seekBlock moves to the block that covers an instant, which may begin before
// it, or to the first after it.
func seekBlock(cursor *bolt.Cursor, since time.Time) (k, v []byte) {
	if since.IsZero() {
		return cursor.First()
	}
	k, _ = cursor.Seek(timeKey(since.UnixMilli() + 1))
	if k == nil {
		return cursor.Last()
	}
	if k, v = cursor.Prev(); k != nil {
		return k, v
	}
	return cursor.First()
}
