package cmd

import (
	"bufio"
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
)

// outFile is a file that is written beside its place and put there when it is
// whole: a full disk or a kill leaves nothing under its name but what was there.
type outFile struct {
	path   string
	file   *os.File
	buffer *bufio.Writer
	sum    hash.Hash
	bytes  int64
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
		return nil, hint(err, "give another place with -o")
	}
	var random [6]byte
	if _, err := rand.Read(random[:]); err != nil {
		return nil, err
	}
	name := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+hex.EncodeToString(random[:])+".part")
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, hint(err, "give another place with -o")
	}
	f := &outFile{path: path, file: file, sum: sha256.New()}
	f.buffer = bufio.NewWriterSize(file, 1<<18)
	return f, nil
}

// Write implements [io.Writer].
func (f *outFile) Write(b []byte) (int, error) {
	n, err := f.buffer.Write(b)
	f.sum.Write(b[:n])
	f.bytes += int64(n)
	return n, err
}

// digest is the SHA-256 of what has been written.
func (f *outFile) digest() string { return hex.EncodeToString(f.sum.Sum(nil)) }

// commit puts the file into its place.
func (f *outFile) commit() error {
	err := f.buffer.Flush()
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
