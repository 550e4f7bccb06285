package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"tokpit/money"
	"tokpit/store"
	"tokpit/usage"
)

// careDay is the n-th day of the stores below.
func careDay(n int) time.Time { return time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n) }

// careBatches invents what some connections say over thirty days: responses
// with sessions, users and agents, hours and days of a provider, amounts.
func careBatches(rng *rand.Rand) map[string][]usage.Batch {
	out := make(map[string][]usage.Batch)
	for _, name := range []string{"claude-code", "codex", "openai"} {
		for k := range 1 + rng.IntN(3) {
			var b usage.Batch
			for i := range rng.IntN(150) {
				b.Records = append(b.Records, careRecord(rng, name, fmt.Sprintf("msg-%s-%d-%d", name, k, i)))
			}
			for range rng.IntN(20) {
				s := usage.Slice{Kind: "completions/1h", Start: careDay(rng.IntN(30)).Add(time.Duration(rng.IntN(24)) * time.Hour)}
				for i := range rng.IntN(4) {
					r := careRecord(rng, name, fmt.Sprint("row", i))
					r.Context, r.Start, r.End = usage.Absent, s.Start, s.Start.Add(time.Hour)
					s.Records = append(s.Records, r)
				}
				b.Slices = append(b.Slices, s)
			}
			b.Covered = []usage.Coverage{{Provider: "openai", Account: "main", Basis: usage.Reported, Span: usage.Span{Since: careDay(2), Until: careDay(28)}}}
			out[name] = append(out[name], b)
		}
	}
	return out
}

func careRecord(rng *rand.Rand, source, id string) usage.Record {
	r := usage.Record{ID: id, Start: careDay(rng.IntN(30)).Add(time.Duration(rng.IntN(86_400_000)) * time.Millisecond), Requests: 1}
	r.Dims = usage.Dims{Source: source, Provider: "openai", Account: "main", Model: fmt.Sprint("model-", rng.IntN(2)), Project: fmt.Sprint("p", rng.IntN(2)),
		Session: fmt.Sprint("secret-session-", rng.IntN(9)), User: fmt.Sprint("secret-user-", rng.IntN(3)), Agent: []string{"", "secret-agent"}[rng.IntN(2)], Basis: usage.Logged}
	r.Tokens = usage.Tokens{Input: rng.Int64N(300_000), Output: rng.Int64N(900), CacheRead: rng.Int64N(4000)}
	r.Context = r.TotalInput()
	if rng.IntN(4) == 0 {
		r.Currency, r.Reported = "USD", money.FromAtto(rng.Int64N(1e18))
	}
	if rng.IntN(5) == 0 {
		r.Flags = usage.FlagParentMissing
	}
	return r
}

func commitAll(t testing.TB, s *store.Store, all map[string][]usage.Batch) (refused int64) {
	t.Helper()
	for name, batches := range all {
		for _, b := range batches {
			r, err := s.Commit(context.Background(), name, b)
			if err != nil {
				t.Fatal(err)
			}
			refused += r.TooOld
		}
	}
	return refused
}

type careSpot struct {
	day  int32
	dims usage.Dims
}

// sumsOf adds a cube up by UTC day and what coarse cells keep; bands are left
// out with whole unset.
func sumsOf(c *usage.Cube, bands bool) map[careSpot]usage.Measures {
	out := make(map[careSpot]usage.Measures)
	for i := range c.Len() {
		at := careSpot{c.Slot[i].Day(), c.Sets[c.Set[i]].Coarse()}
		if !bands {
			at.dims.Band = usage.Band{}
		}
		out[at] = out[at].Add(c.MeasuresAt(i))
	}
	return out
}

