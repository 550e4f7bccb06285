package cmd_test

import (
	"os"
	"strings"
	"testing"
)

// A filter that finds nothing says which name no usage has, what may have been
// meant, and the pseudonym of a name that has one. The answer and the exit code are
// what they are without it, and whoever filters by what there is hears nothing.
func TestFiltersThatFindNothingSayWhy(t *testing.T) {
	t.Parallel()
	m := demoed(t)
	for _, command := range []string{"report", "chargeback"} {
		for filter, want := range map[string]string{
			"project=nope":             "no usage so far has project=nope\nhint: tokpit report --by project lists",
			"project=Serch":            "hint: did you mean project=Search?",
			"provider=antropic":        "hint: did you mean provider=anthropic?",
			"user=nobody@nowhere.test": "no usage so far has user=nobody@nowhere.test",
		} {
			r := m.run("--demo", command, "--filter", filter).ok()
			if !strings.Contains(r.stderr, want) || strings.Contains(r.stdout, "hint") {
				t.Errorf("%s %s: %q, %q", command, filter, r.stdout, r.stderr)
			}
		}
	}
	if r := m.run("--demo", "report", "--filter", "project=Search,Serch").ok(); !strings.Contains(r.stderr, "did you mean project=Search?") || r.stdout == "" {
		t.Errorf("one of two: %q", r.stderr)
	}
	for _, args := range [][]string{{"--filter", "project=search"}, {"--since", "2020-01-01", "--until", "2020-02-01", "--filter", "project=Search"}, {"--filter", "user="}} {
		if r := m.run(append([]string{"--demo", "report"}, args...)...).ok(); r.stderr != "" {
			t.Errorf("%q: %q", args, r.stderr)
		}
	}
	if r := m.run("--demo", "export", "--filter", "project=Serch", "-o", "-").ok(); !strings.Contains(r.stderr, "did you mean project=Search?") {
		t.Errorf("an export: %q", r.stderr)
	}
}

// The hint of a name that has a pseudonym is the pseudonym, where it has usage.
func TestFiltersByNamesSayTheirPseudonyms(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	_ = os.Chmod(m.write("private.key", strings.Repeat("4f", 32)+"\n"), 0o600)
	m.write(".config/tokpit/config.toml", "[privacy]\npseudonyms = [\"project\"]\nkey = \"file:~/private.key\"\n")
	m.write(log1, strings.ReplaceAll(many(3, "p"), `"sessionId"`, `"cwd":"/home/ann/web","sessionId"`))
	m.run("sync").ok()
	const name = "/home/ann/web"
	pseudonym := strings.TrimSpace(m.run("privacy", "pseudonym", "project="+name).ok().stdout)
	r := m.run("report", "--filter", "project="+name).ok()
	if want := "hint: it has a pseudonym: --filter project=" + pseudonym; !strings.Contains(r.stderr, want) {
		t.Errorf("%q does not say %q", r.stderr, want)
	}
	if r := m.run("report", "--filter", "project="+pseudonym).ok(); r.stderr != "" {
		t.Errorf("by the pseudonym: %q", r.stderr)
	}
	if r := m.run("report", "--filter", "project=elsewhere").ok(); !strings.Contains(r.stderr, "tokpit report --by project lists") {
		t.Errorf("a name without usage: %q", r.stderr)
	}
}
