package store

import (
	"context"
	"errors"
	"fmt"
	"os"

	bolt "go.etcd.io/bbolt"
)

// Compaction is what [Store.Compact] made of a file, in bytes.
type Compaction struct{ Before, After int64 }

// compactStep is how many bytes compaction writes in one transaction.
const compactStep = 32 << 20

// Compact writes all that is in use to a new file, looks it through and renames
// it into place: the space of what was deleted is given back, and nothing of it
// is left to be read. Killed at any moment it leaves the one file or the other.
// It needs room for the new file beside the old one. Without a store it does
// nothing.
func (s *Store) Compact(ctx context.Context) (Compaction, error) {
	var c Compaction
	if s.opt.Reader {
		return c, fmt.Errorf("%s: %w", s.path, ErrReader)
	}
	if s.blank() {
		return c, nil
	}
	if err := s.update(ctx, func(*bolt.Tx) error { return errUnchanged }); err != nil && !errors.Is(err, errUnchanged) {
		return c, err // of what is no store, or a newer one
	}
	err := s.locked(ctx, true, func() (err error) {
		if c.Before, err = sizeOf(s.path); err != nil {
			return err
		}
		if err := s.rewriteFile(); err != nil {
			return fmt.Errorf("compact %s: %w", s.path, err)
		}
		c.After, err = sizeOf(s.path)
		return err
	})
	return c, err
}

// compact is Compact for what has the space to give back already.
func (s *Store) compact(ctx context.Context) error {
	_, err := s.Compact(ctx)
	return err
}

// rewriteFile puts a copy without unused pages in the place of the file. The
// caller holds the lock.
func (s *Store) rewriteFile() error {
	fresh := s.path + ".new"
	if err := removeIfThere(fresh); err != nil {
		return err // of an earlier attempt that was killed
	}
	was, is := uint64(0), uint64(0)
	err := s.open(s.path, true, func(from *bolt.DB) error {
		return s.open(fresh, false, func(to *bolt.DB) error {
			if err := bolt.Compact(to, from, compactStep); err != nil {
				return err
			}
			return errors.Join(from.View(func(tx *bolt.Tx) error { was = revisionOf(tx); return nil }),
				to.View(func(tx *bolt.Tx) error { is = revisionOf(tx); return nil }))
		})
	})
	if err == nil && was != is {
		err = fmt.Errorf("%w: revision %d came out as %d", ErrCorrupt, was, is)
	}
	if err == nil {
		err = cutTail(fresh)
	}
	if err == nil {
		err = soundPages(fresh)
	}
	if err == nil {
		err = s.intoPlace(fresh)
	}
	if err != nil {
		return errors.Join(err, removeIfThere(fresh))
	}
	return nil
}

// cutTail gives back what bbolt has taken for later behind the last page.
func cutTail(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	meta, _, err := readMeta(f)
	if err == nil {
		err = f.Truncate(int64(meta.pages) * meta.pageSize)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// soundPages looks all pages of a file through.
func soundPages(path string) error {
	problems, err := checkPages(path, true)
	if err == nil && len(problems) > 0 {
		err = fmt.Errorf("%w: %s", ErrCorrupt, problems[0])
	}
	return err
}

func sizeOf(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// freeBytes is how much of a file is unused: free pages, and what lies behind
// the last one.
func freeBytes(path string) (int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	meta, _, err := readMeta(f)
	if err != nil {
		return 0, fmt.Errorf("%w: %s: %w", ErrForeign, path, err)
	}
	free := max(0, info.Size()-int64(meta.pages)*meta.pageSize)
	if meta.freelist == noFreelist {
		return free, nil
	}
	p := &pages{file: f, meta: meta, used: make([]uint64, meta.pages/64+1)}
	x, ok := p.load(meta.freelist)
	if !ok || x.flags != flagFreelist {
		return 0, fmt.Errorf("%w: %s: the list of free pages is damaged", ErrCorrupt, path)
	}
	n := int64(x.count)
	if n == freelistLarge { // the count did not fit
		b, err := x.bytes(pageHeader, 8)
		if err != nil {
			return 0, err
		}
		n = int64(order.Uint64(b))
	}
	return free + max(0, min(n, int64(meta.pages)))*meta.pageSize, nil
}
