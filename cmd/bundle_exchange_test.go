package cmd_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// fleet is some machines that exchange bundles in a folder.
type fleet struct {
	t        *testing.T
	machines []*machine
	folder   string
	bundles  []string
	dice     *rand.Rand
}

func newFleet(t *testing.T, n int) *fleet {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	f := &fleet{t: t, folder: t.TempDir(), dice: rand.New(rand.NewPCG(seed, 0))}
	for i := range n {
		m := newMachine(t)
		m.vars["TOKPIT_CONFIG"] = m.write("tokpit.toml", fmt.Sprintf("machine = 'm%d'\n", i))
		f.machines = append(f.machines, m)
	}
	return f
}

// export lets a machine write a bundle, if it has anything.
func (f *fleet) export(m *machine) string {
	f.t.Helper()
	path := filepath.Join(f.folder, fmt.Sprint(len(f.bundles), ".tokpit"))
	if r := m.run("bundle", "export", path); r.status != 0 {
		r.fails("nothing to export")
		return ""
	}
	f.bundles = append(f.bundles, path)
	return path
}

// exchange lets everybody tell everybody, in any order.
func (f *fleet) exchange() {
	f.t.Helper()
	for _, i := range f.dice.Perm(len(f.machines)) {
		path := f.export(f.machines[i])
		for _, k := range f.dice.Perm(len(f.machines)) {
			if path != "" {
				f.machines[k].run("bundle", "import", path).ok()
			}
		}
	}
}

// agree demands that all machines say the same, and are sound.
func (f *fleet) agree() string {
	f.t.Helper()
	want := f.machines[0].everything()
	for i, m := range f.machines {
		rowsMatch(f.t, m.doctor(), nil)
		if got := m.everything(); got != want {
			f.t.Fatalf("machine %d says, and machine 0:\n%s", i, firstDifference(got, want))
		}
	}
	return want
}

// TestMachinesAgree: the logs of agents lie on three machines, some of them on
// several, whole or in part, resumed and forked. Whatever order they sync, export
// and import in, in the end each says what one machine with all logs says, and
// another round of bundles, old ones too, changes nothing.
func TestMachinesAgree(t *testing.T) {
	t.Parallel()
	rounds, steps := 1, 24
	if soak() {
		rounds, steps = 25, 60
	}
	files := tree(2500)
	truth, _ := truthOf(t, files)
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for range rounds {
		f := newFleet(t, 3)
		left := make(map[string]string) // what a machine's file has still to get
		for _, name := range names {
			whole := f.dice.IntN(3)
			for i, m := range f.machines {
				if i != whole && f.dice.IntN(3) > 0 {
					continue
				}
				cut := f.dice.IntN(len(files[name]) + 1)
				m.write(name, files[name][:cut])
				left[fmt.Sprint(i, name)] = files[name][cut:]
				if i != whole && f.dice.IntN(2) == 0 {
					delete(left, fmt.Sprint(i, name)) // a copy that was never finished
				}
			}
		}
		grow := func(i int, all bool) {
			for _, name := range names {
				key := fmt.Sprint(i, name)
				n := len(left[key])
				if n > 0 && !all {
					n = f.dice.IntN(n)
				}
				if n > 0 {
					f.machines[i].append(name, left[key][:n])
					left[key] = left[key][n:]
				}
			}
		}
		for range steps {
			i := f.dice.IntN(3)
			m := f.machines[i]
			switch f.dice.IntN(4) {
			case 0:
				grow(i, false)
				m.run("sync").ok()
			case 1:
				m.run("sync").ok()
			case 2:
				f.export(m)
			case 3:
				if len(f.bundles) > 0 {
					m.run("bundle", "import", f.bundles[f.dice.IntN(len(f.bundles))]).ok()
				}
			}
		}
		for i, m := range f.machines {
			grow(i, true)
			m.run("sync").ok()
		}
		f.exchange()
		f.exchange()
		if got := withoutDoubts(f.agree()); got != withoutDoubts(truth) {
			t.Fatalf("three machines say, and one with all logs:\n%s", firstDifference(got, truth))
		}
		for _, path := range f.bundles {
			f.machines[f.dice.IntN(3)].run("bundle", "import", path).ok()
		}
		if withoutDoubts(f.agree()) != withoutDoubts(truth) {
			t.Error("old bundles change something")
		}
		// What nobody has changed is exported the same.
		m := f.machines[0]
		one, err := os.ReadFile(f.export(m))
		if err != nil {
			t.Fatal(err)
		}
		m.run("sync").ok()
		for _, path := range f.bundles {
			m.run("bundle", "import", path).ok()
		}
		if two, err := os.ReadFile(f.export(m)); err != nil || string(one) != string(two) {
			t.Errorf("two exports of one revision differ: %v", err)
		}
		if info, err := os.Stat(f.bundles[0]); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("a bundle has mode %v, %v", info.Mode(), err)
		}
	}
}

