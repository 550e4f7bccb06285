package store_test

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/store"
	"tokpit/usage"
)

func owner() usage.Actor { return usage.Actor{Name: "ann", Via: "local"} }

func dollars(t testing.TB, text string) money.Amount {
	t.Helper()
	a, err := money.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// webBudget has something in every field.
func webBudget(t testing.TB) budget.Budget {
	t.Helper()
	warn, err := budget.ParseThresholds("50%,80%,forecast:100%,450.000000000000000001")
	if err != nil {
		t.Fatal(err)
	}
	return budget.Budget{Name: "web & co", Amount: dollars(t, "500.000000000000000001"), Currency: "USD", Period: budget.Quarterly,
		Anchor: budget.Anchor{Month: 4, Day: 6}, Zone: "Europe/Zurich", Warn: warn, Hard: true, Notify: []string{"mail:ann@example.com", "slack"},
		Scope: budget.Scope{usage.ByProvider: {"openai"}, usage.ByProject: {"api", "web, \"1\""}, "tag:team": {""}}}
}

func allBudget() budget.Budget {
	return budget.Budget{Name: "all", Amount: money.FromUnits(1000), Currency: "EUR", Period: budget.Monthly}
}

// fixed3 is what testdata/v3.db.gz holds. It must never change.
func fixed3(t testing.TB, s *store.Store) {
	t.Helper()
	fixed2(t, s)
	ctx := context.Background()
	more := allBudget()
	more.Amount = money.FromUnits(1200)
	_, err1 := s.SetBudgets(ctx, owner(), allBudget(), webBudget(t))
	_, err2 := s.SetBudgets(ctx, usage.Actor{Name: "bob", Via: "cockpit"}, more)
	_, err3 := s.SetBudgets(ctx, owner(), budget.Budget{Name: "brief", Amount: money.FromUnits(1), Currency: "USD", Period: budget.Daily})
	if err := errors.Join(err1, err2, err3, s.RemoveBudget(ctx, owner(), "brief")); err != nil {
		t.Fatal(err)
	}
}

func budgetStore(t testing.TB) *store.Store {
	t.Helper()
	now := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	return store.New(filepath.Join(t.TempDir(), "tokpit.db"), store.Options{Now: func() time.Time { now = now.Add(time.Minute); return now }})
}

// Budgets come back as they were set, all or none, and each change leaves a row
// that says who made it.
func TestSetBudgets(t *testing.T) {
	ctx, s := context.Background(), budgetStore(t)
	if all, err := s.Budgets(ctx); err != nil || len(all) != 0 {
		t.Fatalf("an absent store has %d budgets, %v", len(all), err)
	}
	if n, err := s.SetBudgets(ctx, owner(), webBudget(t), allBudget()); err != nil || n != 2 {
		t.Fatal(n, err)
	}
	got, err := s.Budgets(ctx)
	if err != nil || !reflect.DeepEqual(got, []budget.Budget{allBudget(), webBudget(t)}) {
		t.Fatalf("%+v, %v", got, err)
	}
	revision := func() uint64 {
		st, err := s.Status(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return st.Revision
	}
	before := revision()
	if n, err := s.SetBudgets(ctx, owner(), webBudget(t)); err != nil || n != 0 || revision() != before {
		t.Errorf("the same again: %d changes, %v, revision %d after %d", n, err, revision(), before)
	}
	bad, changed := allBudget(), webBudget(t)
	bad.Amount, changed.Hard = money.Amount{}, false
	for name, list := range map[string][]budget.Budget{"no amount": {changed, bad}, "twice": {changed, changed}} {
		if _, err := s.SetBudgets(ctx, owner(), list...); !errors.Is(err, budget.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	reader := usage.Actor{Name: "eve", Via: "local", Reader: true}
	if _, err := s.SetBudgets(ctx, reader, changed); !errors.Is(err, store.ErrReader) {
		t.Errorf("a reader sets a budget: %v", err)
	}
	if err := s.RemoveBudget(ctx, reader, "all"); !errors.Is(err, store.ErrReader) {
		t.Errorf("a reader removes a budget: %v", err)
	}
	for _, name := range []string{"none", "", strings.Repeat("x", 1<<16)} {
		if err := s.RemoveBudget(ctx, owner(), name); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("removing %.10q: %v", name, err)
		}
	}
	if revision() != before {
		t.Error("something refused was written")
	}
	if err := s.RemoveBudget(ctx, usage.Actor{Name: "bob", Via: "cockpit"}, "all"); err != nil {
		t.Fatal(err)
	}
	rows, err := s.Audit(ctx)
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	last := rows[2]
	if last.N != 3 || last.Actor != (usage.Actor{Name: "bob", Via: "cockpit"}) || last.What != store.AuditRemoveBudget || last.Name != "all" ||
		last.Before != `{"amount":"1000","currency":"EUR","period":"month"}` || last.After != "" || last.Previous != rows[1].Hash || last.At.IsZero() {
		t.Errorf("%+v", last)
	}
	if rows[0].At.Equal(last.At) {
		t.Error("every row has one time")
	}
}

// A budget under another's name, or with a wrong bit, is damage.
func TestDamagedBudgets(t *testing.T) {
	ctx := context.Background()
	for name, spoil := range map[string]func(store.Tampered) error{
		"no JSON": func(x store.Tampered) error { return x.Budget("all", "{") },
		"no amount": func(x store.Tampered) error {
			return x.Budget("all", `{"amount":"x","currency":"EUR","period":"month"}`)
		},
		"no such time": func(x store.Tampered) error { return x.Budget("all", `{"amount":"1","currency":"EUR","period":"eon"}`) },
		"odd threshold": func(x store.Tampered) error {
			return x.Budget("all", `{"amount":"1","currency":"EUR","period":"day","warn":["x"]}`)
		},
	} {
		s := budgetStore(t)
		if _, err := s.SetBudgets(ctx, owner(), allBudget()); err != nil {
			t.Fatal(err)
		}
		if err := s.Tamper(ctx, spoil); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Budgets(ctx); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
		if c, err := s.Verify(ctx); err != nil || len(c.Problems) == 0 {
			t.Errorf("%s: a check finds nothing, %v", name, err)
		}
	}
}
