package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// Two files beside the store regulate who may have it open. The lock is held,
// shared to read and exclusive to write, from before opening until after
// closing. Locks of files know no queue: readers that follow each other closely
// would keep a writer out for ever. So everybody passes the turn first, and a
// writer keeps it while it waits for the readers inside to leave.

// locked runs f under the lock file.
func (s *Store) locked(ctx context.Context, write bool, f func() error) error {
	lock, err := s.lock(ctx, write)
	if err != nil {
		return err
	}
	defer func() {
		if write {
			_ = os.Truncate(lock.Path(), 0) // readers sign nothing, and must not go by our name
		}
		_ = lock.Unlock()
	}()
	return f()
}

// lock takes the lock file.
func (s *Store) lock(ctx context.Context, write bool) (*flock.Flock, error) {
	deadline := time.Now().Add(s.opt.Timeout)
	turn, err := s.acquire(ctx, s.path+".turn", write, deadline)
	if err != nil {
		return nil, err
	}
	defer turn.Unlock()
	lock, err := s.acquire(ctx, s.path+".lock", write, deadline)
	if err != nil {
		return nil, err
	}
	if write {
		s.signLock(lock.Path())
	}
	return lock, nil
}

// acquire locks a file, retrying with jitter until the deadline.
func (s *Store) acquire(ctx context.Context, path string, write bool, deadline time.Time) (*flock.Flock, error) {
	// A reader needs no more than to open it, so that a store that belongs to
	// somebody else can be read.
	flag := os.O_CREATE | os.O_RDONLY
	if write {
		flag = os.O_CREATE | os.O_RDWR
	}
	l := flock.New(path, flock.SetFlag(flag), flock.SetPermissions(0o600))
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for wait := 200 * time.Microsecond; ; wait = min(wait*2, 20*time.Millisecond) {
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
			return l, nil
		}
		if time.Now().After(deadline) {
			return nil, &BusyError{Path: s.path, Holder: readHolder(s.path + ".lock")}
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
