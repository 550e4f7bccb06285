package bundle

import (
	"context"
	"encoding/base32"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tokpit/usage"
)

const benchRecords = 100_000

// busy invents records of some sessions at a time.
func busy(n int) []usage.Record {
	dice := rand.New(rand.NewPCG(1, 2))
	out := make([]usage.Record, n)
	var b [14]byte
	for i := range out {
		r := row(i)
		for k := range b {
			b[k] = byte(dice.Uint32())
		}
		r.ID = "msg_01" + base32.StdEncoding.EncodeToString(b[:])[:22]
		r.Start = noon.Add(time.Duration(i) * 731 * time.Millisecond)
		r.Session = fmt.Sprintf("%08x-0000-4000-8000-%012x", i/200, i/200+dice.IntN(4))
		r.Tokens = usage.Tokens{Input: dice.Int64N(12), CacheRead: 18_000 + dice.Int64N(90_000), CacheWrite5m: dice.Int64N(3000), Output: dice.Int64N(1200)}
		r.Context = r.TotalInput()
		out[i] = r
	}
	return out
}

func writeAll(w io.Writer, records []usage.Record) error {
	b := NewWriter(w, Header{Machine: "laptop", Store: "5f0c", Revision: 12, AsOf: noon})
	b.Connection(Connection{Name: "claude-code", Role: Log})
	for i := range records {
		b.Record(&records[i], 0)
	}
	return b.Close()
}

func perRecord(b *testing.B) {
	b.ReportMetric(float64(b.N)*benchRecords/b.Elapsed().Seconds(), "records/s")
}

func BenchmarkWrite(b *testing.B) {
	records := busy(benchRecords)
	b.ReportAllocs()
	for b.Loop() {
		if err := writeAll(io.Discard, records); err != nil {
			b.Fatal(err)
		}
	}
	perRecord(b)
}

func saved(b *testing.B) string {
	path := filepath.Join(b.TempDir(), "a.tokpit")
	f, err := os.Create(path)
	if err == nil {
		err = writeAll(f, busy(benchRecords))
	}
	if err != nil {
		b.Fatal(err)
	}
	f.Close()
	return path
}

func BenchmarkVerify(b *testing.B) {
	path := saved(b)
	b.ReportAllocs()
	for b.Loop() {
		f, err := Open(context.Background(), path)
		if err != nil {
			b.Fatal(err)
		}
		f.Close()
	}
	perRecord(b)
}

func BenchmarkRead(b *testing.B) {
	f, err := Open(context.Background(), saved(b))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	defer func() { b.ReportMetric(float64(f.Size)/benchRecords, "bytes/record") }()
	b.ReportAllocs()
	for b.Loop() {
		pass, err := f.Read(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		p, err := pass.Next(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := p.Pull(context.Background(), nil, func(usage.Batch) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	perRecord(b)
}
