package cmd_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"

	"tokpit/ingest"
	"tokpit/pricing"
	"tokpit/store"
	"tokpit/usage/importer"
	"tokpit/usage/importer/columns"
)

// writeExport writes an export of requests, a few seconds apart.
func writeExport(t testing.TB, path string, rows int) int64 {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriterSize(file, 1<<20)
	fmt.Fprintln(w, "timestamp,model,prompt_tokens,cached_tokens,completion_tokens,total_tokens,cost_usd,user,project")
	models := []string{"gpt-5", "gpt-5-mini", "claude-sonnet-4-5", "gemini-2.5-pro"}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range rows {
		in, out := 1000+i%9000, 100+i%700
		fmt.Fprintf(w, "%s,%s,%d,%d,%d,%d,0.%06d,user-%d@example.com,project-%d\n", at.Add(time.Duration(i)*7*time.Second/10).Format("2006-01-02T15:04:05.000Z"),
			models[i%len(models)], in, in/2, out, in+out, i%900000+1, i%40, i%12)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func exportMap(t testing.TB, path string) columns.Map {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	head, err := io.ReadAll(io.LimitReader(file, importer.HeadSize))
	if err != nil {
		t.Fatal(err)
	}
	g, err := columns.Guess(head)
	if err != nil || len(g.Open) > 0 {
		t.Fatal(err, g)
	}
	g.Map.Name = "export"
	return g.Map
}

func importExport(t testing.TB, path, db string, rows int) {
	t.Helper()
	s := store.New(db, store.Options{Edges: pricing.Embedded().Edges()})
	f := &importer.File{Path: path, Format: columns.New(exportMap(t, path)), Digest: "d", Options: importer.Options{ID: "20260101T000000-aaaaaa"}}
	res, err := ingest.Run(t.Context(), f, s, ingest.Options{})
	if err != nil || res.Added != int64(rows) {
		t.Fatalf("%d of %d rows added: %v", res.Added, rows, err)
	}
}

// BenchmarkImport is the whole way from a CSV file to a committed store.
func BenchmarkImport(b *testing.B) {
	const rows = 400_000
	dir := b.TempDir()
	path := filepath.Join(dir, "export.csv")
	b.SetBytes(writeExport(b, path, rows))
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		importExport(b, path, filepath.Join(dir, fmt.Sprintf("%d.db", n)), rows)
	}
	b.ReportMetric(float64(rows)*float64(n)/b.Elapsed().Seconds(), "rows/s")
}

// TestImportInConstantMemory: what an import holds does not grow with the file.
// That is a batch of records that is being read and one that is being stored (8 MB
// each), two tables of digests of the last few hundred thousand rows (3 MB each),
// among which copies are looked for, and as much again of what was just let go of.
// All rows at once would be 290 MB of records alone.
func TestImportInConstantMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(20)) // looks often
	peak := func(rows int) int64 {
		dir := t.TempDir()
		path := filepath.Join(dir, "export.csv")
		writeExport(t, path, rows)
		runtime.GC()
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		before := int64(live[0].Value.Uint64()) // of other tests: the demo's store
		stop, most := make(chan struct{}), make(chan int64)
		go func() {
			var top int64
			for {
				select {
				case <-stop:
					most <- top - before
					return
				case <-time.After(time.Millisecond):
					metrics.Read(live)
					top = max(top, int64(live[0].Value.Uint64()))
				}
			}
		}()
		importExport(t, path, filepath.Join(dir, "store.db"), rows)
		close(stop)
		return <-most
	}
	// The peak also says how many batches were under way when a collection looked;
	// what grows with the file is there every time.
	for try := 1; ; try++ {
		small, large := peak(150_000), peak(600_000)
		t.Logf("live heap: %d MB for 150,000 rows, %d MB for 600,000", small>>20, large>>20)
		if large <= small+small/4 {
			return
		}
		if try == 3 {
			t.Fatalf("live heap: %d MB for 150,000 rows, %d MB for 600,000", small>>20, large>>20)
		}
	}
}
