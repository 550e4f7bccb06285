package store_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
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

// pseudonym is a test's stand-in for a keyed one.
func pseudonym(user string) string {
	if strings.HasPrefix(user, "user-p") {
		return user
	}
	sum := sha256.Sum256([]byte(user))
	return "user-p" + hex.EncodeToString(sum[:6])
}

// renaming renames users, in scopes of limits too, and in those of documents of
// the kind "scoped", which are "=" and a scope in JSON.
func renaming() store.Renaming {
	renameScope := func(scope budget.Scope, user func(string) string) {
		for i, u := range scope[usage.ByUser] {
			scope[usage.ByUser][i] = user(u)
		}
	}
	return store.Renaming{User: pseudonym, Key: [8]byte{7}, Scoped: map[string]func(name, text string, user func(string) string) (string, error){
		budget.KindLimit: func(name, text string, user func(string) string) (string, error) {
			l, err := budget.DecodeLimit(name, text)
			renameScope(l.Scope, user)
			return l.Encode(), err
		},
		"scoped": func(_, text string, user func(string) string) (string, error) {
			var d struct{ Scope, Note string }
			if err := json.Unmarshal([]byte(text), &d); err != nil {
				return "", err
			}
			scope, err := budget.ParseScope(d.Scope)
			if err != nil {
				return "", err
			}
			renameScope(scope, user)
			d.Scope = scope.String()
			out, err := json.Marshal(d)
			return string(out), err
		},
	}}
}

// renamed is what people would be, had there been pseudonyms from the beginning.
func renamed(all map[string][]usage.Record) map[string][]usage.Record {
	out := make(map[string][]usage.Record)
	for name, records := range all {
		for _, rec := range records {
			if rec.User != "" {
				rec.User = pseudonym(rec.User)
			}
			out[name] = append(out[name], rec)
		}
	}
	return out
}

// readInto commits everything, in slices what a provider says.
func readInto(t testing.TB, s *store.Store, all map[string][]usage.Record) (added int64) {
	t.Helper()
	for name, records := range all {
		b := usage.Batch{Records: records}
		if name == "acme" {
			b.Records = nil
			for i, r := range records {
				b.Slices = append(b.Slices, usage.Slice{Kind: fmt.Sprint("responses/", i), Start: r.Start, Records: []usage.Record{r}})
			}
		}
		got, err := s.Commit(context.Background(), name, b)
		if err != nil {
			t.Fatal(err)
		}
		added += got.Added + got.Replaced
	}
	return added
}

func stocked(t testing.TB, path string, all map[string][]usage.Record) *store.Store {
	t.Helper()
	s := store.New(path, store.Options{Edges: edges(), Now: func() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }})
	s.SetBlockSize(16)
	readInto(t, s, all)
	return s
}

// TestRenamingIsHavingHadPseudonyms: a store whose users got pseudonyms later is
// the store that had them from the beginning, in every figure; looking changes
// nothing; reading everything again changes nothing; no name is left in the file.
func TestRenamingIsHavingHadPseudonyms(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for seed := range uint64(3) {
		dir := t.TempDir()
		all, r := people(20+seed, 2500), renaming()
		s := stocked(t, filepath.Join(dir, "a.db"), all)
		ref, err := read(stocked(t, filepath.Join(dir, "b.db"), renamed(all)))
		if err != nil {
			t.Fatal(err)
		}
		before, err := read(s)
		if err != nil {
			t.Fatal(err)
		}
		look, err := s.Renamable(ctx, r)
		if err != nil || look.Records == 0 || look.Users != 5 {
			t.Fatal(look, err)
		}
		if same, err := read(s); err != nil || !before.equal(same) {
			t.Fatalf("%d: looking changed something: %v", seed, err)
		}
		receipt, did, err := s.Rename(ctx, usage.Local(), r)
		if err != nil || did.Records != look.Records || receipt.Records != look.Records || receipt.Users != 5 || receipt.SizeAfter == 0 || len(did.Left) > 0 {
			t.Fatalf("%d: %+v, left %v, %v", seed, receipt, did.Left, err)
		}
		inOrder(t, s)
		check := func(when string) {
			t.Helper()
			got, err := read(s)
			if err != nil || !reflect.DeepEqual(got.figures(), ref.figures()) {
				t.Fatalf("%d, %s: %d records and %d cells, want %d and %d; %v", seed, when, len(got.records), got.fine.Len(), len(ref.records), ref.fine.Len(), err)
			}
		}
		check("renamed")
		for i := range 5 {
			absent(t, s, fmt.Sprintf("user-%d-%d", 1000+i, 20+seed))
		}
		if added := readInto(t, s, renamed(all)); added > 0 {
			t.Errorf("read again: %d records are new", added)
		}
		check("read again")
		if receipt, did, err := s.Rename(ctx, usage.Local(), r); err != nil || did.Any() || receipt.ID != "" {
			t.Errorf("once more: %+v, %v", receipt, err)
		}
		if rows, err := s.Audit(ctx); err != nil || len(rows) != 1 || rows[0].What != store.AuditRename {
			t.Errorf("%+v, %v", rows, err)
		}
	}
}

