package amp

import (
	"net/url"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/jsonscan"
)

// maxUses is how many requests of one thread are counted.
const maxUses = 20_000

// decoder makes records of threads.
type decoder struct {
	fields   agentlog.Fields
	names    jsonl.Names
	projects jsonl.Projects

	id, tree         []byte
	created          time.Time
	messages, events []use
	byNumber         map[string]int // of messages
}

// use is what one message or event says. Byte slices point into the row.
type use struct {
	at      int    // where it begins in the row
	id      []byte // an event's
	message []byte // the message's number, as it is written
	role    []byte
	stamp   []byte
	sent    time.Time
	model   []byte
	gross   agentlog.Gross
	read    int64 // what the model read in all, as Amp adds it up
	bad     string
	taken   bool // its cache is counted with an event
}

// Begin implements [jsonl.Decoder].
func (d *decoder) Begin(jsonl.Start) {}

// State implements [jsonl.Decoder].
func (d *decoder) State(dst []byte) []byte { return dst }

// Dull implements [jsonl.Decoder].
func (d *decoder) Dull([]byte) bool { return false }

// Row takes a thread.
func (d *decoder) Row(text []byte, out *jsonl.Out) string {
	d.id, d.tree, d.created, d.messages, d.events = nil, nil, time.Time{}, d.messages[:0], d.events[:0]
	f := &d.fields
	f.Read(text)
	f.Members("thread", d.member)
	if err := f.End(); err != nil {
		return err.Error()
	}
	uses := d.messages
	if len(d.events) > 0 {
		uses = d.events
		d.number()
	}
	for i := range uses {
		if i == maxUses {
			return "thread has more requests than are counted"
		}
		if reason := d.record(&uses[i], out); reason != "" {
			out.Refuse(uses[i].at, reason)
		}
	}
	return f.Bad
}

func (d *decoder) member(key string) bool {
	f := &d.fields
	switch key {
	case "id":
		d.id = f.Lenient()
	case "created":
		d.created = f.Millis()
	case "messages":
		return d.list(d.message, &d.messages)
	case "usageLedger":
		return f.Kind() == jsonscan.Object && f.Members(key, func(key string) bool {
			return key == "events" && d.list(d.event, &d.events)
		})
	case "env":
		return f.Kind() == jsonscan.Object && f.Members(key, d.env)
	default:
		return false
	}
	return true
}

// list takes an array, and keeps what each of its objects used. It leaves
// anything that is no array.
func (d *decoder) list(member func(u *use, key string) bool, into *[]use) bool {
	f := &d.fields
	if f.Kind() != jsonscan.Array {
		return false
	}
	for ok := f.Elements(); ok; ok = f.More() {
		if f.Kind() != jsonscan.Object {
			f.Skip()
			continue
		}
		outer := f.Bad
		f.Bad = ""
		u := use{at: f.Offset(), gross: agentlog.Gross{Apart: true}}
		f.Members("request", func(key string) bool { return member(&u, key) })
		u.bad, f.Bad = f.Bad, outer
		g := &u.gross
		some := g.Input|g.Output|g.CacheRead|g.CacheWrite > 0 || u.bad != ""
		if some && (len(u.role) == 0 || string(u.role) == "assistant") && len(*into) <= maxUses {
			*into = append(*into, u)
		}
	}
	return true
}

// message takes a member of a message.
func (d *decoder) message(u *use, key string) bool {
	f := &d.fields
	switch key {
	case "messageId":
		u.message, _ = f.Raw()
	case "role":
		u.role = f.Lenient()
	case "timestamp":
		if b := f.Lenient(); len(u.stamp) == 0 {
			u.stamp = b
		}
	case "meta":
		return f.Kind() == jsonscan.Object && f.Members(key, func(key string) bool {
			if key != "sentAt" {
				return false
			}
			u.sent = f.Millis()
			return true
		})
	case "model":
		if b := f.Lenient(); len(u.model) == 0 {
			u.model = b
		}
	case "usage":
		f.Members(key, func(key string) bool { return d.usage(u, key) })
	default:
		return false
	}
	return true
}

