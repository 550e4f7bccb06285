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
	const edition, digest = "2026-11-21.2", "62bee6fd654d975c7019e5fddd13e6c296708ff0f723fcde5b9cbaeaf4eda142"
	h := sha256.New()
	out := json.NewEncoder(h)
	if _, err := New(DefaultNow()).Pull(context.Background(), nil, func(b usage.Batch) error { return out.Encode(b) }); err != nil {
		t.Fatal(err)
	}
	if err := out.Encode([]any{Plans(), Budgets(), Limits(), Grants()}); err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); Edition != edition || got != digest {
		t.Errorf("edition %s has the digest %s, want %s with %s", Edition, got, edition, digest)
	}
}
