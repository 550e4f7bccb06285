package zed

import (
	"bytes"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"tokpit/usage"
	"tokpit/usage/internal/sinktest"
	"tokpit/usage/internal/sqlitelog"
)

func noon() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

func source(home string) *sqlitelog.Databases { return New(Options{Home: home, Now: noon}) }

func place(home string) string { return filepath.Join(home, ".local/share/zed/threads/threads.db") }

const table = "CREATE TABLE threads (id TEXT PRIMARY KEY, summary TEXT NOT NULL, updated_at TEXT NOT NULL, data_type TEXT NOT NULL, data BLOB NOT NULL, parent_id TEXT, folder_paths TEXT, folder_paths_order TEXT, created_at TEXT)"

// owner makes a database as Zed has it open: with a write-ahead log that it goes
// on holding.
func owner(t testing.TB, path string, statements ...string) *sql.DB {
	t.Helper()
	sinktest.Database(t, path, statements...)
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path)}).String())
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	do(t, db, "PRAGMA journal_mode = WAL")
	do(t, db, "PRAGMA wal_autocheckpoint = 0")
	return db
}

func do(t testing.TB, db *sql.DB, statement string, args ...any) {
	t.Helper()
	if _, err := db.Exec(statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func pack(t testing.TB, text string) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	return w.EncodeAll([]byte(text), nil)
}

// save writes a thread as Zed does.
func save(t testing.TB, db *sql.DB, id, updated, parent, text string) {
	t.Helper()
	do(t, db, "INSERT OR REPLACE INTO threads VALUES (?, 'title', ?, 'zstd', ?, ?, '/home/ann/a'||char(10)||'/home/ann/b', '1,0', ?)", id, updated, pack(t, text), parent, updated)
}

func text(sum, requests string) string {
	return fmt.Sprintf(`{"version":"0.3.0","title":"t","messages":[{"User":{"id":"u1","content":[{"Text":"cumulative_token_usage"}]}}],"request_token_usage":{%s},
		"cumulative_token_usage":{%s},"model":{"provider":"anthropic","model":"claude-sonnet-4-5"}}`, requests, sum)
}

// TestGrowth follows threads of Zed's, which is at work all the time: what is
// only in the write-ahead log counts, and each pull counts what was added. An
// edited message makes nothing count twice, whether there is a sum or not.
func TestGrowth(t *testing.T) {
	home := t.TempDir()
	db := owner(t, place(home), table)
	src := source(home)
	var s sinktest.Sink
	check := func(what string, want map[string]int64) {
		t.Helper()
		s.Pull(t, src)
		days := map[string]int64{}
		for _, r := range s.Records {
			days[r.Start.Format("0102")+" "+r.Session+r.Agent] += r.Total()
			if r.Requests != usage.Absent || r.Context != usage.Absent || r.Model != "claude-sonnet-4-5" || r.Provider != "anthropic" || r.Project != "/home/ann/b" || r.Flags != usage.FlagSeveralRequests {
				t.Errorf("%+v", r)
			}
		}
		if fmt.Sprint(days) != fmt.Sprint(want) || len(s.Quarantined) != 0 {
			t.Errorf("%s: %v, want %v; quarantined %v", what, days, want, s.Quarantined)
		}
		s.Settled(t, src)
	}
	save(t, db, "new", "2026-05-01T12:30:00.123456789+00:00", "", text(`"input_tokens":100,"output_tokens":20,"cache_creation_input_tokens":5,"cache_read_input_tokens":10`, `"u1":{"input_tokens":60,"output_tokens":9}`))
	save(t, db, "old", "2026-05-01T13:00:00+00:00", "", text("", `"u1":{"input_tokens":60,"output_tokens":9},"u2":{"input_tokens":1}`))
	want := map[string]int64{"0501 new": 135, "0501 old": 70}
	check("the first day", want)
	save(t, db, "new", "2026-05-02T12:30:00+00:00", "", text(`"input_tokens":140,"output_tokens":20,"cache_creation_input_tokens":5,"cache_read_input_tokens":30`, `"u1":{"input_tokens":60}`))
	save(t, db, "sub", "2026-05-02T12:31:00+00:00", "new", text(`"input_tokens":3`, ""))
	want["0502 new"], want["0502 subsubagent"] = 60, 3
	check("the second", want)
	// Both had a message edited, and were answered again.
	save(t, db, "new", "2026-05-03T12:30:00+00:00", "", text(`"input_tokens":150,"output_tokens":20,"cache_creation_input_tokens":5,"cache_read_input_tokens":30`, ""))
	save(t, db, "old", "2026-05-03T12:30:00+00:00", "", text("", `"u1":{"input_tokens":60,"output_tokens":9}`))
	want["0503 new"] = 10
	check("edited", want)
	save(t, db, "old", "2026-05-04T12:30:00+00:00", "", text(`"input_tokens":8`, `"u1":{"input_tokens":60,"output_tokens":9},"u3":{"input_tokens":8}`))
	want["0504 old"] = 8
	check("answered again", want)
	// A transaction that is under way keeps nobody waiting.
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec("UPDATE threads SET updated_at = '2026-05-05T00:00:00Z'"); err != nil {
		t.Fatal(err)
	}
	check("under way", want)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	save(t, db, "future", "2026-11-22T00:00:00Z", "", text(`"input_tokens":1`, ""))
	save(t, db, "late", "2026-05-05T00:00:00Z", "", text(`"input_tokens":2`, ""))
	want["1122 future"], want["0505 late"] = 1, 2
	check("one of tomorrow", want)
	save(t, db, "behind", "2026-11-19T00:00:00Z", "", text(`"input_tokens":4`, ""))
	want["1119 behind"] = 4
	check("and one that it could hide", want)
}

// TestForms reads the older forms: requests as a list, no columns for parents and
// directories, and a text that is not packed.
func TestForms(t *testing.T) {
	home := t.TempDir()
	sinktest.Database(t, place(home), "CREATE TABLE threads (id TEXT PRIMARY KEY, summary TEXT, updated_at TEXT, data_type TEXT, data BLOB)",
		`INSERT INTO threads VALUES ('a', '', '2025-06-01T00:00:00Z', 'json', '{"version":"0.1.0","model":null,"cumulative_token_usage":{"input_tokens":7,"output_tokens":0},
			"request_token_usage":[{"input_tokens":4,"output_tokens":2},{"input_tokens":4}],
			"initial_project_snapshot":{"worktree_snapshots":[3,{"worktree_path":"`+home+`/w","git_state":{}},{"worktree_path":"/x"}]}}')`)
	var s sinktest.Sink
	s.Pull(t, source(home))
	if m := s.Total(); m.Tokens != (usage.Tokens{Input: 8, Output: 2}) || len(s.Quarantined) != 0 {
		t.Errorf("%+v, %v", m, s.Quarantined)
	}
	for _, r := range s.Records {
		if r.Project != "~/w" || r.Model != "" || r.Agent != "" || r.Provider != "" {
			t.Errorf("%+v", r)
		}
	}
}

// TestFolder: the first directory is the one whose place is 0.
func TestFolder(t *testing.T) {
	for _, c := range [][3]string{{"/a\n/b", "1,0", "/b"}, {"/a\n/b", "", "/a"}, {"/a", "5,x", "/a"}, {"", "0", ""}, {"/a", "1,0", "/a"}, {"", "", ""}} {
		r := row{folders: sql.NullString{String: c[0]}, order: sql.NullString{String: c[1]}}
		if got := (&reader{}).folder(&r); got != c[2] {
			t.Errorf("%q in order %q: %q", c[0], c[1], got)
		}
	}
}

// TestBadThreads: texts that are cut off, hostile or huge are named, and cost
// nothing but themselves.
func TestBadThreads(t *testing.T) {
	home := t.TempDir()
	db := owner(t, place(home), table)
	whole := text(`"input_tokens":5`, "")
	packed := pack(t, whole)
	flipped := bytes.Clone(packed)
	flipped[len(flipped)/2] ^= 0xff
	// A frame that says that it holds 2^40 bytes, in a window of as many.
	claim := []byte{0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0}
	bomb := pack(t, strings.Repeat(" ", maxThread+1))
	bad := []struct {
		kind   string
		data   any
		reason string
	}{
		{"json", whole[:len(whole)/2], "the line is cut off"},
		{"zstd", packed[:len(packed)-6], "cannot be unpacked: unexpected EOF"},
		{"zstd", flipped, ""},
		{"zstd", claim, "cannot be unpacked: larger than 64 MiB"},
		{"zstd", bomb, "cannot be unpacked: larger than 64 MiB"},
		{"zstd", whole, "cannot be unpacked: invalid input: magic number mismatch"},
		{"zstd", []byte{}, "the line is cut off"},
		{"brotli", packed, "data_type is not known"},
		{"json", text(`"input_tokens":-1`, ""), "input_tokens is negative"},
		{"json", text("", `"a":{"input_tokens":1000000000000},"b":{"input_tokens":1000000000000}`), "implausible token count: 2000000000000 input tokens"},
		{"json", `{"cumulative_token_usage":[]}`, "cumulative_token_usage is not an object"},
		{"json", `[]`, "thread is not an object"},
		{"json", strings.Repeat("[", 20000), "nested too deeply"},
		{"json", make([]byte, sqlitelog.MaxText+1), "thread is too long"},
	}
	for i, b := range bad {
		do(t, db, "INSERT INTO threads VALUES (?, '', '2026-05-01T12:30:00Z', ?, ?, NULL, NULL, NULL, NULL)", fmt.Sprint(i), b.kind, b.data)
	}
	do(t, db, "INSERT INTO threads VALUES ('when', '', 'never', 'json', ?, NULL, NULL, NULL, NULL)", whole)
	save(t, db, "good", "2026-05-01T12:30:00Z", "", whole)
	var s sinktest.Sink
	s.Pull(t, source(home))
	if m := s.Total(); m.Input != 5 || len(s.Records) != 1 {
		t.Errorf("%+v", m)
	}
	reasons := s.Reasons()
	if len(reasons) != len(bad)+1 {
		t.Fatalf("%d rows are named: %q", len(reasons), reasons)
	}
	for i, b := range bad {
		if reasons[i] != b.reason && b.reason != "" {
			t.Errorf("row %d: %q, want %q", i+1, reasons[i], b.reason)
		}
	}
	if s.Settled(t, source(home)); reasons[len(bad)] != "no timestamp" {
		t.Errorf("%q", reasons[len(bad)])
	}
}

// TestOddFiles: files that are no database, or another program's, cost nothing.
func TestOddFiles(t *testing.T) {
	for name, content := range map[string]string{"empty": "", "foreign": "not a database at all", "cut off": "SQLite format 3\x00\x10\x00\x01\x01\x00@  "} {
		home := t.TempDir()
		sinktest.Write(t, place(home), content)
		var s sinktest.Sink
		s.Pull(t, source(home))
		if len(s.Records) != 0 || (len(s.Quarantined) == 1) != (name != "empty") {
			t.Errorf("%s: %v", name, s.Quarantined)
		}
		s.Settled(t, source(home))
	}
	home := t.TempDir()
	sinktest.Database(t, place(home), "CREATE TABLE threads (id INTEGER, title TEXT)", "INSERT INTO threads VALUES (1, 'x')")
	var s sinktest.Sink
	if s.Pull(t, source(home)); len(s.Records)+len(s.Quarantined) != 0 {
		t.Errorf("another program's: %v", s.Quarantined)
	}
}

// TestKilled saves threads while pulls are killed at random: the totals are those
// of the sums.
func TestKilled(t *testing.T) {
	home := t.TempDir()
	db := owner(t, place(home), table)
	dice := rand.New(rand.NewPCG(3, 3))
	sums := map[string]int64{}
	var s sinktest.Sink
	for step := range 25 {
		id := fmt.Sprint(dice.IntN(6))
		sums[id] += 1 + dice.Int64N(1000)
		save(t, db, id, time.Date(2026, 5, 1, step, 0, 0, 0, time.UTC).Format(time.RFC3339), "", text(fmt.Sprintf(`"input_tokens":%d`, sums[id]), ""))
		s.PullKilled(t, dice, source(home))
	}
	var want int64
	for _, n := range sums {
		want += n
	}
	if got := s.Total().Total(); got != want {
		t.Errorf("%d tokens, want %d", got, want)
	}
}

func TestRoots(t *testing.T) {
	env := func(name string) string {
		return map[string]string{"XDG_DATA_HOME": "/data", "LOCALAPPDATA": "/local"}[name]
	}
	got := New(Options{Home: "/home/ann", Getenv: env}).Roots()
	want := []string{"/data/zed/threads/threads.db", "/home/ann/Library/Application Support/Zed/threads/threads.db", "/local/Zed/threads/threads.db"}
	for i := range want {
		want[i] = filepath.FromSlash(want[i])
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := New(Options{}).Roots(); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

// TestRecordedLogs: two threads, one of them packed, say alike that they used 400
// in, 60 out, 5 stored and 30 served. The last requests of each, 150 in and 27
// out, are in those sums.
func TestRecordedLogs(t *testing.T) {
	home := t.TempDir()
	sinktest.Copy(t, filepath.Join(sinktest.Shared(t), "zed", "threads"), filepath.Dir(place(home)))
	var s sinktest.Sink
	s.Pull(t, source(home))
	if m := s.Total(); m.Tokens != (usage.Tokens{Input: 800, CacheRead: 60, CacheWrite5m: 10, Output: 120}) || len(s.Records) != 2 || len(s.Quarantined) != 0 {
		t.Errorf("%+v, quarantined %v", m, s.Quarantined)
	}
	days := map[string]string{}
	for _, r := range s.Records {
		days[r.Session+" "+r.Start.Format(time.DateOnly)] = r.Provider + "/" + r.Model + " " + r.Project
	}
	if fmt.Sprint(days) != "map[thread-json 2026-05-01:zed.dev/claude-sonnet-4-5 /workspace/b thread-zstd 2026-05-02:zed.dev/claude-sonnet-4-5 /workspace/a]" {
		t.Errorf("%v", days)
	}
	s.Settled(t, source(home))
	sinktest.Sound(t, source(home))
}

// FuzzThread holds the reader of texts to its promises whatever they are, packed
// or not: memory is bounded, and what is read is believable.
func FuzzThread(f *testing.F) {
	whole := text(`"input_tokens":140,"cache_read_input_tokens":30`, `"u1":{"input_tokens":60}`)
	f.Add([]byte(whole), false)
	f.Add([]byte(whole[:len(whole)/2]), false)
	f.Add(pack(f, whole), true)
	f.Add([]byte(`{"request_token_usage":[[],{"input_tokens":1e3}],"model":3,"initial_project_snapshot":{"worktree_snapshots":[{"worktree_path":[]}]}}`), false)
	f.Fuzz(func(t *testing.T, data []byte, packed bool) {
		var th thread
		if packed {
			var u unpacker
			defer u.close()
			text, err := u.unpack(data)
			if err != nil {
				return
			}
			data = text
		}
		if len(data) > maxThread {
			t.Fatalf("%d bytes", len(data))
		}
		if th.take(data) != nil || th.fields.Bad != "" {
			return
		}
		for i := range th.sum {
			if th.sum[i] < 0 || th.requests[i] < 0 || th.sum[i] > usage.MaxTokens*int64(len(data)) {
				t.Errorf("%v and %v", th.sum, th.requests)
			}
		}
	})
}

// FuzzFile holds the reader to its promises whatever the file is.
func FuzzFile(f *testing.F) {
	path := filepath.Join(f.TempDir(), "threads.db")
	sinktest.Database(f, path, "PRAGMA page_size = 512", table)
	db := owner(f, path)
	save(f, db, "a", "2026-05-01T12:30:00Z", "", text(`"input_tokens":5`, ""))
	do(f, db, "PRAGMA journal_mode = DELETE")
	f.Add(sinktest.Read(f, path))
	f.Add([]byte("SQLite format 3\x00\x10\x00\x01\x01\x00@  "))
	f.Fuzz(func(t *testing.T, data []byte) {
		home := t.TempDir()
		sinktest.Write(t, place(home), string(data))
		var s sinktest.Sink
		s.Pull(t, source(home))
		for id, r := range s.Records {
			if r.Check() != nil || r.IsZero() || id == "" || r.Start.Year() < 2020 {
				t.Errorf("%+v", r)
			}
		}
		s.Settled(t, source(home))
	})
}

// BenchmarkPull reads 400 packed threads while their owner goes on holding a
// write-ahead log. The bytes are those of the threads' texts.
func BenchmarkPull(b *testing.B) {
	home := b.TempDir()
	db := owner(b, place(home), table)
	dice := rand.New(rand.NewPCG(1, 1))
	var size int64
	do(b, db, "BEGIN")
	for i := range 400 {
		var messages strings.Builder
		for range 12 {
			fmt.Fprintf(&messages, `{"Agent":{"content":[{"Text":"func main() { fmt.Println(%d) }\n%s"}]}},`, dice.Uint64(), strings.Repeat("the quick brown fox jumps over ", 40+dice.IntN(60)))
		}
		t := strings.Replace(text(`"input_tokens":140000,"output_tokens":9000,"cache_read_input_tokens":30000`, ""), `"messages":[`, `"messages":[`+messages.String(), 1)
		size += int64(len(t))
		save(b, db, fmt.Sprint(i), "2026-05-01T12:30:00Z", "", t)
	}
	do(b, db, "COMMIT")
	src := source(home)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		r, err := src.Pull(b.Context(), nil, func(usage.Batch) error { return nil })
		if err != nil || r.Rows != 400 {
			b.Fatal(r, err)
		}
	}
}
