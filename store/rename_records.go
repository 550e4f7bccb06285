package store

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
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
	ids    int64 // of records that became others
	// became remembers what every value that was met is called now, itself if that
	// is no other; called, the same for what providers call them.
	became map[usage.Dimension]map[string]string
	called map[string]string
	find   *finder
}

func (s *Store) renameAll(ctx context.Context, tx *bolt.Tx, r *Renaming) (*renaming, error) {
	run := &renaming{Renaming: r, store: s, became: make(map[usage.Dimension]map[string]string), called: make(map[string]string)}
	run.rewording = rewording{tx: tx, words: run, counts: &run.counts, kept: make(map[decision]bool)}
	for d := range r.Names {
		run.became[d] = make(map[string]string)
	}
	if err := run.records(ctx); err != nil {
		return nil, err
	}
	for _, step := range []func() error{run.sums, run.accounts, run.look, run.names,
		run.budgets, run.decisions, run.documents, run.alerts, run.deliveries, run.audit, run.leftovers} {
		if err := step(); err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return run, nil
}

func (f *renaming) result() Renamed {
	out := Renamed{Values: make(map[usage.Dimension]int64), Records: f.counts.Records, Sums: f.counts.Cells, Names: f.counts.Names,
		Texts: f.counts.Texts, AuditRows: f.counts.AuditRows, Ordinary: f.find.ordinary, Left: f.left}
	for d, all := range f.became {
		for old, now := range all {
			if old != now {
				out.Values[d]++
			}
		}
	}
	return out
}

// name returns what a value is called now.
func (f *renaming) name(d usage.Dimension, value string) string {
	rename := f.Names[d]
	if rename == nil || value == "" {
		return value
	}
	now, known := f.became[d][value]
	if !known {
		now = rename(value)
		f.became[d][strings.Clone(value)] = now
	}
	return now
}

// dims renames what a set of dimensions has, and says whether that is anything.
func (f *renaming) dims(d *usage.Dims) (changed bool) {
	texts := d.Strings()
	for _, at := range renamable() {
		if f.Names[at.of] == nil {
			continue
		}
		if now := f.name(at.of, *texts[at.in]); now != *texts[at.in] {
			*texts[at.in], changed = now, true
		}
	}
	return changed
}

// renamable says where [usage.Dims.Strings] has what can be renamed.
func renamable() [9]struct {
	of usage.Dimension
	in int
} {
	return [9]struct {
		of usage.Dimension
		in int
	}{{usage.ByAccount, 1}, {usage.ByOrganization, 3}, {usage.ByEnvironment, 4}, {usage.ByProject, 5}, {usage.ByKey, 6},
		{usage.ByUser, 7}, {usage.ByAgent, 8}, {usage.BySession, 9}, {usage.ByMachine, 10}}
}

// records goes through all blocks, a few weeks of changes to the cells at a time.
func (f *renaming) records(ctx context.Context) error {
	for _, name := range connections(f.tx) {
		c, err := f.store.newCommit(f.tx, name)
		if err != nil {
			return err
		}
		var keys [][]byte
		if err := c.blocks.ForEach(func(k, _ []byte) error {
			keys = append(keys, bytes.Clone(k))
			return nil
		}); err != nil {
			return err
		}
		held := int64(0)
		for _, key := range keys {
			n, err := f.block(c, key)
			if err != nil {
				return err
			}
			if held += n; held < flushAt {
				continue
			}
			if err := applyCells(f.tx, c.cells); err != nil {
				return err
			}
			c.cells, held = newDeltas(f.store.opt.Edges), 0
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		if err := applyCells(f.tx, c.cells); err != nil {
			return err
		}
	}
	if f.ids > 0 && f.digests() {
		return ErrDigests
	}
	return nil
}

// digests reports whether the store knows records by digests of their ids.
func (f *renaming) digests() bool {
	found := false
	for _, top := range []*bolt.Bucket{f.tx.Bucket(bucketTombstones), f.tx.Bucket(bucketHorizon).Bucket(topSeen)} {
		if top == nil {
			continue
		}
		_ = top.ForEachBucket(func(k []byte) error {
			first, _ := top.Bucket(k).Cursor().First()
			found = found || first != nil
			return nil
		})
	}
	return found
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
		was := *r
		other := f.dims(&r.Dims)
		if f.ID != nil {
			if id := f.ID(r.ID); id != r.ID {
				r.ID, other = id, true
				f.ids++
			}
		}
		if !other {
			continue
		}
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

// sums renames what was kept of pruned days, in the same way as cells.
func (f *renaming) sums() error {
	type edit struct{ key, value []byte }
	for _, name := range frozenConnections(f.tx) {
		var edits []edit
		changes := newDeltas(f.store.opt.Edges)
		if err := eachFrozen(f.tx, name, func(day int32, sums *dayCells, err error) error {
			if err != nil {
				return err
			}
			now := dayCells{sets: slices.Clone(sums.sets), ids: sums.ids, sums: sums.sums}
			renamed := make([]bool, len(now.sets))
			any := false
			for i := range now.sets {
				renamed[i] = f.dims(&now.sets[i])
				any = any || renamed[i]
			}
			if !any {
				return nil
			}
			for _, id := range sums.ids {
				if renamed[id.set] {
					f.counts.Cells++
				}
			}
			changes.addSums(day, sums, -1)
			changes.addSums(day, &now, +1)
			fresh := newDeltas(f.store.opt.Edges) // what became the same is one sum
			fresh.addSums(day, &now, +1)
			folded := dayCells{}
			if err := folded.apply(fresh.day(day, coarseCells), &fresh.dims); err != nil {
				return err
			}
			key := frozenKey(day)
			edits = append(edits, edit{key, folded.encode(placeOfFrozen(topSums, name, key))})
			return nil
		}); err != nil {
			return err
		}
		for _, e := range edits {
			if err := frozenOf(f.tx, topSums, name).Put(e.key, e.value); err != nil {
				return err
			}
		}
		if err := applyCells(f.tx, changes); err != nil {
			return err
		}
	}
	return nil
}

// accounts renames what limits and coverage are about, and drops the names of
// what has another one: those are what a pseudonym is to hide.
func (f *renaming) accounts() error {
	all, err := accountsOf(f.tx)
	if err != nil {
		return err
	}
	for i := range all {
		a := &all[i]
		covered := slices.Clone(a.coverage)
		for k := range covered {
			f.moved(&covered[k].Account, usage.ByAccount)
		}
		a.coverage = mergeCoverage(nil, covered)
		if a.standing != nil {
			for k := range a.standing.Limits {
				f.moved(&a.standing.Limits[k].ID, a.standing.Limits[k].Scope)
			}
		}
	}
	if err := eachChild(f.tx, bucketNames, func(name string, b *bolt.Bucket) error {
		for _, e := range collected(b) {
			k, err := decodeEntity(e.value, e.key, placeOfEntity(name, e.key))
			if skippable(err) || err == nil && f.Names[k.Kind] == nil {
				continue // what is damaged is named by the leftovers
			}
			if err != nil {
				return err
			}
			f.call(&k)
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

func (f *renaming) moved(value *string, d usage.Dimension) {
	if now := f.name(d, *value); now != *value {
		*value = now
		f.counts.Names++
	}
}

// call notes what else a thing is called.
func (f *renaming) call(k *usage.Known) {
	now := f.name(k.Kind, k.ID)
	texts := []string{k.Name}
	for _, n := range k.Names {
		texts = append(texts, n.Name)
	}
	if k.Kind == usage.ByUser { // the address; of a key it is some letters
		texts = append(texts, k.Hint)
	}
	for _, t := range texts {
		if t != "" && f.called[t] == "" {
			f.called[t] = now
		}
	}
}

// look makes the search for all that has another name now.
func (f *renaming) look() error {
	f.find = newFinder()
	for _, at := range renamable() {
		for _, old := range slices.Sorted(maps.Keys(f.became[at.of])) {
			if now := f.became[at.of][old]; now != old {
				f.find.add(old, now)
			}
		}
	}
	for _, old := range slices.Sorted(maps.Keys(f.called)) {
		f.find.add(old, f.called[old])
	}
	return nil
}

// names rewords the names of other things, and the notes of limits.
func (f *renaming) names() error {
	if err := eachChild(f.tx, bucketNames, func(name string, b *bolt.Bucket) error {
		for _, e := range collected(b) {
			place := placeOfEntity(name, e.key)
			k, err := decodeEntity(e.value, e.key, place)
			if skippable(err) {
				continue
			}
			if err != nil {
				return err
			}
			k.Parent = f.name(usage.ByProject, k.Parent)
			k.Hint, _ = f.text(k.Hint)
			k.Name, _ = f.text(k.Name)
			for i := range k.Names {
				k.Names[i].Name, _ = f.text(k.Names[i].Name)
			}
			if value := encodeEntity(&k, place); !bytes.Equal(value, e.value) {
				f.counts.Names++
				if err := b.Put(e.key, value); err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
			}
		}
		return nil
	}); err != nil {
		return err
	}
	all, err := accountsOf(f.tx)
	if err != nil {
		return err
	}
	for i := range all {
		if s := all[i].standing; s != nil {
			for k := range s.Limits {
				s.Limits[k].Note, _ = f.text(s.Limits[k].Note)
			}
		}
	}
	return putAccounts(f.tx, all)
}
