package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"

	"tokpit/usage"
)

// Restored says what [Store.Restore] did.
type Restored struct {
	Backup          // what the file was; SHA256 is that of the pages that were restored
	Sealed   bool   // it was written by Backup; else it is a plain copy of a store
	Before   string // where the store that was there has gone; "" if there was none
	Migrated bool   // it had an older schema
	// Forgotten counts what was forgotten in the replaced store and not yet in the
	// backup. It stays refused in the restored one; what the backup holds of it must
	// be forgotten again.
	Forgotten int64
}

// AuditRestore is the row that a restored store's trail goes on with.
const AuditRestore = "restore backup"

// Restore puts the content of a backup in the place of the store. The file is
// copied and the copy checked first, in full: seal, pages, checksums, cells
// against records. One that is foreign, newer or damaged changes nothing; an older
// schema is migrated. A store that is there is only replaced with replace set,
// else the error wraps [ErrExists], and it is kept beside the new one. Killed at
// any moment it leaves the one or the other.
func (s *Store) Restore(ctx context.Context, by usage.Actor, from string, replace bool) (Restored, error) {
	var r Restored
	if err := MayChange(by); err != nil {
		return r, err
	}
	if s.opt.Reader {
		return r, fmt.Errorf("%s: %w", s.path, ErrReader)
	}
	if err := s.mayRestore(from, replace); err != nil {
		return r, err
	}
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return r, fmt.Errorf("create the store's folder: %w", err)
	}
	dropLeft(globQuote(s.path)+".restore-*", s.opt.Now().Add(-time.Hour))
	part, err := s.copyOf(ctx, from, &r)
	if err == nil {
		defer New(part, Options{}).unlock()
		err = s.prepareCopy(ctx, by, part, from, &r)
	}
	if err == nil {
		err = s.locked(ctx, true, func() error { return s.swap(part, from, replace, &r) })
	}
	if err != nil {
		if part != "" {
			err = errors.Join(err, removeIfThere(part))
		}
		return r, fmt.Errorf("restore %s: %w", from, err)
	}
	return r, nil
}

func (s *Store) mayRestore(from string, replace bool) error {
	backup, err := os.Stat(from)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if !backup.Mode().IsRegular() {
		return fmt.Errorf("restore %s: %w: it is no file", from, ErrForeign)
	}
	own, err := os.Stat(s.path)
	if err == nil && os.SameFile(own, backup) {
		return fmt.Errorf("restore: %s is the store itself", from)
	}
	if !s.blank() && !replace {
		return fmt.Errorf("store %s: %w", s.path, ErrExists)
	}
	return nil
}

// copyOf copies the backup beside the store, without its seal, and checks the
// digest on the way. So what is checked is what will be the store, and the
// backup is only read.
func (s *Store) copyOf(ctx context.Context, from string, r *Restored) (part string, err error) {
	info, err := os.Stat(from)
	if err != nil {
		return "", err
	}
	if r.Backup, r.Sealed, err = readSeal(from); err != nil {
		return "", err
	}
	if r.Path = from; !r.Sealed {
		r.Size = info.Size()
	}
	src, err := os.Open(from)
	if err != nil {
		return "", err
	}
	defer src.Close()
	file, err := os.CreateTemp(filepath.Dir(s.path), filepath.Base(s.path)+".restore-*") // 0600
	if err != nil {
		return "", err
	}
	part = file.Name()
	sum := sha256.New()
	_, err = io.CopyN(interruptible{ctx, io.MultiWriter(file, sum)}, src, r.Size)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return part, err
	}
	digest := hex.EncodeToString(sum.Sum(nil))
	if r.Sealed && digest != r.SHA256 {
		return part, fmt.Errorf("%w: it is not what was written on %s (SHA-256 %s, want %s)", ErrCorrupt, r.Created.Format("2006-01-02"), digest, r.SHA256)
	}
	r.SHA256 = digest
	return part, nil
}

