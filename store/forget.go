package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"tokpit/internal/clean"
	"tokpit/usage"
)

// To forget somebody is more than to delete records: their names stand in sums,
// in what providers call things, in cursors and bad rows, in budgets about them
// and in the trail that quotes those. All of that goes in one transaction, and
// the file is then written anew. What is left is an entry in a list that says,
// with digests only, what is not to come back; see forget_list.go.
//
// Where a text quotes a forgotten value, a placeholder takes its place: the same
// one everywhere, so that what was decided and the trail still say the same.

// Selector is one thing that usage to be forgotten has in common.
type Selector struct {
	Dimension usage.Dimension // or "tag:name"
	Values    []string        // any of them
}

func (s *Selector) fits(d *usage.Dims) bool {
	value := ""
	if name, ok := strings.CutPrefix(string(s.Dimension), "tag:"); ok {
		value = d.Tags.Get(name)
	} else {
		value = s.Dimension.Of(d)
	}
	return value != "" && slices.Contains(s.Values, value)
}

// Forgetting says what is to be forgotten: usage that fits all selectors.
//
// What one selector alone fits is forgotten as a name too, wherever it stands.
// Values that are selected together have other usage, and so their names stay.
type Forgetting struct {
	Select []Selector
	// Also are further texts for the same: its name, an e-mail address.
	Also []string
	// Refused keeps it from coming back: one term for each selector.
	Refused []RefusedTerm
	Key     [8]byte // of the marks, see [Refusal]
}

func (f *Forgetting) check() error {
	if len(f.Select) == 0 || len(f.Select) != len(f.Refused) {
		return fmt.Errorf("%w: %d things are to be forgotten and %d refused", ErrInvalid, len(f.Select), len(f.Refused))
	}
	for i, s := range f.Select {
		_, tag := strings.CutPrefix(string(s.Dimension), "tag:")
		if !tag && !slices.Contains(forgettable(), s.Dimension) {
			return fmt.Errorf("%w: a %.40s cannot be forgotten", ErrInvalid, s.Dimension)
		}
		if len(s.Values) == 0 || slices.Contains(s.Values, "") || len(f.Refused[i].Marks) == 0 || f.Refused[i].Dimension != s.Dimension {
			return fmt.Errorf("%w: no value of a %.40s to be forgotten", ErrInvalid, s.Dimension)
		}
	}
	return nil
}

func forgettable() []usage.Dimension {
	return []usage.Dimension{usage.ByUser, usage.BySession, usage.ByProject, usage.ByKey, usage.ByMachine, usage.ByAccount,
		usage.ByOrganization, usage.ByAgent, usage.ByEnvironment}
}

func (f *Forgetting) fits(d *usage.Dims) bool {
	for i := range f.Select {
		if !f.Select[i].fits(d) {
			return false
		}
	}
	return true
}

// mayHold reports whether a block or a day's cells can hold something that fits,
// from their bytes: texts are stored as they are.
func (f *Forgetting) mayHold(value []byte) bool {
	for i := range f.Select {
		if !slices.ContainsFunc(f.Select[i].Values, func(s string) bool { return bytes.Contains(value, []byte(s)) }) {
			return false
		}
	}
	return true
}

// names are the texts that must not be found any more, longest first: one may be
// part of another. There are none if values are selected together.
func (f *Forgetting) names() []string {
	if len(f.Select) != 1 {
		return nil
	}
	all := slices.Compact(slices.Sorted(slices.Values(slices.Concat(f.Select[0].Values, f.Also))))
	all = slices.DeleteFunc(all, func(s string) bool { return s == "" })
	slices.SortStableFunc(all, func(a, b string) int { return len(b) - len(a) })
	return all
}

func (f *Forgetting) named(text string) bool {
	return slices.ContainsFunc(f.names(), func(s string) bool { return clean.Mentions(text, s) })
}

// Counts is what goes, or would go.
type Counts struct {
	Records     int64
	Requests    int64
	Tokens      usage.Tokens
	First, Last time.Time        // starts of the oldest and newest record; zero if none
	Months      map[string]int64 // records by UTC month: "2026-11"
	Connections map[string]int64 // records by connection
	Names       int64            // entities, standing limits and spans of coverage
	Quarantined int64
	Cursors     int64
	Cells       int64 // sums of days whose records are gone already
	Texts       int64 // budgets, decisions, alerts, messages and documents with a placeholder
	AuditRows   int64 // rows of the trail with a placeholder
}

// Any reports whether anything goes.
func (c *Counts) Any() bool {
	return c.Records+c.Names+c.Quarantined+c.Cursors+c.Cells+c.Texts+c.AuditRows > 0
}

func (c *Counts) add(connection string, r *usage.Record) {
	c.Records++
	if r.Requests > 0 {
		c.Requests += r.Requests
	}
	c.Tokens = c.Tokens.Add(r.Tokens)
	if c.First.IsZero() || r.Start.Before(c.First) {
		c.First = r.Start
	}
	if r.Start.After(c.Last) {
		c.Last = r.Start
	}
	c.Months[r.Start.UTC().Format("2006-01")]++
	c.Connections[connection]++
}

// Mention is a place that names what was forgotten and that is left as it is.
type Mention struct {
	Where string // "documents", "names/acme"
	Key   string // harmless text; it may hold the forgotten value
	Count int64
}

// Forgettable is what [Store.Forget] would do.
type Forgettable struct {
	Counts
	// Left are places that would still name it.
	Left []Mention
	Size int64 // of the file in bytes
}

