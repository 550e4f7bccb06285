package jsonl_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/sinktest"
)

// fickle takes back the record that a line names, or adds it.
type fickle struct{}

func (fickle) Begin(jsonl.Start)       {}
func (fickle) State(dst []byte) []byte { return dst }
func (fickle) Dull([]byte) bool        { return false }
func (fickle) Row(line []byte, out *jsonl.Out) string {
	id, back := strings.CutPrefix(strings.Trim(string(line), "{}"), "-")
	if back {
		out.Remove(id, now)
		return ""
	}
	r := usage.Record{ID: id, Start: now, Requests: 1}
	r.Input = 1
	out.Add(&r)
	return ""
}

// TestTakenBack: a record that a file takes back does not count, whether it is
// still in hand, in the same batch, or was stored long ago.
func TestTakenBack(t *testing.T) {
	dir := t.TempDir()
	var lines strings.Builder
	for i := range 600 {
		fmt.Fprintf(&lines, "{a%d}\n", i)
	}
	path := filepath.Join(dir, "f.jsonl")
	sinktest.Write(t, path, lines.String()+"{-a599}\n{-a1}\n")
	sinktest.Write(t, filepath.Join(dir, "a.jsonl"), "{a1}\n{other}\n") // another file may still say it
	tree := jsonl.Tree{Source: "fickle", Roots: []jsonl.Root{{Path: dir}}, Now: func() time.Time { return now }, Workers: 1,
		Decoder: func() jsonl.Decoder { return fickle{} }}
	var s sinktest.Sink
	pull := func() {
		t.Helper()
		if _, err := tree.Pull(context.Background(), s.Cursors, s.Apply); err != nil {
			t.Fatal(err)
		}
	}
	pull()
	if _, last := s.Records["a599"]; last || len(s.Records) != 600 || s.Largest < 600 {
		t.Errorf("%d records, %d in a batch, the last %v", len(s.Records), s.Largest, last)
	}
	sinktest.Append(t, path, "{-a7}\n")
	pull()
	if _, there := s.Records["a7"]; there || len(s.Records) != 599 {
		t.Errorf("%d records, a7 %v", len(s.Records), there)
	}
}
