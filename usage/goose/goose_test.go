package goose_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/goose"
	"tokpit/usage/internal/sinktest"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func options(home string) goose.Options {
	return goose.Options{Home: home, Now: func() time.Time { return noon }}
}

// TestGrowth follows a session over days: each pull counts what was added, a
// session that began anew counts from nothing, and rows that say nothing new
// count nothing.
func TestGrowth(t *testing.T) {
	home := t.TempDir()
	path := filepath.Join(home, ".local/share/goose/sessions/sessions.db")
	sinktest.Database(t, path, `CREATE TABLE sessions (id TEXT PRIMARY KEY, working_dir TEXT, updated_at TIMESTAMP, total_tokens INTEGER, input_tokens INTEGER, output_tokens INTEGER,
		accumulated_total_tokens INTEGER, accumulated_input_tokens INTEGER, accumulated_output_tokens INTEGER, provider_name TEXT, model_config_json TEXT)`,
		`INSERT INTO sessions VALUES ('s1', '/w', '2026-03-01 10:00:00', 9, 5, 4, 120, 100, 20, 'anthropic', '{"model_name":"claude-sonnet-4-5"}'),
			('s2', '/w', '2026-03-01 10:00:00', 9, 5, 4, NULL, NULL, NULL, NULL, NULL), ('s3', '/w', '2026-03-01 10:00:00', 9, 5, 4, -1, -1, 2, NULL, '{'),
			('s4', '/w', 'never', 9, 5, 4, 3, 1, 2, NULL, NULL)`)
	src := goose.New(options(home))
	var s sinktest.Sink
	day := func(date string, want usage.Tokens) {
		t.Helper()
		s.Pull(t, src)
		var got usage.Tokens
		for _, r := range s.Records {
			if r.Start.Format(time.DateOnly) == date {
				got = got.Add(r.Tokens)
			}
			if r.Requests != usage.Absent || r.Context != usage.Absent || r.Model != "claude-sonnet-4-5" || r.Project != "/w" || r.Provider != "anthropic" {
				t.Errorf("%+v", r)
			}
		}
		if got != want {
			t.Errorf("%s: %+v, want %+v", date, got, want)
		}
		s.Settled(t, src)
	}
	day("2026-03-01", usage.Tokens{Input: 100, Output: 20})
	if !slices.Equal(s.Reasons(), []string{"token counts are negative or too large", "no timestamp"}) {
		t.Errorf("%v", s.Quarantined)
	}
	sinktest.Database(t, path, "UPDATE sessions SET updated_at = '2026-03-02 10:00:00', accumulated_total_tokens = 175, accumulated_input_tokens = 150, accumulated_output_tokens = 25 WHERE id = 's1'")
	day("2026-03-02", usage.Tokens{Input: 50, Output: 5})
	sinktest.Database(t, path, "UPDATE sessions SET updated_at = '2026-03-03 10:00:00', accumulated_total_tokens = 12, accumulated_input_tokens = 10, accumulated_output_tokens = 2 WHERE id = 's1'")
	day("2026-03-03", usage.Tokens{Input: 10, Output: 2})
	if m := s.Total(); m.Total() != 120+55+12 {
		t.Errorf("%+v", m)
	}
}

// TestRecordedLogs: 24800 in and 1300 out are the session's sums; 5000 and 300,
// the last request's, are not.
func TestRecordedLogs(t *testing.T) {
	home := t.TempDir()
	sinktest.Copy(t, filepath.Join(sinktest.Shared(t), "goose"), filepath.Join(home, ".local/share/goose"))
	var s sinktest.Sink
	s.Pull(t, goose.New(options(home)))
	if m := s.Total(); m.Tokens != (usage.Tokens{Input: 24800, Output: 1300}) || len(s.Records) != 1 || len(s.Quarantined) != 0 {
		t.Errorf("%+v, quarantined %v", m, s.Quarantined)
	}
}

// FuzzFile holds the reader to its promises whatever the file is.
func FuzzFile(f *testing.F) {
	f.Add([]byte("SQLite format 3\x00\x10\x00\x01\x01\x00@  "))
	f.Fuzz(func(t *testing.T, data []byte) {
		home := t.TempDir()
		sinktest.Write(t, filepath.Join(home, ".local/share/goose/sessions/sessions.db"), string(data))
		var s sinktest.Sink
		s.Pull(t, goose.New(options(home)))
		s.Settled(t, goose.New(options(home)))
	})
}

const table = `CREATE TABLE sessions (id TEXT PRIMARY KEY, working_dir TEXT, updated_at TIMESTAMP, accumulated_total_tokens INTEGER, accumulated_input_tokens INTEGER,
	accumulated_output_tokens INTEGER, provider_name TEXT, model_config_json TEXT)`

// TestOddRows: a row that is not what its columns say is named, and the others
// count; a foreign file, or half of one, counts nothing.
func TestOddRows(t *testing.T) {
	home := t.TempDir()
	path := filepath.Join(home, ".local/share/goose/sessions/sessions.db")
	sinktest.Database(t, path, table, `INSERT INTO sessions VALUES ('s1', '/w', '2026-03-01 10:00:00', 120, 100, 20, 'anthropic', '{"model_name":"m"}'),
		('s2', '/w', '2026-03-01 10:00:00', 'many', 100, 20, NULL, NULL), ('s3', x'ff00', '2026-03-01 10:00:00', 3, x'31', 20, 7, 7),
		('s4', '/w', '2026-03-01 10:00:00', 1.5, 1.5, 2.0, NULL, '[]'), ('s5', '/w', 1772359200, 3, 1, 2, NULL, NULL)`)
	src := goose.New(options(home))
	var s sinktest.Sink
	s.Pull(t, src)
	const odd = "token counts are not whole numbers"
	if m := s.Total(); m.Total() != 120 || !slices.Equal(s.Reasons(), []string{odd, odd, odd, "no timestamp"}) {
		t.Errorf("%+v %q", m, s.Reasons())
	}
	sinktest.Damaged(t, src, path)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	sinktest.Database(t, path, "CREATE VIEW sessions AS SELECT 1 AS id", "CREATE TABLE other (id)")
	sinktest.Sound(t, src)
}

// BenchmarkPull reads 20,000 sessions.
func BenchmarkPull(b *testing.B) {
	home := b.TempDir()
	path := filepath.Join(home, ".local/share/goose/sessions/sessions.db")
	sinktest.Database(b, path, table, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
		INSERT INTO sessions SELECT 's' || i, '/w/' || (i % 50), '2026-03-01 10:00:00', i + 20, i, 20, 'anthropic', '{"model_name":"claude-sonnet-4-5","temperature":null}' FROM n`)
	sinktest.Bench(b, goose.New(options(home)), int64(len(sinktest.Read(b, path))))
}
