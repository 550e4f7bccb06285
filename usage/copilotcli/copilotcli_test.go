package copilotcli_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/copilotcli"
	"tokpit/usage/internal/sinktest"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func source(home string) *copilotcli.Source {
	return copilotcli.New(copilotcli.Options{Home: home, Now: func() time.Time { return noon }})
}

// sum is what the shutdowns of testdata/events.jsonl say at last: 1500 in, of
// which 900 cached, and 70 out; 100 in, of which 40 were stored, and 10 out.
var sum = usage.Tokens{Input: 660, CacheRead: 900, CacheWrite5m: 40, Output: 80}

// TestEvents: messages and shutdowns add up to the last shutdown's sums, in
// whatever pieces the log is read.
func TestEvents(t *testing.T) {
	data := string(sinktest.Read(t, "testdata/events.jsonl"))
	for _, pieces := range [][]string{{data}, strings.SplitAfter(data, "\n")} {
		home := t.TempDir()
		path := filepath.Join(home, ".copilot/session-state/c0p1/events.jsonl")
		sinktest.Write(t, path, "")
		src := source(home)
		var s sinktest.Sink
		for _, p := range pieces {
			if p != "" {
				sinktest.Append(t, path, p)
				s.Pull(t, src)
			}
		}
		if m := s.Total(); m.Tokens != sum || m.Requests != 5 {
			t.Errorf("in %d pieces: %+v", len(pieces), m)
		}
		if !slices.Equal(s.Reasons(), []string{"outputTokens is negative"}) {
			t.Errorf("%v", s.Quarantined)
		}
		days := map[string]int64{}
		for _, r := range s.Records {
			days[r.Start.Format(time.DateOnly)] += r.Total()
			if r.Provider != "github" || r.Session != "c0p1" || r.Project != "/home/ann/work/toolbox" || r.Context != usage.Absent {
				t.Errorf("%+v", r)
			}
		}
		if days["2026-03-02"] != 1160 || days["2026-03-03"] != 520 {
			t.Errorf("%v", days)
		}
		s.Settled(t, src)
	}
}

// TestResumed: sums of a process that went on with a session are added to those
// of the one before, smaller or greater, and not counted again if they include
// them.
func TestResumed(t *testing.T) {
	row := func(kind, data string, at int) string {
		return fmt.Sprintf(`{"type":"%s","data":%s,"id":"e%d","timestamp":"2026-03-02T09:00:%02d.000Z"}`+"\n", kind, data, at, at)
	}
	shutdown := func(in, cached, out, at int) string {
		return row("session.shutdown", fmt.Sprintf(`{"modelMetrics":{"m":{"requests":{"count":1},"usage":{"inputTokens":%d,"outputTokens":%d,"cacheReadTokens":%d}}}}`, in, out, cached), at)
	}
	said := func(out, at int) string {
		return row("assistant.message", fmt.Sprintf(`{"messageId":"m%d","outputTokens":%d,"model":"m"}`, at, out), at)
	}
	first := row("session.start", `{"sessionId":"s","selectedModel":"m"}`, 0) + said(50, 1) + shutdown(1000, 800, 50, 2) + row("session.resume", `{}`, 3)
	for name, c := range map[string]struct {
		second string
		want   usage.Tokens
	}{
		"smaller": {said(20, 4) + shutdown(400, 300, 20, 5), usage.Tokens{Input: 300, CacheRead: 1100, Output: 70}},
		"greater": {said(90, 4) + shutdown(2000, 900, 90, 5), usage.Tokens{Input: 1300, CacheRead: 1700, Output: 140}},
		"sum":     {said(20, 4) + shutdown(1400, 1100, 70, 5), usage.Tokens{Input: 300, CacheRead: 1100, Output: 70}},
		"killed":  {said(20, 4), usage.Tokens{Input: 200, CacheRead: 800, Output: 70}},
	} {
		home := t.TempDir()
		path := filepath.Join(home, ".copilot/session-state/s/events.jsonl")
		sinktest.Write(t, path, first)
		src := source(home)
		var s sinktest.Sink
		s.Pull(t, src)
		sinktest.Append(t, path, c.second)
		s.Pull(t, src)
		if m := s.Total(); m.Tokens != c.want || len(s.Quarantined) != 0 {
			t.Errorf("%s: %+v %v", name, m, s.Quarantined)
		}
		for _, r := range s.Records {
			if r.Flags&usage.FlagTotalMismatch != 0 {
				t.Errorf("%s: %+v", name, r)
			}
		}
	}
}

