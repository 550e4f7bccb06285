package store

import (
	"context"

	bolt "go.etcd.io/bbolt"
)

// TamperRedacted changes who is said to have made a change, in a row that was
// redacted, and mends its checksum.
func (s *Store) TamperRedacted(ctx context.Context, n uint64) error {
	return s.update(ctx, func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketAudit)
		r, err := decodeAudit(numberBytes(n), b.Get(numberBytes(n)))
		if err != nil {
			return err
		}
		r.Actor.Name = "somebody else"
		return b.Put(numberBytes(n), encodeAudit(&r))
	})
}
