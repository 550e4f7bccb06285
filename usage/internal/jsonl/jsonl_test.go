package jsonl_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/sinktest"
)

func TestNewLinesOnly(t *testing.T) {
	tr := newTree(t)
	tr.write("a/b/one.jsonl", row("a", 1)+row("b", 2))
	tr.write("two.jsonl", row("c", 4))
	tr.write("notes.txt", "not a log")
	if r := tr.sync(); r.Files != 2 || r.Read != 2 || r.Rows != 3 || r.BytesRead != int64(len(row("a", 1))*3) {
		t.Errorf("%+v", r)
	}
	tr.want(7)
	tr.append("two.jsonl", row("d", 8))
	if r := tr.sync(); r.Read != 1 || r.Rows != 1 || r.BytesRead != int64(len(row("d", 8))) {
		t.Errorf("after an append: %+v", r)
	}
	tr.want(15)
	if tr.Records["d"].Session != "2" {
		t.Error("the decoder's state was not carried on")
	}
}

func TestUnfinishedLastLine(t *testing.T) {
	tr := newTree(t)
	tr.write("a.jsonl", row("a", 1)+`{"id":"b","n`)
	if r := tr.sync(); r.Pending != 1 {
		t.Errorf("%+v", r)
	}
	tr.want(1)
	if r := tr.sync(); r.Pending != 1 {
		t.Errorf("pending is forgotten: %+v", r)
	}
	tr.append("a.jsonl", `":2}`)
	if r := tr.sync(); r.Pending != 0 {
		t.Errorf("%+v", r)
	}
	tr.want(3)
	tr.append("a.jsonl", "\n"+row("c", 4)+"{broken}\n")
	tr.sync()
	tr.want(7, "not valid JSON")
	if got := tr.Quarantined[0].Line; got != 4 {
		t.Errorf("line %d, want 4", got)
	}
}

func TestLastLineThatOnlyLooksWhole(t *testing.T) {
	tr := newTree(t)
	tr.write("a.jsonl", `{"x":{"y":1}`) // ends in a brace, and goes on
	if r := tr.sync(); r.Pending != 1 {
		t.Errorf("%+v", r)
	}
	tr.append("a.jsonl", `,"id":"a","n":1}`+"\n")
	tr.sync()
	tr.want(1)
}

func TestFileThatIsNotWhatItWas(t *testing.T) {
	long := row("a", 1) + row("b", 2) + row("c", 4)
	for _, c := range []struct {
		name   string
		change func(*tree)
		sum    int64
	}{
		{"shrunk", func(tr *tree) { tr.write("f.jsonl", row("d", 8)) }, 15},
		{"emptied", func(tr *tree) { tr.write("f.jsonl", "") }, 7},
		{"rewritten longer", func(tr *tree) { tr.write("f.jsonl", row("d", 8)+long) }, 15},
		{"rewritten in place, same size", func(tr *tree) {
			tr.write("f.jsonl", row("d", 8)+row("b", 2)+row("c", 4))
			tr.touch("f.jsonl", now)
		}, 15},
		{"replaced by another file", func(tr *tree) {
			tr.write("new", long+row("d", 8))
			tr.rename("new", "f.jsonl")
		}, 15},
		{"touched", func(tr *tree) { tr.touch("f.jsonl", now) }, 7},
		{"renamed", func(tr *tree) { tr.rename("f.jsonl", "archive/f.jsonl") }, 7},
		{"renamed and grown", func(tr *tree) {
			tr.rename("f.jsonl", "archive/f.jsonl")
			tr.append("archive/f.jsonl", row("d", 8))
		}, 15},
		{"deleted", func(tr *tree) { tr.remove("f.jsonl") }, 7},
		{"deleted and back", func(tr *tree) {
			tr.remove("f.jsonl")
			tr.sync()
			tr.write("f.jsonl", long+row("d", 8))
		}, 15},
		{"copied", func(tr *tree) { tr.write("g.jsonl", long) }, 7},
		{"linked", func(tr *tree) {
			if err := os.Link(tr.path("f.jsonl"), tr.path("g.jsonl")); err != nil {
				tr.t.Skip(err)
			}
		}, 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := newTree(t)
			tr.write("f.jsonl", long)
			tr.touch("f.jsonl", now.Add(-time.Hour))
			tr.sync()
			c.change(tr)
			tr.sync()
			tr.want(c.sum)
		})
	}
}

