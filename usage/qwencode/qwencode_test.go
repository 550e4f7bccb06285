package qwencode_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/sinktest"
	"tokpit/usage/qwencode"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func source(home string) *qwencode.Source {
	return qwencode.New(qwencode.Options{Home: home, Now: func() time.Time { return noon }})
}

func tree(t *testing.T) (home, chats string) {
	home = t.TempDir()
	chats = filepath.Join(home, ".qwen/projects/-home-ann-work-toolbox/chats")
	sinktest.Copy(t, "testdata/chat.jsonl", filepath.Join(chats, "s-new.jsonl"))
	sinktest.Copy(t, "testdata/old.jsonl", filepath.Join(chats, "s-old.jsonl"))
	sinktest.Copy(t, "testdata/ledger.jsonl", filepath.Join(home, ".qwen/usage/token-usage-2026-09.jsonl"))
	return home, chats
}

// TestLedgerAndChats: the ledger counts, and of conversations only what it does
// not know: a session from before it, and the beginning of one.
func TestLedgerAndChats(t *testing.T) {
	home, _ := tree(t)
	src := source(home)
	var s sinktest.Sink
	s.Pull(t, src)
	for id, want := range map[string]usage.Tokens{
		"1ed9e200-0000-4000-8000-000000000001": {Input: 600, CacheRead: 400, Output: 60, Reasoning: 20},
		"1ed9e200-0000-4000-8000-000000000002": {Input: 100, Output: 15, Reasoning: 5},
		"c0000000-0000-4000-8000-000000000001": {Input: 7, Output: 3},
		"01d00000-0000-4000-8000-000000000005": {Input: 12, Output: 4},
	} {
		if got := s.Records[id]; got.Tokens != want || got.Flags != 0 {
			t.Errorf("%s: %+v", id, got)
		}
	}
	old, agents := usage.Tokens{}, []string{}
	for _, r := range s.Records {
		if r.Session == "s-old" {
			old = old.Add(r.Tokens)
			agents = append(agents, r.Agent)
		}
		if r.Session == "s-old" && r.Project != "/home/ann/work/toolbox" {
			t.Errorf("%+v", r)
		}
	}
	slices.Sort(agents)
	// Twice 19 in and 75 out, 64 of them thinking: once for each request, and
	// not again for the assistant's row; and 12 in and 4 out.
	if want := (usage.Tokens{Input: 50, Output: 154, Reasoning: 128}); old != want || !slices.Equal(agents, []string{"", "", "memory"}) {
		t.Errorf("%+v by %q", old, agents)
	}
	if len(s.Records) != 6 || !slices.Equal(s.Reasons(), []string{"inputTokens is not a number"}) {
		t.Errorf("%d records, %v", len(s.Records), s.Quarantined)
	}
	if r := s.Records["1ed9e200-0000-4000-8000-000000000002"]; r.Provider != "google" || r.Agent != "explorer" {
		t.Errorf("%+v", r)
	}
	s.Settled(t, src)
}

// TestInPieces cuts a conversation between telemetry and the row that repeats
// it.
func TestInPieces(t *testing.T) {
	home, chats := tree(t)
	var whole sinktest.Sink
	whole.Pull(t, source(home))
	path := filepath.Join(chats, "s-old.jsonl")
	data := string(sinktest.Read(t, path))
	lines := strings.SplitAfter(data, "\n")
	sinktest.Write(t, path, "")
	var s sinktest.Sink
	src := source(home)
	for _, line := range lines {
		if line != "" {
			sinktest.Append(t, path, line)
			s.Pull(t, src)
		}
	}
	if a, b := s.Total(), whole.Total(); a.Tokens != b.Tokens || a.Requests != b.Requests {
		t.Errorf("%+v, want %+v", a, b)
	}
}

