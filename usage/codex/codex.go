// Package codex reads the logs (rollouts) that the Codex CLI keeps of its
// conversations.
//
// Codex appends rows to sessions/YYYY/MM/DD/rollout-<time>-<id>.jsonl and may
// move the file to archived_sessions. Two kinds of rows say what was used:
//
//   - token_usage_record, since late 2026: one request, with the provider's
//     response id. It is preferred.
//   - event_msg/token_count: a cumulative total and the last request's usage.
//     The same event is repeated whenever rate limits refresh, so what counts
//     is how the total grew, not the last usage.
//
// # From totals to requests
//
// A total belongs to a counter. Counters of several threads can alternate in
// one file, and a resumed or compacted conversation can start a new one, so
// the reader keeps the last few counters it saw ([counters]) and asks of each
// new total, in this order:
//
//  1. Is it a counter's total? Then it is a repetition, and nothing is counted.
//  2. Is it a counter's total plus the last usage? Then it is one request.
//  3. Is it the last usage itself? Then a new counter began: one request.
//  4. Has the latest counter grown in every class? Then the step covers
//     several requests: its usage counts, its context is unknown.
//  5. Otherwise the row belongs to a counter that was never seen from its
//     start. Only the last usage counts, and the counter is remembered.
//
// The first total of a fork that is more than its last usage is of kind 5: the
// rest is its parent's. A total whose classes are all zero starts a counter
// and counts nothing (Codex writes one when the context window overflows).
//
// # Forks
//
// A fork or a sub-agent begins with a copy of its parent's history, in which
// all timestamps are rewritten to the time of copying. Its records must get
// the ids that the parent's got. So the id of a counted total is a hash chain
// over all totals counted before it in the file, and the chain starts from the
// id of the family's oldest known ancestor ([lineage]); the family is known
// from forked_from_id, and remembered when logs are deleted. Copies fold into
// one record that the earliest copy owns: the parent's. While the parent's log
// is not known, the fork's records are flagged [usage.FlagParentMissing].
//
// A log that arrives late can change a family's oldest ancestor, or clear that
// flag. The files concerned are then read again, and records under ids that
// are no longer right are taken back ([usage.Batch.Removed]). That needs the
// files: a fork of a fork that was read, and deleted, before the log between
// it and its ancestor turned up keeps what it had copied.
//
// # Windows
//
// Events also say how much of the plan's allowances is used, and when these
// begin anew. The latest that any log says of each is the source's standing
// ([usage.Window]); a fork's copies of what its parent was told are no news.
//
// # What else
//
// Input includes cached tokens and cache writes, and output includes
// reasoning; records get disjoint classes. The model is the one that the event
// names, else the last turn_context's; models that are named in instructions
// are not looked at. The service tier is that of the last
// thread_settings_applied. Rows of type turn.completed, which the program's
// own JSON output has and rollouts do not, are not counted: their usage is
// sometimes a turn's and sometimes the thread's. Rollouts from before
// September 2025 have no counts at all.
package codex

import (
	"context"
	"path/filepath"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/jsonl"
)

// Name is the source's name.
const Name = "codex"

// Options says where to look and how.
type Options struct {
	Home     string                     // the user's home directory
	Getenv   func(string) string        // the environment; nil is an empty one
	Now      func() time.Time           // the clock; nil is the system's
	Workers  int                        // reading goroutines; 0 is one per processor
	Progress func(done, total, b int64) // files done and to read, bytes; may be nil
}

// Source is the Codex CLI's logs on this machine. It implements
// [usage.Source].
type Source struct{ tree jsonl.Tree }

// New returns the source.
func New(o Options) *Source {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Source{jsonl.Tree{Source: Name, Roots: roots(o), Now: o.Now, Workers: o.Workers, Progress: o.Progress,
		Decoder: func() jsonl.Decoder { return &decoder{projects: jsonl.Projects{Home: o.Home}} }}}
}

// Name returns [Name].
func (s *Source) Name() string { return Name }

// Roots returns the directories that are looked in, whether they are there or
// not.
func (s *Source) Roots() []string {
	var paths []string
	for _, r := range s.tree.Roots {
		paths = append(paths, r.Path)
	}
	return paths
}

// Pull emits what is new in the logs.
func (s *Source) Pull(ctx context.Context, cursors usage.Cursors, emit func(usage.Batch) error) (usage.Report, error) {
	tree, family, home := s.tree, newLineage(), s.tree.Decoder
	tree.Planner = family
	tree.Decoder = func() jsonl.Decoder {
		d := home().(*decoder)
		d.family = family
		return d
	}
	return tree.Pull(ctx, cursors, emit)
}

func roots(o Options) []jsonl.Root {
	home, why := "", "default"
	if o.Getenv != nil {
		if home = o.Getenv("CODEX_HOME"); home != "" {
			why = "CODEX_HOME"
		}
	}
	if home == "" {
		if o.Home == "" {
			return nil
		}
		home = filepath.Join(o.Home, ".codex")
	}
	return []jsonl.Root{{Path: filepath.Join(home, "sessions"), Why: why}, {Path: filepath.Join(home, "archived_sessions"), Why: why}}
}
