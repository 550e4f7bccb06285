package cmd

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"tokpit/tokenizer"
)

// shelf is where added vocabularies are kept: one file a family in the data
// directory, checked whenever it is opened.
type shelf struct {
	dir string // "" if there is no data directory
	err error
}

func (a *app) shelf() shelf {
	dir, err := a.env.dataDir()
	if err != nil {
		return shelf{err: err}
	}
	return shelf{dir: filepath.Join(dir, "vocabularies")}
}

func (s shelf) path(f tokenizer.Family) string { return filepath.Join(s.dir, string(f)+".vocabulary") }

// put keeps a vocabulary that [tokenizer.Adopt] returned.
func (s shelf) put(f tokenizer.Family, stored []byte) error {
	if s.err != nil {
		return s.err
	}
	if err := writePrivate(s.path(f), stored); err != nil {
		return fmt.Errorf("keep the vocabulary: %w", err)
	}
	return nil
}

// writePrivate puts a file in place in one step, readable by its owner only.
func writePrivate(path string, data []byte) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	_, err = file.Write(data)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

func (s shelf) remove(f tokenizer.Family) error {
	if s.err != nil {
		return s.err
	}
	err := os.Remove(s.path(f))
	if errors.Is(err, fs.ErrNotExist) {
		return hint(fmt.Errorf("no vocabulary of %s was added", f), "tokpit tokenizer list shows what there is")
	}
	return err
}

// open returns the encoding of a family, nil if none was added.
func (s shelf) open(f tokenizer.Family) (*tokenizer.Encoding, *tokenizer.Stored, error) {
	if s.err != nil {
		return nil, nil, nil // no place to keep any
	}
	file, err := os.Open(s.path(f))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	stored, err := io.ReadAll(io.LimitReader(file, 2*maxVocabulary))
	if err != nil {
		return nil, nil, fmt.Errorf("read vocabulary: %w", err)
	}
	e, info, err := tokenizer.OpenStored(stored)
	if err == nil && info.Family != f {
		err = fmt.Errorf("%w: it is of %s", tokenizer.ErrVocabulary, info.Family)
	}
	if err != nil {
		return nil, nil, hint(fmt.Errorf("vocabulary of %s: %w", f, err), "add it again: tokpit tokenizer add %s FILE; or forget it: tokpit tokenizer remove %s", f, f)
	}
	return e, &info, nil
}

// library returns the encodings of a person, with the added ones of the named
// families; none named are all of them.
func (s shelf) library(families ...tokenizer.Family) (tokenizer.Library, error) {
	var l tokenizer.Library
	if len(families) == 0 {
		families = tokenizer.Addable()
	}
	for _, f := range families {
		e, _, err := s.open(f)
		if err != nil {
			return l, err
		}
		if e != nil {
			l = l.With(f, e)
		}
	}
	return l, nil
}
