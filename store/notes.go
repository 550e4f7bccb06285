package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"tokpit/usage"
)

// MaxQuarantine is how many quarantined rows are remembered per connection.
// Rows beyond it are not listed; the sync that met them still counts them.
const MaxQuarantine = 10_000

// maxKey is the longest key of a cursor or quarantined row; bbolt's own limit
// is 32 KiB.
const maxKey = 16 << 10

// notes stores what a batch says beside its records.
func (c *commit) notes(b *usage.Batch) error {
	name := c.name
	if len(b.Cursors) > 0 {
		bucket, err := makeChild(c.tx, bucketCursors, name)
		if err != nil {
			return err
		}
		for key, value := range b.Cursors {
			if key == "" || len(key) > maxKey {
				return fmt.Errorf("%w: cursor key of %d bytes", ErrInvalid, len(key))
			}
			if value == nil {
				err = bucket.Delete([]byte(key))
			} else {
				err = bucket.Put([]byte(key), encodeCursor(key, value))
			}
			if err != nil {
				return fmt.Errorf("write cursor %.80q: %w", key, err)
			}
		}
	}
	return c.quarantine(b)
}

// quarantine forgets the rows of files that were read again and adds the new
// ones. It looks at the difference, so that reading the same bad rows again is
// no change.
func (c *commit) quarantine(b *usage.Batch) error {
	bucket := child(c.tx, bucketQuarantine, c.name)
	if len(b.Quarantined) > 0 {
		var err error
		if bucket, err = makeChild(c.tx, bucketQuarantine, c.name); err != nil {
			return err
		}
	}
	if bucket == nil {
		return nil
	}
	rows := make(map[string]string, len(b.Quarantined))
	var order []string
	for _, q := range b.Quarantined {
		key := string(lineKey(q.File, q.Line))
		if _, again := rows[key]; !again {
			order = append(order, key)
		}
		rows[key] = q.Reason
	}
	for _, key := range rereadKeys(bucket, b.Reread) {
		if _, again := rows[string(key)]; again {
			continue
		}
		if err := bucket.Delete(key); err != nil {
			return fmt.Errorf("forget quarantined row: %w", err)
		}
		c.changed = true
	}
	if len(order) == 0 {
		return nil
	}
	room := MaxQuarantine - countKeys(bucket)
	for _, key := range order {
		old := bucket.Get([]byte(key))
		if old == nil {
			if room <= 0 {
				continue
			}
			room--
		} else if string(old) == rows[key] {
			continue
		}
		c.changed = true
		if err := bucket.Put([]byte(key), []byte(rows[key])); err != nil {
			return fmt.Errorf("write quarantined row %.80q: %w", key, err)
		}
	}
	return nil
}

// lineKey cuts file names that would not fit. What is cut names no other file
// that exists.
func lineKey(file string, line int64) []byte {
	k := append([]byte(file[:min(len(file), maxKey)]), 0)
	return binary.BigEndian.AppendUint64(k, uint64(line))
}

// rereadKeys lists the keys of the quarantined rows of files.
func rereadKeys(bucket *bolt.Bucket, files []string) (keys [][]byte) {
	cursor := bucket.Cursor()
	for _, file := range files {
		first := lineKey(file, 0)
		prefix := first[:len(first)-8]
		for k, _ := cursor.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, _ = cursor.Next() {
			if len(k) == len(first) {
				keys = append(keys, bytes.Clone(k))
			}
		}
	}
	return keys
}

// countKeys counts under a cursor, because a bucket's statistics do not see
// what this transaction has changed.
func countKeys(bucket *bolt.Bucket) (n int) {
	cursor := bucket.Cursor()
	for k, _ := cursor.First(); k != nil; k, _ = cursor.Next() {
		n++
	}
	return n
}

// A cursor decides what is read at all, so a wrong byte in one would lose usage:
// it has a checksum like the records themselves.
const cursorVersion = 1

func encodeCursor(key string, value []byte) []byte {
	e := encoder{b: append([]byte{cursorVersion}, value...)}
	return e.sealAt([]byte(key))
}

func decodeCursor(key, value []byte) ([]byte, error) {
	d, err := unsealAt(value, cursorVersion, key)
	if err != nil {
		return nil, fmt.Errorf("cursor %.80q: %w", key, err)
	}
	return append([]byte{}, d.b...), nil
}

// Cursors returns what a connection has read so far. The map is the caller's.
func (s *Store) Cursors(ctx context.Context, connection string) (usage.Cursors, error) {
	out := make(usage.Cursors)
	err := s.view(ctx, func(tx *bolt.Tx) error {
		b := child(tx, bucketCursors, connection)
		if b == nil {
			return nil
		}
		return b.ForEach(func(k, v []byte) (err error) {
			out[string(k)], err = decodeCursor(k, v)
			return err
		})
	})
	return out, err
}

