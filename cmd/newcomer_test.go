package cmd

import (
	"os"
	"path/filepath"
	"testing"
)

// The tour is offered once to each person, and to nobody whom nothing can
// remember.
func TestNewcomer(t *testing.T) {
	state := t.TempDir()
	env := &Env{Home: t.TempDir(), OS: "linux", Getenv: func(name string) string {
		if name == "XDG_STATE_HOME" {
			return state
		}
		return ""
	}}
	n := newNewcomer(env)
	if !n.New() {
		t.Fatal("not new at first")
	}
	if err := n.Met(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n.New() || newNewcomer(env).New() {
		t.Error("offered twice")
	}
	if _, err := os.Stat(filepath.Join(state, "tokpit", "tour-offered")); err != nil {
		t.Error(err)
	}
	if newNewcomer(&Env{OS: "linux", Getenv: func(string) string { return "" }}).New() {
		t.Error("asked each time")
	}
}
