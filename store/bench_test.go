package store_test

import (
	"context"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/budget"
	"tokpit/store"
	"tokpit/usage"
)

// history invents the logs of a busy team: 180 days, 24 projects, 9 models,
// conversations of about 40 responses, sorted by conversation as a log tree is.
func history(n int) []usage.Record {
	rng := rand.New(rand.NewPCG(1, 2))
	first := time.Date(2026, 5, 20, 0, 0, 0, 0, time.UTC)
	out := make([]usage.Record, 0, n)
	for len(out) < n {
		d := usage.Dims{Source: "claude-code", Account: "org-main", Provider: "anthropic", Basis: usage.Logged,
			Project: fmt.Sprintf("project-%02d", rng.IntN(24)), Model: fmt.Sprintf("claude-model-%d-20260101", rng.IntN(9)),
			Session: id(rng), Machine: fmt.Sprintf("host-%d", rng.IntN(3)), Tier: "standard"}
		at := first.AddDate(0, 0, rng.IntN(180)).Add(time.Duration(7*3600+rng.IntN(12*3600)) * time.Second)
		context := int64(18_000 + rng.IntN(8_000))
		for range 10 + rng.IntN(60) {
			r := usage.Record{ID: "msg_01" + id(rng), Start: at, Requests: 1, Dims: d}
			if rng.IntN(6) == 0 {
				r.Agent = "explore"
			}
			fresh := rng.Int64N(3000)
			r.Tokens = usage.Tokens{Input: rng.Int64N(12), CacheRead: context, CacheWrite5m: fresh, Output: rng.Int64N(1200)}
			r.Context = r.TotalInput()
			context += fresh
			out = append(out, r)
			at = at.Add(time.Duration(2000+rng.IntN(40_000)) * time.Millisecond)
		}
	}
	return out[:n]
}

func id(rng *rand.Rand) string {
	b := binary.BigEndian.AppendUint64(nil, rng.Uint64())
	b = binary.BigEndian.AppendUint64(b, rng.Uint64())
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)[:22]
}

func edges() usage.Edges { return usage.NewEdges([]int64{128_000, 200_000, 272_000}) }

// fill commits records in n batches.
func fill(b testing.TB, s *store.Store, records []usage.Record, n int) {
	b.Helper()
	for batch := range slices.Chunk(records, (len(records)+n-1)/n) {
		if _, err := s.Commit(context.Background(), "claude-code", usage.Batch{Records: batch}); err != nil {
			b.Fatal(err)
		}
	}
}

// million returns a store of a million records. It is kept in the user's cache
// folder under TOKPIT_BENCH_STORE if that is set, because making it takes a
// while.
func million(b *testing.B) *store.Store {
	b.Helper()
	path := filepath.Join(b.TempDir(), "million.db")
	if kept := os.Getenv("TOKPIT_BENCH_STORE"); kept != "" {
		path = kept
	}
	s := store.New(path, store.Options{Edges: edges()})
	if st, err := s.Status(context.Background()); err == nil && st.Revision > 0 {
		return s
	}
	fill(b, s, history(1_000_000), 20)
	return s
}

// BenchmarkFirstSync is what a tree of 1 GB makes of the store: 122 k records
// in five batches.
func BenchmarkFirstSync(b *testing.B) {
	records := history(122_000)
	b.ReportAllocs()
	for i := range b.N {
		s := store.New(filepath.Join(b.TempDir(), fmt.Sprint(i)), store.Options{Edges: edges()})
		fill(b, s, records, 5)
		if info, err := os.Stat(s.Path()); err == nil {
			b.ReportMetric(float64(info.Size())/float64(len(records)), "B/record")
		}
	}
	b.ReportMetric(float64(len(records)*b.N)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkCommitSorted commits 100 k records in order of time.
func BenchmarkCommitSorted(b *testing.B) {
	records := history(100_000)
	slices.SortFunc(records, func(x, y usage.Record) int { return x.Start.Compare(y.Start) })
	b.ReportAllocs()
	for i := range b.N {
		s := store.New(filepath.Join(b.TempDir(), fmt.Sprint(i)), store.Options{Edges: edges()})
		fill(b, s, records, 5)
	}
	b.ReportMetric(float64(len(records)*b.N)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkCommitIntoMany commits batches of new records, as an import does, to a
// store that has half a million.
func BenchmarkCommitIntoMany(b *testing.B) {
	s := store.New(filepath.Join(b.TempDir(), "many.db"), store.Options{Edges: edges()})
	fill(b, s, history(500_000), 20)
	rng := rand.New(rand.NewPCG(7, 7))
	const batch = 16_384
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		records := history(batch)
		at := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rng.IntN(30))
		for i := range records {
			records[i].ID, records[i].Start = "msg_03"+id(rng), at.Add(time.Duration(i)*3*time.Second)
		}
		b.StartTimer()
		if _, err := s.Commit(context.Background(), "claude-code", usage.Batch{Records: records}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(batch*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkMillion asks a store of a million records what is asked of it daily.
func BenchmarkMillion(b *testing.B) {
	ctx := context.Background()
	s := million(b)
	st, err := s.Status(ctx)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("Cube", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c, err := s.Cube(ctx, usage.Span{}, false)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(c.Len()), "cells")
		}
	})
	b.Run("CubeFine", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c, err := s.Cube(ctx, usage.Span{}, true)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(c.Len()), "cells")
		}
	})
	b.Run("CubeMonth", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Cube(ctx, usage.Span{Since: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)}, false); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Cursors", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Cursors(ctx, "claude-code"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Status", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Status(ctx); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Commit10", func(b *testing.B) {
		b.ReportAllocs()
		rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 4))
		for b.Loop() {
			records := history(10)
			for i := range records {
				records[i].ID = "msg_02" + id(rng)
				records[i].Start = time.Date(2026, 11, 15, 18, 0, i, 0, time.UTC)
			}
			if _, err := s.Commit(ctx, "claude-code", usage.Batch{Records: records}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Verify", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c, err := s.Verify(ctx)
			if err != nil || len(c.Problems) > 0 {
				b.Fatal(err, c.Problems)
			}
		}
	})
	b.Run("Rebuild", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := s.Rebuild(ctx); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Logf("%d bytes, %.1f per record", st.Size, float64(st.Size)/1e6)
}

