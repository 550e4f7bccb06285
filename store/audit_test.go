package store_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/pricing"
	"tokpit/store"
	"tokpit/usage"
)

// audited returns a store with a trail of six rows.
func audited(t testing.TB) *store.Store {
	t.Helper()
	ctx, s := context.Background(), budgetStore(t)
	for n := int64(1); n <= 4; n++ {
		b := allBudget()
		b.Amount = money.FromUnits(n * 100)
		if _, err := s.SetBudgets(ctx, owner(), b); err != nil {
			t.Fatal(err)
		}
	}
	_, err := s.SetBudgets(ctx, owner(), webBudget(t))
	if err := errors.Join(err, s.RemoveBudget(ctx, owner(), "all")); err != nil {
		t.Fatal(err)
	}
	return s
}

func checkAudit(t testing.TB, s *store.Store, noted ...store.AuditHead) store.AuditCheck {
	t.Helper()
	c, err := s.VerifyAudit(context.Background(), noted...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAuditOfASoundTrail(t *testing.T) {
	ctx, s := context.Background(), audited(t)
	head, err := s.AuditHead(ctx)
	if err != nil || head.N != 6 {
		t.Fatal(head, err)
	}
	if c := checkAudit(t, s, head); c.Rows != 6 || c.Head != head || len(c.Problems) != 0 {
		t.Errorf("%+v", c)
	}
	back, err := store.ParseAuditHead(head.String())
	if err != nil || back != head {
		t.Errorf("%s is read as %s, %v", head, back, err)
	}
	for _, text := range []string{"", "6", "6:", "6:abcd", "x:" + head.Hash.String(), "-1:" + head.Hash.String(), ":" + head.Hash.String()} {
		if _, err := store.ParseAuditHead(text); !errors.Is(err, store.ErrHead) {
			t.Errorf("%q: %v", text, err)
		}
	}
	// An earlier head still holds after further changes.
	if _, err := s.SetBudgets(ctx, owner(), allBudget()); err != nil {
		t.Fatal(err)
	}
	if c := checkAudit(t, s, head, store.AuditHead{}); len(c.Problems) != 0 {
		t.Errorf("%q", c.Problems)
	}
	// No store: nothing was decided, but a noted head says otherwise.
	empty := budgetStore(t)
	if c := checkAudit(t, empty); len(c.Problems) != 0 {
		t.Errorf("%q", c.Problems)
	}
	if c := checkAudit(t, empty, head); len(c.Problems) != 1 {
		t.Errorf("the whole store is gone: %q", c.Problems)
	}
}

// Whatever is done to a trail is found, by somebody who knows how to make every
// checksum fit.
func TestTamperedTrail(t *testing.T) {
	ctx := context.Background()
	edit := func(n uint64, f func(*store.AuditRow)) func(store.Tampered) error {
		return func(x store.Tampered) error {
			r := x.Row(n)
			f(&r)
			return x.Put(r)
		}
	}
	for name, c := range map[string]struct {
		spoil func(store.Tampered) error
		noted bool // only a head that was noted elsewhere finds it
	}{
		"another actor":   {spoil: edit(2, func(r *store.AuditRow) { r.Actor.Name = "eve" })},
		"another channel": {spoil: edit(2, func(r *store.AuditRow) { r.Actor.Via = "cockpit" })},
		"another time":    {spoil: edit(3, func(r *store.AuditRow) { r.At = r.At.AddDate(0, 0, 1) })},
		"another amount":  {spoil: edit(1, func(r *store.AuditRow) { r.After = strings.ReplaceAll(r.After, "100", "900") })},
		"the last row":    {spoil: edit(6, func(r *store.AuditRow) { r.Actor.Name = "eve" })},
		"a moved border":  {spoil: edit(2, func(r *store.AuditRow) { r.What, r.Name = r.What+r.Name[:1], r.Name[1:] })},
		"a row dropped":   {spoil: func(x store.Tampered) error { return x.Drop(3) }},
		"the first row":   {spoil: func(x store.Tampered) error { return x.Drop(1) }},
		"two rows swapped": {spoil: func(x store.Tampered) error {
			a, b := x.Row(2), x.Row(3)
			a.N, b.N = 3, 2
			return errors.Join(x.Put(a), x.Put(b))
		}},
		"a row dropped and the rest moved up": {spoil: func(x store.Tampered) error {
			for n := uint64(3); n < 6; n++ {
				r := x.Row(n + 1)
				r.N = n
				if err := x.Put(r); err != nil {
					return err
				}
			}
			return errors.Join(x.Drop(6), x.Rehash(1, 5))
		}},
		"a tail cut off":                {spoil: func(x store.Tampered) error { return x.Drop(6) }},
		"a tail cut off with its head":  {spoil: func(x store.Tampered) error { return errors.Join(x.Drop(6), x.Head(5)) }},
		"a tail and what it decided":    {noted: true, spoil: cutTwo},
		"history made anew":             {noted: true, spoil: remake},
		"a row added behind the change": {spoil: func(x store.Tampered) error { r := x.Row(6); r.N = 7; return x.Put(r) }},
		"a budget changed beside it": {spoil: func(x store.Tampered) error {
			return x.Budget("web & co", `{"amount":"9","currency":"USD","period":"day"}`)
		}},
		"a budget nobody decided": {spoil: func(x store.Tampered) error { return x.Budget("x", `{"amount":"9","currency":"USD","period":"day"}`) }},
		"a budget vanished":       {spoil: func(x store.Tampered) error { return x.Forget("web & co") }},
	} {
		t.Run(name, func(t *testing.T) {
			s := audited(t)
			head, err := s.AuditHead(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Tamper(ctx, c.spoil); err != nil {
				t.Fatal(err)
			}
			if got := checkAudit(t, s, head); len(got.Problems) == 0 {
				t.Error("nothing was found")
			}
			if got := checkAudit(t, s); (len(got.Problems) == 0) != c.noted {
				t.Errorf("without a noted head: %q", got.Problems)
			}
			if got, err := s.Verify(ctx); err != nil || (len(got.Problems) == 0) != c.noted {
				t.Errorf("the check of the whole store: %q, %v", got.Problems, err)
			}
		})
	}
}

// cutTwo takes back the last two changes without a trace in the store.
func cutTwo(x store.Tampered) error {
	before := x.Row(6).Before
	return errors.Join(x.Drop(6), x.Drop(5), x.Head(4), x.Budget("all", before), x.Forget("web & co"))
}

// remake blames somebody else for everything and makes every hash fit.
func remake(x store.Tampered) error {
	for n := uint64(1); n <= 6; n++ {
		r := x.Row(n)
		r.Actor = usage.Actor{Name: "bob", Via: "local"}
		if err := x.Put(r); err != nil {
			return err
		}
	}
	return x.Rehash(1, 6)
}

// Whatever is decided in whatever order, budgets and trail agree, and one
// change of one row is found.
func TestTrailFollowsBudgets(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t
	rapid.Check(t, func(t *rapid.T) {
		s := budgetStore(dir)
		model := make(map[string]int64)
		rows := uint64(0)
		for range rapid.IntRange(1, 8).Draw(t, "changes") {
			name := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "name")
			amount := rapid.Int64Range(0, 3).Draw(t, "amount")
			if amount == 0 {
				err := s.RemoveBudget(ctx, owner(), name)
				if _, had := model[name]; had != (err == nil) {
					t.Fatalf("remove %s: %v", name, err)
				} else if had {
					rows++
				}
				delete(model, name)
				continue
			}
			n, err := s.SetBudgets(ctx, owner(), budget.Budget{Name: name, Amount: money.FromUnits(amount), Currency: "USD", Period: budget.Daily})
			if err != nil || (n == 1) != (model[name] != amount) {
				t.Fatalf("set %s from %d to %d: %d changes, %v", name, model[name], amount, n, err)
			}
			rows, model[name] = rows+uint64(n), amount
		}
		all, err := s.Budgets(ctx)
		if err != nil || len(all) != len(model) {
			t.Fatalf("%d budgets, want %d, %v", len(all), len(model), err)
		}
		for _, b := range all {
			if b.Amount != money.FromUnits(model[b.Name]) {
				t.Fatalf("%s is %s, want %d", b.Name, b.Amount, model[b.Name])
			}
		}
		c, err := s.VerifyAudit(ctx)
		if err != nil || c.Rows != rows || len(c.Problems) != 0 {
			t.Fatalf("%+v, %v; want %d rows", c, err, rows)
		}
		if rows == 0 {
			return
		}
		at := rapid.Uint64Range(1, rows).Draw(t, "row")
		if err := s.Tamper(ctx, func(x store.Tampered) error {
			r := x.Row(at)
			r.Actor.Name += "x"
			return x.Put(r)
		}); err != nil {
			t.Fatal(err)
		}
		if c, err := s.VerifyAudit(ctx); err != nil || len(c.Problems) == 0 {
			t.Fatalf("row %d of %d was changed and nobody saw it, %v", at, rows, err)
		}
	})
}

// Whatever is decided and whatever is then done to the trail, by somebody who
// makes every hash fit again, is found with a head that was noted before.
func TestAnyTamperingIsFound(t *testing.T) {
	t.Parallel()
	ctx, dir := context.Background(), t
	rapid.Check(t, func(t *rapid.T) {
		s := budgetStore(dir)
		rows := rapid.Uint64Range(2, 7).Draw(t, "rows")
		for n := range rows {
			var err error
			switch text := string(rune('a' + n)); rapid.IntRange(0, 2).Draw(t, "kind") {
			case 0:
				err = s.NoteChange(ctx, owner(), store.AuditAdoptPrices, "list", "", text)
			case 1:
				_, err = s.SetDecision(ctx, owner(), "limit", "openai", text)
			default:
				err = s.SetPlans(ctx, owner(), pricing.Plan{Source: "codex", Monthly: money.FromUnits(int64(n) + 1), Currency: "USD", From: at15()})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		head, err := s.AuditHead(ctx)
		if err != nil || head.N != rows {
			t.Fatal(head, err)
		}
		if c, err := s.VerifyAudit(ctx, head); err != nil || len(c.Problems) != 0 {
			t.Fatalf("untouched: %q, %v", c.Problems, err)
		}
		how := rapid.SampledFrom([]string{"edit", "drop", "swap", "cut", "insert"}).Draw(t, "how")
		refit := rapid.Bool().Draw(t, "refit") // make every hash fit again
		at := rapid.Uint64Range(1, rows-1).Draw(t, "at")
		if err := s.Tamper(ctx, func(x store.Tampered) error { return tamper(x, how, at, rows, refit) }); err != nil {
			t.Fatal(err)
		}
		if c, err := s.VerifyAudit(ctx, head); err != nil || len(c.Problems) == 0 {
			t.Fatalf("%s at %d of %d was not found, %v", how, at, rows, err)
		}
	})
}

// tamper does one thing to a trail of so many rows.
func tamper(x store.Tampered, how string, at, rows uint64, refit bool) error {
	last := rows
	var all []store.AuditRow
	for n := uint64(1); n <= rows; n++ {
		all = append(all, x.Row(n))
	}
	i := int(at - 1)
	switch how {
	case "edit":
		all[i].Name += "x"
	case "drop":
		all = slices.Delete(all, i, i+1)
	case "swap":
		all[i], all[i+1] = all[i+1], all[i]
	case "cut":
		all = all[:i+1]
	case "insert":
		all = slices.Insert(all, i, all[i])
	}
	for n := uint64(1); n <= last; n++ {
		if err := x.Drop(n); err != nil {
			return err
		}
	}
	for k, r := range all {
		r.N = uint64(k + 1)
		if err := x.Put(r); err != nil {
			return err
		}
	}
	if refit {
		return x.Rehash(1, uint64(len(all)))
	}
	return nil
}
