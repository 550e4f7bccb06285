package store

import (
	"bytes"
	"context"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"tokpit/pricing"
)

// planKey sorts by source, then start: a source may change its plan over time.
func planKey(source string, from time.Time) []byte {
	return append([]byte(source+"\x00"), timeKey(from.UnixMilli())...)
}

// SetPlan keeps a plan. A plan of the same source and start is replaced.
func (s *Store) SetPlan(ctx context.Context, p pricing.Plan) error {
	if err := p.Validate(); err != nil {
		return err
	}
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
	return s.update(ctx, func(tx *bolt.Tx) error {
		if err := tx.Bucket(bucketPlans).Put(planKey(p.Source, p.From), e.seal()); err != nil {
			return err
		}
		_, err := raiseRevision(tx)
		return err
	})
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
		b := tx.Bucket(bucketPlans)
		if b == nil {
			return nil
		}
		return b.ForEach(func(k, v []byte) error {
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
	})
	return plans, err
}
