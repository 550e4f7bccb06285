// Package qwencode reads the logs that Qwen Code keeps.
//
// There are two of them below its directory. usage/token-usage-<month>.jsonl is
// a ledger with a row for every request, those of sub-agents included; it is
// what counts. projects/<directory>/chats/<session>.jsonl are conversations,
// which versions before the ledger have alone. The rules:
//
//   - What a conversation says counts only from sessions, and times, that the
//     ledger does not know of: from the first row that the ledger has of a
//     session, the conversation says nothing new.
//   - In a conversation, a row of telemetry (ui_telemetry, api_response) stands
//     for one request, with the model that served it. The assistant's row that
//     follows it repeats the same counts, and does not count again; one that no
//     telemetry preceded does. Requests of sub-agents have telemetry alone.
//   - Input includes what the cache served. Output includes thinking on
//     OpenAI-compatible services, and leaves it out on Google's own; the row's
//     total tells which. Adding thinking where it is included is the mistake
//     that makes 158 of 94.
//   - Counts belong to one request; nothing is cumulative. usage_record.jsonl
//     has sums of sessions, which say the same again, and is not read.
//   - The service is named by authType alone: "openai" is any service that
//     speaks like OpenAI, so a model of another vendor is priced by that
//     vendor's list, as an estimate.
package qwencode

import (
	"path/filepath"
	"strings"

	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
)

// Name is the source's name.
const Name = "qwen-code"

// Options says where to look and how.
type Options = agentlog.Options

// Source is Qwen Code's logs on this machine. It implements [usage.Source].
type Source struct{ agentlog.Logs }

// New returns the source.
func New(o Options) *Source {
	var roots []jsonl.Root
	var usage string
	if o.Home != "" {
		home := filepath.Join(o.Home, ".qwen")
		usage = filepath.Join(home, "usage")
		roots = []jsonl.Root{{Path: usage, Why: "default"}, {Path: filepath.Join(home, "projects"), Why: "default"}}
	}
	tree := o.Tree(Name, roots)
	tree.Accept = accept
	known := &ledger{dir: usage}
	tree.Decoder = func() jsonl.Decoder {
		return &decoder{projects: jsonl.Projects{Home: o.Home}, known: known}
	}
	return &Source{agentlog.Logs{Tree: tree}}
}

func accept(path string) bool {
	return isLedger(path) || strings.Contains(filepath.ToSlash(path), "/chats/")
}

func isLedger(path string) bool { return strings.HasPrefix(filepath.Base(path), "token-usage-") }

// providerOf is who serves requests that were authorised in a way.
func providerOf(auth string) string {
	switch auth {
	case "":
		return ""
	case "gemini", "gemini-api-key", "oauth-personal":
		return "google"
	case "vertex-ai":
		return "vertex"
	case "qwen-oauth":
		return "qwen"
	}
	return auth
}