// TestRecordedLogs compares with the totals of a genuine run, and with what was
// worked out by hand.
func TestRecordedLogs(t *testing.T) {
	dir := filepath.Join(sinktest.Shared(t), "qwen")
	var golden struct {
		Qwen struct {
			Rows     int64 `json:"usage_ledger_rows"`
			Input    int64 `json:"input_each"`
			Output   int64 `json:"output_each_incl_thoughts"`
			Thoughts int64
			Total    int64 `json:"total_each"`
			Chat     int64 `json:"chat_assistant_rows"`
			Requests int64 `json:"provider_requests"`
		} `json:"qwen-0.24.4"`
	}
	sinktest.Golden(t, "genuine CLI runs", &golden)
	g := golden.Qwen
	two := usage.Measures{Requests: g.Rows, Tokens: usage.Tokens{Input: g.Rows * g.Input, Output: g.Rows * g.Output, Reasoning: g.Rows * g.Thoughts}}
	if two.Total() != g.Rows*g.Total || g.Rows != g.Requests || g.Total == 0 {
		t.Fatalf("GOLDEN.json contradicts itself: %+v", g)
	}
	t.Run("genuine", func(t *testing.T) {
		home := t.TempDir()
		sinktest.Copy(t, filepath.Join(dir, "genuine-0.24.4"), filepath.Join(home, ".qwen"))
		check(t, home, two)
	})
	t.Run("genuine without its ledger", func(t *testing.T) {
		home := t.TempDir()
		sinktest.Copy(t, filepath.Join(dir, "genuine-0.24.4/projects"), filepath.Join(home, ".qwen/projects"))
		check(t, home, two)
	})
	for file, want := range map[string]usage.Measures{
		"019f0000-0000-7000-8000-000000000001.jsonl": {},
		// One of two rows of a message says 12 in and 4 out.
		"019f0000-0000-7000-8000-000000000004.jsonl": {Requests: 1, Tokens: usage.Tokens{Input: 12, Output: 4}},
		"019f0000-0000-7000-8000-000000000005.jsonl": {}, // two rows in a line, without counts
		"system_telemetry.jsonl":                     {}, // every count is 0
	} {
		t.Run(file, func(t *testing.T) {
			home := t.TempDir()
			sinktest.Copy(t, filepath.Join(dir, file), filepath.Join(home, ".qwen/projects/p/chats", file))
			check(t, home, want)
		})
	}
}

func check(t *testing.T, home string, want usage.Measures) {
	t.Helper()
	var s sinktest.Sink
	s.Pull(t, source(home))
	if m := s.Total(); m.Requests != want.Requests || m.Tokens != want.Tokens || len(s.Quarantined) != 0 {
		t.Errorf("%d requests %+v, want %d %+v; quarantined %v", m.Requests, m.Tokens, want.Requests, want.Tokens, s.Quarantined)
	}
}

// BenchmarkPull reads 8 MB of conversations.
func BenchmarkPull(b *testing.B) {
	home := b.TempDir()
	text := strings.Repeat(`func main() {\n\tfmt.Println(\"hello\")\n}\n`, 40)
	var all strings.Builder
	for i := 0; all.Len() < 8<<20; i++ {
		at := time.Date(2026, 5, 1, 0, 0, i, 0, time.UTC).Format(time.RFC3339)
		fmt.Fprintf(&all, `{"uuid":"u%d","sessionId":"s","timestamp":"%s","type":"user","cwd":"/w","message":{"parts":[{"text":"%s"}]}}`+"\n", i, at, text+text)
		fmt.Fprintf(&all, `{"uuid":"%032d","sessionId":"s","timestamp":"%s","type":"assistant","cwd":"/w","model":"qwen3","message":{"parts":[{"text":"%s"}]},"usageMetadata":{"promptTokenCount":1000,"candidatesTokenCount":75,"thoughtsTokenCount":64,"totalTokenCount":1075,"cachedContentTokenCount":10}}`+"\n", i, at, text)
	}
	sinktest.Write(b, filepath.Join(home, ".qwen/projects/p/chats/b.jsonl"), all.String())
	src := source(home)
	sinktest.Bench(b, src, int64(all.Len()))
}

// TestDamage: whatever becomes of a log, the reader goes on.
func TestDamage(t *testing.T) {
	for from, to := range map[string]string{"testdata/chat.jsonl": ".qwen/projects/p/chats/s.jsonl", "testdata/old.jsonl": ".qwen/projects/p/chats/s.jsonl", "testdata/ledger.jsonl": ".qwen/usage/token-usage-2026-09.jsonl"} {
		t.Run(filepath.Base(from), func(t *testing.T) {
			home := t.TempDir()
			path := filepath.Join(home, to)
			sinktest.Copy(t, from, path)
			sinktest.Damaged(t, source(home), path)
		})
	}
}
