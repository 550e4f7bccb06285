package bundle

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"tokpit/usage"
)

// Receiver is what a part asks of the store that it goes into.
type Receiver struct {
	// Known returns what the store knows of an entity of the connection.
	Known func(kind usage.Dimension, id string) (usage.Known, bool)
	// Slices lists the kinds and starts of the provider's buckets that the store has
	// of the connection on a UTC day.
	Slices func(ctx context.Context, day time.Time) ([]usage.Slice, error)
}

// Pass goes through a bundle, connection by connection.
type Pass struct {
	lines   *lines
	decoder decoder
	text    []byte // of the chunk at hand
	rest    []byte // of it
	number  int64  // of the line
	held    kind   // of a line that has been read and is still to be used
	next    int
}

// Read begins a pass.
func (f *File) Read(ctx context.Context) (*Pass, error) {
	l, err := f.lines(ctx)
	if err != nil {
		return nil, err
	}
	return &Pass{lines: l}, nil
}

// Next goes to the next connection, past what is left of the last one. The error
// is [io.EOF] behind the last one.
func (p *Pass) Next(ctx context.Context) (*Part, error) {
	p.lines.ctx = ctx
	for {
		switch k, err := p.line(); {
		case err != nil:
			return nil, err
		case k == endLine:
			p.held = k
			return nil, io.EOF
		case k == connectionLine:
			part := &Part{Summary: p.lines.file.Parts[p.next], Target: p.decoder.connection.Name, pass: p}
			p.next++
			return part, nil
		}
	}
}

// line reads the next line. What it says is in the decoder.
func (p *Pass) line() (kind, error) {
	if k := p.held; k != 0 {
		p.held = 0
		return k, nil
	}
	for len(p.rest) == 0 {
		var err error
		if p.text, err = p.lines.chunk(p.text); err != nil {
			return 0, err
		}
		p.rest = p.text
	}
	end := bytes.IndexByte(p.rest, '\n')
	k, err := p.decoder.read(p.rest[:end])
	p.rest = p.rest[end+1:]
	p.number++
	return k, err
}

// Part is a connection of a bundle. It implements [usage.Source]; pull it before
// the pass goes on, and commit through [Part.Sink].
type Part struct {
	Summary
	// Target is the name of the connection that it goes into: the same, unless
	// somebody says otherwise.
	Target   string
	Receiver Receiver
	pass     *Pass
	origins  origins

	cursors usage.Cursors
	emit    func(usage.Batch) error
	batch   usage.Batch
	origin  origin
	rows    int64
	day     *day
	named   map[int64][]usage.Entity // by the instant of the name, in ms
}

// Name implements [usage.Source].
func (p *Part) Name() string { return p.Target }

// Pull implements [usage.Source]. A provider's days that are known as new or newer
// are left out.
func (p *Part) Pull(ctx context.Context, cursors usage.Cursors, emit func(usage.Batch) error) (usage.Report, error) {
	p.pass.lines.ctx = ctx
	p.cursors, p.emit = cursors, emit
	p.begin()
	p.batch.Reread = []string{p.path()}
	if p.Role == Provider {
		if value := encodeOrigin(p.Connection); !bytes.Equal(cursors[originKey], value) {
			p.cursor(originKey, value)
		}
	}
	err := p.read(ctx)
	report := usage.Report{Files: 1, Read: 1, Rows: p.rows, Places: []usage.Place{{Path: p.path(), Why: "bundle", Found: true, Files: 1}}}
	if err == nil && p.Role == Provider {
		err = p.endDay(ctx)
	}
	if err != nil {
		return report, err
	}
	p.batch.Covered = p.Coverage
	return report, p.flush()
}

func (p *Part) path() string { return p.pass.lines.file.Path }

func (p *Part) read(ctx context.Context) error {
	for {
		k, err := p.pass.line()
		if err != nil {
			return err
		}
		if k == connectionLine || k == endLine {
			p.pass.held = k
			return nil
		}
		if k > entityLine && len(p.named) > 0 {
			if err := p.tellNames(); err != nil {
				return err
			}
		}
		if err := p.take(ctx, k); err != nil {
			return err
		}
		if len(p.batch.Records)+len(p.batch.Fates)+p.origin.rows >= batchOf {
			if err := p.flush(); err != nil {
				return err
			}
		}
	}
}

func (p *Part) take(ctx context.Context, k kind) error {
	d := &p.pass.decoder
	switch k {
	case entityLine:
		p.entity(&d.entity)
	case goneLine:
		p.batch.Fates = append(p.batch.Fates, d.fate)
	case dayLine:
		if err := p.endDay(ctx); err != nil {
			return err
		}
		p.beginDay()
	case recordLine:
		p.rows++
		if d.record.Slice != "" {
			return p.sliced(&d.record)
		}
		if d.turns > 0 {
			p.batch.Fates = append(p.batch.Fates, usage.Fate{ID: d.record.ID, Turns: d.turns})
		}
		if p.batch.Records == nil { // all of its room at once: records are large
			n := max(1, min(batchOf, p.Records-p.rows+1))
			p.batch.Records = make([]usage.Record, 0, n)
			p.origin.ids, p.origin.at = make([]string, 0, n), make([]int64, 0, n)
		}
		p.origin.record(d.record.ID, p.pass.number)
		p.batch.Records = append(p.batch.Records, d.record)
	}
	return nil
}

