package config_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/zalando/go-keyring"

	"tokpit/config"
)

// fails resolves a reference that must lead nowhere: with the words that tell
// why, with advice, and without a value.
func fails(t *testing.T, ref string, env config.SecretEnv, want string) {
	t.Helper()
	s, err := config.ResolveSecret(t.Context(), ref, env)
	var told *config.SecretError
	if !errors.As(err, &told) || !strings.Contains(err.Error(), want) || told.Hint() == "" {
		t.Errorf("%s: %v, want %q and advice", ref, err, want)
		return
	}
	if !strings.Contains(err.Error(), strings.SplitN(ref, " ", 2)[0]) {
		t.Errorf("%s is not named: %v", ref, err)
	}
	if all := fmt.Sprintf("%v %+v %#v %s", err, err, err, told.Hint()); strings.Contains(all, "CANARY") {
		t.Errorf("%s: tells the key: %s", ref, all)
	}
	if s.Reveal() != "" {
		t.Errorf("%s: gives a key and an error", ref)
	}
}

func resolves(t *testing.T, ref string, env config.SecretEnv, want string) {
	t.Helper()
	s, err := config.ResolveSecret(t.Context(), ref, env)
	if err != nil || s.Reveal() != want {
		t.Errorf("%s: %q, %v", ref, s.Reveal(), err)
	}
}

func TestVariables(t *testing.T) {
	env := config.SecretEnv{Getenv: func(name string) string {
		return map[string]string{
			"GOOD": canary, "SHORT": "x", "SPACE": " " + canary, "BLANK": " \t", "NEWLINE": canary + "\n", "LINES": canary + "\n" + canary,
			"DOUBLE": `"` + canary + `"`, "SINGLE": "'" + canary, "SMART": "“" + canary + "”", "BEARER": "Bearer " + canary,
			"CONTROL": canary + "\x1b[2Jx", "WIDTH": canary + "\u200b", "HUGE": canary + strings.Repeat("x", 5000), "NUL": "a\x00b",
		}[name]
	}}
	resolves(t, "env:GOOD", env, canary)
	resolves(t, "env:SHORT", env, "x")
	for name, want := range map[string]string{
		"ABSENT": "not set", "SPACE": "spaces around", "BLANK": "empty", "NEWLINE": "spaces around", "LINES": "several lines",
		"DOUBLE": "quotes", "SINGLE": "quotes", "SMART": "no key has", "BEARER": "spaces in the key", "CONTROL": "control characters",
		"WIDTH": "no key has", "HUGE": "longer than any key", "NUL": "control characters",
	} {
		fails(t, "env:"+name, env, want)
	}
	fails(t, "env:GOOD", config.SecretEnv{}, "not set")
}

func TestKeyring(t *testing.T) {
	keyring.MockInit()
	if err := keyring.Set("tokpit", "openai/admin", canary); err != nil {
		t.Fatal(err)
	}
	resolves(t, "keyring:tokpit/openai/admin", config.SecretEnv{}, canary)
	fails(t, "keyring:tokpit/other", config.SecretEnv{}, "no such entry")
	keyring.MockInitWithError(errors.New("dbus: " + canary))
	fails(t, "keyring:tokpit/openai/admin", config.SecretEnv{}, "cannot be reached")
	keyring.MockInitWithError(keyring.ErrUnsupportedPlatform)
	fails(t, "keyring:tokpit/openai/admin", config.SecretEnv{}, "no keyring on this system")
}

func TestKeyFiles(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return "file:" + path
	}
	env := config.SecretEnv{Home: dir}
	resolves(t, put("good", canary+"\n", 0o600), env, canary)
	resolves(t, put("dos", canary+"\r\n", 0o400), env, canary)
	resolves(t, put("bare", canary, 0o600), env, canary)
	resolves(t, "file:~/good", env, canary)
	fails(t, "file:~/good", config.SecretEnv{}, "no home")
	fails(t, "file:good", env, "not absolute")
	fails(t, "file:"+dir+"/none", env, "no such file")
	fails(t, "file:"+dir, env, "")
	fails(t, put("empty", "", 0o600), env, "empty")
	fails(t, put("lines", canary+"\nmore\n", 0o600), env, "several lines")
	fails(t, put("two-ends", canary+"\n\n", 0o600), env, "spaces around")
	fails(t, put("huge", strings.Repeat("x", 1<<20), 0o600), env, "longer than any key")
	fails(t, put("bom", "\ufeff"+canary, 0o600), env, "no key has")
	if !config.PermissionsChecked() {
		return
	}
	for _, mode := range []os.FileMode{0o644, 0o640, 0o660, 0o604, 0o620, 0o700, 0o610} {
		fails(t, put(fmt.Sprintf("mode-%o", mode), canary, mode), env, fmt.Sprintf("mode %04o", mode))
	}
	if err := os.Symlink(filepath.Join(dir, "good"), filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	fails(t, "file:"+dir+"/link", env, "symbolic link")
	if os.Geteuid() != 0 {
		fails(t, put("unreadable", canary, 0), env, "may not read")
	}
	if _, err := os.Stat("/dev/zero"); err == nil {
		fails(t, "file:/dev/zero", env, "not a regular file")
	}
}

