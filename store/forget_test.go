package store_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
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

func markOf(d usage.Dimension, value string) (m store.Mark) {
	return sha256.Sum256([]byte("a test's key\x00" + string(d) + "\x00" + value))
}

// forgetting selects by pairs of dimension and value.
func forgetting(pairs ...string) store.Forgetting {
	f := store.Forgetting{Key: [8]byte{1}}
	for i := 0; i < len(pairs); i += 2 {
		d := usage.Dimension(pairs[i])
		f.Select = append(f.Select, store.Selector{Dimension: d, Values: []string{pairs[i+1]}})
		f.Refused = append(f.Refused, store.RefusedTerm{Dimension: d, Marks: []store.Mark{markOf(d, pairs[i+1])}})
	}
	return f
}

func valueOf(r *usage.Record, d string) string {
	if name, ok := strings.CutPrefix(d, "tag:"); ok {
		return r.Tags.Get(name)
	}
	return usage.Dimension(d).Of(&r.Dims)
}

// people invents usage of a few users with long names, among several
// connections.
func people(seed uint64, n int) map[string][]usage.Record {
	rnd := rand.New(rand.NewPCG(seed, 8))
	pick := func(kind string, n int) string {
		if i := rnd.IntN(n + 1); i < n {
			return fmt.Sprintf("%s-%04d-%d", kind, 1000+i, seed)
		}
		return ""
	}
	out := make(map[string][]usage.Record)
	base := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	for i := range n {
		r := usage.Record{ID: fmt.Sprintf("resp_%d_%d", seed, i), Start: base.Add(time.Duration(rnd.IntN(40*24*3600)) * time.Second), Requests: 1}
		r.Source, r.Provider, r.Model, r.Basis = "codex", "openai", "gpt-5", usage.Logged
		r.User, r.Session, r.Project, r.Key = pick("user", 5), pick("session", 20), pick("project", 4), pick("key", 3)
		r.Machine, r.Account, r.Organization, r.Agent = pick("machine", 2), pick("account", 2), pick("org", 2), pick("agent", 2)
		if rnd.IntN(3) == 0 {
			r.Tags = usage.NewTags(map[string]string{"team": pick("team", 3), "env": "x"})
		}
		r.Input, r.Output = rnd.Int64N(5000), rnd.Int64N(900)
		r.Context = r.TotalInput()
		if rnd.IntN(9) == 0 {
			r.Flags = usage.FlagTotalMismatch
		}
		if rnd.IntN(9) == 0 {
			r.Currency, r.Reported = "USD", money.FromUnits(rnd.Int64N(5))
		}
		name := []string{"codex", "claude-code", "acme"}[rnd.IntN(3)]
		out[name] = append(out[name], r)
	}
	return out
}

