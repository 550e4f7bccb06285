// Package store keeps usage in one local bbolt file. It is the only package
// that knows bbolt.
//
// # What is in the file
//
// Records live in blocks (one connection, one part of a UTC day, packed by
// column); beside each block stand the sorted fingerprints of its ids. Cells
// are sums of records for reports. Cursors say what each connection has read;
// beside them stand the names that it gave, and what it has read in full.
// Nothing on disk is keyed by a hash: keys are times, names and paths.
//
// # How it stays right
//
// A [usage.Batch] is one transaction: its records, the signed changes of the
// cells and the cursors are committed together, so a crash at any point loses
// nothing, and reading the same input again adds nothing, because copies of a
// record are found by id, however far apart they lie, and folded by
// [usage.Fold]. Every commit that changes anything raises the revision.
//
// What people decide (budgets, plans, and other decisions as text) has a row in
// an audit trail, written in the same transaction, that names who did it and
// quotes what was and what is. What has been told about budgets is one transaction
// with the deliveries that it justifies; a delivery is claimed, in a
// transaction of its own, before it is sent, and finished in another.
//
// # What is kept for how long
//
// Records of days before the horizon have been pruned ([Store.Prune]); of those
// days the sums may be kept, which then stand for the records: cells are checked
// against them and made again from them. What arrives for such a day is refused.
// A backup is a copy with a seal ([Store.Backup]), and a restore checks all of it
// before it takes the place of anything.
//
// # Sharing
//
// Nobody holds the file open. Each call takes a lock file beside it (shared to
// read, exclusive to write), opens, runs one transaction and closes, so that a
// cockpit, a sync and a report can run side by side, and a maintenance command
// can put a new file in place. A store that stays locked for longer than the
// timeout gives a [BusyError] that says who holds it.
//
// # Damage
//
// A damaged file gives [ErrCorrupt], never a panic: the tree of pages is looked
// through before bbolt follows it, and every value that counts has a checksum
// that covers its key. Whole entries that have vanished are found by
// [Store.Verify], because cells and records then disagree. What is derived
// (cells, fingerprints) can be made again with [Store.Rebuild].
package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"tokpit/usage"
)

// Options configure a store.
type Options struct {
	// Edges are the context thresholds at which cells are cut. Cells cut at
	// other edges are rebuilt by the next write.
	Edges usage.Edges
	// Timeout is how long to wait for another process; 10 s if zero.
	Timeout time.Duration
	// Now is the clock; time.Now if nil.
	Now func() time.Time
	// Holder names this process in the lock file, e.g. "tokpit sync".
	Holder string
	// Reader makes a handle for somebody who may only look: every change by it,
	// whichever verb makes it, gives an error that wraps [ErrReader].
	Reader bool
}

// Store is a handle on a store file. It holds nothing open between calls and
// is safe for concurrent use.
type Store struct {
	path string
	opt  Options

	migrations []migration
	blockSize  int // records a block should hold
	checked    atomic.Pointer[seen]
	claims     claims
}

// New returns a handle on the file at path, which need not exist yet: reading
// an absent store finds nothing, the first write creates it.
func New(path string, opt Options) *Store {
	if opt.Timeout == 0 {
		opt.Timeout = 10 * time.Second
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	return &Store{path: path, opt: opt, migrations: migrations(), blockSize: blockSize}
}

// Path returns the store file's path.
func (s *Store) Path() string { return s.path }

// Exists reports whether the store file is there.
func (s *Store) Exists() bool {
	info, err := os.Stat(s.path)
	return err == nil && !info.IsDir()
}

// view runs f in a read transaction. An absent or empty file is an empty store:
// f is not called. A store of an older schema is migrated first.
func (s *Store) view(ctx context.Context, f func(*bolt.Tx) error) error {
	err := s.viewAsIs(ctx, f)
	if errors.Is(err, errOld) {
		if err := s.update(ctx, func(*bolt.Tx) error { return nil }); err != nil {
			return err
		}
		err = s.viewAsIs(ctx, f)
	}
	return err
}

func (s *Store) viewAsIs(ctx context.Context, f func(*bolt.Tx) error) error {
	if s.blank() {
		return nil
	}
	return s.locked(ctx, false, func() error {
		if s.blank() {
			return nil
		}
		return s.open(s.path, true, func(db *bolt.DB) error {
			return db.View(func(tx *bolt.Tx) error {
				if err := s.checkSchema(tx); err != nil {
					return err
				}
				return f(tx)
			})
		})
	})
}

// update runs f in a write transaction, creating and migrating the store
// first. If f returns an error nothing changes.
func (s *Store) update(ctx context.Context, f func(*bolt.Tx) error) error {
	if s.opt.Reader {
		return fmt.Errorf("%s: %w", s.path, ErrReader)
	}
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return fmt.Errorf("create the store's folder: %w", err)
	}
	return s.locked(ctx, true, func() error {
		if s.blank() {
			if err := s.create(); err != nil {
				return fmt.Errorf("create store %s: %w", s.path, err)
			}
		}
		err := s.open(s.path, false, func(db *bolt.DB) error {
			return db.Update(func(tx *bolt.Tx) error {
				if err := s.prepare(tx); err != nil {
					return err
				}
				return f(tx)
			})
		})
		if err == nil { // the pages were sound, and nobody else has written since
			if info, err := os.Stat(s.path); err == nil {
				s.checked.Store(&seen{info.ModTime(), info.Size()})
			}
		}
		return err
	})
}

