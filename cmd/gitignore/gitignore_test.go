package gitignore

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestIgnored(t *testing.T) {
	for _, c := range []struct {
		rules, path string // a path that ends in / is a folder
		want        bool
	}{
		{"*.log", "a.log", true},
		{"*.log", "sub/a.log", true},
		{"*.log", "a.log.txt", false},
		{"*.log\n!keep.log", "keep.log", false},
		{"!keep.log\n*.log", "keep.log", true},
		{"build/", "build/", true},
		{"build/", "build", false},
		{"build/", "src/build/", true},
		{"/build", "build", true},
		{"/build", "src/build", false},
		{"docs/*.html", "docs/a.html", true},
		{"docs/*.html", "docs/sub/a.html", false},
		{"docs/*.html", "src/docs/a.html", false},
		{"**/foo", "foo", true},
		{"**/foo", "a/b/foo", true},
		{"foo/**", "foo/a/b", true},
		{"foo/**", "foo/", false},
		{"a/**/b", "a/b", true},
		{"a/**/b", "a/x/y/b", true},
		{"a/**/b", "a/xb", false},
		{"a**b", "a/b", false},
		{"a**b", "axxb", true},
		{"[a-c]?", "bz", true},
		{"[!a-c]?", "bz", false},
		{"[^a-c]?", "dz", true},
		{"[[:digit:]]*", "7a", true},
		{"[[:nothing:]]*", "7a", false},
		{"[]-]", "]", true},
		{"[]-]", "-", true},
		{"[a", "a", false},
		{`\#a`, "#a", true},
		{`\!a`, "!a", true},
		{"# a", "# a", false},
		{"a ", "a", true},
		{`a\ `, "a ", true},
		{"a\r\nb", "a", true},
		{"\ufeffa", "a", true},
		{"?", "é", false},
		{"??", "é", true},
		{"/", "a", false},
		{"!", "a", false},
		{"", "a", false},
		{"*", "a", true},
	} {
		name, dir := strings.CutSuffix(c.path, "/")
		f := Top([]byte(c.rules))
		parts := strings.Split(name, "/")
		for _, p := range parts[:len(parts)-1] {
			f = f.Enter(p, nil)
		}
		if got := f.Ignored(parts[len(parts)-1], dir); got != c.want {
			t.Errorf("%q: %q is ignored: %v, want %v", c.rules, c.path, got, c.want)
		}
	}
}

func TestRulesOfFoldersBelowCountMore(t *testing.T) {
	top := Top([]byte("secret\n"), []byte("*.txt\n!a.txt\n"))
	sub := top.Enter("sub", []byte("!b.txt\n/c.txt\n"))
	deep := sub.Enter("deep", nil)
	for _, c := range []struct {
		f    *Folder
		name string
		want bool
	}{
		{top, "b.txt", true}, {top, "a.txt", false}, {top, "secret", true},
		{sub, "b.txt", false}, {sub, "c.txt", true}, {sub, "d.txt", true}, {sub, "a.txt", false},
		{deep, "b.txt", false}, {deep, "c.txt", true}, {deep, "secret", true},
	} {
		if got := c.f.Ignored(c.name, false); got != c.want {
			t.Errorf("%s in %s is ignored: %v, want %v", c.name, c.f.name, got, c.want)
		}
	}
}

// walk lists the files below a folder that are not ignored, as git would.
func walk(t *testing.T, dir, path string, up *Folder) []string {
	t.Helper()
	rules, _ := os.ReadFile(filepath.Join(dir, ".gitignore"))
	f := Top(rules)
	if up != nil {
		f = up.Enter(filepath.Base(dir), rules)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		name := e.Name()
		if name == ".git" || f.Ignored(name, e.IsDir()) {
			continue
		}
		if e.IsDir() {
			out = append(out, walk(t, filepath.Join(dir, name), path+name+"/", f)...)
		} else {
			out = append(out, path+name)
		}
	}
	return out
}

func asGit(t *testing.T, dir string) []string {
	t.Helper()
	c := exec.Command("git", "-C", dir, "ls-files", "-o", "-z", "--exclude-standard")
	c.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "GIT_CONFIG_NOSYSTEM=1", "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for name := range bytes.SplitSeq(bytes.TrimSuffix(out, []byte{0}), []byte{0}) {
		if len(name) > 0 {
			names = append(names, string(name))
		}
	}
	return names
}

