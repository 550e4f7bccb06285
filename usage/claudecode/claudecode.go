// Package claudecode reads the logs that Claude Code keeps of its
// conversations.
//
// Claude Code appends a row to projects/<directory>/<session>.jsonl for
// everything that happens, and deletes the file a month later. Rows of the
// model's responses carry message.usage, which is what the API said. The rules
// for turning them into records:
//
//   - A response is logged in several rows (one for each block of content, the
//     early ones with a partial count), and again in resumed and branched
//     sessions and in side conversations. All are copies with one message id,
//     whatever their request id; [usage.Fold] keeps one.
//   - Rows without a type but with a message count: old builds and other
//     programs wrote such. Rows of type "progress" hold a sub-agent's row in
//     data.message. A tool result's toolUseResult.usage is a sum over rows that
//     are logged elsewhere, and never counts.
//   - Input tokens leave out what the cache served or stored. The nested
//     cache_creation tells five-minute from one-hour entries and wins over the
//     flat cache_creation_input_tokens, which alone means five minutes.
//   - usage.iterations of type "compaction" are passes that the top level
//     leaves out, and that are billed; they are added. The record then stands
//     for several requests.
//   - A web search is a quantity, with a price of its own. A web fetch is not:
//     the API charges nothing for it beyond the tokens, so as a quantity it
//     would only ever be unpriced.
//   - "speed":"fast" is the service tier "fast"; "service_tier":"standard" is
//     the ordinary one. An inference_geo is a region unless it says nowhere in
//     particular.
//   - <synthetic> rows are the program's own messages. A row without tokens and
//     quantities is no usage.
//
// Output counts of some builds are known to be low (their rows were written
// before the response ended), so these figures are a lower bound.
package claudecode

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/jsonl"
)

// Name is the source's name.
const Name = "claude-code"

// Options says where to look and how.
type Options struct {
	Home     string                     // the user's home directory
	Getenv   func(string) string        // the environment; nil is an empty one
	Now      func() time.Time           // the clock; nil is the system's
	Workers  int                        // reading goroutines; 0 is one per processor
	Progress func(done, total, b int64) // files done and to read, bytes; may be nil
}

// Source is Claude Code's logs on this machine. It implements [usage.Source].
type Source struct{ tree jsonl.Tree }

// New returns the source.
func New(o Options) *Source {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Source{jsonl.Tree{
		Source: Name, Roots: roots(o), Accept: accept, Now: o.Now, Workers: o.Workers, Progress: o.Progress,
		Decoder: func() jsonl.Decoder { return &decoder{projects: jsonl.Projects{Home: o.Home}} },
	}}
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
	return s.tree.Pull(ctx, cursors, emit)
}

// roots finds the directories of projects: those that CLAUDE_CONFIG_DIR names
// (Claude Code takes one, its companions take a list with commas), or else
// both of the places that versions have used.
func roots(o Options) []jsonl.Root {
	env := func(name string) string {
		if o.Getenv == nil {
			return ""
		}
		return o.Getenv(name)
	}
	var out []jsonl.Root
	for dir := range strings.SplitSeq(env("CLAUDE_CONFIG_DIR"), ",") {
		if dir = strings.TrimSpace(dir); dir != "" {
			out = append(out, jsonl.Root{Path: projectsIn(expand(dir, o.Home)), Why: "CLAUDE_CONFIG_DIR"})
		}
	}
	if out != nil {
		return out
	}
	if xdg := env("XDG_CONFIG_HOME"); filepath.IsAbs(xdg) {
		out = append(out, jsonl.Root{Path: filepath.Join(xdg, "claude", "projects"), Why: "XDG_CONFIG_HOME"})
	} else if o.Home != "" {
		out = append(out, jsonl.Root{Path: filepath.Join(o.Home, ".config", "claude", "projects"), Why: "default"})
	}
	if o.Home != "" {
		out = append(out, jsonl.Root{Path: filepath.Join(o.Home, ".claude", "projects"), Why: "default"})
	}
	return out
}

func projectsIn(dir string) string {
	if dir = filepath.Clean(dir); filepath.Base(dir) == "projects" {
		return dir
	}
	return filepath.Join(dir, "projects")
}

// expand replaces a leading ~, which a shell leaves alone inside quotes.
func expand(dir, home string) string {
	if rest, ok := strings.CutPrefix(dir, "~"); ok && home != "" && (rest == "" || rest[0] == '/') {
		return home + rest
	}
	return dir
}

// accept leaves out the journals of workflows, which are no conversations.
func accept(path string) bool {
	if filepath.Base(path) != "journal.jsonl" {
		return true
	}
	return !strings.Contains(filepath.ToSlash(path), "/subagents/")
}
