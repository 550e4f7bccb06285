package cmd_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// claude writes a log of one response.
func (m *machine) claude(project, id, day string, input int) {
	m.t.Helper()
	m.write(".claude/projects/-w-"+project+"/"+id+".jsonl", fmt.Sprintf(
		`{"type":"assistant","sessionId":"s-%s","cwd":"/w/%s","timestamp":"%sT10:00:00Z","message":{"id":"%[1]s","model":"claude-opus-4-5","usage":{"input_tokens":%[4]d,"output_tokens":0}}}`+"\n", id, project, day, input))
}

// TestPseudonymsInBundles: machines that exchange bundles with one that has
// pseudonyms, for projects or for sessions too, get nothing of their own back
// under another name.
func TestPseudonymsInBundles(t *testing.T) {
	t.Parallel()
	for _, hidden := range []string{`"project", "machine"`, `"session", "project"`, `"session", "machine"`} {
		f := newFleet(t, 3)
		key := filepath.Join(f.machines[1].home, "privacy.key")
		f.machines[1].run("privacy", "key", key).ok()
		f.machines[1].write("tokpit.toml", fmt.Sprintf("machine = 'm1'\n[privacy]\npseudonyms = [%s]\nkey = %q\n", hidden, "file:"+key))
		for i, m := range f.machines {
			m.claude("open", fmt.Sprint("r", i), "2026-11-04", 100<<i)
			m.run("sync").ok()
			table := m.write("usage.csv", fmt.Sprintf("date,model,input_tokens,output_tokens\n2026-11-0%d,gpt-5,%d,0\n", 2+i, 1<<i))
			m.run("import", table, "--save", "gw", "--yes").ok()
		}
		for range 3 {
			f.exchange()
			for i, m := range f.machines {
				if n := m.tokens(); n != 707 {
					t.Errorf("%s: machine %d shows %d tokens, want 707", hidden, i, n)
				}
				rowsMatch(t, m.doctor(), nil)
			}
		}
		if strings.Contains(hidden, "project") && strings.Contains(f.machines[1].run("report", "--by", "project", "--since", "2026-11-01").ok().stdout, "/w/open") {
			t.Errorf("%s: a name is there", hidden)
		}
	}
}

// TestPseudonymsAppliedAmongMachines: a machine that gives what it has pseudonyms
// after bundles have gone around gets nothing of its own back under another name,
// and nobody counts anything twice.
func TestPseudonymsAppliedAmongMachines(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 3)
	for i, m := range f.machines {
		m.claude("open", fmt.Sprint("r", i), "2026-11-04", 100<<i)
		m.run("sync").ok()
		table := m.write("usage.csv", fmt.Sprintf("date,model,input_tokens,output_tokens,user\n2026-11-0%d,gpt-5,%d,0,ann@example.com\n", 2+i, 1<<i))
		m.run("import", table, "--save", "gw", "--yes").ok()
	}
	f.exchange()
	m := f.machines[1]
	key := filepath.Join(m.home, "privacy.key")
	m.run("privacy", "key", key).ok()
	m.write("tokpit.toml", fmt.Sprintf("machine = 'm1'\n[privacy]\npseudonyms = [\"user\"]\nkey = %q\n", "file:"+key))
	m.run("privacy", "apply", "--yes").ok()
	if got := m.holds("ann@example.com"); len(got) > 0 {
		t.Errorf("a name is in %q", got)
	}
	for range 3 {
		f.exchange()
		for i, other := range f.machines {
			if n := other.tokens(); n != 707 {
				t.Errorf("machine %d shows %d tokens, want 707", i, n)
			}
			rowsMatch(t, other.doctor(), nil)
		}
		if r := m.run("privacy", "apply", "--dry-run").ok(); !strings.Contains(r.stdout, "all have their pseudonyms already") {
			t.Errorf("a name came back:\n%s", r.stdout)
		}
	}
	m.run("audit", "verify").ok()
}

// TestUnequalMachines: a retention on one machine, something forgotten on another,
// and an import that was undone on a third: each says what a person expects, however
// often bundles go around.
func TestUnequalMachines(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 3)
	short, forgets, plain := f.machines[0], f.machines[1], f.machines[2]
	for i, m := range f.machines {
		m.claude("open", fmt.Sprint("old", i), "2026-08-04", 1<<i)
		m.claude("open", fmt.Sprint("new", i), "2026-11-04", 100<<i)
	}
	plain.claude(secret, "secret", "2026-11-05", 5000)
	for _, m := range f.machines {
		m.run("sync").ok()
	}
	id := importID(plain.run("import", plain.write("usage.csv", "date,model,input_tokens,output_tokens\n2026-11-02,gpt-5,90000,0\n"), "--save", "gw", "--yes"))
	f.exchange()
	f.exchange()
	for i, m := range f.machines {
		if n := m.tokens(); n != 95707 {
			t.Fatalf("machine %d shows %d tokens, want 95707", i, n)
		}
	}
	short.run("retention", "set", "60d").ok()
	short.run("retention", "apply").ok()
	forgets.forget().ok()
	plain.run("undo", "import", id).ok()
	// One day more of August that only the plain machine knows: too old for the first.
	plain.claude("open", "older", "2026-08-05", 30)
	plain.run("sync").ok()
	for range 3 {
		f.exchange()
		for i, want := range []int64{5707, 737, 5737} {
			if n := f.machines[i].tokens(); n != want {
				t.Errorf("machine %d shows %d tokens, want %d", i, n, want)
			}
			rowsMatch(t, f.machines[i].doctor(), nil)
		}
	}
	if got := forgets.holds(secret); len(got) > 0 {
		t.Errorf("what was forgotten is in %q", got)
	}
}
