package cmd_test

import (
	"bytes"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"tokpit/cmd"
)

// private is what people, models and tools say in the logs: words, who they are and
// a key.
const private = "tell nobody: wordscanary7t3k of canary7t3k@mail.example with sk-proj-keycanary7t3kQ9ZmX4vB2nR8wL5"

// planted is the time in the logs.
const planted = "2026-11-18T10:00:01.000Z"

// tells lists what is private in a text, as it is or in a common disguise.
func tells(where string, text []byte) (found []string) {
	low := bytes.ToLower(text)
	for _, secret := range []string{"wordscanary7t3k", "canary7t3k@mail", "keycanary7t3k", "tell nobody"} {
		forms := map[string][]byte{"": low, "hex ": nil, "base64 ": nil}
		if i := bytes.Index(forms[""], []byte(secret)); i >= 0 {
			found = append(found, fmt.Sprintf("%s has %q: %.160q", where, secret, text[max(0, i-80):min(len(text), i+80)]))
		}
		if bytes.Contains(low, []byte(hex.EncodeToString([]byte(secret)))) {
			found = append(found, where+" has "+secret+" in hexadecimal")
		}
	}
	for cut := range 3 {
		if bytes.Contains(text, []byte(base64.RawStdEncoding.EncodeToString([]byte(private[cut:cut+30])))) {
			found = append(found, where+" has it in base64")
		}
	}
	return found
}

// breaches are the ways in which a log may be broken: each gets what is private
// near to what the reader has to complain of.
func breaches() map[string]func(text string) string {
	number := regexp.MustCompile(`(:? ?)NUMBER`)
	return map[string]func(string) string{
		"whole": func(s string) string { return s },
		"numbers": func(s string) string {
			return number.ReplaceAllStringFunc(s, func(m string) string {
				if strings.HasPrefix(m, ":") {
					return `:"CANARY"`
				}
				return strings.Replace(m, "NUMBER", "'CANARY'", 1)
			})
		},
		"times": func(s string) string {
			s = strings.ReplaceAll(s, "TIME", "CANARY")
			return regexp.MustCompile(`:17949960\d\d(\d{3}|\.\d+)?`).ReplaceAllString(s, `:"CANARY"`)
		},
		"cut": func(s string) string { return s[:max(strings.LastIndex(s, "CANARY"), 0)] + private[:40] },
		"rubbish": func(s string) string {
			first, rest, _ := strings.Cut(s, "\n")
			return first + "\nCANARY {\"CANARY\":\n" + strings.ReplaceAll(rest, `{"`, `{"CANARY":CANARY,"`) + "\n{\"x\":\"CANARY"
		},
	}
}

// fill writes what a placeholder stands for.
func fill(text string) string {
	return strings.NewReplacer("CANARY", private, "NUMBER", "9", "TIMESTAMP", "TIMESTAMP", "TIME", planted).Replace(text)
}

// garden is a machine with planted logs.
type garden struct {
	*machine
	said bytes.Buffer
	own  map[string]bool // the files that were planted
}

func newGarden(t *testing.T) *garden {
	return &garden{machine: newMachine(t), own: map[string]bool{}}
}

func (g *garden) put(path, text string) string {
	g.t.Helper()
	g.own[g.path(path)] = true
	return g.write(path, text)
}

// plant writes a log, broken in a way.
func (g *garden) plant(log plantedLog, way string) {
	g.t.Helper()
	breach := breaches()[way]
	for path, text := range log.beside {
		g.put(path, fill(breach(text)))
	}
	if log.sql == nil {
		g.put(log.path, fill(breach(log.text)))
		return
	}
	path := g.put(log.path, "")
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path)}).String())
	if err != nil {
		g.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, s := range log.sql {
		if strings.HasPrefix(s, "INSERT") && way != "cut" && way != "rubbish" {
			s = fill(breach(s))
		}
		if _, err := db.Exec(fill(s)); err != nil {
			g.t.Fatalf("%s: %v", s, err)
		}
	}
	_ = db.Close()
	if way == "cut" || way == "rubbish" {
		g.damage(path, way)
	}
}

// damage ends a database too early, or writes over the middle of it.
func (g *garden) damage(path, way string) {
	g.t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		g.t.Fatal(err)
	}
	if way == "cut" {
		data = append(data[:len(data)/2], private...)
	} else {
		copy(data[len(data)/2:], strings.Repeat(private, 20))
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		g.t.Fatal(err)
	}
}

// do runs a command and keeps what it says.
func (g *garden) do(args ...string) result {
	g.t.Helper()
	r := g.run(args...)
	fmt.Fprintf(&g.said, "$ %q\n%s%s\n", args, r.stdout, r.stderr)
	return r
}

func (g *garden) each(lines ...string) {
	g.t.Helper()
	for _, line := range lines {
		g.do(strings.Fields(line)...)
	}
}

// quiet demands that nothing private is anywhere but in the planted logs.
func (g *garden) quiet(when string) {
	g.t.Helper()
	for line := range strings.Lines(g.said.String()) {
		for _, leak := range tells(when+": output", []byte(line)) {
			g.t.Error(leak)
		}
	}
	files := 0
	for _, root := range []string{g.home, g.vars["TMPDIR"]} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || g.own[path] {
				return err
			}
			text, err := os.ReadFile(path)
			files++
			for _, leak := range tells(when+": "+path, append(text, path...)) {
				g.t.Error(leak)
			}
			return err
		})
		if err != nil {
			g.t.Fatal(err)
		}
	}
	if files < 2 {
		g.t.Errorf("%s: looked at %d files only", when, files)
	}
}

