package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"tokpit/usage"
)

// What connections have said beside usage: which days they have read in full,
// how the account itself stands, and how many names they have given. Coverage
// decides which of two figures counts, so it must not vanish unnoticed: all of
// it is one value that every store has.

// account is what one connection has said.
type account struct {
	connection string
	coverage   []usage.Coverage // merged
	names      int64            // entities in the bucket of names
	standing   *usage.Standing
}

// Version 1 had no windows.
const (
	accountsVersion    = 2
	accountsVersionOld = 1
)

var keyAccounts = []byte("accounts")

// How many limits a provider may have set on one account, and how many windows a
// tool may tell of.
const (
	maxLimits  = 10_000
	maxWindows = 1000
)

const daySeconds = 24 * 60 * 60

// accountsOf lists what is known, by connection.
func accountsOf(tx *bolt.Tx) ([]account, error) {
	meta := tx.Bucket(bucketMeta)
	if meta == nil {
		return nil, nil
	}
	value := meta.Get(keyAccounts)
	version := byte(accountsVersion)
	if len(value) > 0 && value[0] == accountsVersionOld {
		version = accountsVersionOld
	}
	d, err := unsealAt(value, version, keyAccounts)
	if err != nil {
		return nil, fmt.Errorf("coverage: %w", err)
	}
	all := make([]account, d.count(4))
	for i := range all {
		a := &all[i]
		a.connection = d.text()
		a.coverage = d.coverage()
		a.names = d.int()
		if d.byte() == 1 {
			a.standing = d.standing(version)
		}
	}
	if d.err != nil {
		return nil, fmt.Errorf("coverage: %w", d.err)
	}
	return all, nil
}

func putAccounts(tx *bolt.Tx, all []account) error {
	e := &encoder{}
	e.byte(accountsVersion)
	e.uint(uint64(len(all)))
	for i := range all {
		a := &all[i]
		e.text(a.connection)
		e.coverage(a.coverage)
		e.int(a.names)
		if a.standing == nil {
			e.byte(0)
			continue
		}
		e.byte(1)
		e.standing(a.standing)
	}
	return tx.Bucket(bucketMeta).Put(keyAccounts, e.sealAt(keyAccounts))
}

func findAccount(all []account, connection string) (int, bool) {
	return slices.BinarySearchFunc(all, connection, func(a account, name string) int { return strings.Compare(a.connection, name) })
}

// account stores what a batch says beside its usage.
func (c *commit) account(b *usage.Batch) error {
	if len(b.Covered) == 0 && len(b.Entities) == 0 && b.Standing == nil {
		return nil
	}
	all, err := accountsOf(c.tx)
	if err != nil {
		return err
	}
	i, ok := findAccount(all, c.name)
	if !ok {
		all = slices.Insert(all, i, account{connection: c.name})
	}
	a := &all[i]
	if len(b.Covered) > 0 {
		merged := mergeCoverage(a.coverage, b.Covered)
		c.changed = c.changed || !slices.Equal(merged, a.coverage)
		a.coverage = merged
	}
	if b.Standing != nil {
		now := keptStanding(b.Standing)
		c.changed = c.changed || !sameStanding(a.standing, now)
		a.standing = now
	}
	added, err := c.entities(b.Entities, b.NamedAt)
	if err != nil {
		return err
	}
	a.names += added
	return putAccounts(c.tx, all)
}

// mergeCoverage joins lists, with all instants in UTC.
func mergeCoverage(lists ...[]usage.Coverage) []usage.Coverage {
	all := slices.Concat(lists...)
	for i := range all {
		all[i].Since, all[i].Until = all[i].Since.UTC(), all[i].Until.UTC()
	}
	return usage.MergeCoverage(all)
}

// admitAccount refuses what must not be kept. The error wraps ErrInvalid.
func admitAccount(b *usage.Batch) error {
	for _, c := range b.Covered {
		if !c.Check() || !inRange(c.Since) || !inRange(c.Until) || c.Basis > usage.Reported {
			return fmt.Errorf("%w: coverage of %.80q from %v to %v, %s", ErrInvalid, c.Account, c.Since, c.Until, c.Basis)
		}
	}
	if s := b.Standing; s != nil && (!inRange(s.At) || len(s.Limits) > maxLimits || len(s.Windows) > maxWindows) {
		return fmt.Errorf("%w: %d limits and %d windows at %v", ErrInvalid, len(s.Limits), len(s.Windows), s.At)
	}
	if s := b.Standing; s != nil {
		for _, w := range s.Windows {
			if !inRange(w.At) || !w.Resets.IsZero() && !inRange(w.Resets) || w.Length < 0 || w.Length%time.Second != 0 {
				return fmt.Errorf("%w: window %.80q of %v at %v that resets %v", ErrInvalid, w.Name, w.Length, w.At, w.Resets)
			}
		}
	}
	return admitEntities(b)
}

