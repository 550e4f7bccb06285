package cmd

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
)

// outFile is a file that is written beside its place and put there when it is
// whole: a full disk or a kill leaves nothing under its name but what was there.
type outFile struct {
	path  string
	file  *os.File
	sum   hash.Hash
	bytes int64

	buffer []byte // being filled
	full   chan []byte
	empty  chan []byte
	end    chan struct{}
	failed atomic.Pointer[error] // of the goroutine that writes
}

// fileBuffer is how much is written at once.
const fileBuffer = 1 << 20

// unwritable says that there can be no file of a name: in that name, not in the
// one that it has until it is whole.
func unwritable(path string, err error) error {
	var why *fs.PathError
	if errors.As(err, &why) {
		err = fmt.Errorf("%s: %w", path, why.Err)
	}
	return hint(err, "give another place: a folder that is there, and that you may write to")
}

// createFile begins a file. With replace it may take the place of another one.
func createFile(path string, replace bool) (*outFile, error) {
	info, err := os.Lstat(path)
	switch {
	case err == nil && info.IsDir():
		return nil, hint(fmt.Errorf("%s is a directory", path), "give the name of a file")
	case err == nil && !replace:
		return nil, hint(fmt.Errorf("%s is there already", path), "say --force to replace it, or give another name")
	case err == nil && info.Mode()&fs.ModeSymlink != 0: // what it points to is replaced, not the link
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return nil, err
		}
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, unwritable(path, err)
	}
	var random [6]byte
	if _, err := rand.Read(random[:]); err != nil {
		return nil, err
	}
	name := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+hex.EncodeToString(random[:])+".part")
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, unwritable(path, err)
	}
	f := &outFile{path: path, file: file, sum: sha256.New(), buffer: make([]byte, 0, fileBuffer),
		full: make(chan []byte), empty: make(chan []byte, 2), end: make(chan struct{})}
	f.empty <- make([]byte, 0, fileBuffer)
	go f.drain()
	return f, nil
}

// drain writes full buffers, beside whoever fills them.
func (f *outFile) drain() {
	defer close(f.end)
	for b := range f.full {
		if f.failed.Load() == nil {
			f.sum.Write(b)
			if _, err := f.file.Write(b); err != nil {
				f.failed.Store(&err)
			}
		}
		f.empty <- b[:0]
	}
}

// Write implements [io.Writer].
func (f *outFile) Write(b []byte) (int, error) {
	for rest := b; len(rest) > 0; {
		n := copy(f.buffer[len(f.buffer):cap(f.buffer)], rest)
		f.buffer, rest = f.buffer[:len(f.buffer)+n], rest[n:]
		if len(f.buffer) == cap(f.buffer) {
			f.full <- f.buffer
			f.buffer = <-f.empty
		}
	}
	f.bytes += int64(len(b))
	if err := f.failed.Load(); err != nil {
		return 0, *err
	}
	return len(b), nil
}

// finish writes what is left and ends the goroutine. It may be called again.
func (f *outFile) finish() error {
	if f.buffer != nil {
		f.full <- f.buffer
		f.buffer = nil
		close(f.full)
	}
	<-f.end
	if err := f.failed.Load(); err != nil {
		return *err
	}
	return nil
}

// digest is the SHA-256 of a file that has been committed.
func (f *outFile) digest() string { return hex.EncodeToString(f.sum.Sum(nil)) }

// commit puts the file into its place.
func (f *outFile) commit() error {
	err := f.finish()
	if err == nil {
		err = f.file.Sync()
	}
	err = errors.Join(err, f.file.Close())
	if err == nil {
		err = os.Rename(f.file.Name(), f.path)
	}
	if err != nil {
		f.discard()
	}
	return err
}

// discard leaves nothing behind. It may be called after commit.
func (f *outFile) discard() {
	_ = f.finish()
	_ = f.file.Close()
	_ = os.Remove(f.file.Name())
}

// writeFile writes a small file in the same way.
func writeFile(path string, replace bool, write func(io.Writer) error) error {
	f, err := createFile(path, replace)
	if err != nil {
		return err
	}
	defer f.discard()
	if err := write(f); err != nil {
		return err
	}
	return f.commit()
}
