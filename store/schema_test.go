package store_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/store"
	"tokpit/usage"
)

var update = flag.Bool("update", false, "write what the stored files say; the files themselves are written once and stay")

// fixed is what testdata/v1.db.gz holds. It must never change.
func fixed(t testing.TB, s *store.Store) {
	t.Helper()
	ctx := context.Background()
	day := func(d, h, m, s, ms int) time.Time { return time.Date(2026, 11, d, h, m, s, ms*1e6, time.UTC) }
	dims := usage.Dims{Source: "claude-code", Account: "a1", Provider: "anthropic", Organization: "org", Environment: "prod",
		Project: "alpha", Key: "key-1", User: "ann", Agent: "explore", Session: "s-1", Machine: "m1", Model: "claude-opus-4-5",
		Tier: "priority", Region: "eu", Tags: usage.NewTags(map[string]string{"team": "core"}), Basis: usage.Logged}
	plain := usage.Dims{Source: "claude-code", Provider: "anthropic", Model: "claude-haiku-4-5", Session: "s-2", Basis: usage.Logged}
	bucket := usage.Dims{Source: "openai", Provider: "openai", Model: "gpt-5", Basis: usage.Reported, Band: usage.Band{Lo: 0, End: 200_000}}
	batches := []struct {
		name string
		usage.Batch
	}{
		{"claude-code", usage.Batch{
			Records: []usage.Record{
				{ID: "msg_1", Start: day(1, 0, 0, 0, 0), Dims: dims, Context: 1111, Requests: 1,
					Tokens: usage.Tokens{Input: 1, CacheRead: 10, CacheWrite5m: 100, CacheWrite1h: 1000, Output: 7, Reasoning: 3}},
				{ID: "msg_2", Start: day(1, 23, 59, 59, 999), UsageAt: day(2, 0, 0, 1, 0), Dims: plain, Context: 250_000, Requests: 1,
					SideChain: true, Tokens: usage.Tokens{Input: 250_000, Output: 1}, Flags: usage.FlagParentMissing | usage.FlagTotalMismatch,
					Quantities: []usage.Quantity{{Meter: "web_search", N: 2}}},
				{ID: "msg_3", Start: day(1, 23, 59, 59, 999), Dims: plain, Context: usage.Absent, Requests: usage.Absent,
					Tokens: usage.Tokens{Input: 5}, Currency: "EUR", Reported: money.FromAtto(-12345)},
			},
			Cursors:     usage.Cursors{"/logs/a.jsonl": []byte("v1 100"), "/logs/empty.jsonl": {}},
			Quarantined: []usage.Quarantined{{File: "/logs/a.jsonl", Line: 7, Reason: "not JSON"}},
		}},
		{"openai", usage.Batch{Slices: []usage.Slice{{Kind: "completions/1h", Start: day(2, 5, 0, 0, 0), Records: []usage.Record{
			{ID: "gpt-5//", Start: day(2, 5, 0, 0, 0), End: day(2, 6, 0, 0, 0), Dims: bucket, Context: usage.Absent, Requests: 12,
				Tokens: usage.Tokens{Input: 999, Output: 111}},
		}}}}},
		{"claude-code", usage.Batch{Records: []usage.Record{
			{ID: "msg_1", Start: day(1, 0, 0, 1, 0), Dims: plain, Context: 2000, Requests: 1, Tokens: usage.Tokens{Input: 2000}},
		}}},
	}
	for _, b := range batches {
		if _, err := s.Commit(ctx, b.name, b.Batch); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(
		s.RecordSync(ctx, store.Sync{Connection: "claude-code", At: day(3, 0, 0, 0, 0), Files: 2, Pending: 1,
			Places: []usage.Place{{Path: "/home/ann/.claude", Why: "default", Found: true, Files: 2}}}),
		s.SetSetting(ctx, "zone", "Europe/Zurich"),
		s.SetPlans(ctx, owner(), pricing.Plan{Source: "claude-code", Monthly: money.FromUnits(200), Currency: "USD", From: day(1, 0, 0, 0, 0)}),
		s.PutDocument(ctx, "view", "mine", []byte(`{"by":"model"}`)),
	); err != nil {
		t.Fatal(err)
	}
}

// everythingIn is a store's content as JSON, for people to read in a diff.
func everythingIn(t testing.TB, s *store.Store) []byte {
	t.Helper()
	ctx := context.Background()
	c, err := read(s)
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		Slot  usage.Slot
		Width uint8
		Dims  usage.Dims
		usage.Measures
	}
	rows := func(c *usage.Cube) (out []row) {
		for i := range c.Len() {
			out = append(out, row{c.Slot[i], c.Width[i], c.Sets[c.Set[i]], c.MeasuresAt(i)})
		}
		return out
	}
	st, err1 := s.Status(ctx)
	for i := range st.Connections {
		for k := range st.Connections[i].Sync.Places {
			st.Connections[i].Sync.Places[k].Err = nil
		}
	}
	quarantined, err2 := s.Quarantined(ctx, 0)
	plans, err3 := s.Plans(ctx)
	zone, err4 := s.Setting(ctx, "zone")
	document, err5 := s.Document(ctx, "view", "mine")
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		t.Fatal(err)
	}
	said := map[string]any{"records": c.records, "cursors": c.cursors, "cells": rows(c.coarse),
		"days": rows(c.fine), "revision": st.Revision, "edges": st.Edges, "connections": st.Connections, "quarantined": quarantined,
		"coverage": c.coverage, "entities": c.entities, "standings": c.standings,
		"plans": plans, "zone": zone, "document": string(document)}
	decidedIn(t, s, said)
	out, err := json.MarshalIndent(said, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return append(out, '\n')
}

