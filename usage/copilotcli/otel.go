package copilotcli

import (
	"path/filepath"

	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/otelspan"
	"tokpit/usage/internal/sqlitelog"
)

// editor is the service that Copilot's exports from Visual Studio Code name.
// Its journals are a source of their own.
const editor = "copilot-chat"

// exports are where Copilot writes OpenTelemetry's objects to, if it is told to.
func exports(o *Options, home, why string) []jsonl.Root {
	var roots []jsonl.Root
	if path := o.Env("COPILOT_OTEL_FILE_EXPORTER_PATH"); path != "" {
		roots = append(roots, jsonl.Root{Path: filepath.Clean(o.Expand(path)), Why: "COPILOT_OTEL_FILE_EXPORTER_PATH"})
	}
	if home != "" {
		roots = append(roots, jsonl.Root{Path: filepath.Join(home, "otel"), Why: why})
	}
	return roots
}

// exported makes records of exported objects.
type exported struct {
	reader   otelspan.Reader
	names    jsonl.Names
	epoch    *sqlitelog.Epoch
	sessions agentlog.Present // event logs
	best     otelspan.Best
}

// Begin implements [jsonl.Decoder].
func (d *exported) Begin(s jsonl.Start) { d.best = agentlog.Recall[otelspan.Best](s.State) }

// State implements [jsonl.Decoder].
func (d *exported) State(dst []byte) []byte { return agentlog.Remember(dst, d.best) }

// Dull implements [jsonl.Decoder]. What an object is stands at its end.
func (d *exported) Dull([]byte) bool { return false }

// Row implements [jsonl.Decoder].
func (d *exported) Row(line []byte, out *jsonl.Out) string {
	it, bad := d.reader.Read(line)
	if bad != "" || it.Signal == otelspan.Nothing || string(it.Service) == editor {
		return bad
	}
	r := agentlog.Start(Name, "github")
	if reason := it.Gross.Fill(&r, agentlog.Inside, it.At, out); reason != "" || r.IsZero() {
		return reason
	}
	r.Model, r.Session = d.names.Of(it.Model), d.names.Of(it.Session)
	r.ID = it.ID()
	// One that does not count for another reason still tells of its call best.
	if !d.best.Take(&it, r.ID, out.Remove) || d.epoch.Covers(r.Start) || d.sessions.Has(string(it.Session)) {
		out.Repeat()
		return ""
	}
	out.Add(&r)
	return ""
}
