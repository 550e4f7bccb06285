package cmd_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"tokpit/report"
	"tokpit/store"
	"tokpit/usage"
)

// logLine is one response of Claude Code's.
func logLine(id, day string, tokens int) string {
	return fmt.Sprintf(`{"type":"assistant","isSidechain":false,"cwd":"/home/ada/web","sessionId":"11111111-1111-4111-8111-111111111111","requestId":"req_%s","timestamp":"%sT09:00:01.000Z","message":{"id":"msg_%s","model":"claude-sonnet-4-6","usage":{"input_tokens":%d,"output_tokens":1,"cache_creation_input_tokens":0,"cache_read_input_tokens":0}}}`+"\n", id, day, id, tokens)
}

// writeLog appends to a log of the machine, and syncs.
func (m *machine) writeLog(lines ...string) {
	m.t.Helper()
	path := filepath.Join(m.home, ".claude", "projects", "-home-ada-web", "11111111-1111-4111-8111-111111111111.jsonl")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		m.t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		m.t.Fatal(err)
	}
	_, err = f.WriteString(strings.Join(lines, ""))
	if err := f.Close(); err != nil {
		m.t.Fatal(err)
	}
	if err != nil {
		m.t.Fatal(err)
	}
	if r := m.run("sync"); r.status != 0 {
		m.t.Fatal(r.stderr)
	}
}

func (m *machine) storePath() string {
	return filepath.Join(m.home, ".local", "share", "tokpit", "tokpit.db")
}

// A closed cycle's export never changes, whatever is synced later, and all
// closes and corrections together are what a report says.
func TestClosedCyclesNeverChange(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.writeLog(logLine("1", "2026-08-02", 1_000_000), logLine("2", "2026-09-02", 2_000_000), logLine("3", "2026-10-02", 4_000_000))
	export := func(cycle string) string {
		r := m.run("export", "--cycle", cycle, "-o", "-")
		if r.status != 0 {
			t.Fatal(r.stderr)
		}
		return r.stdout
	}
	frozen := make(map[string]string)
	for i, cycle := range []string{"2026-08", "2026-09", "2026-10"} {
		if r := m.run("close", cycle, "--yes"); r.status != 0 {
			t.Fatal(r.stderr)
		}
		frozen[cycle] = export(cycle)
		m.writeLog(logLine(fmt.Sprint("late", i), "2026-08-03", 10_000*(i+1)), logLine(fmt.Sprint("also", i), "2026-09-05", 333))
		for _, closed := range []string{"2026-08", "2026-09", "2026-10"} {
			if want := frozen[closed]; want != "" && export(closed) != want {
				t.Errorf("%s has changed after %s", closed, cycle)
			}
		}
	}
	// 2026-08 is corrected by the two later closes, and is due for the last lines.
	var diff struct {
		Frozen, Booked, Corrections, Today []struct{ Cost string }
		Rows                               []struct{ Tokens map[string]int64 }
	}
	r := m.run("close", "diff", "2026-08", "--json")
	if err := json.Unmarshal([]byte(r.stdout), &diff); err != nil || len(diff.Rows) != 1 || diff.Rows[0].Tokens["input"] != 30_000 {
		t.Fatalf("%v\n%s", err, r.stdout)
	}
	if diff.Frozen[0].Cost != "3.000015" || diff.Booked[0].Cost != "0.09003" || diff.Corrections[0].Cost != "0.090015" || diff.Today[0].Cost != "3.18006" {
		t.Errorf("%+v", diff)
	}
}

// Of several that close a cycle at once, one does.
func TestOneClosesACycle(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.writeLog(logLine("1", "2026-09-02", 1_000_000))
	var wait sync.WaitGroup
	results := make([]result, 4)
	for i := range results {
		wait.Go(func() { results[i] = m.run("close", "2026-09", "--yes") })
	}
	wait.Wait()
	done := 0
	for _, r := range results {
		switch {
		case r.status == 0:
			done++
		case !strings.Contains(r.stderr, "closed"):
			t.Errorf("%d: %s", r.status, r.stderr)
		}
	}
	if done != 1 {
		t.Errorf("%d closed it", done)
	}
	if r := m.run("close", "verify"); r.status != 0 {
		t.Error(r.stdout)
	}
}

