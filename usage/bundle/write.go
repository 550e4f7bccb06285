package bundle

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"time"

	"tokpit/usage"
)

// Writer writes a bundle. Its methods are called in the order of the format; an
// error sticks, and is returned by Close.
type Writer struct {
	z       *gzip.Writer
	out     *bufio.Writer
	sum     hash.Hash
	line    []byte
	sets    map[usage.Dims]int64
	lines   int64
	records int64
	err     error
}

// level: a higher one takes three times as long and saves a few percent, since
// most of what is left is ids.
const level = 3

// resetAt is how many sets of dimensions are numbered at a time.
const resetAt = 4096

// NewWriter begins a bundle.
func NewWriter(w io.Writer, h Header) *Writer {
	z, _ := gzip.NewWriterLevel(w, level) // there is such a level
	b := &Writer{z: z, out: bufio.NewWriterSize(z, 64<<10), sum: sha256.New(), sets: make(map[usage.Dims]int64)}
	b.begin().text("schema", Schema).count("minor", Minor).text("machine", h.Machine).text("store", h.Store).
		count("revision", int64(h.Revision)).instant("as_of", h.AsOf).instant("since", h.Span.Since).instant("until", h.Span.Until)
	b.end()
	return b
}

// Connection begins a connection.
func (b *Writer) Connection(c Connection) error {
	l := b.begin().text("connection", c.Name).text("role", string(c.Role))
	if c.Role == Provider {
		l.text("type", c.Type).text("account", c.Account).text("machine", c.Machine).text("store", c.Store)
	}
	clear(b.sets)
	return b.end()
}

// Covered says what has been read in full.
func (b *Writer) Covered(c usage.Coverage) error {
	b.begin().text("covered", c.Basis.String()).text("provider", c.Provider).text("account", c.Account).
		text("since", c.Since.UTC().Format(time.DateOnly)).text("until", c.Until.UTC().Format(time.DateOnly))
	return b.end()
}

// Entity says what something is and was called.
func (b *Writer) Entity(k usage.Known) error {
	l := b.begin().text("entity", string(k.Kind)).text("id", k.ID).text("parent", k.Parent).text("hint", k.Hint).
		instant("created", k.Created).instant("last_used", k.LastUsed)
	if k.Archived {
		l.key("archived")
		b.line = append(b.line, "true"...)
	}
	l.key("names")
	b.line = append(b.line, '[')
	for i, n := range k.Names {
		if i > 0 {
			b.line = append(b.line, ',')
		}
		b.line = append(appendText(append(b.line, '['), n.Name), ',')
		b.line = append(appendInstant(b.line, n.Since), ']')
	}
	b.line = append(b.line, ']')
	return b.end()
}

// Gone says that a record was taken back.
func (b *Writer) Gone(f usage.Fate) error {
	b.begin().text("gone", hex.EncodeToString([]byte(f.Key))).count("turns", f.Turns)
	return b.end()
}

// Day begins a provider's day.
func (b *Writer) Day(day time.Time, v Version) error {
	b.begin().text("day", day.UTC().Format(time.DateOnly)).instant("as_of", v.AsOf).text("store", v.Store)
	return b.end()
}

// Record writes a record that has turned so many times.
func (b *Writer) Record(r *usage.Record, turns int64) error {
	set, known := b.sets[r.Dims]
	if !known {
		if len(b.sets) >= resetAt {
			clear(b.sets)
		}
		set = int64(len(b.sets))
		b.sets[r.Dims] = set
		if err := b.dims(&r.Dims, set); err != nil {
			return err
		}
	}
	l := b.begin().text("id", r.ID).instant("start", r.Start).count("dims", set).optional("requests", r.Requests).optional("context", r.Context)
	l.instant("end", r.End).instant("usage_at", r.UsageAt).text("slice", r.Slice)
	for i, n := range classes(&r.Tokens) {
		l.positive(classNames[i], *n)
	}
	l.positive("flags", int64(r.Flags)).positive("turns", turns)
	if r.SideChain {
		l.key("side_chain")
		b.line = append(b.line, "true"...)
	}
	if len(r.Quantities) > 0 {
		l.key("quantities")
		b.line = append(b.line, '{')
		for i, q := range r.Quantities {
			if i > 0 {
				b.line = append(b.line, ',')
			}
			b.line = appendInt(append(appendText(b.line, q.Meter), ':'), q.N)
		}
		b.line = append(b.line, '}')
	}
	if r.Currency != "" {
		l.text("currency", r.Currency).text("reported", r.Reported.String())
	}
	b.records++
	return b.end()
}

func (b *Writer) dims(d *usage.Dims, set int64) error {
	l := b.begin().count("dims", set)
	for i, s := range d.Strings() {
		if i < len(dimNames) {
			l.text(dimNames[i], *s)
		}
	}
	l.text("basis", d.Basis.String())
	if d.Tags != "" {
		l.key("tags")
		b.line = append(b.line, '[')
		b.line = appendLines(b.line, string(d.Tags))
		b.line = append(b.line, ']')
	}
	if d.Band.Known() {
		l.key("band")
		b.line = appendInt(append(b.line, '['), d.Band.Lo)
		b.line = append(appendInt(append(b.line, ','), d.Band.End), ']')
	}
	return b.end()
}

// Close writes the trailer. The bundle is whole if it returns nil.
func (b *Writer) Close() error {
	if b.err == nil {
		trailer := fmt.Sprintf(`{"end":{"lines":%d,"records":%d,"sha256":"%x"}}`+"\n", b.lines, b.records, b.sum.Sum(nil))
		_, b.err = b.out.WriteString(trailer)
	}
	if b.err == nil {
		b.err = b.out.Flush()
	}
	if b.err == nil {
		b.err = b.z.Close()
	}
	return b.err
}

// Records is how many records have been written.
func (b *Writer) Records() int64 { return b.records }

func (b *Writer) begin() *Writer {
	b.line = append(b.line[:0], '{')
	return b
}

func (b *Writer) end() error {
	if b.err != nil {
		return b.err
	}
	b.line = append(b.line, '}', '\n')
	if len(b.line) > maxLine {
		b.err = fmt.Errorf("a line of %d bytes", len(b.line))
		return b.err
	}
	b.sum.Write(b.line)
	b.lines++
	_, b.err = b.out.Write(b.line)
	return b.err
}

func (b *Writer) key(name string) {
	if len(b.line) > 1 {
		b.line = append(b.line, ',')
	}
	b.line = append(append(append(b.line, '"'), name...), '"', ':')
}

// text leaves out an empty text, unless the line begins with it.
func (b *Writer) text(name, s string) *Writer {
	if s != "" || len(b.line) == 1 {
		b.key(name)
		b.line = appendText(b.line, s)
	}
	return b
}

func (b *Writer) count(name string, n int64) *Writer {
	b.key(name)
	b.line = appendInt(b.line, n)
	return b
}

func (b *Writer) positive(name string, n int64) *Writer {
	if n != 0 {
		b.count(name, n)
	}
	return b
}

// optional writes a count that may be absent.
func (b *Writer) optional(name string, n int64) *Writer {
	if n != usage.Absent {
		return b.count(name, n)
	}
	b.key(name)
	b.line = append(b.line, "null"...)
	return b
}

func (b *Writer) instant(name string, t time.Time) *Writer {
	if !t.IsZero() {
		b.key(name)
		b.line = appendInstant(b.line, t)
	}
	return b
}
