package copilotchat

import (
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

func source(home string) *Source { return New(Options{Home: home, Now: noon}) }

const user = ".config/Code/User"

// said is what testdata/journal.jsonl says at last: 900 in and 30 out of the
// model that answered, 50 and 4, and 70 in. The vendor's own model does not
// count, although it was told of before the list was cut.
var said = usage.Tokens{Input: 1020, Output: 34}

// TestJournal: a request is counted once, as it is at last, in whatever pieces
// the journal is read.
func TestJournal(t *testing.T) {
	data := string(sinktest.Read(t, "testdata/journal.jsonl"))
	for _, pieces := range [][]string{{data}, strings.SplitAfter(data, "\n")} {
		home := t.TempDir()
		path := filepath.Join(home, user, "workspaceStorage/w/chatSessions/j1.jsonl")
		sinktest.Write(t, path, "")
		sinktest.Write(t, filepath.Join(home, user, "workspaceStorage/w/workspace.json"), `{"folder":"file://`+home+`/my%20work"}`)
		sinktest.Write(t, filepath.Join(home, user, "workspaceStorage/w/other.extension/x.jsonl"), data)
		src := source(home)
		var s sinktest.Sink
		for _, p := range pieces {
			if p != "" {
				sinktest.Append(t, path, p)
				s.Pull(t, src)
			}
		}
		if m := s.Total(); m.Tokens != said || m.Records != 3 {
			t.Errorf("in %d pieces: %+v", len(pieces), m)
		}
		var models []string
		for _, r := range s.Records {
			models = append(models, r.Model)
			if r.Session != "j1" || r.Project != "~/my work" || r.Provider != "github" || r.Requests != usage.Absent || r.Context != usage.Absent {
				t.Errorf("%+v", r)
			}
		}
		if slices.Sort(models); !slices.Equal(models, []string{"gpt-5", "gpt-5", "gpt-5-mini"}) {
			t.Errorf("%q", models)
		}
		if !slices.Equal(s.Reasons(), []string{"completionTokens is negative"}) {
			t.Errorf("%v", s.Quarantined)
		}
		s.Settled(t, src)
		sinktest.Sound(t, src)
		// The editor writes it anew, as one snapshot.
		sinktest.Write(t, path, `{"kind":0,"v":{"sessionId":"j1","creationDate":1772442000000,"requests":[{"requestId":"r0","timestamp":1772442001000,"modelId":"copilot/auto","promptTokens":900,"completionTokens":30,"result":{"metadata":{"resolvedModel":"gpt-5-mini"}}}]}}`)
		s.Pull(t, src)
		if m := s.Total(); m.Tokens != said || m.Records != 3 {
			t.Errorf("written anew: %+v", m)
		}
	}
}

// TestManyRequests: what is remembered of a long conversation stays small, and
// the latest request can still be changed.
func TestManyRequests(t *testing.T) {
	home := t.TempDir()
	var b strings.Builder
	b.WriteString(`{"kind":0,"v":{"sessionId":"long","creationDate":1772442000000,"requests":[]}}` + "\n")
	for i := range 500 {
		n := string(rune('0'+i/100)) + string(rune('0'+i/10%10)) + string(rune('0'+i%10))
		b.WriteString(`{"kind":2,"k":["requests"],"v":[{"requestId":"r` + n + `","modelId":"copilot/gpt-5","promptTokens":2}]}` + "\n")
		b.WriteString(`{"kind":1,"k":["requests",` + strings.TrimLeft(n[:2], "0") + n[2:] + `,"completionTokens"],"v":1}` + "\n")
	}
	sinktest.Write(t, filepath.Join(home, user, "globalStorage/emptyWindowChatSessions/long.jsonl"), b.String())
	var s sinktest.Sink
	s.Pull(t, source(home))
	if m := s.Total(); m.Tokens != (usage.Tokens{Input: 1000, Output: 500}) || len(s.Quarantined) != 0 {
		t.Errorf("%+v %v", m, s.Quarantined)
	}
	for key, value := range s.Cursors {
		if len(value) > 16<<10 {
			t.Errorf("cursor %s has %d bytes", key, len(value))
		}
	}
}

const schema = `CREATE TABLE spans (span_id TEXT PRIMARY KEY, trace_id TEXT NOT NULL, name TEXT NOT NULL, start_time_ms INTEGER NOT NULL, end_time_ms INTEGER NOT NULL,
	operation_name TEXT, provider_name TEXT, agent_name TEXT, conversation_id TEXT, request_model TEXT, response_model TEXT,
	input_tokens INTEGER, output_tokens INTEGER, cached_tokens INTEGER, reasoning_tokens INTEGER, chat_session_id TEXT)`

func span(id, operation, provider, session string, at string, counts string) string {
	return "INSERT INTO spans VALUES ('" + id + "', 't', 'n', " + at + ", " + at + ", '" + operation + "', '" + provider + "', 'a', '" + session + "', 'gpt-5', 'gpt-5-1', " + counts + ", NULL)"
}

// TestTraces: calls count, from the oldest on instead of journals, and each once.
func TestTraces(t *testing.T) {
	home := t.TempDir()
	path := filepath.Join(home, user, "globalStorage/github.copilot-chat/agent-traces.db")
	sinktest.Copy(t, "testdata/journal.jsonl", filepath.Join(home, user, "globalStorage/emptyWindowChatSessions/j1.jsonl"))
	sinktest.Write(t, filepath.Join(home, ".copilot/session-state/cli/events.jsonl"), "")
	sinktest.Database(t, path, schema,
		span("a", "chat", "github", "j1", "1772442060000.0", "100, 20, 60, 5"),
		span("b", "invoke_agent", "github", "j1", "1772442061000", "100, 20, 60, 5"),
		span("c", "chat", "github", "cli", "1772442062000", "7, 7, 0, 0"),
		span("d", "chat", "openai", "j1", "1772442062000", "7, 7, 0, 0"),
		span("e", "chat", "github", "j1", "1772442063000", "-1, 7, 0, 0"),
		span("f", "chat", "github", "j1", "1772442063000", "'many', 7, 0, 0"),
		span("g", "chat", "github", "j1", "0", "1, 7, 0, 0"))
	src := source(home)
	var s sinktest.Sink
	s.Pull(t, src)
	// Of the journal, the request before the first span.
	if m := s.Total(); m.Tokens != (usage.Tokens{Input: 900 + 40, CacheRead: 60, Output: 30 + 20, Reasoning: 5}) {
		t.Errorf("%+v", m)
	}
	if !slices.Equal(s.Reasons()[1:], []string{"token counts are negative or too large", "token counts are not whole numbers", "no timestamp"}) {
		t.Errorf("%q", s.Reasons())
	}
	s.Settled(t, src)
	sinktest.Database(t, path, span("h", "chat", "github", "j1", "1772442064000", "1, 1, 0, 0"))
	s.Pull(t, src)
	if m := s.Total(); m.Total() != 900+30+100+20+2 {
		t.Errorf("%+v", m)
	}
	sinktest.Sound(t, src)
}

// TestEditions: each edition that is there is read; where none is, one place is
// said to be looked in.
func TestEditions(t *testing.T) {
	home := t.TempDir()
	if roots := source(home).Roots(); len(roots) != 3 || !strings.HasPrefix(roots[0], filepath.Join(home, user)) {
		t.Errorf("%q", roots)
	}
	if New(Options{Now: noon}).Roots() != nil {
		t.Error("places without a home")
	}
	for _, dir := range []string{".config/Code - Insiders/User", ".vscode-server/data/User", "Library/Application Support/VSCodium/User"} {
		sinktest.Copy(t, "testdata/journal.jsonl", filepath.Join(home, dir, "workspaceStorage/w/chatSessions/j1.jsonl"))
	}
	var s sinktest.Sink
	src := source(home)
	if r := s.Pull(t, src); r.Read != 3 || s.Total().Tokens != said {
		t.Errorf("%+v %+v", r, s.Total())
	}
	s.Settled(t, src)
}

// TestRecordedLogs: a request of 12345 in and 678 out in the snapshot, and one of
// 1000 in that was pushed.
func TestRecordedLogs(t *testing.T) {
	home := t.TempDir()
	sinktest.Copy(t, filepath.Join(sinktest.Shared(t), "copilot_vscode/request-token-journal.jsonl"), filepath.Join(home, user, "workspaceStorage/w/chatSessions/chat-root-usage.jsonl"))
	var s sinktest.Sink
	s.Pull(t, source(home))
	if m := s.Total(); m.Records != 2 || m.Tokens != (usage.Tokens{Input: 13345, Output: 678}) || len(s.Quarantined) != 0 {
		t.Errorf("%+v %v", m, s.Quarantined)
	}
	for _, r := range s.Records {
		if r.Model != "gpt-4o" || r.Session != "chat-root-usage" || !r.Start.Equal(time.UnixMilli(1780157113020)) {
			t.Errorf("%+v", r)
		}
	}
}

// FuzzJournal holds the decoder to its promises whatever a file has in it.
func FuzzJournal(f *testing.F) {
	data := sinktest.Read(f, "testdata/journal.jsonl")
	f.Add(data)
	f.Add(data[:len(data)/2])
	f.Fuzz(func(t *testing.T, data []byte) {
		rowtest.Sound(t, Name, func() jsonl.Decoder { return &journal{} }, data, false, noon())
	})
}

// BenchmarkJournal reads 8 MB of a journal.
func BenchmarkJournal(b *testing.B) {
	home := b.TempDir()
	text := strings.Repeat(`func main() {\n\tfmt.Println(\"hello\")\n}\n`, 40)
	var all strings.Builder
	all.WriteString(`{"kind":0,"v":{"sessionId":"j1","creationDate":1772442000000,"requests":[]}}` + "\n")
	for all.Len() < 8<<20 {
		all.WriteString(`{"kind":2,"k":["requests"],"v":[{"requestId":"r","timestamp":1772442060000,"modelId":"copilot/gpt-5","message":{"text":"` + text + `"}}],"i":0}` + "\n")
		all.WriteString(`{"kind":2,"k":["requests",0,"response"],"v":[{"value":"` + text + text + `"}]}` + "\n")
		all.WriteString(`{"kind":1,"k":["requests",0,"promptTokens"],"v":900}` + "\n")
	}
	sinktest.Write(b, filepath.Join(home, user, "workspaceStorage/w/chatSessions/j1.jsonl"), all.String())
	src := source(home)
	sinktest.Bench(b, src, int64(all.Len()))
}

// TestDamage: whatever becomes of a journal or of the database, the reader goes
// on.
func TestDamage(t *testing.T) {
	home := t.TempDir()
	path := filepath.Join(home, user, "workspaceStorage/w/chatSessions/j1.jsonl")
	sinktest.Copy(t, "testdata/journal.jsonl", path)
	sinktest.Damaged(t, source(home), path)
	home = t.TempDir()
	path = filepath.Join(home, user, "globalStorage/github.copilot-chat/agent-traces.db")
	sinktest.Database(t, path, schema, span("a", "chat", "github", "j1", "1772442060000", "100, 20, 60, 5"))
	sinktest.Damaged(t, source(home), path)
}