// blank reports whether there is no store yet: no file, or one without a byte.
func (s *Store) blank() bool {
	info, err := os.Stat(s.path)
	return errors.Is(err, os.ErrNotExist) || err == nil && info.Mode().IsRegular() && info.Size() == 0
}

// create makes an empty store beside its path and renames it into place, so
// that a store is there as a whole or not at all.
func (s *Store) create() error {
	fresh := s.path + ".new"
	if err := removeIfThere(fresh); err != nil {
		return err // of an earlier attempt that was killed
	}
	err := s.open(fresh, false, func(db *bolt.DB) error { return db.Update(s.prepare) })
	if err == nil {
		err = s.intoPlace(fresh)
	}
	if err != nil {
		return errors.Join(err, removeIfThere(fresh))
	}
	return nil
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// intoPlace makes a finished file the store.
func (s *Store) intoPlace(fresh string) error {
	if err := os.Rename(fresh, s.path); err != nil {
		return err
	}
	syncDir(filepath.Dir(s.path))
	return nil
}

// open runs f on the database at path. The freelist is synced (bbolt's default):
// without it every open for writing would scan the whole file.
//
// A damaged file must not take the program down, nor stay locked by it: pages
// are checked first, and panics of the database, and faults of its memory map,
// become ErrCorrupt.
func (s *Store) open(path string, readOnly bool, f func(*bolt.DB) error) (err error) {
	if err := s.inspect(path); err != nil {
		return err
	}
	var db *bolt.DB
	var file *os.File
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %s: %v", ErrCorrupt, path, p)
			if file != nil {
				release(file) // db.Close might wait for a lock that the panic left behind
			}
		} else if db != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	db, err = bolt.Open(path, 0o600, &bolt.Options{ReadOnly: readOnly, Timeout: s.opt.Timeout,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			f, err := os.OpenFile(name, flag, mode)
			if file == nil { // a copy opens the file once more
				file = f
			}
			return f, err
		}})
	switch {
	case err == nil:
		return f(db)
	case errors.Is(err, berrors.ErrTimeout):
		return &BusyError{Path: path}
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrVersionMismatch), errors.Is(err, berrors.ErrChecksum):
		return fmt.Errorf("%w: %s: %w", ErrForeign, path, err)
	}
	return fmt.Errorf("open store %s: %w", path, err)
}

// seen identifies a state of the file whose pages have been checked, or that this
// handle has made of such a one.
type seen struct {
	modified time.Time
	size     int64
}

// inspect refuses a file whose pages bbolt could not survive.
func (s *Store) inspect(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("open store: %w", err)
	case info.IsDir():
		return fmt.Errorf("%w: %s is a directory", ErrForeign, path)
	}
	now := seen{info.ModTime(), info.Size()}
	if last := s.checked.Load(); last != nil && *last == now {
		return nil
	}
	problems, err := checkPages(path, false)
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return fmt.Errorf("%w: %s: %s", ErrCorrupt, path, problems[0])
	}
	s.checked.Store(&now)
	return nil
}
