// Package store keeps usage in one local bbolt file. It is the only package
// that knows bbolt.
//
// # What is in the file
//
// Records live in blocks (one connection, one part of a UTC day, packed by
// column); beside each block stand the sorted fingerprints of its ids. Cells
// are sums of records for reports. Cursors say what each connection has read.
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
// # Sharing
//
// Nobody holds the file open. Each call takes a lock file beside it (shared to
// read, exclusive to write), opens, runs one transaction and closes, so that a
// cockpit, a sync and a report can run side by side, and a maintenance command
// can put a new file in place. A store that stays locked for longer than the
// timeout gives a [BusyError] that says who holds it.
package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"
	bolt "go.etcd.io/bbolt"

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
}

// Store is a handle on a store file. It holds nothing open between calls and
// is safe for concurrent use.
type Store struct {
	path string
	opt  Options

	blockSize int // records a block should hold
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
	return &Store{path: path, opt: opt, blockSize: blockSize}
}

// Path returns the store file's path.
func (s *Store) Path() string { return s.path }

// Exists reports whether the store file is there.
func (s *Store) Exists() bool {
	info, err := os.Stat(s.path)
	return err == nil && !info.IsDir()
}

// view runs f in a read transaction. An absent file is an empty store: f is
// not called.
func (s *Store) view(ctx context.Context, f func(*bolt.Tx) error) error {
	if _, err := os.Stat(s.path); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return s.locked(ctx, false, func() error {
		db, err := s.open(true)
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		defer db.Close()
		return db.View(func(tx *bolt.Tx) error {
			if err := s.checkSchema(tx); err != nil {
				return err
			}
			return f(tx)
		})
	})
}

// update runs f in a write transaction, creating and migrating the store
// first. If f returns an error nothing changes.
func (s *Store) update(ctx context.Context, f func(*bolt.Tx) error) error {
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return fmt.Errorf("create the store's folder: %w", err)
	}
	return s.locked(ctx, true, func() error {
		db, err := s.open(false)
		if err != nil {
			return err
		}
		err = db.Update(func(tx *bolt.Tx) error {
			if err := s.prepare(tx); err != nil {
				return err
			}
			return f(tx)
		})
		return errors.Join(err, db.Close())
	})
}

// locked runs f under the lock file. A damaged file must not take the program
// down: panics of the database, and faults of its memory map when the file is
// shorter than it says, become ErrCorrupt.
func (s *Store) locked(ctx context.Context, write bool, f func() error) (err error) {
	lock, err := s.lock(ctx, write)
	if err != nil {
		return err
	}
	defer lock.Unlock()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %s: %v", ErrCorrupt, s.path, p)
		}
	}()
	return f()
}

// lock takes the lock file, retrying with jitter until the timeout.
func (s *Store) lock(ctx context.Context, write bool) (*flock.Flock, error) {
	path := s.path + ".lock"
	l := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	deadline := time.Now().Add(s.opt.Timeout)
	for wait := 500 * time.Microsecond; ; wait = min(wait*2, 50*time.Millisecond) {
		try := l.TryRLock
		if write {
			try = l.TryLock
		}
		ok, err := try()
		if err != nil && !write && (errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.EROFS)) {
			return l, nil // a store on read-only media: nobody can be writing
		}
		if err != nil {
			return nil, fmt.Errorf("lock %s: %w", s.path, err)
		}
		if ok {
			if write {
				s.signLock(path)
			}
			return l, nil
		}
		if time.Now().After(deadline) {
			return nil, &BusyError{Path: s.path, Holder: readHolder(path)}
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(wait/2 + rand.N(wait)):
		}
	}
}

// signLock notes who holds the lock, for the message of whoever waits. It is
// a courtesy: failing to write it is no error.
func (s *Store) signLock(path string) {
	who := fmt.Sprintf("pid %d", os.Getpid())
	if s.opt.Holder != "" {
		who += " (" + s.opt.Holder + ")"
	}
	_ = os.WriteFile(path, []byte(who+" since "+time.Now().UTC().Format(time.RFC3339)+"\n"), 0o600)
}

func readHolder(path string) string {
	b, err := os.ReadFile(path)
	if err != nil || len(b) > 200 {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// open opens the database. The freelist is synced (bbolt's default): without
// it every open for writing would scan the whole file.
func (s *Store) open(readOnly bool) (*bolt.DB, error) {
	if info, err := os.Stat(s.path); err == nil {
		if info.IsDir() {
			return nil, fmt.Errorf("%w: %s is a directory", ErrForeign, s.path)
		}
		if info.Size() > 0 && info.Size() < 4*4096 {
			return nil, fmt.Errorf("%w: %s is only %d bytes long", ErrForeign, s.path, info.Size())
		}
	} else if readOnly {
		return nil, err
	}
	db, err := bolt.Open(s.path, 0o600, &bolt.Options{ReadOnly: readOnly, Timeout: s.opt.Timeout})
	switch {
	case err == nil:
	case errors.Is(err, bolt.ErrTimeout):
		return nil, &BusyError{Path: s.path}
	case errors.Is(err, bolt.ErrInvalid), errors.Is(err, bolt.ErrVersionMismatch), errors.Is(err, bolt.ErrChecksum):
		return nil, fmt.Errorf("%w: %s: %v", ErrForeign, s.path, err)
	default:
		return nil, fmt.Errorf("open store %s: %w", s.path, err)
	}
	if err := checkLength(db); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// checkLength refuses a file that ends before its last page.
func checkLength(db *bolt.DB) error {
	return db.View(func(tx *bolt.Tx) error {
		info, err := os.Stat(db.Path())
		if err != nil {
			return err
		}
		if info.Size() < tx.Size() {
			return fmt.Errorf("%w: %s is %d bytes long and should be %d", ErrCorrupt, db.Path(), info.Size(), tx.Size())
		}
		return nil
	})
}
