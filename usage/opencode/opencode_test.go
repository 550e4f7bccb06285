package opencode_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/sinktest"
	"tokpit/usage/opencode"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func source(home string) *opencode.Source {
	return opencode.New(opencode.Options{Home: home, Now: func() time.Time { return noon }})
}

// owner makes a database as opencode does, with a write-ahead log that it goes
// on holding.
func owner(t testing.TB, path string) *sql.DB {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	do(t, db, "PRAGMA journal_mode = WAL", "PRAGMA wal_autocheckpoint = 0",
		"CREATE TABLE session (id TEXT PRIMARY KEY, parent_id TEXT, directory TEXT NOT NULL)",
		"CREATE TABLE message (id TEXT PRIMARY KEY, session_id TEXT NOT NULL, time_created INTEGER, time_updated INTEGER, data TEXT NOT NULL)",
		"CREATE TABLE session_message (id TEXT PRIMARY KEY, session_id TEXT, type TEXT, seq INTEGER, time_created INTEGER, time_updated INTEGER, data TEXT)")
	return db
}

func do(t testing.TB, db *sql.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func insert(t testing.TB, db *sql.DB, id, session string, updated int64, data string) {
	t.Helper()
	if _, err := db.Exec("INSERT OR REPLACE INTO message VALUES (?, ?, ?, ?, ?)", id, session, updated, updated, data); err != nil {
		t.Fatal(err)
	}
}

const created = 1772442000000 // 2026-03-02 09:00:00

func message(more string) string {
	return `{"role":"assistant","modelID":"gpt-5","providerID":"openai","agent":"build","path":{"cwd":"/home/ann/work/toolbox"},` + more + `}`
}

// TestDatabase reads what is in the write-ahead log alone, goes on while the
// owner writes, and counts a message once that grew, was forked, and is in the
// older storage too.
func TestDatabase(t *testing.T) {
	home := t.TempDir()
	dir := filepath.Join(home, ".local/share/opencode")
	sinktest.Copy(t, "testdata/storage", filepath.Join(dir, "storage"))
	db := owner(t, filepath.Join(dir, "opencode-dev.db"))
	do(t, db, "INSERT INTO session VALUES ('ses_a', NULL, '/x'), ('ses_b', 'ses_a', '/home/ann/work/other')")
	// The message that is in the older storage, too.
	insert(t, db, "msg_one", "ses_a", created, `{"role":"assistant","time":{"created":1772442000000,"completed":1772442005000},"modelID":"claude-sonnet-4-5","providerID":"anthropic",
		"cost":0.0125,"tokens":{"input":100,"output":20,"reasoning":7,"cache":{"read":300,"write":50}}}`)
	insert(t, db, "msg_user", "ses_a", created, `{"role":"user","tokens":{"input":1}}`)
	insert(t, db, "msg_three", "ses_a", created+1, message(`"time":{"created":1772442010000},"tokens":{"input":10,"output":1}`))
	do(t, db, `INSERT INTO session_message VALUES ('msg_v2', 'ses_b', 'assistant', 1, 0, 1772442000002,
		'{"model":{"id":"gemini-2.5-pro","providerID":"google"},"agent":"explore","time":{"created":1772442020000,"completed":1772442021000},"cost":0,"tokens":{"total":18,"input":10,"output":3,"reasoning":5,"cache":{"read":0,"write":0}}}')`)
	src := source(home)
	var s sinktest.Sink
	s.Pull(t, src)
	want := usage.Tokens{Input: 100 + 10 + 10, CacheRead: 300, CacheWrite5m: 50, Output: 27 + 1 + 8, Reasoning: 12}
	if m := s.Total(); m.Tokens != want || m.Requests != 3 || len(m.Reported) != 1 || m.Reported[0].Amount.String() != "0.0125" || m.Reported[0].Records != 1 {
		t.Errorf("%+v", m)
	}
	if !slices.Equal(s.Reasons(), []string{"input is negative"}) {
		t.Errorf("%v", s.Quarantined)
	}
	for _, r := range s.Records {
		switch r.Model {
		case "gemini-2.5-pro":
			if r.Project != "~/work/other" && r.Project != "/home/ann/work/other" || r.Agent != "explore" || r.Provider != "google" || r.Flags != 0 {
				t.Errorf("%+v", r)
			}
		case "claude-sonnet-4-5":
			if r.Session != "ses_a" || !r.Start.Equal(time.UnixMilli(created)) {
				t.Errorf("%+v", r)
			}
		}
	}
	s.Settled(t, src)
	// The third message grows, and is completed; a fork copies it.
	grown := message(`"time":{"created":1772442010000,"completed":1772442019000},"tokens":{"total":45,"input":10,"output":35}`)
	insert(t, db, "msg_three", "ses_a", created+3, grown)
	insert(t, db, "msg_copy", "ses_fork", created+4, grown)
	insert(t, db, "msg_bad", "ses_fork", created+5, message(`"time":{"created":1772442010000},"tokens":{"input":"x"}`))
	s.Pull(t, src)
	want.Output += 34
	if m := s.Total(); m.Tokens != want || m.Requests != 3 {
		t.Errorf("%+v, want %+v", m, want)
	}
	if !slices.Equal(s.Reasons(), []string{"input is not a number", "input is negative"}) {
		t.Errorf("%v", s.Quarantined)
	}
}

func TestRoots(t *testing.T) {
	env := func(name string) string { return map[string]string{"XDG_DATA_HOME": "/data"}[name] }
	got := opencode.New(opencode.Options{Home: "/home/ann", Getenv: env}).Roots()
	if want := []string{filepath.FromSlash("/data/opencode/opencode.db"), filepath.FromSlash("/data/opencode/storage/message")}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := opencode.New(opencode.Options{}).Roots(); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

// TestRecordedLogs compares with the totals of a genuine run, and with what was
// worked out by hand.
func TestRecordedLogs(t *testing.T) {
	dir := filepath.Join(sinktest.Shared(t), "opencode")
	var golden struct {
		Opencode struct {
			Messages             int64 `json:"recorded_messages"`
			Input, Output, Total int64
			Reasoning            int64 `json:"reasoning_separate"`
			Cost                 float64
		} `json:"opencode-1.18.33"`
	}
	sinktest.Golden(t, "genuine CLI runs", &golden)
	g := golden.Opencode
	for name, c := range map[string]struct {
		from, to string
		want     usage.Measures
	}{
		"genuine": {"genuine-1.18.33/opencode.db", "opencode.db",
			usage.Measures{Requests: g.Messages, Tokens: usage.Tokens{Input: g.Input, Output: g.Output + g.Reasoning, Reasoning: g.Reasoning}}},
		// 120 in and 16 out, aborted; its cost is an object, which is no amount
		"v2":       {"agent-sessions/storage_v2", "storage", usage.Measures{Requests: 1, Tokens: usage.Tokens{Input: 120, Output: 16}}},
		"legacy":   {"agent-sessions/storage_legacy", "storage", usage.Measures{}},
		"tokscale": {"tokscale/storage", "storage", usage.Measures{Requests: 1, Tokens: usage.Tokens{Input: 1000, CacheRead: 200, CacheWrite5m: 100, Output: 500}}},
	} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			sinktest.Copy(t, filepath.Join(dir, c.from), filepath.Join(home, ".local/share/opencode", c.to))
			var s sinktest.Sink
			s.Pull(t, source(home))
			m := s.Total()
			if m.Requests != c.want.Requests || m.Tokens != c.want.Tokens || len(s.Quarantined) != 0 {
				t.Errorf("%d requests %+v, want %d %+v; quarantined %v", m.Requests, m.Tokens, c.want.Requests, c.want.Tokens, s.Quarantined)
			}
			if name == "genuine" && (len(m.Reported) != 1 || m.Reported[0].Amount.String() != fmt.Sprint(g.Cost)) {
				t.Errorf("cost %+v, want %v", m.Reported, g.Cost)
			}
		})
	}
}

