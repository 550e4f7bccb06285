package cmd_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
)

// hostile is a name that would write the clipboard, clear the screen, turn the
// direction of reading, forge a line and hide in no width.
const hostile = "evil\x1b]52;c;cHduZWQ=\x07\x1b[2J\u009b31m\u202egpj.exe\u2066\u200b\r\nforged: line\x00\t=cmd|' /C calc'!A0"

// TestHostileNames: whatever a provider calls its projects, keys, models and
// line items, no command prints anything that a terminal, a table or a parser
// would obey.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	m, s := newMachine(t), newStandIn(t)
	s.project, s.key, s.model, s.id = hostile+" project", hostile+" key", hostile+" model", hostile+"-id"
	s.connect(m)
	m.run("sync").ok()
	s.fails(answers(403, "application/json", fmt.Sprintf(`{"error":{"message":%q,"code":%q}}`, hostile+" error", hostile)))
	for _, line := range []string{
		"sync", "sync --json", "sources list", "sources list --json", "sources test --all", "sources test --all --json", "doctor", "doctor --json",
		"report --since 2026-11-01 --by project,key,user,model,tag:line_item", "report --since 2026-11-01 --by project,key,model --json",
		"report --basis billed --by line_item,project --json", "reconcile", "reconcile --json",
	} {
		r := m.run(strings.Fields(line)...)
		if r.status == 2 && !strings.HasPrefix(line, "sync") {
			t.Errorf("%s fails: %s", line, r.stderr)
		}
		for _, out := range []string{r.stdout, r.stderr} {
			for i, c := range out {
				if unicode.IsControl(c) && c != '\n' || c >= 0x200b && c <= 0x200f || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069 {
					t.Errorf("%s prints %U: %q", line, c, out[max(0, i-30):min(len(out), i+30)])
					break
				}
			}
			for _, l := range strings.Split(out, "\n") {
				if strings.HasPrefix(strings.TrimSpace(l), "forged:") {
					t.Errorf("%s prints a line of somebody else: %q", line, l)
				}
			}
			for _, escape := range []string{`\u001b`, `\u009b`, `\u202e`, `\u0000`, `\u0007`} {
				if strings.Contains(out, escape) {
					t.Errorf("%s prints %s", line, escape)
				}
			}
		}
	}
	m.run("report", "--since", "2026-11-01", "--by", "project").want(0, "evil")
	m.run("report", "--since", "2026-11-01", "--by", "model", "--json").want(0, "evil")
}
