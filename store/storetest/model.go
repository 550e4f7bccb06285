package storetest

import (
	"cmp"
	"encoding/binary"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"tokpit/usage"
)

// model is a store as plainly as it can be said: maps, and usage.Fold.
type model struct {
	edges    usage.Edges
	revision uint64
	conns    map[string]*connection
}

type connection struct {
	single  map[string]usage.Record            // responses, by id
	slices  map[bucket]map[string]usage.Record // provider buckets, by kind and start
	cursors usage.Cursors
	rows    map[row]string // quarantined rows: reasons
	account
}

type bucket struct {
	kind  string
	start int64 // ms
}

type row struct {
	file string
	line int64
}

func newModel(edges usage.Edges) *model {
	return &model{edges: edges, conns: make(map[string]*connection)}
}

func (m *model) connection(name string) *connection {
	c := m.conns[name]
	if c == nil {
		c = &connection{single: make(map[string]usage.Record), slices: make(map[bucket]map[string]usage.Record),
			cursors: make(usage.Cursors), rows: make(map[row]string), account: newAccount()}
		m.conns[name] = c
	}
	return c
}

// normal returns a record as a store keeps it: instants in UTC to the
// millisecond, quantities sorted and merged, no band that follows from the
// request's own total.
func normal(r usage.Record) usage.Record {
	r.Start, r.End, r.UsageAt = cut(r.Start), cut(r.End), cut(r.UsageAt)
	if r.UsageAt.Equal(r.Start) {
		r.UsageAt = time.Time{}
	}
	if r.Context != usage.Absent {
		r.Band = usage.Band{}
	}
	r.Quantities = tidy(r.Quantities)
	return r
}

// cut returns an instant as a store keeps it.
func cut(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return time.UnixMilli(t.UnixMilli()).UTC()
}

func tidy(qs []usage.Quantity) []usage.Quantity {
	sums := make(map[string]int64)
	for _, q := range qs {
		sums[q.Meter] += q.N
	}
	var out []usage.Quantity
	for _, meter := range slices.Sorted(maps.Keys(sums)) {
		if sums[meter] != 0 {
			out = append(out, usage.Quantity{Meter: meter, N: sums[meter]})
		}
	}
	return out
}

var errTwice = errors.New("a slice names a record twice")

// commit does what a store must do with a batch.
func (m *model) commit(name string, b usage.Batch) (usage.Receipt, error) {
	for _, s := range b.Slices {
		ids := make(map[string]bool)
		for _, r := range s.Records {
			if ids[r.ID] {
				return usage.Receipt{}, errTwice
			}
			ids[r.ID] = true
		}
	}
	c := m.connection(name)
	before := c.figures()
	var receipt usage.Receipt
	for _, r := range b.Removed {
		delete(c.single, r.ID)
	}
	c.fold(b.Records, &receipt)
	for _, s := range b.Slices {
		c.replace(s, &receipt)
	}
	c.notes(&b)
	c.account.take(&b)
	if !reflect.DeepEqual(before, c.figures()) {
		m.revision++
	}
	receipt.Revision = m.revision
	return receipt, nil
}

// remove does what a store must do when a connection is taken away.
func (m *model) remove(name string, purge bool) {
	c := m.connection(name)
	before := c.figures()
	c.cursors, c.rows, c.standing = make(usage.Cursors), make(map[row]string), nil
	if purge {
		delete(m.conns, name)
		c = m.connection(name)
	}
	if !reflect.DeepEqual(before, c.figures()) {
		m.revision++
	}
}

func (c *connection) fold(records []usage.Record, receipt *usage.Receipt) {
	incoming := make(map[string]usage.Record)
	for _, r := range records {
		r = normal(r)
		if known, ok := incoming[r.ID]; ok {
			r = normal(usage.Fold(known, r))
			receipt.Duplicates++
		}
		incoming[r.ID] = r
	}
	for id, r := range incoming {
		old, ok := c.single[id]
		if !ok {
			c.single[id] = r
			receipt.Added++
			continue
		}
		if r = normal(usage.Fold(old, r)); reflect.DeepEqual(r, old) {
			receipt.Duplicates++
			continue
		}
		c.single[id] = r
		receipt.Replaced++
	}
}