// keptStanding returns a copy in the form that is kept.
func keptStanding(s *usage.Standing) *usage.Standing {
	kept := *s
	kept.At = timeOf(s.At.UnixMilli())
	kept.Limits = slices.Clone(s.Limits)
	if len(kept.Limits) == 0 {
		kept.Limits = nil
	}
	kept.Windows = nil
	for _, w := range s.Windows {
		w.At = timeOf(w.At.UnixMilli())
		if w.Resets = w.Resets.UTC(); !w.Resets.IsZero() {
			w.Resets = timeOf(w.Resets.UnixMilli())
		}
		kept.Windows = append(kept.Windows, w)
	}
	return &kept
}

// sameStanding reports whether two say the same, whenever they were asked.
func sameStanding(a, b *usage.Standing) bool {
	return a != nil && b != nil && a.Currency == b.Currency && a.Granted == b.Granted && a.Used == b.Used &&
		slices.Equal(a.Limits, b.Limits) && slices.EqualFunc(a.Windows, b.Windows, func(v, w usage.Window) bool {
		return v.Name == w.Name && v.Used == w.Used && v.Length == w.Length && v.Resets.Equal(w.Resets) && v.At.Equal(w.At)
	})
}

func (e *encoder) coverage(all []usage.Coverage) {
	e.uint(uint64(len(all)))
	for _, c := range all {
		e.text(c.Provider)
		e.text(c.Account)
		e.byte(byte(c.Basis))
		since := c.Since.Unix() / daySeconds
		e.int(since)
		e.int(c.Until.Unix()/daySeconds - since)
	}
}

func (d *decoder) coverage() []usage.Coverage {
	all := make([]usage.Coverage, d.count(5))
	for i := range all {
		c := &all[i]
		c.Provider, c.Account, c.Basis = d.text(), d.text(), usage.Basis(d.byte())
		since := d.int()
		c.Since = time.Unix(since*daySeconds, 0).UTC()
		c.Until = time.Unix((since+d.int())*daySeconds, 0).UTC()
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

func (e *encoder) standing(s *usage.Standing) {
	e.int(s.At.UnixMilli())
	e.text(s.Currency)
	e.amount(s.Granted)
	e.amount(s.Used)
	e.uint(uint64(len(s.Limits)))
	for _, l := range s.Limits {
		e.text(string(l.Scope))
		e.text(l.ID)
		e.amount(l.Amount)
		e.text(l.Currency)
		e.text(l.Interval)
		e.bool(l.Enforced)
		e.text(l.Note)
	}
	e.uint(uint64(len(s.Windows)))
	for _, w := range s.Windows {
		e.text(w.Name)
		e.int(w.Used)
		e.int(int64(w.Length / time.Second))
		e.int(w.At.UnixMilli())
		e.bool(!w.Resets.IsZero())
		if !w.Resets.IsZero() {
			e.int(w.Resets.UnixMilli() - w.At.UnixMilli())
		}
	}
}

func (d *decoder) standing(version byte) *usage.Standing {
	s := &usage.Standing{At: timeOf(d.int()), Currency: d.text(), Granted: d.amount(), Used: d.amount()}
	for range d.count(22) {
		s.Limits = append(s.Limits, usage.SpendLimit{Scope: usage.Dimension(d.text()), ID: d.text(), Amount: d.amount(),
			Currency: d.text(), Interval: d.text(), Enforced: d.byte() == 1, Note: d.text()})
	}
	if version == accountsVersionOld {
		return s
	}
	for range d.count(5) {
		w := usage.Window{Name: d.text(), Used: d.int(), Length: time.Duration(d.int()) * time.Second}
		at := d.int()
		w.At = timeOf(at)
		if d.byte() == 1 {
			w.Resets = timeOf(at + d.int())
		}
		s.Windows = append(s.Windows, w)
	}
	return s
}

// coverageOf joins what all connections have read in full.
func coverageOf(tx *bolt.Tx) ([]usage.Coverage, error) {
	all, err := accountsOf(tx)
	if err != nil {
		return nil, err
	}
	lists := make([][]usage.Coverage, len(all))
	for i := range all {
		lists[i] = all[i].coverage
	}
	return mergeCoverage(lists...), nil
}

// Coverage returns what has been read in full, by connection.
func (s *Store) Coverage(ctx context.Context) (map[string][]usage.Coverage, error) {
	out := make(map[string][]usage.Coverage)
	err := s.eachAccount(ctx, func(a *account) {
		if len(a.coverage) > 0 {
			out[a.connection] = a.coverage
		}
	})
	return out, err
}

// Standings returns what providers last said about the accounts themselves, by
// connection.
func (s *Store) Standings(ctx context.Context) (map[string]usage.Standing, error) {
	out := make(map[string]usage.Standing)
	err := s.eachAccount(ctx, func(a *account) {
		if a.standing != nil {
			out[a.connection] = *a.standing
		}
	})
	return out, err
}

func (s *Store) eachAccount(ctx context.Context, f func(*account)) error {
	return s.view(ctx, func(tx *bolt.Tx) error {
		all, err := accountsOf(tx)
		for i := range all {
			f(&all[i])
		}
		return err
	})
}
