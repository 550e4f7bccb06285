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
	const edition, digest = "2026-11-21", "413b0563ba00e9d09c26b23e91fc6b019c4fc212179bdd151e55909a2a1cec2c"
	h := sha256.New()
	out := json.NewEncoder(h)
	if _, err := New(DefaultNow()).Pull(context.Background(), nil, func(b usage.Batch) error { return out.Encode(b) }); err != nil {
		t.Fatal(err)
	}
	if err := out.Encode([]any{Plans(), Budgets()}); err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); Edition != edition || got != digest {
		t.Errorf("edition %s has the digest %s, want %s with %s", Edition, got, edition, digest)
	}
}
