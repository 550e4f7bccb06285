package qwencode

import (
	"encoding/binary"
	"hash/fnv"
	"slices"

	"tokpit/usage"
	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/jsonscan"
)

// decoder makes records of rows of both kinds of file.
type decoder struct {
	entry
	names    jsonl.Names
	projects jsonl.Projects
	known    *ledger
	ledger   bool // the file at hand is the ledger
	// open are hashes of what telemetry counted and no assistant's row has
	// repeated yet, oldest first.
	open []uint64
	chat chat
}

// maxOpen is how many of them are remembered: the row follows within moments.
const maxOpen = 16

// chat is a row of a conversation. Byte slices point into the row.
type chat struct {
	kind, subtype, uuid, session, stamp, cwd, model []byte
	gross                                           agentlog.Gross
	used                                            bool
	event                                           event
}

// event is what telemetry says of a request.
type event struct {
	name, stamp, model, prompt, auth, agent []byte
	gross                                   agentlog.Gross
}

// Begin implements [jsonl.Decoder].
func (d *decoder) Begin(s jsonl.Start) {
	d.ledger, d.open = isLedger(s.Path), nil
	for b := s.State; len(b) >= 8 && len(d.open) < maxOpen; b = b[8:] {
		d.open = append(d.open, binary.BigEndian.Uint64(b))
	}
}

// State implements [jsonl.Decoder].
func (d *decoder) State(dst []byte) []byte {
	for _, h := range d.open {
		dst = binary.BigEndian.AppendUint64(dst, h)
	}
	return dst
}

// Dull reports whether a line is neither an answer nor telemetry.
func (d *decoder) Dull(head []byte) bool {
	if d.ledger {
		return false
	}
	kind, found := d.fields.Lead(head, "type")
	return found && dull(kind)
}

func dull(kind []byte) bool {
	return len(kind) > 0 && string(kind) != "assistant" && string(kind) != "system"
}

// Row implements [jsonl.Decoder]. Two rows may stand in one line: a crash can
// leave the line break out.
func (d *decoder) Row(line []byte, out *jsonl.Out) string {
	if d.ledger {
		if err := d.take(line); err != nil {
			return err.Error()
		}
		return d.counted(out)
	}
	reason, whole := d.row(line, out)
	if whole {
		return reason
	}
	var rows jsonscan.Scanner
	for first := true; ; first = false {
		rows.Reset(line)
		row, kind := rows.Raw()
		if kind != jsonscan.Object || first && len(row) == len(line) {
			if first {
				return reason
			}
			out.Refuse(0, reason) // what stands before it counts
			return ""
		}
		if bad, _ := d.row(row, out); bad != "" {
			out.Refuse(0, bad)
		}
		if line = line[len(row):]; len(line) == 0 {
			return ""
		}
	}
}

// counted adds a row of the ledger.
func (d *decoder) counted(out *jsonl.Out) string {
	e := &d.entry
	if e.fields.Bad != "" {
		return e.fields.Bad
	}
	r := agentlog.Start(Name, providerOf(d.names.Of(e.auth)))
	r.Model, r.Session = d.names.Of(e.model), d.names.Of(e.session)
	if source := d.names.Of(e.source); source != "main" {
		r.Agent = source
	}
	if reason := fill(&r, e.gross, e.stamp, out); reason != "" || r.IsZero() {
		return reason
	}
	if len(e.id) > 0 {
		r.ID = jsonl.ID(e.id)
	} else {
		r.ID = agentlog.HashID("ledger", r.Session, r.Start.UnixMilli(), r.Model, r.Agent, r.Tokens)
	}
	out.Add(&r)
	return ""
}

// fill sets what a request used, and when.
func fill(r *usage.Record, g agentlog.Gross, stamp []byte, out *jsonl.Out) string {
	usual := agentlog.Inside
	if r.Provider == "google" || r.Provider == "vertex" {
		usual = agentlog.Outside
	}
	return g.Fill(r, usual, jsonl.Time(stamp), out)
}

// row takes one row of a conversation. It is false if the row is no JSON.
func (d *decoder) row(line []byte, out *jsonl.Out) (reason string, whole bool) {
	c := &d.chat
	*c = chat{}
	f := &d.fields
	f.Read(line)
	for ok := f.Object(); ok; ok = f.Next() {
		d.member(string(f.Key()))
		if dull(c.kind) {
			if f.Err() != nil {
				break
			}
			for ok := f.Next(); ok; ok = f.Next() {
				f.Skip()
			}
			break
		}
	}
	if err := f.End(); err != nil {
		return err.Error(), false
	}
	switch string(c.kind) {
	case "system":
		if string(c.subtype) == "ui_telemetry" && string(c.event.name) == "qwen-code.api_response" {
			return d.telemetry(out), true
		}
	case "assistant":
		if c.used {
			return d.answer(out), true
		}
	}
	return "", true
}

