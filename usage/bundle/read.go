package bundle

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/maphash"
	"io"
	"os"
	"slices"
	"time"

	"github.com/klauspost/compress/gzip" // unpacks faster than the standard library's

	"tokpit/usage"
)

// File is a bundle that has been verified as a whole. It stays open: what is read
// later is what was verified, or an error.
type File struct {
	Header
	Path   string
	Digest string // SHA-256 of the trailer's kind: of all lines
	Size   int64  // bytes of the file
	Parts  []Summary

	file *os.File
	// What the text was up to the end of each chunk, by a seed that nobody knows.
	chunks []uint64
	seed   maphash.Seed
}

// Summary is what a bundle has of a connection.
type Summary struct {
	Connection
	Records     int64
	Gone        int64 // records that were taken back
	Entities    int64
	Days        int64     // of a provider
	First, Last time.Time // starts of the first and the last record; zero if none
	Coverage    []usage.Coverage
}

// Open verifies a file. It reads all of it, in memory that does not grow with
// it. The error wraps [ErrForeign], [ErrDamaged] or [ErrNewer] if it is no bundle
// that can be used.
func Open(ctx context.Context, path string) (*File, error) {
	info, err := os.Stat(path) // before opening: to open a pipe would wait for its writer
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w: it is no regular file", path, ErrForeign)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	f := &File{Path: path, file: file, seed: maphash.MakeSeed()}
	if info, err = file.Stat(); err == nil {
		f.Size = info.Size()
		err = f.verify(ctx)
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }

// Records is how many records there are.
func (f *File) Records() (n int64) {
	for i := range f.Parts {
		n += f.Parts[i].Records
	}
	return n
}

// verify reads everything once: the form of each line, their order, what the
// trailer says of them, and that nothing follows.
func (f *File) verify(ctx context.Context) error {
	l, err := f.lines(ctx)
	if err != nil {
		return err
	}
	l.sum = sha256.New()
	var g grammar
	for {
		line, err := l.next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%w: it ends after %d lines, without its trailer", ErrDamaged, l.count)
		}
		if err != nil {
			return err
		}
		k, err := g.take(line)
		if err != nil {
			return fmt.Errorf("line %d: %w", l.count, err)
		}
		if k != endLine {
			continue
		}
		e := g.decoder.end
		if e.lines != l.count-1 || e.records != g.records || e.sha256 != hex.EncodeToString(l.before) {
			return fmt.Errorf("%w: its trailer does not fit", ErrDamaged)
		}
		f.Header, f.Parts, f.Digest = g.decoder.header, g.parts, e.sha256
		if err := l.nothingLeft(); err != nil {
			return err
		}
		f.chunks = l.chunks
		return nil
	}
}

// trailer is what the last line says of those before it.
type trailer struct {
	lines, records int64
	sha256         string
}

// grammar checks the order of lines and gathers what a bundle has.
type grammar struct {
	decoder decoder
	parts   []Summary
	records int64
	rank    kind // how far the connection's lines have come
	begun   bool
	day     time.Time
	last    usage.Record
}

var errOrder = fmt.Errorf("%w: a line where it does not belong", ErrDamaged)

func (g *grammar) take(line []byte) (kind, error) {
	d := &g.decoder
	k, err := d.read(line)
	if err != nil {
		if !g.begun && !errors.Is(err, ErrNewer) && !errors.Is(err, ErrForeign) {
			err = fmt.Errorf("%w: %w", ErrForeign, err)
		}
		return k, err
	}
	switch {
	case !g.begun:
		if g.begun = true; k != headerLine {
			return k, ErrForeign
		}
		return k, nil
	case k == headerLine:
		return k, errOrder
	case k == endLine:
		return k, nil
	case k == connectionLine:
		return k, g.connection()
	case len(g.parts) == 0:
		return k, errOrder
	}
	rank := min(k, dayLine)
	if rank < g.rank {
		return k, errOrder
	}
	g.rank = rank
	return k, g.row(k)
}

func (g *grammar) connection() error {
	c := g.decoder.connection
	if c.Name == "" || c.Role == "" || slices.ContainsFunc(g.parts, func(p Summary) bool { return p.Name == c.Name }) {
		return fmt.Errorf("%w: a connection without a name or role, or for the second time", ErrDamaged)
	}
	g.parts = append(g.parts, Summary{Connection: c})
	g.rank, g.day, g.last = 0, time.Time{}, usage.Record{}
	return nil
}

func (g *grammar) row(k kind) error {
	d, p := &g.decoder, &g.parts[len(g.parts)-1]
	switch k {
	case coveredLine:
		if len(p.Coverage) > 1<<16 {
			return errOrder
		}
		p.Coverage = append(p.Coverage, d.covered)
	case entityLine:
		p.Entities++
	case goneLine:
		if p.Gone++; len(d.fate.Key) != 24 || d.fate.Turns%2 != 1 || d.fate.Turns < 1 || d.fate.Turns > usage.MaxTurns {
			return fmt.Errorf("%w: a record that is gone and is not", ErrDamaged)
		}
	case dayLine:
		if p.Role != Provider || !g.day.Before(d.day) {
			return errOrder
		}
		g.day = d.day
		p.Days++
	case recordLine:
		return g.record(p)
	}
	return nil
}

