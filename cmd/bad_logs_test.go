package cmd_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

const log1 = ".claude/projects/p/s.jsonl"

// TestBadRows: each bad row stands between good ones. The good ones count, the
// bad one is named with its file, line and reason, and nothing else happens.
func TestBadRows(t *testing.T) {
	t.Parallel()
	good := func(change ...string) string {
		return strings.NewReplacer(change...).Replace(strings.TrimSuffix(claude("bad", 7), "\n"))
	}
	const stamp = `"2026-11-02T09:00:01.000Z"`
	for i, c := range []struct{ name, row, reason string }{
		{"cut off", good()[:120], ""},
		{"cut off in a string, but with a brace", good()[:95] + "}", ""},
		{"not JSON", "hello", "not a JSON object"},
		{"a list", "[1,2,3]", "not a JSON object"},
		{"NULs inside", strings.Replace(good(), "claude", "cla\x00ude", 1), ""},
		{"text for a number", good(`:7`, `:"7"`), "input_tokens"},
		{"a list for a number", good(`:7`, `:[7]`), "input_tokens"},
		{"fraction", good(`:7`, `:7.5`), "input_tokens"},
		{"negative", good(`:7`, `:-7`), "input_tokens"},
		{"overflow", good(`:7`, `:99999999999999999999`), "input_tokens"},
		{"too many", good(`:7`, `:9000000000000000000`), ""},
		{"exponent", good(`:7`, `:1e400`), "input_tokens"},
		{"number for text", good(`"claude-sonnet-4-6"`, `5`), "model"},
		{"usage is a list", `{"type":"assistant","timestamp":` + stamp + `,"message":{"id":"x","model":"m","usage":[]}}`, "usage"},
		{"no time", good(stamp, `null`), ""},
		{"empty time", good(stamp, `""`), ""},
		{"zero time", good(stamp, `"0001-01-01T00:00:00Z"`), ""},
		{"1970", good(stamp, `"1970-01-01T00:00:00Z"`), ""},
		{"far future", good(stamp, `"2199-01-01T00:00:00Z"`), ""},
		{"no such time", good(stamp, `"2026-02-30T25:61:00Z"`), ""},
		{"seconds since 1970", good(stamp, `1793610001`), ""},
		{"two rows in one line", good() + good(), ""},
		{"deep", `{"type":"assistant","message":` + strings.Repeat("[", 200_000), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMachine(t)
			m.write(log1, claude("1", 1)+claude("2", 10)+c.row+"\n"+claude("3", 100))
			m.write(".claude/projects/q/other.jsonl", claude("4", 1000))
			m.run("sync").want(0, "1 quarantined")
			if n := m.inputTokens(); n != 1111 {
				t.Errorf("case %d: %d tokens, want 1111", i, n)
			}
			rowsMatch(t, m.doctor(), []string{log1 + ":3 " + c.reason})
			m.run("sync").ok() // and again: named once
			rowsMatch(t, m.doctor(), []string{log1 + ":3 " + c.reason})
		})
	}
}

// TestOddRows are strange, and no reason to complain.
func TestOddRows(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.write(log1, "\xef\xbb\xbf"+claude("1", 1)+"\n\n   \n"+strings.Replace(claude("2", 10), "\n", "\r\n", 1)+
		strings.Repeat("\x00", 5000)+"\n"+`{"type":"user","message":{"usage":"none"}}`+"\n"+claude("3", 100)+
		strings.Replace(claude("4", 1000), `"s"`, "\"\xff\xfe\"", 1)+ // a name that is not UTF-8, of usage that is fine
		strings.Replace(claude("5", 10000), `"s"`, `"\ud800\u0000\u001b[2J"`, 1))
	m.write(".claude/projects/p/empty.jsonl", "")
	m.write(".claude/projects/p/notes.txt", "{broken")
	m.run("sync").ok()
	if n := m.inputTokens(); n != 11111 {
		t.Errorf("%d tokens, want 11111", n)
	}
	rowsMatch(t, m.doctor(), nil)
	for _, args := range [][]string{{"--by", "session"}, {"--by", "session", "--json"}} {
		out := m.run(append([]string{"report"}, args...)...).ok().stdout
		if !utf8.ValidString(out) || strings.ContainsAny(out, "\x00\x1b") || !strings.Contains(out, "\uFFFD\uFFFD") {
			t.Errorf("%q", out)
		}
	}
}

