package cmd_test

import (
	"bytes"
	"encoding/json"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"tokpit/tokenizer"
)

func (m *machine) put(name string, data []byte) string {
	m.t.Helper()
	path := m.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		m.t.Fatal(err)
	}
	return path
}

func o200k(t testing.TB, text []byte) int {
	t.Helper()
	e, err := tokenizer.Get(tokenizer.O200K)
	if err != nil {
		t.Fatal(err)
	}
	return e.Count(text)
}

func TestCountBrokenText(t *testing.T) {
	m := newMachine(t)
	path := m.put("broken.txt", []byte("caf\xc3 and \xf0\x9f more"))
	r := m.run("count", path)
	if r.ok(); r.stdout != strconv.Itoa(o200k(t, []byte("caf\ufffd and \ufffd more")))+"\t"+path+"\n" {
		t.Errorf("%q", r.stdout)
	}
	if want := "tokpit: " + path + ": 3 bytes are not UTF-8; each broken character counts as U+FFFD\n"; r.stderr != want {
		t.Errorf("%q, want %q", r.stderr, want)
	}
	if r := m.run("estimate", path, "--model", "gpt-5.4"); !strings.Contains(r.stderr, "3 bytes are not UTF-8") {
		t.Errorf("%q", r.stderr)
	}
	if r := m.run("count", "--json", path); !strings.Contains(r.stdout, `"invalid_bytes": 3`) {
		t.Errorf("%s", r.stdout)
	}
}

// TestCountTree: the sums of a tree are those of its files, and what is no text is
// left out and said.
func TestCountTree(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	r := rand.New(rand.NewPCG(5, 6))
	want := 0
	for i := range 60 {
		text := []byte(strings.Repeat([]string{"one word ", "größer ", "{\"a\": 1}\n"}[i%3], 1+r.IntN(200)))
		dir := strings.Repeat("d"+strconv.Itoa(i%4)+"/", i%5)
		m.put("tree/"+dir+"f"+strconv.Itoa(i)+".txt", text)
		want += o200k(t, text)
	}
	m.put("tree/picture", append([]byte("GIF89a"), 0, 1, 2))
	m.put("tree/.git/HEAD", []byte("ref: refs/heads/main"))
	m.put("tree/.svn/entries", []byte("12"))
	m.put("tree/empty.txt", nil)
	if err := os.Symlink(m.path("tree"), m.path("tree/loop")); err != nil && runtime.GOOS != "windows" {
		t.Fatal(err)
	}
	got := m.run("count", m.path("tree"), "--top", "0", "--depth", "0")
	got.ok()
	lines := strings.Split(strings.TrimSpace(got.stdout), "\n")
	if !strings.HasPrefix(lines[0], strconv.Itoa(want)+"\t100.0 ████████████████████  ") || !strings.HasSuffix(lines[0], "(61 files)") {
		t.Errorf("%s, want %d tokens", lines[0], want)
	}
	files, leaves := 0, 0
	for _, line := range lines[1:] {
		n, rest, _ := strings.Cut(line, "\t")
		if !strings.HasSuffix(rest, "/") {
			v, err := strconv.Atoi(n)
			if err != nil {
				t.Fatal(err)
			}
			files, leaves = files+v, leaves+1
		}
	}
	if files != want || leaves != 61 {
		t.Errorf("%d files have %d tokens, want 61 with %d", leaves, files, want)
	}
	if runtime.GOOS != "windows" && got.stderr != "tokpit: "+m.path("tree")+": 1 binary file is left out\ntokpit: "+m.path("tree")+": 1 symbolic link is left out\n" {
		t.Errorf("%q", got.stderr)
	}
	// Shortened, the lines of each folder still make up the folder.
	short := m.run("count", m.path("tree"), "--depth", "1", "--top", "3").stdout
	sum := 0
	for _, line := range strings.Split(strings.TrimSpace(short), "\n")[1:] {
		n, _, _ := strings.Cut(line, "\t")
		v, _ := strconv.Atoi(n)
		sum += v
	}
	if sum != want || !strings.Contains(short, "more\n") {
		t.Errorf("%d of %d in\n%s", sum, want, short)
	}
	var doc struct {
		Files, Folders []struct{ Tokens int }
		Total          struct{ Tokens int }
	}
	if err := json.Unmarshal([]byte(m.run("count", "--json", m.path("tree")).stdout), &doc); err != nil || len(doc.Files) != 61 || doc.Total.Tokens != want || doc.Folders[0].Tokens != want {
		t.Errorf("%v: %d files, %d tokens", err, len(doc.Files), doc.Total.Tokens)
	}
}