// sources is what is listed of each source.
func (g *garden) sources() map[string]struct{ Records, Quarantined int64 } {
	g.t.Helper()
	var doc struct {
		Sources []struct {
			Name                 string
			Records, Quarantined int64
		}
	}
	r := g.do("sources", "list", "--json")
	r.decode(&doc)
	out := map[string]struct{ Records, Quarantined int64 }{}
	for _, s := range doc.Sources {
		out[s.Name] = struct{ Records, Quarantined int64 }{s.Records, s.Quarantined}
	}
	return out
}

// TestCanaryOfEverySource: what people, models and tools say in the logs of any
// tool gets into no byte of the store, no file and no output; not when the log is
// whole, and not when what is said is in the very place that is broken.
func TestCanaryOfEverySource(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the logs are where they are on Linux")
	}
	logs := plantedLogs()
	for _, name := range cmd.LocalNames() {
		if !slices.ContainsFunc(logs, func(l plantedLog) bool { return l.source == name }) {
			t.Errorf("no log of %s is planted: add one", name)
		}
	}
	for way := range breaches() {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			g := newGarden(t)
			for _, log := range logs {
				if (log.source == "opencode" || log.source == "copilot-cli") && log.sql != nil && way == "whole" {
					continue // its files are read on their own below
				}
				g.plant(log, way)
			}
			g.each("sync --json", "sync", "doctor --json", "doctor", "sources list", "report --json --since 2026-11-01 --by project,session,model,agent,user",
				"privacy --all", "export --since 2026-11-01 --records --format jsonl -o all.jsonl", "export --since 2026-11-01 -o -")
			refused := int64(0)
			listed := g.sources()
			for _, name := range cmd.LocalNames() {
				s := listed[name]
				if way == "whole" && (s.Records == 0 || s.Quarantined > 0) {
					t.Errorf("%s: %d records, %d refused", name, s.Records, s.Quarantined)
				}
				if way == "numbers" && s.Quarantined == 0 {
					t.Errorf("%s: no row with texts for counts was refused", name)
				}
				refused += s.Quarantined
			}
			if way != "whole" && way != "cut" && refused < 5 {
				t.Errorf("only %d rows were refused", refused)
			}
			g.quiet(way)
			if way == "whole" {
				for _, log := range logs {
					g.plant(log, way)
				}
				g.each("sync")
				for _, name := range []string{"opencode", "copilot-cli"} {
					if n := g.sources()[name].Records; n < 2 {
						t.Errorf("%s: %d records with its database", name, n)
					}
				}
				if file, err := os.ReadFile(g.path(".local/share/tokpit/tokpit.db")); err != nil || !bytes.Contains(file, []byte("claude-opus-4-5")) {
					t.Errorf("what is kept cannot be found in the store, so nothing can: %v", err)
				}
				g.each("forget --project /work --yes --receipt receipt.json", "forget --list", "sync --json", "audit --json", "backup copy.tokpit", "bundle export all.bundle")
				g.quiet("after forgetting")
			}
		})
	}
}

// TestCanaryOfEveryImport: as of the logs, of every form of file that is brought in.
func TestCanaryOfEveryImport(t *testing.T) {
	t.Parallel()
	files := plantedImports()
	for _, name := range cmd.FormatNames() {
		if !slices.ContainsFunc(files, func(l plantedLog) bool { return l.source == name }) {
			t.Errorf("no file of %s is planted: add one", name)
		}
	}
	for way, breach := range breaches() {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			g := newGarden(t)
			refused := 0
			for _, f := range files {
				text := breach(f.text)
				if strings.HasSuffix(f.path, ".csv") {
					text = strings.ReplaceAll(text, "'", "")
				}
				path := g.put(f.path, fill(text))
				g.do("import", path, "--dry-run")
				args := []string{"import", path, "--yes"}
				if f.save != "" {
					args = append(args, "--save", f.save)
				}
				r := g.do(args...)
				if way != "whole" || f.shy {
					if !strings.Contains(r.stdout, " 0 ") || r.status != 0 {
						refused++
					}
					g.do("import", path, "--json", "--yes")
					continue
				}
				id := importID(r)
				if strings.Contains(r.stdout, ", 0 added") {
					t.Errorf("%s: nothing counted: %s", f.path, r.stdout)
				}
				g.do("undo", "import", id, "--json").ok()
				g.do("import", path, "--json", "--yes").ok()
			}
			if way == "numbers" && refused == 0 {
				t.Error("nothing was refused")
			}
			g.each("import list", "import list --json", "report --json --since 2026-11-01 --by provider,model,user,account", "doctor --json", "sources list --json", "audit --json",
				"export --since 2026-11-01 --records --format jsonl -o all.jsonl", "forget --user ann --yes --receipt receipt.json")
			g.quiet(way)
		})
	}
}

// TestCanaryOfSourcesCanFail: what is private is found wherever it is.
func TestCanaryOfSourcesCanFail(t *testing.T) {
	t.Parallel()
	for _, text := range []string{private, "x" + strings.ToUpper(private), hex.EncodeToString([]byte(private)), base64.StdEncoding.EncodeToString([]byte("\x00" + private)), "sk-proj-keycanary7t3k"} {
		if len(tells("here", []byte(text))) == 0 {
			t.Errorf("not found in %q", text)
		}
	}
	if found := tells("here", []byte("canary, sk-proj-, @mail.example")); len(found) > 0 {
		t.Errorf("found %q", found)
	}
}