// decidedIn adds what people decided and were told. Of what there is none in a
// store there is no word, so that earlier files say what they always said.
func decidedIn(t testing.TB, s *store.Store, said map[string]any) {
	t.Helper()
	ctx := context.Background()
	budgets, err1 := s.Budgets(ctx)
	trail, err2 := s.Audit(ctx)
	alerts, err3 := s.Alerts(ctx)
	deliveries, err4 := s.Deliveries(ctx)
	limits, err5 := s.Decisions(ctx, "limit")
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		t.Fatal(err)
	}
	if len(budgets) > 0 {
		said["budgets"] = budgets
	}
	if len(trail) > 0 {
		said["audit"] = trail
	}
	if h, err := s.Horizon(ctx); err != nil {
		t.Fatal(err)
	} else if !h.Records.IsZero() {
		said["horizon"] = h
	}
	if len(alerts.Alerts) > 0 {
		said["alerts"], said["deliveries"], said["limits"] = alerts, deliveries, limits
	}
}

// withoutPlans is what a store says without the rows of the trail about plans,
// and so without the numbers and hashes of the others: before schema 4 setting a
// plan left no row.
func withoutPlans(t testing.TB, said []byte) string {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal(said, &all); err != nil {
		t.Fatal(err)
	}
	var kept []any
	rows, _ := all["audit"].([]any)
	for _, row := range rows {
		r := row.(map[string]any)
		if r["What"] == store.AuditSetPlan || r["What"] == store.AuditFoundPlan {
			continue
		}
		delete(r, "N")
		delete(r, "Hash")
		delete(r, "Previous")
		kept = append(kept, r)
	}
	all["audit"] = kept
	out, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// unpack copies a stored file to a temporary place.
func unpack(t testing.TB, name string) string {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "tokpit.db")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestStoredV1 opens a file that the first version wrote: it is migrated, and
// says the same for ever.
func TestStoredV1(t *testing.T) { stored(t, "v1", fixed) }

// TestStoredV2: schema 2 has amounts in cells, names, coverage and standings.
func TestStoredV2(t *testing.T) { stored(t, "v2", fixed2) }

// TestStoredV3: schema 3 has budgets and the trail of who changed them.
func TestStoredV3(t *testing.T) { stored(t, "v3", fixed3) }

// TestStoredV4: schema 4 has decisions, what has been told to whom, and what is
// to be sent; its trail covers plans.
func TestStoredV4(t *testing.T) { stored(t, "v4", fixed4) }

// TestStoredV5: schema 5 has a horizon with sums before it, and knows what was
// taken back.
func TestStoredV5(t *testing.T) { stored(t, "v5", fixed5) }

// fixed5 is what testdata/v5.db.gz holds. It must never change.
func fixed5(t testing.TB, s *store.Store) {
	t.Helper()
	ctx := context.Background()
	fixed4(t, s)
	_, err1 := s.Commit(ctx, "claude-code", usage.Batch{Removed: []usage.Removed{{ID: "msg_3"}}})
	_, err2 := s.Prune(ctx, owner(), store.Pruning{Before: time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC), Cells: true})
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
}