func TestRenamedFileIsNotReadAgain(t *testing.T) {
	tr := newTree(t)
	tr.write("sessions/f.jsonl", row("a", 1))
	tr.sync()
	tr.rename("sessions/f.jsonl", "archive/f.jsonl")
	if r := tr.sync(); r.BytesRead != 0 {
		t.Errorf("%+v", r)
	}
	if _, old := tr.Cursors["f:"+tr.path("sessions/f.jsonl")]; old || len(tr.Cursors) != 1 {
		t.Errorf("cursors %v", slices.Collect(maps.Keys(tr.Cursors)))
	}
}

func TestBadRowsAreForgottenWithTheFileThatHadThem(t *testing.T) {
	tr := newTree(t)
	tr.write("f.jsonl", row("a", 1)+"{broken}\n"+`{"n":-5}`+"\n"+"[]\n"+`{"n":1`+"\n")
	tr.sync()
	tr.want(1, "not valid JSON", "n is negative", "not a JSON object", "the line is cut off")
	tr.write("f.jsonl", row("a", 1)+row("b", 2))
	tr.sync()
	tr.want(3)
}

func TestManyBadRows(t *testing.T) {
	tr := newTree(t)
	tr.write("f.jsonl", strings.Repeat("{broken}\n", 5*jsonl.MaxBad)+row("a", 1))
	tr.sync()
	if n := len(tr.Quarantined); n != jsonl.MaxBad+1 {
		t.Errorf("%d rows are named", n)
	}
	if last := tr.Quarantined[len(tr.Quarantined)-1]; !strings.Contains(last.Reason, "more than") || last.Line != jsonl.MaxBad+1 {
		t.Errorf("%+v", last)
	}
	tr.append("f.jsonl", "{broken}\n"+row("b", 2))
	tr.sync()
	if n := len(tr.Quarantined); n != jsonl.MaxBad+1 {
		t.Errorf("%d rows are named after another pull", n)
	}
	if got := tr.Total().Input; got != 3 {
		t.Errorf("sum %d, want 3", got)
	}
}

// TestStops lets the sink fail at every batch in turn: what was emitted before
// is kept, and going on from there gives what one run would have given.
func TestStops(t *testing.T) {
	tr := newTree(t)
	var want int64
	for f := range 5 {
		var b bytes.Buffer
		for k := range 15_000 {
			b.WriteString(row(fmt.Sprintf("%d.%d", f, k), k))
			want += int64(k)
		}
		b.WriteString("{broken}\n")
		tr.write(fmt.Sprintf("%d.jsonl", f), b.String())
		tr.touch(fmt.Sprintf("%d.jsonl", f), now.Add(time.Duration(f)*time.Minute))
	}
	var batches int
	for tr.Sink.Fail = 1; ; tr.Sink.Fail = 2 {
		_, err := tr.Pull(context.Background(), tr.Cursors, func(b usage.Batch) error {
			if len(b.Records) > jsonl.MaxBatch {
				t.Errorf("%d records in a batch", len(b.Records))
			}
			return tr.Apply(b)
		})
		if err == nil {
			break
		}
		if !errors.Is(err, sinktest.ErrFull) {
			t.Fatal(err)
		}
		if batches++; batches > 20 {
			t.Fatal("no progress")
		}
	}
	tr.Sink.Fail = 0
	tr.want(want, slices.Repeat([]string{"not valid JSON"}, 5)...)
	if batches < 3 {
		t.Errorf("only %d batches", batches)
	}
}

