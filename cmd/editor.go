package cmd

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"tokpit/tui/estimate"
)

// A text that is edited in the person's own editor has to be a file for that
// time. It is the only moment at which a prompt is not in memory alone, so the
// file lies where it does not stay:
//
//   - in $XDG_RUNTIME_DIR, which belongs to the person, lies in memory on most
//     systems and is emptied at the end of the session; else in the directory for
//     temporary files;
//   - in a folder of its own (0700), so that what the editor puts beside it, such
//     as a swap file, goes with it; the file itself is 0600;
//   - the folder is removed when the editor ends. If this program is killed
//     before, the next cockpit, or the next edit, removes it: its name has the
//     process it belongs to.
//
// What the editor keeps elsewhere, such as a history of undo, is its own affair.

// editPrefix begins the names of folders with a text that is being edited; the
// process follows.
const editPrefix = "tokpit-edit-"

// editing is a text in an editor.
type editing struct {
	*exec.Cmd
	dir, path string
}

var _ estimate.Editing = (*editing)(nil)

// Edit implements estimate.Desk.
func (p prompter) Edit(text []byte) (estimate.Editing, error) {
	p.app.env.sweepEdits()
	dir, err := os.MkdirTemp(p.app.env.runtimeDir(), editPrefix+strconv.Itoa(os.Getpid())+"-*") // mode 0700
	if err != nil {
		return nil, withHint(hint(errors.New("no place for a file to edit"), "type or paste the text, or open a file"))
	}
	e := &editing{dir: dir, path: filepath.Join(dir, "prompt.md")}
	if err := os.WriteFile(e.path, text, 0o600); err != nil {
		_ = os.RemoveAll(dir)
		return nil, withHint(errors.New("the file to edit cannot be written"))
	}
	e.Cmd = p.app.env.editor(e.path)
	return e, nil
}

// editor is the command that edits a file. As for git, $VISUAL and $EDITOR may
// have arguments and quotes.
func (e *Env) editor(path string) *exec.Cmd {
	name := e.Getenv("VISUAL")
	if name == "" {
		name = e.Getenv("EDITOR")
	}
	if e.OS == "windows" {
		words := strings.Fields(name)
		if len(words) == 0 {
			words = []string{"notepad"}
		}
		return exec.Command(words[0], append(words[1:], path)...)
	}
	if strings.TrimSpace(name) == "" {
		name = "vi"
	}
	return exec.Command("/bin/sh", "-c", name+` "$@"`, "editor", path)
}

// SetStdin implements tea.ExecCommand.
func (e *editing) SetStdin(r io.Reader) { e.Stdin = r }

// SetStdout implements tea.ExecCommand.
func (e *editing) SetStdout(w io.Writer) { e.Stdout = w }

// SetStderr implements tea.ExecCommand.
func (e *editing) SetStderr(w io.Writer) { e.Stderr = w }

// Run implements tea.ExecCommand.
func (e *editing) Run() error {
	if err := e.Cmd.Run(); err != nil {
		return withHint(hint(fmt.Errorf("the editor ended with: %w", err), "set $EDITOR to the one that you use"))
	}
	return nil
}

// Result implements estimate.Editing.
func (e *editing) Result() ([]byte, error) {
	defer os.RemoveAll(e.dir)
	f, err := os.Open(e.path)
	if err != nil {
		return nil, errors.New("the editor has left no file")
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxPrompt+1))
	switch {
	case err != nil:
		return nil, errors.New("the file that was edited cannot be read")
	case len(text) > maxPrompt:
		return nil, fmt.Errorf("the text is larger than %d MB now", maxPrompt>>20)
	}
	return text, nil
}

// runtimeDir is where a file lies that must not stay.
func (e *Env) runtimeDir() string {
	if dir := e.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return dir
		}
	}
	return os.TempDir()
}

// sweepEdits removes what programs that were killed have left.
func (e *Env) sweepEdits() {
	for _, dir := range []string{e.runtimeDir(), os.TempDir()} {
		found, _ := filepath.Glob(filepath.Join(dir, editPrefix+"*"))
		for _, path := range found {
			info, err := os.Lstat(path)
			owner, _, ok := strings.Cut(strings.TrimPrefix(filepath.Base(path), editPrefix), "-")
			pid, notPid := strconv.Atoi(owner)
			if err == nil && info.IsDir() && ok && notPid == nil && !running(pid) {
				_ = os.RemoveAll(path) // of another person: it stays
			}
		}
	}
}

// running reports whether a process may be there.
func running(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil || pid <= 0 {
		return false
	}
	err = p.Signal(syscall.Signal(0))
	return err == nil || errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EPERM)
}
