package cmd_test

import (
	"encoding/base32"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"tokpit/ingest"
	"tokpit/pricing"
	"tokpit/store"
	"tokpit/usage"
	"tokpit/usage/bundle"
)

// cpuTime is what this process has used of its processors.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// carriedAway writes a bundle of what a busy machine has in its logs.
func carriedAway(b *testing.B, path string, records int) {
	b.Helper()
	file, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	dice := rand.New(rand.NewPCG(1, 2))
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	w := bundle.NewWriter(file, bundle.Header{Machine: "laptop", Store: "5f0c", Revision: 12, AsOf: at})
	w.Connection(bundle.Connection{Name: "claude-code", Role: bundle.Log})
	var id [14]byte
	for i := range records {
		for k := range id {
			id[k] = byte(dice.Uint32())
		}
		r := usage.Record{ID: "msg_01" + base32.StdEncoding.EncodeToString(id[:])[:22], Start: at.Add(time.Duration(i) * 43 * time.Second), Requests: 1,
			Dims: usage.Dims{Source: "claude-code", Provider: "anthropic", Model: []string{"claude-opus-4-5", "claude-sonnet-4-5"}[i/50%2], Machine: "laptop", Basis: usage.Logged,
				Project: fmt.Sprintf("/home/someone/work/project-%02d", i/200%24), Session: fmt.Sprintf("%08x-0000-4000-8000-%012x", i/200, i/200+dice.IntN(4))}}
		r.Tokens = usage.Tokens{Input: dice.Int64N(12), CacheRead: 18_000 + dice.Int64N(90_000), CacheWrite5m: dice.Int64N(3000), Output: dice.Int64N(1200)}
		r.Context = r.TotalInput()
		w.Record(&r, 0)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkBundleImport verifies a bundle, and brings it into an empty store.
func BenchmarkBundleImport(b *testing.B) {
	const records = 200_000
	dir := b.TempDir()
	path := filepath.Join(dir, "laptop.tokpit")
	carriedAway(b, path, records)
	b.ReportAllocs()
	begun, n := cpuTime(b), 0
	for b.Loop() {
		n++
		s := store.New(filepath.Join(dir, fmt.Sprintf("%d.db", n)), store.Options{Edges: pricing.Embedded().Edges()})
		f, err := bundle.Open(b.Context(), path)
		if err != nil {
			b.Fatal(err)
		}
		pass, err := f.Read(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		part, err := pass.Next(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if res, err := ingest.Run(b.Context(), part, part.Sink(s), ingest.Options{}); err != nil || res.Added != records {
			b.Fatal(res.Added, err)
		}
		f.Close()
	}
	b.ReportMetric(records*float64(n)/(cpuTime(b)-begun).Seconds(), "records/cpu-s")
}
