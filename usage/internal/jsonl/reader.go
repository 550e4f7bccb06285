package jsonl

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"tokpit/internal/clean"
	"tokpit/usage"
	"tokpit/usage/internal/jsonscan"
)

// reader reads one file after another.
type reader struct {
	tree    *Tree
	now     time.Time
	decoder Decoder
	lines   lines
	out     Out
	big     chan struct{} // shared by all readers: room for one large buffer
	holding bool          // it
	looked  int64         // where the last line began whose head was looked at
	spare   spare
	hashing [headBytes]byte

	file   *os.File
	job    *job
	cursor cursor
	chunk  chunk
	name   string // of the file, harmless
}

// read sends the new part of a file in chunks. Errors become quarantined
// files; a file that is gone is none of our business.
func (r *reader) read(ctx context.Context, j *job, out chan<- chunk) {
	r.job, r.name = j, cleanPath(j.file.path)
	r.chunk = chunk{key: filePrefix + j.file.path}
	r.out = Out{now: r.now, records: r.out.records}
	err := r.open()
	if err == nil {
		if r.whole(j.file.path) {
			err = r.document(ctx, out)
		} else {
			err = r.rows(ctx, out)
		}
		if r.holding {
			r.lines.buf, r.holding = nil, false
			<-r.big
		}
		err = errors.Join(err, r.file.Close())
	}
	switch {
	case err == nil || ctx.Err() != nil:
	case errors.Is(err, fs.ErrNotExist) && r.chunk.bytes == 0:
	default:
		r.fail(ctx, out, err)
	}
}