func TestCountUnreadable(t *testing.T) {
	if runtime.GOOS == "windows" || os.Getuid() == 0 {
		t.Skip("SKIPPED: nothing is unreadable to this user")
	}
	m := newMachine(t)
	m.put("tree/good.txt", []byte("good"))
	bad := m.put("tree/bad.txt", []byte("bad"))
	if err := os.Chmod(bad, 0); err != nil {
		t.Fatal(err)
	}
	r := m.run("count", m.path("tree"))
	if r.status != 2 || !strings.HasPrefix(r.stdout, "1\t") || !strings.Contains(r.stderr, "bad.txt: permission denied") {
		t.Errorf("%d, %q, %q", r.status, r.stdout, r.stderr)
	}
}

// TestCountHugeTexts: 20 MB take constant memory, also as one line without any
// place to cut it.
func TestCountHugeTexts(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("SKIPPED: the memory of a running process is read from /proc")
	}
	const size, part = 20 << 20, 64 << 10
	words := strings.Fields("the price of a call is what its tokens cost at the rate in force when it was made")
	r := rand.New(rand.NewPCG(7, 8))
	prose := make([]byte, 0, part+100)
	for len(prose) < part {
		prose = append(append(prose, words[r.IntN(len(words))]...), ' ')
	}
	for name, text := range map[string][]byte{"prose": prose, "one letter": bytes.Repeat([]byte("a"), part)} {
		for _, args := range [][]string{{"count"}, {"count", "--model", "claude-opus-5-5"}, {"estimate", "--model", "gpt-5.4", "--json"}} {
			m := newMachine(t)
			start := time.Now()
			most := int64(0)
			got := m.feed(args, func(in io.Writer, pid int) {
				for range size / part {
					if _, err := in.Write(text); err != nil {
						t.Fatal(err)
					}
				}
				most = peakOf(t, pid)
			})
			took := time.Since(start)
			t.Logf("%q, %s: %v, at most %d MB", args, name, took.Round(time.Millisecond), most>>20)
			if most > 64<<20 && !raceDetector {
				t.Errorf("%q, %s takes %d MB", args, name, most>>20)
			}
			if took > time.Minute { // it would take hours if it grew with the square
				t.Errorf("%q, %s takes %v", args, name, took)
			}
			if whole := bytes.Repeat(text, size/part); len(args) == 1 && got.stdout != strconv.Itoa(o200k(t, whole))+"\t-\n" && name == "prose" {
				t.Errorf("%q", got.stdout)
			}
		}
	}
}

// feed runs a command whose standard input is written while it runs.
func (m *machine) feed(args []string, write func(in io.Writer, pid int)) result {
	m.t.Helper()
	c := m.command(args...)
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	in, err := c.StdinPipe()
	if err != nil {
		m.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		m.t.Fatal(err)
	}
	write(in, c.Process.Pid)
	in.Close()
	if err := c.Wait(); err != nil {
		m.t.Fatalf("%q: %v: %s", args, err, stderr.String())
	}
	return result{m.t, c.Args, stdout.String(), stderr.String(), 0, c.ProcessState}
}

// peakOf is [highWater] of a process that must be running.
func peakOf(t *testing.T, pid int) int64 {
	t.Helper()
	most, ok := highWater(pid)
	if !ok {
		t.Fatal("the process has ended")
	}
	return most
}

// highWater is the most memory that a running process has had, in bytes; false
// if it has ended, or this system does not say. (What is known of one that has
// ended holds the memory of the test, which it began in.)
func highWater(pid int) (bytes int64, ok bool) {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0, false
	}
	_, rest, ok := strings.Cut(string(status), "VmHWM:")
	if !ok {
		return 0, false
	}
	kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	return kb << 10, err == nil
}

// A reader that has seen enough is no error.
func TestCountBrokenPipe(t *testing.T) {
	m := newMachine(t)
	c := m.command("count", m.put("a", []byte("text")))
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	c.Stdout, c.Stderr = w, io.Discard
	err = c.Run()
	w.Close()
	if err != nil {
		t.Error(err)
	}
}