func (c *connection) replace(s usage.Slice, receipt *usage.Receipt) {
	at := bucket{s.Kind, s.Start.UnixMilli()}
	old := c.slices[at]
	fresh := make(map[string]usage.Record)
	for _, r := range s.Records {
		r.Slice, r.Start = s.Kind, s.Start
		r = normal(r)
		fresh[r.ID] = r
		switch o, ok := old[r.ID]; {
		case !ok:
			receipt.Added++
		case reflect.DeepEqual(o, r):
			receipt.Duplicates++
		default:
			receipt.Replaced++
		}
	}
	if c.slices[at] = fresh; len(fresh) == 0 {
		delete(c.slices, at)
	}
}

func (c *connection) notes(b *usage.Batch) {
	for k, v := range b.Cursors {
		if v == nil {
			delete(c.cursors, k)
		} else {
			c.cursors[k] = v
		}
	}
	for _, file := range b.Reread {
		maps.DeleteFunc(c.rows, func(r row, _ string) bool { return r.file == file })
	}
	for _, q := range b.Quarantined {
		c.rows[row{q.File, q.Line}] = q.Reason
	}
}

// figures is everything whose change raises the revision.
func (c *connection) figures() connection {
	sl := make(map[bucket]map[string]usage.Record, len(c.slices))
	for k, v := range c.slices {
		sl[k] = maps.Clone(v)
	}
	return connection{single: maps.Clone(c.single), slices: sl, rows: maps.Clone(c.rows), account: c.account.figures()}
}

// named is a record and the connection it came by.
type named struct {
	connection string
	usage.Record
}

// records lists what begins in span, by connection, start, id and slice, with
// bands cut at the model's edges.
func (m *model) records(span usage.Span) []named {
	var out []named
	add := func(name string, r usage.Record) {
		if span.Contains(r.Start) {
			r.Band = r.BandIn(m.edges)
			out = append(out, named{name, r})
		}
	}
	for name, c := range m.conns {
		for _, r := range c.single {
			add(name, r)
		}
		for _, slice := range c.slices {
			for _, r := range slice {
				add(name, r)
			}
		}
	}
	slices.SortFunc(out, compareNamed)
	return out
}

func compareNamed(a, b named) int {
	return cmp.Or(strings.Compare(a.connection, b.connection), a.Start.Compare(b.Start),
		strings.Compare(a.ID, b.ID), strings.Compare(a.Slice, b.Slice))
}

// spot is where a record is summed.
type spot struct {
	slot  usage.Slot
	width uint8
	dims  usage.Dims
}

// places of a record: in quarter hours with all dimensions, in quarter hours
// without the fine ones, and in days with all.
func spotOf(r *usage.Record) spot {
	width := uint8(1)
	if !r.End.IsZero() {
		switch long := r.End.Sub(r.Start); {
		case long > time.Hour:
			width = 96
		case long > 15*time.Minute:
			width = 4
		}
	}
	return spot{usage.SlotOf(r.Start), width, r.Dims}
}

func (s spot) coarse() spot { return spot{s.slot, s.width, s.dims.Coarse()} }

func (s spot) fine() spot { return spot{usage.Slot(s.slot.Day()) * 96, 96, s.dims} }

// sums adds up records by place, leaving out places that begin outside span.
func sums(records []named, place func(spot) spot, span usage.Span) map[spot]usage.Measures {
	out := make(map[spot]usage.Measures)
	for i := range records {
		r := &records[i].Record
		at := place(spotOf(r))
		if span.Contains(at.slot.Time()) {
			out[at] = out[at].Add(r.Measures())
		}
	}
	return out
}

// quarantined lists the rows by connection, file and line.
func (m *model) quarantined() []usage.Quarantined {
	var out []usage.Quarantined
	for name, c := range m.conns {
		for at, reason := range c.rows {
			out = append(out, usage.Quarantined{Source: name, File: at.file, Line: at.line, Reason: reason})
		}
	}
	key := func(q *usage.Quarantined) string {
		return string(binary.BigEndian.AppendUint64([]byte(q.File+"\x00"), uint64(q.Line)))
	}
	slices.SortFunc(out, func(a, b usage.Quarantined) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(key(&a), key(&b)))
	})
	return out
}
