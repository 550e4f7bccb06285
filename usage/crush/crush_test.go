package crush_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/crush"
	"tokpit/usage/internal/sinktest"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func options(home string) crush.Options {
	return crush.Options{Home: home, Now: func() time.Time { return noon }}
}

func list(t testing.TB, home string, projects ...string) {
	text := `{"projects":[{"path":"relative"}`
	for _, p := range projects {
		text += fmt.Sprintf(`,{"path":%q}`, p)
	}
	sinktest.Write(t, filepath.Join(home, ".local/share/crush/projects.json"), text+"]}")
}

// TestRootsOnly: a child's cost is in its parent's, and a session counts by
// what its cost has grown.
func TestRootsOnly(t *testing.T) {
	home := t.TempDir()
	project := filepath.Join(home, "work")
	path := filepath.Join(project, ".crush/crush.db")
	list(t, home, project)
	sinktest.Database(t, path, "CREATE TABLE sessions (id TEXT PRIMARY KEY, parent_session_id TEXT, prompt_tokens INTEGER, completion_tokens INTEGER, cost REAL, updated_at INTEGER)",
		"CREATE TABLE messages (session_id TEXT, role TEXT, model TEXT, provider TEXT, created_at INTEGER)",
		"INSERT INTO messages VALUES ('root', 'assistant', 'old', 'x', 1), ('root', 'assistant', 'claude-sonnet-4-5', 'anthropic', 2), ('root', 'user', NULL, NULL, 3)",
		"INSERT INTO sessions VALUES ('root', NULL, 900, 60, 0.25, 1772442000), ('child', 'root', 400, 20, 0.1, 1772442000), ('bad', '', 1, 1, -1, 1772442000), ('none', NULL, 0, 0, 0, 1772442000)")
	src := crush.New(options(home))
	var s sinktest.Sink
	s.Pull(t, src)
	m := s.Total()
	if m.Tokens != (usage.Tokens{Input: 900, Output: 60}) || m.Reported[0].Amount.String() != "0.25" || len(s.Records) != 1 {
		t.Errorf("%+v", m)
	}
	for _, r := range s.Records {
		if r.Model != "claude-sonnet-4-5" || r.Provider != "anthropic" || r.Project != "~/work" || r.Flags != usage.FlagSeveralRequests || r.Requests != usage.Absent {
			t.Errorf("%+v", r)
		}
	}
	if !slices.Equal(s.Reasons(), []string{"cost is out of range"}) {
		t.Errorf("%v", s.Quarantined)
	}
	s.Settled(t, src)
	sinktest.Database(t, path, "UPDATE sessions SET prompt_tokens = 1000, cost = 0.75, updated_at = 1772528400000 WHERE id = 'root'", "DELETE FROM sessions WHERE id = 'bad'")
	s.Pull(t, src)
	days := map[string]string{}
	for _, r := range s.Records {
		days[r.Start.Format(time.DateOnly)] = r.Reported.String()
	}
	if days["2026-03-02"] != "0.25" || days["2026-03-03"] != "0.5" || len(s.Quarantined) != 0 {
		t.Errorf("%v, %v", days, s.Quarantined)
	}
	s.Settled(t, src)
}

// TestRecordedLogs: the root's 9120 and 640 tokens and $0.184213, which include
// its child's $0.0302.
func TestRecordedLogs(t *testing.T) {
	home := t.TempDir()
	sinktest.Copy(t, filepath.Join(sinktest.Shared(t), "crush"), filepath.Join(home, "p"))
	list(t, home, filepath.Join(home, "p"))
	var s sinktest.Sink
	s.Pull(t, crush.New(options(home)))
	m := s.Total()
	if m.Tokens != (usage.Tokens{Input: 9120, Output: 640}) || len(m.Reported) != 1 || m.Reported[0].Amount.String() != "0.184213" || len(s.Quarantined) != 0 {
		t.Errorf("%+v, quarantined %v", m, s.Quarantined)
	}
}

// FuzzList holds the reader to its promises whatever the list of projects is.
func FuzzList(f *testing.F) {
	f.Add(`{"projects":[{"path":"/p","data_dir":"x"}]}`)
	f.Add(`[{"path":"/p"}]`)
	f.Fuzz(func(t *testing.T, text string) {
		home := t.TempDir()
		sinktest.Write(t, filepath.Join(home, ".local/share/crush/projects.json"), text)
		var s sinktest.Sink
		s.Pull(t, crush.New(options(home)))
		if len(s.Records) != 0 {
			t.Errorf("%d records", len(s.Records))
		}
	})
}

// tables are as Crush makes them, with some sessions.
var tables = []string{
	"CREATE TABLE sessions (id TEXT PRIMARY KEY, parent_session_id TEXT, prompt_tokens INTEGER, completion_tokens INTEGER, cost REAL, updated_at INTEGER)",
	"CREATE TABLE messages (session_id TEXT, role TEXT, model TEXT, provider TEXT, created_at INTEGER)",
	"CREATE INDEX by_session ON messages (session_id)",
}

// TestOddRows: a row that is not what its columns say is named, and the others
// count; a foreign file, or half of one, counts nothing.
func TestOddRows(t *testing.T) {
	home := t.TempDir()
	path := filepath.Join(home, ".local/share/crush/crush.db")
	sinktest.Database(t, path, append(tables[:len(tables):len(tables)], `INSERT INTO sessions VALUES ('s1', NULL, 900, 60, 0.25, 1772442000), ('s2', NULL, 'many', 60, 0.25, 1772442000),
		('s3', NULL, 900, 60, 'much', 'yesterday'), ('s4', NULL, 900, 60, 1e300, 1772442000), ('s5', NULL, 1.5, x'00', NULL, 1772442000)`,
		"INSERT INTO messages VALUES ('s1', 'assistant', x'ff', 7, 'x')")...)
	src := crush.New(options(home))
	var s sinktest.Sink
	s.Pull(t, src)
	const odd = "token counts are not whole numbers"
	if m := s.Total(); m.Total() != 960 || !slices.Equal(s.Reasons(), []string{odd, "no timestamp", "cost is out of range", odd}) {
		t.Errorf("%+v %q", m, s.Reasons())
	}
	sinktest.Damaged(t, src, path)
	for _, text := range []string{"", "[", "[]", `{"projects":7}`, `{"projects":[{"path":7}]}`, `[{"path":"/nowhere"}]`, strings.Repeat("[", 1<<16)} {
		sinktest.Write(t, filepath.Join(home, ".local/share/crush/projects.json"), text)
		sinktest.Sound(t, src)
	}
}

// BenchmarkPull reads 20,000 sessions of four messages each.
func BenchmarkPull(b *testing.B) {
	home := b.TempDir()
	path := filepath.Join(home, ".local/share/crush/crush.db")
	sinktest.Database(b, path, append(tables[:len(tables):len(tables)], `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
		INSERT INTO sessions SELECT 's' || i, NULL, i, 20, i / 1000.0, 1772442000 + i FROM n`,
		`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 79999)
		INSERT INTO messages SELECT 's' || (i / 4 + 1), 'assistant', 'claude-sonnet-4-5', 'anthropic', i FROM n`)...)
	sinktest.Bench(b, crush.New(options(home)), int64(len(sinktest.Read(b, path))))
}
