package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"tokpit/pricing"
	"tokpit/usage"
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
// The trail gets a row for each one that is new or different.
func (s *Store) SetPlans(ctx context.Context, by usage.Actor, plans ...pricing.Plan) error {
	for i, p := range plans {
		if err := p.Validate(); err != nil {
			return err
		}
		if bytes.IndexByte([]byte(p.Source), 0) >= 0 || len(p.Source) > maxKey {
			return fmt.Errorf("%w: source %.80q", pricing.ErrPlan, p.Source)
		}
		for _, q := range plans[:i] {
			if overlap(p, q) {
				return &OverlapError{New: p, Old: q}
			}
		}
	}
	return s.audited(ctx, by, func(t *trail) error {
		stored, err := plansOf(t.tx)
		if err != nil {
			return err
		}
		before := make([]string, len(plans))
		stored = slices.DeleteFunc(stored, func(q pricing.Plan) bool { // those that are replaced
			i := slices.IndexFunc(plans, func(p pricing.Plan) bool { return planName(p) == planName(q) })
			if i >= 0 {
				before[i] = planText(q)
			}
			return i >= 0
		})
		for i, p := range plans {
			for _, q := range stored {
				if overlap(p, q) {
					return &OverlapError{New: p, Old: q}
				}
			}
			after := planText(p)
			if after == before[i] {
				continue
			}
			if err := t.tx.Bucket(bucketPlans).Put(planKey(p.Source, p.From), encodePlan(p)); err != nil {
				return err
			}
			t.add(AuditRow{What: AuditSetPlan, Name: planName(p), Before: before[i], After: after})
		}
		return nil
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

// planName is what the trail calls a plan: its source and start, which are its
// key.
func planName(p pricing.Plan) string { return p.Source + " from " + planTime(p.From) }

// planText is the one text of what a plan says beside its key.
func planText(p pricing.Plan) string {
	j := struct {
		Monthly  string `json:"monthly"`
		Currency string `json:"currency"`
		From     string `json:"from"`
		To       string `json:"to,omitempty"`
	}{p.Monthly.String(), p.Currency, planTime(p.From), ""}
	if !p.To.IsZero() {
		j.To = planTime(p.To)
	}
	out, _ := json.Marshal(j) // four texts
	return string(out)
}

// planTime writes an instant as it is kept, to the millisecond; a day as a day.
func planTime(t time.Time) string {
	t = timeOf(t.UnixMilli())
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly)
	}
	return t.Format("2006-01-02T15:04:05.000Z")
}

// RemovePlans removes all plans of a source and returns how many there were.
func (s *Store) RemovePlans(ctx context.Context, by usage.Actor, source string) (int, error) {
	removed := 0
	err := s.audited(ctx, by, func(t *trail) error {
		removed = 0
		stored, err := plansOf(t.tx)
		if err != nil {
			return err
		}
		for _, p := range stored {
			if p.Source != source {
				continue
			}
			if err := t.tx.Bucket(bucketPlans).Delete(planKey(p.Source, p.From)); err != nil {
				return err
			}
			removed++
			t.add(AuditRow{What: AuditRemovePlan, Name: planName(p), Before: planText(p)})
		}
		return nil
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
	err := eachPlan(tx, func(p pricing.Plan, err error) error {
		plans = append(plans, p)
		return err
	})
	return plans, err
}

// eachPlan decodes all plans by source and start. f is also told of those that
// are damaged.
func eachPlan(tx *bolt.Tx, f func(p pricing.Plan, err error) error) error {
	b := tx.Bucket(bucketPlans)
	if b == nil {
		return nil
	}
	return b.ForEach(func(k, v []byte) error {
		p, err := decodePlan(k, v)
		if err != nil {
			err = fmt.Errorf("plan of %.80q: %w", p.Source, err)
		}
		return f(p, err)
	})
}

func decodePlan(key, value []byte) (pricing.Plan, error) {
	source, from, ok := bytes.Cut(key, []byte{0})
	p := pricing.Plan{Source: string(source)}
	if !ok || len(from) != 8 {
		return p, ErrCorrupt
	}
	d, err := unseal(value, 1)
	if err != nil {
		return p, err
	}
	p.Monthly, p.Currency, p.From = d.amount(), d.text(), timeOf(d.int())
	if end := d.int(); end != 0 {
		p.To = timeOf(end)
	}
	if d.err == nil && p.From.UnixMilli() != keyTime(from) {
		d.fail("a plan under another's start")
	}
	return p, d.err
}
