package cmd_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// step is a command of the documentation, and what it is said to print.
type step struct {
	line    int
	command string
	status  int      // of "# exit N" behind it
	output  []string // "…" stands for any lines
}

// steps reads the fenced console blocks of a page: lines that begin with "$ "
// are commands, those behind them what they print, if anything is given.
func steps(page string) (out []step) {
	inside := false
	for i, line := range strings.Split(page, "\n") {
		switch {
		case strings.HasPrefix(line, "```"):
			inside = line == "```console"
		case inside && strings.HasPrefix(line, "$ "):
			s := step{line: i + 1, command: line[2:]}
			if m := regexp.MustCompile(`\s+# exit (\d)$`).FindStringSubmatch(s.command); m != nil {
				s.status = int(m[1][0] - '0')
			}
			out = append(out, s)
		case inside && len(out) > 0:
			out[len(out)-1].output = append(out[len(out)-1].output, line)
		}
	}
	return out
}

// agrees reports whether lines were printed as a page says.
func agrees(want, got []string) bool {
	for i, w := range want {
		if w == "…" {
			if i+1 == len(want) {
				return true
			}
			for j := range got {
				if agrees(want[i+1:], got[j:]) {
					return true
				}
			}
			return false
		}
		if len(got) == 0 || strings.TrimRight(got[0], " ") != strings.TrimRight(w, " ") {
			return false
		}
		got = got[1:]
	}
	return len(got) == 0
}

// TestDocs runs every command of the documentation, each page on a machine of
// its own, and compares what is printed with what the page says.
func TestDocs(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the pages speak to a Unix shell")
	}
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil || len(pages) < 5 {
		t.Fatal(pages, err)
	}
	more, err := filepath.Glob("../docs/sources/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(pages, more...) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimPrefix(filepath.ToSlash(path), "../docs/"), func(t *testing.T) {
			t.Parallel()
			m := demoed(t)
			m.vars["DOCS"], _ = filepath.Abs("../docs")
			for _, s := range steps(string(text)) {
				c := m.command()
				c.Path, c.Args = shell, []string{"bash", "-c", s.command}
				out, err := c.CombinedOutput()
				if status := c.ProcessState.ExitCode(); status != s.status {
					t.Errorf("%s:%d: %s\nends with %d (%v), and should with %d:\n%.2000s", path, s.line, s.command, status, err, s.status, out)
					continue
				}
				got := strings.Split(strings.TrimRight(string(out), "\n"), "\n")
				want := strings.Split(strings.TrimRight(strings.Join(s.output, "\n"), "\n"), "\n")
				if len(s.output) > 0 && !agrees(want, got) {
					t.Errorf("%s:%d: %s\nprints\n%.3000s", path, s.line, s.command, out)
				}
			}
		})
	}
}

// TestDocsLinks: what a page links to is there, and every page is in the index.
func TestDocsLinks(t *testing.T) {
	index := make(map[string]bool)
	link := regexp.MustCompile(`\]\(([^)#: ]+)(#[^)]*)?\)`)
	fence := regexp.MustCompile("(?s)```.*?```")
	var pages []string
	for _, pattern := range []string{"../docs/*.md", "../docs/sources/*.md", "../README.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, found...)
	}
	for _, path := range pages {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(fence.ReplaceAllString(string(text), ""), -1) {
			to := filepath.Join(filepath.Dir(path), filepath.FromSlash(m[1]))
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s links to %s, which is not there", path, m[1])
			}
			if strings.HasSuffix(path, "docs/README.md") || strings.HasSuffix(path, "sources/README.md") {
				index[filepath.Clean(to)] = true
			}
		}
	}
	for _, path := range pages {
		if strings.HasPrefix(path, "../docs/") && !strings.HasSuffix(path, "README.md") && !index[filepath.Clean(path)] {
			t.Errorf("%s is in no index", path)
		}
	}
}

// TestDocsSources: every source of this machine and every kind of connection has
// a page.
func TestDocsSources(t *testing.T) {
	m := newMachine(t)
	var list struct{ Sources []struct{ Name string } }
	m.run("sources", "list", "--json").ok().decode(&list)
	names := []string{"openai", "anthropic", "openrouter", "litellm"}
	for _, s := range list.Sources {
		names = append(names, s.Name)
	}
	if len(names) < 10 {
		t.Fatalf("only %v", names)
	}
	for _, name := range names {
		if _, err := os.Stat(filepath.Join("../docs/sources", name+".md")); err != nil {
			t.Errorf("no page for the source %s", name)
		}
	}
}

// TestTroubleshooting: each message that the page explains is one that the
// program has.
func TestTroubleshooting(t *testing.T) {
	text, err := os.ReadFile("../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	err = filepath.WalkDir("..", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		all.Write(source)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, m := range regexp.MustCompile("(?m)^### `([^`]+)`$").FindAllStringSubmatch(string(text), -1) {
		for part := range strings.SplitSeq(m[1], "…") {
			if part = strings.TrimSpace(part); len(part) > 2 && !strings.Contains(all.String(), part) {
				t.Errorf("no message says %q any more", part)
			}
		}
		found++
	}
	if found < 20 {
		t.Errorf("only %d messages are explained", found)
	}
}
