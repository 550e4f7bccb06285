package importer

import (
	"encoding/binary"
	"strings"

	"tokpit/usage"
)

// MaxBad is how many bad rows of one file are named; the others are counted.
const MaxBad = 1000

// batchSize is how many records go to the store at once.
const batchSize = 16384

// Out takes what the rows of a file say.
type Out struct {
	path    string
	o       Options
	emit    func(usage.Batch) error
	err     error
	batch   usage.Batch
	rows    int64
	bad     int64
	own     int64
	left    map[string]int64
	ignored []string
	seen    occurrences
	content []byte
	tags    map[usage.Tags]usage.Tags
}

// NewOut returns an Out that passes batches on to emit. The path is what bad rows
// are named with.
func NewOut(path string, o Options, emit func(usage.Batch) error) *Out {
	return &Out{path: path, o: o, emit: emit, seen: newOccurrences(), left: make(map[string]int64), tags: make(map[usage.Tags]usage.Tags)}
}

// Add takes the record of a row. It fills in what the row does not say, and gives
// the record an id if it has none: its content, and how many rows of the same
// content stood before it. It returns the first error of the receiver, after
// which a format stops.
//
// What a person says about a file (account, user, …) is part of the content: two
// people's exports may hold rows that are otherwise alike.
func (out *Out) Add(r *usage.Record) error {
	if out.err != nil {
		return out.err
	}
	out.rows++
	fill(&r.Account, out.o.Account)
	fill(&r.Provider, out.o.Provider)
	fill(&r.Organization, out.o.Organization)
	fill(&r.Project, out.o.Project)
	fill(&r.User, out.o.User)
	fill(&r.Machine, out.o.Machine)
	if r.Basis == usage.BasisUnknown {
		r.Basis = usage.Imported
	}
	if r.ID == "" {
		out.content = appendContent(out.content[:0], r)
		r.ID = out.Identify(out.content)
	} else if !strings.HasPrefix(r.ID, rowPrefix) {
		out.own++
	}
	if out.o.ID != "" {
		r.Tags = out.tagged(r.Tags)
	}
	if out.batch.Records == nil {
		out.batch.Records = make([]usage.Record, 0, batchSize)
	}
	out.batch.Records = append(out.batch.Records, *r)
	if len(out.batch.Records) >= batchSize {
		return out.Flush()
	}
	return nil
}

// maxTagSets is how many sets of tags are remembered with the import's own.
const maxTagSets = 4096

// tagged returns the tags with the one that names the import.
func (out *Out) tagged(t usage.Tags) usage.Tags {
	with, ok := out.tags[t]
	if !ok {
		if len(out.tags) >= maxTagSets {
			clear(out.tags)
		}
		with = t.With(Tag, out.o.ID)
		out.tags[t] = with
	}
	return with
}

// Refuse says that a row cannot be counted, and why. Lines count from 1; 0 is the
// file as a whole. The reason must not quote what may be a prompt.
func (out *Out) Refuse(line int64, reason string) {
	if out.bad++; out.bad <= MaxBad {
		out.batch.Quarantined = append(out.batch.Quarantined, usage.Quarantined{File: out.path, Line: line, Reason: reason})
	}
}

// Leave says that a row is knowingly not counted, and why, in a few words of the
// format's own: it is empty, or of another kind.
func (out *Out) Leave(reason string) {
	if _, known := out.left[reason]; known || len(out.left) < 64 {
		out.left[reason]++
	}
}

// Ignore names columns or fields that are not read, for people to see.
func (out *Out) Ignore(columns ...string) { out.ignored = append(out.ignored, columns...) }

// Bad is how many rows have been refused.
func (out *Out) Bad() int64 { return out.bad }

// Rows is how many records have been taken.
func (out *Out) Rows() int64 { return out.rows }

// Flush passes on what has been gathered.
func (out *Out) Flush() error {
	if out.err != nil {
		return out.err
	}
	b := out.batch
	out.batch = usage.Batch{}
	if len(b.Records)+len(b.Quarantined)+len(b.Cursors) > 0 {
		out.err = out.emit(b)
	}
	return out.err
}

func fill(to *string, with string) {
	if *to == "" {
		*to = with
	}
}

// appendContent writes what a row says so that two rows are alike only if their
// texts are.
func appendContent(b []byte, r *usage.Record) []byte {
	for _, s := range r.Dims.Strings() {
		b = appendText(b, *s)
	}
	for _, n := range [...]int64{int64(r.Basis), r.Band.Lo, r.Band.End, r.Start.UnixMilli(), r.End.UnixMilli(), r.Requests,
		r.Input, r.CacheRead, r.CacheWrite5m, r.CacheWrite1h, r.Output, r.Reasoning, int64(len(r.Quantities))} {
		b = binary.AppendVarint(b, n)
	}
	for _, q := range r.Quantities {
		b = binary.AppendVarint(appendText(b, q.Meter), q.N)
	}
	return r.Reported.AppendBinary(appendText(b, r.Currency))
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}
