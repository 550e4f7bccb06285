package cmd_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/cmd"
)

// machine is a computer with nothing on it but what a test puts there: a home,
// and an environment in which the program runs as a process of its own.
type machine struct {
	t    testing.TB
	home string
	vars map[string]string
}

// noSleep keeps the race detector from waiting a second at every exit.
const noSleep = "atexit_sleep_ms=0"

// clockTime is what the clock of a new machine says.
const clockTime = "2026-11-20T15:00:00Z"

func newMachine(t testing.TB) *machine {
	home := t.TempDir()
	t.Cleanup(func() { settled(t, home) })
	return &machine{t: t, home: home, vars: map[string]string{
		"HOME": home, "USERPROFILE": home, "LocalAppData": filepath.Join(home, "local"), "AppData": filepath.Join(home, "roaming"),
		"TZ": "UTC", "TOKPIT_NOW": clockTime, "PATH": os.Getenv("PATH"), "TMPDIR": t.TempDir(),
		"SYSTEMROOT": os.Getenv("SYSTEMROOT"), "GORACE": noSleep,
	}}
}

// settled waits until nothing that was started in a home still runs: a program
// may have started another one that outlives it, as a status line does.
func settled(t testing.TB, home string) {
	for start := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		left := runningIn(home)
		if len(left) == 0 {
			return
		}
		if time.Since(start) > 30*time.Second {
			t.Errorf("still running in %s: %q", home, left)
			return
		}
	}
}

// runningIn are the command lines of the processes in a home, where the system
// tells.
func runningIn(home string) []string {
	var left []string
	processes, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range processes {
		vars, err := os.ReadFile(path)
		if err == nil && slices.Contains(strings.Split(string(vars), "\x00"), "HOME="+home) {
			line, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
			left = append(left, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return left
}

// demoed is a machine on which the demo has been looked at.
func demoed(t testing.TB) *machine {
	t.Helper()
	m := newMachine(t)
	cmd.SeedDemo(t, m.home)
	return m
}

// demoStore gives a machine a store of its own with the demo's usage.
func demoStore(t testing.TB) *machine {
	t.Helper()
	m := newMachine(t)
	text, err := cmd.DemoStore()
	if err != nil {
		t.Fatal(err)
	}
	m.vars["TOKPIT_STORE"] = m.path("some.db")
	if err := os.WriteFile(m.vars["TOKPIT_STORE"], text, 0o600); err != nil {
		t.Fatal(err)
	}
	return m
}

// result is what a command leaves behind.
type result struct {
	t              testing.TB
	args           []string
	stdout, stderr string
	status         int
	state          *os.ProcessState
}

// command is the program with arguments, not started yet.
func (m *machine) command(args ...string) *exec.Cmd {
	c := exec.Command("tokpit", args...)
	c.Dir = m.home
	for name, value := range m.vars {
		if value != "" {
			c.Env = append(c.Env, name+"="+value)
		}
	}
	slices.Sort(c.Env)
	return c
}

func (m *machine) run(args ...string) result { return m.finish(m.command(args...)) }

// finish runs a command to its end. Whatever it is asked, the program neither
// panics nor ends by a signal, and an error says "tokpit: …".
func (m *machine) finish(c *exec.Cmd) result {
	m.t.Helper()
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		m.t.Fatal(err)
	}
	r := result{m.t, c.Args, stdout.String(), stderr.String(), c.ProcessState.ExitCode(), c.ProcessState}
	if strings.Contains(r.stderr, "goroutine ") || strings.Contains(r.stderr, "panic") || r.status < 0 || r.status > 2 {
		m.t.Fatalf("%q ended with %v:\n%.3000s", r.args, c.ProcessState, r.stderr)
	}
	if r.status == 2 && !strings.HasPrefix(r.stderr, "tokpit: ") {
		m.t.Errorf("%q fails with the message %q", r.args, r.stderr)
	}
	return r
}

// ok demands status 0.
func (r result) ok() result {
	r.t.Helper()
	return r.want(0)
}

// want demands a status, and texts in what was printed.
func (r result) want(status int, texts ...string) result {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("%q: status %d, want %d\n%.2000s\n%.2000s", r.args, r.status, status, r.stdout, r.stderr)
	}
	for _, text := range texts {
		if !strings.Contains(r.stdout+r.stderr, text) {
			r.t.Errorf("%q does not say %q:\n%.2000s\n%.2000s", r.args, text, r.stdout, r.stderr)
		}
	}
	return r
}

// fails demands status 2, the texts in the message, and a hint.
func (r result) fails(texts ...string) result {
	r.t.Helper()
	return r.want(2, append(texts, "\nhint: ")...)
}

// decode reads the JSON document that was printed.
func (r result) decode(doc any) {
	r.t.Helper()
	d := json.NewDecoder(strings.NewReader(r.stdout))
	if err := d.Decode(doc); err != nil {
		r.t.Fatalf("%q: %v\n%.1000s", r.args, err, r.stdout)
	}
	if d.More() {
		r.t.Errorf("%q prints more than one document", r.args)
	}
}

// path is a file in the home.
func (m *machine) path(name string) string { return filepath.Join(m.home, filepath.FromSlash(name)) }

func (m *machine) write(name, text string) string {
	m.t.Helper()
	path := m.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		m.t.Fatal(err)
	}
	return path
}

