package demo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"testing"

	"tokpit/usage"
)

// Stores hold the data of one edition. If this fails, the data have changed:
// give [Edition] a new name and note the digest here.
func TestTheEditionNamesTheData(t *testing.T) {
	const edition, digest = "2026-11-21.2", "e923eb0b916befa62be21c4e2a071d23068bff540fa44b1cfa3553aa3176755d"
	h := sha256.New()
	out := json.NewEncoder(h)
	if _, err := New(DefaultNow()).Pull(context.Background(), nil, func(b usage.Batch) error {
		return out.Encode([]any{b.Records, b.Slices, b.Cursors, b.Quarantined, b.Covered, b.Entities, b.NamedAt, b.Standing})
	}); err != nil {
		t.Fatal(err)
	}
	if err := out.Encode([]any{Plans(), Budgets(), Limits(), Grants()}); err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); Edition != edition || got != digest {
		t.Errorf("edition %s has the digest %s, want %s with %s", Edition, got, edition, digest)
	}
}
