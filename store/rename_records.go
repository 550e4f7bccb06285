package store

import (
	"context"
	"strings"

	bolt "go.etcd.io/bbolt"

	"tokpit/usage"
)

// renaming is one such change inside a transaction.
type renaming struct {
	*Renaming
	rewording
	store  *Store
	counts Counts
	// became remembers what every user that was met is called now, the same if that
	// is no other; called is what providers call them.
	became map[string]string
	called map[string]bool
	// others are values of other dimensions, which say nothing about a user of the
	// same name.
	others map[string]bool
	find   *finder
}

func (s *Store) renameAll(ctx context.Context, tx *bolt.Tx, r *Renaming) (*renaming, error) {
	run := &renaming{Renaming: r, store: s, became: make(map[string]string), called: make(map[string]bool), others: make(map[string]bool)}
	run.rewording = rewording{tx: tx, words: run, counts: &run.counts}
	if err := run.records(ctx); err != nil {
		return nil, err
	}
	for _, step := range []func() error{run.accounts, run.budgets, run.decisions, run.documents, run.audit, run.look, run.leftovers} {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := step(); err != nil {
			return nil, err
		}
	}
	return run, ctx.Err()
}

func (f *renaming) result() Renamed {
	out := Renamed{Records: f.counts.Records, Names: f.counts.Names, Texts: f.counts.Texts,
		AuditRows: f.counts.AuditRows, Ordinary: f.find.ordinary, Left: f.left}
	for old, now := range f.became {
		if old != now {
			out.Users++
		}
	}
	return out
}

// user returns what a user is called now.
func (f *renaming) user(name string) string {
	if name == "" {
		return ""
	}
	now, known := f.became[name]
	if !known {
		now = f.User(name)
		f.became[strings.Clone(name)] = now
	}
	return now
}

// records goes through all blocks. What was kept of days without records names no
// users.
func (f *renaming) records(ctx context.Context) error {
	for _, name := range connections(f.tx) {
		f.others[name] = true
	}
	return f.store.rewriteBlocks(ctx, f.tx, func([]byte) bool { return true }, f.block)
}

// block writes a block with its records renamed, and returns how many were.
func (f *renaming) block(c *commit, key []byte) (changed int64, err error) {
	stored, err := c.read(key)
	if err != nil {
		return 0, err
	}
	kept := make([]*usage.Record, len(stored))
	for i := range stored {
		r := &stored[i]
		kept[i] = r
		f.beside(&r.Dims)
		now := f.user(r.User)
		if now == r.User {
			continue
		}
		was := *r
		r.User = now
		changed++
		c.cells.add(&was, -1)
		c.cells.add(r, +1)
	}
	if changed == 0 {
		return 0, nil
	}
	f.counts.Records += changed
	sortRecords(kept)
	return changed, c.write(key, kept)
}

func (f *renaming) beside(d *usage.Dims) {
	for _, v := range [...]string{d.Source, d.Provider, d.Model} {
		if !f.others[v] {
			f.others[strings.Clone(v)] = true
		}
	}
}

// accounts renames whom limits are about, and drops what providers call users:
// that is what a pseudonym is to hide.
func (f *renaming) accounts() error {
	all, err := accountsOf(f.tx)
	if err != nil {
		return err
	}
	for i := range all {
		if all[i].standing == nil {
			continue
		}
		for k := range all[i].standing.Limits {
			l := &all[i].standing.Limits[k]
			if l.Scope != usage.ByUser {
				continue
			}
			if now := f.user(l.ID); now != l.ID {
				l.ID = now
				f.counts.Names++
			}
		}
	}
	if err := eachChild(f.tx, bucketNames, func(name string, b *bolt.Bucket) error {
		for _, e := range collected(b) {
			k, err := decodeEntity(e.value, e.key, placeOfEntity(name, e.key))
			if skippable(err) || err == nil && k.Kind != usage.ByUser {
				continue // what is damaged is named by the leftovers
			}
			if err != nil {
				return err
			}
			f.called[k.Name], f.called[k.Hint] = true, true // the hint of a user is an address
			for _, n := range k.Names {
				f.called[n.Name] = true
			}
			f.user(k.ID)
			f.counts.Names++
			if err := b.Delete(e.key); err != nil {
				return err
			}
			if i, ok := findAccount(all, name); ok {
				all[i].names--
			}
		}
		return nil
	}); err != nil {
		return err
	}
	return putAccounts(f.tx, all)
}