// TestBundleKilled kills imports at random moments: whatever was stored by then,
// the import that is not disturbed ends as if there had been no other.
func TestBundleKilled(t *testing.T) {
	t.Parallel()
	n, kills := 60_000, 4
	if soak() {
		n, kills = 200_000, 60
	}
	f := newFleet(t, 2)
	from, to := f.machines[0], f.machines[1]
	from.write(".claude/projects/p/a.jsonl", many(n, "a"))
	to.write(".claude/projects/p/a.jsonl", many(100, "a")+many(50, "b"))
	from.run("sync").ok()
	to.run("sync").ok()
	path := f.export(from)
	clean := newMachine(t)
	clean.write(".claude/projects/p/a.jsonl", many(100, "a")+many(50, "b"))
	clean.run("sync").ok()
	begin := time.Now()
	clean.run("bundle", "import", path).ok()
	took := time.Since(begin)
	killed := 0
	for tries := 0; killed < kills && tries < 6*kills; tries++ {
		c := to.command("bundle", "import", path)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(f.dice.Int64N(int64(took))))
		_ = c.Process.Kill()
		if c.Wait() != nil {
			killed++
		}
		rowsMatch(t, to.doctor(), nil)
	}
	to.run("bundle", "import", path).ok()
	if got, want := to.everything(), clean.everything(); got != want {
		t.Errorf("after %d kills it says, instead of:\n%s", killed, firstDifference(got, want))
	}
	rowsMatch(t, to.doctor(), nil)
	if t.Logf("%d killed, an import takes %v", killed, took); killed == 0 {
		t.Error("none was killed in time")
	}
}

// TestDamagedBundleChangesNothing: the store's file is, byte by byte, what it was.
func TestDamagedBundleChangesNothing(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2)
	from, to := f.machines[0], f.machines[1]
	from.write(".claude/projects/p/a.jsonl", many(300, "a"))
	to.write(".claude/projects/p/a.jsonl", many(5, "b"))
	from.run("sync").ok()
	to.run("sync").ok()
	good, err := os.ReadFile(f.export(from))
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(to.store())
	if err != nil {
		t.Fatal(err)
	}
	bad := func(b []byte) {
		t.Helper()
		path := to.write("bad.tokpit", string(b))
		to.run("bundle", "import", path).fails("bundle")
		to.run("bundle", "import", f.bundles[0], path).fails("bundle") // one of several
	}
	tries := 6
	if soak() {
		tries = 300
	}
	for range tries {
		b := slices.Clone(good)
		b[f.dice.IntN(len(b)-40)+20] ^= byte(1 + f.dice.IntN(255))
		bad(b)
		bad(good[:f.dice.IntN(len(good))])
	}
	bad(append(slices.Clone(good), "x"...))
	bad([]byte(strings.Repeat("x", 1000)))
	if after, err := os.ReadFile(to.store()); err != nil || string(after) != string(before) {
		t.Errorf("a damaged bundle changes the store: %v", err)
	}
}

// withoutDoubts takes out what is said of forks whose parent's log lies on another
// machine: that is so, and no figure depends on it.
func withoutDoubts(reports string) string {
	return regexp.MustCompile(`"notes":\[[^\n]*\]`).ReplaceAllString(reports, "")
}

// firstDifference returns the first lines in which two texts differ.
func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return fmt.Sprintf("line %d:\n%.2000s\n%.2000s", i+1, x[i], y[i])
		}
	}
	return fmt.Sprintf("%d lines and %d", len(x), len(y))
}
