package store_test

import (
	"context"
	"errors"
	"testing"

	"tokpit/store"
)

// A decision that is added comes with its document, is never replaced, and
// leaves nothing if somebody objects.
func TestAddedDecisionsStay(t *testing.T) {
	ctx, s := context.Background(), budgetStore(t)
	add := func(name, text string, may func([]store.Decision) error) error {
		return s.AddDecision(ctx, owner(), "close", store.Decision{Name: name, Text: text}, []byte("rows of "+text), may)
	}
	if err := add("2026-09", "a", nil); err != nil {
		t.Fatal(err)
	}
	head, _ := s.AuditHead(ctx)
	if err := add("2026-09", "b", nil); !errors.Is(err, store.ErrExists) {
		t.Error(err)
	}
	objection := errors.New("no")
	err := add("2026-10", "c", func(all []store.Decision) error {
		if len(all) != 1 || all[0] != (store.Decision{Name: "2026-09", Text: "a"}) {
			t.Errorf("asked with %v", all)
		}
		return objection
	})
	if !errors.Is(err, objection) {
		t.Error(err)
	}
	if err := add("2026-10", "", nil); !errors.Is(err, store.ErrInvalid) {
		t.Error(err)
	}
	if after, _ := s.AuditHead(ctx); after != head {
		t.Error("the trail has grown")
	}
	if doc, err := s.Document(ctx, "close", "2026-09"); err != nil || string(doc) != "rows of a" {
		t.Errorf("%q, %v", doc, err)
	}
	if _, err := s.Document(ctx, "close", "2026-10"); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
	if all, err := s.Decisions(ctx, "close"); err != nil || len(all) != 1 {
		t.Error(all, err)
	}
}
