package store

import (
	"context"
	"errors"

	bolt "go.etcd.io/bbolt"
)

// SetBlockSize makes blocks small, so that few records fill many of them.
func (s *Store) SetBlockSize(records int) { s.blockSize = records }

// SetMigrations replaces the program's migrations: the store then writes schema
// 1 + len(ms).
func (s *Store) SetMigrations(ms ...func(*Store, *bolt.Tx) error) {
	s.migrations = nil
	for _, m := range ms {
		s.migrations = append(s.migrations, m)
	}
}

// HoldForWriting runs f inside a write transaction that changes nothing.
func (s *Store) HoldForWriting(ctx context.Context, f func()) error {
	return s.update(ctx, func(*bolt.Tx) error { f(); return errors.New("nothing to write") })
}
