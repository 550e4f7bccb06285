package opencode

import (
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/jsonscan"
)

// maker makes records of messages.
type maker struct {
	fields   agentlog.Fields
	names    jsonl.Names
	projects jsonl.Projects
	message
}

// message is what a message says, as far as it matters.
type message struct {
	id, session, role, model, provider, cwd, agent []byte
	gross                                          agentlog.Gross
	used                                           bool
	cost                                           []byte
	created, completed                             time.Time
}

// take reads a message. It returns an error if it is no JSON.
func (m *maker) take(text []byte) error {
	m.message = message{gross: agentlog.Gross{Apart: true}}
	f := &m.fields
	f.Read(text)
	f.Members("message", m.member)
	return f.End()
}

func (m *maker) member(key string) bool {
	f := &m.fields
	switch key {
	case "id":
		m.id = f.Lenient()
	case "sessionID":
		m.session = f.Lenient()
	case "role":
		m.role = f.Lenient()
	case "modelID":
		m.model = f.Strict(key)
	case "providerID":
		m.provider = f.Strict(key)
	case "agent":
		m.agent = f.Lenient()
	case "cost":
		if m.cost = nil; f.Kind() != jsonscan.Number {
			return false // some versions kept an object here
		}
		m.cost = f.Decimal(key)
	case "model":
		return f.Kind() == jsonscan.Object && f.Members(key, m.nested)
	case "path":
		if f.Kind() != jsonscan.Object {
			m.cwd = f.Lenient()
			return true
		}
		return f.Members(key, func(key string) bool {
			if key != "cwd" {
				return false
			}
			m.cwd = f.Lenient()
			return true
		})
	case "time":
		return f.Kind() == jsonscan.Object && f.Members(key, m.times)
	case "tokens":
		m.used = f.Members(key, m.tokens)
	default:
		return false
	}
	return true
}

// nested takes the newer form of model and provider.
func (m *maker) nested(key string) bool {
	switch key {
	case "modelID", "id":
		if v := m.fields.Lenient(); len(m.model) == 0 {
			m.model = v
		}
	case "providerID":
		if v := m.fields.Lenient(); len(m.provider) == 0 {
			m.provider = v
		}
	default:
		return false
	}
	return true
}

func (m *maker) times(key string) bool {
	switch key {
	case "created":
		m.created = m.fields.Millis()
	case "completed":
		m.completed = m.fields.Millis()
	default:
		return false
	}
	return true
}

func (m *maker) tokens(key string) bool {
	f, g := &m.fields, &m.gross
	switch key {
	case "input":
		g.Input = f.Tokens(key)
	case "output":
		g.Output = f.Tokens(key)
	case "reasoning":
		g.Reasoning = f.Tokens(key)
	case "total":
		g.Total = f.Tokens(key)
		g.Told = g.Total > 0
	case "cache":
		f.Members(key, func(key string) bool {
			switch key {
			case "read":
				g.CacheRead = f.Tokens(key)
			case "write":
				g.CacheWrite = f.Tokens(key)
			default:
				return false
			}
			return true
		})
	default:
		return false
	}
	return true
}

// record makes a record of the message at hand. There is none if the message
// used nothing; the reason says why it cannot be counted.
func (m *maker) record(out *jsonl.Out) (r usage.Record, some bool, reason string) {
	if string(m.role) != "assistant" || !m.used {
		return r, false, ""
	}
	if m.fields.Bad != "" {
		return r, false, m.fields.Bad
	}
	r = agentlog.Start(Name, m.names.Of(m.provider))
	if reason = m.gross.Fill(&r, agentlog.Outside, m.created, out); reason != "" || r.IsZero() {
		return r, false, reason
	}
	if reason = agentlog.Cost(&r, m.cost); reason != "" {
		return r, false, reason
	}
	r.Model, r.Session, r.Project = m.names.Of(m.model), m.names.Of(m.session), m.projects.Of(m.cwd)
	r.ID = jsonl.ID(m.id)
	if !m.completed.IsZero() || len(m.id) == 0 {
		r.ID = agentlog.HashID("opencode", m.created.UnixMilli(), m.completed.UnixMilli(), r.Provider, r.Model, r.Tokens)
	}
	return r, true, ""
}

// document reads a message that has a file of its own.
type document struct{ maker }

// Begin implements [jsonl.Decoder].
func (d *document) Begin(jsonl.Start) {}

// State implements [jsonl.Decoder].
func (d *document) State(dst []byte) []byte { return dst }

// Dull implements [jsonl.Decoder].
func (d *document) Dull([]byte) bool { return false }

// Row implements [jsonl.Decoder]. A message that is completed has another name
// than before.
func (d *document) Row(text []byte, out *jsonl.Out) string {
	if err := d.take(text); err != nil {
		return err.Error()
	}
	r, some, reason := d.record(out)
	if !some {
		return reason
	}
	if own := jsonl.ID(d.id); len(d.id) > 0 && r.ID != own {
		out.Remove(own, r.Start)
	}
	out.Add(&r)
	return ""
}
