package cmd_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

type limitsDoc struct {
	First  *struct{ Name string }
	Limits []struct {
		Name, Kind, Origin, Limit, Since string
		Spent, Headroom                  string
		ResetsAt                         string `json:"resets_at"`
		Scope                            map[string][]string
		First                            bool
	}
	Accounts []struct{ Granted, Used, Expired, Balance, Payable *string }
	Grants   []struct{ Name, Granted, Used, Expired, Balance string }
}

// The figures of limits are those of reports and budgets, headroom is limit -
// spent, and credit adds up, on the demo's data.
func TestLimitsSayWhatReportsSay(t *testing.T) {
	t.Parallel()
	m := demoed(t)
	m.vars["TOKPIT_NOW"] = ""
	read := func(into any, args ...string) {
		t.Helper()
		r := m.run(append([]string{"--demo"}, args...)...)
		if err := json.Unmarshal([]byte(r.stdout), into); err != nil {
			t.Fatalf("%q: %v %s", args, err, r.stderr)
		}
	}
	var d limitsDoc
	read(&d, "limits", "--json")
	if d.First == nil || len(d.Limits) < 6 {
		t.Fatalf("%+v", d)
	}
	origins := make(map[string]int)
	for _, l := range d.Limits {
		origins[l.Origin]++
		added(t, l.Name+" and headroom", l.Limit, l.Spent, l.Headroom)
		if l.First != (l.Name == d.First.Name) {
			t.Errorf("%s: first is %v, %s is named", l.Name, l.First, d.First.Name)
		}
		if l.Origin == "budget" {
			var b budgetDoc
			read(&b, "budget", "show", l.Name, "--json")
			if b.Spent != l.Spent || b.Headroom != l.Headroom {
				t.Errorf("%s: %s spent, the budget says %s", l.Name, l.Spent, b.Spent)
			}
			continue
		}
		args := []string{"report", "--json", "--since", l.Since, "--until", l.ResetsAt}
		for dim, values := range l.Scope {
			for _, v := range values {
				args = append(args, "--filter", dim+"="+v)
			}
		}
		var doc reportDoc
		read(&doc, args...)
		cash := rational(t, *doc.Total.Cash)
		if doc.Total.PlanFee != nil {
			cash.Sub(cash, rational(t, *doc.Total.PlanFee))
		}
		if cash.Cmp(rational(t, l.Spent)) != 0 {
			t.Errorf("%s: %s spent, a report says %s", l.Name, l.Spent, cash.FloatString(12))
		}
	}
	if origins["provider"] < 3 || origins["noted"] < 2 || origins["budget"] < 1 {
		t.Errorf("%v", origins)
	}

	var c limitsDoc
	read(&c, "credits", "--json")
	if len(c.Grants) < 2 || len(c.Accounts) < 2 {
		t.Fatalf("%+v", c)
	}
	used := new(big.Rat)
	for _, g := range c.Grants {
		added(t, g.Name, g.Granted, g.Used, g.Expired, g.Balance)
		used.Add(used, rational(t, g.Used))
	}
	for _, a := range c.Accounts {
		added(t, "an account", *a.Granted, *a.Used, *a.Expired, *a.Balance)
		used.Sub(used, rational(t, *a.Used))
	}
	if used.Sign() != 0 {
		t.Errorf("grants and accounts differ by %s", used)
	}
}

// Whatever somebody calls a limit, credit, a tier or an account: it is refused,
// or harmless wherever it is shown.
func TestHostileLimits(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	file := filepath.Join(m.home, "hostile.toml")
	toml := func(table, fields string) []string {
		text := fmt.Sprintf("[[%s]]\n%s\n", table, fields)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if table == "grant" || table == "billing" {
			return []string{"credits", "apply", "-f", file}
		}
		return []string{"limits", "apply", "-f", file}
	}
	quoted := `"evil\u001b]52;c;cHduZWQ=\u0007\u202egpj\r\nforged: line"`
	name := strings.ReplaceAll(hostile, "\x00", "")
	harmlessOut := func(args []string, outs ...string) {
		t.Helper()
		for _, out := range outs {
			for _, c := range out {
				if unicode.IsControl(c) && c != '\n' || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069 {
					t.Errorf("%q prints %U", args, c)
					break
				}
			}
			for l := range strings.Lines(out) {
				if strings.HasPrefix(strings.TrimSpace(l), "forged:") {
					t.Errorf("%q prints a line of somebody else: %q", args, l)
				}
			}
		}
	}
	for _, args := range [][]string{
		{"limits", "set", name, "--provider", "openai", "--kind", "hard", "--amount", "5"},
		{"limits", "set", "x", "--provider", name, "--kind", "hard", "--amount", "5"},
		{"limits", "set", "x", "--provider", "openai", "--account", name, "--kind", "hard", "--amount", "5"},
		{"limits", "set", "x", "--provider", "openai", "--tier", name, "--kind", "hard", "--amount", "5"},
		{"limits", "set", "x", "--provider", "openai", "--note", name, "--kind", "hard", "--amount", "5"},
		{"limits", "set", "x", "--provider", "openai", "--kind", name, "--amount", "5"},
		{"limits", "set", "x", "--provider", "openai", "--kind", "hard", "--amount", name},
		{"limits", "set", "x", "--provider", "openai", "--kind", "hard", "--amount", "5", "--period", name},
		{"limits", "rm", name, "--yes"}, {"limits", "rm", name},
		{"limits", "tiers", "rm", name, name, "--yes"},
		{"credits", "add", name, "--provider", "openai", "--source", "trial", "--amount", "5"},
		{"credits", "add", "x", "--provider", "openai", "--source", name, "--amount", "5"},
		{"credits", "add", "x", "--provider", "openai", "--source", "trial", "--amount", "5", "--expires", name},
		{"credits", "rm", name, "--yes"}, {"credits", "billing", name, "yes"}, {"credits", "billing", "openai", name},
		{"limits", "set", strings.Repeat("x", 65), "--provider", "openai", "--kind", "hard", "--amount", "5"},
	} {
		r := m.run(args...)
		if r.status != 2 || !strings.Contains(r.stderr, "hint: ") {
			t.Errorf("%q: status %d\n%s", args, r.status, r.stderr)
		}
		harmlessOut(args, r.stdout, r.stderr)
	}
	for table, fields := range map[string]string{
		"limit": "name = " + quoted + "\nprovider = \"openai\"\nkind = \"hard\"\namount = \"5\"", "tier": "name = " + quoted + "\nprovider = \"openai\"",
		"grant": "name = " + quoted + "\nprovider = \"openai\"\nsource = \"trial\"\namount = \"5\"\ngranted = \"2026-11-01\"", "billing": "provider = " + quoted + "\nbilling = \"yes\"",
	} {
		args := toml(table, fields)
		r := m.run(args...)
		if r.status != 2 || !strings.Contains(r.stderr, "nothing has been changed") {
			t.Errorf("%s: status %d\n%s", table, r.status, r.stderr)
		}
		harmlessOut([]string{table}, r.stdout, r.stderr)
	}

	// A scope may name what is hostile: usage may be of it. It is shown harmless.
	m.run("limits", "set", "x", "--provider", "openai", "--kind", "hard", "--amount", "5", "--scope", "project="+name).ok()
	for _, args := range [][]string{{"limits"}, {"limits", "--json"}, {"limits", "list"}, {"limits", "list", "--json"}, {"audit"}} {
		r := m.run(args...)
		harmlessOut(args, r.stdout, r.stderr)
	}
	m.run("limits", "export").ok()
}
