package jsonl_test

import (
	"path/filepath"
	"testing"
	"time"

	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/sinktest"
)

// TestRootIsALog: a root may be a log itself, whatever it is called; what lies
// beside it is not read, and it is found once if a directory holds it, too.
func TestRootIsALog(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"usage.log", "usage.json", "deep/usage.jsonl"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		sinktest.Write(t, path, `{"id":"a","n":1,"t":"2026-05-01T00:00:00Z"}`+"\n"+`{"id":"b","n":2,"t":"2026-05-01T00:00:00Z"}`+"\n")
		sinktest.Write(t, filepath.Join(filepath.Dir(path), "other.jsonl"), `{"id":"c","n":9,"t":"2026-05-01T00:00:00Z"}`+"\n")
		roots := []jsonl.Root{{Path: path, Why: "test"}, {Path: path, Why: "again"}}
		if name != "deep/usage.jsonl" {
			roots = append(roots, jsonl.Root{Path: filepath.Join(dir, "none"), Why: "not there"})
		}
		src := &jsonl.Tree{Source: "counting", Roots: roots, Now: func() time.Time { return now }, Decoder: func() jsonl.Decoder { return &counting{} }}
		var s sinktest.Sink
		r := s.Pull(t, named{src})
		if m := s.Total(); m.Input != 3 || r.Files != 1 || len(s.Quarantined) != 0 || !r.Places[0].Found || r.Places[0].Files != 1 || r.Places[1].Files != 0 {
			t.Errorf("%s: %+v, %+v, quarantined %v", name, m, r, s.Quarantined)
		}
		s.Settled(t, named{src})
		sinktest.Append(t, path, `{"id":"d","n":4,"t":"2026-05-01T00:00:00Z"}`+"\n")
		if s.Pull(t, named{src}); s.Total().Input != 7 {
			t.Errorf("%s: %d tokens after it has grown", name, s.Total().Input)
		}
	}
}

// named is a tree that is a source.
type named struct{ *jsonl.Tree }

func (n named) Name() string { return n.Source }
