package cmd_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// canaries are keys that nobody has, one for each kind of reference and type of
// connection.
func canaries() map[string]string {
	return map[string]string{
		"openai":     "sk-admin-CANARYenv0Zq8LwT5nVb4XkP9mR2",
		"anthropic":  "sk-ant-admin01-CANARYring7Hs3JdF6gYc1UeB",
		"openrouter": "sk-or-v1-CANARYfile5Nq2WxA8oIt6ZrM4v",
		"litellm":    "sk-CANARYcmd9Bp7KfS3hLy5DjG1u",
	}
}

// leaks lists where a canary is, or a long part of one, as it is or in a common
// disguise.
func leaks(where string, text []byte) (found []string) {
	for kind, key := range canaries() {
		secret := key[strings.Index(key, "CANARY"):]
		for what, form := range map[string]string{
			"the key": secret, "its beginning": secret[:14], "its end": secret[len(secret)-10:],
			"it in hexadecimal": hex.EncodeToString([]byte(secret)), "it in base64": base64.StdEncoding.EncodeToString([]byte(key))[4:28],
			"it escaped": strings.ReplaceAll(fmt.Sprintf("%q", fmt.Sprintf("%x", secret)), `"`, ""),
		} {
			if i := bytes.Index(text, []byte(form)); i >= 0 {
				found = append(found, fmt.Sprintf("%s has %s of %s: %.120q", where, what, kind, text[max(0, i-40):min(len(text), i+60)]))
				break
			}
		}
	}
	return found
}

// leaksInFiles looks at every byte of every file below a folder, and at the
// names of the files.
func leaksInFiles(t testing.TB, root string) (found []string, files int) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		files++
		found = append(found, leaks(path, append(text, path...))...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found, files
}

// aviary is a machine with a connection of every type, whose keys are canaries
// kept in every place that a key may be kept in.
type aviary struct {
	*machine
	standIn *standIn
	other   *standIn // where keys must never go
	nest    string   // a folder that may hold keys: not looked at
	said    bytes.Buffer
	runs    int
	exports int
}