func (d *decoder) member(key string) {
	c, f := &d.chat, &d.fields
	switch key {
	case "type":
		c.kind = f.Lenient()
	case "subtype":
		c.subtype = f.Lenient()
	case "uuid":
		c.uuid = f.Lenient()
	case "sessionId":
		c.session = f.Lenient()
	case "timestamp":
		c.stamp = f.Lenient()
	case "cwd":
		c.cwd = f.Lenient()
	case "model":
		c.model = f.Lenient()
	case "usageMetadata":
		c.gross = agentlog.Gross{}
		c.used = f.Members(key, func(key string) bool {
			return d.count(&c.gross, key, "promptTokenCount", "candidatesTokenCount", "cachedContentTokenCount", "thoughtsTokenCount", "totalTokenCount")
		})
	case "systemPayload":
		if f.Kind() != jsonscan.Object {
			f.Skip()
			return
		}
		f.Members(key, func(key string) bool { return key == "uiEvent" && d.uiEvent() })
	default:
		f.Skip()
	}
}

func (d *decoder) uiEvent() bool {
	e, f := &d.chat.event, &d.fields
	if f.Kind() != jsonscan.Object {
		return false
	}
	return f.Members("uiEvent", func(key string) bool {
		switch key {
		case "event.name":
			e.name = f.Lenient()
		case "event.timestamp":
			e.stamp = f.Lenient()
		case "model":
			e.model = f.Lenient()
		case "prompt_id":
			e.prompt = f.Lenient()
		case "auth_type":
			e.auth = f.Lenient()
		case "subagent_name":
			e.agent = f.Lenient()
		default:
			return d.count(&e.gross, key, "input_token_count", "output_token_count", "cached_content_token_count", "thoughts_token_count", "total_token_count")
		}
		return true
	})
}

// count takes a member if it has one of the names of counts.
func (d *decoder) count(g *agentlog.Gross, key, input, output, cached, thoughts, total string) bool {
	f := &d.fields
	switch key {
	case input:
		g.Input = f.Tokens(key)
	case output:
		g.Output = f.Tokens(key)
	case cached:
		g.CacheRead = f.Tokens(key)
	case thoughts:
		g.Reasoning = f.Tokens(key)
	case total:
		g.Total = f.Tokens(key)
		g.Told = g.Total > 0
	default:
		return false
	}
	return true
}

// telemetry adds a request that telemetry tells of.
func (d *decoder) telemetry(out *jsonl.Out) string {
	c, e := &d.chat, &d.chat.event
	if d.fields.Bad != "" {
		return d.fields.Bad
	}
	if len(e.stamp) == 0 {
		e.stamp = c.stamp
	}
	r := agentlog.Start(Name, providerOf(d.names.Of(e.auth)))
	r.Model, r.Agent = d.names.Of(e.model), d.names.Of(e.agent)
	if reason := fill(&r, e.gross, e.stamp, out); reason != "" || r.IsZero() {
		return reason
	}
	if len(e.agent) == 0 {
		d.open = append(d.open, hash(e.gross))
		if len(d.open) > maxOpen {
			d.open = slices.Delete(d.open, 0, 1)
		}
	}
	r.ID = agentlog.HashID("telemetry", string(c.session), string(e.prompt), r.Start.UnixMilli(), r.Model, r.Tokens)
	d.add(&r, out)
	return ""
}

// answer adds the request of an assistant's row, if telemetry did not tell of
// it.
func (d *decoder) answer(out *jsonl.Out) string {
	c := &d.chat
	if d.fields.Bad != "" {
		return d.fields.Bad
	}
	r := agentlog.Start(Name, "")
	r.Model = d.names.Of(c.model)
	if reason := fill(&r, c.gross, c.stamp, out); reason != "" || r.IsZero() {
		return reason
	}
	if i := slices.Index(d.open, hash(c.gross)); i >= 0 {
		d.open = slices.Delete(d.open, i, i+1)
		out.Repeat()
		return ""
	}
	if len(c.uuid) > 0 {
		r.ID = jsonl.ID(c.uuid)
	} else {
		r.ID = agentlog.HashID("answer", string(c.session), r.Start.UnixMilli(), r.Model, r.Tokens)
	}
	d.add(&r, out)
	return ""
}

// add adds what a conversation says, unless the ledger says it.
func (d *decoder) add(r *usage.Record, out *jsonl.Out) {
	c := &d.chat
	if d.known != nil && d.known.has(string(c.session), r.Start) {
		out.Repeat()
		return
	}
	r.Session, r.Project = d.names.Of(c.session), d.projects.Of(c.cwd)
	out.Add(r)
}

// hash is of the counts that both kinds of rows have.
func hash(g agentlog.Gross) uint64 {
	h := fnv.New64a()
	var b []byte
	for _, n := range []int64{g.Input, g.Output, g.CacheRead, g.Reasoning, g.Total} {
		b = binary.AppendVarint(b, n)
	}
	_, _ = h.Write(b)
	return h.Sum64()
}