// BenchmarkAlerts looks for something to send, and evaluates a budget, where
// there is nothing new: what a cockpit does after every reload.
func BenchmarkAlerts(b *testing.B) {
	ctx, s, now := context.Background(), store.New(b.TempDir()+"/tokpit.db", store.Options{Now: at15}), at15()
	var list []budget.Delivery
	for i := range store.KeptDeliveries {
		d := budget.NewDelivery(fmt.Sprintf("%032d", i), "slack", "Budget all: 810 of 1000 USD spent", budget.Body{Text: strings.Repeat("Spent 810.00 USD\n", 20)}, now)
		list = append(list, d.Finish("x", nil, now))
	}
	if _, err := s.Enqueue(ctx, list...); err != nil {
		b.Fatal(err)
	}
	var state budget.Alerts
	for i := range 20 {
		for k := range 400 {
			month := time.Date(2000, time.Month(k/3), 1, 0, 0, 0, 0, time.UTC)
			state.Alerts = append(state.Alerts, budget.Alert{Budget: fmt.Sprint("budget ", i), Period: usage.Span{Since: month, Until: month.AddDate(0, 1, 0)},
				Threshold: budget.Threshold{Percent: int64(k % 3)}, FiredAt: now, Told: []budget.Told{{Target: "mail:ann@example.com"}}})
		}
	}
	update := func(next budget.Alerts) {
		if _, err := s.UpdateAlerts(ctx, func(budget.Alerts) (budget.Alerts, []budget.Delivery, error) { return next, nil, nil }); err != nil {
			b.Fatal(err)
		}
	}
	update(state)
	b.Run("claim", func(b *testing.B) {
		for b.Loop() {
			if got, err := s.ClaimDue(ctx, "x", now, 0, nil); err != nil || len(got) != 0 {
				b.Fatal(got, err)
			}
		}
	})
	b.Run("evaluate", func(b *testing.B) {
		for b.Loop() {
			update(state)
		}
	})
}

// A batch of claims and their outcomes among ten thousand messages that nobody
// accepts: what it takes must not grow with their number.
func BenchmarkUndeliverable(b *testing.B) {
	ctx, s, now := context.Background(), store.New(b.TempDir()+"/tokpit.db", store.Options{Now: at15}), at15()
	var list []budget.Delivery
	for i := range 10_000 {
		list = append(list, budget.NewDelivery(fmt.Sprintf("%032d", i), "slack", "Budget all: 810 of 1000 USD spent", budget.Body{Text: strings.Repeat("Spent 810.00 USD\n", 20)}, now))
	}
	if _, err := s.Enqueue(ctx, list...); err != nil {
		b.Fatal(err)
	}
	refused := errors.New("refused")
	for b.Loop() {
		batch, err := s.ClaimDue(ctx, "x", now, 8, nil)
		if err != nil {
			b.Fatal(err)
		}
		if len(batch) == 0 {
			now = now.Add(6 * time.Hour)
		}
		for i := range batch {
			if err := s.FinishDelivery(ctx, batch[i].Key, "x", refused, now); err != nil {
				b.Fatal(err)
			}
		}
	}
}
