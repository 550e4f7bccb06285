package store_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
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

// pseudonym is a test's stand-in for a keyed one.
func pseudonym(d, value string) string {
	if strings.HasPrefix(value, d+"-p") {
		return value
	}
	sum := sha256.Sum256([]byte(value))
	return d + "-p" + hex.EncodeToString(sum[:6])
}

func renaming(dims ...usage.Dimension) store.Renaming {
	r := store.Renaming{Names: make(map[usage.Dimension]func(string) string), Key: [8]byte{7}}
	for _, d := range dims {
		r.Names[d] = func(value string) string { return pseudonym(string(d), value) }
		if d == usage.BySession {
			r.ID = func(id string) string { return pseudonym("id", id) }
		}
	}
	return r
}

// renamed is what people would be, had there been pseudonyms from the beginning.
func renamed(all map[string][]usage.Record, r store.Renaming) map[string][]usage.Record {
	out := make(map[string][]usage.Record)
	for name, records := range all {
		for _, rec := range records {
			for d, to := range map[usage.Dimension]*string{usage.ByUser: &rec.User, usage.BySession: &rec.Session, usage.ByProject: &rec.Project, usage.ByKey: &rec.Key,
				usage.ByMachine: &rec.Machine, usage.ByAccount: &rec.Account, usage.ByOrganization: &rec.Organization, usage.ByAgent: &rec.Agent, usage.ByEnvironment: &rec.Environment} {
				if r.Names[d] != nil && *to != "" {
					*to = r.Names[d](*to)
				}
			}
			if r.ID != nil {
				rec.ID = r.ID(rec.ID)
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

// TestRenamingIsHavingHadPseudonyms: whatever has pseudonyms, a store that got them
// later is the store that had them from the beginning, in every figure; reading
// everything again changes nothing; and no name is left in the file.
func TestRenamingIsHavingHadPseudonyms(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for seed, dims := range [][]usage.Dimension{{usage.ByUser}, {usage.ByUser, usage.BySession}, {usage.ByProject, usage.ByKey, usage.ByAgent},
		{usage.ByUser, usage.ByMachine, usage.ByAccount, usage.ByOrganization, usage.BySession, usage.ByProject, usage.ByKey, usage.ByAgent}} {
		dir := t.TempDir()
		all, r := people(uint64(20+seed), 2500), renaming(dims...)
		r.Setting.Name, r.Setting.Value = "privacy/x", "noted"
		s := stocked(t, filepath.Join(dir, "a.db"), all)
		ref, err := read(stocked(t, filepath.Join(dir, "b.db"), renamed(all, r)))
		if err != nil {
			t.Fatal(err)
		}
		before, err := read(s)
		if err != nil {
			t.Fatal(err)
		}
		look, err := s.Renamable(ctx, r)
		if err != nil || look.Records == 0 {
			t.Fatal(look, err)
		}
		if same, err := read(s); err != nil || !before.equal(same) {
			t.Fatalf("%v: looking changed something: %v", dims, err)
		}
		receipt, did, err := s.Rename(ctx, usage.Local(), r)
		if err != nil || did.Records != look.Records || receipt.Records != look.Records || receipt.SizeAfter == 0 {
			t.Fatalf("%v: %+v, %v", dims, receipt, err)
		}
		inOrder(t, s)
		check := func(when string) {
			t.Helper()
			got, err := read(s)
			if err != nil || !reflect.DeepEqual(got.figures(), ref.figures()) {
				t.Fatalf("%v, %s: %d records and %d cells, want %d and %d; %v", dims, when, len(got.records), got.fine.Len(), len(ref.records), ref.fine.Len(), err)
			}
		}
		check("renamed")
		if v, err := s.Setting(ctx, "privacy/x"); err != nil || v != "noted" {
			t.Errorf("%q, %v", v, err)
		}
		for _, records := range all {
			for i := range records {
				for _, d := range dims {
					if v := d.Of(&records[i].Dims); v != "" && i < 60 && len(did.Left) == 0 {
						absent(t, s, v)
					}
				}
			}
		}
		if len(did.Left) > 0 {
			t.Errorf("%v: left %+v", dims, did.Left)
		}
		if added := readInto(t, s, renamed(all, r)); added > 0 {
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

// TestRenamedEverywhere: names, limits, coverage, budgets, decisions, documents,
// alerts, messages and the trail follow; addresses of the owner's, and what is
// proof, stay; and what still names anybody is said to.
func TestRenamedEverywhere(t *testing.T) {
	ctx := context.Background()
	const id, mail, friend = "user-7f3a9c", "ann.lee@example.com", "Ann Lee"
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	s := store.New(filepath.Join(t.TempDir(), "tokpit.db"), store.Options{Edges: edges(), Now: func() time.Time { return now }})
	record := func(id, user string) usage.Record {
		r := usage.Record{ID: id, Start: now, Requests: 1, Dims: usage.Dims{Source: "openai", Provider: "openai", Model: "gpt-5", User: user, Account: "acme-corp", Basis: usage.Reported}}
		r.Input, r.Context = 10, 10
		return r
	}
	b := usage.Batch{Records: []usage.Record{record("a", id), record("b", "user-7f3a9cd"), record("c", "al")}, NamedAt: now,
		Entities: []usage.Entity{{Kind: usage.ByUser, ID: id, Name: friend, Hint: mail}, {Kind: usage.ByKey, ID: "key-1", Name: friend + "'s key", Hint: "sk-…ab"}},
		Covered:  []usage.Coverage{{Provider: "openai", Account: "acme-corp", Basis: usage.Reported, Span: usage.Span{Since: now.Truncate(24 * time.Hour), Until: now.Truncate(24 * time.Hour).Add(24 * time.Hour)}}},
		Standing: &usage.Standing{At: now, Limits: []usage.SpendLimit{{Scope: usage.ByUser, ID: id, Currency: "USD", Amount: money.FromUnits(3), Note: "mail to " + mail}}},
		Cursors:  usage.Cursors{"f:/logs/" + id + ".jsonl": []byte("5")}}
	if _, err := s.Commit(ctx, "openai", b); err != nil {
		t.Fatal(err)
	}
	budgets := []budget.Budget{{Name: friend, Amount: money.FromUnits(7), Currency: "USD", Period: budget.Monthly, Zone: "UTC", Notify: []string{"mail"},
		Scope: budget.Scope{usage.ByUser: {"al", id, "nobody@example.com"}}}, {Name: "all", Amount: money.FromUnits(7), Currency: "USD", Period: budget.Monthly, Zone: "UTC"}}
	if _, err := s.SetBudgets(ctx, usage.Local(), budgets...); err != nil {
		t.Fatal(err)
	}
	noted, err := s.AuditHead(ctx)
	if err != nil {
		t.Fatal(err)
	}
	limit := `{"v":1,"scope":"project=x\\,y,user=` + id + `","amount":"12"}`
	for kind, text := range map[string]string{"limit": limit, "close": `{"user":"` + id + `"}`, "import-map": "user = \"" + id + "\"\n"} {
		if _, err := s.SetDecision(ctx, usage.Local(), kind, "one", text); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.PutDocument(ctx, "scenario", "x", []byte(`{"scope":"user=`+id+`","notify":"`+mail+`","n":7}`)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Enqueue(ctx, budget.Delivery{Key: "digest " + id, Channel: "mail", To: mail, Subject: friend, Body: budget.Body{Text: mail + " spent"}, Created: now}); err != nil {
		t.Fatal(err)
	}
	r := renaming(usage.ByUser, usage.ByAccount)
	_, did, err := s.Rename(ctx, usage.Local(), r)
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
	want := map[string]bool{"cursors/openai": true, "decisions": true, "documents": true, "outbox": true, "audit": true}
	if !reflect.DeepEqual(where, want) || did.Ordinary != 1 {
		t.Errorf("left %v (%d ordinary), want %v", where, did.Ordinary, want)
	}
	absent(t, s, friend, "acme-corp")
	p := pseudonym("user", id)
	decided := func(kind string) string {
		all, err := s.Decisions(ctx, kind)
		if err != nil || len(all) != 1 {
			t.Fatal(all, err)
		}
		return all[0].Text
	}
	all, err := s.Budgets(ctx)
	if err != nil || len(all) != 2 || all[1].Name != p || len(all[1].Scope[usage.ByUser]) != 3 {
		t.Errorf("budgets %+v, %v", all, err)
	}
	for _, v := range []string{"al", id, "nobody@example.com"} {
		if !all[1].Scope.Holds(&usage.Dims{User: pseudonym("user", v)}) {
			t.Errorf("the budget does not follow %s", v)
		}
	}
	if got := decided("limit"); got != `{"v":1,"scope":"project=x\\,y,user=`+strings.ReplaceAll(p, "=", `\\=`)+`","amount":"12"}` {
		t.Errorf("limit %s", got)
	}
	if got := decided("import-map"); !strings.Contains(got, id) {
		t.Errorf("map %s", got)
	}
	entities, err := s.Entities(ctx)
	if err != nil || len(entities["openai"]) != 1 || entities["openai"][0].Name != p+"'s key" {
		t.Errorf("names %+v, %v", entities, err)
	}
	covered, err := s.Coverage(ctx)
	if err != nil || len(covered["openai"]) != 1 || covered["openai"][0].Account != pseudonym("account", "acme-corp") {
		t.Errorf("coverage %+v, %v", covered, err)
	}
	file, err := os.ReadFile(s.Path())
	if err != nil || !strings.Contains(string(file), p) {
		t.Errorf("no pseudonym in the file: %v", err)
	}
}

// TestRenamingSums: of days whose records are pruned the sums are renamed; ids
// that are known by digests only keep sessions from being renamed.
func TestRenamingSums(t *testing.T) {
	ctx := context.Background()
	all, dir := people(31, 1500), t.TempDir()
	r := renaming(usage.ByUser, usage.ByProject, usage.ByKey)
	prune := func(s *store.Store) *store.Store {
		t.Helper()
		if _, err := s.Prune(ctx, owner(), store.Pruning{Before: time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC), Cells: true}); err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := prune(stocked(t, filepath.Join(dir, "a.db"), all))
	ref, err := read(prune(stocked(t, filepath.Join(dir, "b.db"), renamed(all, r))))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Rename(ctx, usage.Local(), renaming(usage.BySession)); !errors.Is(err, store.ErrDigests) {
		t.Errorf("sessions: %v", err)
	}
	inOrder(t, s)
	if _, did, err := s.Rename(ctx, usage.Local(), r); err != nil || did.Sums == 0 || len(did.Left) > 0 {
		t.Fatal(did, err)
	}
	inOrder(t, s)
	got, err := read(s)
	if err != nil || !reflect.DeepEqual(got.figures(), ref.figures()) {
		t.Fatalf("%d cells, want %d; %v", got.fine.Len(), ref.fine.Len(), err)
	}
	absent(t, s, "project-1001-31", "key-1001-31", "user-1001-31")
}
