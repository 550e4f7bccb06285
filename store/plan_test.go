package store_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/store"
)

// Plans are set together or not at all, and never cover a day twice.
func TestSetPlans(t *testing.T) {
	ctx := context.Background()
	s := store.New(filepath.Join(t.TempDir(), "tokpit.db"), store.Options{})
	date := func(text string) time.Time {
		d, err := time.Parse(time.DateOnly, text)
		if text != "" && err != nil {
			t.Fatal(err)
		}
		return d
	}
	plan := func(source string, fee int64, from, to string) pricing.Plan {
		p := pricing.Plan{Source: source, Monthly: money.FromUnits(fee), Currency: "USD", From: date(from)}
		if to != "" {
			p.To = date(to)
		}
		return p
	}
	want := func(n int) {
		t.Helper()
		if plans, err := s.Plans(ctx); err != nil || len(plans) != n {
			t.Fatalf("%d plans, %v; want %d", len(plans), err, n)
		}
	}
	if err := s.SetPlans(ctx, owner(), plan("claude-code", 200, "2026-05-01", ""), plan("codex", 20, "2026-05-01", "")); err != nil {
		t.Fatal(err)
	}
	want(2)
	for name, plans := range map[string][]pricing.Plan{
		"over a stored one":    {plan("codex", 60, "2026-09-01", "")},
		"over each other":      {plan("gateway", 1, "2026-01-01", ""), plan("gateway", 2, "2026-02-01", "2026-03-01")},
		"the same one twice":   {plan("gateway", 1, "2026-01-01", ""), plan("gateway", 2, "2026-01-01", "")},
		"a good and a bad one": {plan("gateway", 1, "2026-01-01", ""), plan("codex", 60, "2026-09-01", "")},
	} {
		if err := s.SetPlans(ctx, owner(), plans...); !errors.Is(err, store.ErrOverlap) {
			t.Errorf("%s: %v", name, err)
		}
		want(2)
	}
	// Ending a plan and beginning the next is one step.
	if err := s.SetPlans(ctx, owner(), plan("codex", 20, "2026-05-01", "2026-09-01"), plan("codex", 60, "2026-09-01", "")); err != nil {
		t.Fatal(err)
	}
	want(3)
}
