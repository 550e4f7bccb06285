package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// PermissionsChecked reports whether [ResolveSecret] can tell who may read a
// file. On Windows it cannot: there the file is taken as it is.
func PermissionsChecked() bool { return runtime.GOOS != "windows" }

// file reads a key file. What is checked is the file that was opened, so that
// nobody can exchange it in between.
func (q *query) file() (string, error) {
	path, err := q.path()
	if err != nil {
		return "", err
	}
	f, err := openFile(path)
	switch {
	case errors.Is(err, errLink):
		return "", q.fail("it is a symbolic link", "name the file that it leads to")
	case errors.Is(err, fs.ErrNotExist):
		return "", q.fail("there is no such file", "check the path; for example file:~/.config/tokpit/openai.key")
	case errors.Is(err, fs.ErrPermission):
		return "", q.fail("you may not read it", "chown it to yourself and chmod 600 it")
	case err != nil:
		return "", q.fail("it cannot be opened", "check the path")
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return "", q.fail("it cannot be looked at", "check the path")
	case !info.Mode().IsRegular():
		return "", q.fail("it is not a regular file", "name a file that holds nothing but the key")
	case PermissionsChecked() && !owned(info):
		return "", q.fail("it belongs to another user", "make it your own: chown it to yourself, then chmod 600")
	case PermissionsChecked() && info.Mode().Perm()&^0o600 != 0:
		return "", q.fail(fmt.Sprintf("others on this machine may read it (mode %04o)", info.Mode().Perm()), "run: chmod 600 "+path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKey+1))
	if err != nil {
		return "", q.fail("it cannot be read", "check the file")
	}
	value := strings.TrimSuffix(string(text), "\n") // files end in one
	return strings.TrimSuffix(value, "\r"), nil
}

// path expands "~/" and wants an absolute path: a connection outlives the
// folder that it was added in.
func (q *query) path() (string, error) {
	path := filepath.FromSlash(q.rest)
	if rest, ok := strings.CutPrefix(path, "~"+string(os.PathSeparator)); ok {
		if q.env.Home == "" {
			return "", q.fail("there is no home directory", "give the full path")
		}
		path = filepath.Join(q.env.Home, rest)
	}
	if !filepath.IsAbs(path) {
		return "", q.fail("the path is not absolute", "give the full path, or one that begins with ~/")
	}
	return filepath.Clean(path), nil
}

var errLink = errors.New("symbolic link")
