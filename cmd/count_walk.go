package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"tokpit/cmd/gitignore"
	"tokpit/internal/clean"
)

// node is a file or folder of a tree, with what is below it.
type node struct {
	name string
	tally
	files    int64 // that were counted
	children []*node
	dir      bool

	// Of the tree's top only.
	binary, links, ignored int64
	faults                 []error
}

const (
	// probe is how much of a file decides whether it is binary: as git does, one
	// with a zero byte there is.
	probe = 8000
	// maxRules is the largest .gitignore that is read, in bytes.
	maxRules = 4 << 20
	// deepestFolder bounds the depth of a tree.
	deepestFolder = 200
)

// walker counts the files of a tree on all cores.
type walker struct {
	counter  *counter
	noIgnore bool
	top      *node
	jobs     chan job
	mu       sync.Mutex // guards what jobs write in top
}

type job struct {
	path string
	node *node
}

// folder counts all files below a folder.
func (k *counter) folder(ctx context.Context, path string, noIgnore bool) (*node, error) {
	w := &walker{counter: k, noIgnore: noIgnore, top: &node{name: path, dir: true}, jobs: make(chan job, 64)}
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for j := range w.jobs {
				w.count(ctx, j)
			}
		})
	}
	var rules *gitignore.Folder
	if !noIgnore {
		rules = above(path)
	}
	err := w.read(ctx, path, w.top, rules, 0)
	close(w.jobs)
	workers.Wait()
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	w.top.sum()
	return w.top, nil
}

// read lists a folder. Only that of the top failing is an error.
func (w *walker) read(ctx context.Context, path string, n *node, rules *gitignore.Folder, depth int) error {
	entries, err := os.ReadDir(path)
	if err != nil && depth == 0 {
		return readError(path, err)
	}
	if err != nil {
		w.fault(readError(path, err))
	}
	for _, e := range entries {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		name, child := e.Name(), filepath.Join(path, e.Name())
		switch {
		case vcs(name, e.IsDir()):
		case rules != nil && rules.Ignored(name, e.IsDir()):
			w.top.ignored++
		case e.IsDir():
			sub := &node{name: name, dir: true}
			if depth >= deepestFolder {
				w.fault(fmt.Errorf("%s: too many folders in each other", clean.Limit(child, 4096)))
				continue
			}
			n.children = append(n.children, sub)
			var below *gitignore.Folder
			if rules != nil {
				below = rules.Enter(name, ignoreFile(child))
			}
			if err := w.read(ctx, child, sub, below, depth+1); err != nil {
				return err
			}
		case e.Type()&fs.ModeSymlink != 0:
			w.top.links++
		case e.Type().IsRegular():
			leaf := &node{name: name}
			n.children = append(n.children, leaf)
			w.jobs <- job{child, leaf}
		}
	}
	return nil
}

// vcs reports whether an entry is what a version control system keeps for itself.
func vcs(name string, dir bool) bool {
	return name == ".git" || dir && (name == ".hg" || name == ".svn" || name == ".jj")
}

// count counts one file, unless it is binary.
func (w *walker) count(ctx context.Context, j job) {
	f, err := os.Open(j.path)
	if err == nil {
		defer f.Close()
		head := make([]byte, probe)
		n, e := io.ReadFull(f, head)
		head = head[:n]
		switch {
		case e != nil && e != io.EOF && e != io.ErrUnexpectedEOF:
			err = e
		case bytes.IndexByte(head, 0) >= 0:
			w.mu.Lock()
			w.top.binary++
			w.mu.Unlock()
			return
		default:
			j.node.tally, err = w.counter.count(ctx, io.MultiReader(bytes.NewReader(head), f))
		}
	}
	if err != nil {
		w.fault(readError(j.path, err))
		return
	}
	j.node.files = 1
}

func (w *walker) fault(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.top.faults = append(w.top.faults, err)
}

// ignoreFile reads a folder's .gitignore. Git does not follow one that is a link.
func ignoreFile(dir string) []byte { return rulesIn(filepath.Join(dir, ".gitignore")) }

func rulesIn(path string) []byte {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxRules))
	if err != nil {
		return nil
	}
	return text
}

// above returns the rules that hold in a folder: those of the repository that it
// lies in, from its top down, or its own if it lies in none. A folder that is
// asked for is counted even if the rules above it leave it out.
func above(path string) *gitignore.Folder {
	full, err := filepath.Abs(path)
	if err != nil {
		return gitignore.Top(ignoreFile(path))
	}
	var below []string // names from the repository's top down, the last one first
	top := full
	for {
		if _, err := os.Lstat(filepath.Join(top, ".git")); err == nil {
			break
		}
		parent := filepath.Dir(top)
		if parent == top { // no repository
			return gitignore.Top(ignoreFile(full))
		}
		below = append(below, filepath.Base(top))
		top = parent
	}
	rules := gitignore.Top(rulesIn(filepath.Join(top, ".git", "info", "exclude")), ignoreFile(top))
	for i := len(below) - 1; i >= 0; i-- {
		top = filepath.Join(top, below[i])
		rules = rules.Enter(below[i], ignoreFile(top))
	}
	return rules
}

// sum adds up what is below and drops what was not counted.
func (n *node) sum() {
	var kept []*node
	for _, c := range n.children {
		if c.dir {
			c.sum()
		}
		if c.files > 0 {
			kept = append(kept, c)
			n.tally = n.add(c.tally)
			n.files += c.files
		}
	}
	n.children = kept
}

// remarks are what a person should know about a tree.
func (n *node) remarks(name string) []string {
	var out []string
	skipped := func(k int64, what string) {
		if k > 0 {
			out = append(out, fmt.Sprintf("%s: %s left out", name, are(k, what)))
		}
	}
	skipped(n.binary, "binary file")
	skipped(n.links, "symbolic link")
	skipped(n.ignored, "ignored entry")
	return out
}

// err is what could not be read.
func (n *node) err() error { return errors.Join(n.faults...) }
