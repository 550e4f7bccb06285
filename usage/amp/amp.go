// Package amp reads the threads that Amp keeps of its conversations.
//
// Amp keeps a thread in a file of its own, amp/threads/T-*.json in the user's
// data, and writes it anew each time. What it used stands there twice, and one
// account counts:
//
//   - usageLedger.events, where there are any that count: each is one request,
//     with the tokens that were read and written. Which part a cache had is only
//     said by the message that the event led to (toMessageId), so that the event
//     takes it from there, once.
//   - Else the usage of the messages: input leaves out what the cache served and
//     stored, which stand beside it, and totalInputTokens is the sum of the three.
//
// Output includes thinking. A request is named by the instant, model and counts
// of its message, so that a thread that got a ledger later, or a copy of a
// thread, says nothing twice; an event that leads to no message is named by its
// own id. Counts belong to one request; nothing is cumulative.
//
// Credits are Amp's own unit, not dollars, and are not kept. Amp bills what it
// serves itself, so the provider is "amp": the prices of the models' vendors are
// an estimate of it. The project is the first directory of the thread.
package amp

import (
	"path/filepath"
	"strings"

	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
)

// Name is the source's name.
const Name = "amp"

// Options says where to look and how.
type Options = agentlog.Options

// Source is Amp's threads on this machine. It implements [usage.Source].
type Source struct{ agentlog.Logs }

// New returns the source.
func New(o Options) *Source {
	var roots []jsonl.Root
	if dir, why := o.Data(); dir != "" {
		roots = []jsonl.Root{{Path: filepath.Join(dir, "amp", "threads"), Why: why}}
	}
	tree := o.Tree(Name, roots)
	tree.Documents = true
	tree.Accept = func(path string) bool {
		name := filepath.Base(path)
		return strings.HasPrefix(name, "T-") && strings.HasSuffix(name, ".json")
	}
	tree.Decoder = func() jsonl.Decoder { return &decoder{projects: jsonl.Projects{Home: o.Home}} }
	return &Source{agentlog.Logs{Tree: tree}}
}