func newAviary(t *testing.T) *aviary {
	a := &aviary{machine: newMachine(t), standIn: newStandIn(t), other: newStandIn(t), nest: t.TempDir()}
	keep := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(a.nest, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	a.vars["OPENAI_KEY"], a.vars["IN_THE_KEYRING"] = canaries()["openai"], canaries()["anthropic"]
	file := keep("key", canaries()["openrouter"]+"\n", 0o600)
	// The helper talks too much, fails at times, and writes down how it and who
	// called it were started.
	helper := keep("helper", fmt.Sprintf("#!/bin/sh\necho \"the key is %[1]s\" >&2\n[ -e %[2]s/fail ] && exit 3\ncat /proc/$$/cmdline /proc/$PPID/cmdline >>%[3]s 2>/dev/null\necho %[1]s\necho and more: %[1]s\n",
		canaries()["litellm"], a.nest, a.path("argv")), 0o700)
	for kind, ref := range map[string]string{"openai": "env:OPENAI_KEY", "anthropic": "keyring:tokpit/canary", "openrouter": "file:" + file, "litellm": "cmd:" + helper} {
		a.try("sources", "add", "my-"+kind, "--type", kind, "--key", ref, "--base-url", a.standIn.base(kind), "--since", "2026-11-08").ok()
	}
	return a
}

// program is the program on a machine with a keyring, not started yet.
func (a *aviary) program(args ...string) *exec.Cmd {
	a.t.Helper()
	c := a.command(args...)
	path, err := exec.LookPath("tokpit-with-keyring")
	if err != nil {
		a.t.Fatal(err)
	}
	c.Path, c.Args[0] = path, "tokpit-with-keyring"
	return c
}

// try runs a command and keeps what it says.
func (a *aviary) try(args ...string) result {
	a.t.Helper()
	r := a.finish(a.program(args...))
	fmt.Fprintf(&a.said, "$ %q\n%s%s\n", args, r.stdout, r.stderr)
	if !strings.Contains(fmt.Sprint(args), "CANARY") { // what a person types, the person types
		a.runs++
	}
	return r
}

// tour runs the commands that meet a provider's answers.
func (a *aviary) tour() {
	a.t.Helper()
	a.each("sync --json", "sources list", "sources list --json", "sources test --all --json --timeout 5s", "doctor", "doctor --json",
		"report --since 2026-11-01 --by project,key,user,model,account --json")
}

// grandTour runs every command there is.
func (a *aviary) grandTour() {
	a.t.Helper()
	a.tour()
	a.each("sync", "sync --source my-openai", "sources test --all --timeout 5s", "report", "report --json", "report --since 2026-11-01 --by project,key",
		"report --basis billed --since 2026-11-01 --by line_item,organization", "reconcile", "reconcile --json", "plan list", "prices versions",
		"budget set all --amount 1 --warn 50%", "budget check", "watch --once", "watch --once --json", "budget alerts --json", "digest", "digest --json", "digest --month --format md", "audit", "")
	// Their files, and the manifests beside them, are looked at with the home.
	for _, line := range []string{"--format csv", "--format csv --plain --records", "--format json --by project,key,user,model,account", "--format jsonl", "--format md --by line_item",
		"--format focus --allow-unpriced", "--format xlsx", "--format html", "--format report-md"} {
		a.exports++
		a.try(append(strings.Fields("export --since 2026-11-01 -o "+a.path(fmt.Sprint("export", a.exports))), strings.Fields(line)...)...)
	}
	a.each("export -o -", "export --records -o -", "chargeback --by project --share usage --json", "chargeback --by user", "chargeback --by key --format csv", "chargeback --by account --format md")
}

func (a *aviary) each(lines ...string) {
	a.t.Helper()
	for _, line := range lines {
		a.try(strings.Fields(line)...)
	}
}

// found lists all leaks so far.
func (a *aviary) found() []string {
	found, files := leaksInFiles(a.t, a.home)
	if files < 3 { // store, lock, argv
		a.t.Errorf("looked at %d files only", files)
	}
	var said []string
	for line := range strings.Lines(a.said.String()) {
		if !strings.HasPrefix(line, "$ ") {
			said = append(said, line)
		}
	}
	found = append(found, leaks("output", []byte(strings.Join(said, "")))...)
	for _, r := range a.other.requests() {
		var b bytes.Buffer
		_ = r.Write(&b)
		found = append(found, leaks("a request to another host", b.Bytes())...)
	}
	return found
}

// TestCanary: whatever the providers answer and the person does, no byte of the
// store, of its lock, of what is printed, of argument lists or of requests to
// other hosts has a key in it.
func TestCanary(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	a := newAviary(t)
	a.grandTour()
	for name, fault := range map[string]http.HandlerFunc{
		"refused": unauthorized(401), "forbidden": unauthorized(403), "page": echoes(404, "text/html", "<html>%s</html>"),
		"other JSON": echoes(200, "application/json", `{"%s":"%[1]s","data":"%[1]s"}`),
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, a.other.URL+r.URL.Path+"?from="+sentKey(r), http.StatusTemporaryRedirect)
		},
		"redirect to itself": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/x"+r.URL.Path+"?k="+sentKey(r), http.StatusFound)
		},
	} {
		a.standIn.fails(fault)
		a.tour()
		if len(a.found()) > 0 {
			t.Errorf("after %q", name)
			break
		}
	}
	a.standIn.fails(echoes(200, "text/plain", "your key: %s")) // tried again and again by a sync
	a.each("sources test --all --timeout 3s")
	a.standIn.fails(nil)
	a.standIn.mu.Lock()
	a.standIn.echo = true // every name, id, model and some numbers are the key
	a.vars["TOKPIT_NOW"] = "2026-11-20T23:00:00Z"
	a.standIn.date = dateOf(a.vars["TOKPIT_NOW"])
	a.standIn.mu.Unlock()
	a.grandTour()
	a.standIn.mu.Lock()
	a.standIn.echo = false
	a.standIn.mu.Unlock()

	// The person makes mistakes.
	key := canaries()["openai"]
	for _, args := range [][]string{{"sources", "add", "x", "--type", "openai", "--key", key}, {"sources", "add", "x", "--type", "openai", "--key", "env:" + key},
		{"sources", "add", key, "--type", "openai", "--key", "env:OPENAI_KEY"}, {"sources", "add", "x", "--type", key, "--key", "env:OPENAI_KEY"},
		{"sources", "add", "x", "--type", "openai", "--key", "env:OPENAI_KEY", "--base-url", "https://" + key + "@example.com"},
		{"sources", "add", "x", "--type", "openai", "--key", "env:OPENAI_KEY", "--base-url", "https://example.com/" + key},
		{"sources", "add", "x", "--type", "openai", "--key", "env:OPENAI_KEY", "--account", key, "--no-test"},
		{"sources", "add", "x", "--type", "openai", "--key", "env:OPENAI_KEY", "--grain", key}, {"sources", "add", "x", "--type", "openai", "--key", "env:OPENAI_KEY", "--since", key},
		{"sources", "test", key}, {"sources", "remove", key, "--purge"}, {"sync", "--source", key}, {"sync", "--since", key}, {key}, {"--" + key}, {"sources", key},
		{"report", "--filter", key}, {"report", "--by", key}, {"report", "--filter", "key=" + key}, {"--store", "/dev/null/" + key, "sync"}, {"--config", "/no/" + key, "sync"}, {"--tz", key, "report"},
		{"export", "--columns", key, "-o", "-"}, {"export", "--by", key, "-o", "-"}, {"export", "--format", key, "-o", "-"}, {"export", "--filter", "project=" + key, "-o", "-"},
		{"export", "--cycle", key, "-o", "-"}, {"export", "--since", key, "-o", "-"}, {"export", key}, {"chargeback", "--by", key}, {"chargeback", "--share", key}, {"chargeback", "--format", key}, {"chargeback", "--filter", "key=" + key}} {
		a.try(args...)
	}
	if err := os.WriteFile(filepath.Join(a.nest, "fail"), nil, 0o600); err != nil { // the helper fails from now on
		t.Fatal(err)
	}
	delete(a.vars, "OPENAI_KEY")
	a.tour()
	a.try("sources", "remove", "my-openai", "--keep").ok()
	a.try("sources", "remove", "my-litellm", "--purge").ok()
	for _, leak := range a.found() {
		t.Error(leak)
	}
	if !bytes.Contains(a.said.Bytes(), []byte("Search")) || !bytes.Contains(a.said.Bytes(), []byte("***")) || a.runs < 80 {
		t.Errorf("%d commands have not met what they should have met", a.runs)
	}
	if argv, err := os.ReadFile(a.path("argv")); err != nil || !bytes.Contains(argv, []byte("helper")) || runtime.GOOS == "linux" && !bytes.Contains(argv, []byte("sync")) {
		t.Errorf("argument lists were not seen: %q, %v", argv, err)
	}
	if len(a.standIn.requests()) < 50 {
		t.Errorf("%d requests", len(a.standIn.requests()))
	}
	if !slices.ContainsFunc(a.standIn.requests(), func(r *http.Request) bool { return sentKey(r) == canaries()["litellm"] }) {
		t.Error("the providers never saw a key")
	}
}