func (g *grammar) record(p *Summary) error {
	d := &g.decoder
	r := &d.record
	first := p.Records == 0
	g.records++
	p.Records++
	switch {
	case !first && (r.Start.Before(g.last.Start) || r.Start.Equal(g.last.Start) && (r.ID < g.last.ID || r.ID == g.last.ID && r.Slice <= g.last.Slice)):
		return errOrder
	case p.Role == Provider && (g.day.IsZero() || r.Start.Before(g.day) || !r.Start.Before(g.day.AddDate(0, 0, 1))):
		return errOrder
	case p.Role != Provider && r.Slice != "":
		return errOrder
	case d.turns%2 != 0 || d.turns < 0 || d.turns > usage.MaxTurns || d.turns > 0 && r.Slice != "":
		return fmt.Errorf("%w: a record that turned %d times", ErrDamaged, d.turns)
	}
	if first {
		p.First = r.Start
	}
	p.Last = r.Start
	g.last.Start, g.last.ID, g.last.Slice = r.Start, r.ID, r.Slice
	return nil
}

// gzipHead is what a bundle begins with: no name, no time, any system.
func gzipHead() []byte { return []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff} }

// lines reads lines from the beginning of a file: when verifying, as they come
// and noting the digest of each chunk; later, in chunks whose digests must be the
// same.
type lines struct {
	ctx    context.Context
	file   *File
	packed *bufio.Reader
	zip    *gzip.Reader
	in     *bufio.Reader
	sum    hash.Hash // of the text, while it is verified; then nil
	seen   maphash.Hash
	count  int64 // lines so far
	text   int64 // bytes so far
	inside int   // bytes of the chunk
	chunks []uint64
	line   []byte
	before []byte // digest of what came before the trailer
}

func (f *File) lines(ctx context.Context) (*lines, error) {
	l := &lines{ctx: ctx, file: f}
	l.seen.SetSeed(f.seed)
	l.packed = bufio.NewReaderSize(io.NewSectionReader(f.file, 0, f.Size), 256<<10)
	head, err := l.packed.Peek(len(gzipHead()))
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, err
	case len(head) < 2 || !bytes.Equal(head[:2], gzipHead()[:2]):
		return nil, ErrForeign
	case !bytes.Equal(head, gzipHead()):
		return nil, fmt.Errorf("%w: it begins like no bundle; was it packed again?", ErrDamaged)
	}
	if l.zip, err = gzip.NewReader(l.packed); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	l.zip.Multistream(false)
	l.in = bufio.NewReaderSize(l.zip, 64<<10)
	return l, nil
}

// next returns the next line, good until the one after, without its line feed.
func (l *lines) next() ([]byte, error) {
	if l.count%1024 == 0 {
		if err := l.ctx.Err(); err != nil {
			return nil, err
		}
	}
	l.line = l.line[:0]
	for {
		part, err := l.in.ReadSlice('\n')
		l.line = append(l.line, part...)
		if err == nil {
			break
		}
		switch {
		case len(l.line) > maxLine:
			return nil, fmt.Errorf("%w: line %d is too long", ErrDamaged, l.count+1)
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(l.line) == 0:
			return nil, io.EOF
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil, fmt.Errorf("%w: it ends in the middle of line %d", ErrDamaged, l.count+1)
		default:
			var path *os.PathError
			if errors.As(err, &path) {
				return nil, err
			}
			return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
	}
	n := len(l.line)
	l.text += int64(n)
	if l.text > maxText || l.text > freeText && l.text/maxRatio > l.file.Size {
		return nil, fmt.Errorf("%w: it unpacks to far more than a bundle holds", ErrDamaged)
	}
	if l.sum != nil {
		if bytes.HasPrefix(l.line, []byte(`{"end"`)) {
			l.before = l.sum.Sum(nil)
		}
		l.sum.Write(l.line)
	}
	l.seen.Write(l.line)
	l.count++
	if l.inside += n; l.inside >= chunkOf {
		l.mark()
	}
	return l.line[:n-1], nil
}

// mark ends a chunk.
func (l *lines) mark() {
	l.inside = 0
	l.chunks = append(l.chunks, l.seen.Sum64())
}

// nothingLeft demands that the text and the file end here.
func (l *lines) nothingLeft() error {
	switch _, err := l.in.ReadByte(); {
	case err == nil:
		return fmt.Errorf("%w: something follows its trailer", ErrDamaged)
	case !errors.Is(err, io.EOF):
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if _, err := l.packed.ReadByte(); err == nil {
		return fmt.Errorf("%w: something follows its end", ErrDamaged)
	} else if !errors.Is(err, io.EOF) {
		return err
	}
	l.mark()
	return nil
}

// chunk reads lines that were verified, to the end of a chunk, and tells them
// apart only when their digest is what it was.
func (l *lines) chunk(text []byte) ([]byte, error) {
	n := len(l.chunks)
	if n == len(l.file.chunks) {
		return nil, io.EOF
	}
	text = text[:0]
	for len(l.chunks) == n {
		line, err := l.next()
		switch {
		case errors.Is(err, io.EOF):
			l.mark()
		case errors.Is(err, ErrDamaged):
			return nil, errChanged
		case err != nil:
			return nil, err
		default:
			text = append(append(text, line...), '\n')
		}
	}
	if l.chunks[n] != l.file.chunks[n] {
		return nil, errChanged
	}
	return text, nil
}

var errChanged = fmt.Errorf("%w: it has changed while it was read; what it said before was stored", ErrDamaged)
