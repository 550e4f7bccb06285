// Package otelspan reads what a program says about its model calls in the
// objects that OpenTelemetry's JavaScript SDK writes to a file. They are not
// OTLP: attributes are a plain map, instants are [seconds, nanoseconds].
//
// One call can be told of several times: as the span of the call, as a log
// record of it, as a log record of the agent's turn, and within the sum on the
// span of the whole run. A [Signal] says which it is, the best last; whoever
// counts takes the best signal of a call and leaves the others.
//
// By the GenAI conventions input includes what a cache served and stored, and
// output includes thinking. There is no total to compare with.
package otelspan

import (
	"bytes"
	"time"

	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonscan"
)

// Signal is how an object tells of tokens. A greater one is nearer to the call.
type Signal int

// The signals.
const (
	Nothing   Signal = iota // no tokens, or a metric
	Agent                   // the span of a run: the sum of its calls
	Turn                    // a log record of an agent's turn
	Inference               // a log record of one call
	Chat                    // the span of one call
)

// Item is what an object says. Byte slices point into its text, or are nil.
type Item struct {
	Signal                Signal
	Trace, Span, Response []byte
	Session, Service      []byte
	Provider, Model       []byte // the model that answered, else the one that was asked
	At                    time.Time
	Gross                 agentlog.Gross
}

// Reader reads one object after another. The zero Reader is ready.
type Reader struct {
	f    agentlog.Fields
	item Item
	seen
}

// seen is what an item is made of.
type seen struct {
	kind, name, body, event, operation []byte
	asked, other                       []byte // request model; another name of the session
	timed                              bool   // it began and ended, as spans do
	observed                           time.Time
}

// Read returns what an object says, and why it cannot be counted, or "".
func (r *Reader) Read(text []byte) (Item, string) {
	r.item, r.seen = Item{}, seen{}
	f := &r.f
	f.Read(text)
	f.Members("object", r.member)
	if err := f.End(); err != nil {
		return Item{}, err.Error()
	}
	it := &r.item
	if it.Signal = r.signal(); it.Signal == Nothing || it.Gross == (agentlog.Gross{}) && f.Bad == "" {
		return Item{}, ""
	}
	if len(it.Model) == 0 {
		it.Model = r.asked
	}
	if len(it.Session) == 0 {
		it.Session = r.other
	}
	if it.At.IsZero() {
		it.At = r.observed
	}
	return *it, f.Bad
}

func (r *Reader) signal() Signal {
	span := string(r.kind) == "span" || len(r.kind) == 0 && len(r.name) > 0 && r.timed
	switch {
	case span && (string(r.operation) == "chat" || bytes.HasPrefix(r.name, []byte("chat "))):
		return Chat
	case span && (string(r.operation) == "invoke_agent" || bytes.HasPrefix(r.name, []byte("invoke_agent"))):
		return Agent
	case span:
		return Nothing
	case string(r.event) == "gen_ai.client.inference.operation.details" || bytes.HasPrefix(r.body, []byte("GenAI inference:")):
		return Inference
	case string(r.event) == "copilot_chat.agent.turn" || bytes.HasPrefix(r.body, []byte("copilot_chat.agent.turn")):
		return Turn
	}
	return Nothing
}

func (r *Reader) member(key string) bool {
	f, it := &r.f, &r.item
	switch key {
	case "type":
		r.kind = f.Lenient()
	case "name":
		r.name = f.Lenient()
	case "body", "_body":
		r.body = f.Lenient()
	case "traceId":
		it.Trace = f.Lenient()
	case "spanId", "id":
		it.Span = f.Lenient()
	case "spanContext", "_spanContext":
		return f.Kind() == jsonscan.Object && f.Members(key, r.context)
	case "startTime":
		r.timed = true
		r.observed = r.instant()
	case "endTime", "hrTime":
		r.timed = r.timed || key == "endTime"
		it.At = r.instant()
	case "hrTimeObserved":
		r.observed = r.instant()
	case "attributes":
		return f.Kind() == jsonscan.Object && f.Members(key, r.attribute)
	case "resource":
		return f.Kind() == jsonscan.Object && f.Members(key, r.resource)
	default:
		return false
	}
	return true
}

func (r *Reader) context(key string) bool {
	switch key {
	case "traceId":
		r.item.Trace = r.f.Lenient()
	case "spanId":
		r.item.Span = r.f.Lenient()
	default:
		return false
	}
	return true
}

// resource takes the service's name out of a map, or out of a list of pairs.
func (r *Reader) resource(key string) bool {
	f := &r.f
	switch {
	case key == "attributes" && f.Kind() == jsonscan.Object:
		return f.Members(key, func(key string) bool {
			if key != "service.name" {
				return false
			}
			r.item.Service = f.Lenient()
			return true
		})
	case key == "_rawAttributes" && f.Kind() == jsonscan.Array:
		for ok := f.Elements(); ok; ok = f.More() {
			r.pair()
		}
		return true
	}
	return false
}

func (r *Reader) pair() {
	f := &r.f
	if f.Kind() != jsonscan.Array {
		f.Skip()
		return
	}
	named := false
	n := 0
	for ok := f.Elements(); ok; ok = f.More() {
		switch {
		case n == 0:
			named = string(f.Lenient()) == "service.name"
		case n == 1 && named:
			r.item.Service = f.Lenient()
		default:
			f.Skip()
		}
		n++
	}
}

func (r *Reader) attribute(key string) bool {
	f, it := &r.f, &r.item
	switch key {
	case "event.name":
		r.event = f.Lenient()
	case "gen_ai.operation.name":
		r.operation = f.Lenient()
	case "gen_ai.provider.name", "gen_ai.system":
		it.Provider = f.Lenient()
	case "gen_ai.request.model":
		r.asked = f.Lenient()
	case "gen_ai.response.model":
		it.Model = f.Lenient()
	case "gen_ai.response.id":
		it.Response = f.Lenient()
	case "gen_ai.conversation.id":
		it.Session = f.Lenient()
	case "copilot_chat.chat_session_id", "copilot_chat.session_id", "session.id":
		r.other = f.Lenient()
	case "gen_ai.usage.input_tokens":
		it.Gross.Input = f.Tokens(key)
	case "gen_ai.usage.output_tokens":
		it.Gross.Output = f.Tokens(key)
	case "gen_ai.usage.cache_read.input_tokens":
		it.Gross.CacheRead = f.Tokens(key)
	case "gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_write.input_tokens":
		it.Gross.CacheWrite = max(it.Gross.CacheWrite, f.Tokens(key))
	case "gen_ai.usage.reasoning.output_tokens":
		it.Gross.Reasoning = f.Tokens(key)
	default:
		return false
	}
	return true
}

// instant takes an instant, to the millisecond.
func (r *Reader) instant() time.Time { return r.f.Pair().Truncate(time.Millisecond) }

// ID names the call that an item tells of, by what is in it.
func (it *Item) ID() string {
	if len(it.Trace) > 0 && len(it.Span) > 0 {
		return agentlog.HashID("span", string(it.Trace), string(it.Span), int(it.Signal))
	}
	return agentlog.HashID("call", string(it.Response), string(it.Session), it.At.UnixMilli(), string(it.Model), it.Gross, int(it.Signal))
}
