package store_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/pricing"
	"tokpit/store"
	"tokpit/usage"
)

// looking are the verbs that change nothing.
func looking() []string {
	return []string{"Alerts", "Audit", "AuditHead", "Budgets", "Coverage", "Cube", "Cursors", "Decisions", "Deliveries", "Document", "Documents",
		"Entities", "Exists", "Horizon", "Kinds", "Path", "Plans", "Quarantined", "Records", "RecordsCube", "Setting", "Standings", "Status", "Verify", "VerifyAudit",
		"Backup",                          // writes beside the store
		"Forgettable", "FinishForgetting", // what was forgotten is cleared away, by whoever may
		"Renamable",
		"Forgotten",
		"View"}
}

// changing calls every verb that changes something, as somebody, so that it
// would. Those of programs take nobody.
func changing(s *store.Store, by usage.Actor) (people, programs map[string]func(context.Context) error) {
	now := at15()
	limit := allBudget()
	limit.Amount = money.FromUnits(7)
	plan := pricing.Plan{Source: "codex", Monthly: money.FromUnits(20), Currency: "USD", From: at15().AddDate(0, 0, -3)}
	people = map[string]func(context.Context) error{
		"SetBudgets":    func(c context.Context) error { _, err := s.SetBudgets(c, by, limit); return err },
		"ReplaceBudget": func(c context.Context) error { _, err := s.ReplaceBudget(c, by, nil, limit); return err },
		"RemoveBudget":  func(c context.Context) error { return s.RemoveBudget(c, by, "all") },
		"SetPlans":      func(c context.Context) error { return s.SetPlans(c, by, plan) },
		"RemovePlans":   func(c context.Context) error { _, err := s.RemovePlans(c, by, "claude-code"); return err },
		"SetDecision":   func(c context.Context) error { _, err := s.SetDecision(c, by, "limit", "openai", "9"); return err },
		"SetDecisions": func(c context.Context) error {
			_, err := s.SetDecisions(c, by, "limit", store.Decision{Name: "openai", Text: "9"})
			return err
		},
		"AddDecision": func(c context.Context) error {
			return s.AddDecision(c, by, "close", store.Decision{Name: "2026-10", Text: "9"}, []byte("y"), nil)
		},
		"RemoveDecision": func(c context.Context) error { return s.RemoveDecision(c, by, "limit", "openai") },
		"NoteChange":     func(c context.Context) error { return s.NoteChange(c, by, store.AuditAdoptPrices, "x", "", "y") },
		"Acknowledge":    func(c context.Context) error { _, err := s.Acknowledge(c, by, "all", "", now); return err },
		"Snooze": func(c context.Context) error {
			_, err := s.Snooze(c, by, "all", "", now.AddDate(0, 0, 1), now)
			return err
		},
		"RetryDelivery": func(c context.Context) error { return s.RetryDelivery(c, by, "k", now) },
		"Prune": func(c context.Context) error {
			_, err := s.Prune(c, by, store.Pruning{Before: now.AddDate(0, 0, -17).Truncate(24 * time.Hour), Cells: true})
			return err
		},
		"Reopen": func(c context.Context) error { return s.Reopen(c, by, now.AddDate(-1, 0, 0).Truncate(24*time.Hour)) },
		"Forget": func(c context.Context) error { _, _, err := s.Forget(c, by, forgetting("session", "s-2")); return err },
		"Rename": func(c context.Context) error {
			_, _, err := s.Rename(c, by, renaming())
			return err
		},
		"AllowForgotten": func(c context.Context) error {
			id := "none"
			if all, err := s.Forgotten(c); err == nil && len(all) > 0 {
				id = all[0].ID
			}
			return s.AllowForgotten(c, by, id)
		},
		"Restore": func(c context.Context) error { _, err := s.Restore(c, by, copyOf(s), true); return err },
	}
	programs = map[string]func(context.Context) error{
		"Commit":           func(context.Context) error { return write(s) },
		"RecordSync":       func(c context.Context) error { return s.RecordSync(c, store.Sync{Connection: "claude-code", At: now}) },
		"SetSetting":       func(c context.Context) error { return s.SetSetting(c, "zone", "Asia/Tokyo") },
		"PutDocument":      func(c context.Context) error { return s.PutDocument(c, "view", "x", []byte("y")) },
		"RemoveConnection": func(c context.Context) error { return s.RemoveConnection(c, "claude-code", true) },
		"Rebuild":          s.Rebuild,
		"EnsureEdges": func(c context.Context) error {
			return store.New(s.Path(), store.Options{Reader: true, Edges: usage.Edges{5}}).EnsureEdges(c)
		},
		"Enqueue": func(c context.Context) error {
			_, err := s.Enqueue(c, budget.NewDelivery("new", "slack", "s", budget.Body{}, now))
			return err
		},
		"UpdateAlerts": func(c context.Context) error {
			_, err := s.UpdateAlerts(c, func(budget.Alerts) (budget.Alerts, []budget.Delivery, error) { return budget.Alerts{}, nil, nil })
			return err
		},
		"ClaimDue":       func(c context.Context) error { _, err := s.ClaimDue(c, "one", now, 0, nil); return err },
		"FinishDelivery": func(c context.Context) error { return s.FinishDelivery(c, "k", "one", nil, now) },
		"Compact":        func(c context.Context) error { _, err := s.Compact(c); return err },
	}
	return people, programs
}

