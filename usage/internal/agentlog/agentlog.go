// Package agentlog is what the readers of agents' logs share beside the files
// themselves: where to look, how to read a field, and how a record is made.
package agentlog

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/jsonl"
)

// Options says where to look and how.
type Options struct {
	Home     string                     // the user's home directory
	Getenv   func(string) string        // the environment; nil is an empty one
	Now      func() time.Time           // the clock; nil is the system's
	Workers  int                        // reading goroutines; 0 is one per processor
	Progress func(done, total, b int64) // files done and to read, bytes; may be nil
}

// Env returns a variable of the environment.
func (o *Options) Env(name string) string {
	if o.Getenv == nil {
		return ""
	}
	return o.Getenv(name)
}

// Clock returns the clock.
func (o *Options) Clock() func() time.Time {
	if o.Now == nil {
		return time.Now
	}
	return o.Now
}

// Expand replaces a leading ~, which a shell leaves alone inside quotes.
func (o *Options) Expand(dir string) string {
	if rest, ok := strings.CutPrefix(dir, "~"); ok && o.Home != "" && (rest == "" || rest[0] == '/') {
		return o.Home + rest
	}
	return dir
}

// Dir is the directory that a variable names, or else one below the home
// directory; "" if neither is known. Why says which it was.
func (o *Options) Dir(variable string, below ...string) (dir, why string) {
	if dir = o.Env(variable); dir != "" {
		return filepath.Clean(o.Expand(dir)), variable
	}
	if o.Home == "" {
		return "", "default"
	}
	return filepath.Join(append([]string{o.Home}, below...)...), "default"
}

// Data is the directory of the user's data, as XDG has it.
func (o *Options) Data() (dir, why string) {
	if xdg := o.Env("XDG_DATA_HOME"); filepath.IsAbs(xdg) {
		return filepath.Clean(xdg), "XDG_DATA_HOME"
	}
	if o.Home == "" {
		return "", "default"
	}
	return filepath.Join(o.Home, ".local", "share"), "default"
}

// Tree returns a tree of logs that is read as the options say.
func (o *Options) Tree(source string, roots []jsonl.Root) jsonl.Tree {
	return jsonl.Tree{Source: source, Roots: roots, Now: o.Clock(), Workers: o.Workers, Progress: o.Progress}
}

// Logs is a source that is nothing but a tree of logs.
type Logs struct{ Tree jsonl.Tree }

// Name implements [usage.Source].
func (l *Logs) Name() string { return l.Tree.Source }

// Roots returns the directories that are looked in, whether they are there or
// not.
func (l *Logs) Roots() []string {
	var paths []string
	for _, r := range l.Tree.Roots {
		paths = append(paths, r.Path)
	}
	return paths
}

// Pull implements [usage.Source]: it emits what is new in the logs.
func (l *Logs) Pull(ctx context.Context, cursors usage.Cursors, emit func(usage.Batch) error) (usage.Report, error) {
	return l.Tree.Pull(ctx, cursors, emit)
}
