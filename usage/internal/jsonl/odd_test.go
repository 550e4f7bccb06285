package jsonl_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tokpit/usage/internal/jsonl"
)

func TestOddLines(t *testing.T) {
	tr := newTree(t)
	tr.write("crlf.jsonl", "\r\n"+strings.ReplaceAll(row("a", 1)+"\n"+row("b", 2), "\n", "\r\n")+"  \n")
	tr.write("bom.jsonl", "\xef\xbb\xbf"+row("c", 4))
	tr.write("hole.jsonl", row("d", 8)+strings.Repeat("\x00", 3000)+row("e", 16))
	tr.write("spaces.jsonl", "\t "+row("f", 32))
	tr.write("empty.jsonl", "")
	tr.write("nuls.jsonl", strings.Repeat("\x00", 100)) // a file that a crash left
	tr.write("latin1.jsonl", "{\"x\":\"caf\xe9\",\"id\":\"g\",\"n\":64}\n")
	tr.sync()
	tr.want(127)
}

func TestLongLines(t *testing.T) {
	tr := newTree(t)
	filler := strings.Repeat("x", 300<<10)
	huge := strings.Repeat("0123456789abcdef", (jsonl.MaxLine+1<<20)/16)
	tr.write("f.jsonl", row("a", 1)+
		`{"x":"`+filler+`","id":"b","n":2}`+"\n"+ // longer than the buffer, and counted
		`{"dull":1,"x":"`+huge+`"}`+"\n"+ // longer than any line may be, but it does not matter
		`{"x":"`+huge+`","id":"c","n":1000}`+"\n"+ // longer, and it might have
		`{"dull":1,"x":"`+filler+"\n"+ // cut off
		row("d", 4)+`{"x":"`+filler)
	if r := tr.sync(); r.Pending != 1 {
		t.Errorf("%+v", r)
	}
	tr.want(7, "line is longer than 32 MiB", "the line is cut off")
	if a, b := tr.Quarantined[0].Line, tr.Quarantined[1].Line; a != 4 || b != 5 {
		t.Errorf("lines %d and %d", a, b)
	}
	tr.append("f.jsonl", `","id":"e","n":8}`+"\n"+row("f", 16))
	tr.sync()
	tr.want(31, "line is longer than 32 MiB", "the line is cut off")
}

// TestLongLinesInManyFiles would hang if a reader kept the only large buffer
// while it waits for its turn.
func TestLongLinesInManyFiles(t *testing.T) {
	tr := newTree(t)
	filler := strings.Repeat("x", 300<<10)
	var want int64
	for i := range 6 {
		var b strings.Builder
		fmt.Fprintf(&b, `{"x":%q,"id":"long%d","n":1}`+"\n", filler, i)
		for k := range 2000 {
			b.WriteString(row(fmt.Sprintf("%d.%d", i, k), 1))
		}
		want += 2001
		tr.write(fmt.Sprintf("%d.jsonl", i), b.String())
	}
	tr.sync()
	tr.want(want)
}

func TestWhatIsNoLog(t *testing.T) {
	tr := newTree(t)
	tr.write("good.jsonl", row("a", 1))
	tr.write("dir.jsonl/inside.jsonl", row("b", 2))
	for from, to := range map[string]string{"self.jsonl": "self.jsonl", "nowhere.jsonl": "missing", "todir.jsonl": "dir.jsonl",
		"loop": ".", "tofile.jsonl": "good.jsonl"} {
		if err := os.Symlink(to, tr.path(from)); err != nil {
			t.Skip(err)
		}
	}
	r := tr.sync()
	if r.Files != 2 || r.Places[0].Files != 2 || !r.Places[0].Found {
		t.Errorf("%+v", r)
	}
	tr.want(3, "a directory where a log should be", "cannot be read: no such file or directory",
		"cannot be read: too many levels of symbolic links", "a link to a directory, which is not followed")
	for _, q := range tr.Quarantined {
		if q.Line != 0 || !filepath.IsAbs(q.File) {
			t.Errorf("%+v", q)
		}
	}
	tr.remove("self.jsonl")
	tr.remove("nowhere.jsonl")
	tr.write("nowhere.jsonl", row("c", 4))
	tr.sync()
	tr.want(7, "a directory where a log should be", "a link to a directory, which is not followed")
}

