package store

import (
	"context"
	"errors"

	bolt "go.etcd.io/bbolt"
)

// SetBlockSize makes blocks small, so that few records fill many of them.
func (s *Store) SetBlockSize(records int) { s.blockSize = records }

// AddMigrations adds to the program's migrations: the store then writes a schema
// of so many more.
func (s *Store) AddMigrations(ms ...func(*Store, *bolt.Tx) error) {
	for _, m := range ms {
		s.migrations = append(s.migrations, m)
	}
}

// HoldForWriting runs f inside a write transaction that changes nothing.
func (s *Store) HoldForWriting(ctx context.Context, f func()) error {
	return s.update(ctx, func(*bolt.Tx) error { f(); return errors.New("nothing to write") })
}
