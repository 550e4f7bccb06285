// Package copilotcli reads what GitHub Copilot CLI keeps of its conversations.
//
// There may be three accounts of the same requests, and one of them counts at a
// time:
//
//   - session-store.db has a row for each request in assistant_usage_events:
//     input includes what the cache served and stored, output includes
//     thinking. It is exact. The model is the one that Copilot billed
//     (copilot_usage_model), else the one that was asked for. total_nano_aiu is
//     Copilot's own figure, 10^11 to a dollar.
//   - session-state/<id>/events.jsonl has what was said before there was such a
//     database: output tokens of each message, and at the end of a session
//     (session.shutdown) the sums of each model. Its rows count if they are older
//     than the database's oldest.
//   - otel/*.jsonl, or the file that COPILOT_OTEL_FILE_EXPORTER_PATH names, has
//     what OpenTelemetry exported, where somebody turned that on. A session
//     counts by it only if neither of the others tells of it; of the signals of
//     one call the nearest counts.
//
// A shutdown's sums are those of its process, or, in some versions, of the
// session with those before it. A message adds its output when it comes; the
// shutdown adds what the messages left out, so that together they are the sum.
// Until then a session's figures are a lower bound: its input is not known.
// Usage is billed by GitHub, at the prices of the models' vendors, as an
// estimate.
package copilotcli

import (
	"path/filepath"

	"tokpit/usage"
	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/sqlitelog"
)

// Name is the source's name.
const Name = "copilot-cli"

// Options says where to look and how.
type Options = agentlog.Options

// Source is Copilot CLI's sessions on this machine. It implements
// [usage.Source].
type Source struct{ agentlog.Combined }

// New returns the source.
func New(o Options) *Source {
	dir, why := o.Dir("COPILOT_HOME", ".copilot")
	db := &sqlitelog.Databases{Source: Name, Now: o.Clock()}
	epoch := &sqlitelog.Epoch{Key: epochKey, DB: db, Oldest: oldest}
	db.Read = (&store{home: o.Home, epoch: epoch}).read
	var events []jsonl.Root
	var sessions string
	if dir != "" {
		sessions = filepath.Join(dir, "session-state")
		db.Places = []sqlitelog.Place{{Path: filepath.Join(dir, "session-store.db"), Why: why}}
		events = []jsonl.Root{{Path: sessions, Why: why}}
	}
	logs, otel := o.Tree(Name, events), o.Tree(Name, exports(&o, dir, why))
	logs.Decoder = func() jsonl.Decoder { return &decoder{projects: jsonl.Projects{Home: o.Home}, epoch: epoch} }
	otel.Decoder = func() jsonl.Decoder {
		return &exported{epoch: epoch, sessions: agentlog.Present{Dir: sessions, File: "events.jsonl"}}
	}
	return &Source{agentlog.Combined{Source: Name, Parts: []usage.Source{
		db, &sqlitelog.Behind{Source: &agentlog.Logs{Tree: logs}, Epoch: epoch}, &agentlog.Logs{Tree: otel}}}}
}