// BenchmarkPull reads 20,000 messages of a database.
func BenchmarkPull(b *testing.B) {
	home := b.TempDir()
	path := filepath.Join(home, ".local/share/opencode/opencode.db")
	db := owner(b, path)
	do(b, db, "BEGIN")
	data := message(`"x":"` + strings.Repeat("y", 300) + `","time":{"created":%d,"completed":%d},"tokens":{"input":%d,"output":35,"reasoning":3,"cache":{"read":4,"write":5}}`)
	var size int64
	for i := range int64(20_000) {
		text := fmt.Sprintf(data, created+i, created+i+500, i)
		size += int64(len(text))
		insert(b, db, fmt.Sprint("msg_", i), "ses", created+i, text)
	}
	do(b, db, "COMMIT")
	src := source(home)
	sinktest.Bench(b, src, size)
}

// TestDamage: whatever becomes of a log, the reader goes on.
func TestDamage(t *testing.T) {
	for from, to := range map[string]string{"testdata/storage/message/ses_a/msg_one.json": ".local/share/opencode/storage/message/ses_a/msg_one.json"} {
		t.Run(filepath.Base(from), func(t *testing.T) {
			home := t.TempDir()
			path := filepath.Join(home, to)
			sinktest.Copy(t, from, path)
			sinktest.Damaged(t, source(home), path)
		})
	}
}

// TestDamagedDatabase does the same to a database.
func TestDamagedDatabase(t *testing.T) {
	home := t.TempDir()
	path := filepath.Join(home, ".local/share/opencode/opencode.db")
	sinktest.Database(t, path, "CREATE TABLE message (id TEXT PRIMARY KEY, session_id TEXT, time_created INTEGER, time_updated INTEGER, data TEXT)",
		fmt.Sprintf("INSERT INTO message VALUES ('msg_1', 'ses', %[1]d, %[1]d, '%[2]s')", created, fmt.Sprintf(message(`"time":{"created":%d,"completed":%d},"tokens":{"input":7,"output":35,"reasoning":3,"cache":{"read":4,"write":5}}`), created, created+5)))
	sinktest.Damaged(t, source(home), path)
}
