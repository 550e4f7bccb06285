package cmd_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// backedUp is the document of `backup --json`.
type backedUp struct {
	Path, SHA256            string
	Size, Revision, Records int64
}

// TestBackupDuringSync backs a store up while a sync of another process fills
// it. Each backup restores to a sound store that holds whole batches, of which
// later ones have more, and from which a sync goes on to the truth.
func TestBackupDuringSync(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	files, rows := 40, 1000
	if soak() {
		files = 400
	}
	for i := range files {
		m.write(fmt.Sprintf(".claude/projects/p/%03d.jsonl", i), many(rows, fmt.Sprint("f", i, "-")))
	}
	m.write(".claude/projects/p/first.jsonl", claude("first", 0))
	m.run("sync", "--source", "codex").ok() // there is a store
	sync := m.command("sync")
	if err := sync.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- sync.Wait() }()
	var taken []backedUp
	for running := true; running; {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatal(err)
			}
			running = false
		default:
		}
		var b backedUp
		m.run("backup", fmt.Sprintf("b%03d.db", len(taken)), "--json").ok().decode(&b)
		taken = append(taken, b)
	}
	all := int64(files*rows) + 1
	if last := taken[len(taken)-1]; len(taken) < 2 || last.Records != all {
		t.Fatalf("%d backups, the last with %d records", len(taken), last.Records)
	}
	for i, b := range taken {
		if i > 0 && (b.Revision < taken[i-1].Revision || b.Records < taken[i-1].Records || (b.Revision == taken[i-1].Revision) != (b.Records == taken[i-1].Records)) {
			t.Errorf("%+v after %+v", b, taken[i-1])
		}
		if len(taken) > 8 && i%(len(taken)/8) != 0 {
			continue
		}
		to := fmt.Sprintf("r%03d.db", i)
		m.run("--store", to, "restore", b.Path).ok().want(0, "verified")
		m.doctor("--store", to)
		if n := m.inputTokens("--store", to); n != max(b.Records-1, 0) && n != b.Records {
			t.Errorf("backup %d of %d records has %d tokens", i, b.Records, n)
		}
		m.run("--store", to, "sync").ok()
		if n := m.inputTokens("--store", to); n != all-1 {
			t.Errorf("from backup %d a sync gets to %d tokens", i, n)
		}
	}
	if left, _ := filepath.Glob(m.path(".*part*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// Reports of old months say what they said, by all that sums are kept of, after
// records were pruned; `strings` finds no session of them.
func TestReportsAfterPruning(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	at := time.Date(2026, 7, 1, 3, 0, 0, 0, time.UTC)
	var old, young strings.Builder
	for i := range 3000 {
		when := at.Add(time.Duration(i) * 67 * time.Minute)
		line := claudeAt(fmt.Sprint("id", i), "old-session", []string{"claude-sonnet-4-6", "claude-opus-4-5", "unheard-of"}[i%3], when, int64(1000*(i%300)), int64(i%70))
		if when.After(time.Date(2026, 9, 21, 0, 0, 0, 0, time.UTC)) {
			young.WriteString(strings.Replace(line, "old-session", "new-session", 1))
		} else {
			old.WriteString(line)
		}
	}
	m.write(".claude/projects/p/old-session.jsonl", old.String())
	m.write(".claude/projects/p/new-session.jsonl", young.String())
	m.run("sync").ok()
	queries := [][]string{{"--by", "month,model"}, {"--by", "day"}, {"--by", "hour,band", "--since", "2026-09-01", "--until", "2026-10-01"}, {"--by", "project,provider"},
		{"--by", "week", "--tz", "America/St_Johns"}}
	ask := func() (out []*reportDoc) {
		for _, q := range queries {
			out = append(out, m.report(t, q...))
		}
		return out
	}
	before := ask()
	session := m.report(t, "--by", "session")
	m.run("retention", "set", "60d").ok()
	if err := os.Remove(m.path(".claude/projects/p/old-session.jsonl")); err != nil {
		t.Fatal(err)
	}
	m.run("retention", "apply").want(0, "their sums stay")
	m.run("sync").ok()
	m.doctor()
	if after := ask(); !reflect.DeepEqual(after, before) {
		t.Error("the reports have changed")
	}
	if after := m.report(t, "--by", "session"); !reflect.DeepEqual(after.Total, session.Total) || len(after.Rows) != 2 {
		t.Errorf("%+v, want %+v", after.Total, session.Total)
	}
	m.run("compact").ok()
	file, err := os.ReadFile(m.store())
	if err != nil || strings.Contains(string(file), "old-session") || !strings.Contains(string(file), "new-session") {
		t.Errorf("the file has the sessions: old %v, new %v; %v", strings.Contains(string(file), "old-session"), strings.Contains(string(file), "new-session"), err)
	}
}