// prepareCopy makes a store of today's schema of the copy and checks it.
func (s *Store) prepareCopy(ctx context.Context, by usage.Actor, part, from string, r *Restored) error {
	it := New(part, Options{Edges: s.opt.Edges, Timeout: s.opt.Timeout, Now: s.opt.Now})
	if it.blank() {
		return fmt.Errorf("%w: it is empty", ErrForeign)
	}
	if err := soundPages(part); err != nil {
		return err
	}
	if err := it.viewAsIs(ctx, func(tx *bolt.Tx) error {
		r.Schema, r.Revision = schemaOf(tx), revisionOf(tx)
		return nil
	}); errors.Is(err, errOld) {
		r.Migrated = true
		if err := it.open(part, true, func(db *bolt.DB) error {
			return db.View(func(tx *bolt.Tx) error { r.Schema, r.Revision = schemaOf(tx), revisionOf(tx); return nil })
		}); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	if r.Schema == 0 {
		return fmt.Errorf("%w: it has no schema", ErrForeign)
	}
	if r.Migrated {
		// Migrating reads all records, so what is damaged may be found here already.
		if err := it.update(ctx, func(*bolt.Tx) error { return nil }); err != nil {
			return err
		}
	}
	check, err := s.sound(ctx, part)
	if err != nil {
		return err
	}
	r.Records = check.Records
	return it.update(ctx, func(tx *bolt.Tx) error {
		if r.Forgotten, err = s.carryForgotten(ctx, tx); err != nil {
			return err
		}
		t := &trail{tx: tx, at: s.opt.Now(), by: by}
		t.add(AuditRow{What: AuditRestore, Name: filepath.Base(from), After: fmt.Sprintf("revision %d, SHA-256 %s", r.Revision, r.SHA256)})
		return t.write()
	})
}

// carryForgotten adds to a restored store what has been forgotten in the store
// that it replaces, so that it stays refused. A store that cannot be read has
// nothing to say.
func (s *Store) carryForgotten(ctx context.Context, to *bolt.Tx) (added int64, err error) {
	if s.blank() {
		return 0, nil
	}
	type entry struct{ key, value []byte }
	var all []entry
	if err := s.viewAsIs(ctx, func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketForgotten)
		if b == nil {
			return nil
		}
		return b.ForEach(func(k, v []byte) error {
			if v != nil && !bytes.Equal(k, keyPending) {
				all = append(all, entry{bytes.Clone(k), bytes.Clone(v)})
			}
			return nil
		})
	}); err != nil {
		if errors.Is(err, ErrBusy) || ctx.Err() != nil {
			return 0, err
		}
		return 0, nil
	}
	b := to.Bucket(bucketForgotten)
	for _, e := range all {
		if b.Get(e.key) == nil {
			if err := b.Put(e.key, e.value); err != nil {
				return added, err
			}
			added++
		}
	}
	return added, nil
}

// swap puts the copy in the place of the store, under the lock. The store that
// is there gets a second name first, so that there is one at any moment.
func (s *Store) swap(part, from string, replace bool, r *Restored) error {
	s.dropTwins()
	if s.blank() {
		return s.putInPlace(part)
	}
	if !replace {
		return fmt.Errorf("store %s: %w", s.path, ErrExists)
	}
	stem := s.path + ".before-restore-" + s.opt.Now().UTC().Format("20060102T150405Z")
	before := stem
	for i := 2; ; i++ {
		err := os.Link(s.path, before)
		if err == nil {
			break
		}
		if !errors.Is(err, os.ErrExist) {
			if err = copyFile(s.path, before); err != nil { // links are not known here
				return errors.Join(err, removeIfThere(before))
			}
			break
		}
		before = fmt.Sprintf("%s-%d", stem, i)
	}
	if err := s.putInPlace(part); err != nil {
		return errors.Join(err, removeIfThere(before))
	}
	r.Before = before
	return nil
}

// putInPlace is intoPlace for a file whose writer has ended.
func (s *Store) putInPlace(part string) error {
	if err := os.Chmod(part, 0o600); err != nil {
		return err
	}
	return s.intoPlace(part)
}

// dropTwins removes second names that a killed restore gave to what is still
// the store: written to, they would not be what they say.
func (s *Store) dropTwins() {
	own, err := os.Stat(s.path)
	if err != nil {
		return
	}
	names, _ := filepath.Glob(globQuote(s.path) + ".before-restore-*")
	for _, name := range names {
		if twin, err := os.Stat(name); err == nil && os.SameFile(own, twin) {
			_ = os.Remove(name)
		}
	}
}

// dropLeft removes what killed processes left behind, if nobody has written to
// it for some time.
func dropLeft(pattern string, since time.Time) {
	names, _ := filepath.Glob(pattern)
	for _, name := range names {
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() && info.ModTime().Before(since) {
			_ = os.Remove(name)
		}
	}
}

// globQuote writes a path so that Glob takes it literally.
func globQuote(path string) string {
	var b bytes.Buffer
	for i := range len(path) {
		if bytes.IndexByte([]byte(`*?[\`), path[i]) >= 0 && os.PathSeparator == '/' {
			b.WriteByte('\\')
		}
		b.WriteByte(path[i])
	}
	return b.String()
}

func copyFile(from, to string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	if err == nil {
		err = dst.Sync()
	}
	return errors.Join(err, dst.Close())
}
