package store

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"tokpit/usage"
)

// Names are kept one by one, under kind and id, because a provider lists
// thousands of keys and hardly any of them changes from one sync to the next.

const entityVersion = 1

// maxNames is how many names of one entity are kept, the newest ones.
const maxNames = 1000

// maxName is the longest text of an entity, in bytes.
const maxName = 16 << 10

func entityKey(e *usage.Entity) []byte { return []byte(string(e.Kind) + "\x00" + e.ID) }

// placeOfEntity names an entity for the checksum.
func placeOfEntity(connection string, key []byte) []byte { return append([]byte(connection), key...) }

// admitEntities refuses entities that cannot be kept. The error wraps ErrInvalid.
func admitEntities(b *usage.Batch) error {
	if len(b.Entities) > 0 && !inRange(b.NamedAt) {
		return fmt.Errorf("%w: names as they were at %v", ErrInvalid, b.NamedAt)
	}
	for i := range b.Entities {
		e := &b.Entities[i]
		switch {
		case e.Kind == "" || e.ID == "" || strings.ContainsRune(string(e.Kind), 0) || len(e.Kind)+len(e.ID) > maxKey:
			return fmt.Errorf("%w: an entity of kind %.80q with the id %.80q", ErrInvalid, e.Kind, e.ID)
		case len(e.Name) > maxName || len(e.Parent) > maxName || len(e.Hint) > maxName:
			return fmt.Errorf("%w: the texts of %s %.80q are too long", ErrInvalid, e.Kind, e.ID)
		case !fits(e.Created) || !fits(e.LastUsed):
			return fmt.Errorf("%w: %s %.80q was made at %v and used at %v", ErrInvalid, e.Kind, e.ID, e.Created, e.LastUsed)
		}
	}
	return nil
}

// entities brings names up to date and returns how many are new. What is not
// listed any more stays, because its usage does.
func (c *commit) entities(list []usage.Entity, at time.Time) (added int64, err error) {
	if len(list) == 0 {
		return 0, nil
	}
	bucket, err := makeChild(c.tx, bucketNames, c.name)
	if err != nil {
		return 0, err
	}
	for i := range list {
		key := entityKey(&list[i])
		place := placeOfEntity(c.name, key)
		var known usage.Known
		old := bucket.Get(key)
		if old == nil {
			added++
			known.Kind, known.ID = list[i].Kind, list[i].ID
		} else if known, err = decodeEntity(old, key, place); err != nil {
			return 0, fmt.Errorf("%s: %w", c.name, err)
		}
		renew(&known, &list[i], at)
		value := encodeEntity(&known, place)
		if bytes.Equal(value, old) {
			continue
		}
		c.changed = true
		if err := bucket.Put(key, value); err != nil {
			return 0, fmt.Errorf("write the name of %s %.80q: %w", list[i].Kind, list[i].ID, err)
		}
	}
	return added, nil
}

// renew takes over what a provider now says. What it leaves blank keeps what
// was known: another of its lists may say it. A use that is known does not
// become unknown, and a name is never forgotten.
func renew(k *usage.Known, e *usage.Entity, at time.Time) {
	keep := func(into *string, s string) {
		if s != "" {
			*into = s
		}
	}
	keep(&k.Name, e.Name)
	keep(&k.Parent, e.Parent)
	keep(&k.Hint, e.Hint)
	k.Archived = e.Archived
	if !e.Created.IsZero() {
		k.Created = timeOf(e.Created.UnixMilli())
	}
	if e.LastUsed.After(k.LastUsed) {
		k.LastUsed = timeOf(e.LastUsed.UnixMilli())
	}
	at = timeOf(at.UnixMilli())
	n := len(k.Names)
	switch {
	case k.Name == "" || n > 0 && k.Names[n-1].Name == k.Name:
		return
	case n > 0 && at.Before(k.Names[n-1].Since): // a clock was set back
		at = k.Names[n-1].Since
	}
	k.Names = append(k.Names, usage.Named{Name: k.Name, Since: at})
	k.Names = k.Names[max(0, len(k.Names)-maxNames):]
}

// encodeEntity leaves out what the key says. The present name is the last one.
func encodeEntity(k *usage.Known, place []byte) []byte {
	e := &encoder{}
	e.byte(entityVersion)
	e.text(k.Parent)
	e.text(k.Hint)
	e.instant(k.Created)
	e.instant(k.LastUsed)
	e.bool(k.Archived)
	e.uint(uint64(len(k.Names)))
	for _, n := range k.Names {
		e.text(n.Name)
		e.instant(n.Since)
	}
	return e.sealAt(place)
}

func decodeEntity(value, key, place []byte) (k usage.Known, err error) {
	kind, id, ok := bytes.Cut(key, []byte{0})
	if !ok {
		return k, fmt.Errorf("name of %.80q: %w", key, ErrCorrupt)
	}
	d, err := unsealAt(value, entityVersion, place)
	if err != nil {
		return k, fmt.Errorf("name of %s %.80q: %w", kind, id, err)
	}
	k.Kind, k.ID = usage.Dimension(kind), string(id)
	k.Parent, k.Hint, k.Created, k.LastUsed, k.Archived = d.text(), d.text(), d.instant(), d.instant(), d.byte() == 1
	for range d.count(2) {
		k.Names = append(k.Names, usage.Named{Name: d.text(), Since: d.instant()})
	}
	if d.err != nil {
		return k, fmt.Errorf("name of %s %.80q: %w", kind, id, d.err)
	}
	if n := len(k.Names); n > 0 {
		k.Name = k.Names[n-1].Name
	}
	return k, nil
}

// instant writes a time to the millisecond; a zero time is 0.
func (e *encoder) instant(t time.Time) {
	ms := int64(0)
	if !t.IsZero() {
		ms = t.UnixMilli()
	}
	e.int(ms)
}

func (d *decoder) instant() time.Time {
	if ms := d.int(); ms != 0 {
		return timeOf(ms)
	}
	return time.Time{}
}

// Entities returns what has a name, or is otherwise known, by connection; in
// each by kind and id.
func (s *Store) Entities(ctx context.Context) (map[string][]usage.Known, error) {
	out := make(map[string][]usage.Known)
	err := s.view(ctx, func(tx *bolt.Tx) error {
		return eachEntity(tx, func(connection string, _ []byte, k usage.Known, err error) error {
			out[connection] = append(out[connection], k)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// eachEntity decodes all names. f is also told of those that do not decode.
func eachEntity(tx *bolt.Tx, f func(connection string, key []byte, k usage.Known, err error) error) error {
	top := tx.Bucket(bucketNames)
	if top == nil {
		return nil
	}
	return top.ForEachBucket(func(name []byte) error {
		return top.Bucket(name).ForEach(func(key, value []byte) error {
			k, err := decodeEntity(value, key, placeOfEntity(string(name), key))
			return f(string(name), key, k, err)
		})
	})
}
