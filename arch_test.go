package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "tokpit"

// rooms is the house: what each package may import of ours. A trailing /...
// stands for a folder and everything below it. A package that is not listed
// fails the test: first ask whether nothing existing can hold the thing.
var rooms = []struct {
	name string
	may  []string
}{
	{".", []string{"cmd"}},
	{"money", nil},
	{"usage", []string{"money"}},
	{"usage/internal/...", []string{"usage", "money", "usage/internal/..."}},
	{"usage/claudecode", []string{"usage", "money", "usage/internal/..."}},
	{"usage/codex", []string{"usage", "money", "usage/internal/..."}},
	{"usage/geminicli", []string{"usage", "money", "usage/internal/..."}},
	{"usage/qwencode", []string{"usage", "money", "usage/internal/..."}},
	{"usage/opencode", []string{"usage", "money", "usage/internal/..."}},
	{"usage/copilotcli", []string{"usage", "money", "usage/internal/..."}},
	{"usage/pi", []string{"usage", "money", "usage/internal/..."}},
	{"usage/goose", []string{"usage", "money", "usage/internal/..."}},
	{"usage/llm", []string{"usage", "money", "usage/internal/..."}},
	{"usage/crush", []string{"usage", "money", "usage/internal/..."}},
	{"usage/kimi", []string{"usage", "money", "usage/internal/..."}},
	{"usage/amp", []string{"usage", "money", "usage/internal/..."}},
	{"usage/droid", []string{"usage", "money", "usage/internal/..."}},
	{"usage/zed", []string{"usage", "money", "usage/internal/..."}},
	{"usage/aider", []string{"usage", "money", "usage/internal/..."}},
	{"usage/copilotchat", []string{"usage", "money", "usage/internal/..."}},
	{"usage/importer/...", []string{"usage/importer/...", "usage", "money", "usage/internal/..."}},
	{"usage/bundle", []string{"usage", "money", "usage/internal/..."}},
	{"usage/openai", []string{"usage", "money", "usage/internal/..."}},
	{"usage/anthropic", []string{"usage", "money", "usage/internal/..."}},
	{"usage/openrouter", []string{"usage", "money", "usage/internal/..."}},
	{"usage/litellm", []string{"usage", "money", "usage/internal/..."}},
	{"usage/demo", []string{"usage", "money"}},
	{"pricing", []string{"usage", "money"}},
	{"pricing/bookgen", []string{"pricing", "usage", "money"}},
	{"pricing/pricelist", []string{"pricing", "usage", "money"}},
	{"tokenizer/...", []string{"tokenizer/..."}},
	{"budget", []string{"usage", "money"}},
	{"budget/notify", []string{"budget", "usage", "money"}},
	{"ingest", []string{"usage", "pricing", "money"}},
	{"report", []string{"usage", "pricing", "tokenizer", "budget", "money"}},
	{"report/...", []string{"report/...", "usage", "pricing", "budget", "money"}},
	{"scenario", []string{"report", "usage", "pricing", "tokenizer", "budget", "money"}},
	{"store/...", []string{"store/...", "usage", "pricing", "budget", "money"}},
	{"config", nil},
	{"internal/clean", nil},
	{"internal/safehttp", nil},
	{"tui/...", []string{"tui/...", "report", "report/...", "scenario", "tokenizer", "usage", "pricing", "budget", "money"}},
	{"cmd/...", []string{"..."}},
}

// anyone may import these.
var common = []string{"internal/clean", "internal/safehttp"}

// outside lists what may be imported from elsewhere only by the named rooms.
var outside = map[string][]string{
	"go.etcd.io/bbolt":              {"store/..."},
	"github.com/spf13/cobra":        {"cmd/..."},
	"charm.land/bubbletea/v2":       {"tui/...", "cmd/..."},
	"modernc.org/sqlite":            {"usage/internal/sqlitelog"},
	"net/http":                      {"internal/safehttp", "usage/...", "budget/notify", "cmd/..."},
	"os/exec":                       {"cmd/...", "config", "tui/..."},
	"github.com/pkoukk/tiktoken-go": {"tokenizer/..."},
	"github.com/xuri/excelize/v2":   nil, // tests read with it what we write; in the program it would be 5 MB
}

func within(name, pattern string) bool {
	if pattern == "..." {
		return true
	}
	if stem, ok := strings.CutSuffix(pattern, "/..."); ok {
		return name == stem || strings.HasPrefix(name, stem+"/")
	}
	return name == pattern
}

func anyOf(name string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return within(name, p) })
}

type source struct {
	path, room string
	test       bool
	file       *ast.File
	set        *token.FileSet
}

func sources(t *testing.T) []source {
	t.Helper()
	var out []source
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); name != "." && (strings.HasPrefix(name, ".") || name == "testdata" || name == "dist") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		out = append(out, source{filepath.ToSlash(path), filepath.ToSlash(filepath.Dir(path)), strings.HasSuffix(path, "_test.go"), file, set})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 20 {
		t.Fatalf("found %d files: not in the module's root?", len(out))
	}
	return out
}

