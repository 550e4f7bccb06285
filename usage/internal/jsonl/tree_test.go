package jsonl_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/jsonscan"
	"tokpit/usage/internal/sinktest"
)

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// counting is a small format: {"id":"a","n":5,"t":"2026-…"}; "dull" rows say
// nothing. Its state is the number of rows so far.
type counting struct {
	s    jsonscan.Scanner
	rows int
	was  string
	end  int64
}

func (c *counting) Begin(from jsonl.Start) {
	c.rows, _ = strconv.Atoi(string(from.State))
	c.was, c.end = string(from.Was), from.WasEnd
}

func (c *counting) State(dst []byte) []byte { return strconv.AppendInt(dst, int64(c.rows), 10) }

func (c *counting) Dull(head []byte) bool {
	_, dull, _ := c.read(head)
	return dull
}

func (c *counting) read(line []byte) (r usage.Record, dull bool, bad string) {
	c.s.Reset(line)
	for ok := c.s.Object(); ok; ok = c.s.Next() {
		switch string(c.s.Key()) {
		case "dull":
			return r, true, ""
		case "id":
			id, _ := c.s.Text()
			r.ID = string(id)
		case "n":
			var slip jsonscan.Slip
			if r.Input, slip = c.s.Count(); slip != jsonscan.Fine {
				bad = "n " + slip.String()
			}
		case "t":
			t, _ := c.s.Text()
			r.Start = jsonl.Time(t)
		default:
			c.s.Skip()
		}
	}
	if err := c.s.End(); err != nil {
		return r, false, err.Error()
	}
	return r, false, bad
}

func (c *counting) Row(line []byte, out *jsonl.Out) string {
	r, dull, bad := c.read(line)
	if dull || bad != "" {
		return bad
	}
	c.rows++
	if r.Start.IsZero() {
		r.Start = now
	}
	if bad := out.CheckTime(r.Start); bad != "" {
		return bad
	}
	if c.was != "" && out.End <= c.end {
		out.Remove("was "+r.ID, r.Start)
	}
	r.Requests = 1
	r.Session = fmt.Sprint(c.rows)
	out.Add(&r)
	return ""
}

// tree is a directory with a source that reads it.
type tree struct {
	t    *testing.T
	dir  string
	now  time.Time
	plan jsonl.Planner
	sinktest.Sink
}

func newTree(t *testing.T) *tree { return &tree{t: t, dir: t.TempDir(), now: now} }

func (tr *tree) Name() string { return "counting" }

func (tr *tree) Pull(ctx context.Context, c usage.Cursors, emit func(usage.Batch) error) (usage.Report, error) {
	tree := jsonl.Tree{Source: "counting", Roots: []jsonl.Root{{Path: tr.dir, Why: "test"}}, Now: func() time.Time { return tr.now },
		Decoder: func() jsonl.Decoder { return &counting{} }, Planner: tr.plan}
	return tree.Pull(ctx, c, emit)
}

func (tr *tree) sync() usage.Report {
	tr.t.Helper()
	return tr.Sink.Pull(tr.t, tr)
}

func (tr *tree) path(name string) string { return filepath.Join(tr.dir, filepath.FromSlash(name)) }

func (tr *tree) write(name, content string) {
	tr.t.Helper()
	if err := os.MkdirAll(filepath.Dir(tr.path(name)), 0o755); err != nil {
		tr.t.Fatal(err)
	}
	if err := os.WriteFile(tr.path(name), []byte(content), 0o644); err != nil {
		tr.t.Fatal(err)
	}
}

func (tr *tree) append(name, content string) {
	tr.t.Helper()
	f, err := os.OpenFile(tr.path(name), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		tr.t.Fatal(err)
	}
	_, err = f.WriteString(content)
	if err := errors.Join(err, f.Close()); err != nil {
		tr.t.Fatal(err)
	}
}

// want checks the sum over all records, the reasons of quarantined rows, and
// that another pull has nothing to say.
func (tr *tree) want(sum int64, reasons ...string) {
	tr.t.Helper()
	if got := tr.Total().Input; got != sum {
		tr.t.Errorf("sum %d, want %d", got, sum)
	}
	if got := tr.Reasons(); !slices.Equal(got, reasons) {
		tr.t.Errorf("quarantined %q, want %q", got, reasons)
	}
	before := tr.Batches
	r := tr.sync()
	if tr.Batches != before || r.BytesRead != 0 || r.Read != 0 || r.Rows != 0 {
		tr.t.Errorf("a second pull emitted %d batches: %+v", tr.Batches-before, r)
	}
}

func row(id string, n int) string { return fmt.Sprintf(`{"id":%q,"n":%d}`+"\n", id, n) }

func (tr *tree) touch(name string, at time.Time) {
	if err := os.Chtimes(tr.path(name), at, at); err != nil {
		tr.t.Fatal(err)
	}
}

func (tr *tree) rename(from, to string) {
	if err := os.MkdirAll(filepath.Dir(tr.path(to)), 0o755); err != nil {
		tr.t.Fatal(err)
	}
	if err := os.Rename(tr.path(from), tr.path(to)); err != nil {
		tr.t.Fatal(err)
	}
}

func (tr *tree) remove(name string) {
	if err := os.RemoveAll(tr.path(name)); err != nil {
		tr.t.Fatal(err)
	}
}
