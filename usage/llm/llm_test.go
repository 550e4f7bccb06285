package llm_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/sinktest"
	"tokpit/usage/llm"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func options(home string) llm.Options {
	return llm.Options{Home: home, Now: func() time.Time { return noon }}
}

const columns = "(id TEXT PRIMARY KEY, model TEXT, resolved_model TEXT, %s TEXT, input_tokens INTEGER, output_tokens INTEGER, token_details TEXT, datetime_utc TEXT)"

// TestBothTables reads requests of both versions, with cached tokens inside and
// beside input, and goes on from where it was.
func TestBothTables(t *testing.T) {
	home := t.TempDir()
	path := filepath.Join(home, ".config/io.datasette.llm/logs.db")
	sinktest.Database(t, path, "CREATE TABLE responses "+fmt.Sprintf(columns, "conversation_id"), "CREATE TABLE turns "+fmt.Sprintf(columns, "thread_id"),
		`INSERT INTO responses VALUES ('r1', 'gpt-4o', 'gpt-4o-2024-08-06', 'c', 100, 20, '{"prompt_tokens_details":{"cached_tokens":60,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":5}}', '2026-03-01T10:00:00.123456'),
			('r2', 'claude', NULL, 'c', 10, 2, '{"cache_read_input_tokens":300,"cache_creation_input_tokens":40}', '2026-03-01T11:00:00.000000'),
			('r3', 'm', NULL, 'c', NULL, NULL, NULL, '2026-03-01T11:00:00'), ('r4', 'm', NULL, 'c', 1, 1, '{"cache_read_input_tokens":"x"}', '2026-03-01T11:00:00'),
			('r5', 'm', NULL, 'c', 1, 1, NULL, NULL)`)
	src := llm.New(options(home))
	var s sinktest.Sink
	s.Pull(t, src)
	if r := s.Records["r1"]; r.Tokens != (usage.Tokens{Input: 40, CacheRead: 60, Output: 20, Reasoning: 5}) || r.Model != "gpt-4o-2024-08-06" || r.Session != "c" {
		t.Errorf("%+v", r)
	}
	if r := s.Records["r2"]; r.Tokens != (usage.Tokens{Input: 10, CacheRead: 300, CacheWrite5m: 40, Output: 2}) || r.Model != "claude" {
		t.Errorf("%+v", r)
	}
	if !slices.Equal(s.Reasons(), []string{"cache_read_input_tokens is not a number", "no timestamp"}) || len(s.Records) != 2 {
		t.Errorf("%d records, %v", len(s.Records), s.Quarantined)
	}
	s.Settled(t, src)
	sinktest.Database(t, path, `INSERT INTO turns VALUES ('t1', 'gpt-5', NULL, 'x', 7, 3, NULL, '2026-03-02T10:00:00')`)
	s.Pull(t, src)
	if r := s.Records["t1"]; r.Tokens != (usage.Tokens{Input: 7, Output: 3}) || len(s.Records) != 3 || len(s.Quarantined) != 2 {
		t.Errorf("%+v, %d records, %v", r, len(s.Records), s.Quarantined)
	}
}

// TestRecordedLogs: 8 in and 12 out in the older table; in the newer one 1200
// in, of which 1024 cached, and 2301 out, of which 2240 thinking.
func TestRecordedLogs(t *testing.T) {
	home := t.TempDir()
	sinktest.Copy(t, filepath.Join(sinktest.Shared(t), "llm_simonw"), filepath.Join(home, ".config/io.datasette.llm"))
	var s sinktest.Sink
	s.Pull(t, llm.New(options(home)))
	if m := s.Total(); m.Tokens != (usage.Tokens{Input: 184, CacheRead: 1024, Output: 2313, Reasoning: 2240}) || m.Requests != 2 || len(s.Quarantined) != 0 {
		t.Errorf("%+v, quarantined %v", m, s.Quarantined)
	}
}

// FuzzDetails holds the reader to its promises whatever token_details are.
func FuzzDetails(f *testing.F) {
	f.Add(`{"prompt_tokens_details":{"cached_tokens":60},"cache_read_input_tokens":1e3}`)
	f.Fuzz(func(t *testing.T, details string) {
		home := t.TempDir()
		sinktest.Database(t, filepath.Join(home, ".config/io.datasette.llm/logs.db"), "CREATE TABLE responses "+fmt.Sprintf(columns, "conversation_id"),
			"INSERT INTO responses VALUES ('r1', 'm', 'm', 'c', 100, 20, '"+strings.ReplaceAll(strings.ReplaceAll(details, "'", "''"), "\x00", "")+"', '2026-03-01T10:00:00')")
		sinktest.Sound(t, llm.New(options(home)))
	})
}

// TestOddRows: a row that is not what its columns say is named, and the others
// count; a foreign file, or half of one, counts nothing.
func TestOddRows(t *testing.T) {
	home := t.TempDir()
	path := filepath.Join(home, ".config/io.datasette.llm/logs.db")
	sinktest.Database(t, path, "CREATE TABLE responses "+fmt.Sprintf(columns, "conversation_id"), "CREATE TABLE turns "+fmt.Sprintf(columns, "another_id"),
		`INSERT INTO responses VALUES ('r1', 'm', NULL, 'c', 100, 20, NULL, '2026-03-01T10:00:00'), ('r2', 'm', NULL, 'c', 'many', 20, NULL, '2026-03-01T10:00:00'),
			('r3', x'ff', x'fe', 7, 1, x'00', x'7b', '2026-03-01T10:00:00'), ('r4', 'm', 'm', 'c', 1, 1, '{', '2026-03-01T10:00:00'),
			('r5', 'm', 'm', 'c', 1, 1, '[1]', '2126-03-01T10:00:00'), ('r6', 'm', 'm', 'c', -1, 1, NULL, '2026-03-01T10:00:00')`,
		`INSERT INTO turns VALUES ('t1', 'm', NULL, 'c', 100, 20, NULL, '2026-03-01T10:00:00')`)
	src := llm.New(options(home))
	var s sinktest.Sink
	s.Pull(t, src)
	const odd = "token counts are not whole numbers"
	want := []string{odd, odd, "token_details is not JSON", "timestamp in the future", "token counts are negative or too large"}
	if m := s.Total(); m.Total() != 120 || !slices.Equal(s.Reasons(), want) {
		t.Errorf("%+v %q", m, s.Reasons())
	}
	sinktest.Damaged(t, src, path)
}

// BenchmarkPull reads 20,000 requests.
func BenchmarkPull(b *testing.B) {
	home := b.TempDir()
	path := filepath.Join(home, ".config/io.datasette.llm/logs.db")
	sinktest.Database(b, path, "CREATE TABLE responses "+fmt.Sprintf(columns, "conversation_id"),
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
		INSERT INTO responses SELECT 'r' || i, 'gpt-4o', 'gpt-4o-2024-08-06', 'c' || (i / 5), i, 20,
			'{"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":5}}', '2026-03-01T10:00:00.123456' FROM n`)
	sinktest.Bench(b, llm.New(options(home)), int64(len(sinktest.Read(b, path))))
}
