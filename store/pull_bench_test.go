package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"tokpit/money"
	"tokpit/store"
	"tokpit/usage"
)

const pullKeys = 50

// pulled is what a provider says of some hours, from the n-th of 2026 on: one
// record a key, each with an amount.
func pulled(n, hours int) usage.Batch {
	var b usage.Batch
	for h := n; h < n+hours; h++ {
		start := time.Date(2026, 1, 1, h, 0, 0, 0, time.UTC)
		s := usage.Slice{Kind: "completions/1h", Start: start, Records: make([]usage.Record, pullKeys)}
		for k := range s.Records {
			r := &s.Records[k]
			r.ID, r.Start, r.End = fmt.Sprintf("completions/1h %d key_%02d", start.Unix(), k), start, start.Add(time.Hour)
			r.Dims = usage.Dims{Source: "openai", Account: "acme", Provider: "openai", Project: fmt.Sprint("proj_", k%5),
				Key: fmt.Sprintf("key_%02d", k), Model: []string{"gpt-5", "gpt-5-mini", "o3"}[k%3], Basis: usage.Reported}
			r.Context, r.Requests = usage.Absent, int64(1+(h+k)%40)
			r.Tokens = usage.Tokens{Input: int64(h*131+k*7) % 90_000, CacheRead: int64(h*17+k) % 40_000, Output: int64(h*31+k*3) % 9_000}
			r.Currency, r.Reported = "USD", money.FromAtto(r.Total()*3e12)
		}
		b.Slices = append(b.Slices, s)
	}
	if n%24 == 0 {
		day := time.Date(2026, 1, 1, n, 0, 0, 0, time.UTC)
		b.Covered = []usage.Coverage{{Provider: "openai", Account: "acme", Basis: usage.Reported, Span: usage.Span{Since: day, Until: day.AddDate(0, 0, max(1, hours/24))}}}
	}
	b.Cursors = usage.Cursors{"completions": fmt.Append(nil, n+hours)}
	return b
}

const yearHours = 365 * 24

// pullYear commits a year batch by batch and returns the largest live heap seen
// after a commit.
func pullYear(tb testing.TB, s *store.Store, hours int, look func(n int)) {
	tb.Helper()
	for n := 0; n < yearHours; n += hours {
		if _, err := s.Commit(context.Background(), "openai", pulled(n, min(hours, yearHours-n))); err != nil {
			tb.Fatal(err)
		}
		look(n)
	}
}

// BenchmarkPullYear is a year of hours with 50 keys, 438 k records, a week in a
// batch, and the same year pulled again.
func BenchmarkPullYear(b *testing.B) {
	b.ReportAllocs()
	for i := range b.N {
		s := store.New(filepath.Join(b.TempDir(), fmt.Sprint(i)), store.Options{Edges: edges()})
		peak := uint64(0)
		look := func(int) {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapInuse)
		}
		begin := time.Now()
		pullYear(b, s, 7*24, look)
		first := time.Since(begin)
		pullYear(b, s, 7*24, look)
		b.ReportMetric(float64(peak)/1e6, "MB-heap")
		b.ReportMetric(first.Seconds(), "s-first")
		b.ReportMetric((time.Since(begin) - first).Seconds(), "s-again")
		if info, err := os.Stat(s.Path()); err == nil {
			b.ReportMetric(float64(info.Size())/yearHours/pullKeys, "B/record")
		}
	}
}

// TestYearInConstantMemory: what a commit needs does not grow with what is
// stored. The heap is collected so often that it cannot hold much garbage, and
// seen at its largest while commits run.
func TestYearInConstantMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("commits a year of hours")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(20))
	s := store.New(filepath.Join(t.TempDir(), "tokpit.db"), store.Options{Edges: edges()})
	var early, late uint64
	pullYear(t, s, 24, func(n int) {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		if n < yearHours/4 {
			early = max(early, m.HeapInuse)
		} else {
			late = max(late, m.HeapInuse)
		}
	})
	t.Logf("at most %.1f MB in the first quarter, %.1f MB later", float64(early)/1e6, float64(late)/1e6)
	if late > early+early/2+2e6 {
		t.Error("memory grows with what is stored")
	}
	st, err := s.Status(context.Background())
	if err != nil || len(st.Connections) != 1 || st.Connections[0].Records != yearHours*pullKeys || len(st.Connections[0].Coverage) != 1 {
		t.Fatalf("%+v, %v", st, err)
	}
}
