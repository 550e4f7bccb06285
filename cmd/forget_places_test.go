package cmd_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// secretive is a machine with usage of a project that is to be forgotten, in an
// old month and in this one, and of another.
func secretive(t *testing.T) *machine {
	t.Helper()
	m := newMachine(t)
	for i, day := range []string{"2026-08-03", "2026-11-04"} {
		for _, project := range []string{"secret-5k2m", "open"} {
			m.write(fmt.Sprintf(".claude/projects/-w-%s/%s-%d.jsonl", project, project, i), fmt.Sprintf(
				`{"type":"assistant","sessionId":"%s-%d","cwd":"/w/%[1]s","timestamp":"%[3]sT10:00:00Z","message":{"id":"%[1]s-%[2]d","model":"claude-opus-4-5","usage":{"input_tokens":1000,"output_tokens":10}}}`+"\n",
				project, i, day))
		}
	}
	m.run("sync").ok()
	return m
}

const secret = "secret-5k2m"

// forget forgets the project.
func (m *machine) forget() result { return m.run("forget", "--project", "/w/"+secret, "--yes") }

// holds lists the files beside the store that have a text in them.
func (m *machine) holds(text string) (out []string) {
	m.t.Helper()
	entries, err := os.ReadDir(filepath.Dir(m.store()))
	if err != nil {
		m.t.Fatal(err)
	}
	for _, e := range entries {
		file, err := os.ReadFile(filepath.Join(filepath.Dir(m.store()), e.Name()))
		if err != nil {
			m.t.Fatal(err)
		}
		if bytes.Contains(file, []byte(text)) {
			out = append(out, e.Name())
		}
	}
	return out
}

// TestForgottenBesideTheStore: the status line's last figures go too, and stores
// that a restore has put aside are named.
func TestForgottenBesideTheStore(t *testing.T) {
	t.Parallel()
	m := secretive(t)
	m.run("budget", "set", "b-"+secret, "--amount", "10", "--period", "month", "--scope", "project=/w/"+secret).ok()
	m.run("statusline").ok()
	if got := m.holds("b-" + secret); len(got) != 2 {
		t.Fatalf("the budget's name is in %q", got)
	}
	backup := filepath.Join(m.home, "backup.db")
	m.run("backup", backup).ok()
	m.run("restore", backup, "--yes").ok()
	if r := m.forget(); r.status != 1 || !strings.Contains(r.stdout, ".before-restore-") {
		t.Errorf("%d: what was put aside is not named:\n%s", r.status, r.stdout)
	}
	if _, err := os.Stat(m.store() + ".status"); !os.IsNotExist(err) {
		t.Errorf("the figures of the status line are there: %v", err)
	}
	for _, name := range m.holds("/w/" + secret) {
		if !strings.Contains(name, ".before-restore-") {
			t.Errorf("%s still names it", name)
		}
	}
	if r := m.run("privacy", "--all").ok(); !strings.Contains(r.stdout, "tokpit.db.status") || !strings.Contains(r.stdout, "before-restore") {
		t.Errorf("files beside the store are not listed:\n%s", r.stdout)
	}
}

// TestForgottenComesFromNowhere: not behind the retention, where sums are left, not
// from a backup without a word, not out of a bundle, and not with the next sync.
func TestForgottenComesFromNowhere(t *testing.T) {
	t.Parallel()
	m, other := secretive(t), secretive(t)
	backup := filepath.Join(m.home, "backup.db")
	m.run("backup", backup).ok()
	carried := filepath.Join(other.home, "carried")
	other.run("bundle", "export", carried).ok()
	m.run("retention", "set", "60d").ok()
	m.run("retention", "apply").ok()
	if n := m.tokens(); n != 4040 {
		t.Fatalf("%d tokens before", n)
	}
	m.forget().ok()
	check := func(when string) {
		t.Helper()
		if got := m.holds(secret); len(got) > 0 {
			t.Errorf("%s: it is in %q", when, got)
		}
		if n := m.tokens(); n != 2020 {
			t.Errorf("%s: %d tokens, want 2020", when, n)
		}
		rowsMatch(t, m.doctor(), nil)
		m.run("audit", "verify").ok()
	}
	check("forgotten")
	m.run("sync").ok()
	check("after a sync")
	m.run("bundle", "import", carried).ok()
	check("after a bundle")
	if r := m.run("restore", backup, "--yes").ok(); !strings.Contains(r.stderr, "may be in the store again") {
		t.Errorf("the restore says nothing:\n%s", r.stderr)
	}
	m.run("sync").ok()
	r := m.forget()
	if r.status > 1 {
		t.Fatalf("%s", r.stderr)
	}
	entries, err := filepath.Glob(m.store() + ".before-restore-*")
	if err != nil || len(entries) != 1 {
		t.Fatal(entries, err)
	}
	if err := os.Remove(entries[0]); err != nil {
		t.Fatal(err)
	}
	m.run("sync").ok()
	check("restored, and forgotten again")
}

// TestForgottenInAClosedMonth: a month that was closed stays as it was, and the
// command says that it names what was to be forgotten.
func TestForgottenInAClosedMonth(t *testing.T) {
	t.Parallel()
	m := secretive(t)
	m.run("close", "2026-08", "--yes").ok()
	r := m.forget()
	if r.status != 1 || !strings.Contains(r.stdout, "closed month") {
		t.Errorf("%d: %s%s", r.status, r.stdout, r.stderr)
	}
	m.run("close", "verify").ok()
	m.run("audit", "verify").ok()
}
