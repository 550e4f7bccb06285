package copilotcli

import (
	"tokpit/usage"
	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/jsonscan"
	"tokpit/usage/internal/sqlitelog"
)

// decoder makes records of events.
type decoder struct {
	fields   agentlog.Fields
	names    jsonl.Names
	projects jsonl.Projects
	epoch    *sqlitelog.Epoch
	memory
	event
}

// memory is what a decoder must know of the events before.
type memory struct {
	Session string          `json:"s,omitempty"`
	Cwd     string          `json:"d,omitempty"`
	Model   string          `json:"m,omitempty"`
	Sums    map[string]sums `json:"u,omitempty"` // by model: what has been counted since the session was begun or resumed
	Before  map[string]sums `json:"b,omitempty"` // and before that
}

// sums is what has been counted of a model in a file.
type sums struct{ Input, Read, Write, Output, Reasoning, Requests int64 }

func (s sums) plus(t sums) sums {
	return sums{s.Input + t.Input, s.Read + t.Read, s.Write + t.Write, s.Output + t.Output, s.Reasoning + t.Reasoning, s.Requests + t.Requests}
}

// least reports whether no sum that every version has is less than its counterpart.
func (s sums) least(t sums) bool {
	return s.Input >= t.Input && s.Read >= t.Read && s.Write >= t.Write && s.Output >= t.Output
}

// event is what an event says. Byte slices point into the row.
type event struct {
	kind, stamp, id               []byte
	session, cwd, model, newModel []byte
	message                       []byte // messageId
	output                        int64
	told                          bool // outputTokens is there
	metrics                       []metric
}

// metric is what a shutdown says of a model.
type metric struct {
	model []byte
	sums
	used bool
}

// maxModels is how many models of a session are told apart.
const maxModels = 64

// Begin implements [jsonl.Decoder].
func (d *decoder) Begin(s jsonl.Start) {
	d.memory = agentlog.Recall[memory](s.State)
	if d.Sums == nil {
		d.Sums = map[string]sums{}
	}
}

// State implements [jsonl.Decoder].
func (d *decoder) State(dst []byte) []byte { return agentlog.Remember(dst, d.memory) }

// Dull reports whether a line is an event that says nothing about usage.
func (d *decoder) Dull(head []byte) bool {
	kind, found := d.fields.Lead(head, "type")
	return found && dull(string(kind))
}

func dull(kind string) bool {
	switch kind {
	case "", "session.start", "session.resume", "session.model_change", "assistant.message", "session.shutdown":
		return false
	}
	return true
}

// Row implements [jsonl.Decoder].
func (d *decoder) Row(line []byte, out *jsonl.Out) string {
	d.event = event{}
	f := &d.fields
	f.Read(line)
	for ok := f.Object(); ok; ok = f.Next() {
		switch key := string(f.Key()); key {
		case "type":
			if d.kind = f.Lenient(); dull(string(d.kind)) {
				return ""
			}
		case "timestamp":
			d.stamp = f.Lenient()
		case "id":
			d.id = f.Lenient()
		case "data":
			if f.Kind() == jsonscan.Object {
				f.Members(key, d.data)
			} else {
				f.Skip()
			}
		default:
			f.Skip()
		}
	}
	if err := f.End(); err != nil {
		return err.Error()
	}
	switch string(d.kind) {
	case "session.start", "session.resume", "session.model_change":
		if d.learn(); string(d.kind) == "session.resume" {
			d.resume()
		}
	case "assistant.message":
		return d.said(out)
	case "session.shutdown":
		return d.shutdown(out)
	}
	return ""
}

func (d *decoder) data(key string) bool {
	f := &d.fields
	switch key {
	case "sessionId":
		d.session = f.Lenient()
	case "selectedModel", "model":
		d.model = f.Lenient()
	case "newModel":
		d.newModel = f.Lenient()
	case "messageId":
		d.message = f.Lenient()
	case "outputTokens":
		d.told = true
		d.output = f.Tokens(key)
	case "context":
		return f.Kind() == jsonscan.Object && f.Members(key, func(key string) bool {
			if key != "cwd" {
				return false
			}
			d.cwd = f.Lenient()
			return true
		})
	case "modelMetrics":
		return f.Members(key, d.metric)
	default:
		return false
	}
	return true
}

