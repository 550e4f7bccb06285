package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/store"
	"tokpit/usage"
)

// Decisions come back as they were set, by kind, and each change leaves a row.
func TestDecisions(t *testing.T) {
	ctx, s := context.Background(), budgetStore(t)
	if all, err := s.Decisions(ctx, "limit"); err != nil || len(all) != 0 {
		t.Fatal(all, err)
	}
	for _, step := range []struct {
		kind, name, text string
		changed          bool
	}{{"limit", "openai", "a", true}, {"limit", "openai", "a", false}, {"limit", "openai", "b\n\"é", true}, {"grant", "openai", "a", true}, {"limit", "anthropic", "c", true}} {
		if changed, err := s.SetDecision(ctx, owner(), step.kind, step.name, step.text); err != nil || changed != step.changed {
			t.Errorf("%+v: %v, %v", step, changed, err)
		}
	}
	if got, err := s.Decisions(ctx, "limit"); err != nil || !reflect.DeepEqual(got, []store.Decision{{Name: "anthropic", Text: "c"}, {Name: "openai", Text: "b\n\"é"}}) {
		t.Errorf("%+v, %v", got, err)
	}
	long := strings.Repeat("x", 1<<20)
	for _, bad := range [][3]string{{"", "n", "t"}, {"Limit", "n", "t"}, {"a b", "n", "t"}, {"budget", "n", "t"}, {"plan", "n", "t"}, {long, "n", "t"},
		{"limit", "", "t"}, {"limit", long, "t"}, {"limit", "\xff", "t"}, {"limit", "n", ""}, {"limit", "n", long}, {"limit", "n", "\xff"}, {"a\x00b", "n", "t"}} {
		if _, err := s.SetDecision(ctx, owner(), bad[0], bad[1], bad[2]); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%.10q: %v", bad, err)
		}
		if bad[2] == "t" {
			if err := s.RemoveDecision(ctx, owner(), bad[0], bad[1]); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("removing %.10q: %v", bad, err)
			}
		}
	}
	if n, err := s.SetDecisions(ctx, owner(), "limit", store.Decision{Name: "x", Text: "1"}, store.Decision{Name: "openai", Text: ""}); !errors.Is(err, store.ErrInvalid) || n != 0 {
		t.Errorf("all or none: %d, %v", n, err)
	}
	if n, err := s.SetDecisions(ctx, owner(), "limit", store.Decision{Name: "x", Text: "1"}, store.Decision{Name: "x", Text: "2"}); !errors.Is(err, store.ErrInvalid) || n != 0 {
		t.Errorf("twice: %d, %v", n, err)
	}
	if err := s.RemoveDecision(ctx, owner(), "limit", "openai"); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveDecision(ctx, owner(), "limit", "openai"); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
	rows, err := s.Audit(ctx)
	if err != nil || len(rows) != 5 {
		t.Fatal(len(rows), err)
	}
	if r := rows[1]; r.What != "set limit" || r.Name != "openai" || r.Before != "a" || r.After != "b\n\"é" {
		t.Errorf("%+v", r)
	}
	if r := rows[4]; r.What != "remove limit" || r.Before != "b\n\"é" || r.After != "" {
		t.Errorf("%+v", r)
	}
	sound(t, s)
}

