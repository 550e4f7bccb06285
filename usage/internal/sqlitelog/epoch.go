package sqlitelog

import (
	"context"
	"encoding/binary"
	"sync"
	"time"

	"tokpit/usage"
)

// Epoch is since when a database tells of everything: the time of its oldest
// row, when it was seen first. Where a tool keeps logs of the same requests
// beside the database, only what is older counts out of these.
type Epoch struct {
	Key    string // of the cursor that remembers it
	DB     *Databases
	Oldest func(*Session) (time.Time, error) // the zero time if there is no row

	mu sync.Mutex
	at time.Time
}

// Note remembers the epoch while its database is being read.
func (e *Epoch) Note(s *Session) error {
	if len(s.Cursor(e.Key)) > 0 {
		return nil
	}
	at, err := e.Oldest(s)
	if err == nil && !at.IsZero() {
		s.SetCursor(e.Key, binary.BigEndian.AppendUint64(nil, uint64(at.UnixMilli())))
	}
	return err
}

// Covers reports whether the database has what happened at an instant. No epoch
// covers nothing.
func (e *Epoch) Covers(at time.Time) bool {
	if e == nil {
		return false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return !e.at.IsZero() && !at.Before(e.at)
}

// load finds the epoch in the cursors that a pull got, or, in the pull that
// reads the database first, in the database.
func (e *Epoch) load(ctx context.Context, cursors usage.Cursors) error {
	var at time.Time
	if b := cursors[e.Key]; len(b) == 8 {
		at = time.UnixMilli(int64(binary.BigEndian.Uint64(b))).UTC()
	} else {
		look := *e.DB
		look.Read = func(s *Session) (err error) {
			at, err = e.Oldest(s)
			return err
		}
		if _, err := look.Pull(ctx, cursors, func(usage.Batch) error { return nil }); err != nil {
			return err
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.at = at
	return nil
}

// Behind is a source of logs that are read after the database beside them. It
// implements [usage.Source].
type Behind struct {
	usage.Source
	Epoch *Epoch
}

// Roots returns the directories that are looked in.
func (b *Behind) Roots() []string {
	if r, ok := b.Source.(interface{ Roots() []string }); ok {
		return r.Roots()
	}
	return nil
}

// Pull implements [usage.Source].
func (b *Behind) Pull(ctx context.Context, cursors usage.Cursors, emit func(usage.Batch) error) (usage.Report, error) {
	if err := b.Epoch.load(ctx, cursors); err != nil {
		return usage.Report{}, err
	}
	return b.Source.Pull(ctx, cursors, emit)
}
