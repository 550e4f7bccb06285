package geminicli_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/geminicli"
	"tokpit/usage/internal/sinktest"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func source(home string) *geminicli.Source {
	return geminicli.New(geminicli.Options{Home: home, Now: func() time.Time { return noon }})
}

const (
	two   = "11111111-0000-4000-8000-000000000002"
	three = "11111111-0000-4000-8000-000000000003"
)

// TestSession reads both forms of log: a message that is logged three times,
// thinking outside output, tool prompts outside input, cached tokens inside
// input and (by the total) beside it, a total that nothing fits, and a message
// of a document that cannot be counted.
func TestSession(t *testing.T) {
	home := t.TempDir()
	chats := filepath.Join(home, ".gemini/tmp/toolbox/chats")
	sinktest.Copy(t, "testdata", chats)
	sinktest.Write(t, filepath.Join(home, ".gemini/tmp/toolbox/.project_root"), home+"/work/toolbox\n")
	sinktest.Write(t, filepath.Join(home, ".gemini/tmp/toolbox/logs.json"), `[{"type":"user"}]`)
	src := source(home)
	var s sinktest.Sink
	if r := s.Pull(t, src); r.Files != 2 || r.Read != 2 {
		t.Errorf("%+v", r)
	}
	for id, want := range map[string]usage.Tokens{
		two:              {Input: 407, CacheRead: 600, Output: 65, Reasoning: 25},
		three:            {Input: 10, Output: 5},
		"old-session/a2": {Input: 100, CacheRead: 30, Output: 25, Reasoning: 5},
		"old-session/a4": {Input: 3, Output: 4},
	} {
		got := s.Records[id]
		if got.Tokens != want || got.Requests != 1 || got.Context != want.TotalInput() || got.Provider != "google" || got.Project != "~/work/toolbox" {
			t.Errorf("%s: %+v", id, got)
		}
		if flagged := got.Flags == usage.FlagTotalMismatch; flagged != (id == three) {
			t.Errorf("%s: flags %d", id, got.Flags)
		}
	}
	if len(s.Records) != 4 {
		t.Errorf("%d records", len(s.Records))
	}
	if r := s.Records[two]; r.Model != "gemini-2.5-pro" || r.Session != "5e551011-0000-4000-8000-00000000000a" ||
		!r.Start.Equal(time.Date(2026, 3, 2, 9, 0, 3, 0, time.UTC)) {
		t.Errorf("%+v", r)
	}
	want := usage.Quarantined{Source: geminicli.Name, File: filepath.Join(chats, "session-2.json"), Line: 11, Reason: "input is not a number"}
	if !slices.Equal(s.Quarantined, []usage.Quarantined{want}) {
		t.Errorf("%+v", s.Quarantined)
	}
	s.Settled(t, src)
}

// TestAppended goes on in the middle of a session, whose header is not read
// again, and reads a document anew that was written anew.
func TestAppended(t *testing.T) {
	home := t.TempDir()
	chats := filepath.Join(home, ".gemini/tmp/toolbox/chats")
	sinktest.Copy(t, "testdata", chats)
	src := source(home)
	var s sinktest.Sink
	s.Pull(t, src)
	line := `{"id":"11111111-0000-4000-8000-000000000004","timestamp":"2026-03-02T09:01:00.000Z","type":"gemini","tokens":{"input":1,"output":2,"total":3},"model":"m"}` + "\n"
	sinktest.Append(t, filepath.Join(chats, "session-1.jsonl"), line)
	if r := s.Pull(t, src); r.BytesRead != int64(len(line)) {
		t.Errorf("%+v", r)
	}
	if got := s.Records["11111111-0000-4000-8000-000000000004"]; got.Session != "5e551011-0000-4000-8000-00000000000a" || got.Total() != 3 || got.Project != "toolbox" {
		t.Errorf("%+v", got)
	}
	sinktest.Write(t, filepath.Join(chats, "session-2.json"), `{"sessionId":"old-session","messages":[{"id":"a2","timestamp":"2026-03-01T10:00:05Z","type":"gemini",
	"tokens":{"input":100,"output":20,"cached":30,"thoughts":5,"total":155}},{"id":"a5","timestamp":"2026-03-01T10:00:08Z","type":"gemini","tokens":{"input":1,"output":1,"total":2}}]}`)
	before := len(s.Records)
	s.Pull(t, src)
	if len(s.Records) != before+1 || len(s.Quarantined) != 0 {
		t.Errorf("%d records after %d, quarantined %v", len(s.Records), before, s.Quarantined)
	}
	sinktest.Write(t, filepath.Join(chats, "session-2.json"), `{"sessionId":"old-session","messages":[{"id":"a2","timestamp":"2026-0`)
	s.Pull(t, src)
	if len(s.Records) != before+1 || len(s.Quarantined) != 1 || s.Quarantined[0].Line != 0 {
		t.Errorf("a document that is cut off: %d records, quarantined %v", len(s.Records), s.Quarantined)
	}
}

