package crush_test

import (
	"fmt"
	"path/filepath"
	"slices"
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
