package jsonl_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestRandomChanges does to files what writers, archivers and people do, with
// pulls in between: every row that was in a file at the time of a pull is
// there in the end, once, and no other.
func TestRandomChanges(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		tr := newTree(t)
		tr.dir, _ = os.MkdirTemp(tr.dir, "r")
		m := model{tr: tr, files: map[string][]string{}, want: map[string]bool{}, at: now.Add(-time.Hour)}
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			m.step(rt)
		}
		m.pull(rt)
		before := tr.Batches
		if tr.sync(); tr.Batches != before {
			rt.Fatal("another pull has news")
		}
	})
}

// model is what the files hold, and what has been pulled.
type model struct {
	tr    *tree
	files map[string][]string // rows, each with its line break
	want  map[string]bool     // ids
	next  int
	at    time.Time
}

var someFiles = []string{"a.jsonl", "b.jsonl", "sub/c.jsonl", "sub/d.jsonl"}

func (m *model) step(t *rapid.T) {
	name := rapid.SampledFrom(someFiles).Draw(t, "file")
	rows, there := m.files[name]
	switch rapid.IntRange(0, 7).Draw(t, "what") {
	case 0, 1, 2:
		m.save(name, append(rows, m.rows(t)...))
	case 3: // cut, and go on differently
		m.save(name, append(rows[:rapid.IntRange(0, len(rows)).Draw(t, "keep")], m.rows(t)...))
	case 4: // written anew, which gives another inode
		if there {
			m.tr.remove(name)
		}
		m.save(name, m.rows(t))
	case 5:
		other := rapid.SampledFrom(someFiles).Draw(t, "to")
		if there && other != name {
			m.tr.rename(name, other)
			m.files[other] = rows
			delete(m.files, name)
		}
	case 6:
		if there {
			m.tr.remove(name)
			delete(m.files, name)
		}
	default:
		m.pull(t)
	}
}

func (m *model) rows(t *rapid.T) (out []string) {
	for range rapid.IntRange(1, 3).Draw(t, "rows") {
		m.next++
		out = append(out, row(fmt.Sprint(m.next), 1))
	}
	return out
}

func (m *model) save(name string, rows []string) {
	text := ""
	for _, r := range rows {
		text += r
	}
	m.files[name] = rows
	m.tr.write(name, text)
	m.at = m.at.Add(time.Second)
	m.tr.touch(name, m.at)
}

func (m *model) pull(t *rapid.T) {
	for _, rows := range m.files {
		for _, r := range rows {
			var id int
			if _, err := fmt.Sscanf(r, `{"id":"%d"`, &id); err != nil {
				t.Fatal(err)
			}
			m.want[fmt.Sprint(id)] = true
		}
	}
	m.tr.sync()
	if len(m.tr.Records) != len(m.want) || len(m.tr.Quarantined) > 0 {
		t.Fatalf("%d records, want %d; quarantined %v", len(m.tr.Records), len(m.want), m.tr.Quarantined)
	}
	for id := range m.want {
		if _, ok := m.tr.Records[id]; !ok {
			t.Fatalf("%s is missing", id)
		}
	}
}
