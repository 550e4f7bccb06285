// Package opencode reads what opencode keeps of its conversations.
//
// opencode keeps messages in a database, opencode.db (or opencode-<channel>.db),
// and kept them before in storage/message/<session>/msg_*.json. In both, a
// message of the role "assistant" says in its tokens what one response used.
// The rules:
//
//   - Input leaves out what the cache served and stored, and output leaves out
//     thinking (reasoning), which is billed as output: it is added. A total that
//     says otherwise decides; one that nothing fits is flagged.
//   - A message grows while it is written, and is final when it is completed.
//     Forked conversations copy messages under new ids, with the times and
//     counts of the original: so a completed message is named by a hash of
//     those, and both copies, and the one in the other kind of storage, are one
//     response. A message that never was completed is named by its own id.
//   - cost is opencode's own figure in dollars. 0 says that it knows no price
//     or that a subscription pays, not that it was free; it is left out.
//   - Newer versions may keep messages in session_message, with the model's
//     name and provider inside an object; both tables are read.
//   - The provider is the one that opencode names. The project is the directory
//     that the message worked in; an agent is named if its session has a parent.
//
// opencode does not record every request (the one that names a conversation
// is missing), so these figures are a lower bound.
package opencode

import (
	"path/filepath"

	"tokpit/usage"
	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/sqlitelog"
)

// Name is the source's name.
const Name = "opencode"

// Options says where to look and how.
type Options = agentlog.Options

// Source is opencode's messages on this machine. It implements [usage.Source].
type Source struct{ agentlog.Combined }

// New returns the source.
func New(o Options) *Source {
	dir, why := o.Data()
	db := &sqlitelog.Databases{Source: Name, Now: o.Clock()}
	var roots []jsonl.Root
	if dir != "" {
		dir = filepath.Join(dir, "opencode")
		roots = []jsonl.Root{{Path: filepath.Join(dir, "storage", "message"), Why: why}}
		db.Places = []sqlitelog.Place{{Path: filepath.Join(dir, "opencode.db"), Why: why}}
		db.More = func() []sqlitelog.Place { return sqlitelog.Glob(filepath.Join(dir, "opencode-*.db"), why) }
	}
	projects := func() maker { return maker{projects: jsonl.Projects{Home: o.Home}} }
	db.Read = func(s *sqlitelog.Session) error {
		t := table{maker: projects(), Session: s}
		return t.read()
	}
	tree := o.Tree(Name, roots)
	tree.Documents = true
	tree.Accept = func(path string) bool { return filepath.Ext(path) == ".json" }
	tree.Decoder = func() jsonl.Decoder { return &document{projects()} }
	return &Source{agentlog.Combined{Source: Name, Parts: []usage.Source{db, &agentlog.Logs{Tree: tree}}}}
}
