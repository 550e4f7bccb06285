package cmd_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"tokpit/pricing"
	"tokpit/store"
	"tokpit/usage"
	"tokpit/usage/demo"
)

// A demo store that was made by a program with other made-up data is made anew;
// what somebody has changed in one of today's stays.
func TestAnOldDemoIsMadeAnew(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.vars["TOKPIT_NOW"] = ""
	list := func() string {
		t.Helper()
		r := m.run("--demo", "budget", "list")
		if r.status != 0 {
			t.Fatal(r.stderr)
		}
		return r.stdout
	}
	fresh := list()
	for _, b := range demo.Budgets() {
		if !strings.Contains(fresh, b.Name) {
			t.Errorf("no budget %s in\n%s", b.Name, fresh)
		}
	}
	if r := m.run("--demo", "budget", "set", "support-bot", "--amount", "77"); r.status != 0 {
		t.Fatal(r.stderr)
	}
	m.vars["TOKPIT_NOW"] = demo.DefaultNow().Add(time.Hour).Format(time.RFC3339) // brings newer data in
	changed := list()
	if !strings.Contains(changed, "77.00") {
		t.Errorf("what was changed is lost:\n%s", changed)
	}
	ctx := context.Background()
	s := store.New(m.path(".local/share/tokpit/demo.db"), store.Options{Edges: pricing.Embedded().Edges(), Now: time.Now, Holder: "test"})
	made, err := s.Setting(ctx, "demo")
	if err != nil || !strings.Contains(made, demo.Edition) {
		t.Fatalf("%q, %v", made, err)
	}
	if err := s.SetSetting(ctx, "demo", strings.ReplaceAll(made, demo.Edition, "2025-01-01")); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveBudget(ctx, usage.Local(), "company"); err != nil {
		t.Fatal(err)
	}
	if again := list(); again != fresh {
		t.Errorf("an old demo says\n%swant\n%s", again, fresh)
	}
}