// open decides where to begin.
func (r *reader) open() error {
	f, err := os.Open(r.job.file.path)
	if err != nil {
		return err
	}
	r.file = f
	fi, err := f.Stat()
	if err == nil && !fi.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	now := file{r.job.file.path, fi.Size(), fi.ModTime().UnixNano(), identify(fi)}
	old := r.job.cursor
	same := r.job.known && !r.whole(now.path) && !old.due(r.now) && (old.grown(&now) || old.dated(&now)) && old.holds(f, r.hashing[:])
	start := Start{Path: now.path, State: old.state}
	if same && !r.job.stale {
		r.cursor = old
	} else {
		r.cursor = cursor{}
		start = Start{Path: now.path}
		if same && r.job.stale {
			start.Was, start.WasEnd = old.state, old.offset
		}
		if r.job.known {
			r.chunk.reread = r.name
		}
	}
	r.cursor.size, r.cursor.mtime, r.cursor.inode = now.size, now.mtime, now.id.ino
	r.decoder.Begin(start)
	if r.cursor.offset > 0 {
		if _, err := f.Seek(r.cursor.offset, io.SeekStart); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	r.lines.reset(f, r.cursor.offset, max(0, now.size-r.cursor.offset))
	r.looked = -1
	return nil
}

// rows decodes lines until the file or the context ends.
func (r *reader) rows(ctx context.Context, out chan<- chunk) error {
	for n := 0; ; n++ {
		if n%64 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		line, kind, err := r.lines.next()
		if err != nil {
			return err
		}
		switch kind {
		case wholeLine:
			r.row(line, true)
			r.cursor.lines++
			err = r.release()
		case longLine:
			err = r.long(ctx, line)
		case lastLine:
			r.last(line)
			fallthrough
		case noLine:
			r.chunk.pending = r.lines.off < r.cursor.size
			return r.send(ctx, out)
		}
		if err != nil {
			return err
		}
		if len(r.out.records) >= chunkRecords || len(r.chunk.quarantined) >= MaxBad {
			if err := r.send(ctx, out); err != nil {
				return err
			}
		}
	}
}

// row decodes one line that r.lines has gone past already.
func (r *reader) row(line []byte, passed bool) {
	if line = trim(line); len(line) == 0 {
		return
	}
	switch {
	case line[0] != '{':
		r.bad("not a JSON object")
		return
	case line[len(line)-1] != '}':
		r.bad(string(jsonscan.ErrTruncated))
		return
	}
	r.out.End = r.lines.off
	if !passed {
		r.out.End += int64(len(line))
	}
	reason := r.decoder.Row(line, &r.out)
	for _, f := range r.out.refused {
		r.badAt(r.cursor.lines+1+newlines(line[:min(f.at, len(line))]), f.reason)
	}
	r.out.refused = r.out.refused[:0]
	if reason != "" {
		r.bad(reason)
	}
}

// last takes a line that no line break ends, if it is whole.
func (r *reader) last(line []byte) {
	n := len(line)
	text := trim(line)
	if len(text) == 0 || text[0] != '{' || jsonscan.Valid(text) != nil {
		return
	}
	r.row(text, false)
	r.lines.take(n)
}

// long deals with a line that is larger than the buffer.
func (r *reader) long(ctx context.Context, head []byte) error {
	if r.looked != r.lines.off {
		r.looked = r.lines.off
		if text := trim(head); len(text) > 0 && text[0] == '{' && r.decoder.Dull(text) {
			return r.pass("")
		}
	}
	if err := r.hold(ctx); err != nil {
		return err
	}
	if r.lines.grow() {
		return nil
	}
	return r.pass(fmt.Sprintf("line is longer than %d MiB", MaxLine>>20))
}

// hold waits for the right to a large buffer.
func (r *reader) hold(ctx context.Context) error {
	if r.holding {
		return nil
	}
	select {
	case r.big <- struct{}{}:
		r.holding = true
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// whole reports whether a file is one row.
func (r *reader) whole(path string) bool { return r.tree.Documents && isDocument(path) }

// document reads a whole file as one row.
func (r *reader) document(ctx context.Context, out chan<- chunk) error {
	l := &r.lines
	for l.left > 0 {
		if l.w == len(l.buf) {
			if err := r.hold(ctx); err != nil {
				return err
			}
			if !l.grow() {
				return fmt.Errorf("larger than %d MiB", MaxLine>>20)
			}
		}
		if err := l.fill(); err != nil {
			return err
		}
	}
	if n := l.w - l.r; n > 0 {
		all := l.buf[l.r:l.w]
		text := bytes.TrimLeft(all, "\n"+blanks)
		r.cursor.lines = newlines(all[:n-len(text)])
		r.row(bytes.TrimRight(text, "\n"+blanks), false)
		r.cursor.lines = 0
		l.take(n)
	}
	return r.send(ctx, out)
}

func (r *reader) pass(reason string) error {
	last, ended, err := r.lines.discard()
	if err != nil || !ended {
		return err // an unfinished line stays for the next pull
	}
	if reason == "" && last != '}' {
		reason = string(jsonscan.ErrTruncated)
	}
	if reason != "" {
		r.bad(reason)
	}
	r.cursor.lines++
	return r.release()
}

// release gives a large buffer back once its line is done, so that no reader
// waits for it that the emitter waits for. What else was in it is read again.
func (r *reader) release() error {
	if !r.holding {
		return nil
	}
	<-r.big
	r.holding = false
	if _, err := r.file.Seek(r.lines.off, io.SeekStart); err != nil {
		return err
	}
	r.lines.reset(r.file, r.lines.off, max(0, r.cursor.size-r.lines.off))
	return nil
}

// bad names the current line; of a document, the file as a whole.
func (r *reader) bad(reason string) {
	if r.whole(r.job.file.path) {
		r.badAt(0, reason)
		return
	}
	r.badAt(r.cursor.lines+1, reason)
}

// badAt names a line, or says once that no more will be named.
func (r *reader) badAt(line int64, reason string) {
	r.cursor.bad++
	switch {
	case r.cursor.bad > MaxBad+1:
		return
	case r.cursor.bad == MaxBad+1:
		reason = fmt.Sprintf("more than %d bad rows; this one and those after it are not listed", MaxBad)
	}
	r.chunk.quarantined = append(r.chunk.quarantined,
		usage.Quarantined{Source: r.tree.Source, File: r.name, Line: line, Reason: clean.Text(reason)})
}

// send hands over what there is, with a cursor that stands for exactly that.
func (r *reader) send(ctx context.Context, out chan<- chunk) error {
	r.chunk.bytes = r.lines.off - r.cursor.offset
	r.chunk.read = r.chunk.bytes > 0
	r.cursor.offset = r.lines.off
	if t := r.out.retry; !t.IsZero() && (r.cursor.retry == 0 || t.Unix() < r.cursor.retry) {
		r.cursor.retry = t.Unix()
	}
	if err := r.cursor.stamp(r.file, r.hashing[:]); err != nil {
		return err
	}
	r.cursor.state = r.decoder.State(nil)
	c := r.chunk
	c.records, c.removed, c.rows, c.folded, c.windows = r.out.records, r.out.removed, r.out.rows, r.out.folded, r.out.windows
	c.cursor = r.cursor.encode()
	r.out.records, r.out.removed, r.out.rows, r.out.folded, r.out.windows = nil, nil, 0, 0, nil
	if len(c.records) == 0 {
		c.records, r.out.records = nil, c.records
	} else {
		r.out.records = r.spare.get()
	}
	r.chunk = chunk{key: c.key}
	select {
	case out <- c:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// fail quarantines the file as a whole. What was read of it before stays
// counted; it is read from the start when it can be read again.
func (r *reader) fail(ctx context.Context, out chan<- chunk, err error) {
	reason := "cannot be read: " + cause(err)
	if r.job.cursor.problem == reason {
		return
	}
	c := cursor{problem: reason}
	select {
	case out <- chunk{key: r.chunk.key, reread: r.name, cursor: c.encode(),
		quarantined: []usage.Quarantined{{Source: r.tree.Source, File: r.name, Reason: clean.Text(reason)}}}:
	case <-ctx.Done():
	}
}