func TestRoots(t *testing.T) {
	env := func(name string) string { return map[string]string{"GEMINI_CLI_HOME": "~/g"}[name] }
	got := geminicli.New(geminicli.Options{Home: "/home/ann", Getenv: env}).Roots()
	if want := []string{filepath.FromSlash("/home/ann/g/.gemini/tmp"), filepath.FromSlash("/home/ann/g/tmp")}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := geminicli.New(geminicli.Options{}).Roots(); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

// TestOddFiles reads files that no Gemini CLI wrote.
func TestOddFiles(t *testing.T) {
	long := `{"sessionId":"s","messages":[` + strings.Repeat(`{"id":"x","type":"gemini","tokens":{"input":-1}},`, 3000) + `{}]}`
	for name, content := range map[string]string{
		"session-a.json": "", "session-b.json": "\n\n", "session-c.json": "[]", "session-d.json": "\x00\xff{}", "session-e.json": long,
		"session-f.jsonl": strings.Repeat("{", 1<<20), "session-g.jsonl": strings.Repeat(`{"a":`, 20000) + strings.Repeat("}", 20000) + "\n",
		"session-h.json": `{"messages":[{"tokens":{"input":1,"output":1},"timestamp":"1970-01-01T00:00:00Z"}]}`,
		"session-i.json": `{"messages":[{"tokens":{"input":1,"output":1},"timestamp":"2999-01-01T00:00:00Z"}]}`,
	} {
		home := t.TempDir()
		sinktest.Write(t, filepath.Join(home, ".gemini/tmp/p/chats", name), content)
		var s sinktest.Sink
		s.Pull(t, source(home))
		if len(s.Records) != 0 || (len(s.Quarantined) == 0) == (len(strings.TrimSpace(content)) > 0 && name != "session-f.jsonl") {
			t.Errorf("%s: %d records, quarantined %.200v", name, len(s.Records), s.Quarantined)
		}
	}
}

// TestRecordedLogs compares with totals that were worked out by hand from each
// file, before it was read.
func TestRecordedLogs(t *testing.T) {
	dir := filepath.Join(sinktest.Shared(t), "gemini_cli")
	for file, want := range map[string]usage.Measures{
		// 100 in, 10 out; the other messages have no tokens
		"agent-sessions/large.json": {Requests: 1, Tokens: usage.Tokens{Input: 100, Output: 10}},
		"agent-sessions/small.json": {Requests: 1, Tokens: usage.Tokens{Input: 10, Output: 5}},
		// 11855 + 12069 in, of which 11502 cached; 81 + 147 out
		"agent-sessions/jsonl_v040.jsonl":  {Requests: 2, Tokens: usage.Tokens{Input: 12422, CacheRead: 11502, Output: 228}},
		"agent-sessions/schema_drift.json": {}, // a form without tokens
		"agentsview/thinking_only.json":    {},
		"agentsview/tool_calls.json":       {},
		"agentsview/system_messages.json":  {},
		// The totals, 1850 and 2450, say that cached stands beside input here:
		// 1500 + 2000 in, 100 + 50 cached, 200 + 300 out and 50 + 100 thinking.
		"agentsview/standard_session.json": {Requests: 2, Tokens: usage.Tokens{Input: 3500, CacheRead: 150, Output: 650, Reasoning: 150}},
	} {
		t.Run(filepath.Base(file), func(t *testing.T) {
			home := t.TempDir()
			sinktest.Copy(t, filepath.Join(dir, file), filepath.Join(home, ".gemini/tmp/p/chats/session-x"+filepath.Ext(file)))
			check(t, home, want)
		})
	}
	t.Run("genuine", func(t *testing.T) {
		var golden struct {
			Gemini struct {
				Input, Output, Total int64
				Thoughts             int64 `json:"thoughts_separate"`
			} `json:"gemini-0.61.0"`
		}
		sinktest.Golden(t, "genuine CLI runs", &golden)
		g := golden.Gemini
		home := t.TempDir()
		sinktest.Copy(t, filepath.Join(dir, "genuine-0.61.0"), filepath.Join(home, ".gemini"))
		s := check(t, home, usage.Measures{Requests: 1, Tokens: usage.Tokens{Input: g.Input, Output: g.Output + g.Thoughts, Reasoning: g.Thoughts}})
		if m := s.Total(); m.Total() != g.Total || g.Total == 0 {
			t.Errorf("total %d, want %d", m.Total(), g.Total)
		}
	})
}

func check(t *testing.T, home string, want usage.Measures) *sinktest.Sink {
	t.Helper()
	var s sinktest.Sink
	s.Pull(t, source(home))
	if m := s.Total(); m.Requests != want.Requests || m.Tokens != want.Tokens || len(s.Quarantined) != 0 {
		t.Errorf("%d requests %+v, want %d %+v; quarantined %v", m.Requests, m.Tokens, want.Requests, want.Tokens, s.Quarantined)
	}
	return &s
}

// BenchmarkPull reads 8 MB of conversations with long answers.
func BenchmarkPull(b *testing.B) {
	home := b.TempDir()
	text := strings.Repeat(`func main() {\n\tfmt.Println(\"hello\")\n}\n`, 40)
	var all strings.Builder
	all.WriteString(`{"sessionId":"s","kind":"main"}` + "\n")
	for i := 0; all.Len() < 8<<20; i++ {
		at := time.Date(2026, 5, 1, 0, 0, i, 0, time.UTC).Format(time.RFC3339)
		fmt.Fprintf(&all, `{"id":"u%d","timestamp":"%s","type":"user","content":[{"text":"%s"}]}`+"\n", i, at, text+text)
		fmt.Fprintf(&all, `{"id":"%032d","timestamp":"%s","type":"gemini","content":"%s","tokens":{"input":1000,"output":40,"cached":600,"thoughts":25,"tool":0,"total":1065},"model":"gemini-2.5-pro"}`+"\n", i, at, text)
	}
	sinktest.Write(b, filepath.Join(home, ".gemini/tmp/p/chats/session-b.jsonl"), all.String())
	src := source(home)
	sinktest.Bench(b, src, int64(all.Len()))
}

// TestDamage: whatever becomes of a log, the reader goes on.
func TestDamage(t *testing.T) {
	for from, to := range map[string]string{"testdata/session-1.jsonl": ".gemini/tmp/p/chats/session-1.jsonl", "testdata/session-2.json": ".gemini/tmp/p/chats/session-2.json"} {
		t.Run(filepath.Base(from), func(t *testing.T) {
			home := t.TempDir()
			path := filepath.Join(home, to)
			sinktest.Copy(t, from, path)
			sinktest.Damaged(t, source(home), path)
		})
	}
}
