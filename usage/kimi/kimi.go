// Package kimi reads the logs that Kimi Code keeps of its conversations.
//
// Kimi Code appends events to sessions/<directory>/<session>/agents/<agent>/
// wire.jsonl. An event of type "usage.record" is one response:
//
//   - inputOther leaves out what the cache served and stored, which stand beside
//     it; output includes thinking. There is no total to compare with.
//   - The same counts are repeated inside "step.end" events, which are not
//     counted. Counts belong to one request; nothing is cumulative.
//   - Events carry no id and no session. A response is named by its instant, its
//     model and its counts; session and agent are those of the directory.
//   - The model's name has its vendor in front of it.
//
// The kimi command before it appended to ~/.kimi/sessions/<directory>/<session>/
// wire.jsonl. There a message of type "StatusUpdate" is the state of one
// response, which may come several times while it grows: its message_id names it,
// and the largest counts. It is repeated inside a "SubagentEvent". Counts are of
// the same kind; the model is not said.
package kimi

import (
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/jsonscan"
)

// Name is the source's name.
const Name = "kimi"

// Options says where to look and how.
type Options = agentlog.Options

// Source is Kimi Code's logs on this machine. It implements [usage.Source].
type Source struct{ agentlog.Logs }

// New returns the source.
func New(o Options) *Source {
	var roots []jsonl.Root
	if o.Home != "" {
		roots = []jsonl.Root{{Path: filepath.Join(o.Home, ".kimi-code", "sessions"), Why: "default"}}
	}
	if dir, why := o.Dir("KIMI_SHARE_DIR", ".kimi"); dir != "" {
		roots = append(roots, jsonl.Root{Path: filepath.Join(dir, "sessions"), Why: why})
	}
	tree := o.Tree(Name, roots)
	tree.Accept = func(path string) bool { return filepath.Base(path) == "wire.jsonl" }
	tree.Decoder = func() jsonl.Decoder { return &decoder{} }
	return &Source{agentlog.Logs{Tree: tree}}
}

// decoder makes records of events.
type decoder struct {
	fields         agentlog.Fields
	names          jsonl.Names
	session, agent string

	event
}

// event is what an event says. Byte slices point into the row.
type event struct {
	kind, model, id []byte
	at              time.Time
	gross           agentlog.Gross
	used            bool
}

// Begin implements [jsonl.Decoder].
func (d *decoder) Begin(s jsonl.Start) {
	parts := strings.Split(filepath.ToSlash(s.Path), "/")
	d.session, d.agent = "", ""
	n := len(parts)
	switch {
	case n >= 4 && parts[n-3] == "agents":
		d.session = d.names.Of([]byte(parts[n-4]))
		if d.agent = d.names.Of([]byte(parts[n-2])); d.agent == "main" {
			d.agent = ""
		}
	case n >= 2:
		d.session = d.names.Of([]byte(parts[n-2]))
	}
}

// State implements [jsonl.Decoder].
func (d *decoder) State(dst []byte) []byte { return dst }

// counts reports whether events of a type say what was used.
func counts(kind []byte) bool {
	return string(kind) == "usage.record" || string(kind) == "StatusUpdate"
}

// Dull reports whether a line is another event.
func (d *decoder) Dull(head []byte) bool {
	kind, found := d.fields.Lead(head, "type")
	return found && !counts(kind)
}

// Row implements [jsonl.Decoder].
func (d *decoder) Row(line []byte, out *jsonl.Out) string {
	d.event = event{gross: agentlog.Gross{Apart: true}}
	f := &d.fields
	f.Read(line)
	for ok := f.Object(); ok; ok = f.Next() {
		switch key := string(f.Key()); key {
		case "type":
			if d.kind = f.Lenient(); !counts(d.kind) {
				return ""
			}
		case "model":
			d.model = f.Strict(key)
		case "time":
			d.at = f.Millis()
		case "usage":
			d.used = f.Members(key, d.count)
		case "timestamp":
			d.at = seconds(f.Decimal(key))
		case "message":
			if f.Kind() != jsonscan.Object || !f.Members(key, d.message) {
				f.Skip()
			}
		default:
			f.Skip()
		}
	}
	if err := f.End(); err != nil {
		return err.Error()
	}
	if !counts(d.kind) || !d.used {
		return ""
	}
	return d.record(out)
}

// message takes a message of the older command, or the one inside it.
func (d *decoder) message(key string) bool {
	f := &d.fields
	switch key {
	case "type":
		d.kind = f.Lenient()
	case "event":
		return f.Kind() == jsonscan.Object && f.Members(key, d.message)
	case "payload":
		return f.Kind() == jsonscan.Object && f.Members(key, d.message)
	case "token_usage":
		d.used = f.Members(key, d.count)
	case "message_id":
		d.id = f.Lenient()
	default:
		return false
	}
	return true
}

// seconds is the instant of a number of seconds since 1970; the zero time if it
// is none.
func seconds(raw []byte) time.Time {
	s, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || !(s > 0 && s < 1<<40) {
		return time.Time{}
	}
	return agentlog.FromMillis(int64(s*1000 + 0.5))
}

func (d *decoder) count(key string) bool {
	f, g := &d.fields, &d.gross
	switch key {
	case "inputOther", "input_other":
		g.Input = f.Tokens(key)
	case "output":
		g.Output = f.Tokens(key)
	case "inputCacheRead", "input_cache_read":
		g.CacheRead = f.Tokens(key)
	case "inputCacheCreation", "input_cache_creation":
		g.CacheWrite = f.Tokens(key)
	default:
		return false
	}
	return true
}

func (d *decoder) record(out *jsonl.Out) string {
	if d.fields.Bad != "" {
		return d.fields.Bad
	}
	r := agentlog.Start(Name, "")
	if reason := d.gross.Fill(&r, agentlog.Inside, d.at, out); reason != "" || r.IsZero() {
		return reason
	}
	r.Model, r.Session, r.Agent = d.names.Of(d.model), d.session, d.agent
	if r.ID = jsonl.ID(d.id); len(d.id) == 0 {
		r.ID = agentlog.HashID("kimi", r.Start.UnixMilli(), r.Model, r.Tokens)
	}
	out.Add(&r)
	return ""
}
