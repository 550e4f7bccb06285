package cmd_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// offered is what completion offers, without descriptions and the directive.
func offered(r result) []string {
	var out []string
	for line := range strings.SplitSeq(strings.TrimSuffix(r.stdout, "\n"), "\n") {
		if word, _, _ := strings.Cut(line, "\t"); !strings.HasPrefix(word, ":") {
			out = append(out, word)
		}
	}
	return out
}

// Names that a shell could obey, or that break a line, are never offered, and a
// store that cannot be read gives no values and no message.
func TestCompletionIsHarmless(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	for _, name := range []string{"plain", "two words", "a:b", "größe 日本", "$(touch pwned)", "`id`", "a\"b", "it's", `back\slash`, "-rf", "~root"} {
		m.run("budget", "set", "--amount", "5", "--", name)
	}
	got := strings.Join(offered(m.run("__complete", "budget", "show", "").ok()), "|")
	if got != "a:b|größe 日本|plain|two words" {
		t.Errorf("offered: %s", got)
	}
	if err := os.WriteFile(m.path("broken.db"), []byte("no store at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, store := range []string{m.path("broken.db"), m.path("nowhere/x.db"), m.home} {
		m.vars["TOKPIT_STORE"] = store
		for _, args := range [][]string{{"budget", "show", ""}, {"report", "--filter", "project="}, {"sources", "test", ""}} {
			r := m.run(append([]string{"__complete"}, args...)...).ok()
			if len(offered(r)) > 0 || strings.Contains(r.stderr, "tokpit: ") {
				t.Errorf("%s, %q: %q %q", store, args, r.stdout, r.stderr)
			}
		}
	}
	if _, err := os.Stat(m.path("nowhere")); err == nil {
		t.Error("completion makes a folder for a store")
	}
}

// Completion gives up in time while somebody writes, or when there is much.
func TestCompletionIsQuick(t *testing.T) {
	m := demoStore(t)
	best := time.Hour
	for try := 0; try < 5 || try < 20 && best > time.Second; try++ {
		start := time.Now()
		if got := offered(m.run("__complete", "report", "--filter", "model=").ok()); len(got) == 0 && best == time.Hour {
			t.Log("nothing found in time")
		}
		best = min(best, time.Since(start))
	}
	if best > time.Second { // a test machine may be busy, and has the race detector
		t.Errorf("it takes %v", best)
	}
}

// bashStub stands in for the helper of the package bash-completion.
const bashStub = `
_get_comp_words_by_ref() { words=("${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur=${COMP_WORDS[COMP_CWORD]}; prev=${COMP_WORDS[COMP_CWORD-1]}; }
compopt() { :; }
source <(tokpit completion bash)
COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9
__start_tokpit
printf '%s\n' "${COMPREPLY[@]}"
`

// The script for bash, really sourced.
func TestBashCompletes(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	m := demoed(t)
	for _, c := range []struct{ typed, want string }{
		{"tokpit --demo budget show res", "research-agent"},
		{"tokpit --demo report --by day,mod", `day\,model`},
		{"tokpit state", ""},
		{"tokpit statusl", "statusline"},
		{"tokpit export --format fo", "focus"},
	} {
		var r result
		var got string
		for try := 0; try == 0 || try < 30 && got == ""; try++ { // a busy machine may not read the store in time
			cmd := m.command()
			cmd.Path, cmd.Args = bash, append([]string{"bash", "-c", bashStub, "bash"}, strings.Fields(c.typed)...)
			r = m.finish(cmd)
			if got = strings.TrimSpace(r.stdout); c.want == "" {
				break
			}
		}
		if got != c.want || r.stderr != "" {
			t.Errorf("%s: %q, not %q; %s", c.typed, got, c.want, r.stderr)
		}
	}
}
