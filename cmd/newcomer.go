package cmd

import (
	"context"
	"os"
	"path/filepath"
)

// newcomer remembers in a file of the state directory, not in the store, that the
// tour was offered: it is about the person at this machine, not about the data.
type newcomer struct{ file string }

// newNewcomer returns one; without a place to remember nobody is new, so that
// nobody is asked each time.
func newNewcomer(env *Env) newcomer {
	dir, err := env.userDir("XDG_STATE_HOME", "LocalAppData", ".local", "state")
	if err != nil {
		return newcomer{}
	}
	return newcomer{filepath.Join(dir, "tour-offered")}
}

// New implements tui.Newcomer.
func (n newcomer) New() bool {
	if n.file == "" {
		return false
	}
	_, err := os.Stat(n.file)
	return os.IsNotExist(err)
}

// Met implements tui.Newcomer.
func (n newcomer) Met(context.Context) error {
	if err := os.MkdirAll(filepath.Dir(n.file), 0o700); err != nil {
		return err
	}
	return os.WriteFile(n.file, nil, 0o600)
}
