package store

import (
	"context"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"tokpit/usage"
)

// Reopen moves the horizon back, so that records of the days from there on are
// taken again. The cells that were kept of those days go, and so do all cursors:
// the next sync reads again what still exists, and nothing counts twice. The
// trail gets a row. The error wraps [ErrHorizon] if the day is not a UTC day
// before the horizon.
func (s *Store) Reopen(ctx context.Context, by usage.Actor, from time.Time) error {
	day := dayOfTime(from)
	return s.audited(ctx, by, func(t *trail) error {
		horizon, bare, err := horizonsOf(t.tx)
		if err != nil {
			return err
		}
		if day >= horizon || !from.Equal(dayTime(day)) {
			return fmt.Errorf("%w: %s is no UTC day before it", ErrHorizon, from.Format(time.RFC3339))
		}
		for _, name := range frozenConnections(t.tx) {
			if err := reopenConnection(t.tx, name, day); err != nil {
				return err
			}
		}
		if err := dropAllCursors(t.tx); err != nil {
			return err
		}
		t.add(AuditRow{What: AuditPrune, Name: "horizon", Before: describeHorizon(horizon, nil), After: describeHorizon(day, nil)})
		return putHorizon(t.tx, day, bare)
	})
}

// reopenConnection takes the sums of the days from one on out of the cells.
func reopenConnection(tx *bolt.Tx, name string, from int32) error {
	edges, err := edgesOf(tx)
	if err != nil {
		return err
	}
	gone := newDeltas(edges)
	var keys [][]byte
	if err := eachFrozen(tx, name, func(day int32, sums *dayCells, err error) error {
		if err == nil && day >= from {
			gone.addSums(day, sums, -1)
			keys = append(keys, frozenKey(day))
		}
		return err
	}); err != nil {
		return err
	}
	for _, k := range keys {
		for _, top := range [][]byte{topSums, topSeen} {
			if b := frozenOf(tx, top, name); b != nil {
				if err := b.Delete(k); err != nil {
					return err
				}
			}
		}
	}
	return applyCells(tx, gone)
}

func dropAllCursors(tx *bolt.Tx) error {
	if err := tx.DeleteBucket(bucketCursors); err != nil {
		return err
	}
	_, err := tx.CreateBucket(bucketCursors)
	return err
}
