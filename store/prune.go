package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"tokpit/usage"
)

// Pruning says what is to go.
type Pruning struct {
	Before time.Time // a UTC day, not after today; what begins earlier goes
	// Cells keeps what the days cost: quarter hours by everything but session,
	// agent and user. Without it nothing of those days is left.
	Cells bool
	// Old reports whether nothing that is read any more, or nothing younger than
	// Before, stands in a file whose rows were quarantined; these go too. Gone
	// reports whether what a cursor is about does not exist any more. Neither is
	// asked if nil. They must not call the store.
	Old  func(connection, file string) bool
	Gone func(connection, cursor string) bool
	// Plan changes nothing, and says what would go.
	Plan bool
}

// Pruned says what went.
type Pruned struct {
	From, To    time.Time // the horizon before and after; zero if there is none
	Records     int64     // with those of slices
	Days        int64     // that had records, or cells that went
	Cells       int64     // cells that went: of sessions, agents and users, and all with Pruning.Cells unset
	Quarantined int64
	Cursors     int64
}

// Any reports whether anything went.
func (p *Pruned) Any() bool {
	return p.Records+p.Cells+p.Quarantined+p.Cursors > 0 || !p.From.Equal(p.To)
}

// AuditPrune is the trail's row of a pruning: what the horizon was and will be.
const AuditPrune = "prune"

// ErrHorizon is wrapped by the error of [Store.Prune] and [Store.Reopen] for a
// day that cannot be the horizon.
var ErrHorizon = errors.New("impossible horizon")

// pruneStep is how many records one transaction prunes.
const pruneStep = 150_000

// Prune deletes the records of all days before one, and with them their
// fingerprints, the counts of doubtful ones, and the cells of sessions, agents
// and users. The horizon moves there; it never moves back by pruning. What
// arrives later for such a day is refused, see [usage.Receipt].
//
// It works in steps of some weeks, each a transaction after which everything
// holds: a kill leaves a horizon in between. The trail gets a row with the first
// step. The file does not shrink; see [Store.Compact]. The error wraps
// [ErrCorrupt], and the step changes nothing, if the cells of a day are not the
// sums of its records: they would stand for them from then on.
func (s *Store) Prune(ctx context.Context, by usage.Actor, p Pruning) (Pruned, error) {
	var out Pruned
	target := dayOfTime(p.Before)
	if !p.Before.Equal(dayTime(target)) || p.Before.After(s.opt.Now()) || !inRange(p.Before) {
		return out, fmt.Errorf("%w: %s is no UTC day in the past", ErrHorizon, p.Before.Format(time.RFC3339))
	}
	if err := MayChange(by); err != nil {
		return out, err
	}
	if p.Plan {
		err := s.view(ctx, func(tx *bolt.Tx) error { return s.planPruning(tx, target, &p, &out) })
		return out, err
	}
	if s.opt.Reader {
		return out, fmt.Errorf("%s: %w", s.path, ErrReader)
	}
	var due Pruned
	if err := s.view(ctx, func(tx *bolt.Tx) error { return s.planPruning(tx, target, &p, &due) }); err != nil || !due.Any() {
		return due, err
	}
	for first := true; ; first = false {
		done := false
		var step Pruned
		err := s.update(ctx, func(tx *bolt.Tx) (err error) {
			w := &pruner{store: s, tx: tx, pruning: &p, target: target}
			done, err = w.step(by, first)
			step = w.out
			return err
		})
		if err != nil {
			return out, fmt.Errorf("prune: %w", err)
		}
		if first {
			out.From = step.From
		}
		out.To = step.To
		out.Records, out.Days, out.Cells = out.Records+step.Records, out.Days+step.Days, out.Cells+step.Cells
		out.Quarantined, out.Cursors = out.Quarantined+step.Quarantined, out.Cursors+step.Cursors
		if done {
			return out, nil
		}
		if err := ctx.Err(); err != nil {
			return out, err
		}
	}
}

// planPruning says what would go.
func (s *Store) planPruning(tx *bolt.Tx, target int32, p *Pruning, out *Pruned) error {
	if tx.Bucket(bucketMeta) == nil {
		return nil
	}
	horizon, err := horizonOf(tx)
	if err != nil {
		return err
	}
	out.From, out.To = horizonTime(horizon), horizonTime(max(horizon, target))
	days := make(map[int32]bool)
	for _, name := range connections(tx) {
		prints := child(tx, bucketPrints, name).Cursor()
		for k, v := prints.First(); k != nil && keyTime(k) < int64(target)*dayMillis; k, v = prints.Next() {
			out.Records += int64(max(0, len(v)-5) / 8)
			days[int32(keyTime(k)/dayMillis)] = true
		}
	}
	cells := tx.Bucket(bucketCells).Cursor()
	for k, v := cells.First(); k != nil; k, v = cells.Next() {
		day, kind, ok := parseCellKey(k)
		if !ok || day >= max(horizon, target) || kind == coarseCells && p.Cells {
			continue
		}
		n, err := countCells(v, k)
		if err != nil {
			return fmt.Errorf("cells of %s: %w", describeDay(day), err)
		}
		out.Cells += n
		days[day] = true
	}
	out.Days = int64(len(days))
	rows, cursors := staleNotes(tx, p)
	for _, keys := range rows {
		out.Quarantined += int64(len(keys))
	}
	for _, keys := range cursors {
		out.Cursors += int64(len(keys))
	}
	return nil
}