func TestKeyCommands(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	env := config.SecretEnv{}
	resolves(t, "cmd:printf '"+"%s\\n' "+"one-key", env, "one-key")
	resolves(t, `cmd:sh -c 'printf "  a-key \r\nnote: b\n"'`, env, "a-key")
	resolves(t, `cmd:printf %s-%s 'a$HOME\' "b\"\\"c`, env, `a$HOME\-b"\c`)
	for ref, want := range map[string]string{
		"cmd:/no/such/program":        "cannot be found",
		"cmd:no-such-program-here x":  "cannot be found",
		"cmd:false":                   "exit status 1",
		"cmd:true":                    "prints nothing",
		"cmd:sh -c 'echo; echo late'": "prints nothing",
		"cmd:sh -c 'kill -9 $$'":      "killed",
		"cmd:sh -c 'while :; do echo 0123456789abcdef; done'": "64 KiB",
		`cmd:echo '"quoted"'`:    "quotes",
		`cmd:printf 'a\033[2Jb'`: "control characters",
	} {
		fails(t, ref, env, want)
	}
	_, err := config.ResolveSecret(t.Context(), `cmd:sh -c 'cat '`, env) // no input: cat ends at once
	if err == nil || !strings.Contains(err.Error(), "prints nothing") {
		t.Errorf("input: %v", err)
	}
}

// TestCommandsAreBounded: one that hangs, or leaves a child behind that keeps
// the pipe open, is given up.
func TestCommandsAreBounded(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	env := config.SecretEnv{Timeout: 100 * time.Millisecond}
	began := time.Now()
	fails(t, "cmd:sleep 60", env, "did not end")
	fails(t, "cmd:sh -c 'sleep 60 & sleep 60'", env, "did not end")
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := config.ResolveSecret(ctx, "cmd:sleep 60", config.SecretEnv{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestStderrIsNotRepeated: what a command says beside the key may be the key.
func TestStderrIsNotRepeated(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	script := filepath.Join(t.TempDir(), "helper")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho "+canary+" >&2\necho "+canary+"\nexit 3\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	fails(t, "cmd:"+script, config.SecretEnv{}, "exit status 3 (36 bytes on stderr, not shown)")
}

func TestRedactor(t *testing.T) {
	var r config.Redactor
	if got := r.Text("key " + canary + "."); got != "key ***." {
		t.Errorf("by its shape: %q", got)
	}
	plain := "an admin key starts with sk-admin-, one of Anthropic with sk-ant-admin01-; see sk-…ab12"
	r.Know(config.NewSecret(canary))
	r.Know(config.NewSecret("sk-ant-admin01-Zz9CANARYyX8wV7uT6"))
	r.Know(config.NewSecret("hunter2"))
	r.Know(config.NewSecret("a b/c+d&CANARY=very secret indeed"))
	for in, want := range map[string]string{
		plain:                           plain,
		"":                              "",
		"x" + canary + "y":              "x***y",
		canary + canary:                 "******",
		canary[:len(canary)-3]:          "***",
		"…" + canary[12:] + "|":         "…***|",
		"cut " + canary[:20] + "… here": "cut ***… here",
		"hunter2, hunter22, xhunter2":   "***, hunter22, xhunter2",
		"a+b%2Fc%2Bd%26CANARY%3Dvery+secret+indeed": "***",
		`{"k":"sk-ant-admin01-Zz9CANARYyX8wV7uT6"}`: `{"k":"***"}`,
	} {
		if got := r.Text(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
	if id := "sk-0123456789abcdef0123456789abcdef"; r.Known(id) != id || r.Text(id) != "***" {
		t.Errorf("an id: %q, %q", r.Known(id), r.Text(id))
	}
}

// FuzzRedactor: wherever a key is put, and however it is cut, no long part of
// its secret half is left.
func FuzzRedactor(f *testing.F) {
	f.Add("before ", " after", 0, 35)
	f.Add("", "", 3, 30)
	f.Add(canary, canary[5:], 9, 19)
	f.Fuzz(func(t *testing.T, before, after string, from, to int) {
		if from < 0 || to > len(canary) || from > to {
			return
		}
		var r config.Redactor
		r.Know(config.NewSecret(canary))
		got := r.Text(before + canary[from:to] + after)
		secret := canary[len("sk-admin-"):]
		for i := 0; i+10 <= len(secret); i++ {
			if strings.Contains(got, secret[i:i+10]) {
				t.Errorf("%q is left in %q", secret[i:i+10], got)
			}
		}
	})
}
