package store_test

import (
	"context"
	"path/filepath"
	"testing"

	"tokpit/store"
	"tokpit/store/storetest"
	"tokpit/usage"
)

// backend shows a Store to the conformance suite.
type backend struct{ *store.Store }

func (b backend) Verify(ctx context.Context) ([]string, error) {
	c, err := b.Store.Verify(ctx)
	return c.Problems, err
}

func TestConformance(t *testing.T) {
	storetest.Run(t, func(_ testing.TB, dir string, edges usage.Edges) storetest.Backend {
		return backend{store.New(filepath.Join(dir, "data", "tokpit.db"), store.Options{Edges: edges})}
	})
}

// The same with blocks so small that every day has several.
func TestConformanceSmallBlocks(t *testing.T) {
	storetest.Run(t, func(_ testing.TB, dir string, edges usage.Edges) storetest.Backend {
		s := store.New(filepath.Join(dir, "tokpit.db"), store.Options{Edges: edges})
		s.SetBlockSize(3)
		return backend{s}
	})
}
