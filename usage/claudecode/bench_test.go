package claudecode_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/claudecode"
	"tokpit/usage/internal/sinktest"
)

// BenchmarkPull reads 16 MB of logs that are mostly tool results, as real ones
// are, and then reads them again when there is nothing new.
func BenchmarkPull(b *testing.B) {
	home := b.TempDir()
	dir := filepath.Join(home, ".claude", "projects", "p")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	const head = `{"parentUuid":"x","isSidechain":false,"userType":"external","cwd":"/home/ann/work/app","sessionId":"s","version":"2.1.7","gitBranch":"main"`
	result := strings.Repeat(`12\tfunc main() { fmt.Println(\"hello\") }\n`, 60)
	var size int64
	for f := range 16 {
		var text strings.Builder
		for i := 0; text.Len() < 1<<20; i++ {
			at := time.Date(2026, 5, 1+f, 0, 0, i, 0, time.UTC).Format(time.RFC3339)
			fmt.Fprintf(&text, `%s,"type":"user","message":{"role":"user","content":[{"type":"tool_result","content":"%s"}]},"timestamp":"%s"}`+"\n", head, result+result, at)
			for k := range 2 {
				fmt.Fprintf(&text, `%s,"message":{"model":"claude-sonnet-4-5","id":"msg_%d_%d","content":[{"type":"text","text":"%s"}],"usage":{"input_tokens":4,"cache_creation_input_tokens":900,"cache_read_input_tokens":50000,"cache_creation":{"ephemeral_5m_input_tokens":900,"ephemeral_1h_input_tokens":0},"output_tokens":%d,"service_tier":"standard"}},"requestId":"r","type":"assistant","uuid":"u","timestamp":"%s"}`+"\n",
					head, f, i, result[:400], 10+k, at)
			}
		}
		size += int64(text.Len())
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.jsonl", f)), []byte(text.String()), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	src := claudecode.New(claudecode.Options{Home: home, Now: func() time.Time { return noon }})
	b.Run("first", func(b *testing.B) { sinktest.Bench(b, src, size) })
	cursors := usage.Cursors{}
	keep := func(batch usage.Batch) error {
		for key, value := range batch.Cursors {
			cursors[key] = value
		}
		return nil
	}
	if _, err := src.Pull(context.Background(), nil, keep); err != nil {
		b.Fatal(err)
	}
	b.Run("nothing new", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if r, err := src.Pull(context.Background(), cursors, keep); err != nil || r.Read != 0 {
				b.Fatal(r, err)
			}
		}
	})
}
