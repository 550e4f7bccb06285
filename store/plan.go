package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"tokpit/pricing"
)

// planKey sorts by source, then start: a source may change its plan over time.
func planKey(source string, from time.Time) []byte {
	return append([]byte(source+"\x00"), timeKey(from.UnixMilli())...)
}

// ErrOverlap is wrapped by the error of [Store.SetPlans] for plans of one source
// that would cover the same days.
var ErrOverlap = errors.New("plans overlap")

// OverlapError names the plan that is in the way. It wraps [ErrOverlap].
type OverlapError struct{ New, Old pricing.Plan }

func (e *OverlapError) Error() string { return fmt.Sprintf("%v: %s", ErrOverlap, e.New.Source) }

func (e *OverlapError) Unwrap() error { return ErrOverlap }

// SetPlans keeps plans, all or none. A plan of the same source and start
// replaces the stored one; two plans of a source may not cover the same day.
func (s *Store) SetPlans(ctx context.Context, plans ...pricing.Plan) error {
	for i, p := range plans {
		if err := p.Validate(); err != nil {
			return err
		}
		for _, q := range plans[:i] {
			if overlap(p, q) {
				return &OverlapError{New: p, Old: q}
			}
		}
	}
	return s.update(ctx, func(tx *bolt.Tx) error {
		stored, err := plansOf(tx)
		if err != nil {
			return err
		}
		stored = slices.DeleteFunc(stored, func(q pricing.Plan) bool { // those that are replaced
			return slices.ContainsFunc(plans, func(p pricing.Plan) bool { return p.Source == q.Source && p.From.Equal(q.From) })
		})
		for _, p := range plans {
			for _, q := range stored {
				if overlap(p, q) {
					return &OverlapError{New: p, Old: q}
				}
			}
			if err := tx.Bucket(bucketPlans).Put(planKey(p.Source, p.From), encodePlan(p)); err != nil {
				return err
			}
		}
		_, err = raiseRevision(tx)
		return err
	})
}

func overlap(p, q pricing.Plan) bool {
	return p.Source == q.Source && (q.To.IsZero() || p.From.Before(q.To)) && (p.To.IsZero() || q.From.Before(p.To))
}

func encodePlan(p pricing.Plan) []byte {
	var e encoder
	e.byte(1)
	e.amount(p.Monthly)
	e.text(p.Currency)
	e.int(p.From.UnixMilli())
	end := int64(0)
	if !p.To.IsZero() {
		end = p.To.UnixMilli()
	}
	e.int(end)
	return e.seal()
}

// RemovePlans removes all plans of a source and returns how many there were.
func (s *Store) RemovePlans(ctx context.Context, source string) (int, error) {
	removed := 0
	err := s.update(ctx, func(tx *bolt.Tx) error {
		prefix := []byte(source + "\x00")
		var keys [][]byte
		cursor := tx.Bucket(bucketPlans).Cursor()
		for k, _ := cursor.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, _ = cursor.Next() {
			keys = append(keys, bytes.Clone(k))
		}
		for _, k := range keys {
			if err := tx.Bucket(bucketPlans).Delete(k); err != nil {
				return err
			}
		}
		if removed = len(keys); removed == 0 {
			return nil
		}
		_, err := raiseRevision(tx)
		return err
	})
	return removed, err
}

// Plans lists all plans by source and start.
func (s *Store) Plans(ctx context.Context) ([]pricing.Plan, error) {
	var plans []pricing.Plan
	err := s.view(ctx, func(tx *bolt.Tx) error {
		var err error
		plans, err = plansOf(tx)
		return err
	})
	return plans, err
}

func plansOf(tx *bolt.Tx) ([]pricing.Plan, error) {
	var plans []pricing.Plan
	b := tx.Bucket(bucketPlans)
	if b == nil {
		return nil, nil
	}
	err := b.ForEach(func(k, v []byte) error {
		source, _, ok := bytes.Cut(k, []byte{0})
		d, err := unseal(v, 1)
		if err == nil && !ok {
			err = ErrCorrupt
		}
		if err != nil {
			return fmt.Errorf("plan of %.80q: %w", source, err)
		}
		p := pricing.Plan{Source: string(source), Monthly: d.amount(), Currency: d.text(), From: timeOf(d.int())}
		if end := d.int(); end != 0 {
			p.To = timeOf(end)
		}
		plans = append(plans, p)
		return d.err
	})
	return plans, err
}