// Setting and removing plans leaves rows, and setting the same again none.
func TestPlansAreAudited(t *testing.T) {
	ctx, s := context.Background(), budgetStore(t)
	plan := pricing.Plan{Source: "codex", Monthly: dollars(t, "20.5"), Currency: "USD", From: at15().AddDate(0, -1, 0).Truncate(24 * 3600e9)}
	ended := plan
	ended.To = at15()
	next := pricing.Plan{Source: "codex", Monthly: money.FromUnits(60), Currency: "USD", From: at15()}
	for i, set := range [][]pricing.Plan{{plan}, {plan}, {ended, next}, {next}} {
		if err := s.SetPlans(ctx, owner(), set...); err != nil {
			t.Fatal(i, err)
		}
	}
	n, err := s.RemovePlans(ctx, owner(), "codex")
	if _, err2 := s.RemovePlans(ctx, owner(), "codex"); err != nil || err2 != nil || n != 2 {
		t.Fatal(n, err, err2)
	}
	rows, err := s.Audit(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, r := range rows {
		said = append(said, fmt.Sprintf("%s %s: %s > %s", r.What, r.Name, r.Before, r.After))
	}
	first := `{"monthly":"20.5","currency":"USD","from":"2026-10-20"}`
	second := `{"monthly":"20.5","currency":"USD","from":"2026-10-20","to":"2026-11-20T15:00:00.000Z"}`
	third := `{"monthly":"60","currency":"USD","from":"2026-11-20T15:00:00.000Z"}`
	want := []string{"set plan codex from 2026-10-20:  > " + first, "set plan codex from 2026-10-20: " + first + " > " + second,
		"set plan codex from 2026-11-20T15:00:00.000Z:  > " + third,
		"remove plan codex from 2026-10-20: " + second + " > ", "remove plan codex from 2026-11-20T15:00:00.000Z: " + third + " > "}
	if !reflect.DeepEqual(said, want) {
		t.Errorf("the trail says\n%s", strings.Join(said, "\n"))
	}
	sound(t, s)
}

// Plans and decisions that are not what the trail says are found, as budgets are.
func TestTamperedDecisions(t *testing.T) {
	ctx := context.Background()
	plan := pricing.Plan{Source: "codex", Monthly: money.FromUnits(20), Currency: "USD", From: at15()}
	for name, spoil := range map[string]func(store.Tampered) error{
		"a plan changed":   func(x store.Tampered) error { p := plan; p.Monthly = money.FromUnits(1); return x.Plan(p) },
		"a plan added":     func(x store.Tampered) error { p := plan; p.Source = "claude-code"; return x.Plan(p) },
		"a plan vanished":  func(x store.Tampered) error { return x.Lose("plans") },
		"a bit of a plan":  func(x store.Tampered) error { return x.Flip("plans") },
		"a limit changed":  func(x store.Tampered) error { return x.Decision("limit", "openai", "1") },
		"a limit added":    func(x store.Tampered) error { return x.Decision("limit", "web", "1") },
		"another kind":     func(x store.Tampered) error { return x.Move("decisions", "limit\x00openai", "grant\x00openai") },
		"a limit vanished": func(x store.Tampered) error { return x.Lose("decisions") },
		"a bit of a limit": func(x store.Tampered) error { return x.Flip("decisions") },
		"its row edited": func(x store.Tampered) error {
			r := x.Row(2)
			r.After = "1"
			return errors.Join(x.Put(r), x.Rehash(1, 2))
		},
		"a plan's row moved": func(x store.Tampered) error {
			r := x.Row(1)
			r.Name = "codex from 2026-01-01"
			return errors.Join(x.Put(r), x.Rehash(1, 2))
		},
	} {
		s := budgetStore(t)
		_, err := s.SetDecision(ctx, owner(), "limit", "openai", "500")
		if err := errors.Join(s.SetPlans(ctx, owner(), plan), err); err != nil {
			t.Fatal(err)
		}
		head, err := s.AuditHead(ctx)
		if err := errors.Join(err, s.Tamper(ctx, spoil)); err != nil {
			t.Fatal(err)
		}
		if name != "its row edited" && name != "a plan's row moved" {
			head = store.AuditHead{}
		}
		if c := checkAudit(t, s, head); len(c.Problems) == 0 {
			t.Errorf("%s: nothing was found", name)
		}
		if c, err := s.Verify(ctx); err != nil || len(c.Problems) == 0 {
			t.Errorf("%s: the check of the whole store finds nothing, %v", name, err)
		}
	}
}

// A store from before plans were audited gives no false alarm, and from then on
// a plan that is changed beside the trail is found.
func TestPlansOfEarlierStores(t *testing.T) {
	ctx := context.Background()
	for _, file := range []string{"v1.db.gz", "v2.db.gz", "v3.db.gz"} {
		s := store.New(unpack(t, file), store.Options{Now: at15})
		if c := checkAudit(t, s); len(c.Problems) != 0 {
			t.Errorf("%s: %q", file, c.Problems)
		}
		plans, err := s.Plans(ctx)
		if err != nil || len(plans) != 1 {
			t.Fatal(plans, err)
		}
		p := plans[0]
		p.Monthly = money.FromUnits(3)
		if err := s.Tamper(ctx, func(x store.Tampered) error { return x.Plan(p) }); err != nil {
			t.Fatal(err)
		}
		if c := checkAudit(t, s); len(c.Problems) != 1 {
			t.Errorf("%s: %q", file, c.Problems)
		}
	}
}

// A damaged trail, or a damaged plan, does not keep an old store shut.
func TestDamageInEarlierStores(t *testing.T) {
	ctx := context.Background()
	for what, spoil := range map[string]func(*bolt.Tx) error{
		"head": func(tx *bolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte("audit"), []byte("nonsense")) },
		"plan": func(tx *bolt.Tx) error {
			k, v := tx.Bucket([]byte("plans")).Cursor().First()
			return tx.Bucket([]byte("plans")).Put(bytes.Clone(k), append(bytes.Clone(v), 1))
		},
	} {
		path := unpack(t, "v3.db.gz")
		withBolt(t, path, spoil)
		s := store.New(path, store.Options{Now: at15})
		if cube, err := s.Cube(ctx, usage.Span{}, false); err != nil || cube.Len() == 0 {
			t.Errorf("%s: %v", what, err)
		}
		if c, err := s.Verify(ctx); err != nil || len(c.Problems) == 0 {
			t.Errorf("%s: a check finds nothing, %v", what, err)
		}
		if _, err := s.SetDecision(ctx, owner(), "limit", "openai", "1"); errors.Is(err, store.ErrCorrupt) != (what == "head") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// Whatever is decided in whatever order, decisions, plans and trail agree.
func TestTrailFollowsDecisions(t *testing.T) {
	t.Parallel()
	ctx, dir := context.Background(), t
	rapid.Check(t, func(t *rapid.T) {
		s := budgetStore(dir)
		model := make(map[string]string)
		for range rapid.IntRange(1, 10).Draw(t, "changes") {
			kind, name := rapid.SampledFrom([]string{"limit", "grant"}).Draw(t, "kind"), rapid.SampledFrom([]string{"a", "b"}).Draw(t, "name")
			switch text := rapid.SampledFrom([]string{"", "1", "2", "plan"}).Draw(t, "text"); text {
			case "":
				err := s.RemoveDecision(ctx, owner(), kind, name)
				if (err == nil) != (model[kind+name] != "") {
					t.Fatalf("remove: %v", err)
				}
				delete(model, kind+name)
			case "plan":
				p := pricing.Plan{Source: name, Monthly: money.FromUnits(rapid.Int64Range(0, 2).Draw(t, "fee")), Currency: "USD", From: at15()}
				if p.Monthly.IsZero() {
					if _, err := s.RemovePlans(ctx, owner(), name); err != nil {
						t.Fatal(err)
					}
				} else if err := s.SetPlans(ctx, owner(), p); err != nil {
					t.Fatal(err)
				}
			default:
				changed, err := s.SetDecision(ctx, owner(), kind, name, text)
				if err != nil || changed != (model[kind+name] != text) {
					t.Fatalf("set: %v, %v", changed, err)
				}
				model[kind+name] = text
			}
		}
		for _, kind := range []string{"limit", "grant"} {
			all, err := s.Decisions(ctx, kind)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range all {
				if model[kind+d.Name] != d.Text {
					t.Fatalf("%s %s is %q, want %q", kind, d.Name, d.Text, model[kind+d.Name])
				}
				delete(model, kind+d.Name)
			}
		}
		if len(model) != 0 {
			t.Fatalf("missing: %v", model)
		}
		if c, err := s.Verify(ctx); err != nil || len(c.Problems) != 0 {
			t.Fatalf("%q, %v", c.Problems, err)
		}
	})
}
