package store

import (
	"context"

	bolt "go.etcd.io/bbolt"
)

// DamageTombstones changes a byte of every entry.
func DamageTombstones(s *Store) error {
	return s.update(context.Background(), func(tx *bolt.Tx) error {
		top := tx.Bucket(bucketTombstones)
		return top.ForEachBucket(func(name []byte) error {
			b := top.Bucket(name)
			keys := make(map[string][]byte)
			if err := b.ForEach(func(k, v []byte) error { keys[string(k)] = append([]byte(nil), v...); return nil }); err != nil {
				return err
			}
			for k, v := range keys {
				v[1] ^= 4
				if err := b.Put([]byte(k), v); err != nil {
					return err
				}
			}
			return nil
		})
	})
}