// TestImports holds the table of the house.
func TestImports(t *testing.T) {
	for _, s := range sources(t) {
		i := slices.IndexFunc(rooms, func(r struct {
			name string
			may  []string
		}) bool {
			return within(s.room, r.name)
		})
		if i < 0 {
			t.Errorf("%s: package %s is not in the house; see the table in arch_test.go", s.path, s.room)
			continue
		}
		if s.test {
			continue // tests may look anywhere
		}
		for _, spec := range s.file.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			if ours, ok := strings.CutPrefix(path, module+"/"); ok {
				if !anyOf(ours, rooms[i].may) && !anyOf(ours, common) {
					t.Errorf("%s: %s may not import %s", s.path, s.room, ours)
				}
				continue
			}
			if who, ok := outside[path]; ok && !anyOf(s.room, who) {
				t.Errorf("%s: %s may not import %s", s.path, s.room, path)
			}
		}
	}
}

// TestNoHiddenState forbids init functions and package variables that change.
func TestNoHiddenState(t *testing.T) {
	files := sources(t)
	vars := make(map[string]map[string]string) // room → name → where
	for _, s := range files {
		if s.test {
			continue
		}
		for _, decl := range s.file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Name.Name == "init" && d.Recv == nil {
					t.Errorf("%s: has an init function", s.path)
				}
			case *ast.GenDecl:
				if d.Tok != token.VAR {
					continue
				}
				for _, spec := range d.Specs {
					for _, name := range spec.(*ast.ValueSpec).Names {
						if name.Name == "_" {
							continue
						}
						if vars[s.room] == nil {
							vars[s.room] = make(map[string]string)
						}
						vars[s.room][name.Name] = s.path
					}
				}
			}
		}
	}
	for _, s := range files {
		if s.test {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			var targets []ast.Expr
			switch n := n.(type) {
			case *ast.AssignStmt:
				if n.Tok != token.DEFINE {
					targets = n.Lhs
				}
			case *ast.IncDecStmt:
				targets = []ast.Expr{n.X}
			}
			for _, x := range targets {
				name := rootName(x)
				if where, ok := vars[s.room][name]; ok && !shadowed(s.file, x, name) {
					t.Errorf("%s: changes the package variable %s of %s", s.set.Position(x.Pos()), name, where)
				}
			}
			return true
		})
	}
}

// rootName returns a of a, a.b, a[i] and *a.
func rootName(x ast.Expr) string {
	for {
		switch e := x.(type) {
		case *ast.Ident:
			return e.Name
		case *ast.SelectorExpr:
			x = e.X
		case *ast.IndexExpr:
			x = e.X
		case *ast.StarExpr:
			x = e.X
		case *ast.ParenExpr:
			x = e.X
		default:
			return ""
		}
	}
}

// shadowed reports whether a function around x declares name itself.
func shadowed(file *ast.File, x ast.Expr, name string) bool {
	found := false
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || x.Pos() < f.Pos() || x.Pos() > f.End() {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Field:
				for _, id := range n.Names {
					found = found || id.Name == name
				}
			case *ast.AssignStmt:
				for _, lhs := range n.Lhs {
					id, ok := lhs.(*ast.Ident)
					found = found || ok && n.Tok == token.DEFINE && id.Name == name
				}
			case *ast.ValueSpec:
				for _, id := range n.Names {
					found = found || id.Name == name
				}
			case *ast.RangeStmt:
				for _, e := range []ast.Expr{n.Key, n.Value} {
					id, ok := e.(*ast.Ident)
					found = found || ok && n.Tok == token.DEFINE && id.Name == name
				}
			}
			return !found
		})
	}
	return found
}

// TestCockpitStaysSmall keeps the root model a router: state and drawing
// belong to pages and components.
func TestCockpitStaysSmall(t *testing.T) {
	text, err := os.ReadFile("tui/model.go")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "\n"); n > 300 {
		t.Errorf("tui/model.go has %d lines, at most 300", n)
	}
	update := false
	for _, s := range sources(t) {
		if s.test || !within(s.room, "tui/...") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if s.room == "tui" && n.Name.Name == "Update" {
					update = true
					if lines := s.set.Position(n.End()).Line - s.set.Position(n.Pos()).Line + 1; lines > 60 {
						t.Errorf("%s: Update has %d lines, at most 60", s.path, lines)
					}
				}
			case *ast.TypeAssertExpr:
				if named(n.X, "page") {
					t.Errorf("%s: asserts the type of a page", s.set.Position(n.Pos()))
				}
			}
			return true
		})
	}
	if !update {
		t.Error("tui has no Update")
	}
}

// named reports whether an expression mentions pages by name.
func named(x ast.Expr, what string) bool {
	found := false
	ast.Inspect(x, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && strings.HasPrefix(strings.ToLower(id.Name), what) {
			found = true
		}
		return !found
	})
	return found
}

// TestPackagesAreDocumented: every package says what it is for.
func TestPackagesAreDocumented(t *testing.T) {
	documented := make(map[string]bool)
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		documented[s.room] = documented[s.room] || s.file.Doc != nil
	}
	for room, ok := range documented {
		if !ok {
			t.Errorf("package %s has no doc comment", room)
		}
	}
}

// TestFilesStayReadable: one concept a file. The limit is generous; the aim is
// 400 lines.
func TestFilesStayReadable(t *testing.T) {
	for _, s := range sources(t) {
		if n := s.set.File(s.file.Pos()).LineCount(); n > 500 && !s.test {
			t.Errorf("%s has %d lines", s.path, n)
		}
	}
}
