package jsonl

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"tokpit/usage"
)

// file is what a stat says about a log.
type file struct {
	path  string
	size  int64
	mtime int64 // ns since 1970
	id    identity
}

// identity tells files apart whatever their names; zero where the system has
// no such thing.
type identity struct{ dev, ino uint64 }

// problem is something in the tree that should be a log and cannot be read.
type problem struct{ path, reason string }

type finding struct {
	files    []file
	problems []problem
	places   []usage.Place
}

// finder walks the roots. Links to directories are not followed, so a walk
// ends whatever the links say; a file that can be reached twice is found once.
type finder struct {
	ctx    context.Context
	accept func(path string) bool
	docs   bool // files named *.json, too
	seen   map[identity]bool
	finding
}

func (t *Tree) find(ctx context.Context) finding {
	f := finder{ctx: ctx, accept: t.Accept, docs: t.Documents, seen: make(map[identity]bool)}
	for _, root := range t.Roots {
		root.Path = filepath.Clean(root.Path)
		place := usage.Place{Path: root.Path, Why: root.Why}
		before := len(f.files)
		if fi, err := os.Stat(root.Path); err == nil {
			place.Found = true
			if fi.Mode().IsRegular() {
				f.regular(root.Path, fi)
			} else if id := identify(fi); id == (identity{}) || !f.seen[id] {
				f.seen[id] = true
				place.Err = f.walk(root.Path, 0)
			}
		} else if !errors.Is(err, fs.ErrNotExist) {
			place.Err = err
		}
		place.Files = int64(len(f.files) - before)
		f.places = append(f.places, place)
	}
	return f.finding
}

func (f *finder) walk(dir string, depth int) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if f.ctx.Err() != nil {
			return nil
		}
		path := dir + string(filepath.Separator) + e.Name()
		if e.IsDir() {
			f.directory(path, depth+1)
		} else if f.named(path) && (f.accept == nil || f.accept(path)) {
			f.entry(path, e)
		}
	}
	return err
}

// named reports whether a file's name is that of a log.
func (f *finder) named(path string) bool {
	return strings.HasSuffix(path, ".jsonl") || f.docs && isDocument(path)
}

// isDocument reports whether a log is one JSON text, not lines of them.
func isDocument(path string) bool { return strings.HasSuffix(path, ".json") }

func (f *finder) directory(path string, depth int) {
	if strings.HasSuffix(path, ".jsonl") {
		f.trouble(path, "a directory where a log should be")
	}
	if depth > maxDepth {
		f.trouble(path, "nested too deeply")
		return
	}
	if err := f.walk(path, depth); err != nil && !errors.Is(err, fs.ErrNotExist) {
		f.trouble(path, "cannot be read: "+cause(err))
	}
}

func (f *finder) entry(path string, e fs.DirEntry) {
	fi, err := e.Info()
	if err == nil && fi.Mode()&fs.ModeSymlink != 0 {
		fi, err = os.Stat(path)
	} else if errors.Is(err, fs.ErrNotExist) {
		return // deleted since the directory was read
	}
	switch {
	case err != nil:
		f.trouble(path, "cannot be read: "+cause(err))
	case fi.IsDir():
		f.trouble(path, "a link to a directory, which is not followed")
	case !fi.Mode().IsRegular():
		f.trouble(path, "not a regular file")
	default:
		f.regular(path, fi)
	}
}

// regular adds a file that has not been found before.
func (f *finder) regular(path string, fi fs.FileInfo) {
	id := identify(fi)
	if id != (identity{}) {
		if f.seen[id] {
			return
		}
		f.seen[id] = true
	}
	f.files = append(f.files, file{path, fi.Size(), fi.ModTime().UnixNano(), id})
}

func (f *finder) trouble(path, reason string) {
	f.problems = append(f.problems, problem{path, reason})
}

// cause is the innermost reason of a file error, without paths.
func cause(err error) string {
	var no syscall.Errno
	if errors.As(err, &no) {
		return no.Error()
	}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}
