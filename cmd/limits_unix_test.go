//go:build unix

package cmd_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

const nobody = 65534

// asNobody makes a command run without root's power over files. The program
// and the home are opened to it first.
func (m *machine) asNobody(args ...string) result {
	m.t.Helper()
	c := m.command(args...)
	if os.Geteuid() == 0 {
		program := filepath.Join(m.vars["TMPDIR"], "tokpit")
		if _, err := os.Stat(program); err != nil {
			copyProgram(m.t, program)
			for _, dir := range []string{m.home, m.vars["TMPDIR"]} {
				for ; len(dir) > len(os.TempDir())+1; dir = filepath.Dir(dir) {
					if err := os.Chmod(dir, 0o755); err != nil {
						m.t.Fatal(err)
					}
				}
			}
		}
		c.Path = program
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	return m.finish(c)
}

func copyProgram(t testing.TB, to string) {
	t.Helper()
	from, err := exec.LookPath("tokpit")
	if err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err == nil {
		_, err = io.Copy(out, in)
		out.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// mode changes the mode of a file or folder until the end of the test.
func (m *machine) mode(name string, mode os.FileMode) {
	m.t.Helper()
	path := m.path(name)
	info, err := os.Stat(path)
	if err == nil {
		err = os.Chmod(path, mode)
	}
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { _ = os.Chmod(path, info.Mode().Perm()) })
}

// TestUnreadableLogs: a log or a folder that may not be read is named, the
// others count, and it is read when it may be.
func TestUnreadableLogs(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.write(log1, claude("1", 1))
	m.write(".claude/projects/p/secret.jsonl", claude("2", 10))
	m.write(".claude/projects/closed/s.jsonl", claude("3", 100))
	m.write(".codex/sessions/x.jsonl", "")
	if err := os.MkdirAll(m.path(".local/share"), 0o777); err != nil {
		t.Fatal(err)
	}
	m.asNobody("--help").ok()
	if err := os.Chmod(m.path(".local/share"), 0o777); err != nil {
		t.Fatal(err)
	}
	m.mode(".claude/projects/p/secret.jsonl", 0)
	m.mode(".claude/projects/closed", 0)
	m.mode(".codex/sessions", 0)
	m.asNobody("sync").want(0, "2 quarantined", ".codex/sessions: ", "permission denied")
	var doc doctorDoc
	m.asNobody("doctor", "--json").ok().decode(&doc)
	rowsMatch(t, m.named(doc), []string{".claude/projects/closed cannot be read: permission denied",
		".claude/projects/p/secret.jsonl cannot be read: permission denied"})
	m.asNobody("doctor").want(0, ".codex/sessions (default): ", "permission denied")
	if r := m.asNobody("report").ok(); !strings.Contains(r.stdout, "2 rows") {
		t.Errorf("the report does not mention them:\n%s", r.stdout)
	}
	for name, mode := range map[string]os.FileMode{".claude/projects/p/secret.jsonl": 0o644, ".claude/projects/closed": 0o755} {
		if err := os.Chmod(m.path(name), mode); err != nil {
			t.Fatal(err)
		}
	}
	m.asNobody("sync").ok()
	if n := m.inputTokens(); n != 111 {
		t.Errorf("%d tokens, want 111", n)
	}
	rowsMatch(t, m.doctor(), nil)
}

// TestReadOnlyStore: reading works, writing says why not.
func TestReadOnlyStore(t *testing.T) {
	t.Parallel()
	m := filled(t)
	m.asNobody("--help").ok()
	m.mode(".local", 0o755)
	m.mode(".local/share", 0o755)
	m.mode(".local/share/tokpit/tokpit.db", 0o444)
	m.mode(".local/share/tokpit", 0o555)
	m.asNobody("report").want(0, "11")
	m.asNobody("plan", "list").ok()
	m.write(log1, claude("3", 100))
	m.asNobody("sync").fails("permission denied")
	m.asNobody("plan", "set", "codex", "--monthly", "20", "--from", "2026-11-01").fails("permission denied")
	m.mode(".local/share/tokpit/tokpit.db", 0o000)
	m.asNobody("report").fails("permission denied")
	m.asNobody("doctor").fails("permission denied")
	m.mode(".local/share/tokpit/tokpit.db", 0o600)
	m.mode(".local/share/tokpit", 0o700)
	if n := m.inputTokens(); n != 11 {
		t.Errorf("%d tokens, want 11", n)
	}
	m.vars["XDG_DATA_HOME"] = m.path("locked")
	if err := os.Mkdir(m.path("locked"), 0o555); err != nil {
		t.Fatal(err)
	}
	m.asNobody("sync").fails("permission denied")
	m.asNobody("--demo", "report").fails("permission denied")
}

// TestFullDisk fills the store's disk during a sync: a failure that says so,
// with everything before it intact, and everything after it once there is room.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	disk := m.path("disk")
	if err := os.Mkdir(disk, 0o700); err != nil {
		t.Fatal(err)
	}
	m.vars["TOKPIT_STORE"] = filepath.Join(disk, "tokpit.db")
	if err := mountSmall(disk, "1m"); err != nil {
		t.Skipf("SKIPPED: needs a small file system of its own, which only root can mount: %v", err)
	}
	t.Cleanup(func() {
		if err := unmount(disk); err != nil {
			t.Error(err)
		}
	})
	m.write(log1, claude("1", 1))
	m.run("sync").ok()
	if err := os.WriteFile(filepath.Join(disk, "ballast"), make([]byte, 700_000), 0o600); err != nil {
		t.Fatal(err)
	}
	const n = 35_000
	m.write(".claude/projects/p/big.jsonl", many(n, "b"))
	for range 2 {
		m.run("sync").fails("no space left", "free some space")
		m.run("report").ok()
		if err := m.run("doctor"); err.status > 1 { // the last sync failed, or could not even say so
			t.Errorf("doctor: %+v", err)
		}
	}
	if got := m.inputTokens(); got < 1 || got > n {
		t.Errorf("%d tokens on the full disk", got)
	}
	if err := remountSmall(disk, "64m"); err != nil {
		t.Fatal(err)
	}
	m.run("sync").ok()
	if got := m.inputTokens(); got != n+1 {
		t.Errorf("%d tokens, want %d", got, n+1)
	}
	rowsMatch(t, m.doctor(), nil)
}

// TestFileSizeLimit is a full disk that needs no root: the process may not
// write files beyond a size.
func TestFileSizeLimit(t *testing.T) {
	m := newMachine(t)
	m.write(log1, claude("1", 1))
	m.run("sync").ok()
	const n = 35_000
	m.write(".claude/projects/p/big.jsonl", many(n, "b"))
	limited := func(args string) result {
		c := exec.Command("sh", "-c", "ulimit -f 400 && exec tokpit "+args) // blocks of 512 or 1,024 bytes
		run := m.command()
		c.Dir, c.Env = run.Dir, run.Env
		return m.finish(c)
	}
	if runtime.GOOS == "linux" {
		limited("sync").fails("file too large", "free some space")
	} else {
		limited("sync").want(2)
	}
	if got := m.inputTokens(); got < 1 || got > n {
		t.Errorf("%d tokens within the limit", got)
	}
	m.run("sync").ok()
	if got := m.inputTokens(); got != n+1 {
		t.Errorf("%d tokens, want %d", got, n+1)
	}
	rowsMatch(t, m.doctor(), nil)
}

// TestClosedPipe: whoever reads our output may stop at any time.
func TestClosedPipe(t *testing.T) {
	t.Parallel()
	m := filled(t)
	for _, args := range [][]string{{"report"}, {"report", "--json"}, {"doctor"}, {"doctor", "--json"}, {"sync"}, {"sync", "--json"},
		{}, {"--help"}, {"--version"}, {"plan", "list", "--json"}, {"--demo", "report", "--by", "hour,model", "--json"}} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		c := m.command(args...)
		var stderr strings.Builder
		c.Stdout, c.Stderr = w, &stderr
		if err := c.Run(); err != nil || stderr.Len() > 0 {
			t.Errorf("%q: %v %s", args, err, &stderr)
		}
		w.Close()
	}
	// A pipe that is closed does not hide a store that cannot be used.
	if err := os.WriteFile(m.store(), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	m.finish(sh(m, "tokpit report | true; exit ${PIPESTATUS:-2}")).fails("not a tokpit store")
}

func sh(m *machine, script string) *exec.Cmd {
	c := exec.Command("bash", "-c", script)
	run := m.command()
	c.Dir, c.Env = run.Dir, run.Env
	return c
}

// TestFullOutput: output that cannot be written is an error.
func TestFullOutput(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skipf("SKIPPED: %v", err)
	}
	defer full.Close()
	m := filled(t)
	for _, args := range [][]string{{"report"}, {"report", "--json"}, {"doctor"}, {"sync", "--json"}, {"plan", "list", "--json"}} {
		c := m.command(args...)
		c.Stdout = full
		_ = c.Run()
		if got := c.ProcessState.ExitCode(); got != 2 {
			t.Errorf("%q: status %d", args, got)
		}
	}
}

// TestInterrupt: a sync that is interrupted says so, and the next goes on.
func TestInterrupt(t *testing.T) {
	m := newMachine(t)
	const n = 60_000
	m.write(log1, many(n, "i"))
	c := m.command("sync")
	var stderr strings.Builder
	c.Stderr = &stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for begin := time.Now(); time.Since(begin) < time.Minute; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(m.store()); err == nil { // it is at work
			break
		}
	}
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	if status := c.ProcessState.ExitCode(); status == 2 && !strings.Contains(stderr.String(), "tokpit: interrupted\nhint: ") || status != 0 && status != 2 {
		t.Errorf("status %d: %s", status, &stderr)
	}
	m.run("sync").ok()
	if got := m.inputTokens(); got != n {
		t.Errorf("%d tokens, want %d", got, n)
	}
	rowsMatch(t, m.doctor(), nil)
}