func TestSameBatchesEveryTime(t *testing.T) {
	tr := newTree(t)
	for f := range 40 {
		var b bytes.Buffer
		for k := range 700 {
			b.WriteString(row(fmt.Sprintf("%d.%d", f, k), 1))
		}
		name := fmt.Sprintf("%d.jsonl", f)
		tr.write(name, b.String())
		tr.touch(name, now.Add(-time.Duration(f)*time.Minute))
	}
	ids := func() (out []string) {
		_, err := tr.Pull(context.Background(), nil, func(b usage.Batch) error {
			for i := range b.Records {
				out = append(out, b.Records[i].ID)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	first := ids()
	if len(first) != 40*700 || first[0] != "39.0" || first[len(first)-1] != "0.699" {
		t.Errorf("%d records, from %s to %s: not oldest first", len(first), first[0], first[len(first)-1])
	}
	for range 3 {
		if !slices.Equal(ids(), first) {
			t.Fatal("another order")
		}
	}
}

func TestCancel(t *testing.T) {
	tr := newTree(t)
	for f := range 50 {
		tr.write(fmt.Sprintf("%d.jsonl", f), strings.Repeat(row("a", 1), 2000))
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := tr.Pull(ctx, nil, tr.Apply); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v", err)
	}
	ctx, cancel = context.WithCancel(context.Background())
	n := 0
	tree := jsonl.Tree{Source: "counting", Roots: []jsonl.Root{{Path: tr.dir}}, Now: func() time.Time { return now },
		Decoder: func() jsonl.Decoder { return &counting{} }, Progress: func(done, total, read int64) {
			if n++; done == 3 {
				cancel()
			}
			if total != 50 || read == 0 {
				t.Errorf("progress %d of %d, %d bytes", done, total, read)
			}
		}}
	if _, err := tree.Pull(ctx, nil, tr.Apply); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled in the middle: %v", err)
	}
	if n > 40 {
		t.Errorf("%d files after the end", n)
	}
}

// stubborn calls files stale that were left in one of some states.
type stubborn struct {
	stale   []string
	heads   []string
	cursors usage.Cursors
}

func (p *stubborn) Load(c usage.Cursors) { p.cursors = c }
func (p *stubborn) Head(src io.Reader) {
	head, _ := io.ReadAll(io.LimitReader(src, 10))
	p.heads = append(p.heads, string(head))
}
func (p *stubborn) Planned() {}
func (p *stubborn) Stale(state []byte) bool {
	return slices.Contains(p.stale, string(state))
}
func (p *stubborn) Changed() usage.Cursors {
	if string(p.cursors["own"]) == "x" {
		return nil
	}
	return usage.Cursors{"own": []byte("x")}
}

func TestPlanner(t *testing.T) {
	tr := newTree(t)
	plan := &stubborn{}
	tr.plan = plan
	tr.write("one.jsonl", row("a", 1))
	tr.write("two.jsonl", row("b", 2)+row("c", 4))
	tr.sync()
	tr.want(7)
	if len(plan.heads) != 2 || string(tr.Cursors["own"]) != "x" {
		t.Errorf("heads %q, cursors %v", plan.heads, tr.Cursors)
	}
	// What "two" gave is no longer right: its records are taken back, and the
	// rows after them were never given.
	for _, id := range []string{"b", "c"} {
		r := tr.Records[id]
		r.ID = "was " + id
		tr.Records[r.ID] = r
		delete(tr.Records, id)
	}
	tr.append("two.jsonl", row("d", 8))
	plan.stale = []string{"2"}
	tr.sync()
	plan.stale = nil
	tr.want(15)
	if len(tr.Records) != 4 {
		t.Errorf("records %v", slices.Collect(maps.Keys(tr.Records)))
	}
}

func TestDamagedCursors(t *testing.T) {
	tr := newTree(t)
	tr.write("f.jsonl", row("a", 1)+"{broken}\n")
	tr.sync()
	key := "f:" + tr.path("f.jsonl")
	good := tr.Cursors[key]
	for n := range len(good) {
		tr.Cursors[key] = good[:n]
		tr.sync()
		if got := tr.Total().Input; got != 1 || len(tr.Quarantined) != 1 {
			t.Fatalf("cut to %d bytes: sum %d, quarantined %v", n, got, tr.Quarantined)
		}
	}
	tr.Cursors[key] = append([]byte{99}, good[1:]...)
	tr.sync()
	tr.want(1, "not valid JSON")
}

func FuzzCursor(f *testing.F) {
	tr := &tree{dir: f.TempDir(), now: now}
	if err := os.WriteFile(tr.path("f.jsonl"), []byte(row("a", 1)+row("b", 2)), 0o644); err != nil {
		f.Fatal(err)
	}
	tr.Sink.Pull(f, tr)
	key := "f:" + tr.path("f.jsonl")
	f.Add(tr.Cursors[key])
	f.Fuzz(func(t *testing.T, value []byte) {
		if _, err := tr.Pull(context.Background(), usage.Cursors{key: value}, func(usage.Batch) error { return nil }); err != nil {
			t.Fatal(err)
		}
	})
}
