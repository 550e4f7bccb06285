package copilotchat

import (
	"slices"
	"strings"

	"tokpit/usage"
	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/jsonscan"
	"tokpit/usage/internal/sqlitelog"
)

// journal makes records of a journal.
type journal struct {
	line     path            // of the row at hand
	value    agentlog.Fields // its value
	names    jsonl.Names
	projects jsonl.Projects
	epoch    *sqlitelog.Epoch
	project  string
	memory
}

// memory is what a decoder must know of the conversation so far.
type memory struct {
	Session string    `json:"s,omitempty"`
	Created int64     `json:"c,omitempty"` // ms since 1970
	First   int       `json:"f,omitempty"` // place of the first of Asked in the conversation
	Asked   []request `json:"a,omitempty"` // the latest
}

// maxAsked is how many requests are remembered: the latest are the ones that
// change.
const maxAsked = 64

// request is a request, as far as it is known.
type request struct {
	ID       string `json:"i,omitempty"`
	At       int64  `json:"t,omitempty"` // ms since 1970
	Model    string `json:"m,omitempty"` // as the editor names it
	Resolved string `json:"r,omitempty"` // as the answer names it
	Prompt   int64  `json:"p,omitempty"`
	Answer   int64  `json:"o,omitempty"`
	// What result.metadata says of the same.
	MetaPrompt int64 `json:"q,omitempty"`
	MetaAnswer int64 `json:"u,omitempty"`
	// What has been counted.
	Counted usage.Tokens `json:"n"`
	As      string       `json:"w,omitempty"` // the model
	Start   int64        `json:"b,omitempty"` // ms since 1970
}

// Begin implements [jsonl.Decoder].
func (d *journal) Begin(s jsonl.Start) {
	d.memory, d.project = agentlog.Recall[memory](s.State), d.workspace(s.Path)
}

// State implements [jsonl.Decoder].
func (d *journal) State(dst []byte) []byte { return agentlog.Remember(dst, d.memory) }

// Dull reports whether a line is a change that says nothing of tokens.
func (d *journal) Dull(head []byte) bool {
	d.line.read(head)
	return d.line.whole && !d.line.matters()
}

// Row implements [jsonl.Decoder].
func (d *journal) Row(line []byte, out *jsonl.Out) string {
	p := &d.line
	p.read(line)
	if p.whole && !p.matters() {
		return ""
	}
	if err := p.f.End(); err != nil {
		return err.Error()
	}
	if !p.whole || p.value == nil {
		return ""
	}
	d.value.Read(p.value)
	from := d.apply()
	if d.value.Bad != "" {
		return d.value.Bad
	}
	for i := from; i < len(d.Asked); i++ {
		if reason := d.count(i, out); reason != "" {
			out.Refuse(0, reason)
		}
	}
	if n := len(d.Asked) - maxAsked; n > 0 {
		d.Asked = slices.Clone(d.Asked[n:])
		d.First += n
	}
	return ""
}

// apply makes the change that a row says. It returns the first of the requests
// that may have changed.
func (d *journal) apply() int {
	p, f := &d.line, &d.value
	switch {
	case p.kind == snapshot:
		d.memory = memory{}
		f.Members("v", d.conversation)
		return 0
	case p.kind == push:
		if n := p.from - int64(d.First); p.from >= 0 && n < int64(len(d.Asked)) {
			d.Asked = d.Asked[:max(0, n)]
		}
		n := len(d.Asked)
		d.requests()
		return n
	case p.is("requests"):
		d.First, d.Asked = 0, nil
		d.requests()
		return 0
	case p.n == 1:
		d.conversation(string(p.steps[0]))
		return len(d.Asked)
	}
	i := p.index - int64(d.First)
	if i < 0 || i >= int64(len(d.Asked)) {
		return len(d.Asked)
	}
	switch r := &d.Asked[i]; p.n {
	case 2:
		*r = request{Counted: r.Counted, As: r.As, Start: r.Start}
		d.whole(r)
	case 3:
		d.field(r, string(p.steps[2]))
	case 4:
		d.field(r, "metadata")
	case 5:
		d.metadata(r, string(p.steps[4]))
	}
	return int(i)
}

