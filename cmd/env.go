package cmd

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/charmbracelet/x/term"
)

// Env is everything that the commands take from the outside world, so that a
// test can give them another one.
type Env struct {
	Args    []string // without the program's name
	Getenv  func(string) string
	Home    string // the user's home directory; "" if there is none
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
	Now     func() time.Time
	OS      string // runtime.GOOS
	LocalTZ func() string
}

// System is the real environment.
func System() Env {
	home, _ := os.UserHomeDir()
	return Env{
		Args: os.Args[1:], Getenv: os.Getenv, Home: home,
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Now: time.Now, OS: runtime.GOOS, LocalTZ: systemZone,
	}
}

// isTerminal reports whether a stream is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(f.Fd())
}

// terminalWidth is the width of a terminal in cells, or 0 for anything else.
func terminalWidth(stream any) int {
	f, ok := stream.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(f.Fd())
	if err != nil {
		return 0
	}
	return width
}

// clock returns the clock: TOKPIT_NOW if it is set, else the given default
// (zero for the real time).
func (e *Env) clock(fallback time.Time) (func() time.Time, error) {
	text := e.Getenv("TOKPIT_NOW")
	if text == "" {
		if fallback.IsZero() {
			return e.Now, nil
		}
		return func() time.Time { return fallback }, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.Year() < 2000 || t.Year() > 2999 {
		return nil, hint(fmt.Errorf("TOKPIT_NOW is %q", clip(text)), "give an instant such as 2026-11-20T15:00:00Z, or unset it")
	}
	return func() time.Time { return t.UTC() }, nil
}

// dataDir is where the store lives: the XDG data directory, also on macOS,
// where people who work in terminals expect it; %LocalAppData% on Windows.
func (e *Env) dataDir() (string, error) {
	return e.userDir("XDG_DATA_HOME", "LocalAppData", ".local", "share")
}

// configDir is where the configuration file lives.
func (e *Env) configDir() (string, error) {
	return e.userDir("XDG_CONFIG_HOME", "AppData", ".config")
}

func (e *Env) userDir(xdg, windows string, under ...string) (string, error) {
	if dir := e.Getenv(xdg); filepath.IsAbs(dir) { // the XDG rules ignore relative ones
		return filepath.Join(dir, "tokpit"), nil
	}
	if e.OS == "windows" {
		if dir := e.Getenv(windows); dir != "" {
			return filepath.Join(dir, "tokpit"), nil
		}
	}
	if e.Home == "" {
		return "", hint(fmt.Errorf("there is no home directory and %s is not set", xdg), "set HOME, or give the file with --store")
	}
	return filepath.Join(append(append([]string{e.Home}, under...), "tokpit")...), nil
}

// systemZone returns the IANA name of the machine's zone, or "" if it cannot
// be found out.
func systemZone() string {
	if tz := strings.TrimPrefix(os.Getenv("TZ"), ":"); tz != "" {
		if _, err := time.LoadLocation(tz); err == nil && tz != "Local" {
			return tz
		}
	}
	target, err := os.Readlink("/etc/localtime")
	if err != nil {
		b, err := os.ReadFile("/etc/timezone")
		if err != nil {
			return ""
		}
		target = "zoneinfo/" + strings.TrimSpace(string(b))
	}
	if _, name, ok := strings.Cut(target, "zoneinfo/"); ok {
		name = strings.TrimPrefix(strings.TrimPrefix(name, "posix/"), "right/")
		if name == "Etc/UTC" || name == "Etc/UCT" || name == "UCT" {
			return "UTC"
		}
		if _, err := time.LoadLocation(name); err == nil {
			return name
		}
	}
	return ""
}

// clip shortens outside text for a message.
func clip(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}