// TestUnfinishedLine is a line that its writer is in the middle of.
func TestUnfinishedLine(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	row := claude("2", 10)
	m.write(log1, claude("1", 1)+row[:50])
	for range 2 {
		m.run("sync").ok()
		m.run("doctor").want(0, "1 unfinished line pending")
		rowsMatch(t, m.doctor(), nil)
	}
	m.append(log1, row[50:100])
	m.run("sync").ok()
	m.append(log1, strings.TrimSuffix(row[100:], "\n"))
	m.run("sync").ok()
	if n := m.inputTokens(); n != 11 {
		t.Errorf("%d tokens without the line break, want 11", n)
	}
	m.append(log1, "\n"+claude("3", 100)+"{bad}\n")
	m.run("sync").ok()
	if n := m.inputTokens(); n != 111 {
		t.Errorf("%d tokens, want 111", n)
	}
	rowsMatch(t, m.doctor(), []string{log1 + ":4 "})
	if r := m.run("doctor").ok(); strings.Contains(r.stdout, "pending") {
		t.Errorf("still pending:\n%s", r.stdout)
	}
}

// TestFilesThatChange: what has been counted stays counted, what is new is
// added, and rows that are no longer there are no longer complained about.
func TestFilesThatChange(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	sync := func(tokens int64, named ...string) {
		t.Helper()
		m.run("sync").ok()
		if n := m.inputTokens(); n != tokens {
			t.Errorf("%d tokens, want %d", n, tokens)
		}
		rowsMatch(t, m.doctor(), named)
	}
	m.write(log1, claude("1", 1)+"{bad}\n"+claude("2", 10))
	sync(11, log1+":2 ")
	m.write(log1, claude("1", 1)) // shrunk
	sync(11)
	m.write(log1, claude("3", 100)+"{bad}\n"+claude("1", 1)) // rewritten
	sync(111, log1+":2 ")
	m.write("new", claude("4", 1000)+claude("1", 1)+claude("2", 10)+claude("3", 100)) // replaced
	if err := os.Rename(m.path("new"), m.path(log1)); err != nil {
		t.Fatal(err)
	}
	sync(1111)
	if err := os.Remove(m.path(log1)); err != nil {
		t.Fatal(err)
	}
	sync(1111)
	if err := os.Mkdir(m.path(log1), 0o755); err != nil { // a directory where a file was
		t.Fatal(err)
	}
	sync(1111, log1+" a directory where a log should be")
	m.write(log1+"/inside.jsonl", claude("5", 10000))
	sync(11111, log1+" a directory where a log should be")
	if err := os.RemoveAll(m.path(log1)); err != nil {
		t.Fatal(err)
	}
	m.write(log1, claude("1", 1))
	sync(11111)
}

// TestLinks: a walk ends, and a file that can be reached twice counts once.
func TestLinks(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("SKIPPED: links need rights there")
	}
	m := newMachine(t)
	m.write(log1, claude("1", 1))
	link := func(target, name string) {
		t.Helper()
		if err := os.Symlink(target, m.path(name)); err != nil {
			t.Fatal(err)
		}
	}
	link("..", ".claude/projects/p/up")                           // a loop through the parent
	link("loop.jsonl", ".claude/projects/p/loop.jsonl")           // a link to itself
	link("nowhere", ".claude/projects/p/gone.jsonl")              // to nothing
	link("s.jsonl", ".claude/projects/p/twin.jsonl")              // to a log that is there
	link("..", ".claude/projects/p/dir.jsonl")                    // to a directory
	link(m.path("elsewhere.jsonl"), ".claude/projects/p/e.jsonl") // to a log elsewhere
	m.write("elsewhere.jsonl", claude("2", 10))
	m.run("sync").ok()
	if n := m.inputTokens(); n != 11 {
		t.Errorf("%d tokens, want 11", n)
	}
	rowsMatch(t, m.doctor(), []string{".claude/projects/p/dir.jsonl a link to a directory",
		".claude/projects/p/gone.jsonl cannot be read", ".claude/projects/p/loop.jsonl cannot be read"})
}