func TestMissingRoot(t *testing.T) {
	tr := newTree(t)
	tr.dir = filepath.Join(tr.dir, "none")
	if r := tr.sync(); r.Files != 0 || len(r.Places) != 1 || r.Places[0].Found || r.Places[0].Err != nil {
		t.Errorf("%+v", r)
	}
	tr.want(0)
}

func TestRootGoneForAWhile(t *testing.T) {
	tr := newTree(t)
	tr.write("root/f.jsonl", row("a", 1))
	top := tr.dir
	tr.dir = filepath.Join(top, "root")
	tr.sync()
	if err := os.Rename(tr.dir, filepath.Join(top, "away")); err != nil {
		t.Fatal(err)
	}
	tr.sync()
	tr.want(1)
	if err := os.Rename(filepath.Join(top, "away"), tr.dir); err != nil {
		t.Fatal(err)
	}
	if r := tr.sync(); r.BytesRead != 0 {
		t.Errorf("read again: %+v", r)
	}
}

func TestRowsFromTheFuture(t *testing.T) {
	tr := newTree(t)
	dated := func(id string, n int, at time.Time) string {
		return fmt.Sprintf(`{"id":%q,"n":%d,"t":%q}`+"\n", id, n, at.Format(time.RFC3339Nano))
	}
	tr.write("f.jsonl", dated("a", 1, now)+dated("b", 2, now.Add(47*time.Hour))+dated("c", 4, now.Add(49*time.Hour))+
		dated("d", 8, now.AddDate(3, 0, 0))+`{"id":"e","n":16,"t":"1970-01-01T00:00:00Z"}`+"\n"+`{"id":"f","n":16,"t":"2010-01-01T00:00:00Z"}`+"\n")
	tr.sync()
	future := "timestamp in the future"
	early := []string{"no timestamp", "timestamp is before any such log"}
	tr.want(3, append([]string{future, future}, early...)...)
	tr.now = now.Add(2 * time.Hour)
	tr.sync()
	tr.want(7, append([]string{future}, early...)...)
	tr.now = now.AddDate(4, 0, 0)
	tr.sync()
	tr.want(15, early...)
}

func TestUnreadable(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("everything can be read here")
	}
	tr := newTree(t)
	tr.write("good.jsonl", row("a", 1))
	tr.write("closed.jsonl", row("b", 2))
	tr.write("dir/inside.jsonl", row("c", 4))
	mode := func(name string, m os.FileMode) {
		if err := os.Chmod(tr.path(name), m); err != nil {
			t.Fatal(err)
		}
	}
	mode("closed.jsonl", 0)
	mode("dir", 0)
	tr.sync()
	tr.want(1, "cannot be read: permission denied", "cannot be read: permission denied")
	mode("closed.jsonl", 0o600)
	mode("dir", 0o700)
	tr.sync()
	tr.want(7)
}

func TestTroubleThatIsOver(t *testing.T) {
	tr := newTree(t)
	tr.write("x.jsonl/inside.jsonl", row("a", 1))
	tr.sync()
	tr.want(1, "a directory where a log should be")
	tr.rename("x.jsonl", "x")
	tr.sync()
	tr.want(1)
	deep := strings.Repeat("d/", 40)
	tr.write(deep+"f.jsonl", row("b", 2))
	tr.sync()
	tr.want(1, "nested too deeply")
	tr.rename(strings.Repeat("d/", 20), "shallow")
	tr.sync()
	tr.want(3)
}

func TestMovedWithItsTime(t *testing.T) {
	tr := newTree(t)
	tr.write("f.jsonl", row("a", 1))
	tr.touch("f.jsonl", now)
	tr.sync()
	tr.write("copy", row("a", 1))
	tr.touch("copy", now)
	tr.rename("copy", "f.jsonl") // another inode
	if r := tr.sync(); r.BytesRead != 0 {
		t.Errorf("%+v", r)
	}
	tr.want(1)
	tr.append("f.jsonl", row("b", 2))
	tr.sync()
	tr.want(3)
}
