package claudecode

import (
	"fmt"

	"tokpit/usage"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/jsonscan"
)

// decoder makes records of rows. Rows stand for themselves: there is no state
// between them.
type decoder struct {
	reader
	inner    reader // of the row inside a progress row
	names    jsonl.Names
	projects jsonl.Projects
}

func (d *decoder) Begin(jsonl.Start)       {}
func (d *decoder) State(dst []byte) []byte { return dst }

// Dull walks as far as the type; a head that ends before it says nothing.
func (d *decoder) Dull(head []byte) bool { return d.read(head) == dull }

func (d *decoder) Row(line []byte, out *jsonl.Out) string {
	switch d.read(line) {
	case dull:
		return ""
	case broken:
		return d.Err().Error()
	}
	if string(d.kind) == "progress" {
		return d.progress(out)
	}
	return d.record(&d.row, out)
}

// progress takes the row of a sub-agent that older builds logged inside a row
// of the main conversation. The sub-agent's own log has it too.
func (d *decoder) progress(out *jsonl.Out) string {
	if d.bad != "" || d.nested == nil {
		return ""
	}
	var s jsonscan.Scanner
	s.Reset(d.nested)
	var agent, inside []byte
	for ok := s.Object(); ok; ok = s.Next() {
		switch string(s.Key()) {
		case "agentId":
			agent, _ = s.Text()
		case "message":
			if raw, kind := s.Raw(); kind == jsonscan.Object {
				inside = raw
			}
		default:
			s.Skip()
		}
	}
	if inside == nil || d.inner.read(inside) != whole {
		return ""
	}
	r := d.inner.row
	r.side = true
	r.session, r.cwd = d.session, d.cwd
	if len(r.stamp) == 0 {
		r.stamp = d.stamp
	}
	if len(r.uuid) == 0 {
		r.uuid = d.uuid
	}
	if len(agent) > 0 {
		r.agent = agent
	}
	return d.record(&r, out)
}

// synthetic is the model of rows that the program wrote itself.
const synthetic = "<synthetic>"

// record adds the usage of a row, if it has any.
func (d *decoder) record(r *row, out *jsonl.Out) string {
	m := &r.message
	if !m.used || string(m.model) == synthetic {
		return ""
	}
	if r.bad != "" {
		return r.bad
	}
	rec := usage.Record{SideChain: r.side, Requests: 1}
	rec.Basis, rec.Source, rec.Provider = usage.Logged, Name, "anthropic"
	d.count(&m.usage, &rec)
	if rec.Tokens.IsZero() {
		if len(rec.Quantities) == 0 {
			return ""
		}
		rec.Requests = 0 // what has no tokens is no request
	}
	if err := rec.Check(); err != nil {
		return err.Error()
	}
	rec.Start = jsonl.Time(r.stamp)
	if reason := out.CheckTime(rec.Start); reason != "" {
		return reason
	}
	if r.cost != nil {
		amount, ok := jsonl.Decimal(r.cost)
		if !ok || amount.Sign() < 0 {
			return "costUSD is out of range"
		}
		rec.Reported, rec.Currency = amount, "USD"
	}
	rec.Model = d.names.Of(m.model)
	rec.Session = d.names.Of(r.session)
	rec.Project = d.projects.Of(r.cwd)
	if r.side {
		rec.Agent = d.names.Of(r.agent)
		if rec.Agent == "" {
			rec.Agent = d.names.Of(r.agentName)
		}
	}
	rec.ID = id(r, &rec)
	out.Add(&rec)
	return ""
}

// count fills in what was used and under which conditions.
func (d *decoder) count(u *tokens, rec *usage.Record) {
	c, differ := u.classes()
	rec.Tokens = usage.Tokens{Input: c.input, CacheRead: c.read, CacheWrite5m: c.write5m, CacheWrite1h: c.write1h,
		Output: c.output, Reasoning: min(u.thinking, c.output)}
	rec.Context = rec.TotalInput()
	if differ || u.thinking > c.output {
		rec.Flags |= usage.FlagTotalMismatch
	}
	if x := u.compaction; u.compactions > 0 {
		rec.Tokens = rec.Tokens.Add(usage.Tokens{Input: x.input, CacheRead: x.read, CacheWrite5m: x.write5m,
			CacheWrite1h: x.write1h, Output: x.output})
		rec.Context = usage.Absent
		rec.Flags |= usage.FlagSeveralRequests
	}
	if u.searches > 0 {
		rec.Quantities = []usage.Quantity{{Meter: "web_search", N: u.searches}}
	}
	switch tier := string(u.tier); tier {
	case "", "standard":
	default:
		rec.Tier = d.names.Of(u.tier)
	}
	if string(u.speed) == "fast" {
		rec.Tier = "fast"
	}
	switch geo := string(u.geo); geo {
	case "", "global", "not_available":
	default:
		rec.Region = d.names.Of(u.geo)
	}
}

// id names the response: by the message, else by the request, else by the row
// that logged it, which copies keep, else by its content.
func id(r *row, rec *usage.Record) string {
	switch {
	case len(r.message.id) > 0:
		return jsonl.ID(r.message.id)
	case len(r.requestID) > 0:
		return jsonl.ID(r.requestID)
	case len(r.uuid) > 0:
		return jsonl.ID(append([]byte("u:"), r.uuid...))
	}
	return "h:" + jsonl.Digest(fmt.Appendf(nil, "%q %d %q %v %v", rec.Session, rec.Start.UnixMilli(), rec.Model, rec.Tokens, rec.Quantities))
}
