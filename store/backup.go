package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
)

// A backup is a store file with a seal behind its last page: one page that says
// what the backup is and holds the digest of all before it. So any byte that was
// changed is found, also where a store has no checksum of its own; and the file
// can still be opened as a store, which sees free space where the seal is. A
// plain copy of a store has none; it can be restored too, by the checks that a
// store has in itself.

// Backup describes a backup.
type Backup struct {
	Path     string    `json:"-"`
	Size     int64     `json:"size"` // bytes, without the seal
	Revision uint64    `json:"revision"`
	Schema   uint64    `json:"schema"`
	Created  time.Time `json:"created"`
	SHA256   string    `json:"sha256"` // of what is before the seal, in hexadecimal
	Records  int64     `json:"records"`
}

const (
	sealSize  = 4096
	sealMagic = "tokpit.backup/1\n"
)

// Backup writes a consistent copy of the store to a file, while others go on
// using it; those that write wait for the copying. The copy is flushed to disk
// and verified like a store before it appears under its name, readable by its
// owner only. The error wraps [ErrExists] if there is something and replace is
// not set, and [ErrNotFound] if there is no store.
func (s *Store) Backup(ctx context.Context, to string, replace bool) (Backup, error) {
	b := Backup{Path: to, Created: s.opt.Now().UTC().Truncate(time.Second)}
	if s.blank() {
		return b, fmt.Errorf("store %s: %w", s.path, ErrNotFound)
	}
	if err := s.mayWrite(to, replace); err != nil {
		return b, err
	}
	dropLeft(filepath.Join(globQuote(filepath.Dir(to)), "."+globQuote(filepath.Base(to))+".part-*"), s.opt.Now().Add(-time.Hour))
	file, err := os.CreateTemp(filepath.Dir(to), "."+filepath.Base(to)+".part-*") // 0600
	if err != nil {
		var path *os.PathError
		if errors.As(err, &path) { // said of the file that was asked for
			path.Path = to
		}
		return b, fmt.Errorf("backup: %w", err)
	}
	part := file.Name()
	err = s.copyTo(ctx, file, &b)
	if err = errors.Join(err, file.Close()); err == nil {
		err = s.verifyCopy(ctx, part, &b)
	}
	if err == nil {
		err = appear(part, to, replace)
	}
	if err != nil {
		return b, errors.Join(fmt.Errorf("backup to %s: %w", to, err), removeIfThere(part))
	}
	return b, nil
}

// mayWrite refuses to write a backup over the store, or unasked over anything.
func (s *Store) mayWrite(to string, replace bool) error {
	there, err := os.Stat(to)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("backup: %w", err)
	case there.IsDir():
		return fmt.Errorf("backup: %s is a directory", to)
	}
	if own, err := os.Stat(s.path); err == nil && os.SameFile(own, there) {
		return fmt.Errorf("backup: %s is the store itself", to)
	}
	if !replace {
		return fmt.Errorf("backup %s: %w", to, ErrExists)
	}
	return nil
}

// copyTo writes the pages of one committed state and the seal.
func (s *Store) copyTo(ctx context.Context, file *os.File, b *Backup) error {
	sum := sha256.New()
	out := io.MultiWriter(file, sum)
	if err := s.view(ctx, func(tx *bolt.Tx) (err error) {
		b.Revision, b.Schema = revisionOf(tx), schemaOf(tx)
		b.Size, err = tx.WriteTo(interruptible{ctx, out})
		return err
	}); err != nil {
		return err
	}
	b.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return file.Sync()
}

// interruptible ends a long copy when its context does.
type interruptible struct {
	ctx context.Context
	io.Writer
}

func (w interruptible) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.Writer.Write(p)
}

// verifyCopy checks a copy as a store, and that it is on disk what was written;
// then it puts the seal behind it.
func (s *Store) verifyCopy(ctx context.Context, part string, b *Backup) error {
	check, err := s.sound(ctx, part)
	if err != nil {
		return err
	}
	b.Records = check.Records
	if sum, err := digestOf(part, b.Size); err != nil || sum != b.SHA256 {
		return errors.Join(fmt.Errorf("%w: the copy is not what was written", ErrCorrupt), err)
	}
	return seal(part, b)
}

// sound checks a file as a store of the current schema, in full. The error wraps
// [ErrCorrupt] if anything is wrong with it.
func (s *Store) sound(ctx context.Context, path string) (Check, error) {
	it := New(path, Options{Edges: s.opt.Edges, Timeout: s.opt.Timeout, Now: s.opt.Now})
	defer it.unlock()
	check, err := it.Verify(ctx)
	if err == nil && len(check.Problems) > 0 {
		err = fmt.Errorf("%w: %s", ErrCorrupt, check.Problems[0])
	}
	return check, err
}

// unlock removes the lock files of a store that nobody else knows of.
func (s *Store) unlock() {
	_ = os.Remove(s.path + ".lock")
	_ = os.Remove(s.path + ".turn")
}

func digestOf(path string, size int64) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.CopyN(sum, f, size); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// seal appends the page that says what the file is.
func seal(path string, b *Backup) error {
	text, err := json.Marshal(b)
	if err != nil {
		return err
	}
	page := make([]byte, sealSize)
	if n := copy(page, sealMagic) + copy(page[len(sealMagic):], text); n == sealSize {
		return errors.New("the seal does not fit")
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(page)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// readSeal returns what the seal of a file says; ok is false if it has none.
// The error wraps [ErrCorrupt] if the file or its seal is cut off.
func readSeal(path string) (b Backup, ok bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return b, false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return b, false, err
	}
	at := max(0, info.Size()-sealSize)
	if meta, _, err := readMeta(f); err == nil {
		if end := int64(meta.pages) * meta.pageSize; end < info.Size() && end > at {
			at = end // the seal is cut off
		}
		if info.Size()%min(meta.pageSize, sealSize) != 0 {
			return b, false, fmt.Errorf("%w: %s is cut off: no store is %d bytes long", ErrCorrupt, path, info.Size())
		}
	}
	page := make([]byte, sealSize)
	n, err := f.ReadAt(page, at)
	if err != nil && !errors.Is(err, io.EOF) {
		return b, false, err
	}
	if !bytes.HasPrefix(page[:n], []byte(sealMagic)) {
		return b, false, nil
	}
	if err := json.Unmarshal(bytes.TrimRight(page[len(sealMagic):n], "\x00"), &b); err != nil || b.Size != at || n < sealSize {
		return b, true, fmt.Errorf("%w: the seal of %s is damaged", ErrCorrupt, path)
	}
	return b, true, nil
}

// appear gives a finished file its name.
func appear(part, to string, replace bool) error {
	if !replace {
		// A link does not replace what has come to be there in the meantime.
		err := os.Link(part, to)
		if err == nil {
			err = os.Remove(part)
			syncDir(filepath.Dir(to))
			return err
		}
		if errors.Is(err, os.ErrExist) {
			return fmt.Errorf("%s: %w", to, ErrExists)
		}
		if _, there := os.Lstat(to); there == nil { // links are not known here
			return fmt.Errorf("%s: %w", to, ErrExists)
		}
	}
	if err := os.Rename(part, to); err != nil {
		return err
	}
	syncDir(filepath.Dir(to))
	return nil
}

func syncDir(path string) {
	if dir, err := os.Open(path); err == nil {
		_ = dir.Sync() // not every system can
		dir.Close()
	}
}