// dropDamagedCursors makes sources read again what a damaged cursor hides. That
// adds nothing twice.
func dropDamagedCursors(tx *bolt.Tx) error {
	top := tx.Bucket(bucketCursors)
	return top.ForEachBucket(func(name []byte) error {
		var damaged [][]byte
		b := top.Bucket(name)
		if err := b.ForEach(func(k, v []byte) error {
			if _, err := decodeCursor(k, v); err != nil {
				damaged = append(damaged, bytes.Clone(k))
			}
			return nil
		}); err != nil {
			return err
		}
		for _, k := range damaged {
			if err := b.Delete(k); err != nil {
				return err
			}
		}
		return nil
	})
}

// Quarantined lists up to limit quarantined rows (all if limit is 0), by
// connection, file and line.
func (s *Store) Quarantined(ctx context.Context, limit int) ([]usage.Quarantined, error) {
	var out []usage.Quarantined
	err := s.view(ctx, func(tx *bolt.Tx) error {
		top := tx.Bucket(bucketQuarantine)
		if top == nil {
			return nil
		}
		return top.ForEachBucket(func(name []byte) error {
			cursor := top.Bucket(name).Cursor()
			for k, v := cursor.First(); k != nil && (limit == 0 || len(out) < limit); k, v = cursor.Next() {
				if len(k) < 9 {
					return fmt.Errorf("quarantine: %w", ErrCorrupt)
				}
				out = append(out, usage.Quarantined{
					Source: string(name), File: string(k[:len(k)-9]),
					Line: int64(binary.BigEndian.Uint64(k[len(k)-8:])), Reason: string(v),
				})
			}
			return nil
		})
	})
	return out, err
}

// Sync is the outcome of a connection's last sync.
type Sync struct {
	Connection string
	At         time.Time // when it ended
	OK         time.Time // when one last ended well; zero if never
	Files      int64
	Pending    int64
	Err, Hint  string // harmless text; "" if it went well
	Places     []usage.Place
}

// RecordSync remembers the outcome of a sync. It does not raise the revision:
// no figure changes.
func (s *Store) RecordSync(ctx context.Context, y Sync) error {
	return s.update(ctx, func(tx *bolt.Tx) error {
		bucket := tx.Bucket(bucketSyncs)
		if y.Err != "" {
			if old, err := decodeSync(y.Connection, bucket.Get([]byte(y.Connection))); err == nil {
				y.OK = old.OK
			}
		} else {
			y.OK = y.At
		}
		return bucket.Put([]byte(y.Connection), encodeSync(&y))
	})
}

func encodeSync(y *Sync) []byte {
	var e encoder
	e.byte(1)
	e.int(y.At.UnixMilli())
	ok := int64(0)
	if !y.OK.IsZero() {
		ok = y.OK.UnixMilli()
	}
	e.int(ok)
	e.int(y.Files)
	e.int(y.Pending)
	e.text(y.Err)
	e.text(y.Hint)
	e.uint(uint64(len(y.Places)))
	for _, p := range y.Places {
		e.text(p.Path)
		e.text(p.Why)
		found := byte(0)
		if p.Found {
			found = 1
		}
		e.byte(found)
		e.int(p.Files)
		msg := ""
		if p.Err != nil {
			msg = p.Err.Error()
		}
		e.text(msg)
	}
	return e.seal()
}

func decodeSync(connection string, value []byte) (Sync, error) {
	y := Sync{Connection: connection}
	d, err := unseal(value, 1)
	if err != nil {
		return y, err
	}
	y.At = timeOf(d.int())
	if ok := d.int(); ok != 0 {
		y.OK = timeOf(ok)
	}
	y.Files, y.Pending, y.Err, y.Hint = d.int(), d.int(), d.text(), d.text()
	y.Places = make([]usage.Place, d.count(5))
	for i := range y.Places {
		p := &y.Places[i]
		p.Path, p.Why = d.text(), d.text()
		p.Found = d.byte() == 1
		p.Files = d.int()
		if msg := d.text(); msg != "" {
			p.Err = fmt.Errorf("%s", msg)
		}
	}
	return y, d.err
}

// Setting returns a text kept with the store ("" if it was never set), such as
// the display zone that was pinned at the first run.
func (s *Store) Setting(ctx context.Context, name string) (string, error) {
	var out string
	err := s.view(ctx, func(tx *bolt.Tx) error {
		if meta := tx.Bucket(bucketMeta); meta != nil {
			out = string(meta.Get([]byte("setting/" + name)))
		}
		return nil
	})
	return out, err
}

// SetSetting keeps a text with the store.
func (s *Store) SetSetting(ctx context.Context, name, value string) error {
	if strings.ContainsRune(name, 0) || name == "" {
		return fmt.Errorf("%w: setting name %q", ErrInvalid, name)
	}
	return s.update(ctx, func(tx *bolt.Tx) error {
		return tx.Bucket(bucketMeta).Put([]byte("setting/"+name), []byte(value))
	})
}

func timeOf(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