// TestDatabaseAndEvents: from the database's oldest row on, events say nothing
// new; and the database is read on from its last row.
func TestDatabaseAndEvents(t *testing.T) {
	home := t.TempDir()
	sinktest.Copy(t, "testdata/events.jsonl", filepath.Join(home, ".copilot/session-state/c0p1/events.jsonl"))
	path := filepath.Join(home, ".copilot/session-store.db")
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	do := func(statements ...string) {
		t.Helper()
		for _, s := range statements {
			if _, err := db.Exec(s); err != nil {
				t.Fatal(err)
			}
		}
	}
	do("CREATE TABLE sessions (id TEXT, cwd TEXT)", "INSERT INTO sessions VALUES ('s', '/w')",
		`CREATE TABLE assistant_usage_events (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT, turn_index INTEGER, model TEXT,
			input_tokens INTEGER, output_tokens INTEGER, cache_read_tokens INTEGER, cache_write_tokens INTEGER, reasoning_tokens INTEGER, total_nano_aiu INTEGER, created_at TEXT)`,
		"INSERT INTO assistant_usage_events VALUES (1, 's', 0, 'gpt-5', 100, 20, 60, 10, 5, 250000000000, '2026-03-03 00:00:00')",
		"INSERT INTO assistant_usage_events VALUES (2, 's', 0, 'gpt-5', -1, 20, 60, 10, 5, 0, '2026-03-03 00:00:01')")
	src := source(home)
	var s sinktest.Sink
	s.Pull(t, src)
	// Of the events, the first day's 1160 tokens.
	if m := s.Total(); m.Total() != 1160+120 || len(m.Reported) != 1 || m.Reported[0].Amount.String() != "2.5" {
		t.Errorf("%+v", m)
	}
	if r := s.Records["s/1"]; r.Tokens != (usage.Tokens{Input: 30, CacheRead: 60, CacheWrite5m: 10, Output: 20, Reasoning: 5}) || r.Project != "/w" || r.Model != "gpt-5" {
		t.Errorf("%+v", r)
	}
	if len(s.Quarantined) != 2 {
		t.Errorf("%v", s.Quarantined)
	}
	s.Settled(t, src)
	do("INSERT INTO assistant_usage_events VALUES (3, 's', 1, 'gpt-5', 7, 1, 0, 0, 0, 0, '2026-03-04 00:00:00')")
	s.Pull(t, src)
	if m := s.Total(); m.Total() != 1160+120+8 {
		t.Errorf("%+v", m)
	}
}

// TestRecordedLogs compares with totals that were worked out by hand from each
// file, before it was read.
func TestRecordedLogs(t *testing.T) {
	dir := filepath.Join(sinktest.Shared(t), "copilot_cli")
	read := func(t *testing.T, from, to string) *sinktest.Sink {
		home := t.TempDir()
		sinktest.Copy(t, filepath.Join(dir, from), filepath.Join(home, ".copilot", to))
		var s sinktest.Sink
		s.Pull(t, source(home))
		return &s
	}
	for from, want := range map[string]usage.Measures{
		// 12 + 3 out; the shutdown's tokenDetails name no model
		"small.jsonl": {Requests: 2, Tokens: usage.Tokens{Output: 15}},
		"large.jsonl": {}, // messages without counts
		"subdir_v1/aaaabbbb-1111-2222-3333-ccccddddeeee/events.jsonl": {Requests: 2, Tokens: usage.Tokens{Output: 26}},
		// a shutdown: two requests, 1000 in of which 800 cached, 50 out
		"schema_drift.jsonl": {Requests: 2, Tokens: usage.Tokens{Input: 200, CacheRead: 800, Output: 50}},
	} {
		t.Run(filepath.Base(from), func(t *testing.T) {
			s := read(t, from, "session-state/x/events.jsonl")
			if m := s.Total(); m.Requests != want.Requests || m.Tokens != want.Tokens || len(s.Quarantined) != 0 {
				t.Errorf("%d requests %+v, want %d %+v; quarantined %v", m.Requests, m.Tokens, want.Requests, want.Tokens, s.Quarantined)
			}
		})
	}
	t.Run("session-store.db", func(t *testing.T) {
		s := read(t, "session-store.db", "session-store.db")
		// 21343 in, of which 20974 were stored, and 100 out; 10 in, 5 out.
		// 556570000 and 1 of 10^11 to a dollar.
		m := s.Total()
		if m.Requests != 2 || m.Tokens != (usage.Tokens{Input: 379, CacheWrite5m: 20974, Output: 105}) || len(s.Quarantined) != 0 ||
			m.Reported[0].Amount.String() != "0.00556570001" {
			t.Errorf("%+v; quarantined %v", m, s.Quarantined)
		}
		if r := s.Records["session-1/2"]; r.Model != "claude-sonnet-4-5" {
			t.Errorf("%+v", r)
		}
	})
}

// BenchmarkPull reads 8 MB of events.
func BenchmarkPull(b *testing.B) {
	home := b.TempDir()
	text := strings.Repeat(`func main() {\n\tfmt.Println(\"hello\")\n}\n`, 40)
	var all strings.Builder
	for all.Len() < 8<<20 {
		all.WriteString(`{"type":"tool.execution_complete","data":{"result":{"content":"` + text + text + `"}},"id":"e","timestamp":"2026-03-02T09:00:01.000Z"}` + "\n")
		all.WriteString(`{"type":"assistant.message","data":{"messageId":"m","content":"` + text + `","outputTokens":30},"id":"e3","timestamp":"2026-03-02T09:00:02.000Z"}` + "\n")
	}
	sinktest.Write(b, filepath.Join(home, ".copilot/session-state/c/events.jsonl"), all.String())
	src := source(home)
	sinktest.Bench(b, src, int64(all.Len()))
}
