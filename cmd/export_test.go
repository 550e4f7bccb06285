package cmd_test

import (
	"encoding/csv"
	"encoding/json"
	"math/big"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestHostileExports: names that providers give are in exports as they were
// recorded, and none of them can run, forge a row or break a form.
func TestHostileExports(t *testing.T) {
	t.Parallel()
	m, s := newMachine(t), newStandIn(t)
	s.project, s.key, s.model, s.id = "=cmd|' /C calc'!A0\r\n"+hostile, "@"+hostile, "-2+3"+hostile, "+"+hostile+"-id"
	s.connect(m)
	m.run("sync").ok()
	for _, by := range []string{"", "project", "key", "model", "account,project,key,model", "tag:line_item"} {
		args := []string{"export", "--since", "2026-11-01", "-o", "-"}
		if by != "" {
			args = append(args, "--by", by)
		}
		table, err := csv.NewReader(strings.NewReader(m.run(args...).ok().stdout)).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", by, err)
		}
		lines := strings.Split(strings.TrimSpace(m.run(append(args, "--format", "jsonl")...).ok().stdout), "\n")
		if len(table)-1 != len(lines) || len(lines) == 0 {
			t.Fatalf("%s: %d rows, %d lines", by, len(table)-1, len(lines))
		}
		for i, line := range lines {
			var doc map[string]any
			if err := json.Unmarshal([]byte(line), &doc); err != nil {
				t.Fatalf("%s: %v: %.200q", by, err, line)
			}
			for k, name := range table[0] {
				cell := table[i+1][k]
				if text, ok := doc[name].(string); ok && strings.TrimPrefix(cell, "'") != strings.ReplaceAll(text, "\r\n", "\n") { // as Go's reader has lines
					t.Errorf("%s: %s is %.80q in CSV, %.80q in JSON", by, name, cell, text)
				}
				if cell != "" && strings.ContainsRune("=@+\t\r\n", rune(cell[0])) || len(cell) > 1 && cell[0] == '-' && (cell[1] < '0' || cell[1] > '9') {
					t.Errorf("%s: %s may run: %.80q", by, name, cell)
				}
			}
		}
		for line := range strings.Lines(m.run(append(args, "--format", "md")...).ok().stdout) {
			if !strings.HasPrefix(line, "|") || !utf8.ValidString(line) || strings.ContainsAny(line, "\x1b\x07\r") {
				t.Errorf("%s: a line of Markdown is %.120q", by, line)
			}
		}
	}
}

// TestExportsSayWhatReportsSay: the ledger, groups and a chargeback of the same
// span add up to the report, as exact decimals.
func TestExportsSayWhatReportsSay(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.write(log1, many(400, "a"))
	m.run("sync").ok()
	m.run("plan", "set", "claude-code", "--monthly", "100", "--from", "2026-10-01").ok()
	var doc struct {
		Total struct{ Cost, Cash string }
	}
	m.run("report", "--since", "2026-10-01", "--by", "day", "--json").ok().decode(&doc)
	sum := func(column string, args ...string) *big.Rat {
		t.Helper()
		table, err := csv.NewReader(strings.NewReader(m.run(args...).ok().stdout)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		out := new(big.Rat)
		for i, name := range table[0] {
			for _, row := range table[1:] {
				if name == column && row[i] != "" {
					out.Add(out, rat(&row[i]))
				}
			}
		}
		return out
	}
	ledger := []string{"export", "--since", "2026-10-01", "-o", "-"}
	for what, got := range map[string]*big.Rat{"the ledger's cost": sum("cost", ledger...), "the records' cost": sum("cost", append(ledger, "--records")...),
		"the days' cost": sum("cost", append(ledger, "--by", "day")...), "models' cost": sum("cost", append(ledger, "--by", "model")...)} {
		if got.Cmp(rat(&doc.Total.Cost)) != 0 {
			t.Errorf("%s is %s, a report says %s", what, got.RatString(), doc.Total.Cost)
		}
	}
	for what, got := range map[string]*big.Rat{"the ledger's cash": sum("cash", ledger...), "the days' cash": sum("cash", append(ledger, "--by", "day")...),
		"what is charged": sum("charged", "chargeback", "--since", "2026-10-01", "--by", "model", "--share", "usage", "--format", "csv"),
		"and unshared":    sum("charged", "chargeback", "--since", "2026-10-01", "--by", "project", "--format", "csv")} {
		if got.Cmp(rat(&doc.Total.Cash)) != 0 {
			t.Errorf("%s is %s, a report says %s", what, got.RatString(), doc.Total.Cash)
		}
	}
	// A link is followed, not replaced, and a file is replaced only if asked to.
	if err := os.WriteFile(m.path("real.csv"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if os.Symlink(m.path("real.csv"), m.path("link.csv")) == nil {
		m.run("export", "-o", m.path("link.csv")).fails("is there already")
		m.run("export", "--force", "-o", m.path("link.csv")).ok()
		if info, err := os.Lstat(m.path("link.csv")); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("the link is gone: %v", err)
		}
		if info, err := os.Stat(m.path("real.csv")); err != nil || info.Size() == 0 {
			t.Errorf("what it points to was not written: %v", err)
		}
	}
}