// echoes is a fault that repeats the key that it was sent.
func echoes(status int, kind, format string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		sent := sentKey(r)
		w.Header().Set("Content-Type", kind)
		w.Header().Set("X-Api-Key", sent)
		w.Header().Set("Set-Cookie", "key="+sent)
		w.WriteHeader(status)
		fmt.Fprintf(w, format, sent)
	}
}

// TestCanaryCanFail: the search finds a key wherever one is planted.
func TestCanaryCanFail(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	key := canaries()["openrouter"]
	for name, text := range map[string]string{"plain": "x" + key + "y", "cut short": key[:25], "its end": "…" + key[len(key)-12:], "hexadecimal": hex.EncodeToString([]byte("k=" + key)),
		"base64": base64.StdEncoding.EncodeToString([]byte(key)), "binary": "\x00\xff" + key + "\x00"} {
		if len(leaks("here", []byte(text))) == 0 {
			t.Errorf("%s: not found", name)
		}
	}
	if found := leaks("here", []byte("sk-or-v1-…, sk-admin-, sk-ant-admin01- and CANARY alone")); len(found) > 0 {
		t.Errorf("found what is none: %q", found)
	}
	for name, plant := range map[string]func(*aviary){
		"file":   func(a *aviary) { a.write(".local/share/tokpit/extra", "\x01"+key) },
		"name":   func(a *aviary) { a.write("dir/"+key, "") },
		"store":  func(a *aviary) { a.append(".local/share/tokpit/tokpit.db", key) },
		"output": func(a *aviary) { a.said.WriteString("tokpit: " + key + "\n") },
		"request": func(a *aviary) {
			r, _ := http.NewRequest("GET", a.other.URL, nil)
			r.Header.Set("Authorization", "Bearer "+key)
			if resp, err := http.DefaultClient.Do(r); err == nil {
				resp.Body.Close()
			}
		},
		"argv": func(a *aviary) {
			c := a.command("report", "--filter", "key="+key)
			c.Env = append(c.Env, "X=1")
			a.append("argv", strings.Join(c.Args, "\x00"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAviary(t)
			a.try("sync", "--source", "my-litellm").ok()
			if found := a.found(); len(found) > 0 {
				t.Fatalf("before: %q", found)
			}
			plant(a)
			if found := a.found(); len(found) == 0 {
				t.Error("not found")
			}
		})
	}
}

// TestCrashesKeepQuiet: a program that is killed in the middle of a pull, or
// told to dump all it has, does not tell.
func TestCrashesKeepQuiet(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("needs signals")
	}
	for _, signal := range []os.Signal{os.Interrupt, os.Kill, syscall.SIGQUIT} {
		a := newAviary(t)
		asked := make(chan struct{}, 100)
		a.standIn.fails(func(_ http.ResponseWriter, r *http.Request) {
			asked <- struct{}{}
			<-r.Context().Done()
		})
		c := a.program("sync")
		c.Stdout, c.Stderr = &a.said, &a.said
		c.Env = append(c.Env, "GOTRACEBACK=crash")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-asked:
		case <-time.After(20 * time.Second):
			t.Error("nobody was asked")
		}
		if runtime.GOOS == "linux" {
			line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", c.Process.Pid))
			if err != nil || len(line) == 0 {
				t.Errorf("argument list: %v", err)
			}
			a.said.Write(line)
			limits, _ := os.ReadFile(fmt.Sprintf("/proc/%d/limits", c.Process.Pid))
			if !bytes.Contains(limits, []byte("Max core file size        0                    0")) {
				t.Errorf("may leave a core file:\n%s", limits)
			}
		}
		_ = c.Process.Signal(signal)
		_ = c.Wait()
		for _, leak := range a.found() {
			t.Errorf("%v: %s", signal, leak)
		}
	}
}
