// Package pi reads the logs that the pi coding agent keeps of its
// conversations.
//
// pi appends rows to agent/sessions/<directory>/<time>_<id>.jsonl. The first
// names the session and its directory. A row of type "message" whose message
// has usage is one response:
//
//   - Input leaves out what the cache served and stored; output includes
//     thinking. The total, where there is one, is the sum of the four.
//   - cost.total is pi's own figure in dollars. 0 says that it knows no price,
//     or that a subscription pays; it is left out.
//   - A conversation that branches begins with a copy of what was said before.
//     A copy keeps the message as it is: its time, its response id and its
//     counts, and a hash of these names the response.
//   - Counts belong to one request; nothing is cumulative. A response without
//     tokens was aborted, and is none.
//   - The model is the one that answered (responseModel), else the one that was
//     asked.
package pi

import (
	"path/filepath"
	"time"

	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/jsonscan"
)

// Name is the source's name.
const Name = "pi"

// Options says where to look and how.
type Options = agentlog.Options

// Source is pi's logs on this machine. It implements [usage.Source].
type Source struct{ agentlog.Logs }

// New returns the source.
func New(o Options) *Source {
	var roots []jsonl.Root
	if dir, why := o.Dir("PI_CODING_AGENT_DIR", ".pi", "agent"); dir != "" {
		if other, named := o.Dir("PI_AGENT_DIR"); named == "PI_AGENT_DIR" && why == "default" {
			dir, why = other, named
		}
		roots = []jsonl.Root{{Path: filepath.Join(dir, "sessions"), Why: why}}
	}
	tree := o.Tree(Name, roots)
	tree.Decoder = func() jsonl.Decoder { return &decoder{projects: jsonl.Projects{Home: o.Home}} }
	return &Source{agentlog.Logs{Tree: tree}}
}

// decoder makes records of rows.
type decoder struct {
	fields   agentlog.Fields
	names    jsonl.Names
	projects jsonl.Projects
	head
	row
}

// head is what the first row says.
type head struct {
	Session string `json:"s,omitempty"`
	Cwd     string `json:"d,omitempty"`
}

// row is what a row says. Byte slices point into it.
type row struct {
	kind, id, stamp, cwd                  []byte
	provider, model, answered, responseID []byte
	sent                                  time.Time // message.timestamp
	gross                                 agentlog.Gross
	used                                  bool
	cost                                  []byte
}

// Begin implements [jsonl.Decoder].
func (d *decoder) Begin(s jsonl.Start) { d.head = agentlog.Recall[head](s.State) }

// State implements [jsonl.Decoder].
func (d *decoder) State(dst []byte) []byte { return agentlog.Remember(dst, d.head) }

// Dull reports whether a line is neither the first nor a message.
func (d *decoder) Dull(head []byte) bool {
	kind, found := d.fields.Lead(head, "type")
	return found && string(kind) != "message" && string(kind) != "session"
}

// Row implements [jsonl.Decoder].
func (d *decoder) Row(line []byte, out *jsonl.Out) string {
	d.row = row{gross: agentlog.Gross{Apart: true}}
	f := &d.fields
	f.Read(line)
	f.Members("row", d.member)
	if err := f.End(); err != nil {
		return err.Error()
	}
	switch string(d.kind) {
	case "session":
		d.head = head{string(d.id), string(d.cwd)}
	case "message":
		if d.used {
			return d.response(out)
		}
	}
	return ""
}

func (d *decoder) member(key string) bool {
	f := &d.fields
	switch key {
	case "type":
		d.kind = f.Lenient()
	case "id":
		d.id = f.Lenient()
	case "timestamp":
		d.stamp = f.Lenient()
	case "cwd":
		d.cwd = f.Lenient()
	case "message":
		return f.Kind() == jsonscan.Object && f.Members(key, d.message)
	default:
		return false
	}
	return true
}

func (d *decoder) message(key string) bool {
	f := &d.fields
	switch key {
	case "provider":
		d.provider = f.Lenient()
	case "model":
		d.model = f.Strict(key)
	case "responseModel":
		d.answered = f.Lenient()
	case "responseId":
		d.responseID = f.Lenient()
	case "timestamp":
		d.sent = f.Millis()
	case "usage":
		d.used = f.Members(key, d.usage)
	default:
		return false
	}
	return true
}

func (d *decoder) usage(key string) bool {
	f, g := &d.fields, &d.gross
	switch key {
	case "input":
		g.Input = f.Tokens(key)
	case "output":
		g.Output = f.Tokens(key)
	case "cacheRead":
		g.CacheRead = f.Tokens(key)
	case "cacheWrite":
		g.CacheWrite = f.Tokens(key)
	case "totalTokens":
		g.Total = f.Tokens(key)
		g.Told = g.Total > 0
	case "cost":
		return f.Kind() == jsonscan.Object && f.Members(key, func(key string) bool {
			if key != "total" {
				return false
			}
			d.cost = f.Decimal("cost.total")
			return true
		})
	default:
		return false
	}
	return true
}

// response adds what a message used.
func (d *decoder) response(out *jsonl.Out) string {
	if d.fields.Bad != "" {
		return d.fields.Bad
	}
	r := agentlog.Start(Name, d.names.Of(d.provider))
	at := jsonl.Time(d.stamp)
	if at.IsZero() {
		at = d.sent
	}
	if reason := d.gross.Fill(&r, agentlog.Inside, at, out); reason != "" || r.IsZero() {
		return reason
	}
	if reason := agentlog.Cost(&r, d.cost); reason != "" {
		return reason
	}
	r.Model = d.names.Of(d.model)
	if len(d.answered) > 0 {
		r.Model = d.names.Of(d.answered)
	}
	r.Session, r.Project = d.names.Of([]byte(d.Session)), d.projects.Of([]byte(d.Cwd))
	sent := d.sent
	if sent.IsZero() {
		sent = r.Start
	}
	r.ID = agentlog.HashID("pi", sent.UnixMilli(), string(d.responseID), r.Provider, r.Model, r.Tokens)
	out.Add(&r)
	return ""
}
