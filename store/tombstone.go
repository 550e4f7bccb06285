package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"tokpit/usage"
)

// Tombstones keep what was taken back from coming again out of another store.
//
// Each record that was ever taken back has a count of its turns ([usage.Fate]):
// odd is gone, even is there again. Taking back, and bringing again, add one;
// of two stores the higher count is right. That is all that two stores have to
// agree on for any order of exchanges to end the same way: a count only grows,
// and copies of equal count are folded, which does not depend on order either.
//
// A source that reads the same rows again may not know what made another
// machine take them back (the log of a conversation's ancestor lies there), so
// what another store has taken back, a log here does not bring again; an import
// does, because a person asked for it. What was taken back here comes again by
// any way.
//
// An entry is a digest of the id, so that nothing can be read out of it.

const tombstoneVersion = 1

// fateKeySize: eight bytes by which blocks are found, sixteen that decide.
const fateKeySize = 24

// fateKey stands for an id.
func fateKey(id string) (key [fateKeySize]byte) {
	binary.BigEndian.PutUint64(key[:], fingerprint(id))
	sum := sha256.Sum256([]byte(id))
	copy(key[8:], sum[:])
	return key
}

// turns is what an entry says; the zero value is a record that never turned.
type turns struct {
	n       int64
	foreign bool // the last turn was learned from another store
}

func (t turns) gone() bool { return t.n%2 == 1 }

// fates is a commit's view of the turns of its connection's records.
type fates struct {
	bucket *bolt.Bucket // nil if nothing has turned
	merged bool         // the batch comes out of another store
	// over are the records that leave because another store has seen more turns of
	// them: by id those that the batch brings anew, by key those that are gone.
	anew map[string]bool
	gone map[[fateKeySize]byte]bool
}

// turnsOf returns what is known of a record.
func (c *commit) turnsOf(key [fateKeySize]byte) (turns, error) {
	if c.fates.bucket == nil {
		return turns{}, nil
	}
	return decodeTurns(c.name, key[:], c.fates.bucket.Get(key[:]))
}

func decodeTurns(connection string, key, value []byte) (t turns, err error) {
	if value == nil {
		return t, nil
	}
	d, err := unsealAt(value, tombstoneVersion, placeOfBlock(connection, key))
	if err == nil {
		t.n, t.foreign = d.int(), d.byte() == 1
		if err = d.err; err == nil && (t.n < 1 || t.n > usage.MaxTurns || len(key) != fateKeySize) {
			err = fmt.Errorf("%w: %d turns of a key of %d bytes", ErrCorrupt, t.n, len(key))
		}
	}
	if err != nil {
		return turns{}, fmt.Errorf("%s, what became of record %x: %w", connection, key, err)
	}
	return t, nil
}

func (c *commit) putTurns(key [fateKeySize]byte, t turns) error {
	if c.fates.bucket == nil {
		var err error
		if c.fates.bucket, err = makeChild(c.tx, bucketTombstones, c.name); err != nil {
			return err
		}
	}
	if t.n > usage.MaxTurns {
		return fmt.Errorf("%w: a record that turned %d times", ErrInvalid, t.n)
	}
	e := &encoder{}
	e.byte(tombstoneVersion)
	e.int(t.n)
	e.bool(t.foreign)
	if err := c.fates.bucket.Put(key[:], e.sealAt(placeOfBlock(c.name, key[:]))); err != nil {
		return fmt.Errorf("write what became of record %x: %w", key, err)
	}
	c.changed = true
	return nil
}

// admitFates decides which of the incoming records count at all. Those that do
// not leave incoming; so do none of a batch of a source that nothing was ever
// taken back from.
func (c *commit) admitFates(incoming map[string]*usage.Record, b *usage.Batch) error {
	c.fates.bucket, c.fates.merged = child(c.tx, bucketTombstones, c.name), b.Merged
	if b.Merged {
		return c.mergeFates(incoming, b.Fates)
	}
	if c.fates.bucket == nil {
		return nil
	}
	for id, r := range incoming {
		key := fateKey(id)
		t, err := c.turnsOf(key)
		if err != nil {
			return err
		}
		switch {
		case !t.gone():
		case t.foreign && r.Tags.Get(tagImport) == "":
			delete(incoming, id)
			c.receipt.Duplicates++
		default:
			if err := c.putTurns(key, turns{n: t.n + 1}); err != nil {
				return err
			}
		}
	}
	return nil
}

// tagImport is the tag of what a person brought in by an import of their own.
const tagImport = "import"