func (d *decoder) usage(u *use, key string) bool {
	f, g := &d.fields, &u.gross
	switch key {
	case "model":
		u.model = f.Strict(key)
	case "timestamp":
		if b := f.Lenient(); len(b) > 0 {
			u.stamp = b
		}
	case "inputTokens":
		g.Input = f.Tokens(key)
	case "outputTokens":
		g.Output = f.Tokens(key)
	case "cacheCreationInputTokens":
		g.CacheWrite = f.Tokens(key)
	case "cacheReadInputTokens":
		g.CacheRead = f.Tokens(key)
	case "totalInputTokens":
		u.read = f.Tokens(key)
	default:
		return false
	}
	return true
}

// event takes a member of an event of the ledger.
func (d *decoder) event(u *use, key string) bool {
	f, g := &d.fields, &u.gross
	switch key {
	case "id":
		u.id = f.Lenient()
	case "timestamp":
		u.stamp = f.Lenient()
	case "model":
		u.model = f.Strict(key)
	case "toMessageId":
		u.message, _ = f.Raw()
	case "tokens":
		f.Members(key, func(key string) bool {
			switch key {
			case "input":
				g.Input = f.Tokens(key)
			case "output":
				g.Output = f.Tokens(key)
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

// env takes where the thread was held: initial.trees[0].uri.
func (d *decoder) env(key string) bool {
	f := &d.fields
	switch {
	case key == "initial" && f.Kind() == jsonscan.Object:
		return f.Members(key, d.env)
	case key != "trees" || f.Kind() != jsonscan.Array:
		return false
	}
	f.Objects(key, func(key string) bool {
		if key != "uri" || len(d.tree) > 0 {
			return false
		}
		d.tree = f.Lenient()
		return true
	})
	return true
}

// project is the directory that a file URI names.
func (d *decoder) project() string {
	u, err := url.Parse(string(d.tree))
	if err != nil || u.Scheme != "file" {
		return ""
	}
	return d.projects.Of([]byte(u.Path))
}

// record adds what a request used.
func (d *decoder) record(u *use, out *jsonl.Out) string {
	if u.bad != "" {
		return u.bad
	}
	name := u
	if len(d.events) > 0 {
		if m := d.led(u); m != nil {
			name = m
			u.gross.CacheRead, u.gross.CacheWrite = m.gross.CacheRead, m.gross.CacheWrite
		}
	} else if u.read > 0 {
		u.gross.Total, u.gross.Told = u.read+u.gross.Output, true
	}
	r := agentlog.Start(Name, "amp")
	if reason := u.gross.Fill(&r, agentlog.Inside, d.when(u), out); reason != "" || r.IsZero() {
		return reason
	}
	r.Model, r.Session, r.Project = d.names.Of(u.model), d.names.Of(d.id), d.project()
	if r.ID = d.name(name); name == u && len(d.events) > 0 {
		r.ID = agentlog.HashID("amp event", string(u.id), r.Start.UnixMilli(), r.Model, r.Tokens)
	}
	out.Add(&r)
	return ""
}

// number finds messages by their numbers; of several with one, the first.
func (d *decoder) number() {
	d.byNumber = make(map[string]int, len(d.messages))
	for i := range d.messages {
		m := &d.messages[i]
		if _, twice := d.byNumber[string(m.message)]; !twice && m.bad == "" && len(m.message) > 0 {
			d.byNumber[string(m.message)] = i
		}
	}
}

// led returns the message that an event led to, to the first event that asks.
func (d *decoder) led(u *use) *use {
	i, ok := d.byNumber[string(u.message)]
	if !ok || d.messages[i].taken {
		return nil
	}
	d.messages[i].taken = true
	return &d.messages[i]
}

// when is the instant of a request: its own, else when its message was sent,
// else when the thread began.
func (d *decoder) when(u *use) time.Time {
	t := jsonl.Time(u.stamp)
	if t.IsZero() {
		t = u.sent
	}
	if t.IsZero() {
		t = d.created
	}
	return t
}

// name is the id of the request that a message is the answer to. A message
// without an instant is only told apart inside its thread.
func (d *decoder) name(m *use) string {
	g := m.gross
	counts := usage.Tokens{Input: g.Input, CacheRead: g.CacheRead, CacheWrite5m: g.CacheWrite, Output: g.Output}
	at := jsonl.Time(m.stamp)
	if at.IsZero() {
		return agentlog.HashID("amp message", string(d.id), string(m.message), m.sent.UnixMilli(), string(m.model), counts)
	}
	return agentlog.HashID("amp", at.UnixMilli(), string(m.model), counts)
}
