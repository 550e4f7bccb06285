// Package aider reads the log of events that aider writes when it is asked to.
//
// aider keeps no account of its own. With --analytics-log FILE (the variable
// AIDER_ANALYTICS_LOG, or analytics-log in .aider.conf.yml) it appends every
// event to a file, and an event "message_send" is what one message used:
//
//   - prompt_tokens includes what a cache served and stored, which is not told
//     apart: all of it counts as input. completion_tokens includes thinking.
//     total_tokens is their sum.
//   - A message is mostly one request, but a long answer may take several: how
//     much one request read is not known.
//   - cost is aider's own figure in dollars, for this message; total_cost, which
//     grows with the session, only tells apart what happened in one second.
//   - Events have no id and no session. A message is named by its second, its
//     model, its counts and its costs.
//   - "message_send_starting", and every other event, says nothing that counts.
//
// Where the file lies is the user's choice. It is looked for where the variable
// says, where ~/.aider.conf.yml says, and in ~/.aider/analytics.jsonl; a relative
// path is one that only aider can know, and is left out.
//
// The other trace of usage, lines such as "Tokens: 2.1k sent, 300 received" in
// .aider.chat.history.md, is not read: those figures are rounded to hundreds,
// have no date but the session's beginning, name no model of their own, and
// stand in the middle of what was said. What they say could not be told from
// what the log says, and nothing here is counted from a guess.
package aider

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/jsonscan"
)

// Name is the source's name.
const Name = "aider"

// Options says where to look and how.
type Options = agentlog.Options

// Source is aider's log of events. It implements [usage.Source].
type Source struct{ agentlog.Logs }

// variable names the log, for aider and for us.
const variable = "AIDER_ANALYTICS_LOG"

// New returns the source.
func New(o Options) *Source {
	var roots []jsonl.Root
	add := func(path, why string) {
		if path = o.Expand(path); !filepath.IsAbs(path) {
			return
		}
		if fi, err := os.Stat(path); err != nil || !fi.IsDir() { // a whole directory is not aider's log
			roots = append(roots, jsonl.Root{Path: filepath.Clean(path), Why: why})
		}
	}
	add(o.Env(variable), variable)
	if o.Home != "" {
		add(configured(filepath.Join(o.Home, ".aider.conf.yml")), ".aider.conf.yml")
		add(filepath.Join(o.Home, ".aider", "analytics.jsonl"), "default")
	}
	tree := o.Tree(Name, roots)
	tree.Decoder = func() jsonl.Decoder { return &decoder{} }
	return &Source{agentlog.Logs{Tree: tree}}
}

// maxConfig bounds what is read of aider's configuration, in bytes.
const maxConfig = 256 << 10

// configured returns the log that aider's configuration names, or "". Of the
// file, which may hold keys, nothing but that line is looked at.
func configured(path string) string {
	fi, err := os.Stat(path)
	if err != nil || !fi.Mode().IsRegular() || fi.Size() > maxConfig {
		return ""
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, maxConfig+1)
	for lines.Scan() {
		value, ok := strings.CutPrefix(lines.Text(), "analytics-log:")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		if q := value[:min(1, len(value))]; q == `"` || q == `'` {
			value, _, _ = strings.Cut(value[1:], q)
			return value
		}
		value, _, _ = strings.Cut(value, " #")
		return strings.TrimSpace(value)
	}
	return ""
}

// decoder makes records of events.
type decoder struct {
	fields agentlog.Fields
	names  jsonl.Names

	kind, model []byte
	at          time.Time
	gross       agentlog.Gross
	cost, sum   []byte // cost, and that of the session so far
	used        bool
}

// Begin implements [jsonl.Decoder].
func (d *decoder) Begin(jsonl.Start) {}

// State implements [jsonl.Decoder].
func (d *decoder) State(dst []byte) []byte { return dst }

// sent is the event that counts.
const sent = "message_send"

// Dull reports whether a line is another event.
func (d *decoder) Dull(head []byte) bool {
	f := &d.fields
	f.Read(head)
	for ok := f.Object(); ok; ok = f.Next() {
		if string(f.Key()) == "event" {
			kind, k := f.Text()
			return k == jsonscan.String && string(kind) != sent
		}
		f.Skip()
	}
	return false
}

// Row implements [jsonl.Decoder].
func (d *decoder) Row(line []byte, out *jsonl.Out) string {
	d.kind, d.model, d.at, d.used, d.gross, d.cost, d.sum = nil, nil, time.Time{}, false, agentlog.Gross{}, nil, nil
	f := &d.fields
	f.Read(line)
	for ok := f.Object(); ok; ok = f.Next() {
		switch key := string(f.Key()); key {
		case "event":
			if d.kind = f.Lenient(); string(d.kind) != sent {
				return ""
			}
		case "time":
			if n, slip := f.Count(); slip == jsonscan.Fine {
				d.at = agentlog.FromUnix(n)
			}
		case "properties":
			d.used = f.Members(key, d.property)
		default:
			f.Skip()
		}
	}
	if err := f.End(); err != nil {
		return err.Error()
	}
	switch {
	case string(d.kind) != sent:
		return ""
	case f.Bad != "":
		return f.Bad
	case !d.used:
		return ""
	}
	return d.record(out)
}

func (d *decoder) property(key string) bool {
	f, g := &d.fields, &d.gross
	switch key {
	case "main_model":
		d.model = f.Strict(key)
	case "prompt_tokens":
		g.Input = f.Tokens(key)
	case "completion_tokens":
		g.Output = f.Tokens(key)
	case "total_tokens":
		g.Total = f.Tokens(key)
		g.Told = g.Total > 0
	case "cost":
		d.cost = f.Decimal(key)
	case "total_cost":
		d.sum, _ = f.Raw()
	default:
		return false
	}
	return true
}

func (d *decoder) record(out *jsonl.Out) string {
	r := agentlog.Start(Name, "")
	t, fits := d.gross.Split(agentlog.Inside)
	agentlog.Count(&r, t, fits)
	r.Context = usage.Absent
	if reason := agentlog.Cost(&r, d.cost); reason != "" {
		return reason
	}
	if t.IsZero() && r.Currency == "" {
		return ""
	}
	if err := r.Check(); err != nil {
		return err.Error()
	}
	r.Start = d.at
	if reason := out.CheckTime(r.Start); reason != "" {
		return reason
	}
	r.Model = d.names.Of(d.model)
	r.ID = agentlog.HashID("aider", r.Start.Unix(), r.Model, r.Tokens, string(d.cost), string(d.sum))
	out.Add(&r)
	return ""
}