func (m *machine) append(name, text string) {
	m.t.Helper()
	f, err := os.OpenFile(m.path(name), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		m.t.Fatal(err)
	}
}

// store is where the store of this machine is.
func (m *machine) store() string { return m.path(".local/share/tokpit/tokpit.db") }

// inputTokens is the total of all input that the store knows of.
func (m *machine) inputTokens(args ...string) int64 {
	m.t.Helper()
	var doc reportDoc
	m.run(append([]string{"report", "--json"}, args...)...).ok().decode(&doc)
	return doc.Total.Tokens.Input
}

// doctor demands that nothing is wrong and returns the rows that are named, as
// "file:line reason" with the file's path inside the home.
func (m *machine) doctor(args ...string) []string {
	m.t.Helper()
	var doc doctorDoc
	m.run(append(args, "doctor", "--json")...).ok().decode(&doc)
	return m.named(doc)
}

func (m *machine) named(doc doctorDoc) []string {
	var rows []string
	for _, q := range doc.Quarantined {
		at := strings.TrimPrefix(filepath.ToSlash(strings.TrimPrefix(q.File, m.home)), "/")
		if q.Line != nil {
			at += fmt.Sprintf(":%d", *q.Line)
		}
		rows = append(rows, at+" "+q.Reason)
	}
	return rows
}

// rowsMatch demands that each row begins with the text before the first space
// in the expected one, and has the rest in its reason.
func rowsMatch(t testing.TB, got, want []string) {
	t.Helper()
	ok := len(got) == len(want)
	for i := 0; ok && i < len(got); i++ {
		at, reason, _ := strings.Cut(want[i], " ")
		ok = strings.HasPrefix(got[i], at+" ") && strings.Contains(got[i], reason)
	}
	if !ok {
		t.Errorf("named:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

type doctorDoc struct {
	Schema string
	OK     bool
	Checks []struct {
		Name, Detail string
		OK           bool
		Hint         *string
	}
	Quarantined []struct {
		Source, File, Reason string
		Line                 *int64
	}
}

type syncDoc struct {
	Sources []struct {
		Name                                                              string
		Files, Rows, Added, Replaced, Duplicates, Quarantined, Bytes_Read int64
		Error                                                             *struct{ Message, Hint string }
	}
	Revision int64
}

// claude is a row of a Claude Code log: a response with so many input tokens.
func claude(id string, input int64) string {
	return claudeAt(id, "s", "claude-sonnet-4-6", time.Date(2026, 11, 2, 9, 0, 1, 0, time.UTC), input, 2)
}

func claudeAt(id, session, model string, at time.Time, input, output int64) string {
	return fmt.Sprintf(`{"type":"assistant","sessionId":%q,"timestamp":%q,"message":{"id":%q,"model":%q,"usage":{"input_tokens":%d,"output_tokens":%d}}}`+"\n",
		session, at.UTC().Format("2006-01-02T15:04:05.000Z"), "msg_"+id, model, input, output)
}

// soak reports whether there is time for long tests.
func soak() bool { return os.Getenv("TOKPIT_SOAK") != "" }

// many is a log of n responses with an input of 1 each.
func many(n int, prefix string) string {
	var b strings.Builder
	at := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	for i := range n {
		b.WriteString(claudeAt(fmt.Sprint(prefix, i), fmt.Sprint(prefix, "session", i%7), "claude-sonnet-4-6", at.Add(time.Duration(i)*time.Minute), 1, int64(i%50)))
	}
	return b.String()
}
