package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"tokpit/usage"
)

// View is a store at one revision, for what has to fit together.
type View struct {
	ctx context.Context
	tx  *bolt.Tx
	all []account
}

// View calls f with a view of the store, which is good until f returns. Nobody
// can write meanwhile. For a store that is not there f is not called.
func (s *Store) View(ctx context.Context, f func(*View) error) error {
	return s.view(ctx, func(tx *bolt.Tx) error {
		all, err := accountsOf(tx)
		if err != nil {
			return err
		}
		return f(&View{ctx, tx, all})
	})
}

// Revision is the store's.
func (v *View) Revision() uint64 { return revisionOf(v.tx) }

// Connections lists the names that there is anything of, sorted.
func (v *View) Connections() []string {
	var names []string
	seen := map[string]bool{}
	for _, name := range connections(v.tx) {
		names, seen[name] = append(names, name), true
	}
	for i := range v.all {
		if name := v.all[i].connection; !seen[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Changed is when the figures of a connection last changed; zero if that was
// before a store noted it.
func (v *View) Changed(connection string) time.Time {
	ms := number(v.tx.Bucket(bucketMeta).Get(keyChanged(connection)))
	if ms == 0 {
		return time.Time{}
	}
	return timeOf(int64(ms))
}

// Coverage is what a connection has read in full.
func (v *View) Coverage(connection string) []usage.Coverage {
	if i, ok := findAccount(v.all, connection); ok {
		return v.all[i].coverage
	}
	return nil
}

// Entities calls f with what a connection has named, by kind and id.
func (v *View) Entities(connection string, f func(usage.Known) error) error {
	b := child(v.tx, bucketNames, connection)
	if b == nil {
		return nil
	}
	return b.ForEach(func(key, value []byte) error {
		k, err := decodeEntity(value, key, placeOfEntity(connection, key))
		if err != nil {
			return err
		}
		return f(k)
	})
}

// Cursors returns what a connection has read so far.
func (v *View) Cursors(connection string) (usage.Cursors, error) {
	out := make(usage.Cursors)
	b := child(v.tx, bucketCursors, connection)
	if b == nil {
		return out, nil
	}
	return out, b.ForEach(func(k, value []byte) (err error) {
		out[string(k)], err = decodeCursor(k, value)
		return err
	})
}

// Gone calls f for every record of a connection that was taken back and has not
// come again, in a fixed order. There are keys and no ids.
func (v *View) Gone(connection string, f func(usage.Fate) error) error {
	b := child(v.tx, bucketTombstones, connection)
	if b == nil {
		return nil
	}
	return b.ForEach(func(k, value []byte) error {
		t, err := decodeTurns(connection, k, value)
		if err != nil || !t.gone() {
			return err
		}
		return f(usage.Fate{Key: string(k), Turns: t.n})
	})
}

// Records calls f for the records of a connection that begin in span, as they
// are kept (a band only where the source gave one), by time and id, with how
// often each has turned. They are f's until it returns.
func (v *View) Records(connection string, span usage.Span, f func(r *usage.Record, turns int64) error) error {
	blocks := child(v.tx, bucketBlocks, connection)
	if blocks == nil {
		return nil
	}
	fates := child(v.tx, bucketTombstones, connection)
	var rs []usage.Record
	cursor := blocks.Cursor()
	for k, value := seekBlock(cursor, span.Since); k != nil; k, value = cursor.Next() {
		if !span.Until.IsZero() && !timeOf(keyTime(k)).Before(span.Until) {
			return nil
		}
		err := v.ctx.Err()
		if err == nil {
			rs, err = decodeBlock(value, placeOfBlock(connection, k), rs)
		}
		if err != nil {
			return fmt.Errorf("%s, block %s: %w", connection, describeKey(k), err)
		}
		for i := range rs {
			if !span.Contains(rs[i].Start) {
				continue
			}
			var t turns
			if fates != nil && rs[i].Slice == "" {
				key := fateKey(rs[i].ID)
				if t, err = decodeTurns(connection, key[:], fates.Get(key[:])); err != nil {
					return err
				}
			}
			if err := f(&rs[i], t.n); err != nil {
				return err
			}
		}
	}
	return nil
}