// threeWays reads a store's sums from coarse cells, fine ones and records.
func threeWays(t testing.TB, s *store.Store, bands bool) (out [3]map[careSpot]usage.Measures) {
	t.Helper()
	ctx := context.Background()
	coarse, err1 := s.Cube(ctx, usage.Span{}, false)
	fine, err2 := s.Cube(ctx, usage.Span{}, true)
	exact, err3 := s.RecordsCube(ctx, usage.Span{})
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	return [3]map[careSpot]usage.Measures{sumsOf(coarse, bands), sumsOf(fine, bands), sumsOf(exact, bands)}
}

func careOptions() store.Options {
	return store.Options{Edges: edges(), Now: func() time.Time { return careDay(60) }}
}

func recordsBefore(t testing.TB, s *store.Store, until time.Time) (n int) {
	t.Helper()
	if err := s.Records(context.Background(), usage.Span{Until: until}, func(string, *usage.Record) bool { n++; return true }); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestPruningKeepsTotals: whatever is in a store and wherever the horizon is
// put, with cells kept every sum stays what it was, by cells and by records, and
// whatever arrives again changes nothing.
func TestPruningKeepsTotals(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	rounds := 12
	switch {
	case soak():
		rounds = 100
	case testing.Short():
		rounds = 4
	}
	for seed := range rounds {
		rng := rand.New(rand.NewPCG(uint64(seed), 8))
		all := careBatches(rng)
		s := store.New(filepath.Join(t.TempDir(), "tokpit.db"), careOptions())
		s.SetBlockSize(1 + rng.IntN(40))
		commitAll(t, s, all)
		want := threeWays(t, s, true)
		for range 1 + rng.IntN(3) {
			horizon := careDay(rng.IntN(32))
			before, err := s.Horizon(ctx)
			was := before.Records
			if err != nil {
				t.Fatal(err)
			}
			plan, err1 := s.Prune(ctx, owner(), store.Pruning{Before: horizon, Cells: true, Plan: true})
			n := recordsBefore(t, s, horizon)
			got, err2 := s.Prune(ctx, owner(), store.Pruning{Before: horizon, Cells: true})
			if err := errors.Join(err1, err2); err != nil || got.Records != int64(n) || !reflect.DeepEqual(plan, got) {
				t.Fatalf("seed %d: planned %+v, did %+v of %d records, %v", seed, plan, got, n, err)
			}
			if h, _ := s.Horizon(ctx); !h.Sums.IsZero() {
				t.Fatalf("sums from %v", h.Sums)
			} else if now := h.Records; now.Before(was) || now.Before(horizon) || recordsBefore(t, s, now) > 0 {
				t.Fatalf("seed %d: the horizon is %v after %v and %v", seed, now, was, horizon)
			}
			sound(t, s)
			if got := threeWays(t, s, true); !reflect.DeepEqual(got, want) {
				t.Fatalf("seed %d: the sums have changed", seed)
			}
		}
		h, _ := s.Horizon(ctx)
		at := h.Records
		kept := recordsBefore(t, s, time.Time{})
		if refused := commitAll(t, s, all); refused == 0 && at.After(careDay(3)) {
			t.Errorf("seed %d: nothing was refused before %v", seed, at)
		}
		if got := threeWays(t, s, true); !reflect.DeepEqual(got, want) || recordsBefore(t, s, time.Time{}) != kept {
			t.Fatalf("seed %d: reading again has changed the sums", seed)
		}
		if err := s.Rebuild(ctx); err != nil {
			t.Fatal(err)
		}
		if got := threeWays(t, s, true); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: a rebuild has changed the sums", seed)
		}
		sound(t, s)
		careRecut(t, s)
		carePurge(t, s, all)
	}
}

