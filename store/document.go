package store

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// A document is bytes that another package encodes and versions: a saved
// scenario, a view, a set of scores. The store keeps them under a kind and a
// name and does not look inside.

func documentKey(kind, name string) ([]byte, error) {
	if kind == "" || name == "" || strings.ContainsRune(kind, 0) || len(kind)+len(name) > maxKey {
		return nil, fmt.Errorf("%w: document %q %.80q", ErrInvalid, kind, name)
	}
	return []byte(kind + "\x00" + name), nil
}

// PutDocument keeps a document; nil deletes it.
func (s *Store) PutDocument(ctx context.Context, kind, name string, value []byte) error {
	key, err := documentKey(kind, name)
	if err != nil {
		return err
	}
	return s.update(ctx, func(tx *bolt.Tx) error {
		if value == nil {
			return tx.Bucket(bucketDocuments).Delete(key)
		}
		return tx.Bucket(bucketDocuments).Put(key, value)
	})
}

// Document returns a document, or an error that wraps [ErrNotFound].
func (s *Store) Document(ctx context.Context, kind, name string) ([]byte, error) {
	key, err := documentKey(kind, name)
	if err != nil {
		return nil, err
	}
	var out []byte
	err = s.view(ctx, func(tx *bolt.Tx) error {
		if b := tx.Bucket(bucketDocuments); b != nil {
			out = bytes.Clone(b.Get(key))
		}
		return nil
	})
	if err == nil && out == nil {
		err = fmt.Errorf("%s %.80q: %w", kind, name, ErrNotFound)
	}
	return out, err
}

// Documents lists the names of a kind, sorted.
func (s *Store) Documents(ctx context.Context, kind string) ([]string, error) {
	var names []string
	prefix := []byte(kind + "\x00")
	err := s.view(ctx, func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketDocuments)
		if b == nil {
			return nil
		}
		cursor := b.Cursor()
		for k, _ := cursor.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, _ = cursor.Next() {
			names = append(names, string(k[len(prefix):]))
		}
		return nil
	})
	return names, err
}
