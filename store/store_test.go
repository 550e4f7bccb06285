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

func (b backend) Decided(ctx context.Context, kind string) (map[string]string, error) {
	list, err := b.Decisions(ctx, kind)
	texts := make(map[string]string)
	for _, d := range list {
		texts[d.Name] = d.Text
	}
	return texts, err
}

func (b backend) Trail(ctx context.Context) ([]storetest.Row, error) {
	rows, err := b.Audit(ctx)
	var out []storetest.Row
	for _, r := range rows {
		out = append(out, storetest.Row{By: r.Actor, What: r.What, Name: r.Name, Before: r.Before, After: r.After})
	}
	return out, err
}

func TestConformance(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(_ testing.TB, dir string, edges usage.Edges) storetest.Backend {
		return backend{store.New(filepath.Join(dir, "data", "tokpit.db"), store.Options{Edges: edges})}
	})
}

// The same with blocks so small that every day has several.
func TestConformanceSmallBlocks(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(_ testing.TB, dir string, edges usage.Edges) storetest.Backend {
		s := store.New(filepath.Join(dir, "tokpit.db"), store.Options{Edges: edges})
		s.SetBlockSize(3)
		return backend{s}
	})
}