// pieces are what random rules and names are made of: few, so that they meet.
var pieces = []string{"a", "b", "ab", "ba", ".", "-", "a.b", "é", " ", "#", "!"}

func randomName(r *rand.Rand) string {
	s := pieces[r.IntN(4)]
	for r.IntN(2) == 0 {
		s += pieces[r.IntN(len(pieces))]
	}
	return s
}

func randomRules(r *rand.Rand) string {
	special := []string{"*", "**", "?", "[a-c]", "[!a]", "[^b-]", "[]a]", "[[:alpha:]]", "[[:punct:]b]", "[a", `\`, `\a`, `\*`, "/", "/", "/**/", "**/", "/**", "*/", `[\]a]`, "[a-\\c]", "[[:x:]]", "[[a]", "[:alpha:]"}
	var b strings.Builder
	for range 1 + r.IntN(4) {
		if r.IntN(4) == 0 {
			b.WriteString("!")
		}
		if r.IntN(5) == 0 {
			b.WriteString("/")
		}
		for range 1 + r.IntN(4) {
			if r.IntN(2) == 0 {
				b.WriteString(pieces[r.IntN(len(pieces))])
			} else {
				b.WriteString(special[r.IntN(len(special))])
			}
		}
		if r.IntN(5) == 0 {
			b.WriteString("/")
		}
		b.WriteString([]string{"\n", "\n", "\n", " \n", "\r\n", "  \n\n"}[r.IntN(6)])
	}
	return b.String()
}

// TestAsGit compares walks of random trees with random rules with git's own.
func TestAsGit(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("SKIPPED: there is no git to compare with")
	}
	dir := t.TempDir()
	if out, err := exec.Command("git", "init", "-q", dir).CombinedOutput(); err != nil {
		t.Fatalf("%s", out)
	}
	rounds := 25
	if testing.Short() {
		rounds = 10
	}
	for seed := range rounds {
		r := rand.New(rand.NewPCG(uint64(seed), 7))
		made := plant(t, r, dir, 0)
		for range 8 { // several sets of rules for each tree
			if err := os.WriteFile(filepath.Join(dir, ".gitignore"), []byte(randomRules(r)), 0o600); err != nil {
				t.Fatal(err)
			}
			got, want := walk(t, dir, "", nil), asGit(t, dir)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Fatalf("seed %d\n%sonly here %q\nonly git %q", seed, rulesOf(dir, made), without(got, want), without(want, got))
			}
		}
		for _, path := range slices.Backward(made) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// plant makes a random tree with rules in some of its folders, and returns what it
// made in that order.
func plant(t *testing.T, r *rand.Rand, at string, depth int) []string {
	t.Helper()
	var made []string
	for range 6 {
		path := filepath.Join(at, randomName(r))
		if depth < 3 && r.IntN(2) == 0 {
			if os.Mkdir(path, 0o700) == nil {
				made = append(append(made, path), plant(t, r, path, depth+1)...)
			}
		} else if f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o600); err == nil {
			f.Close()
			made = append(made, path)
		}
	}
	if depth == 0 || r.IntN(3) == 0 {
		ignore := filepath.Join(at, ".gitignore")
		made = append(made, ignore)
		if err := os.WriteFile(ignore, []byte(randomRules(r)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return made
}

func rulesOf(dir string, made []string) string {
	rules := ""
	for _, path := range made {
		if text, err := os.ReadFile(path); err == nil && filepath.Base(path) == ".gitignore" {
			rules += fmt.Sprintf("%s: %q\n", strings.TrimPrefix(path, dir), text)
		}
	}
	return rules
}

func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

// FuzzMatch holds the matcher to its bound, whatever it is given.
func FuzzMatch(f *testing.F) {
	f.Add("*a*a*a*a*a*b", strings.Repeat("a", 300))
	f.Add("**/**/**/**/x[", "a/b/c")
	f.Add("[[:alpha:]-z]\\", "q")
	f.Fuzz(func(t *testing.T, rules, name string) {
		if len(rules) > 2000 || len(name) > 2000 {
			return
		}
		folder := Top([]byte(rules)).Enter("sub", []byte(rules))
		folder.Ignored(name, true)
		folder.Ignored(name, false)
	})
}