func populated(t testing.TB, path string, all map[string][]usage.Record, keep func(*usage.Record) bool) *store.Store {
	t.Helper()
	s := store.New(path, store.Options{Edges: edges(), Now: func() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }})
	s.SetBlockSize(16)
	for _, name := range []string{"acme", "claude-code", "codex"} {
		var b usage.Batch
		for _, r := range all[name] {
			if !keep(&r) {
				continue
			}
			if name == "acme" {
				b.Slices = append(b.Slices, usage.Slice{Kind: "responses/" + r.ID, Start: r.Start, Records: []usage.Record{r}})
			} else {
				b.Records = append(b.Records, r)
			}
		}
		if _, err := s.Commit(context.Background(), name, b); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// TestForgettingIsNeverHavingHad: a store that forgets something says what a
// store says that never had it, and no byte of it is left.
func TestForgettingIsNeverHavingHad(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	rounds := uint64(3)
	switch {
	case soak():
		rounds = 60
	case testing.Short():
		rounds = 1
	}
	for seed := range rounds {
		all := people(seed, 400)
		for _, pairs := range [][]string{{"user", "user-1001"}, {"session", "session-1003"}, {"project", "project-1000"}, {"key", "key-1001"}, {"machine", "machine-1000"},
			{"account", "account-1001"}, {"organization", "org-1000"}, {"agent", "agent-1000"}, {"tag:team", "team-1001"}, {"user", "user-1002", "project", "project-1001"}, {"user", "nobody-at-all"}} {
			for i := 1; i < len(pairs); i += 2 {
				pairs[i] = fmt.Sprintf("%s-%d", pairs[i], seed)
			}
			name := strings.Join(pairs, " ")
			fits := func(r *usage.Record) bool {
				for i := 0; i < len(pairs); i += 2 {
					if valueOf(r, pairs[i]) != pairs[i+1] {
						return false
					}
				}
				return true
			}
			dir := t.TempDir()
			s := populated(t, filepath.Join(dir, "a.db"), all, func(*usage.Record) bool { return true })
			without := populated(t, filepath.Join(dir, "b.db"), all, func(r *usage.Record) bool { return !fits(r) })
			want := int64(0)
			for _, rs := range all {
				for i := range rs {
					if fits(&rs[i]) {
						want++
					}
				}
			}
			before, err := read(s)
			if err != nil {
				t.Fatal(err)
			}
			look, err := s.Forgettable(ctx, forgetting(pairs...))
			if err != nil || look.Records != want {
				t.Fatalf("%s: %d records would go, want %d; %v", name, look.Records, want, err)
			}
			if same, err := read(s); err != nil || !before.equal(same) {
				t.Fatalf("%s: looking changed something: %v", name, err)
			}
			receipt, left, err := s.Forget(ctx, usage.Local(), forgetting(pairs...))
			if err != nil || receipt.Records != want || len(left) > 0 {
				t.Fatalf("%s: %d records went, want %d; left %v; %v", name, receipt.Records, want, left, err)
			}
			inOrder(t, s)
			got, err1 := read(s)
			ref, err2 := read(without)
			if err1 != nil || err2 != nil || !reflect.DeepEqual(got.figures(), ref.figures()) {
				t.Fatalf("%s: %d records and %d cells are left, want %d and %d; %v %v", name, len(got.records), got.fine.Len(), len(ref.records), ref.fine.Len(), err1, err2)
			}
			if len(pairs) == 2 {
				absent(t, s, pairs[1])
			}
		}
	}
}

func inOrder(t testing.TB, s *store.Store) {
	t.Helper()
	if check, err := s.Verify(context.Background()); err != nil || len(check.Problems) > 0 {
		t.Fatalf("%q, %v", check.Problems, err)
	}
	if check, err := s.VerifyAudit(context.Background()); err != nil || len(check.Problems) > 0 {
		t.Fatalf("trail: %q, %v", check.Problems, err)
	}
}

// absent is what strings and grep say of the file.
func absent(t testing.TB, s *store.Store, texts ...string) {
	t.Helper()
	for _, path := range []string{s.Path(), s.Path() + ".lock", s.Path() + ".new"} {
		file, err := os.ReadFile(path)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		for _, text := range texts {
			if bytes.Contains(file, []byte(text)) {
				t.Fatalf("%s still has %q in it", filepath.Base(path), text)
			}
		}
	}
}

// TestForgettingANameEverywhere: names with their history, limits, bad rows,
// cursors, budgets, decisions, documents, alerts, messages and the trail.
func TestForgettingANameEverywhere(t *testing.T) {
	ctx := context.Background()
	const id, mail, friend = "user-7f3a9c", "ann.lee@example.com", "Ann Lee"
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	s := store.New(filepath.Join(t.TempDir(), "tokpit.db"), store.Options{Edges: edges(), Now: func() time.Time { return now }})
	record := func(id, user string) usage.Record {
		r := usage.Record{ID: id, Start: now, Requests: 1, Dims: usage.Dims{Source: "openai", Provider: "openai", Model: "gpt-5", User: user, Basis: usage.Reported}}
		r.Input, r.Context = 10, 10
		return r
	}
	b := usage.Batch{Records: []usage.Record{record("a", id), record("b", "user-7f3a9cd"), record("c", "bob")}, NamedAt: now,
		Entities: []usage.Entity{{Kind: usage.ByUser, ID: id, Name: friend, Hint: mail}, {Kind: usage.ByUser, ID: "bob", Name: "Bob"},
			{Kind: usage.ByKey, ID: "key-1", Name: friend + "'s key", Hint: "sk-…ab"}},
		Standing:    &usage.Standing{At: now, Limits: []usage.SpendLimit{{Scope: usage.ByUser, ID: id, Currency: "USD", Amount: money.FromUnits(3)}, {Scope: usage.ByUser, ID: "bob", Currency: "USD"}}},
		Quarantined: []usage.Quarantined{{File: "/logs/" + id + ".jsonl", Line: 3, Reason: "not JSON"}, {File: "/logs/x.jsonl", Line: 1, Reason: "not " + id}, {File: "/logs/x.jsonl", Line: 2, Reason: "not JSON"}},
		Cursors:     usage.Cursors{"f:/logs/" + id + ".jsonl": []byte("5"), "s:x": []byte("\x0b" + id), "f:/logs/x.jsonl": []byte("7")}}
	if _, err := s.Commit(ctx, "openai", b); err != nil {
		t.Fatal(err)
	}
	renamed := usage.Batch{NamedAt: now.Add(time.Hour), Entities: []usage.Entity{{Kind: usage.ByUser, ID: id, Name: "Ann Smith", Hint: mail}}}
	if _, err := s.Commit(ctx, "openai", renamed); err != nil {
		t.Fatal(err)
	}
	budgets := []budget.Budget{{Name: friend, Amount: money.FromUnits(7), Currency: "USD", Period: budget.Monthly, Zone: "UTC", Scope: budget.Scope{usage.ByUser: {id, "bob"}}},
		{Name: "all", Amount: money.FromUnits(7), Currency: "USD", Period: budget.Monthly, Zone: "UTC"}}
	if _, err := s.SetBudgets(ctx, usage.Local(), budgets...); err != nil {
		t.Fatal(err)
	}
	noted, err := s.AuditHead(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SetDecision(ctx, usage.Local(), "limit", "of "+id, `{"v":1,"scope":"user=`+id+`","amount":"12"}`); err != nil {
		t.Fatal(err)
	}
	if err := s.PutDocument(ctx, "scenario", "x", []byte(`{"scope":"user=`+id+`","n":7}`)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Enqueue(ctx, budget.Delivery{Key: "digest " + id, Channel: "mail", To: "owner@example.com", Subject: friend, Body: budget.Body{Text: mail + " spent"}, Created: now}); err != nil {
		t.Fatal(err)
	}
	f := forgetting("user", id)
	f.Also = []string{mail, friend, "Ann Smith"}
	receipt, left, err := s.Forget(ctx, usage.Local(), f)
	if err != nil || len(left) > 0 {
		t.Fatalf("left %v, %v", left, err)
	}
	inOrder(t, s)
	if check, err := s.VerifyAudit(ctx, noted); err != nil || len(check.Problems) > 0 {
		t.Errorf("a head that was noted: %q, %v", check.Problems, err)
	}
	file, err := os.ReadFile(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	absent(t, s, mail, friend, "Ann Smith")
	if n := bytes.Count(file, []byte(id)) - bytes.Count(file, []byte("user-7f3a9cd")); n != 0 {
		t.Errorf("the id stands there %d times", n)
	}
	text, _ := receipt.Encode()
	if strings.Contains(text, id) || receipt.Records != 1 || receipt.Quarantined != 2 || receipt.Cursors != 2 || receipt.AuditRows != 2 || receipt.SizeAfter == 0 {
		t.Errorf("receipt %s", text)
	}
	all, err := s.Budgets(ctx)
	if err != nil || len(all) != 2 || len(all[1].Scope[usage.ByUser]) != 2 || !strings.HasPrefix(all[1].Name, "forgotten-") {
		t.Errorf("budgets %+v, %v", all, err)
	}
	list, err := s.Forgotten(ctx)
	if err != nil || len(list) != 1 || !reflect.DeepEqual(list[0].Terms, f.Refused) || list[0].Records != 1 {
		t.Errorf("list %+v, %v", list, err)
	}
	rows, err := s.Audit(ctx)
	if last := rows[len(rows)-1]; err != nil || last.What != store.AuditForget || last.After != text {
		t.Errorf("the trail ends with %+v, %v", last, err)
	}
	// Once more, and off the list again.
	if _, _, err := s.Forget(ctx, usage.Local(), f); err != nil {
		t.Fatal(err)
	}
	if list, err = s.Forgotten(ctx); err != nil || len(list) != 1 || list[0].Records != 1 {
		t.Errorf("list %+v, %v", list, err)
	}
	if err := s.AllowForgotten(ctx, usage.Local(), list[0].ID); err != nil {
		t.Fatal(err)
	}
	if list, err = s.Forgotten(ctx); err != nil || len(list) != 0 {
		t.Errorf("list %+v, %v", list, err)
	}
	inOrder(t, s)
}
