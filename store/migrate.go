package store

import (
	"errors"

	bolt "go.etcd.io/bbolt"

	"tokpit/pricing"
	"tokpit/usage"
)

// migration takes a store from one schema to the next, inside the transaction
// that opens it for writing. One that fails changes nothing.
type migration func(*Store, *bolt.Tx) error

// migrations lists them all: the first takes a store from schema 1 to 2.
func migrations() []migration {
	return []migration{migrateCharges, migrateBudgets, migrateDecisions, migrateCare}
}

// flushAt is how many records are added up before their cells are written.
const flushAt = 50_000

// migrateCharges makes room for names and coverage, and adds to the cells what
// the sources say that their records cost: schema 1 kept it with the records
// alone. What reports say of tokens stays as it is, so the revision does too.
func migrateCharges(_ *Store, tx *bolt.Tx) error {
	if _, err := tx.CreateBucket(bucketNames); err != nil {
		return err
	}
	if err := putAccounts(tx, nil); err != nil {
		return err
	}
	edges, err := edgesOf(tx)
	if err != nil {
		return err
	}
	for _, name := range connections(tx) {
		cells, held := newDeltas(edges), 0
		err := eachBlock(tx, name, func(_ []byte, rs []usage.Record) error {
			for i := range rs {
				if rs[i].Currency != "" {
					cells.charge(&rs[i])
					held++
				}
			}
			if held < flushAt {
				return nil
			}
			flush := cells
			cells, held = newDeltas(edges), 0
			return applyCells(tx, flush)
		})
		if err != nil {
			return err
		}
		if err := applyCells(tx, cells); err != nil {
			return err
		}
	}
	return nil
}

// migrateBudgets makes room for budgets and the trail of their changes, which
// begins empty.
func migrateBudgets(_ *Store, tx *bolt.Tx) error {
	for _, name := range [][]byte{bucketBudgets, bucketAudit} {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	return putAuditHead(tx, AuditHead{})
}

// migrateDecisions makes room for decisions, alerts and deliveries, and lets the
// trail cover plans: those that are there get a row that says what was found.
func migrateDecisions(s *Store, tx *bolt.Tx) error {
	for _, name := range [][]byte{bucketDecisions, bucketAlerts, bucketOutbox} {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	if err := putTold(tx, told{}); err != nil {
		return err
	}
	t := &trail{tx: tx, at: s.opt.Now(), by: usage.Actor{Name: "tokpit", Via: "migration"}}
	if err := eachPlan(tx, func(p pricing.Plan, err error) error {
		if err == nil { // a damaged one stays what it is: no reason to refuse the store
			t.add(AuditRow{What: AuditFoundPlan, Name: planName(p), After: planText(p)})
		}
		return nil
	}); err != nil {
		return err
	}
	// A trail whose end is not known cannot be continued. That is no reason to
	// refuse the usage: a check says what is wrong.
	if err := t.write(); err != nil && !errors.Is(err, ErrCorrupt) {
		return err
	}
	return nil
}

// migrateCare makes room for what is gone and shall stay gone: records that
// their source took back, what somebody had forgotten, and the days that were
// kept for long enough. All of it begins empty.
func migrateCare(_ *Store, tx *bolt.Tx) error {
	for _, name := range [][]byte{bucketTombstones, bucketForgotten, bucketHorizon} {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	return putHorizon(tx, noHorizon, noHorizon)
}
