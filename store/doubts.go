package store

import (
	"fmt"

	bolt "go.etcd.io/bbolt"

	"tokpit/usage"
)

// Doubts counts the records of a connection that carry a flag. The counts are
// kept with the cells, and like them are derived: a person should see that
// there are doubts without every record being read.
type Doubts struct {
	ParentMissing   int64 // see usage.FlagParentMissing
	TotalMismatch   int64 // see usage.FlagTotalMismatch
	SeveralRequests int64 // see usage.FlagSeveralRequests
}

func (d *Doubts) add(f usage.Flags, sign int64) {
	for _, c := range []struct {
		flag  usage.Flags
		count *int64
	}{{usage.FlagParentMissing, &d.ParentMissing}, {usage.FlagTotalMismatch, &d.TotalMismatch}, {usage.FlagSeveralRequests, &d.SeveralRequests}} {
		if f&c.flag != 0 {
			*c.count += sign
		}
	}
}

func (d Doubts) plus(o Doubts) Doubts {
	return Doubts{d.ParentMissing + o.ParentMissing, d.TotalMismatch + o.TotalMismatch, d.SeveralRequests + o.SeveralRequests}
}

func doubtsKey(connection string) []byte { return []byte("doubts/" + connection) }

// doubtsOf reads the counts of a connection; none are zero.
func doubtsOf(tx *bolt.Tx, connection string) (Doubts, error) {
	var d Doubts
	meta := tx.Bucket(bucketMeta)
	if meta == nil {
		return d, nil
	}
	value := meta.Get(doubtsKey(connection))
	if value == nil {
		return d, nil
	}
	in, err := unsealAt(value, 1, doubtsKey(connection))
	if err != nil {
		return d, fmt.Errorf("doubts of %.80q: %w", connection, err)
	}
	d = Doubts{in.int(), in.int(), in.int()}
	return d, in.err
}

func putDoubts(tx *bolt.Tx, connection string, d Doubts) error {
	e := &encoder{}
	e.byte(1)
	e.int(d.ParentMissing)
	e.int(d.TotalMismatch)
	e.int(d.SeveralRequests)
	return tx.Bucket(bucketMeta).Put(doubtsKey(connection), e.sealAt(doubtsKey(connection)))
}

// addDoubts adds a transaction's changes.
func addDoubts(tx *bolt.Tx, connection string, change Doubts) error {
	if change == (Doubts{}) {
		return nil
	}
	d, err := doubtsOf(tx, connection)
	if err != nil {
		return err
	}
	return putDoubts(tx, connection, d.plus(change))
}