var errJustLooking = errors.New("just looking")

// Forgettable tries what [Store.Forget] would do, and takes it back.
func (s *Store) Forgettable(ctx context.Context, f Forgetting) (Forgettable, error) {
	var out Forgettable
	if err := f.check(); err != nil || s.blank() {
		return out, err
	}
	err := s.update(ctx, func(tx *bolt.Tx) error {
		run, err := s.forgetAll(ctx, tx, &f)
		if err != nil {
			return err
		}
		out.Counts, out.Left = run.counts, run.left
		out.Size = tx.Size()
		return errJustLooking
	})
	if errors.Is(err, errJustLooking) {
		err = nil
	}
	return out, err
}

// Forget removes all usage that fits, and every trace of what it belongs to,
// puts an entry into the list of what is not to come back, writes the file anew
// and returns the receipt of it, which also becomes a row of the trail. It is
// one change: killed before it is done it has not begun, and killed while the
// file is being written anew it is completed by the next call of
// [Store.FinishForgetting] or of this.
//
// What cannot be forgotten (a closed month, who made a decision) is named in
// left, and stays.
func (s *Store) Forget(ctx context.Context, by usage.Actor, f Forgetting) (r ForgetReceipt, left []Mention, err error) {
	if err := f.check(); err != nil {
		return r, nil, err
	}
	if err := MayChange(by); err != nil {
		return r, nil, err
	}
	if _, err := s.FinishForgetting(ctx); err != nil {
		return r, nil, err
	}
	err = s.update(ctx, func(tx *bolt.Tx) error {
		before, size := revisionOf(tx), tx.Size()
		run, err := s.forgetAll(ctx, tx, &f)
		if err != nil {
			return err
		}
		left = run.left
		after, err := raiseRevision(tx)
		if err != nil {
			return err
		}
		r = newReceipt(&f, &run.counts, s.opt.Now(), by)
		r.RevisionBefore, r.RevisionAfter, r.SizeBefore = before, after, size
		r.Left = int64(len(left))
		if err := run.trail(by, s.opt.Now(), r.ID); err != nil {
			return err
		}
		return errors.Join(putRefusal(tx, &f, &r), putPending(tx, pendingVersion, &r))
	})
	if err != nil {
		return ForgetReceipt{}, nil, err
	}
	done, err := s.FinishForgetting(ctx)
	if done != nil {
		r = *done
	}
	if err != nil {
		err = fmt.Errorf("it is forgotten, but not yet in the unused parts of the file: %w", err)
	}
	return r, left, err
}

// FinishForgetting completes what was interrupted, [Store.Rename] as well: it
// writes the file anew and puts the receipt into the trail. It returns nil if no
// receipt of forgetting waits; if there is nothing to do, it only takes a look.
func (s *Store) FinishForgetting(ctx context.Context) (*ForgetReceipt, error) {
	done, err := s.finish(ctx)
	return done.forget, err
}

func (s *Store) finish(ctx context.Context) (p pending, err error) {
	if err := s.view(ctx, func(tx *bolt.Tx) (err error) {
		p, err = pendingOf(tx)
		return err
	}); err != nil || p.none() {
		return pending{}, err
	}
	if err := s.compact(ctx); err != nil {
		return pending{}, err
	}
	err = s.update(ctx, func(tx *bolt.Tx) error {
		var err error
		if p, err = pendingOf(tx); err != nil || p.none() {
			return err // somebody else has done it
		}
		t := &trail{tx: tx}
		var row AuditRow
		if r := p.forget; r != nil {
			r.SizeAfter = tx.Size()
			t.at, t.by = r.At, usage.Actor{Name: r.Actor, Via: r.Via}
			row = AuditRow{What: AuditForget, Name: r.ID}
			row.After, err = r.Encode()
		} else {
			r := p.rename
			r.SizeAfter = tx.Size()
			t.at, t.by = r.At, usage.Actor{Name: r.Actor, Via: r.Via}
			row = AuditRow{What: AuditRename, Name: r.ID}
			row.After, err = r.Encode()
		}
		if err != nil {
			return err
		}
		t.add(row)
		if err := t.write(); err != nil {
			return err
		}
		if _, err := raiseRevision(tx); err != nil {
			return err
		}
		return tx.Bucket(bucketForgotten).Delete(keyPending)
	})
	return p, err
}

// forgetting is one such change inside a transaction.
type forgetting struct {
	*Forgetting
	rewording
	store  *Store
	counts Counts
	mark   string // the placeholder
}

func (f *forgetting) reword(s string) string { return f.blot(s, f.mark) }

func (f *forgetting) finds(value []byte, _ bool) bool { return f.inBytes(value) }

func (s *Store) forgetAll(ctx context.Context, tx *bolt.Tx, f *Forgetting) (*forgetting, error) {
	run := &forgetting{Forgetting: f, store: s, mark: f.placeholder(s.opt.Now()),
		counts: Counts{Months: make(map[string]int64), Connections: make(map[string]int64)}}
	run.rewording = rewording{tx: tx, words: run, counts: &run.counts, kept: make(map[decision]bool)}
	if err := run.records(ctx); err != nil {
		return nil, err
	}
	if err := run.sums(); err != nil {
		return nil, err
	}
	if len(f.names()) == 0 {
		return run, nil
	}
	for _, step := range []func() error{run.accounts, run.quarantine, run.cursors, run.syncs,
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