// conversation takes what a snapshot says.
func (d *journal) conversation(key string) bool {
	f := &d.value
	switch key {
	case "sessionId":
		d.Session = jsonl.ID(f.Lenient())
	case "creationDate":
		d.Created = millis(f)
	case "requests":
		d.requests()
	default:
		return false
	}
	return true
}

// requests takes requests that follow those that are known.
func (d *journal) requests() {
	f := &d.value
	if f.Kind() != jsonscan.Array {
		f.Skip()
		return
	}
	for ok := f.Elements(); ok; ok = f.More() {
		d.Asked = append(d.Asked, request{})
		d.whole(&d.Asked[len(d.Asked)-1])
	}
}

// whole takes a request.
func (d *journal) whole(r *request) {
	f := &d.value
	if f.Kind() != jsonscan.Object {
		f.Skip()
		return
	}
	f.Members("request", func(key string) bool { return d.field(r, key) })
}

// field takes a field of a request, of its result or of the metadata of that.
func (d *journal) field(r *request, key string) bool {
	f := &d.value
	switch key {
	case "requestId":
		r.ID = jsonl.ID(f.Lenient())
	case "timestamp":
		r.At = millis(f)
	case "modelId":
		r.Model = jsonl.ID(f.Lenient())
	case "promptTokens":
		r.Prompt = f.Tokens(key)
	case "completionTokens":
		r.Answer = f.Tokens(key)
	case "result":
		return f.Kind() == jsonscan.Object && f.Members(key, func(key string) bool { return key == "metadata" && d.field(r, key) })
	case "metadata":
		return f.Kind() == jsonscan.Object && f.Members(key, func(key string) bool { return d.metadata(r, key) })
	default:
		return false
	}
	return true
}

func (d *journal) metadata(r *request, key string) bool {
	f := &d.value
	switch key {
	case "promptTokens":
		r.MetaPrompt = f.Tokens(key)
	case "outputTokens":
		r.MetaAnswer = f.Tokens(key)
	case "resolvedModel":
		r.Resolved = jsonl.ID(f.Lenient())
	default:
		return false
	}
	return true
}

// count adds a request, or puts it in the place of what was counted of it.
func (d *journal) count(i int, out *jsonl.Out) string {
	q := &d.Asked[i]
	model, ours := strings.CutPrefix(q.Model, "copilot/")
	if q.Resolved != "" && (ours || q.Model == "") {
		model, ours = q.Resolved, true
	}
	tokens := usage.Tokens{Input: q.Prompt, Output: q.Answer}
	if tokens.Input == 0 {
		tokens.Input = q.MetaPrompt
	}
	if tokens.Output == 0 {
		tokens.Output = q.MetaAnswer
	}
	if !ours || tokens.IsZero() || tokens == q.Counted && model == q.As {
		return ""
	}
	r := agentlog.Start(Name, "github")
	agentlog.Count(&r, tokens, true)
	if err := r.Check(); err != nil {
		return err.Error()
	}
	if r.Start = agentlog.FromMillis(q.At); r.Start.IsZero() {
		r.Start = agentlog.FromMillis(d.Created)
	}
	if reason := out.CheckTime(r.Start); reason != "" {
		return reason
	}
	if d.epoch.Covers(r.Start) {
		out.Repeat()
		return ""
	}
	r.Model, r.Session, r.Project = d.names.Of([]byte(model)), d.names.Of([]byte(d.Session)), d.project
	r.Requests, r.Context = usage.Absent, usage.Absent
	if r.ID = agentlog.HashID("request", d.Session, q.ID); q.ID == "" {
		r.ID = agentlog.HashID("place", d.Session, d.Created, d.First+i)
	}
	if !q.Counted.IsZero() {
		out.Remove(r.ID, agentlog.FromMillis(q.Start))
	}
	q.Counted, q.As, q.Start = tokens, model, r.Start.UnixMilli()
	out.Add(&r)
	return ""
}

// millis takes milliseconds since 1970; 0 is none.
func millis(f *agentlog.Fields) int64 {
	if at := f.Millis(); !at.IsZero() {
		return at.UnixMilli()
	}
	return 0
}
