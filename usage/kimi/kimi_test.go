package kimi

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/rowtest"
	"tokpit/usage/internal/sinktest"
)

func noon() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

func pull(t *testing.T, from string) (*sinktest.Sink, *Source) {
	home := t.TempDir()
	sinktest.Copy(t, from, filepath.Join(home, ".kimi-code/sessions/wd_x/session_1/agents/agent-0/wire.jsonl"))
	src := New(Options{Home: home, Now: noon})
	var s sinktest.Sink
	s.Pull(t, src)
	return &s, src
}

// TestSession counts a response once, although a step repeats it.
func TestSession(t *testing.T) {
	s, src := pull(t, "testdata/wire.jsonl")
	if m := s.Total(); m.Tokens != (usage.Tokens{Input: 100, CacheRead: 300, CacheWrite5m: 4, Output: 20}) || m.Requests != 1 {
		t.Errorf("%+v", m)
	}
	for _, r := range s.Records {
		if r.Session != "session_1" || r.Agent != "agent-0" || r.Model != "moonshot-ai/kimi-k2" {
			t.Errorf("%+v", r)
		}
	}
	if !slices.Equal(s.Reasons(), []string{"inputOther is negative"}) {
		t.Errorf("%v", s.Quarantined)
	}
	s.Settled(t, src)
}

// TestCommand reads the logs of the command before Kimi Code: the larger of two
// states of a response, and one of a sub-agent.
func TestCommand(t *testing.T) {
	home := t.TempDir()
	sinktest.Copy(t, "testdata/cli.jsonl", filepath.Join(home, ".kimi/sessions/abc/5e55/wire.jsonl"))
	src := New(Options{Home: home, Now: noon})
	var s sinktest.Sink
	s.Pull(t, src)
	if m := s.Total(); m.Tokens != (usage.Tokens{Input: 107, CacheRead: 10, CacheWrite5m: 20, Output: 53}) || m.Requests != 2 {
		t.Errorf("%+v", m)
	}
	if r := s.Records["m-1"]; r.Session != "5e55" || r.Agent != "" || !r.Start.Equal(time.UnixMilli(1770983427123)) {
		t.Errorf("%+v", r)
	}
	if !slices.Equal(s.Reasons(), []string{"timestamp is not a number"}) {
		t.Errorf("%v", s.Quarantined)
	}
	s.Settled(t, src)
	sinktest.Sound(t, src)
	share := filepath.Join(t.TempDir(), "share")
	roots := New(Options{Home: home, Getenv: func(name string) string { return map[string]string{"KIMI_SHARE_DIR": share}[name] }}).Roots()
	if len(roots) != 2 || roots[1] != filepath.Join(share, "sessions") {
		t.Errorf("%q", roots)
	}
}

// TestRecordedLogs: 10982 + 1652 + 271 in, 1792 + 12544 + 14080 cached, and
// 75 + 136 + 119 out; the others have no counts.
func TestRecordedLogs(t *testing.T) {
	dir := filepath.Join(sinktest.Shared(t), "kimi")
	for file, want := range map[string]usage.Measures{
		"subagent_agent-0.jsonl":       {Requests: 3, Tokens: usage.Tokens{Input: 12905, CacheRead: 28416, Output: 330}},
		"kimi-config-update-cwd.jsonl": {},
		"small.jsonl":                  {}, // cancelled; token_counting is the size of the context
	} {
		s, _ := pull(t, filepath.Join(dir, file))
		if m := s.Total(); m.Requests != want.Requests || m.Tokens != want.Tokens || len(s.Quarantined) != 0 {
			t.Errorf("%s: %+v, want %+v; quarantined %v", file, m, want, s.Quarantined)
		}
	}
}

// FuzzLog holds the decoder to its promises whatever a file has in it.
func FuzzLog(f *testing.F) {
	f.Add(sinktest.Read(f, "testdata/wire.jsonl"))
	f.Add(sinktest.Read(f, "testdata/cli.jsonl"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rowtest.Sound(t, Name, func() jsonl.Decoder { return &decoder{} }, data, false, noon())
	})
}

// TestDamage: whatever becomes of a log, the reader goes on.
func TestDamage(t *testing.T) {
	home := t.TempDir()
	path := filepath.Join(home, ".kimi/sessions/abc/5e55/wire.jsonl")
	sinktest.Copy(t, "testdata/cli.jsonl", path)
	sinktest.Damaged(t, New(Options{Home: home, Now: noon}), path)
}

// BenchmarkPull reads 8 MB of conversations.
func BenchmarkPull(b *testing.B) {
	home := b.TempDir()
	text := strings.Repeat(`func main() {\n\tfmt.Println(\"hello\")\n}\n`, 40)
	var all strings.Builder
	for i := 0; all.Len() < 8<<20; i++ {
		fmt.Fprintf(&all, `{"type":"context.append_loop_event","event":{"type":"content.part","part":{"text":"%s"}},"time":%d}`+"\n", text+text, 1772442000000+i)
		fmt.Fprintf(&all, `{"type":"usage.record","model":"moonshot-ai/kimi-k2","usage":{"inputOther":%d,"output":75,"inputCacheRead":1792,"inputCacheCreation":0},"usageScope":"turn","time":%d}`+"\n", i, 1772442000000+i)
	}
	sinktest.Write(b, filepath.Join(home, ".kimi-code/sessions/w/s/agents/main/wire.jsonl"), all.String())
	sinktest.Bench(b, New(Options{Home: home, Now: noon}), int64(all.Len()))
}