// TestRenamedEverywhere: names that providers give, limits and every scope follow,
// with the trail that quotes them, whatever a user is called; words of people's own
// and what is proof stay, and are said to.
func TestRenamedEverywhere(t *testing.T) {
	ctx := context.Background()
	const id, mail, friend = "user-7f3a9c", "ann.lee@example.com", "Ann Lee"
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	s := store.New(filepath.Join(t.TempDir(), "tokpit.db"), store.Options{Edges: edges(), Now: func() time.Time { return now }})
	b := usage.Batch{NamedAt: now,
		Entities: []usage.Entity{{Kind: usage.ByUser, ID: id, Name: friend, Hint: mail}, {Kind: usage.ByKey, ID: "key-1", Name: "ann's key", Hint: "sk-…ab"}},
		Standing: &usage.Standing{At: now, Limits: []usage.SpendLimit{{Scope: usage.ByUser, ID: id, Currency: "USD", Amount: money.FromUnits(3), Note: "of " + mail}}},
		Cursors:  usage.Cursors{"f:/logs/" + id + ".jsonl": []byte("5")}}
	users := []string{id, "7", `a\,b=c`, "openai", "yes"}
	for i, user := range users {
		r := usage.Record{ID: fmt.Sprint(i), Start: now, Requests: 1, Dims: usage.Dims{Source: "openai", Provider: "openai", Model: "gpt-5", User: user, Basis: usage.Reported}}
		r.Input, r.Context = 10, 10
		b.Records = append(b.Records, r)
	}
	if _, err := s.Commit(ctx, "openai", b); err != nil {
		t.Fatal(err)
	}
	scope := budget.Scope{usage.ByUser: append([]string{"nobody@example.com"}, users...), usage.ByProvider: {"openai"}}
	plain := budget.Budget{Name: "all", Amount: money.FromUnits(7), Currency: "USD", Period: budget.Monthly, Zone: "UTC"}
	named := plain
	named.Name, named.Scope, named.Notify = friend, scope, []string{"mail:" + mail}
	if _, err := s.SetBudgets(ctx, usage.Local(), named, plain); err != nil {
		t.Fatal(err)
	}
	noted, err := s.AuditHead(ctx)
	if err != nil {
		t.Fatal(err)
	}
	limit := budget.Limit{Name: friend, Provider: "openai", Kind: budget.LimitKinds()[0], Amount: money.FromUnits(9), Currency: "USD", Period: budget.Monthly, Zone: "UTC",
		Scope: budget.Scope{usage.ByUser: users}, Note: "user=" + id}
	kept := map[string]string{"close": `{"user":"` + id + `"}`, "import-map": "user = \"" + id + "\"\n", budget.KindBilling: `{"v":1,"provider":"openai","state":"yes","account":"user=7"}`}
	for kind, text := range kept {
		if _, err := s.SetDecision(ctx, usage.Local(), kind, "yes", text); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{friend: limit.Encode(), "bad": `{"scope":"user=` + id + `"}`} {
		if _, err := s.SetDecision(ctx, usage.Local(), budget.KindLimit, name, text); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"x": `{"Scope":"` + strings.ReplaceAll(budget.Scope{usage.ByUser: users}.String(), `\`, `\\`) + `","Note":"user=7"}`, "bad": `{"Scope":"user"}`} {
		if err := s.PutDocument(ctx, "scoped", name, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Enqueue(ctx, budget.Delivery{Key: "digest " + id, Channel: "mail", To: mail, Subject: friend, Body: budget.Body{Text: mail + " spent"}, Created: now}); err != nil {
		t.Fatal(err)
	}
	_, did, err := s.Rename(ctx, usage.Local(), renaming())
	if err != nil {
		t.Fatal(err)
	}
	inOrder(t, s)
	if check, err := s.VerifyAudit(ctx, noted); err != nil || len(check.Problems) > 0 {
		t.Errorf("a head that was noted: %q, %v", check.Problems, err)
	}
	where := map[string]bool{}
	for _, m := range did.Left {
		where[m.Where] = true
	}
	want := map[string]bool{"meta": true, "cursors/openai": true, "budgets": true, "decisions": true, "documents": true, "outbox": true, "audit": true}
	if !reflect.DeepEqual(where, want) || did.Ordinary != 2 || did.Users != 6 {
		t.Errorf("left %v (%d ordinary of %d), want %v", where, did.Ordinary, did.Users, want)
	}
	all, err := s.Budgets(ctx)
	if err != nil || len(all) != 2 || all[0].Name != friend || len(all[0].Scope[usage.ByUser]) != len(users)+1 || all[0].Notify[0] != "mail:"+mail {
		t.Fatalf("budgets %+v, %v", all, err)
	}
	decided := func(kind string) map[string]string {
		out := map[string]string{}
		all, err := s.Decisions(ctx, kind)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range all {
			out[d.Name] = d.Text
		}
		return out
	}
	is, err := budget.DecodeLimit(friend, decided(budget.KindLimit)[friend])
	if err != nil || is.Note != limit.Note || decided(budget.KindLimit)["bad"] != `{"scope":"user=`+id+`"}` {
		t.Errorf("limits %q, %v", decided(budget.KindLimit), err)
	}
	document, err := s.Document(ctx, "scoped", "x")
	if err != nil {
		t.Fatal(err)
	}
	var d struct{ Scope, Note string }
	if err := json.Unmarshal(document, &d); err != nil || d.Note != "user=7" {
		t.Errorf("%s, %v", document, err)
	}
	scoped, err := budget.ParseScope(d.Scope)
	if err != nil {
		t.Fatal(err)
	}
	for _, user := range users {
		dims := usage.Dims{User: pseudonym(user), Provider: "openai"}
		if !all[0].Scope.Holds(&dims) || !is.Scope.Holds(&dims) || !scoped.Holds(&dims) {
			t.Errorf("a scope does not follow %q: %v, %v, %v", user, all[0].Scope, is.Scope, scoped)
		}
	}
	for kind, text := range kept {
		if got := decided(kind)["yes"]; got != text {
			t.Errorf("%s %s", kind, got)
		}
	}
	entities, err := s.Entities(ctx)
	if err != nil || len(entities["openai"]) != 1 || entities["openai"][0].Name != "ann's key" {
		t.Errorf("names %+v, %v", entities, err)
	}
	standings, err := s.Standings(ctx)
	if err != nil || standings["openai"].Limits[0].ID != pseudonym(id) {
		t.Errorf("limits %+v, %v", standings, err)
	}
}

// TestRenamingTooLong: a decision that would become too long stays, with what the
// trail says of it, and is said to.
func TestRenamingTooLong(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := stocked(t, filepath.Join(t.TempDir(), "tokpit.db"), people(8, 50))
	l := budget.Limit{Name: "all", Provider: "openai", Kind: budget.LimitKinds()[0], Amount: money.FromUnits(9), Currency: "USD", Period: budget.Monthly, Zone: "UTC",
		Scope: budget.Scope{usage.ByUser: nil}}
	for i := range 5000 {
		l.Scope[usage.ByUser] = append(l.Scope[usage.ByUser], fmt.Sprint("u", i))
	}
	if _, err := s.SetDecision(ctx, usage.Local(), budget.KindLimit, l.Name, l.Encode()); err != nil {
		t.Fatal(err)
	}
	_, did, err := s.Rename(ctx, usage.Local(), renaming())
	if err != nil || did.Records == 0 || len(did.Left) == 0 || did.Left[0].Where != "decisions" {
		t.Fatalf("%+v, %v", did, err)
	}
	inOrder(t, s)
	if all, err := s.Decisions(ctx, budget.KindLimit); err != nil || len(all) != 1 || all[0].Text != l.Encode() {
		t.Errorf("the limit is another one: %v", err)
	}
}

// TestRenamingPruned: what was kept of days whose records are pruned names no user,
// and stays.
func TestRenamingPruned(t *testing.T) {
	ctx := context.Background()
	all, dir := people(31, 1500), t.TempDir()
	prune := func(s *store.Store) *store.Store {
		t.Helper()
		if _, err := s.Prune(ctx, owner(), store.Pruning{Before: time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC), Cells: true}); err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := prune(stocked(t, filepath.Join(dir, "a.db"), all))
	ref, err := read(prune(stocked(t, filepath.Join(dir, "b.db"), renamed(all))))
	if err != nil {
		t.Fatal(err)
	}
	if _, did, err := s.Rename(ctx, usage.Local(), renaming()); err != nil || did.Records == 0 || len(did.Left) > 0 {
		t.Fatal(did, err)
	}
	inOrder(t, s)
	got, err := read(s)
	if err != nil || !reflect.DeepEqual(got.figures(), ref.figures()) {
		t.Fatalf("%d cells, want %d; %v", got.fine.Len(), ref.fine.Len(), err)
	}
	absent(t, s, "user-1001-31")
}
