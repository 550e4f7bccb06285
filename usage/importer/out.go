package importer

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"

	"tokpit/usage"
)

// MaxBad is how many bad rows of one file are named; the others are counted.
const MaxBad = 1000

// batchSize is how many records go to the store at once.
const batchSize = 16384

// Out takes what the rows of a file say.
type Out struct {
	path  string
	o     Options
	emit  func(usage.Batch) error
	err   error
	batch usage.Batch
	rows  int64
	bad   int64
	seen  occurrences
}

// NewOut returns an Out that passes batches on to emit. The path is what bad rows
// are named with.
func NewOut(path string, o Options, emit func(usage.Batch) error) *Out {
	return &Out{path: path, o: o, emit: emit, seen: newOccurrences()}
}

// Add takes the record of a row. It fills in what the row does not say, and gives
// the record an id if it has none: its content, and how many rows of the same
// content stood before it. It returns the first error of the receiver, after
// which a format stops.
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
		sum := contentOf(r)
		r.ID = fmt.Sprintf("row:%s:%d", hex.EncodeToString(sum[:12]), out.seen.next(sum))
	}
	if out.o.ID != "" {
		r.Tags = r.Tags.With(Tag, out.o.ID)
	}
	out.batch.Records = append(out.batch.Records, *r)
	if len(out.batch.Records) >= batchSize {
		return out.Flush()
	}
	return nil
}

// Refuse says that a row cannot be counted, and why. Lines count from 1; 0 is the
// file as a whole.
func (out *Out) Refuse(line int64, reason string) {
	if out.bad++; out.bad <= MaxBad {
		out.batch.Quarantined = append(out.batch.Quarantined, usage.Quarantined{File: out.path, Line: line, Reason: reason})
	}
}

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

// contentOf is the digest of everything that a row says.
func contentOf(r *usage.Record) [sha256.Size]byte {
	h := sha256.New()
	for _, s := range r.Dims.Strings() {
		text(h, *s)
	}
	fmt.Fprintf(h, "%d %d %d %v %d", r.Start.UnixMilli(), r.End.UnixMilli(), r.Requests, r.Tokens, len(r.Quantities))
	for _, q := range r.Quantities {
		text(h, q.Meter)
		fmt.Fprintf(h, "%d ", q.N)
	}
	text(h, r.Currency)
	text(h, r.Reported.String())
	return [sha256.Size]byte(h.Sum(nil))
}

func text(h hash.Hash, s string) { fmt.Fprintf(h, "%d:%s", len(s), s) }

// occurrences numbers rows of the same content. It remembers the last few hundred
// thousand different rows: copies stand close together in files that are sorted
// by anything.
type occurrences struct {
	young, old map[[16]byte]uint32
}

const generation = 200_000

func newOccurrences() occurrences {
	return occurrences{make(map[[16]byte]uint32), nil}
}

func (o *occurrences) next(sum [sha256.Size]byte) uint32 {
	key := [16]byte(sum[:16])
	n, ok := o.young[key]
	if !ok {
		n = o.old[key]
	}
	if !ok && len(o.young) >= generation {
		o.old, o.young = o.young, make(map[[16]byte]uint32)
	}
	o.young[key] = n + 1
	return n
}
