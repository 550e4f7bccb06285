package store

import (
	"context"
	"maps"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"

	"tokpit/usage"
)

// Kinds lists the kinds of the slices that a connection's records belong to;
// "" is among them if there are single responses. It reads every block.
func (s *Store) Kinds(ctx context.Context, connection string) ([]string, error) {
	found := make(map[string]struct{})
	err := s.view(ctx, func(tx *bolt.Tx) error {
		if child(tx, bucketBlocks, connection) == nil {
			return nil
		}
		return eachBlock(tx, connection, func(_ []byte, rs []usage.Record) error {
			for i := range rs {
				if _, known := found[rs[i].Slice]; !known {
					found[strings.Clone(rs[i].Slice)] = struct{}{}
				}
			}
			return nil
		})
	})
	return slices.Sorted(maps.Keys(found)), err
}