// TestLongLines writes lines of 100 MB: one that says nothing about usage, and
// one that might, which is named.
func TestLongLines(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	path := m.write(log1, claude("1", 1))
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	chunk := strings.Repeat("x", 1<<20)
	for _, head := range []string{`{"type":"user","text":"`, `{"type":"assistant","sessionId":"s","text":"`} {
		fmt.Fprint(f, head)
		for range 100 {
			if _, err := f.WriteString(chunk); err != nil {
				t.Skipf("SKIPPED: no room for a line of 100 MB: %v", err)
			}
		}
		fmt.Fprint(f, "\"}\n", claude("2", 10))
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	peak := int64(0)
	m.feed([]string{"sync"}, func(_ io.Writer, pid int) {
		for most, ok := highWater(pid); ok; most, ok = highWater(pid) {
			peak = most
			time.Sleep(2 * time.Millisecond)
		}
	})
	t.Logf("%v, peak of %d MiB", time.Since(begin), peak>>20)
	if peak > 160<<20 && !raceDetector {
		t.Errorf("the peak is %d MiB", peak>>20)
	}
	if n := m.inputTokens(); n != 11 {
		t.Errorf("%d tokens, want 11", n)
	}
	rowsMatch(t, m.doctor(), []string{log1 + ":4 longer than 32 MiB"})
}

// TestManyBadRows: a log of garbage neither fills the store nor hides others.
func TestManyBadRows(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.write(log1, strings.Repeat("{garbage}\n", 100_000)+claude("1", 1))
	m.write(".claude/projects/p/z.jsonl", "{garbage}\n"+claude("2", 10))
	m.run("sync").ok()
	if n := m.inputTokens(); n != 11 {
		t.Errorf("%d tokens, want 11", n)
	}
	rows := m.doctor()
	if len(rows) > 1100 || !strings.Contains(rows[len(rows)-1], "z.jsonl:1 ") {
		t.Errorf("%d rows, the last is %q", len(rows), rows[len(rows)-1])
	}
	text := m.run("doctor").ok().stdout
	if n := strings.Count(text, "\n"); n > 40 || !strings.Contains(text, log1+":1–1000 (1,000 rows)") || !strings.Contains(text, "z.jsonl:1:") {
		t.Errorf("a person is shown %d lines:\n%s", n, text)
	}
	for i := range 200 { // where rows cannot be joined, not all of them are shown
		m.write(fmt.Sprintf(".claude/projects/p/many%d.jsonl", i), "{garbage}\n")
	}
	m.run("sync").ok()
	text = m.run("doctor").ok().stdout
	if n := strings.Count(text, "\n"); n > 80 || !strings.Contains(text, "more (--json lists all)") {
		t.Errorf("a person is shown %d lines of many files", n)
	}
}

// TestBadCodexRows: the same for the other format.
func TestBadCodexRows(t *testing.T) {
	t.Parallel()
	const name = ".codex/sessions/2026/11/03/rollout-2026-11-03T10-00-00-22222222-2222-4222-8222-222222222222.jsonl"
	event := func(total, last int) string {
		return fmt.Sprintf(`{"timestamp":"2026-11-03T10:00:05.000Z","type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":%d,"output_tokens":0,"total_tokens":%d},"last_token_usage":{"input_tokens":%d,"output_tokens":0,"total_tokens":%d}}}}`+"\n", total, total, last, last)
	}
	m := newMachine(t)
	m.write(name, `{"timestamp":"2026-11-03T10:00:00.000Z","type":"session_meta","payload":{"id":"22222222-2222-4222-8222-222222222222"}}
{"timestamp":"2026-11-03T10:00:01.000Z","type":"turn_context","payload":{"model":"gpt-5.1-codex"}}
`+event(5, 5)+
		event(15, 10)[:200]+"\n"+ // lost, but the next total covers it
		event(-5, 1)+strings.Replace(event(15, 10), ":15", ":99999999999999999999", 1)+"\xff\xfe\n"+event(25, 10)+
		strings.Replace(event(35, 10), "2026-11-03", "3026-11-03", 1)+ // belongs to no day
		event(45, 10)+event(55, 10)[:100])
	m.run("sync").ok()
	if n := m.inputTokens(); n != 35 {
		t.Errorf("%d tokens, want 35", n)
	}
	rowsMatch(t, m.doctor(), []string{name + ":4 cut off", name + ":5 negative", name + ":6 too large", name + ":7 not a JSON object", name + ":9 in the future"})
	m.run("doctor").want(0, "1 unfinished line pending", filepath.Base(name)+":5")
}