// A frozen ledger that was changed in the store is found, and is not exported; so
// is a close that was put in the place of another one.
func TestDamagedCloses(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	m := newMachine(t)
	m.writeLog(logLine("1", "2026-09-02", 1_000_000))
	if r := m.run("close", "2026-09", "--yes"); r.status != 0 {
		t.Fatal(r.stderr)
	}
	s := store.New(m.storePath(), store.Options{})
	document, err := s.Document(ctx, report.CloseKind, "2026-09")
	if err != nil {
		t.Fatal(err)
	}
	whole := bytes.Clone(document)
	document[len(document)/2] ^= 1
	if err := s.PutDocument(ctx, report.CloseKind, "2026-09", document); err != nil {
		t.Fatal(err)
	}
	if r := m.run("close", "verify"); r.status != 1 || !strings.Contains(r.stdout, "2026-09: DAMAGED") {
		t.Errorf("%d: %s%s", r.status, r.stdout, r.stderr)
	}
	for _, args := range [][]string{{"export", "--cycle", "2026-09", "-o", "-"}, {"close", "diff", "2026-09"}, {"close", "2026-10", "--yes"}, {"variance", "--cycle", "2026-09"}} {
		if r := m.run(args...); r.status != 2 || !strings.Contains(r.stderr, "damaged") || r.stdout != "" {
			t.Errorf("%v: %d %s%s", args, r.status, r.stdout, r.stderr)
		}
	}
	if err := s.PutDocument(ctx, report.CloseKind, "2026-09", nil); err != nil {
		t.Fatal(err)
	}
	if r := m.run("close", "verify"); r.status != 1 || !strings.Contains(r.stdout, "it is not there") {
		t.Errorf("%d: %s%s", r.status, r.stdout, r.stderr)
	}
	if err := s.PutDocument(ctx, report.CloseKind, "2026-09", whole); err != nil {
		t.Fatal(err)
	}
	if r := m.run("close", "verify"); r.status != 0 {
		t.Errorf("%d: %s%s", r.status, r.stdout, r.stderr)
	}
	all, err := s.Decisions(ctx, report.CloseKind)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	forged := strings.Replace(all[0].Text, `"revision":1`, `"revision":2`, 1)
	if _, err := s.SetDecision(ctx, usage.Local(), report.CloseKind, "2026-09", forged); err != nil {
		t.Fatal(err)
	}
	if r := m.run("close", "verify"); r.status != 1 || !strings.Contains(r.stdout, "the trail of decisions says something else") {
		t.Errorf("%d: %s%s", r.status, r.stdout, r.stderr)
	}
	if err := s.RemoveDecision(ctx, usage.Local(), report.CloseKind, "2026-09"); err != nil {
		t.Fatal(err)
	}
	if r := m.run("close", "verify"); r.status != 1 || !strings.Contains(r.stdout, "it is not there") {
		t.Errorf("%d: %s%s", r.status, r.stdout, r.stderr)
	}
}

// Accounts of a cycle may be closed one by one: an export has the frozen rows of
// those, and the others as they are.
func TestAccountsCloseByThemselves(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	config := filepath.Join(m.home, ".config", "tokpit", "config.toml")
	if err := os.MkdirAll(filepath.Dir(config), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, []byte("[[account]]\nname = \"acme\"\nsource = \"claude-code\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	m.writeLog(logLine("1", "2026-09-02", 1_000_000))
	r := m.run("close", "2026-09", "--account", "acme", "--yes", "--json")
	if r.status != 0 || !strings.Contains(r.stdout, `"state": "closing"`) || !strings.Contains(r.stdout, `"account": "acme"`) {
		t.Fatalf("%s%s", r.stdout, r.stderr)
	}
	m.writeLog(logLine("2", "2026-09-03", 5_000_000))
	if r := m.run("export", "--cycle", "2026-09", "-o", "-"); r.status != 0 || strings.Count(r.stdout, "\n") != 2 {
		t.Errorf("%s%s", r.stdout, r.stderr)
	}
	r = m.run("close", "2026-09", "--yes")
	if r.status != 0 || !strings.Contains(r.stdout, "all accounts but acme") || !strings.Contains(r.stdout, "0 entries") {
		t.Errorf("%s%s", r.stdout, r.stderr)
	}
	if r := m.run("close", "diff", "2026-09"); !strings.Contains(r.stdout, "closed, and 1 correction") {
		t.Errorf("%s%s", r.stdout, r.stderr)
	}
	if r := m.run("close", "list"); !strings.Contains(r.stdout, "(the others)") {
		t.Errorf("%s%s", r.stdout, r.stderr)
	}
}

// The moment after a close its export is, byte for byte, what it was before: in
// CSV, in FOCUS, and filtered.
func TestFrozenExportsAreTheLiveOnes(t *testing.T) {
	t.Parallel()
	m := demoed(t)
	exports := func() map[string]string {
		out := make(map[string]string)
		for name, args := range map[string][]string{"csv": nil, "jsonl": {"--format", "jsonl"}, "focus": {"--format", "focus", "--allow-unpriced"},
			"filtered": {"--filter", "provider=openai", "--filter", "basis=reported"}, "source": {"--filter", "source=codex"}} {
			r := m.run(append([]string{"--demo", "export", "--cycle", "2026-10", "-o", "-"}, args...)...)
			if r.status != 0 || len(r.stdout) < 1000 {
				t.Fatalf("%s: %d %s", name, r.status, r.stderr)
			}
			out[name] = r.stdout
		}
		return out
	}
	live := exports()
	if r := m.run("--demo", "close", "2026-10", "--yes"); r.status != 0 {
		t.Fatal(r.stderr)
	}
	for name, text := range exports() {
		if text != live[name] {
			t.Errorf("%s: the frozen export is another one", name)
		}
	}
}
