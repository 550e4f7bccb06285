// Package sqlitelog reads usage out of databases that belong to other programs.
//
// The owner may be at work. Nothing here may keep it from writing, so:
//
//   - A database whose write-ahead log holds something is opened read-only; in
//     that mode readers and writers do not wait for each other. All that was
//     written last may be in that log.
//   - Any other is opened as one that cannot change, which takes no locks and
//     makes no files beside it. If it has changed meanwhile, what was read is
//     thrown away and read again; while a transaction of the old kind is under
//     way (it has a journal), the database is left for the next pull.
//
// A database is read if its files differ from what the cursor says, that is a
// stat of the database and of its log. How much of it is read again is the
// reader's business: it has a state for that, and records whose ids are made
// from content, so that reading twice adds nothing.
//
// The files are not to be trusted. Only real tables are read, not views;
// queries end after a while; a crash of the driver is an error of that file.
package sqlitelog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"tokpit/internal/clean"
	"tokpit/usage"
	"tokpit/usage/internal/jsonl"
)

// Limits.
const (
	// MaxText is the longest text of a row that is read, in bytes.
	MaxText = 16 << 20
	// maxTime is how long one database may take.
	maxTime = 2 * time.Minute
	// attempts is how often a database is read that changes meanwhile.
	attempts = 3
	maxBad   = 1000
	maxBatch = 20_000
)

// Place is a database that may be there, and why it is looked for.
type Place struct{ Path, Why string }

// Databases is a source that is nothing but databases of one form. It
// implements [usage.Source].
type Databases struct {
	Source string
	Places []Place
	// More, if not nil, finds databases whose places are known only now.
	More func() []Place
	// Read reads one of them.
	Read func(*Session) error
	Now  func() time.Time
}

// Name implements [usage.Source].
func (d *Databases) Name() string { return d.Source }

// Roots returns the files that are looked for.
func (d *Databases) Roots() []string {
	var out []string
	for _, p := range d.places() {
		out = append(out, p.Path)
	}
	return out
}

func (d *Databases) places() []Place {
	all := d.Places
	if d.More != nil {
		all = append(all[:len(all):len(all)], d.More()...)
	}
	return all
}

// prefix of the cursor of a database; its path follows.
const prefix = "db:"

// Pull implements [usage.Source].
func (d *Databases) Pull(ctx context.Context, cursors usage.Cursors, emit func(usage.Batch) error) (usage.Report, error) {
	var report usage.Report
	var seen []os.FileInfo
	for _, p := range d.places() {
		place := usage.Place{Path: p.Path, Why: p.Why}
		fi, err := os.Stat(p.Path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			report.Places = append(report.Places, place)
			continue
		case err == nil && !fi.Mode().IsRegular():
			err = errors.New("not a regular file")
		}
		if place.Found, place.Err = err == nil, err; err == nil {
			place.Files = 1
		}
		report.Places = append(report.Places, place)
		if err != nil || twin(seen, fi) {
			continue
		}
		seen = append(seen, fi)
		report.Files++
		if err := d.one(ctx, p.Path, cursors, emit, &report); err != nil {
			return report, err
		}
	}
	return report, nil
}

func twin(seen []os.FileInfo, fi os.FileInfo) bool {
	for _, other := range seen {
		if os.SameFile(other, fi) {
			return true
		}
	}
	return false
}

// one reads a database if there may be something new in it.
func (d *Databases) one(ctx context.Context, path string, cursors usage.Cursors, emit func(usage.Batch) error, report *usage.Report) error {
	key := prefix + path
	old, known := decodeCursor(cursors[key])
	now := look(path)
	if known && old.look == now {
		return nil
	}
	if old.bad { // all of it, so that all that is bad is named again
		old.state = nil
	}
	s := &Session{Path: path, State: old.state, Again: known, Cursors: cursors, name: clean.Limit(path, 4096), source: d.Source, now: d.Now()}
	err := s.attempt(ctx, d.Read)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	report.Rows += s.rows
	report.Folded += s.folded
	if errors.Is(err, errBusy) {
		report.Pending++
		return nil
	}
	report.Read++
	report.BytesRead += s.looked.size() - min(old.look.size(), s.looked.size())
	next := cursor{look: s.looked, state: s.State, bad: len(s.bad) > 0 || err != nil}
	if err != nil {
		next.state = old.state
		s.discard()
		s.bad = []usage.Quarantined{{Source: d.Source, File: s.name, Reason: clean.Text("cannot be read: " + reason(err))}}
	}
	return s.emit(emit, key, next, old.bad)
}

// reason is what an error says, without the driver's decoration.
func reason(err error) string {
	text := err.Error()
	if len(text) > 200 {
		text = text[:200]
	}
	return text
}

// attempt reads until the database stood still.
func (s *Session) attempt(ctx context.Context, read func(*Session) error) error {
	state := s.State
	for range attempts {
		s.reset(state)
		s.looked = look(s.Path)
		if s.looked.journal > 0 && s.looked.wal == (stamp{}) {
			return errBusy
		}
		still := s.looked.wal.size == 0
		err := s.once(ctx, read, still)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !still || look(s.Path) == s.looked {
			return err
		}
	}
	s.reset(state)
	return errBusy
}

// errBusy says that a database could not be read while it stood still.
var errBusy = errors.New("the database is being written")

func (s *Session) once(ctx context.Context, read func(*Session) error, still bool) (err error) {
	defer func(old bool) {
		debug.SetPanicOnFault(old)
		if p := recover(); p != nil {
			err = fmt.Errorf("the driver failed: %v", p)
		}
	}(debug.SetPanicOnFault(true))
	ctx, cancel := context.WithTimeout(ctx, maxTime)
	defer cancel()
	if err := s.open(ctx, still); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	return read(s)
}

// emit hands over what was found, the cursor with the last of it.
func (s *Session) emit(emit func(usage.Batch) error, key string, next cursor, hadBad bool) error {
	for len(s.batches) > 0 {
		b := s.batches[0]
		s.batches = s.batches[1:]
		if err := emit(b); err != nil {
			return err
		}
	}
	b := s.batch
	if b.Cursors == nil {
		b.Cursors = usage.Cursors{}
	}
	b.Cursors[key] = next.encode()
	b.Quarantined = s.bad
	if hadBad {
		b.Reread = []string{s.name}
	}
	return emit(b)
}

// Out returns what checks the times of rows.
func (s *Session) Out() *jsonl.Out { return jsonl.NewOut(s.now) }

// Glob lists the databases that match a pattern.
func Glob(pattern, why string) []Place {
	found, err := filepath.Glob(pattern)
	if err != nil {
		return nil
	}
	var out []Place
	for _, path := range found {
		if !strings.HasSuffix(path, "-wal") && !strings.HasSuffix(path, "-shm") {
			out = append(out, Place{path, why})
		}
	}
	return out
}
