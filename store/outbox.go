package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
	"unicode/utf8"

	bolt "go.etcd.io/bbolt"

	"tokpit/budget"
	"tokpit/usage"
)

// Deliveries are kept in the order in which they came, under that time and
// their key. Finding one by key goes through the keys, unless this handle has
// claimed it: there are a thousand or so.
//
// A delivery that arrived or was given up is kept for [KeptDays], and longer
// while it is one of the last [KeptDeliveries], so that people see what became of
// it and a message that is not in the alert state (a digest, a test) is known
// when it comes again. The alert state does not need them: it remembers by
// itself what has been told. What is still to be sent is kept for as long as
// that takes.
const (
	KeptDays       = 90
	KeptDeliveries = 1000
	mostDeliveries = 10_000 // finished ones, however young
	maxDelivery    = 1 << 20
	maxDeliveryKey = 1000
	maxLastErr     = 2000
)

// Enqueue adds deliveries and returns how many are new: those whose key is
// known, sent or not, are left as they are.
func (s *Store) Enqueue(ctx context.Context, deliveries ...budget.Delivery) (added int, err error) {
	err = s.outbox(ctx, func(tx *bolt.Tx) (changed, visible bool, err error) {
		list, err := enqueue(tx, s.opt.Now(), deliveries)
		added = len(list)
		return added > 0, true, err
	})
	if err != nil {
		return 0, err
	}
	return added, nil
}