// begin begins a batch.
func (p *Part) begin() {
	p.batch, p.origin = usage.Batch{Merged: true}, origin{}
}

// flush passes on what has been gathered, if it is anything.
func (p *Part) flush() error {
	if len(p.named) > 0 {
		if err := p.tellNames(); err != nil {
			return err
		}
	}
	b, o := p.batch, p.origin
	p.begin()
	if len(b.Records)+len(b.Slices)+len(b.Fates)+len(b.Cursors)+len(b.Covered)+len(b.Entities)+len(b.Reread) == 0 {
		return nil
	}
	p.origins.push(o)
	return p.emit(b)
}

func (p *Part) cursor(key string, value []byte) {
	if p.batch.Cursors == nil {
		p.batch.Cursors = usage.Cursors{}
	}
	p.batch.Cursors[key] = value
}

// entity gathers the names that are newer than those that are known, so that an
// old bundle does not bring an old name back.
func (p *Part) entity(k *usage.Known) {
	var known usage.Known
	there := false
	if p.Receiver.Known != nil {
		known, there = p.Receiver.Known(k.Kind, k.ID)
	}
	var latest time.Time
	if n := len(known.Names); n > 0 {
		latest = known.Names[n-1].Since
	}
	if p.named == nil {
		p.named = make(map[int64][]usage.Entity)
	}
	add := func(name string, at time.Time) {
		e := k.Entity
		e.Name = name
		p.named[at.UnixMilli()] = append(p.named[at.UnixMilli()], e)
	}
	newer := 0
	for _, n := range k.Names {
		if n.Since.After(latest) {
			add(n.Name, n.Since)
			newer++
		}
	}
	if newer == 0 && (!there || k.LastUsed.After(known.LastUsed)) {
		add("", p.pass.lines.file.AsOf)
	}
}

// tellNames hands the names on, the oldest first: a batch has names of one moment.
func (p *Part) tellNames() error {
	named := p.named
	p.named = nil
	for _, at := range slices.Sorted(maps.Keys(named)) {
		b := usage.Batch{Merged: true, Entities: named[at], NamedAt: time.UnixMilli(at).UTC()}
		p.origins.push(origin{})
		if err := p.emit(b); err != nil {
			return err
		}
	}
	return nil
}

// originKey is the cursor that says which provider's account a connection is
// that is known from bundles only.
const originKey = "bundle"

type originJSON struct {
	Type    string `json:"type"`
	Account string `json:"account"`
	Machine string `json:"machine"`
	Store   string `json:"store"`
}

func encodeOrigin(c Connection) []byte {
	text, _ := json.Marshal(originJSON{c.Type, c.Account, c.Machine, c.Store}) // texts only
	return text
}

// Origin returns what the cursors of a connection say of where it comes from; ok
// is false for one that does not come out of bundles.
func Origin(name string, cursors usage.Cursors) (c Connection, ok bool) {
	text := cursors[originKey]
	var o originJSON
	if text == nil || json.Unmarshal(text, &o) != nil {
		return c, false
	}
	return Connection{Name: name, Role: Provider, Type: o.Type, Account: o.Account, Machine: o.Machine, Store: o.Store}, true
}

const dayPrefix = "day "

func dayKey(day time.Time) string { return dayPrefix + day.UTC().Format(time.DateOnly) }

// VersionOf returns how new the figures of a day are, by the cursors of a
// connection that comes out of bundles.
func VersionOf(cursors usage.Cursors, day time.Time) (v Version, ok bool) {
	value, ok := cursors[dayKey(day)]
	if !ok {
		return v, false
	}
	at, store, _ := strings.Cut(string(value), " ")
	v.Store = store
	if at != "-" {
		var err error
		if v.AsOf, err = time.Parse(time.RFC3339, at); err != nil {
			return Version{}, false
		}
	}
	return v, true
}

func (v Version) encode() []byte {
	at := "-"
	if !v.AsOf.IsZero() {
		at = v.AsOf.UTC().Format(layout)
	}
	return []byte(at + " " + v.Store)
}

// Days lists the days that the cursors of a connection know of, in order.
func Days(cursors usage.Cursors) (days []time.Time) {
	for key := range cursors {
		if text, ok := strings.CutPrefix(key, dayPrefix); ok {
			if day, err := time.Parse(time.DateOnly, text); err == nil {
				days = append(days, day)
			}
		}
	}
	slices.SortFunc(days, time.Time.Compare)
	return days
}
