package cmd_test

import (
	"errors"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// importID is the id of the only import there is.
func (m *machine) importID() string {
	m.t.Helper()
	var doc struct {
		Imports []struct{ Import, State string }
	}
	m.run("import", "list", "--json").ok().decode(&doc)
	if len(doc.Imports) != 1 {
		m.t.Fatalf("%d imports", len(doc.Imports))
	}
	return doc.Imports[0].Import
}

// killed starts a command and kills it after a while. It reports whether the command
// was still running.
func (m *machine) killed(after time.Duration, args ...string) bool {
	m.t.Helper()
	c := m.command(args...)
	if err := c.Start(); err != nil {
		m.t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = c.Process.Kill() })
	defer timer.Stop()
	err := c.Wait()
	var exit *exec.ExitError
	return errors.As(err, &exit) && exit.ExitCode() == -1
}

// TestKilledImports: an import and an undo that are killed anywhere, and begun
// again, end as ones that were not; what was half done is known under one id.
func TestKilledImports(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	rounds, rows := 2, 30_000
	if soak() {
		rounds, rows = 20, 60_000
	}
	var want int64
	for i := range rows {
		in := 1000 + i%9000
		want += int64(in - in/2)
	}
	m := newMachine(t)
	writeExport(t, m.path("export.csv"), rows)
	m.run("import", "export.csv", "--save", "export").ok()
	took := func(args ...string) time.Duration {
		began := time.Now()
		m.run(args...).ok()
		return time.Since(began)
	}
	long := took("import", "export.csv", "--map", "export")
	if got := m.inputTokens(); got != want {
		t.Fatalf("%d tokens, want %d", got, want)
	}
	undo := took("undo", "import", m.importID())
	dice := rand.New(rand.NewPCG(1, 2))
	kills := 0
	for range rounds {
		for range 4 {
			if !m.killed(time.Duration(dice.Int64N(int64(long))), "import", "export.csv", "--map", "export") {
				break
			}
			kills++
		}
		m.run("import", "export.csv", "--map", "export").ok()
		m.run("import", "export.csv", "--map", "export").ok().want(0, "already imported")
		if got := m.inputTokens(); got != want {
			t.Fatalf("%d tokens after kills, want %d", got, want)
		}
		id := m.importID()
		for range 4 {
			if !m.killed(time.Duration(dice.Int64N(int64(undo))), "undo", "import", id) {
				break
			}
			kills++
		}
		if strings.Contains(m.run("import", "list").ok().stdout, id) {
			m.run("undo", "import", id).ok()
		}
		if got := m.inputTokens(); got != 0 {
			t.Fatalf("%d tokens are left after an undo", got)
		}
		rowsMatch(t, m.doctor(), nil)
	}
	if kills == 0 {
		t.Error("nothing was killed")
	}
}

// TestImportsRankLast: what logs tell of an account and day counts, not what was
// imported of the same; where nothing else is known, the import counts.
func TestImportsRankLast(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.dollars("2026-11-18T10:00:00Z", 2)
	m.run("sync").ok()
	logged := m.report(t).Total.Tokens
	m.write("usage.csv", "timestamp,model,provider,input_tokens,output_tokens\n"+
		"2026-11-18T10:00:00Z,claude-sonnet-4-5,anthropic,700,7\n2026-11-17T10:00:00Z,gpt-5,openai,300,3\n")
	m.run("import", "usage.csv", "--save", "others", "--yes").ok()
	got := m.report(t).Total.Tokens
	if got.Input != logged.Input+300 || got.Output != logged.Output+3 {
		t.Errorf("%+v with the import, %+v without: only the provider that has no logs may be added", got, logged)
	}
	if all := m.report(t, "--basis", "imported").Total.Tokens; all.Input != 1000 {
		t.Errorf("%d tokens imported, want 1000", all.Input)
	}
}