// metric takes what is said of one model.
func (d *decoder) metric(model string) bool {
	f := &d.fields
	if f.Kind() != jsonscan.Object || len(d.metrics) >= maxModels {
		return false
	}
	m := metric{model: []byte(model)}
	f.Members(model, func(key string) bool {
		switch key {
		case "requests":
			return f.Kind() == jsonscan.Object && f.Members(key, func(key string) bool {
				if key != "count" {
					return false
				}
				m.Requests = f.Tokens(key)
				return true
			})
		case "usage":
			m.used = f.Members(key, func(key string) bool {
				switch key {
				case "inputTokens":
					m.Input = f.Tokens(key)
				case "outputTokens":
					m.Output = f.Tokens(key)
				case "cacheReadTokens":
					m.Read = f.Tokens(key)
				case "cacheWriteTokens":
					m.Write = f.Tokens(key)
				case "reasoningTokens":
					m.Reasoning = f.Tokens(key)
				default:
					return false
				}
				return true
			})
			return true
		}
		return false
	})
	d.metrics = append(d.metrics, m)
	return true
}

// learn remembers what a session works with.
func (d *decoder) learn() {
	if len(d.session) > 0 {
		d.Session = string(d.session)
	}
	if len(d.cwd) > 0 {
		d.Cwd = string(d.cwd)
	}
	if len(d.model) > 0 {
		d.Model = string(d.model)
	}
	if len(d.newModel) > 0 {
		d.Model = string(d.newModel)
	}
}

// resume begins a new process of the session. Its sums begin anew.
func (d *decoder) resume() {
	if d.Before == nil {
		d.Before = map[string]sums{}
	}
	for model, s := range d.Sums {
		d.Before[model] = d.Before[model].plus(s)
	}
	clear(d.Sums)
}

// counted is what of a shutdown's sums has been counted. Some versions go on with
// the sums of the processes before: unless the output is just what the messages
// of this one have put out, or a sum is too small for that.
func (d *decoder) counted(m *metric) sums {
	old := d.Sums[string(m.model)]
	all := old.plus(d.Before[string(m.model)])
	if m.Output == old.Output || !m.least(all) {
		return old
	}
	delete(d.Before, string(m.model))
	return all
}

// start begins a record, and says why it cannot.
func (d *decoder) start(model string, out *jsonl.Out) (r usage.Record, reason string) {
	r = agentlog.Start(Name, "github")
	r.Start = jsonl.Time(d.stamp)
	r.Context = usage.Absent
	r.Model, r.Session, r.Project = d.names.Of([]byte(model)), d.names.Of([]byte(d.Session)), d.projects.Of([]byte(d.Cwd))
	return r, out.CheckTime(r.Start)
}

// said adds the output of a message.
func (d *decoder) said(out *jsonl.Out) string {
	if d.fields.Bad != "" {
		return d.fields.Bad
	}
	if !d.told || d.output == 0 {
		return ""
	}
	model := string(d.model)
	if model == "" {
		model = d.Model
	}
	r, reason := d.start(model, out)
	if reason != "" {
		return reason
	}
	if d.epoch.Covers(r.Start) {
		out.Repeat()
		return ""
	}
	r.Output = d.output
	r.ID = agentlog.HashID("message", d.Session, string(d.message), string(d.id), r.Start.UnixMilli(), r.Model, r.Output)
	if _, known := d.Sums[model]; known || len(d.Sums) < maxModels {
		s := d.Sums[model]
		s.Output += r.Output
		s.Requests++
		d.Sums[model] = s
	}
	out.Add(&r)
	return ""
}

// shutdown adds what the messages before it left out.
func (d *decoder) shutdown(out *jsonl.Out) string {
	if d.fields.Bad != "" {
		return d.fields.Bad
	}
	for i := range d.metrics {
		m := &d.metrics[i]
		if !m.used {
			continue
		}
		r, reason := d.start(string(m.model), out)
		if reason != "" {
			return reason
		}
		if d.epoch.Covers(r.Start) {
			out.Repeat()
			continue
		}
		old := d.counted(m)
		more := func(now, before int64) int64 { return max(0, now-before) }
		g := agentlog.Gross{Input: more(m.Input, old.Input), CacheRead: more(m.Read, old.Read), CacheWrite: more(m.Write, old.Write),
			Output: more(m.Output, old.Output), Reasoning: more(m.Reasoning, old.Reasoning)}
		g.Reasoning = min(g.Reasoning, g.Output)
		tokens, fits := g.Split(agentlog.Inside)
		if tokens.IsZero() {
			continue
		}
		agentlog.Count(&r, tokens, fits && m.Output >= old.Output && m.Input >= old.Input)
		r.Context, r.Requests = usage.Absent, more(m.Requests, old.Requests)
		r.Flags |= usage.FlagSeveralRequests
		if err := r.Check(); err != nil {
			return err.Error()
		}
		r.ID = agentlog.HashID("shutdown", d.Session, string(d.id), r.Start.UnixMilli(), r.Model, m.sums)
		d.Sums[string(m.model)] = sums{max(m.Input, old.Input), max(m.Read, old.Read), max(m.Write, old.Write),
			max(m.Output, old.Output), max(m.Reasoning, old.Reasoning), max(m.Requests, old.Requests)}
		out.Add(&r)
	}
	return ""
}