// mergeFates takes over what another store has seen more of.
func (c *commit) mergeFates(incoming map[string]*usage.Record, all []usage.Fate) error {
	c.fates.anew, c.fates.gone = make(map[string]bool), make(map[[fateKeySize]byte]bool)
	theirs := make(map[[fateKeySize]byte]int64, len(all))
	for _, f := range all {
		key, err := keyOfFate(f)
		if err != nil {
			return err
		}
		theirs[key] = max(theirs[key], f.Turns)
	}
	if len(theirs) == 0 && c.fates.bucket == nil {
		return nil
	}
	for id := range incoming {
		key := fateKey(id)
		ours, err := c.turnsOf(key)
		if err != nil {
			return err
		}
		n := theirs[key]
		if n%2 == 1 {
			n = 0
		} else {
			delete(theirs, key)
		}
		switch {
		case n < ours.n || theirs[key] > n: // or gone and brought at once: gone is right
			delete(incoming, id)
			c.receipt.Duplicates++
		case n > ours.n:
			c.fates.anew[id] = true
			if err := c.putTurns(key, turns{n, true}); err != nil {
				return err
			}
		}
	}
	for key, n := range theirs {
		ours, err := c.turnsOf(key)
		if err != nil {
			return err
		}
		if n%2 == 0 || n <= ours.n {
			continue // a record that did not come is not said to be there
		}
		c.fates.gone[key] = true
		if err := c.putTurns(key, turns{n, true}); err != nil {
			return err
		}
	}
	return nil
}

func keyOfFate(f usage.Fate) (key [fateKeySize]byte, err error) {
	switch {
	case f.Turns < 1 || f.Turns > usage.MaxTurns:
		return key, fmt.Errorf("%w: a record that turned %d times", ErrInvalid, f.Turns)
	case f.ID != "":
		return fateKey(f.ID), nil
	case len(f.Key) != fateKeySize:
		return key, fmt.Errorf("%w: a key of %d bytes for a record that is gone", ErrInvalid, len(f.Key))
	}
	copy(key[:], f.Key)
	return key, nil
}

// prints adds the fingerprints of records that are gone.
func (f *fates) prints(wanted []uint64) []uint64 {
	for key := range f.gone {
		wanted = append(wanted, binary.BigEndian.Uint64(key[:]))
	}
	return wanted
}

// over reports whether another store has seen more turns of a stored record, so
// that it leaves.
func (f *fates) over(id string) bool {
	return f.anew[id] || len(f.gone) > 0 && f.gone[fateKey(id)]
}

// taken counts the turn of a stored record that its source takes back. One that
// the same batch brings again has turned only if it is not what folding the two
// would give: elsewhere the old copy must not come back into it.
// What the batch of another store takes back, another reading has taken the place
// of: that is no turn, and it may come again.
func (c *commit) taken(old *usage.Record, again *usage.Record) error {
	if c.fates.merged {
		return nil
	}
	step := int64(1)
	if again != nil {
		folded := usage.Fold(*old, *again)
		if same(&folded, again) {
			return nil
		}
		step = 2
	}
	key := fateKey(old.ID)
	t, err := c.turnsOf(key)
	if err != nil {
		return err
	}
	return c.putTurns(key, turns{n: t.n + step})
}

// verifyFates reads every entry.
func verifyFates(tx *bolt.Tx, c *Check) error {
	top := tx.Bucket(bucketTombstones)
	return top.ForEachBucket(func(name []byte) error {
		return top.Bucket(name).ForEach(func(k, v []byte) error {
			if _, err := decodeTurns(string(name), k, v); err != nil {
				c.problem("%v", err)
			}
			return nil
		})
	})
}

// keyChanged is where the instant stands at which a connection last changed.
func keyChanged(connection string) []byte { return []byte("changed/" + connection) }

// stamp notes when a connection's figures changed: never earlier than before,
// wherever the clock was set to.
func (c *commit) stamp() error {
	meta, key := c.tx.Bucket(bucketMeta), keyChanged(c.name)
	at := max(uint64(max(c.store.opt.Now().UnixMilli(), 0)), number(meta.Get(key))+1)
	return meta.Put(key, numberBytes(at))
}

// dropDamagedFates forgets what cannot be read of what was taken back: such a
// record may come again from another store, where otherwise none would.
func dropDamagedFates(tx *bolt.Tx) error {
	top := tx.Bucket(bucketTombstones)
	return top.ForEachBucket(func(name []byte) error {
		var damaged [][]byte
		b := top.Bucket(name)
		if err := b.ForEach(func(k, v []byte) error {
			if _, err := decodeTurns(string(name), k, v); err != nil {
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
