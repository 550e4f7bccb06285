package apilog

import (
	"bytes"
	"strconv"
	"time"

	"tokpit/usage/importer"
	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/jsonscan"
)

// place is what stands at one level of a row. What an answer does not say itself is
// taken from the levels around it, the nearest first.
type place struct {
	at                     time.Time
	id, request            string // of the answer, and of the request that it answers
	model                  string
	tier, region           string
	user, project, session string
	host, mark             string // address, and the provider that left a mark
	kind                   string // "type" or "object"
	batch                  bool
	failed, asks           bool // an error; a request, not an answer
}

// hit is a usage object with what is known about it.
type hit struct {
	place
	u      counts
	part   bool // of a stream
	starts bool // Anthropic's message_start
	delta  bool // and its message_delta
}

// decoder finds the usage in one row after the other.
type decoder struct {
	o     importer.Options
	names jsonl.Names
	walks []*agentlog.Fields // one for each text inside a text
	depth int
	hits  []hit
	dull  string // why a row without usage is none
	known bool   // the row is something that belongs here
}

// maxDepth is how many wrappers an answer may have.
const maxDepth = 8

// row looks for usage in a row. It returns why there is none, or "" with hits, or ""
// with a reason in d.dull for rows that have none by their nature.
func (d *decoder) row(text []byte) (bad string) {
	d.hits, d.dull, d.known, d.depth = d.hits[:0], "", false, 0
	bad = d.text(text)
	if bad == "" && len(d.hits) == 0 && !d.known {
		return "no usage in it"
	}
	if bad == "" && d.dull == "" {
		d.dull = "parts of streams, and requests, without usage"
	}
	return bad
}

// text reads a JSON text. What it finds lacks what stands around the text.
func (d *decoder) text(text []byte) (bad string) {
	if d.depth >= maxDepth {
		return ""
	}
	if d.depth == len(d.walks) {
		d.walks = append(d.walks, new(agentlog.Fields))
	}
	f := d.walks[d.depth]
	d.depth++
	defer func() { d.depth-- }()
	f.Read(text)
	if f.Kind() != jsonscan.Object {
		return "not a JSON object"
	}
	d.object(f, 0)
	if err := f.End(); err != nil {
		return err.Error()
	}
	return f.Bad
}

// object walks one level, and gives what is known there to all that was found below
// it.
func (d *decoder) object(f *agentlog.Fields, level int) {
	first := len(d.hits)
	var p place
	var u counts
	for ok := f.Object(); ok; ok = f.Next() {
		d.member(f, level, &p, &u)
	}
	d.known = d.known || p.failed || p.asks || streamed(p.kind) || p.kind == "chat.completion.chunk"
	if p.failed {
		d.dull = "errors"
	}
	if u.told {
		d.hits = append(d.hits, hit{u: u})
	}
	for i := first; i < len(d.hits); i++ {
		d.hits[i].inherit(&p)
	}
}

// streamed reports whether a kind is that of an event of a stream.
func streamed(kind string) bool {
	switch kind {
	case "ping", "error", "message_start", "message_delta", "message_stop", "content_block_start", "content_block_delta", "content_block_stop":
		return true
	}
	return len(kind) > 9 && kind[:9] == "response."
}

// inherit fills in what a level says and those below it did not.
func (h *hit) inherit(p *place) {
	if h.at.IsZero() {
		h.at = p.at
	}
	for _, x := range []struct {
		to   *string
		from string
	}{{&h.id, p.id}, {&h.request, p.request}, {&h.model, p.model}, {&h.tier, p.tier}, {&h.region, p.region}, {&h.user, p.user}, {&h.project, p.project},
		{&h.session, p.session}, {&h.host, p.host}, {&h.mark, p.mark}} {
		if *x.to == "" {
			*x.to = x.from
		}
	}
	if p.batch && h.tier == "" {
		h.tier = "batch"
	}
	switch p.kind {
	case "message_start":
		h.starts = true
	case "message_delta":
		h.delta = true
	case "chat.completion.chunk", "text_completion":
		h.part = true
	default:
		h.part = h.part || streamed(p.kind) || h.u.shape == gemini
	}
}

// member reads one member of a level.
func (d *decoder) member(f *agentlog.Fields, level int, p *place, u *counts) {
	switch key := string(f.Key()); key {
	case "usage", "usageMetadata", "usage_metadata":
		u.read(f, key)
		if u.tier != "" {
			p.tier = u.tier
		}
		if u.region != "" {
			p.region = u.region
		}
	case "amazon-bedrock-invocationMetrics":
		u.read(f, key)
		p.mark = "bedrock"
	case "response", "body", "message", "data", "result", "chunk", "event", "payload", "completion", "raw_response", "response_body", "responseBody",
		"raw", "json", "record", "x_groq", "output_body", "chunks", "events", "responses":
		if key == "x_groq" {
			p.mark = "groq"
		}
		d.inside(f, level)
	case "request", "request_body", "requestBody", "params", "kwargs":
		d.asked(f, level, p)
	default:
		if !d.says(f, key, p) {
			f.Skip()
		}
	}
}

// inside goes into what may hold an answer: an object, a list of them, or a text
// that holds either or a recorded stream.
func (d *decoder) inside(f *agentlog.Fields, level int) {
	switch f.Kind() {
	case jsonscan.Object:
		if level < maxDepth {
			d.object(f, level+1)
			return
		}
	case jsonscan.Array:
		if level < maxDepth {
			for ok := f.Elements(); ok; ok = f.More() {
				d.inside(f, level+1)
			}
			return
		}
	case jsonscan.String:
		text, _ := f.Text()
		d.quoted(bytes.TrimLeft(text, " \t\r\n"))
		return
	}
	f.Skip()
}