// careRecut cuts cells at other thresholds: pruned days keep their bands.
func careRecut(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := context.Background()
	want := threeWays(t, s, false)
	banded := threeWays(t, s, true)[0]
	opt := careOptions()
	opt.Edges = usage.NewEdges([]int64{32_000, 100_000})
	other := store.New(s.Path(), opt)
	if err := other.EnsureEdges(ctx); err != nil {
		t.Fatal(err)
	}
	sound(t, other)
	if got := threeWays(t, other, false); !reflect.DeepEqual(got, want) {
		t.Fatal("cutting at other thresholds has changed the sums")
	}
	h, _ := other.Horizon(ctx)
	now := threeWays(t, other, true)[0]
	for at, m := range banded {
		if at.day < usage.SlotOf(h.Records).Day() && !reflect.DeepEqual(now[at], m) {
			t.Fatalf("%v: %+v, and was %+v", at, now[at], m)
		}
	}
	if err := s.EnsureEdges(ctx); err != nil { // and back
		t.Fatal(err)
	}
	if got := threeWays(t, s, true)[0]; !reflect.DeepEqual(got, banded) {
		t.Fatal("there and back is not the same")
	}
}

// carePurge removes one connection: what is left is that of the others.
func carePurge(t *testing.T, s *store.Store, all map[string][]usage.Batch) {
	t.Helper()
	h, _ := s.Horizon(context.Background())
	horizon := h.Records
	if err := s.RemoveConnection(context.Background(), "codex", true); err != nil {
		t.Fatal(err)
	}
	sound(t, s)
	rest := store.New(filepath.Join(t.TempDir(), "rest.db"), careOptions())
	commitAll(t, rest, map[string][]usage.Batch{"claude-code": all["claude-code"], "openai": all["openai"]})
	if !horizon.IsZero() {
		if _, err := rest.Prune(context.Background(), owner(), store.Pruning{Before: horizon, Cells: true}); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := threeWays(t, s, true), threeWays(t, rest, true); !reflect.DeepEqual(got, want) {
		t.Fatal("a purge took what was not its own, or left something")
	}
}

// Nothing of the days that were pruned is left: no cell, and after compacting
// no id, session, user or agent. What is younger is as it was.
func TestPrunedIsGone(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, cells := range []bool{true, false} {
		s := store.New(filepath.Join(t.TempDir(), "tokpit.db"), careOptions())
		var b usage.Batch
		rng := rand.New(rand.NewPCG(3, 3))
		for i := range 4000 {
			r := careRecord(rng, "claude-code", fmt.Sprintf("old-id-%d", i))
			if r.Session = "old-session"; r.Start.After(careDay(20)) {
				r.ID, r.Session = fmt.Sprintf("new-id-%d", i), "new-session"
				r.User, r.Agent = "new-user", ""
			}
			b.Records = append(b.Records, r)
		}
		b.Covered = []usage.Coverage{{Provider: "openai", Account: "main", Basis: usage.Reported, Span: usage.Span{Since: careDay(2), Until: careDay(28)}}}
		b.Quarantined = []usage.Quarantined{{File: "/logs/old-file.jsonl", Line: 3, Reason: "not JSON"}, {File: "/logs/new-file.jsonl", Line: 3, Reason: "not JSON"}}
		b.Cursors = usage.Cursors{"f:/logs/old-file.jsonl": []byte("1"), "f:/logs/new-file.jsonl": []byte("1")}
		if _, err := s.Commit(ctx, "claude-code", b); err != nil {
			t.Fatal(err)
		}
		young, err := s.Cube(ctx, usage.Span{Since: careDay(20)}, true)
		if err != nil {
			t.Fatal(err)
		}
		old := func(_, name string) bool { return strings.HasSuffix(name, "old-file.jsonl") }
		got, err := s.Prune(ctx, owner(), store.Pruning{Before: careDay(20), Cells: cells, Old: old, Gone: old})
		if err != nil || got.Quarantined != 1 || got.Cursors != 1 || got.Days != 20 || got.Records == 0 {
			t.Fatalf("%+v, %v", got, err)
		}
		sizes, err := s.Compact(ctx)
		if err != nil || sizes.After*10 > sizes.Before*6 || sizes.After != int64(len(fileOf(t, s))) {
			t.Errorf("%+v, %v", sizes, err)
		}
		sound(t, s)
		for _, trace := range []string{"old-id", "old-session", "secret-user", "secret-agent", "old-file"} {
			if strings.Contains(fileOf(t, s), trace) {
				t.Errorf("cells kept: %v: the file still has %q in it", cells, trace)
			}
		}
		after, err := s.Cube(ctx, usage.Span{Since: careDay(20)}, true)
		if after.Revision, after.Coverage = young.Revision, young.Coverage; err != nil || !reflect.DeepEqual(after, young) {
			t.Errorf("what is younger has changed, %v", err)
		}
		gone, err := s.Cube(ctx, usage.Span{Until: careDay(20)}, false)
		if err != nil || gone.Len() > 0 != cells {
			t.Errorf("cells kept: %v: %d of them; %v", cells, gone.Len(), err)
		}
		if since := gone.Coverage[0].Since; since.Equal(careDay(20)) == cells {
			t.Errorf("cells kept: %v: covered from %v", cells, since)
		}
		st, err := s.Status(ctx)
		if err != nil || !st.Horizon.Records.Equal(careDay(20)) || st.Horizon.Sums.IsZero() != cells || st.Free > st.Size/4 {
			t.Errorf("%+v, %v", st, err)
		}
	}
}

// A copy of a pruned response is refused, also under a later time, and counted
// as what it is; one whose better copy is known folds as ever.
func TestLateIsRefused(t *testing.T) {
	ctx := context.Background()
	s := store.New(filepath.Join(t.TempDir(), "tokpit.db"), careOptions())
	rng := rand.New(rand.NewPCG(4, 4))
	r := careRecord(rng, "codex", "a")
	r.Start = careDay(5)
	young := careRecord(rng, "codex", "b")
	young.Start = careDay(15)
	slice := usage.Slice{Kind: "completions/1h", Start: careDay(5), Records: []usage.Record{careRecord(rng, "codex", "c"), careRecord(rng, "codex", "d")}}
	if _, err := s.Commit(ctx, "codex", usage.Batch{Records: []usage.Record{r, young}, Slices: []usage.Slice{slice}}); err != nil {
		t.Fatal(err)
	}
	want := threeWays(t, s, true)
	if got, err := s.Prune(ctx, owner(), store.Pruning{Before: careDay(10), Cells: true}); err != nil || got.Records != 3 || !got.From.IsZero() || !got.To.Equal(careDay(10)) {
		t.Fatalf("%+v, %v", got, err)
	}
	fork, early := r, young
	fork.Start = careDay(20) // the time of copying
	early.Start = careDay(9) // of a copy that would decide the day
	slice.Records = slice.Records[:1]
	got, err := s.Commit(ctx, "codex", usage.Batch{Records: []usage.Record{fork, early, young}, Slices: []usage.Slice{slice}})
	if err != nil || got.TooOld != 3 || got.Added+got.Replaced != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := s.Commit(ctx, "codex", usage.Batch{Removed: []usage.Removed{{ID: "a"}}}); err != nil || got.TooOld+got.Added != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if now := threeWays(t, s, true); !reflect.DeepEqual(now, want) {
		t.Error("the sums have changed")
	}
	before, _ := s.AuditHead(ctx)
	if got, err := s.Prune(ctx, owner(), store.Pruning{Before: careDay(3), Cells: true}); err != nil || got.Any() {
		t.Errorf("back: %+v, %v", got, err)
	}
	if after, _ := s.AuditHead(ctx); before.N != 1 || after != before {
		t.Errorf("the trail has %d rows, then %d", before.N, after.N)
	}
	for _, bad := range []time.Time{careDay(61), careDay(3).Add(time.Second), {}} {
		if _, err := s.Prune(ctx, owner(), store.Pruning{Before: bad}); !errors.Is(err, store.ErrHorizon) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	sound(t, s)
}
