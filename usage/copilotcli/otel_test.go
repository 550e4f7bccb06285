package copilotcli_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/copilotcli"
	"tokpit/usage/internal/sinktest"
)

// exported is what testdata/otel.jsonl says of two calls: 1000 in, of which 700
// cached, and 40 out; 80 in and 8 out. A run's sum, a log record of the first
// call and the editor's export do not count.
var exported = usage.Tokens{Input: 380, CacheRead: 700, Output: 48, Reasoning: 15}

// TestExports counts each call once, in whatever pieces the file is read.
func TestExports(t *testing.T) {
	data := string(sinktest.Read(t, "testdata/otel.jsonl"))
	for _, pieces := range [][]string{{data}, strings.SplitAfter(data, "\n")} {
		home := t.TempDir()
		path := filepath.Join(home, ".copilot/otel/o.jsonl")
		sinktest.Write(t, path, "")
		src := source(home)
		var s sinktest.Sink
		for _, p := range pieces {
			if p != "" {
				sinktest.Append(t, path, p)
				s.Pull(t, src)
			}
		}
		if m := s.Total(); m.Tokens != exported || m.Requests != 2 {
			t.Errorf("in %d pieces: %+v", len(pieces), m)
		}
		for _, r := range s.Records {
			if r.Session != "0te1" || r.Model != "gpt-5-mini" || r.Provider != "github" || r.Context != r.TotalInput() {
				t.Errorf("%+v", r)
			}
		}
		if !slices.Equal(s.Reasons(), []string{"gen_ai.usage.input_tokens is not a whole number"}) {
			t.Errorf("%v", s.Quarantined)
		}
		s.Settled(t, src)
		sinktest.Sound(t, src)
	}
}

// TestOneAccountOfASession: exports say nothing new of a session that has an
// event log, nor of what the database tells of; and the file may be anywhere.
func TestOneAccountOfASession(t *testing.T) {
	events := strings.ReplaceAll(string(sinktest.Read(t, "testdata/events.jsonl")), "c0p1", "0te1")
	home := t.TempDir()
	sinktest.Copy(t, "testdata/otel.jsonl", filepath.Join(home, ".copilot/otel/o.jsonl"))
	sinktest.Write(t, filepath.Join(home, ".copilot/session-state/0te1/events.jsonl"), events)
	var s sinktest.Sink
	s.Pull(t, source(home))
	if m := s.Total(); m.Tokens != sum {
		t.Errorf("events and exports: %+v", m)
	}

	home = t.TempDir()
	sinktest.Copy(t, "testdata/otel.jsonl", filepath.Join(home, ".copilot/otel/o.jsonl"))
	sinktest.Database(t, filepath.Join(home, ".copilot/session-store.db"),
		"CREATE TABLE assistant_usage_events (id INTEGER PRIMARY KEY, session_id TEXT, model TEXT, input_tokens INTEGER, output_tokens INTEGER, created_at TEXT)",
		"INSERT INTO assistant_usage_events VALUES (1, '0te1', 'gpt-5-mini', 5, 1, '2026-03-02 09:00:30')")
	s = sinktest.Sink{}
	s.Pull(t, source(home))
	// The first call was before the database's first row, the second after it.
	if m := s.Total(); m.Tokens != (usage.Tokens{Input: 305, CacheRead: 700, Output: 41, Reasoning: 15}) {
		t.Errorf("database and exports: %+v", m)
	}

	home = t.TempDir()
	elsewhere := filepath.Join(t.TempDir(), "copilot.otel")
	sinktest.Copy(t, "testdata/otel.jsonl", elsewhere)
	s = sinktest.Sink{}
	s.Pull(t, copilotcli.New(copilotcli.Options{Home: home, Now: func() time.Time { return noon }, Getenv: func(name string) string {
		return map[string]string{"COPILOT_OTEL_FILE_EXPORTER_PATH": elsewhere}[name]
	}}))
	if m := s.Total(); m.Tokens != exported {
		t.Errorf("elsewhere: %+v", m)
	}
}

// TestRecordedExports: 19452 in, of which 123 cached and 25 stored, and 281 out,
// of which 128 thinking; 60 in and 10 out, which a record and a run's span tell
// of too: the latter has no time. Visual Studio's files have no counts.
func TestRecordedExports(t *testing.T) {
	dir := filepath.Join(sinktest.Shared(t), "copilot_otel")
	home := t.TempDir()
	sinktest.Copy(t, dir, filepath.Join(home, ".copilot/otel"))
	var s sinktest.Sink
	report := s.Pull(t, source(home))
	want := usage.Tokens{Input: 19304 + 60, CacheRead: 123, CacheWrite5m: 25, Output: 291, Reasoning: 128}
	if m := s.Total(); m.Tokens != want || m.Requests != 2 || report.Read != 5 {
		t.Errorf("%+v of %d files", m, report.Read)
	}
	if !slices.Equal(s.Reasons(), []string{"no timestamp"}) {
		t.Errorf("%v", s.Quarantined)
	}
}

// TestDamage: whatever becomes of one of the accounts, the reader goes on.
func TestDamage(t *testing.T) {
	for from, to := range map[string]string{"testdata/events.jsonl": ".copilot/session-state/c0p1/events.jsonl", "testdata/otel.jsonl": ".copilot/otel/o.jsonl"} {
		home := t.TempDir()
		sinktest.Copy(t, from, filepath.Join(home, to))
		sinktest.Damaged(t, source(home), filepath.Join(home, to))
	}
	home := t.TempDir()
	path := filepath.Join(home, ".copilot/session-store.db")
	sinktest.Database(t, path, "CREATE TABLE assistant_usage_events (id INTEGER PRIMARY KEY, session_id TEXT, model TEXT, input_tokens INTEGER, output_tokens INTEGER, total_nano_aiu INTEGER, created_at TEXT)",
		"INSERT INTO assistant_usage_events VALUES (1, 's', 'gpt-5-mini', 5, 1, 7, '2026-03-02 09:00:30'), (2, 's', 'gpt-5-mini', 'many', 1, 'much', '2026-03-02 09:00:30'), (3, 's', 'm', 1, 1, 'much', x'00')")
	src := source(home)
	var s sinktest.Sink
	s.Pull(t, src)
	if m := s.Total(); m.Total() != 6 || !slices.Equal(s.Reasons(), []string{"token counts are not whole numbers", "no timestamp"}) {
		t.Errorf("%+v %q", m, s.Reasons())
	}
	sinktest.Damaged(t, src, path)
}