// copyOf copies a store's file as it is and returns where to.
func copyOf(s *store.Store) string {
	b, _ := os.ReadFile(s.Path())
	to := s.Path() + ".copy"
	_ = os.WriteFile(to, b, 0o600)
	return to
}

// A reader changes nothing: neither by a verb that takes an actor, whoever's
// handle it is, nor by any verb of a reader's handle. A new verb must be put
// into one of the three lists.
func TestReadersChangeNothing(t *testing.T) {
	ctx, s := context.Background(), alertStore(t)
	fixed(t, s)
	_, err1 := s.SetDecision(ctx, owner(), "limit", "openai", "5")
	_, err2 := s.Enqueue(ctx, budget.NewDelivery("k", "slack", "s", budget.Body{}, at15()))
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	decide(t, s, spentOf(t, 900, at15()))
	before := fileOf(t, s)

	eve := usage.Actor{Name: "eve", Via: "server", Reader: true}
	people, _ := changing(s, eve)
	hers := store.New(s.Path(), store.Options{Reader: true})
	peopleByHandle, programs := changing(hers, owner())
	listed := slices.Concat(looking(), slices.Collect(maps.Keys(people)), slices.Collect(maps.Keys(programs)),
		[]string{"SetBlockSize", "AddMigrations", "HoldForWriting", "Tamper", "TamperRedacted", "FinishAll"}) // of the tests
	kind := reflect.TypeFor[*store.Store]()
	for i := range kind.NumMethod() {
		if name := kind.Method(i).Name; !slices.Contains(listed, name) {
			t.Errorf("%s: does it change anything? Put it into a list", name)
		}
	}
	for as, list := range map[string]map[string]func(context.Context) error{"a reader": people, "a reader's handle": peopleByHandle, "a program on it": programs} {
		for name, change := range list {
			if err := change(ctx); !errors.Is(err, store.ErrReader) {
				t.Errorf("%s, %s: %v", as, name, err)
			}
		}
	}
	if fileOf(t, s) != before {
		t.Fatal("the file has changed")
	}
	if _, err := hers.Budgets(ctx); err != nil {
		t.Errorf("looking: %v", err)
	}
	old := store.New(unpack(t, "v1.db.gz"), store.Options{Reader: true})
	if _, err := old.Plans(ctx); !errors.Is(err, store.ErrReader) {
		t.Errorf("a reader migrates: %v", err)
	}

	// All of that would have been changes.
	mine, programs := changing(s, owner())
	for _, name := range []string{"SetBudgets", "SetPlans", "SetDecision", "AddDecision", "NoteChange", "Acknowledge", "Snooze", "RetryDelivery", "RemovePlans", "RemoveDecision",
		"SetDecisions", "RemoveBudget", "ReplaceBudget", "Forget", "Rename", "AllowForgotten", "Prune", "Reopen", "Restore"} {
		head, _ := s.AuditHead(ctx)
		err := mine[name](ctx)
		if after, _ := s.AuditHead(ctx); err != nil || after.N <= head.N {
			t.Errorf("%s by an owner left no row, %v", name, err)
		}
		delete(mine, name)
	}
	for _, name := range []string{"Commit", "RecordSync", "SetSetting", "PutDocument", "Enqueue", "ClaimDue", "FinishDelivery", "UpdateAlerts", "Rebuild", "RemoveConnection", "Compact"} {
		before := fileOf(t, s)
		// A file that is compact already may stay as it is.
		if err := programs[name](ctx); err != nil || fileOf(t, s) == before && name != "Compact" {
			t.Errorf("%s changed nothing, %v", name, err)
		}
	}
	if len(mine) > 0 {
		t.Errorf("%d verbs were not tried", len(mine))
	}
	sound(t, s)
}

// What a name makes of a trail: nothing, if it cannot be told apart.
func TestWhoIsBounded(t *testing.T) {
	ctx, s := context.Background(), alertStore(t)
	if err := s.NoteChange(ctx, usage.Actor{Name: strings.Repeat("x", 2000)}, "note", "n", "", ""); !errors.Is(err, store.ErrInvalid) {
		t.Error(err)
	}
	for _, what := range []string{"", "set budget", "remove plan", "found plan", "set x", store.AuditSnooze, store.AuditAcknowledge, store.AuditRetry, strings.Repeat("x", 2000)} {
		if err := s.NoteChange(ctx, owner(), what, "all", "", "{}"); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%.20q: %v", what, err)
		}
	}
	bad := allBudget()
	bad.Name = "a\xff"
	if _, err := s.SetBudgets(ctx, owner(), bad); !errors.Is(err, budget.ErrInvalid) {
		t.Errorf("a name that is no text: %v", err)
	}
}
