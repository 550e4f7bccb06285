package droid

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/jsonscan"
)

// decoder makes records of sums. Until its growth is known, the id of a record
// is the path that it was read from, and it was used when the file was written if
// nothing that was said has a time.
type decoder struct {
	now      func() time.Time
	fields   agentlog.Fields
	names    jsonl.Names
	projects jsonl.Projects
	path     string

	model, lock []byte
	locked      time.Time
	gross       agentlog.Gross
	used        bool
}

// Begin implements [jsonl.Decoder].
func (d *decoder) Begin(s jsonl.Start) { d.path = s.Path }

// State implements [jsonl.Decoder].
func (d *decoder) State(dst []byte) []byte { return dst }

// Dull implements [jsonl.Decoder].
func (d *decoder) Dull([]byte) bool { return false }

// Row takes the settings of a session.
func (d *decoder) Row(text []byte, out *jsonl.Out) string {
	d.model, d.lock, d.locked, d.used, d.gross = nil, nil, time.Time{}, false, agentlog.Gross{Apart: true}
	f := &d.fields
	f.Read(text)
	f.Members("settings", d.member)
	if err := f.End(); err != nil {
		return err.Error()
	}
	if f.Bad != "" || !d.used {
		return f.Bad
	}
	return d.record(out)
}

func (d *decoder) member(key string) bool {
	f := &d.fields
	switch key {
	case "model":
		d.model = f.Strict(key)
	case "providerLock":
		d.lock = f.Lenient()
	case "providerLockTimestamp":
		d.locked = jsonl.Time(f.Lenient())
	case "tokenUsage":
		d.used = f.Members(key, d.count)
	default:
		return false
	}
	return true
}

func (d *decoder) count(key string) bool {
	f, g := &d.fields, &d.gross
	switch key {
	case "inputTokens":
		g.Input = f.Tokens(key)
	case "outputTokens":
		g.Output = f.Tokens(key)
	case "cacheCreationTokens":
		g.CacheWrite = f.Tokens(key)
	case "cacheReadTokens":
		g.CacheRead = f.Tokens(key)
	case "thinkingTokens":
		g.Reasoning = f.Tokens(key)
	case "totalTokens":
		g.Total = f.Tokens(key)
		g.Told = g.Total > 0
	default:
		return false
	}
	return true
}

// own marks a model that the user has a key of.
const own = "custom:"

func (d *decoder) record(out *jsonl.Out) string {
	r := agentlog.Start(Name, "factory")
	t, fits := d.gross.Split(agentlog.Outside)
	if t.IsZero() {
		return ""
	}
	agentlog.Count(&r, t, fits)
	r.Requests, r.Context = usage.Absent, usage.Absent
	r.Flags |= usage.FlagSeveralRequests
	if err := r.Check(); err != nil {
		return err.Error()
	}
	said := beside(strings.TrimSuffix(d.path, suffix) + ".jsonl")
	r.Start = said.last
	if r.Start.IsZero() {
		r.UsageAt = d.written()
		if r.Start = d.locked; r.Start.IsZero() {
			r.Start = r.UsageAt
		}
	}
	if reason := out.CheckTime(r.Start); reason != "" {
		return reason
	}
	r.Model = d.names.Of(d.model)
	if strings.HasPrefix(r.Model, own) {
		r.Provider, r.Model = d.names.Of(d.lock), r.Model[len(own):]
	}
	r.Session, r.Project = d.names.Of([]byte(strings.TrimSuffix(filepath.Base(d.path), suffix))), d.projects.Of(said.cwd)
	r.ID = d.path
	out.Add(&r)
	return ""
}

// written is when the file was written, as far as that can be.
func (d *decoder) written() time.Time {
	fi, err := os.Stat(d.path)
	if err != nil {
		return time.Time{}
	}
	t := fi.ModTime()
	if now := d.now(); t.After(now) {
		t = now
	}
	return t.UTC().Truncate(time.Millisecond)
}

// conversation is what is read of what was said: where, and when last.
type conversation struct {
	cwd  []byte
	last time.Time
}

// maxHead and maxTail are how much of it is looked at, in bytes.
const (
	maxHead = 64 << 10
	maxTail = 256 << 10
)

// beside reads a conversation's first line and its last ones. What it cannot
// read it does not know.
func beside(path string) (c conversation) {
	var f agentlog.Fields
	if fi, err := os.Stat(path); err != nil || !fi.Mode().IsRegular() {
		return c
	}
	file, err := os.Open(path)
	if err != nil {
		return c
	}
	defer func() { _ = file.Close() }()
	fi, err := file.Stat()
	if err != nil {
		return c
	}
	head := make([]byte, min(maxHead, fi.Size()))
	n, _ := file.ReadAt(head, 0)
	line, _, _ := bytes.Cut(head[:n], []byte("\n"))
	c.cwd = bytes.Clone(text(&f, line, "cwd"))
	tail := make([]byte, min(maxTail, fi.Size()))
	n, err = file.ReadAt(tail, max(0, fi.Size()-maxTail))
	if err != nil && err != io.EOF {
		return c
	}
	lines := bytes.Split(tail[:n], []byte("\n"))
	if fi.Size() > maxTail {
		lines = lines[1:] // begins in the middle of one
	}
	for i := len(lines) - 1; i >= 0 && c.last.IsZero(); i-- {
		c.last = jsonl.Time(text(&f, lines[i], "timestamp"))
	}
	return c
}

// text returns a member of a line that is a string.
func text(f *agentlog.Fields, line []byte, name string) []byte {
	f.Read(line)
	if f.Kind() != jsonscan.Object {
		return nil
	}
	for ok := f.Object(); ok; ok = f.Next() {
		if string(f.Key()) == name {
			return f.Lenient()
		}
		f.Skip()
	}
	return nil
}
