package cmd

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// demoFile is where the store of the demo is in a home, on Linux.
const demoFile = ".local/share/tokpit/demo.db"

// DemoStore is the store of the demo. It takes a second to make, so most tests
// copy it; TestAnOldDemoIsMadeAnew, TestScripts/demo and a few others make their
// own.
var DemoStore = sync.OnceValues(func() ([]byte, error) {
	home, err := os.MkdirTemp("", "tokpit-demo")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(home)
	env := plainEnv(home, io.Discard)
	env.Args = []string{"--demo", "report"}
	Main(*env)
	return os.ReadFile(filepath.Join(home, filepath.FromSlash(demoFile)))
})

// SeedDemo has a home in which the demo has been looked at. It is a courtesy to
// slow machines: the program makes the store where there is none.
func SeedDemo(t testing.TB, home string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		return
	}
	seedFile(t, filepath.Join(home, filepath.FromSlash(demoFile)))
}

func seedFile(t testing.TB, path string) {
	t.Helper()
	text, err := DemoStore()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// plainEnv is a machine with nothing on it but a home.
func plainEnv(home string, out io.Writer) *Env {
	return &Env{Home: home, OS: "linux", Getenv: func(string) string { return "" }, Now: time.Now, LocalTZ: func() string { return "UTC" },
		Stdin: strings.NewReader(""), Stdout: out, Stderr: io.Discard}
}

// demoHome is a home in which the demo has been looked at.
func demoHome(t testing.TB) string {
	t.Helper()
	home := t.TempDir()
	SeedDemo(t, home)
	return home
}