// quoted reads a text inside a text. What is no JSON there is somebody's words.
func (d *decoder) quoted(text []byte) {
	switch {
	case len(text) == 0:
	case text[0] == '{':
		first := len(d.hits)
		if d.text(text) != "" {
			d.hits = d.hits[:first]
		}
	case bytes.HasPrefix(text, []byte("data:")), bytes.HasPrefix(text, []byte("event:")), bytes.HasPrefix(text, []byte(":")):
		for line := range bytes.Lines(text) {
			if event, ok := bytes.CutPrefix(line, []byte("data:")); ok {
				d.quoted(bytes.TrimSpace(event))
			}
		}
	}
}

// asked reads what a request says of its answer.
func (d *decoder) asked(f *agentlog.Fields, level int, p *place) {
	if f.Kind() != jsonscan.Object || level >= maxDepth {
		f.Skip()
		return
	}
	for ok := f.Object(); ok; ok = f.Next() {
		switch key := string(f.Key()); key {
		case "model", "modelId", "model_id":
			fill(&p.model, d.names.Of(f.Lenient()))
		case "user":
			fill(&p.user, d.names.Of(f.Lenient()))
		case "url", "base_url", "host", "endpoint":
			fill(&p.host, d.names.Of(f.Lenient()))
		case "body", "json":
			d.asked(f, level+1, p)
		default:
			f.Skip()
		}
	}
}

func fill(to *string, with string) {
	if *to == "" {
		*to = with
	}
}

// says reads what a level says of an answer in it, by the names that are common.
func (d *decoder) says(f *agentlog.Fields, key string, p *place) bool {
	switch key {
	case "id", "responseId", "response_id":
		if p.id = d.id(f); len(p.id) > 10 && p.id[:10] == "batch_req_" {
			p.batch, p.id = true, ""
		}
	case "request_id", "requestId", "RequestId", "x-request-id", "req_id":
		p.request = d.id(f)
	case "ResponseMetadata": // of Amazon's clients
		f.Members("", func(k string) bool {
			if k != "RequestId" {
				return false
			}
			p.request = d.id(f)
			return true
		})
	case "object", "type":
		if kind := d.names.Of(f.Lenient()); p.kind == "" || streamed(kind) {
			p.kind = kind
		}
	case "model", "modelVersion", "model_version", "modelId", "model_id":
		fill(&p.model, d.names.Of(f.Lenient()))
	case "service_tier":
		p.tier = plainTier(d.names.Of(f.Lenient()))
	case "created", "created_at", "createTime", "create_time":
		p.at = later(p.at, d.time(f))
	case "timestamp", "time", "ts", "@timestamp", "datetime", "createdAt", "start_time", "startTime", "date", "logged_at", "requested_at", "at":
		if t := d.time(f); p.at.IsZero() {
			p.at = t
		}
	case "user", "user_id":
		p.user = d.names.Of(f.Lenient())
	case "project", "project_id":
		p.project = d.names.Of(f.Lenient())
	case "session", "session_id", "conversation_id":
		p.session = d.names.Of(f.Lenient())
	case "url", "base_url", "api_base", "host", "endpoint":
		p.host = d.names.Of(f.Lenient())
	case "provider":
		p.mark = d.names.Of(f.Lenient())
	case "prompt_filter_results", "content_filter_results":
		p.mark, p.asks = "azure", true // its streams begin with a chunk that holds nothing else
		return false
	case "error":
		p.failed = f.Kind() == jsonscan.Object || f.Kind() == jsonscan.String
		return false
	case "messages", "contents", "candidates":
		p.asks = true
		return false
	default:
		return false
	}
	return true
}

// later prefers what the answer itself says.
func later(old, t time.Time) time.Time {
	if t.IsZero() {
		return old
	}
	return t
}

func (d *decoder) id(f *agentlog.Fields) string {
	if b := f.Lenient(); len(b) > 0 {
		return jsonl.ID(b)
	}
	return ""
}

// time reads an instant as a text, or as a number of seconds, milliseconds,
// microseconds or nanoseconds since 1970.
func (d *decoder) time(f *agentlog.Fields) time.Time {
	switch f.Kind() {
	case jsonscan.Number:
		raw, _ := f.Raw()
		whole, fraction, _ := bytes.Cut(raw, []byte{'.'})
		n, err := strconv.ParseInt(string(whole), 10, 64)
		if err != nil || n <= 0 {
			return time.Time{}
		}
		for n >= 1e14 {
			n /= 1000
		}
		if n < 1e11 {
			n *= 1000
			for i, unit := 0, int64(100); i < 3 && i < len(fraction) && fraction[i]-'0' < 10; i, unit = i+1, unit/10 {
				n += int64(fraction[i]-'0') * unit
			}
		}
		return agentlog.FromMillis(n)
	case jsonscan.String:
		b, _ := f.Text()
		if t := jsonl.Time(b); !t.IsZero() {
			return t
		}
		if len(b) < 10 || len(b) > 40 {
			return time.Time{}
		}
		zone := d.o.Zone
		if zone == nil {
			zone = time.UTC
		}
		for _, layout := range []string{"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05", "2006-01-02T15:04:05", time.DateOnly} {
			if t, err := time.ParseInLocation(layout, string(b), zone); err == nil {
				return t.UTC().Truncate(time.Millisecond)
			}
		}
		return time.Time{}
	}
	f.Skip()
	return time.Time{}
}

func plainTier(t string) string {
	switch t {
	case "default", "standard", "auto", "on_demand":
		return ""
	}
	return t
}
