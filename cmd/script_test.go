package cmd_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/zalando/go-keyring"

	"tokpit/cmd"
)

func TestMain(m *testing.M) {
	// Most tests wait for processes, and those for providers that are asked slowly:
	// more of them at a time than there are cores keep the cores at work.
	if err := flag.Set("test.parallel", strconv.Itoa(3*runtime.GOMAXPROCS(0))); err != nil {
		panic(err)
	}
	testscript.Main(m, map[string]func(){
		"tokpit": func() { os.Exit(cmd.Main(cmd.System())) },
		// The same on a machine whose keyring has one entry.
		"tokpit-with-keyring": func() {
			keyring.MockInit()
			if err := keyring.Set("tokpit", "canary", os.Getenv("IN_THE_KEYRING")); err != nil {
				panic(err)
			}
			os.Exit(cmd.Main(cmd.System()))
		},
	})
}

// TestScripts runs the commands the way a shell does. Each script has a machine
// of its own: a home without anything, a fixed clock, UTC.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:  filepath.Join("testdata", "script"),
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"until": until},
		Setup: func(e *testscript.Env) error {
			home := filepath.Join(e.WorkDir, "home")
			e.Defer(func() { settled(t, home) })
			e.Setenv("HOME", home)
			e.Setenv("USERPROFILE", home)
			e.Setenv("LocalAppData", filepath.Join(home, "local"))
			e.Setenv("AppData", filepath.Join(home, "roaming"))
			e.Setenv("TZ", "UTC")
			e.Setenv("GORACE", noSleep)
			e.Setenv("TOKPIT_NOW", "2026-11-20T15:00:00Z")
			if err := os.MkdirAll(home, 0o700); err != nil {
				return err
			}
			name := strings.TrimPrefix(filepath.Base(e.WorkDir), "script-")
			text, err := os.ReadFile(filepath.Join("testdata", "script", name+".txtar"))
			if err == nil && name != "demo" && bytes.Contains(text, []byte("--demo")) {
				cmd.SeedDemo(t, home)
			}
			return err
		},
	})
}

// until runs a command until what it prints matches: until PATTERN COMMAND. It is
// for what a command may leave out on a machine that is busy.
func until(ts *testscript.TestScript, _ bool, args []string) {
	pattern := regexp.MustCompile("(?m)" + args[0])
	for range 30 {
		ts.Check(ts.Exec(args[1], args[2:]...))
		if pattern.MatchString(ts.ReadFile("stdout")) {
			return
		}
	}
	ts.Fatalf("%q never printed %s", args[1:], args[0])
}