// Deliveries lists all deliveries that are kept, oldest first.
func (s *Store) Deliveries(ctx context.Context) ([]budget.Delivery, error) {
	var out []budget.Delivery
	err := s.view(ctx, func(tx *bolt.Tx) error {
		return eachDelivery(tx, func(_ []byte, d budget.Delivery, err error) error {
			out = append(out, d)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ClaimDue gives a sender the deliveries that are due, and at most so many (0 is
// all), of those that are its own (nil: it takes any): oldest first, from where
// the last claim of this handle ended, then from the start. The claims are on
// disk before it returns, so of any number of senders, in any number of
// processes, one gets each. The name of the sender must differ between processes
// and between runs. Deliveries that cannot be read do not hold up the others;
// [Store.Verify] and [Store.Deliveries] name them.
func (s *Store) ClaimDue(ctx context.Context, by string, now time.Time, most int, own func(*budget.Delivery) bool) ([]budget.Delivery, error) {
	if by == "" || len(by) > maxActor {
		return nil, fmt.Errorf("%w: a sender of the name %.80q", ErrInvalid, by)
	}
	after := s.claims.last()
	due := func(tx *bolt.Tx, f func(key []byte, d budget.Delivery) (more bool)) {
		eachDeliveryAfter(tx, after, func(key []byte, d budget.Delivery) bool {
			return !d.Due(now) || own != nil && !own(&d) || f(key, d)
		})
	}
	any := false // most of the time there is nothing, and no reason to keep others out
	if err := s.view(ctx, func(tx *bolt.Tx) error {
		due(tx, func([]byte, budget.Delivery) bool { any = true; return false })
		return nil
	}); err != nil || !any {
		return nil, err
	}
	var keys [][]byte
	var claimed []budget.Delivery
	err := s.outbox(ctx, func(tx *bolt.Tx) (changed, visible bool, err error) {
		keys, claimed = nil, nil
		due(tx, func(key []byte, d budget.Delivery) bool {
			if c, ok := d.Claim(by, now); ok {
				keys, claimed = append(keys, bytes.Clone(key)), append(claimed, kept(c))
			}
			return most <= 0 || len(claimed) < most
		})
		for i, key := range keys {
			if err := putDelivery(tx, key, &claimed[i]); err != nil {
				return false, false, err
			}
		}
		return len(keys) > 0, false, nil
	})
	if err != nil {
		return nil, err
	}
	s.claims.note(keys)
	return claimed, nil
}

// claims remembers where the deliveries lie that were claimed through a handle:
// with thousands that nobody accepts, neither the next claim nor their outcomes
// look through all of them. They are hints: what is elsewhere by now is looked
// for.
type claims struct {
	mu sync.Mutex
	at map[string][]byte // where they lie, by their own key, until they are finished
	to []byte            // the last of them
}

func (c *claims) note(keys [][]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, key := range keys {
		if c.at == nil {
			c.at = make(map[string][]byte)
		}
		c.at[string(deliveryName(key))], c.to = key, key
	}
}

func (c *claims) last() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.to
}

func (c *claims) place(key string) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at[key]
}

func (c *claims) forget(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.at, key)
}

// FinishDelivery notes the outcome of an attempt by a sender; sendErr is nil if
// the receiver accepted. See [budget.Delivery.Finish]. The error wraps
// [ErrNotFound] if there is no delivery of that key.
func (s *Store) FinishDelivery(ctx context.Context, key, by string, sendErr error, now time.Time) error {
	defer s.claims.forget(key)
	return s.outbox(ctx, func(tx *bolt.Tx) (changed, visible bool, err error) {
		at, d, err := findDelivery(tx, key, s.claims.place(key))
		if err != nil {
			return false, false, err
		}
		finished := kept(d.Finish(by, sendErr, now))
		if sameDelivery(&finished, &d) {
			return false, false, nil
		}
		if err := putDelivery(tx, at, &finished); err != nil {
			return false, false, err
		}
		return true, true, nil
	})
}

// RetryDelivery lets a delivery that was given up, or that is waiting, be tried
// from the start; one that has arrived stays as it is. The trail gets a row. The
// error wraps [ErrNotFound] if there is no delivery of that key.
func (s *Store) RetryDelivery(ctx context.Context, by usage.Actor, key string, now time.Time) error {
	return s.audited(ctx, by, func(t *trail) error {
		at, d, err := findDelivery(t.tx, key, nil)
		if err != nil {
			return err
		}
		if !d.Done.IsZero() {
			return nil
		}
		again := kept(d.Again(now))
		if err := putDelivery(t.tx, at, &again); err != nil {
			return err
		}
		t.add(AuditRow{What: AuditRetry, Name: key, Before: d.LastErr})
		return nil
	})
}

// outbox runs a change of deliveries. visible ones raise the revision.
func (s *Store) outbox(ctx context.Context, change func(*bolt.Tx) (changed, visible bool, err error)) error {
	err := s.update(ctx, func(tx *bolt.Tx) error {
		changed, visible, err := change(tx)
		switch {
		case err != nil:
			return err
		case !changed:
			return errUnchanged
		case visible:
			_, err = raiseRevision(tx)
		}
		return err
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return err
}

// enqueue adds the deliveries whose key is new, and returns them.
func enqueue(tx *bolt.Tx, now time.Time, deliveries []budget.Delivery) (added []budget.Delivery, err error) {
	if len(deliveries) == 0 {
		return nil, nil
	}
	b := tx.Bucket(bucketOutbox)
	known := make(map[string]bool)
	if err := b.ForEach(func(k, _ []byte) error {
		known[string(deliveryName(k))] = true
		return nil
	}); err != nil {
		return nil, err
	}
	for i := range deliveries {
		d := kept(deliveries[i])
		if err := admitDelivery(&d); err != nil {
			return nil, err
		}
		if known[d.Key] {
			continue
		}
		known[d.Key] = true
		if err := putDelivery(tx, deliveryKey(now, d.Key), &d); err != nil {
			return nil, err
		}
		added = append(added, d)
	}
	if err := countTold(tx, 0, int64(len(added))); err != nil {
		return nil, err
	}
	return added, pruneDeliveries(tx, now)
}

func admitDelivery(d *budget.Delivery) error {
	size := len(d.Channel) + len(d.To) + len(d.Subject) + len(d.Body.Kind) + len(d.Body.Text) + len(d.Body.Level)
	for _, f := range d.Body.Fields {
		size += len(f.Name) + len(f.Label) + len(f.Value)
	}
	switch {
	case d.Key == "" || len(d.Key) > maxDeliveryKey:
		return fmt.Errorf("%w: a delivery with the key %.80q", ErrInvalid, d.Key)
	case d.Channel == "":
		return fmt.Errorf("%w: a delivery by no channel", ErrInvalid)
	case size > maxDelivery:
		return fmt.Errorf("%w: a delivery of %d bytes", ErrInvalid, size)
	case !fits(d.Created) || !fits(d.NextTry) || !fits(d.Lease) || !fits(d.Done) || !fits(d.GaveUp):
		return fmt.Errorf("%w: a delivery at %v", ErrInvalid, d.Created)
	}
	return nil
}

// kept is a delivery as it is stored: instants to the millisecond in UTC, and an
// error that can be shown.
func kept(d budget.Delivery) budget.Delivery {
	for _, t := range []*time.Time{&d.Created, &d.NextTry, &d.Lease, &d.Done, &d.GaveUp} {
		if t.IsZero() || t.UnixMilli() == 0 {
			*t = time.Time{}
		} else {
			*t = timeOf(t.UnixMilli())
		}
	}
	if len(d.LastErr) > maxLastErr {
		end := maxLastErr
		for end > 0 && !utf8.RuneStart(d.LastErr[end]) {
			end--
		}
		d.LastErr = d.LastErr[:end] + "…"
	}
	return d
}

// findDelivery returns a delivery and where it is; hint is where it was, if that
// is known.
func findDelivery(tx *bolt.Tx, key string, hint []byte) (at []byte, d budget.Delivery, err error) {
	if hint != nil {
		if v := tx.Bucket(bucketOutbox).Get(hint); v != nil {
			d, err = decodeDelivery(hint, v)
			return hint, d, err
		}
	}
	cursor := tx.Bucket(bucketOutbox).Cursor()
	for k, v := cursor.First(); k != nil; k, v = cursor.Next() {
		if string(deliveryName(k)) == key {
			d, err = decodeDelivery(k, v)
			return bytes.Clone(k), d, err
		}
	}
	return nil, d, fmt.Errorf("delivery %.80q: %w", key, ErrNotFound)
}

// pruneDeliveries forgets the oldest of those that need nothing more. It goes by
// count first: a clock that is ahead must not make anything forgotten.
func pruneDeliveries(tx *bolt.Tx, now time.Time) error {
	counts, err := toldOf(tx)
	if err != nil || counts.deliveries <= KeptDeliveries {
		return err
	}
	type ended struct {
		key []byte
		at  time.Time
	}
	var finished []ended // oldest first
	if err := eachDelivery(tx, func(key []byte, d budget.Delivery, err error) error {
		if err == nil && !d.Open() {
			at := d.Done
			if at.IsZero() {
				at = d.GaveUp
			}
			finished = append(finished, ended{bytes.Clone(key), at})
		}
		return nil
	}); err != nil {
		return err
	}
	gone := int64(0)
	for i, e := range finished {
		left := len(finished) - i // this one and those after it
		if left <= KeptDeliveries || left <= mostDeliveries && now.Sub(e.at) < KeptDays*24*time.Hour {
			continue
		}
		if err := tx.Bucket(bucketOutbox).Delete(e.key); err != nil {
			return err
		}
		gone++
	}
	return countTold(tx, 0, -gone)
}
