// Package storetest is what every store must pass: a reference model of a few
// maps, random histories that are played to a store and to the model at once,
// and the promises of the store's interface one by one.
//
// A backend's own tests call [Run] with a function that opens it:
//
//	func TestConformance(t *testing.T) { storetest.Run(t, open) }
package storetest

import (
	"context"
	"os"
	"testing"

	"tokpit/usage"
)

// Backend is a store: the part that decides what a figure is, and the [Ledger].
type Backend interface {
	Commit(ctx context.Context, connection string, b usage.Batch) (usage.Receipt, error)
	Cursors(ctx context.Context, connection string) (usage.Cursors, error)
	Records(ctx context.Context, span usage.Span, f func(connection string, r *usage.Record) bool) error
	Cube(ctx context.Context, span usage.Span, fine bool) (*usage.Cube, error)
	RecordsCube(ctx context.Context, span usage.Span) (*usage.Cube, error)
	Quarantined(ctx context.Context, limit int) ([]usage.Quarantined, error)
	// What connections said beside usage, by connection. Coverage is merged;
	// entities come by kind and id, with all the names they have had.
	Coverage(ctx context.Context) (map[string][]usage.Coverage, error)
	Entities(ctx context.Context) (map[string][]usage.Known, error)
	Standings(ctx context.Context) (map[string]usage.Standing, error)
	// RemoveConnection forgets cursors, quarantined rows and standing; with
	// purge everything of the connection.
	RemoveConnection(ctx context.Context, connection string, purge bool) error
	// Verify reads everything and lists what does not fit together.
	Verify(ctx context.Context) (problems []string, err error)

	Ledger
}

// Opener opens the store that lives in dir, which is empty at first. Opening
// the same dir again finds the same data. Cells are cut at the given edges;
// where the store was written with others, the next commit rebuilds them.
type Opener func(t testing.TB, dir string, edges usage.Edges) Backend

// Run runs the suite. With TOKPIT_SOAK=1 it plays many more histories.
func Run(t *testing.T, open Opener) {
	histories := 4
	switch {
	case os.Getenv("TOKPIT_SOAK") == "1":
		histories = 300
	case testing.Short():
		histories = 2
	}
	t.Run("History", func(t *testing.T) { testHistories(t, open, histories) })
	t.Run("Order", func(t *testing.T) { testOrder(t, open, histories) })
	t.Run("Revisions", func(t *testing.T) { testRevisions(t, open, histories) })
	t.Run("Edges", func(t *testing.T) { testEdges(t, open) })
	t.Run("Outbox", func(t *testing.T) { testOutbox(t, open, histories) })
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) {
			c.test(t, &bench{t: t, open: open, dir: t.TempDir()})
		})
	}
}
