package geminicli

import (
	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/jsonscan"
)

// decoder makes records of rows and documents.
type decoder struct {
	fields   agentlog.Fields
	names    jsonl.Names
	projects jsonl.Projects
	project  []byte
	session  []byte // of the header, which only the first line has
	kind     []byte
	found    []message
}

// message is what a message says, as far as it matters. Byte slices point into
// the row.
type message struct {
	id, stamp, kind, model []byte
	gross                  agentlog.Gross
	used                   bool // it has tokens
	bad                    string
	at                     int // where it begins in the row
}

// Begin implements [jsonl.Decoder].
func (d *decoder) Begin(s jsonl.Start) {
	d.project, d.session, d.kind = []byte(projectOf(s.Path)), nil, nil
	if n := len(s.State); n > 0 && int(s.State[0]) < n {
		kind := 1 + int(s.State[0])
		d.kind, d.session = clone(s.State[1:kind]), clone(s.State[kind:])
	}
}

// State implements [jsonl.Decoder]: the length of the kind, kind and session.
func (d *decoder) State(dst []byte) []byte {
	if len(d.session) == 0 && len(d.kind) == 0 {
		return dst
	}
	kind := d.kind[:min(len(d.kind), 64)]
	return append(append(append(dst, byte(len(kind))), kind...), d.session...)
}

func clone(b []byte) []byte { return append([]byte(nil), b...) }

// Dull reports whether a line is a message that no model wrote.
func (d *decoder) Dull(head []byte) bool {
	d.fields.Read(head)
	for ok := d.fields.Object(); ok; ok = d.fields.Next() {
		if string(d.fields.Key()) == "type" {
			kind, k := d.fields.Text()
			return k == jsonscan.String && string(kind) != "gemini"
		}
		d.fields.Skip()
	}
	return false
}

// Row takes a line, or a whole document.
func (d *decoder) Row(row []byte, out *jsonl.Out) string {
	d.found = d.found[:0]
	d.fields.Read(row)
	var top message
	if d.object(&top, 0) {
		return "" // it is of another type
	}
	if err := d.fields.End(); err != nil {
		return err.Error()
	}
	if bad := d.fields.Bad; bad != "" {
		return bad
	}
	for i := range d.found {
		if reason := d.record(&d.found[i], out); reason != "" {
			out.Refuse(d.found[i].at, reason)
		}
	}
	return d.record(&top, out)
}

// object walks the members of a row or of what a row sets. It returns true if
// the row has been found to be dull.
func (d *decoder) object(m *message, depth int) (dull bool) {
	f := &d.fields
	for ok := f.Object(); ok; ok = f.Next() {
		switch key := string(f.Key()); key {
		case "messages":
			d.messages()
		case "$set":
			if depth == 0 && f.Kind() == jsonscan.Object {
				var ignored message
				d.object(&ignored, 1)
			} else {
				f.Skip()
			}
		case "sessionId":
			d.session = clone(f.Lenient())
		case "kind":
			d.kind = clone(f.Lenient())
		default:
			if d.member(m, key); key == "type" && depth == 0 && len(m.kind) > 0 && string(m.kind) != "gemini" {
				return true
			}
		}
	}
	return false
}

// messages takes an array of messages. What is wrong with one of them is said
// of that one.
func (d *decoder) messages() {
	f := &d.fields
	if f.Kind() != jsonscan.Array {
		f.Skip()
		return
	}
	for ok := f.Elements(); ok; ok = f.More() {
		if f.Kind() != jsonscan.Object {
			f.Skip()
			continue
		}
		outer := f.Bad
		f.Bad = ""
		m := message{at: f.Offset()}
		for ok := f.Object(); ok; ok = f.Next() {
			d.member(&m, string(f.Key()))
		}
		m.bad, f.Bad = f.Bad, outer
		if m.used || m.bad != "" {
			d.found = append(d.found, m)
		}
	}
}

// member takes one member of a message.
func (d *decoder) member(m *message, key string) {
	f := &d.fields
	switch key {
	case "id":
		m.id = f.Lenient()
	case "timestamp":
		m.stamp = f.Lenient()
	case "type":
		m.kind = f.Lenient()
	case "model":
		m.model = f.Lenient()
	case "tokens":
		m.gross = agentlog.Gross{}
		g := &m.gross
		m.used = f.Members("tokens", func(key string) bool {
			switch key {
			case "input":
				g.Input = f.Tokens(key)
			case "output":
				g.Output = f.Tokens(key)
			case "cached":
				g.CacheRead = f.Tokens(key)
			case "thoughts":
				g.Reasoning = f.Tokens(key)
			case "tool":
				g.Extra = f.Tokens(key)
			case "total":
				g.Told = f.Kind() == jsonscan.Number
				g.Total = f.Tokens(key)
			default:
				return false
			}
			return true
		})
	default:
		f.Skip()
	}
}

// longID is the length from which on an id is taken to be unique anywhere.
const longID = 32

// record adds what a message used, if it did.
func (d *decoder) record(m *message, out *jsonl.Out) string {
	if len(m.kind) > 0 && string(m.kind) != "gemini" {
		return ""
	}
	if m.bad != "" {
		return m.bad
	}
	if !m.used {
		return ""
	}
	r := agentlog.Start(Name, "google")
	if reason := m.gross.Fill(&r, agentlog.Outside, jsonl.Time(m.stamp), out); reason != "" || r.IsZero() {
		return reason
	}
	r.Model, r.Session, r.Project = d.names.Of(m.model), d.names.Of(d.session), d.projects.Of(d.project)
	if string(d.kind) == "subagent" {
		r.Agent = "subagent"
	}
	switch {
	case len(m.id) >= longID:
		r.ID = jsonl.ID(m.id)
	case len(m.id) > 0:
		r.ID = jsonl.ID(append(append(clone(d.session), '/'), m.id...))
	default:
		r.ID = agentlog.HashID("gemini", r.Session, r.Start.UnixMilli(), r.Model, r.Tokens)
	}
	out.Add(&r)
	return ""
}
