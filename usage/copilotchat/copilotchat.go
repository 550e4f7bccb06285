// Package copilotchat reads what Visual Studio Code keeps of conversations with
// GitHub Copilot.
//
// There may be two accounts of the same requests, and one of them counts at a
// time:
//
//   - globalStorage/github.copilot-chat/agent-traces.db has a span for each call
//     of a model, where somebody turned that on: input includes what the cache
//     served, output includes thinking. It is exact. Spans of other operations
//     have no counts of their own. It counts from its oldest span on.
//   - chatSessions/<id>.jsonl, for each workspace, is a journal: a snapshot of
//     the conversation (kind 0), then what was set (1), pushed (2) and deleted
//     (3) at a path in it. A request has the tokens of the last call that
//     answered it (promptTokens, completionTokens, else those in
//     result.metadata): calls of tools before it are left out, and what the cache
//     served is not told apart, so that it is a lower bound of tokens.
//
// A request is named by its conversation and its own id. What is set later takes
// the place of what was there. Only what Copilot answered counts: the model's
// name begins with "copilot/", or the answer names the model (resolvedModel).
// Other agents that the editor hosts keep logs of their own; spans of Copilot
// CLI's conversations are left to its own log where there is one. Usage is
// billed by GitHub, at the prices of the models' vendors, as an estimate.
package copilotchat

import (
	"os"
	"path/filepath"

	"tokpit/usage"
	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/sqlitelog"
)

// Name is the source's name.
const Name = "copilot-chat"

// Options says where to look and how.
type Options = agentlog.Options

// Source is Copilot's conversations in editors on this machine. It implements
// [usage.Source].
type Source struct{ agentlog.Combined }

// New returns the source. Each edition of the editor keeps its own.
func New(o Options) *Source {
	s := &Source{agentlog.Combined{Source: Name}}
	for _, e := range editions(&o) {
		s.Parts = append(s.Parts, e.parts(&o)...)
	}
	return s
}

// edition is the directory where one of the editor's editions keeps what is a
// user's.
type edition struct{ dir, why string }

// editions are those that are there; the usual one if none is.
func editions(o *Options) []edition {
	var all []edition
	add := func(why string, parts ...string) {
		if parts[0] != "" {
			all = append(all, edition{filepath.Join(parts...), why})
		}
	}
	if portable := o.Env("VSCODE_PORTABLE"); portable != "" {
		add("VSCODE_PORTABLE", o.Expand(portable), "user-data", "User")
	}
	config, why := o.Env("XDG_CONFIG_HOME"), "XDG_CONFIG_HOME"
	if !filepath.IsAbs(config) {
		if config, why = "", "default"; o.Home != "" {
			config = filepath.Join(o.Home, ".config")
		}
	}
	for _, name := range []string{"Code", "Code - Insiders", "VSCodium"} {
		add(why, config, name, "User")
		if o.Home != "" {
			add("macOS", o.Home, "Library", "Application Support", name, "User")
		}
		if roaming := o.Env("APPDATA"); filepath.IsAbs(roaming) {
			add("APPDATA", roaming, name, "User")
		}
	}
	for _, name := range []string{".vscode-server", ".vscode-server-insiders"} {
		if o.Home != "" {
			add("remote", o.Home, name, "data", "User")
		}
	}
	var there []edition
	for _, e := range all {
		if _, err := os.Stat(e.dir); err == nil {
			there = append(there, e)
		}
	}
	if len(there) == 0 {
		return all[:min(1, len(all))]
	}
	return there
}

// parts are the sources of one edition.
func (e edition) parts(o *Options) []usage.Source {
	db := &sqlitelog.Databases{Source: Name, Now: o.Clock(),
		Places: []sqlitelog.Place{{Path: filepath.Join(e.dir, "globalStorage", "github.copilot-chat", "agent-traces.db"), Why: e.why}}}
	epoch := &sqlitelog.Epoch{Key: "epoch:" + e.dir, DB: db, Oldest: oldest}
	db.Read = func(s *sqlitelog.Session) error {
		t := traces{Session: s, out: s.Out()}
		if dir, _ := o.Dir("COPILOT_HOME", ".copilot"); dir != "" {
			t.cli = agentlog.Present{Dir: filepath.Join(dir, "session-state"), File: "events.jsonl"}
		}
		if err := epoch.Note(s); err != nil {
			return err
		}
		return t.read()
	}
	tree := o.Tree(Name, []jsonl.Root{
		{Path: filepath.Join(e.dir, "workspaceStorage"), Why: e.why},
		{Path: filepath.Join(e.dir, "globalStorage", "emptyWindowChatSessions"), Why: e.why}})
	tree.Accept = accept
	tree.Decoder = func() jsonl.Decoder { return &journal{epoch: epoch, projects: jsonl.Projects{Home: o.Home}} }
	return []usage.Source{db, &sqlitelog.Behind{Source: &agentlog.Logs{Tree: tree}, Epoch: epoch}}
}

// accept takes journals out of what extensions keep in a workspace's storage.
func accept(path string) bool {
	switch filepath.Base(filepath.Dir(path)) {
	case "chatSessions", "emptyWindowChatSessions":
		return true
	}
	return false
}
