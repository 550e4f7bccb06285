// Package droid reads what Factory's Droid keeps of its sessions.
//
// Droid keeps two files for a session below .factory/sessions: what was said, in
// <session>.jsonl, and <session>.settings.json, whose tokenUsage is the sum of all
// that the session has used. Only the sum counts; neither the other file, nor what
// `droid exec` prints (stream-json), has any counts. The rules:
//
//   - What counts is how much the sums have grown since they were read last. A
//     session that is read each day has figures of each day; one that is read
//     late has all of them on its last day. How many requests that were is not
//     known.
//   - Sums that have become smaller in the same file began anew: all of them
//     count. In another file of the same session they are an earlier copy of it,
//     and say nothing.
//   - Input leaves out what the cache served and stored. Thinking stands beside
//     output, and is added, unless a total says that it is part of it. No account
//     of Factory's says which it is; this is how the other readers of these files
//     take it.
//   - The sums have no time. It is that of the last thing said, else, the first
//     time, of when the session chose its provider, else of when the file was
//     written.
//   - Models run by Factory are billed by Factory; those of the user's own
//     ("custom:") by the provider that the session is locked to. Prices of the
//     models' vendors are an estimate of the former.
package droid

import (
	"context"
	"path/filepath"
	"strings"

	"tokpit/usage"
	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
)

// Name is the source's name.
const Name = "droid"

// Options says where to look and how.
type Options = agentlog.Options

// Source is Droid's sessions on this machine. It implements [usage.Source].
type Source struct{ logs agentlog.Logs }

// suffix of the files that hold sums; what was said is beside them.
const suffix = ".settings.json"

// New returns the source.
func New(o Options) *Source {
	var roots []jsonl.Root
	if dir, why := o.Dir("FACTORY_DIR", ".factory"); dir != "" {
		roots = []jsonl.Root{{Path: filepath.Join(dir, "sessions"), Why: why}}
	}
	tree := o.Tree(Name, roots)
	tree.Documents = true
	tree.Accept = func(path string) bool { return strings.HasSuffix(path, suffix) }
	tree.Decoder = func() jsonl.Decoder { return &decoder{now: o.Clock(), projects: jsonl.Projects{Home: o.Home}} }
	return &Source{agentlog.Logs{Tree: tree}}
}

// Name implements [usage.Source].
func (s *Source) Name() string { return Name }

// Roots returns the directories that are looked in, whether they are there or
// not.
func (s *Source) Roots() []string { return s.logs.Roots() }

// Pull implements [usage.Source]: it emits by how much sessions have grown.
func (s *Source) Pull(ctx context.Context, cursors usage.Cursors, emit func(usage.Batch) error) (usage.Report, error) {
	l := ledger{before: cursors, set: map[string][]byte{}}
	return s.logs.Pull(ctx, cursors, func(b usage.Batch) error {
		l.settle(&b)
		return emit(b)
	})
}
