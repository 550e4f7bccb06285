package store

import (
	"bytes"
	"slices"

	"tokpit/usage"

	bolt "go.etcd.io/bbolt"
)

// is reports whether a value of a dimension is what is forgotten.
func (f *Forgetting) is(d usage.Dimension, value string) bool {
	return value != "" && d == f.Select[0].Dimension && slices.Contains(f.Select[0].Values, value)
}

// accounts forgets names with their history, what belongs to a forgotten
// project, limits and coverage.
func (f *forgetting) accounts() error {
	all, err := accountsOf(f.tx)
	if err != nil {
		return err
	}
	for i := range all {
		a := &all[i]
		a.coverage = slices.DeleteFunc(slices.Clone(a.coverage), func(c usage.Coverage) bool {
			return f.is(usage.ByAccount, c.Account) && f.gone(&f.counts.Names, 1)
		})
		if a.standing != nil {
			a.standing.Limits = slices.DeleteFunc(a.standing.Limits, func(l usage.SpendLimit) bool {
				return f.is(l.Scope, l.ID) && f.gone(&f.counts.Names, 1)
			})
			for k := range a.standing.Limits {
				a.standing.Limits[k].Note, _ = f.text(a.standing.Limits[k].Note)
			}
		}
	}
	if err := eachChild(f.tx, bucketNames, func(name string, b *bolt.Bucket) error {
		dropped, err := f.entities(name, b)
		if i, ok := findAccount(all, name); ok {
			all[i].names -= dropped
		}
		return err
	}); err != nil {
		return err
	}
	return putAccounts(f.tx, all)
}

// gone counts and says yes.
func (f *forgetting) gone(count *int64, n int64) bool {
	*count += n
	return true
}

// entities forgets what a connection called it, and blots where other names
// mention it.
func (f *forgetting) entities(connection string, b *bolt.Bucket) (dropped int64, err error) {
	for _, e := range collected(b) {
		place := placeOfEntity(connection, e.key)
		k, err := decodeEntity(e.value, e.key, place)
		if err != nil {
			if skippable(err) {
				continue
			}
			return dropped, err
		}
		named := slices.ContainsFunc(k.Names, func(n usage.Named) bool { return slices.Contains(f.Also, n.Name) })
		if f.is(k.Kind, k.ID) || k.Kind == f.Select[0].Dimension && (named || slices.Contains(f.Also, k.Hint)) {
			dropped++
			f.counts.Names++
			if err := b.Delete(e.key); err != nil {
				return dropped, err
			}
			continue
		}
		if f.is(usage.ByProject, k.Parent) {
			k.Parent = ""
		}
		k.Hint, _ = f.text(k.Hint)
		for i := range k.Names {
			k.Names[i].Name, _ = f.text(k.Names[i].Name)
		}
		if value := encodeEntity(&k, place); !bytes.Equal(value, e.value) {
			f.counts.Names++
			if err := b.Put(e.key, value); err != nil {
				return dropped, err
			}
		}
	}
	return dropped, nil
}

func (f *forgetting) quarantine() error {
	return eachChild(f.tx, bucketQuarantine, func(_ string, b *bolt.Bucket) error {
		n, err := dropIf(b, func(k, v []byte) bool {
			return f.named(string(k[:max(0, len(k)-9)])) || f.named(string(v))
		})
		f.counts.Quarantined += n
		return err
	})
}

// cursors that name it go. What they stand for is read again, and turned away.
func (f *forgetting) cursors() error {
	return eachChild(f.tx, bucketCursors, func(_ string, b *bolt.Bucket) error {
		n, err := dropIf(b, func(k, v []byte) bool {
			return f.named(string(k)) || f.inBytes(v[1:max(1, len(v)-4)])
		})
		f.counts.Cursors += n
		return err
	})
}

// syncs forgets how a sync went if that mentions it: the next one says it anew.
func (f *forgetting) syncs() error {
	_, err := dropIf(f.tx.Bucket(bucketSyncs), func(k, v []byte) bool {
		y, err := decodeSync(string(k), v)
		return err == nil && (f.named(y.Err) || f.named(y.Hint) ||
			slices.ContainsFunc(y.Places, func(p usage.Place) bool { return f.named(p.Path) || f.named(p.Why) }))
	})
	return err
}