// stored compares a stored file with what is written today. It must open, and
// take new records.
func stored(t *testing.T, version string, fill func(testing.TB, *store.Store)) {
	opt := store.Options{Edges: usage.NewEdges([]int64{200_000}), Now: func() time.Time { return time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC) }}
	file, says := version+".db.gz", filepath.Join("testdata", version+".json")
	if _, err := os.Stat(filepath.Join("testdata", file)); *update && errors.Is(err, os.ErrNotExist) {
		s := store.New(filepath.Join(t.TempDir(), "tokpit.db"), opt)
		fill(t, s)
		pack(t, s.Path(), filepath.Join("testdata", file))
	}
	if *update {
		if err := os.WriteFile(says, everythingIn(t, store.New(unpack(t, file), opt)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(says)
	if err != nil {
		t.Fatal(err)
	}
	s := store.New(unpack(t, file), opt)
	if got := everythingIn(t, s); !bytes.Equal(got, want) {
		t.Errorf("the stored file says\n%s", got)
	}
	check, err := s.Verify(context.Background())
	if err != nil || len(check.Problems) > 0 {
		t.Errorf("%q, %v", check.Problems, err)
	}
	fresh := store.New(filepath.Join(t.TempDir(), "tokpit.db"), opt)
	fill(t, fresh)
	got := everythingIn(t, fresh)
	if same := bytes.Equal(got, want); !same && (version >= "v4" || withoutPlans(t, got) != withoutPlans(t, want)) {
		t.Errorf("written today it says\n%s", got)
	}
	another := history(1)[0]
	another.Start = at15()
	if _, err := s.Commit(context.Background(), "claude-code", usage.Batch{Records: []usage.Record{another}}); err != nil {
		t.Errorf("a commit to the stored file: %v", err)
	}
	if after, err := s.Verify(context.Background()); err != nil || len(after.Problems) > 0 || after.Records != check.Records+1 {
		t.Errorf("after a commit: %+v, %v", after, err)
	}
}

func pack(t testing.TB, path, to string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	_, err = z.Write(b)
	if err := errors.Join(err, z.Close(), os.MkdirAll("testdata", 0o755), os.WriteFile(to, packed.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// fixed2 is what testdata/v2.db.gz holds. It must never change.
func fixed2(t testing.TB, s *store.Store) {
	t.Helper()
	fixed(t, s)
	at := func(d, h int) time.Time { return time.Date(2026, 11, d, h, 0, 0, 0, time.UTC) }
	bill := func(id string, d int, currency string, amount money.Amount, item string) usage.Record {
		r := usage.Record{ID: id, Start: at(d, 0), End: at(d+1, 0), Context: usage.Absent, Requests: usage.Absent, Currency: currency, Reported: amount}
		r.Dims = usage.Dims{Source: "openai", Account: "acme", Provider: "openai", Project: "proj_1", Basis: usage.Billed,
			Tags: usage.NewTags(map[string]string{"line_item": item})}
		return r
	}
	day := func(d int, rs ...usage.Record) usage.Slice {
		return usage.Slice{Kind: "costs/1d", Start: at(d, 0), Records: rs}
	}
	pounds, _ := money.Parse("123456789.000000000000000001")
	cents, _ := money.Parse("0.0625")
	for _, b := range []usage.Batch{
		{Slices: []usage.Slice{day(1, bill("a", 1, "USD", cents, "gpt-5, input"), bill("b", 1, "USD", money.FromAtto(-7), "gpt-5, input"),
			bill("c", 1, "GBP", pounds, "gpt-5, input"), bill("d", 1, "USD", money.Amount{}, "free"), bill("e", 1, "", money.Amount{}, "free")),
			day(2, bill("a", 2, "EUR", cents.Neg(), "credit"))},
			Covered: []usage.Coverage{{Provider: "openai", Account: "acme", Basis: usage.Billed, Span: usage.Span{Since: at(1, 0), Until: at(3, 0)}},
				{Provider: "openai", Account: "acme", Basis: usage.Reported, Span: usage.Span{Since: at(1, 0), Until: at(2, 0)}}},
			NamedAt: at(2, 9), Entities: []usage.Entity{
				{Kind: usage.ByProject, ID: "proj_1", Name: "Alpha", Created: at(1, 3)},
				{Kind: usage.ByKey, ID: "key_1", Name: "ci", Parent: "proj_1", Hint: "sk-…ab12", Created: at(1, 4), LastUsed: at(2, 5), Archived: true},
				{Kind: usage.ByUser, ID: "user_1", Hint: "ann@example.com"}},
			Standing: &usage.Standing{At: at(2, 9), Currency: "USD", Granted: money.FromUnits(100), Used: cents, Limits: []usage.SpendLimit{
				{Scope: usage.ByProject, ID: "proj_1", Amount: money.FromUnits(500), Currency: "USD", Interval: "month", Enforced: true, Note: "active"}}}},
		{Slices: []usage.Slice{day(2, bill("a", 2, "EUR", cents, "gpt-5, output"))},
			Covered: []usage.Coverage{{Provider: "openai", Account: "acme", Basis: usage.Reported, Span: usage.Span{Since: at(5, 0), Until: at(6, 0)}}},
			NamedAt: at(3, 9), Entities: []usage.Entity{{Kind: usage.ByProject, ID: "proj_1", Name: "Alpha Two", LastUsed: at(3, 8)}}},
	} {
		if _, err := s.Commit(context.Background(), "openai", b); err != nil {
			t.Fatal(err)
		}
	}
}

// TestMigrations takes an old file through the real migrations and two made-up
// ones.
func TestMigrations(t *testing.T) {
	ctx := context.Background()
	opt := store.Options{Edges: usage.NewEdges([]int64{200_000})}
	path := unpack(t, "v1.db.gz")
	truth, err := read(store.New(path, opt))
	if err != nil {
		t.Fatal(err)
	}
	var ran []int
	setting := func(tx *bolt.Tx, v string) error {
		return tx.Bucket([]byte("meta")).Put([]byte("setting/zone"), []byte(v))
	}
	one := func(_ *store.Store, tx *bolt.Tx) error { ran = append(ran, 1); return setting(tx, "one") }
	two := func(_ *store.Store, tx *bolt.Tx) error { ran = append(ran, 2); return setting(tx, "two") }
	fails := func(_ *store.Store, tx *bolt.Tx) error {
		return errors.Join(setting(tx, "half"), errors.New("no room"))
	}

	path = unpack(t, "v1.db.gz") // reading has migrated the other
	broken := store.New(path, opt)
	broken.AddMigrations(one, fails)
	before, _ := os.ReadFile(path)
	if err := write(broken); err == nil {
		t.Error("a failed migration was taken for done")
	}
	if _, err := read(broken); err == nil {
		t.Error("a store that could not be migrated was read")
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("a failed migration changed the file")
	}

	ran = nil
	later := store.New(path, opt)
	later.AddMigrations(one, two)
	if got, err := read(later); err != nil || !got.equal(truth) { // reading migrates first
		t.Errorf("after the migration: %v", err)
	}
	if zone, err := later.Setting(ctx, "zone"); err != nil || zone != "two" || !reflect.DeepEqual(ran, []int{1, 2}) {
		t.Errorf("zone %q, %v, migrations %v", zone, err, ran)
	}
	if err := write(later); err != nil || len(ran) != 2 {
		t.Errorf("%v, migrations %v", err, ran)
	}
	refuses(t, path, store.ErrNewer) // by today's program

	fresh := store.New(filepath.Join(t.TempDir(), "tokpit.db"), opt)
	fresh.AddMigrations(one, two)
	if err := write(fresh); err != nil || len(ran) != 2 {
		t.Errorf("a new store needs no migration: %v, %v", err, ran)
	}
}
