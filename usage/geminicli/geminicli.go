// Package geminicli reads the logs that Gemini CLI keeps of its conversations.
//
// Gemini CLI keeps tmp/<project>/chats/session-*.jsonl below its directory (old
// versions: session-*.json, one JSON text that is written anew after each
// turn). The rules for turning them into records:
//
//   - A line is the header (sessionId), a message, or a change: {"$set":{…}}
//     may carry messages of its own. What a message of type "gemini" says in
//     its tokens is one response; nothing else counts.
//   - A message is logged again when it has changed, under the same id: it is
//     one response. An id that is as long as a UUID names the response wherever
//     it stands, so that a conversation that was copied counts once; a shorter
//     one does so inside its session.
//   - Input includes what the cache served. Output leaves thinking out, which
//     is billed as output: it is added. Tokens of tool prompts stand beside
//     input, and are added too. So total = input + output + thoughts + tool.
//     Versions differ; whichever reading gives the total that the row states
//     is the right one, and a total that none gives is flagged.
//   - Counts belong to one request; nothing is cumulative.
//   - There is no price in these logs, and no project but the directory's name,
//     unless the file .project_root beside the chats says which one it is.
//
// Requests that the program makes beside the conversation (titles, routing,
// compression) are not logged, so these figures are a lower bound.
package geminicli

import (
	"os"
	"path/filepath"
	"strings"

	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
)

// Name is the source's name.
const Name = "gemini-cli"

// Options says where to look and how.
type Options = agentlog.Options

// Source is Gemini CLI's logs on this machine. It implements [usage.Source].
type Source struct{ agentlog.Logs }

// New returns the source.
func New(o Options) *Source {
	tree := o.Tree(Name, roots(&o))
	tree.Accept, tree.Documents = accept, true
	tree.Decoder = func() jsonl.Decoder { return &decoder{projects: jsonl.Projects{Home: o.Home}} }
	return &Source{agentlog.Logs{Tree: tree}}
}

// roots finds the directories of projects. GEMINI_CLI_HOME stands for the home
// directory in some versions, for the directory in it in others.
func roots(o *Options) []jsonl.Root {
	if dir := o.Env("GEMINI_CLI_HOME"); dir != "" {
		dir = filepath.Clean(o.Expand(dir))
		return []jsonl.Root{{Path: filepath.Join(dir, ".gemini", "tmp"), Why: "GEMINI_CLI_HOME"},
			{Path: filepath.Join(dir, "tmp"), Why: "GEMINI_CLI_HOME"}}
	}
	if o.Home == "" {
		return nil
	}
	return []jsonl.Root{{Path: filepath.Join(o.Home, ".gemini", "tmp"), Why: "default"}}
}

// accept takes conversations only: what a tool printed may be JSON, too.
func accept(path string) bool { return strings.Contains(filepath.ToSlash(path), "/chats/") }

// maxRoot bounds what is read of a .project_root, in bytes.
const maxRoot = 4096

// projectOf names the project of a file: what .project_root beside the
// directory of chats says, else the name of the directory that holds both.
func projectOf(path string) string {
	slashed := filepath.ToSlash(path)
	i := strings.LastIndex(slashed, "/chats/")
	if i < 0 {
		return ""
	}
	dir := path[:i]
	if fi, err := os.Stat(filepath.Join(dir, ".project_root")); err == nil && fi.Mode().IsRegular() && fi.Size() <= maxRoot {
		if text, err := os.ReadFile(filepath.Join(dir, ".project_root")); err == nil && filepath.IsAbs(strings.TrimSpace(string(text))) {
			return strings.TrimSpace(string(text))
		}
	}
	return filepath.Base(dir)
}
