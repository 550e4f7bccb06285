// Package kimi reads the logs that Kimi Code keeps of its conversations.
//
// Kimi Code appends events to sessions/<directory>/<session>/agents/<agent>/
// wire.jsonl. An event of type "usage.record" is one response:
//
//   - inputOther leaves out what the cache served and stored, which stand beside
//     it; output includes thinking. There is no total to compare with.
//   - The same counts are repeated inside "step.end" events, which are not
//     counted. Counts belong to one request; nothing is cumulative.
//   - Events carry no id and no session. A response is named by its instant, its
//     model and its counts; session and agent are those of the directory.
//   - The model's name has its vendor in front of it.
//
// Logs of the older kimi command (~/.kimi) have another form and are not read.
package kimi

import (
	"path/filepath"
	"strings"
	"time"

	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/jsonscan"
)

// Name is the source's name.
const Name = "kimi"

// Options says where to look and how.
type Options = agentlog.Options

// Source is Kimi Code's logs on this machine. It implements [usage.Source].
type Source struct{ agentlog.Logs }

// New returns the source.
func New(o Options) *Source {
	var roots []jsonl.Root
	if o.Home != "" {
		roots = []jsonl.Root{{Path: filepath.Join(o.Home, ".kimi-code", "sessions"), Why: "default"}}
	}
	tree := o.Tree(Name, roots)
	tree.Accept = func(path string) bool { return filepath.Base(path) == "wire.jsonl" }
	tree.Decoder = func() jsonl.Decoder { return &decoder{} }
	return &Source{agentlog.Logs{Tree: tree}}
}

// decoder makes records of events.
type decoder struct {
	fields         agentlog.Fields
	names          jsonl.Names
	session, agent string

	kind, model []byte
	at          time.Time
	gross       agentlog.Gross
	used        bool
}

// Begin implements [jsonl.Decoder].
func (d *decoder) Begin(s jsonl.Start) {
	parts := strings.Split(filepath.ToSlash(s.Path), "/")
	d.session, d.agent = "", ""
	if n := len(parts); n >= 4 && parts[n-3] == "agents" {
		d.session = d.names.Of([]byte(parts[n-4]))
		if d.agent = d.names.Of([]byte(parts[n-2])); d.agent == "main" {
			d.agent = ""
		}
	}
}

// State implements [jsonl.Decoder].
func (d *decoder) State(dst []byte) []byte { return dst }

// Dull reports whether a line is another event.
func (d *decoder) Dull(head []byte) bool {
	f := &d.fields
	f.Read(head)
	for ok := f.Object(); ok; ok = f.Next() {
		if string(f.Key()) == "type" {
			kind, k := f.Text()
			return k == jsonscan.String && string(kind) != "usage.record"
		}
		f.Skip()
	}
	return false
}

// Row implements [jsonl.Decoder].
func (d *decoder) Row(line []byte, out *jsonl.Out) string {
	d.kind, d.model, d.at, d.used, d.gross = nil, nil, time.Time{}, false, agentlog.Gross{Apart: true}
	f := &d.fields
	f.Read(line)
	for ok := f.Object(); ok; ok = f.Next() {
		switch key := string(f.Key()); key {
		case "type":
			if d.kind = f.Lenient(); string(d.kind) != "usage.record" {
				return ""
			}
		case "model":
			d.model = f.Strict(key)
		case "time":
			d.at = f.Millis()
		case "usage":
			d.used = f.Members(key, d.count)
		default:
			f.Skip()
		}
	}
	if err := f.End(); err != nil {
		return err.Error()
	}
	if string(d.kind) != "usage.record" || !d.used {
		return ""
	}
	return d.record(out)
}

func (d *decoder) count(key string) bool {
	f, g := &d.fields, &d.gross
	switch key {
	case "inputOther":
		g.Input = f.Tokens(key)
	case "output":
		g.Output = f.Tokens(key)
	case "inputCacheRead":
		g.CacheRead = f.Tokens(key)
	case "inputCacheCreation":
		g.CacheWrite = f.Tokens(key)
	default:
		return false
	}
	return true
}

func (d *decoder) record(out *jsonl.Out) string {
	if d.fields.Bad != "" {
		return d.fields.Bad
	}
	r := agentlog.Start(Name, "")
	t, fits := d.gross.Split(agentlog.Inside)
	if t.IsZero() {
		return ""
	}
	agentlog.Count(&r, t, fits)
	if err := r.Check(); err != nil {
		return err.Error()
	}
	r.Start = d.at
	if reason := out.CheckTime(r.Start); reason != "" {
		return reason
	}
	r.Model, r.Session, r.Agent = d.names.Of(d.model), d.session, d.agent
	r.ID = agentlog.HashID("kimi", r.Start.UnixMilli(), r.Model, r.Tokens)
	out.Add(&r)
	return ""
}
